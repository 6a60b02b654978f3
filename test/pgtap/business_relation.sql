-- Business relations and the relation class (domain/1 sections 3.2 and 3.3, E7; golden 6)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(38);
CREATE FUNCTION id(text) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT contact_id FROM crm.contact WHERE name = $1; END;
CREATE FUNCTION class(text) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT business_relation_class FROM crm.contact_card WHERE name = $1; END;
INSERT INTO crm.contact (name) VALUES ('A'), ('B');
INSERT INTO crm.contact (contact_type, name, company_id) VALUES ('person', 'P', id('A')), ('person', 'Q', NULL);
CREATE FUNCTION relate(contact text, code text, link text DEFAULT NULL, card text DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
	INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, link_type, card_no) VALUES (id(contact), code, link, card) $$;

-- Golden 6
SELECT is(class('A'), 'none', 'without relations: none');
SELECT relate('A', 'CUST', 'customer', 'C1');
SELECT is(class('A'), 'customer', 'customer only: customer');
SELECT is(class('P'), 'customer', 'a person of a customer: customer');
SELECT is(class('Q'), 'none', 'a person of nobody: none');
SELECT relate('A', 'COMPETITOR');
SELECT is(class('A'), 'multiple', 'a further unlinked one: multiple');
SELECT is(class('P'), 'multiple', '... and so its persons');
DELETE FROM crm.contact_business_relation WHERE contact_id = id('A') AND business_relation_code = 'CUST';
SELECT is(class('A'), 'other', 'an unlinked one alone: other');
DELETE FROM crm.contact_business_relation WHERE contact_id = id('A');
SELECT is(class('A'), 'none', 'all removed: none');
SELECT is(class('P'), 'none', '... and so its persons');

-- The other classes
SELECT relate('A', 'VEND', 'vendor', 'V1');
SELECT is(class('A'), 'vendor', 'vendor only: vendor');
SELECT relate('A', 'CUST', 'customer', 'C1');
SELECT is(class('A'), 'multiple', 'customer and vendor: multiple');
SELECT relate('B', 'BANK', 'bank account', 'B1');
SELECT is(class('B'), 'bank account', 'bank account only: bank account');
UPDATE crm.contact_business_relation SET business_relation_code = 'PROSPECT' WHERE contact_id = id('B');
SELECT is(class('B'), 'other', 'linked under a code that is not in the setup: other');
SELECT relate('B', 'COMPETITOR');
SELECT is(class('B'), 'multiple', 'two that do not count as links: multiple');
SELECT relate('Q', 'EMP', 'employee', 'E1');
SELECT is(class('Q'), 'employee', 'employee only: employee');
DELETE FROM crm.contact_business_relation;
SELECT relate('P', 'EMP', 'employee', 'E2');
SELECT is(class('P'), 'employee', 'a person''s own relation');
SELECT is(class('A'), 'none', '... is not its company''s');
SELECT relate('A', 'CUST', 'customer', 'C1');
SELECT is(class('P'), 'multiple', 'own and company''s relations together');
UPDATE crm.contact SET company_id = NULL WHERE name = 'P';
SELECT is(class('P'), 'employee', 'who leaves the company leaves its relations');
UPDATE crm.setup SET customer_relation_code = NULL, vendor_relation_code = NULL, bank_account_relation_code = NULL, employee_relation_code = NULL;
DELETE FROM crm.contact_business_relation;
SELECT relate('A', 'COMPETITOR', 'customer', 'C1');
SELECT is(class('A'), 'customer', 'without any code in the setup every linked row counts');
DELETE FROM crm.contact_business_relation;
UPDATE crm.setup SET customer_relation_code = 'CUST', vendor_relation_code = 'VEND', bank_account_relation_code = 'BANK', employee_relation_code = 'EMP';

-- Rules
SELECT throws_ok($$SELECT relate('A', 'CUST')$$, '23514', NULL, 'E7: the customers'' code is reserved for cards');
SELECT throws_ok($$SELECT relate('A', 'VEND')$$, '23514', NULL, 'E7: so is the vendors''');
SELECT throws_ok($$SELECT relate('A', 'BANK')$$, '23514', NULL, 'E7: and the banks''');
SELECT lives_ok($$SELECT relate('Q', 'EMP')$$, 'the employees'' is not');
SELECT throws_ok($$SELECT relate('A', 'NONE')$$, '23503', NULL, 'a relation has a known code');
SELECT throws_ok($$SELECT relate('A', 'PROSPECT', NULL, 'C1')$$, '23514', NULL, 'a card has a link type');
SELECT throws_ok($$SELECT relate('A', 'PROSPECT', 'friend', 'C1')$$, '23514', NULL, '... one of four');
SELECT relate('A', 'CUST', 'customer', 'C1');
SELECT throws_ok($$SELECT relate('A', 'PROSPECT', 'customer', 'C2')$$, '23505', NULL, 'E7: a contact is linked to one customer');
SELECT throws_ok($$SELECT relate('B', 'CUST', 'customer', 'C1')$$, '23505', NULL, 'E7: a customer is linked to one contact');
SELECT lives_ok($$SELECT relate('B', 'VEND', 'vendor', 'C1')$$, 'a vendor may have the number of a customer');
SELECT lives_ok($$SELECT relate('A', 'VEND', 'vendor', 'V1'), relate('A', 'BANK', 'bank account', 'B1')$$, 'a contact may be customer, vendor and bank');
SELECT results_eq($$SELECT business_relation_code, card_no FROM crm.contact_business_relation WHERE contact_id = id('A') ORDER BY 1$$,
	$$VALUES ('BANK', 'B1'), ('CUST', 'C1'), ('VEND', 'V1')$$, '... each with its card');
SELECT lives_ok($$SELECT relate('Q', 'EMP', 'employee', 'E9')$$, 'a link takes the place of an unlinked row');
SELECT results_eq($$SELECT link_type, card_no FROM crm.contact_business_relation WHERE contact_id = id('Q')$$, $$VALUES ('employee', 'E9')$$, '... of the same code');
SELECT throws_ok($$SELECT relate('Q', 'EMP', 'employee', 'E10')$$, '23505', NULL, '... but not of a linked one');
UPDATE crm.business_relation SET business_relation_code = 'CLIENT' WHERE business_relation_code = 'CUST';
SELECT is((SELECT count(*) FROM crm.contact_business_relation WHERE business_relation_code = 'CLIENT'), 1::bigint, 'rows follow the rename of a code');
SELECT is(class('A'), 'multiple', '... and the class stays');
SELECT throws_ok($$INSERT INTO crm.contact_business_relation (contact_id, link_type, card_no) VALUES (id('A'), 'customer', 'C9')$$, '23502', NULL, 'a relation without a code is refused');

SELECT * FROM finish();
ROLLBACK;
