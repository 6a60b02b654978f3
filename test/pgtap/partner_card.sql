-- Cards of the ERP and their contacts (domain/1 sections 3.4 to 3.6, E8)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(73);
CREATE FUNCTION id(text) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT contact_id FROM crm.contact WHERE name = $1; END;
CREATE FUNCTION number(text) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT contact_no FROM crm.contact WHERE name = $1; END;
CREATE FUNCTION age_all() RETURNS void LANGUAGE sql SET session_replication_role = replica AS $$ UPDATE crm_data.contact SET last_modified_at = '2020-01-01' $$;
CREATE TABLE customer (id integer PRIMARY KEY, no text, name text NOT NULL, kind text NOT NULL DEFAULT 'company', parent integer, contact_name text, city text, phone text,
	email text, seller text, rating integer);
CREATE TABLE vendor (code text PRIMARY KEY, name text, city text, seller text, vat text, web text);
CREATE TABLE employee (id bigint PRIMARY KEY, first_name text, last_name text, title text);
CREATE VIEW link AS SELECT c.name, r.business_relation_code, r.link_type, r.card_no, s.source_name, r.card_key
	FROM crm.contact_business_relation r JOIN crm.contact c USING (contact_id) LEFT JOIN crm.source s USING (source_id);
INSERT INTO crm.salesperson (salesperson_code) VALUES ('S1'), ('S2'), ('S3');
UPDATE crm.setup SET default_country_code = 'RO', default_salesperson_code = 'S2';
INSERT INTO customer (id, no, name) VALUES (1, 'C1', 'Old one'), (2, 'C2', 'Old two');

-- Attaching
SELECT isnt(crm.attach_partner('customers', 'customer', 'id', 'customer', $$SELECT id AS card_key, no AS card_no, kind AS contact_type, name, parent AS company_key, contact_name, city,
	phone AS phone_no, lower(email) AS email, seller AS salesperson_code FROM customer$$), NULL, 'customers are attached');
SELECT isnt(crm.attach_partner('vendors', 'vendor', 'code', 'vendor', $$SELECT code AS card_key, code AS card_no, name, city, seller AS salesperson_code,
	vat AS vat_registration_no, web AS home_page FROM vendor$$), NULL, 'vendors are attached');
SELECT isnt(crm.attach_partner('employees', 'employee', 'id', 'employee', $$SELECT id AS card_key, 'person' AS contact_type, first_name || ' ' || last_name AS name,
	first_name, last_name AS surname, title AS job_title FROM employee$$, write_back => false), NULL, 'employees are attached, read only');
SELECT results_eq('SELECT source_name, source_kind, relation, write_back FROM crm.source ORDER BY source_name',
	$$VALUES ('customers', 'partner', 'customer', true), ('employees', 'partner', 'employee', false), ('vendors', 'partner', 'vendor', true)$$, 'crm.source lists them');
SELECT is_empty('SELECT FROM crm.contact', 'attaching makes no contacts');

-- Existing cards
SELECT is(crm.backfill('customers'), 2::bigint, 'backfill makes contacts of the existing cards');
SELECT results_eq('TABLE link ORDER BY name', $$VALUES ('Old one', 'CUST', 'customer', 'C1', 'customers', '1'), ('Old two', 'CUST', 'customer', 'C2', 'customers', '2')$$,
	'... linked to them');
SELECT is(crm.backfill('customers'), 0::bigint, '... once');
SELECT is((SELECT count(*) FROM crm.contact), 2::bigint, '... and only once');
SELECT results_eq($$SELECT search_name, company_name, company_id = contact_id, contact_no IS NOT NULL, last_modified_at IS NOT NULL FROM crm.contact WHERE name = 'Old one'$$,
	$$VALUES ('OLD ONE', 'Old one', true, true, true)$$, '... complete like any contact');

-- Card to contact: insert
SELECT lives_ok($$INSERT INTO customer VALUES (3, 'C3', 'Alfa', 'company', NULL, NULL, 'Iasi', '021', 'Office@Alfa.example', 'S1', 5)$$, 'a card is inserted');
SELECT results_eq($$SELECT contact_type, city, phone_no, email, salesperson_code FROM crm.contact WHERE name = 'Alfa'$$,
	$$VALUES ('company', 'Iasi', '021', 'office@alfa.example', 'S1')$$, 'its contact has its fields');
SELECT is((SELECT country_code FROM crm.contact WHERE name = 'Alfa'), NULL, '... and no defaults of the setup');
INSERT INTO customer (id, name) VALUES (4, 'Unsold');
SELECT is((SELECT salesperson_code FROM crm.contact WHERE name = 'Unsold'), NULL, '... no salesperson either');
SELECT results_eq($$SELECT link_type, card_no, card_key FROM link WHERE name = 'Alfa'$$, $$VALUES ('customer', 'C3', '3')$$, '... and a link');
INSERT INTO customer (id, no, name, kind) VALUES (5, 'C5', 'Ion Pop', 'person');
SELECT results_eq($$SELECT contact_type, first_name, surname, company_id FROM crm.contact WHERE name = 'Ion Pop'$$,
	$$VALUES ('person', 'Ion', 'Pop', NULL::bigint)$$, 'a person-type card makes a person');
INSERT INTO customer (id, no, name, kind, parent) VALUES (6, 'C6', 'Ana Rus', 'person', 3);
SELECT results_eq($$SELECT company_id, company_name, city FROM crm.contact WHERE name = 'Ana Rus'$$, $$VALUES (id('Alfa'), 'Alfa', 'Iasi')$$,
	'a card that belongs to a company makes a person of that company, which inherits');
INSERT INTO customer (id, no, name, contact_name) VALUES (7, 'C7', 'Beta', 'Dan Ene');
SELECT results_eq($$SELECT contact_type, company_id FROM crm.contact WHERE name = 'Dan Ene'$$, $$VALUES ('person', id('Beta'))$$,
	'the contact named on a card becomes a person under the company');
INSERT INTO customer (id, name) SELECT n, 'Bulk ' || n FROM generate_series(100, 149) n;
SELECT is((SELECT count(*) FROM link WHERE name LIKE 'Bulk %'), 50::bigint, 'fifty cards in one statement');
INSERT INTO employee VALUES (1, 'Eva', 'Lup', 'Clerk');
SELECT results_eq($$SELECT contact_type, first_name, surname, job_title FROM crm.contact WHERE name = 'Eva Lup'$$,
	$$VALUES ('person', 'Eva', 'Lup', 'Clerk')$$, 'an employee is a person');
SELECT results_eq($$SELECT business_relation_code, link_type FROM link WHERE name = 'Eva Lup'$$, $$VALUES ('EMP', 'employee')$$, '... linked as employee');

-- Card to contact: update
UPDATE customer SET city = 'Roman' WHERE id = 3;
SELECT results_eq($$SELECT city, phone_no FROM crm.contact WHERE name = 'Alfa'$$, $$VALUES ('Roman', '021')$$, 'a change of the card reaches the contact');
SELECT is((SELECT city FROM crm.contact WHERE name = 'Ana Rus'), 'Roman', '... and, by inheritance, its persons');
SELECT is((SELECT city FROM customer WHERE id = 6), 'Roman', '... and the card of such a person');
DELETE FROM customer WHERE id = 6;
UPDATE customer SET name = 'Alfa SA' WHERE id = 3;
SELECT results_eq($$SELECT search_name, company_name FROM crm.contact WHERE name = 'Alfa SA'$$, $$VALUES ('ALFA SA', 'Alfa SA')$$, 'a rename does all a rename does');
SELECT age_all();
UPDATE customer SET rating = 9 WHERE id = 3;
UPDATE customer SET city = city WHERE id = 3;
SELECT is((SELECT last_modified_at FROM crm.contact WHERE name = 'Alfa SA'), timestamptz '2020-01-01', 'what is not mapped or not changed does not touch the contact');
UPDATE customer SET kind = 'person' WHERE id = 4;
SELECT is((SELECT contact_type FROM crm.contact WHERE name = 'Unsold'), 'company', 'the type of a customer''s contact stays');
UPDATE employee SET title = 'Chief' WHERE id = 1;
SELECT is((SELECT job_title FROM crm.contact WHERE name = 'Eva Lup'), 'Chief', 'employee changes arrive');

-- Contact to card
UPDATE crm.contact SET city = 'Bacau' WHERE name = 'Alfa SA';
SELECT results_eq('SELECT name, city, email, rating FROM customer WHERE id = 3', $$VALUES ('Alfa SA', 'Bacau', 'Office@Alfa.example', 9)$$,
	'a change of the contact reaches the card, and nothing else on it changes');
UPDATE crm.contact SET email = 'new@alfa.example' WHERE name = 'Alfa SA';
SELECT is((SELECT email FROM customer WHERE id = 3), 'Office@Alfa.example', 'a mapped expression cannot be written back');
SELECT is((SELECT email FROM crm.contact WHERE name = 'Alfa SA'), 'new@alfa.example', '... and the contact keeps its value');
CREATE TEMP TABLE counted AS SELECT pg_stat_get_xact_tuples_updated('customer'::regclass) AS n;
UPDATE crm.contact SET pager = '1', name_2 = 'x' WHERE name = 'Alfa SA';
SELECT is(pg_stat_get_xact_tuples_updated('customer'::regclass), (SELECT n FROM counted), 'what the card does not have does not touch the card');
UPDATE customer SET city = 'Focsani' WHERE id = 3;
SELECT is(pg_stat_get_xact_tuples_updated('customer'::regclass), (SELECT n + 1 FROM counted), 'no loop: a change of the card writes it once');
UPDATE crm.contact SET city = 'Galati' WHERE name = 'Alfa SA';
SELECT is(pg_stat_get_xact_tuples_updated('customer'::regclass), (SELECT n + 2 FROM counted), 'no loop: so does a change of the contact');
SELECT is((SELECT city FROM customer WHERE id = 3), 'Galati', '... which arrived');
UPDATE crm.contact SET phone_no = '0744' WHERE name = 'Dan Ene';
SELECT is((SELECT phone FROM customer WHERE id = 7), NULL, 'a person''s phone never flows to its company''s card');
UPDATE crm.contact SET job_title = 'Head' WHERE name = 'Eva Lup';
SELECT is((SELECT title FROM employee WHERE id = 1), 'Chief', 'a source without write-back is not written');
SELECT throws_ok($$UPDATE crm.contact SET name = 'Dup', phone_no = 'letters' WHERE name = 'Alfa SA'$$, '23514', NULL, 'a refused change');
SELECT is((SELECT name FROM customer WHERE id = 3), 'Alfa SA', '... leaves the card alone');

-- Linking by hand (3.4)
SET LOCAL session_replication_role = replica;
INSERT INTO vendor VALUES ('V1', 'Alfa supplies', 'Onesti', NULL, 'RO1', NULL), ('V2', 'Vee', 'Vaslui', NULL, NULL, NULL), ('V3', 'Wee', NULL, NULL, NULL, NULL);
INSERT INTO customer (id, no, name) VALUES (8, 'C8', 'Late');
SET LOCAL session_replication_role = origin;
SELECT lives_ok($$SELECT crm.link_card(number('Alfa SA'), 'vendors', 'V1', 'contact')$$, 'the contact is linked to a vendor, the contact is the master');
SELECT results_eq($$SELECT name, city FROM vendor WHERE code = 'V1'$$, $$VALUES ('Alfa SA', 'Galati')$$, '... so the card takes the contact''s values');
SELECT bag_eq($$SELECT link_type, card_no FROM link WHERE name = 'Alfa SA'$$, $$VALUES ('customer', 'C3'), ('vendor', 'V1')$$, '... which is customer and vendor now');
UPDATE customer SET name = 'Alfa Group' WHERE id = 3;
SELECT is((SELECT name FROM vendor WHERE code = 'V1'), 'Alfa Group', 'a change of one card reaches the other through the contact');
UPDATE vendor SET seller = 'S2', city = 'Buzau' WHERE code = 'V1';
SELECT is((SELECT salesperson_code FROM crm.contact WHERE name = 'Alfa Group'), 'S1', 'a vendor''s buyer does not replace the contact''s salesperson');
SELECT is((SELECT city FROM customer WHERE id = 3), 'Buzau', '... while the rest of the change travels');
UPDATE crm.contact SET salesperson_code = 'S3' WHERE name = 'Alfa Group';
SELECT results_eq($$SELECT (SELECT seller FROM customer WHERE id = 3), (SELECT seller FROM vendor WHERE code = 'V1')$$, $$VALUES ('S3', 'S2')$$,
	'the salesperson goes to the customer, the vendor keeps its buyer');
INSERT INTO crm.contact (name, city, home_page) VALUES ('Veee', 'Tulcea', 'v.example');
SELECT lives_ok($$SELECT crm.link_card(number('Veee'), 'vendors', 'V2')$$, 'linked with the card as master');
SELECT results_eq($$SELECT name, city FROM crm.contact WHERE contact_id = (SELECT contact_id FROM crm.contact_business_relation WHERE card_key = 'V2')$$,
	$$VALUES ('Vee', 'Vaslui')$$, '... so the contact takes the card''s values');
SELECT throws_ok($$SELECT crm.link_card(number('Vee'), 'vendors', 'V3')$$, '23505', NULL, 'E8: a contact is linked to one vendor');
INSERT INTO crm.contact (contact_type, name, company_id) VALUES ('person', 'Zoe', id('Unsold')), ('person', 'Loner', NULL);
SELECT throws_ok($$SELECT crm.link_card(number('Zoe'), 'customers', '8')$$, '23505', NULL, 'E8: nor a person whose company is linked');
SELECT throws_ok($$SELECT crm.link_card(number('Unsold'), 'vendors', 'V1')$$, '23505', NULL, 'E8: a card is linked to one contact');
SELECT throws_ok($$SELECT crm.link_card(number('Loner'), 'vendors', 'V3')$$, '55000', NULL, 'E8: a vendor is a company');
SELECT throws_ok($$SELECT crm.link_card(number('Unsold'), 'employees', '1')$$, '55000', NULL, 'E8: an employee is a person');
SELECT throws_ok($$SELECT crm.link_card(number('Unsold'), 'vendors', 'V99')$$, '42704', NULL, 'E8: the card exists');
SELECT throws_ok($$SELECT crm.link_card('NOBODY', 'vendors', 'V3')$$, '42704', NULL, 'E8: the contact exists');
SELECT throws_ok($$SELECT crm.link_card(number('Unsold'), 'nowhere', 'V3')$$, '42704', NULL, 'E8: the source exists');
SELECT throws_ok($$SELECT crm.link_card(number('Unsold'), 'vendors', 'V3', 'both')$$, '22023', NULL, 'the master is card or contact');
SELECT lives_ok($$SELECT crm.link_card(number('Zoe'), 'vendors', 'V3', 'contact')$$, 'a person with a company is linked');
SELECT is((SELECT name FROM link WHERE card_key = 'V3'), 'Unsold', '... as the company');
SELECT is((SELECT name FROM vendor WHERE code = 'V3'), 'Unsold', '... with the company''s name');

-- Deleting
DELETE FROM customer WHERE id = 3;
SELECT bag_eq($$SELECT link_type FROM link WHERE name = 'Alfa Group'$$, $$VALUES ('vendor')$$, 'a deleted card takes its link along');
SELECT is((SELECT count(*) FROM crm.contact WHERE name = 'Alfa Group'), 1::bigint, '... and leaves the contact');
DELETE FROM crm.contact WHERE name = 'Old two';
SELECT is((SELECT count(*) FROM customer WHERE id = 2), 1::bigint, 'a deleted contact leaves the card');
SELECT lives_ok($$UPDATE customer SET city = 'Deva' WHERE id = 2$$, '... which lives on');
TRUNCATE customer;
SELECT is_empty($$SELECT FROM link WHERE link_type = 'customer'$$, 'TRUNCATE takes all links of its cards along');
SELECT is((SELECT count(*) FROM crm.contact WHERE name LIKE 'Bulk %'), 50::bigint, '... and leaves the contacts');

-- Without a relation code no contact is made
UPDATE crm.setup SET vendor_relation_code = NULL;
SELECT lives_ok($$INSERT INTO vendor (code, name) VALUES ('V9', 'Unwanted')$$, 'a card without a relation code for it');
SELECT is((SELECT count(*) FROM crm.contact WHERE name = 'Unwanted'), 0::bigint, '... makes no contact');
UPDATE crm.setup SET vendor_relation_code = 'VEND';

-- Bad cards do not fail the ERP
SELECT lives_ok($$INSERT INTO customer (id, name, phone) VALUES (20, 'Bad phone', 'call me')$$, 'a card that cannot be a contact is saved');
SELECT results_eq($$SELECT document_key, sqlstate FROM crm.posting_problem$$, $$VALUES ('20', '23514')$$, '... and the problem recorded');
UPDATE customer SET phone = '0755' WHERE id = 20;
SELECT is((SELECT phone_no FROM crm.contact WHERE name = 'Bad phone'), '0755', 'once corrected it becomes a contact');
SELECT lives_ok($$SELECT crm.detach('customers')$$, 'customers are detached');
INSERT INTO customer (id, name) VALUES (21, 'After');
SELECT is((SELECT count(*) FROM crm.contact WHERE name = 'After'), 0::bigint, 'a detached table makes no contacts');

SELECT * FROM finish();
ROLLBACK;
