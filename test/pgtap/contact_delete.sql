-- Deleting contacts (domain/1 section 2.9)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(20);
CREATE FUNCTION id(text) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT contact_id FROM crm.contact WHERE name = $1; END;
CREATE VIEW history AS SELECT description, (SELECT name FROM crm.contact c WHERE c.contact_id = i.contact_id) AS contact,
	(SELECT name FROM crm.contact c WHERE c.contact_id = i.company_id) AS company FROM crm_data.interaction i;
INSERT INTO crm.salesperson (salesperson_code) VALUES ('S');
UPDATE crm.setup SET default_salesperson_code = 'S';
CREATE TABLE customer (id integer PRIMARY KEY, name text NOT NULL);
SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', 'SELECT id AS card_key, name FROM customer');
INSERT INTO customer VALUES (1, 'A');
INSERT INTO crm.contact (contact_type, name, company_id) VALUES ('person', 'P1', id('A')), ('person', 'P2', id('A')), ('person', 'Free', NULL);
UPDATE crm.contact SET salesperson_code = 'S';
SELECT crm.log_interaction(contact_no, 'ABSTRACT', description => name, comment => 'remark') FROM crm.contact;
INSERT INTO crm.contact_job_responsibility (contact_id, job_responsibility_code) VALUES (id('P1'), 'SALE');
INSERT INTO crm.contact_mailing_group (contact_id, mailing_group_code) SELECT contact_id, 'X-CARD' FROM crm.contact;
INSERT INTO crm.contact_industry_group (contact_id, industry_group_code) VALUES (id('A'), 'RET');
INSERT INTO crm.web_source (web_source_code) VALUES ('WEB');
INSERT INTO crm.contact_web_source (contact_id, web_source_code) VALUES (id('A'), 'WEB');
INSERT INTO crm.contact_alt_address (contact_id, alt_address_code) SELECT contact_id, 'SEA' FROM crm.contact;
INSERT INTO crm.contact_alt_address_date_range (contact_id, starting_date, alt_address_code) SELECT contact_id, '2026-01-01', 'SEA' FROM crm.contact;
INSERT INTO crm.comment_line (contact_id, comment_text) SELECT contact_id, 'about ' || name FROM crm.contact;
CREATE FUNCTION leftovers(bigint) RETURNS bigint LANGUAGE sql BEGIN ATOMIC
	SELECT (SELECT count(*) FROM crm.contact_mailing_group WHERE contact_id = $1) + (SELECT count(*) FROM crm.contact_alt_address WHERE contact_id = $1)
		+ (SELECT count(*) FROM crm.contact_alt_address_date_range WHERE contact_id = $1) + (SELECT count(*) FROM crm.comment_line WHERE contact_id = $1)
		+ (SELECT count(*) FROM crm.contact_job_responsibility WHERE contact_id = $1) + (SELECT count(*) FROM crm.contact_industry_group WHERE contact_id = $1)
		+ (SELECT count(*) FROM crm.contact_web_source WHERE contact_id = $1) + (SELECT count(*) FROM crm.contact_business_relation WHERE contact_id = $1);
END;
CREATE TEMP TABLE was AS SELECT name, contact_id FROM crm.contact;

SELECT is(leftovers(id('P1')), 5::bigint, 'a person has rows in other tables');
SELECT lives_ok($$DELETE FROM crm.contact WHERE name = 'P1'$$, 'a person is deleted');
SELECT results_eq($$SELECT contact, company FROM history WHERE description = 'P1'$$, $$VALUES ('A', 'A')$$, 'its entries go to the company');
SELECT is((SELECT leftovers(contact_id) FROM was WHERE name = 'P1'), 0::bigint, 'nothing else is left');
SELECT lives_ok($$DELETE FROM crm.contact WHERE name = 'Free'$$, 'a person without a company is deleted');
SELECT results_eq($$SELECT contact, company FROM history WHERE description = 'Free'$$, $$VALUES (NULL::text, NULL::text)$$, 'its entries are anonymous');

SELECT lives_ok($$DELETE FROM crm.contact WHERE name = 'A'$$, 'a company is deleted');
SELECT is_empty('SELECT FROM crm.contact', '... and its persons with it');
SELECT bag_eq('TABLE history', $$VALUES ('A', NULL::text, NULL::text), ('P1', NULL, NULL), ('P2', NULL, NULL), ('Free', NULL, NULL)$$,
	'all entries survive anonymously');
SELECT is_empty('SELECT FROM crm_data.interaction WHERE contact_id IS NOT NULL OR company_id IS NOT NULL', '... pointing nowhere');
SELECT is((SELECT count(*) FROM crm.comment_line WHERE interaction_id IS NOT NULL), 4::bigint, '... with their comments');
SELECT is((SELECT sum(leftovers(contact_id)) FROM was), 0::numeric, 'no row of another table is left');
SELECT is((SELECT count(*) FROM customer), 1::bigint, 'a linked card is never deleted');
SELECT is((SELECT count(*) FROM crm.mailing_group WHERE mailing_group_code = 'X-CARD'), 1::bigint, 'masters stay');

-- Several at once
INSERT INTO crm.contact (name) VALUES ('B');
INSERT INTO crm.contact (contact_type, name, company_id) VALUES ('person', 'P3', id('B'));
SELECT crm.log_interaction(contact_no, 'ABSTRACT', description => name) FROM crm.contact;
SELECT lives_ok('DELETE FROM crm.contact', 'company and person go in one statement');
SELECT is_empty('SELECT FROM crm_data.interaction WHERE contact_id IS NOT NULL OR company_id IS NOT NULL', '... and their entries are anonymous');
SELECT is((SELECT count(*) FROM crm_data.interaction), 6::bigint, 'no entry was lost');

-- A document still posted when its contact goes
INSERT INTO customer VALUES (2, 'C');
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer, posted_on date, amount numeric);
SELECT crm.attach_document('invoices', 'invoice', 'id', $$SELECT id AS document_key, 'sales invoice' AS document_type, posted_on AS posting_date,
	customer_id AS partner_key, amount FROM invoice WHERE posted_on IS NOT NULL$$);
INSERT INTO invoice VALUES (1, 2, '2026-01-15', 10);
DELETE FROM crm.contact WHERE name = 'C';
SELECT lives_ok('UPDATE invoice SET amount = 11', 'the ERP goes on without the contact');
SELECT lives_ok('DELETE FROM invoice', '... and unposts');
SELECT is((SELECT count(*) FROM crm_data.interaction WHERE posted), 0::bigint, '... with the entry following');

SELECT * FROM finish();
ROLLBACK;
