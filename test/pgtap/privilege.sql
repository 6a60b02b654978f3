-- Profiles of crm.grant_role(), and postings by people who know nothing of crm (architecture section 6)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(66);
CREATE ROLE regress_crm_clerk;
CREATE ROLE regress_crm_reader;
CREATE ROLE regress_crm_user;
CREATE ROLE regress_crm_admin;
CREATE ROLE regress_crm_erp;
SELECT crm.grant_role('regress_crm_reader', 'reader');
SELECT crm.grant_role('regress_crm_user', 'user');
SELECT crm.grant_role('regress_crm_admin', 'admin');
SELECT throws_ok($$SELECT crm.grant_role('regress_crm_missing', 'reader')$$, '42704', NULL, 'no such role');
SELECT throws_ok($$SELECT crm.grant_role('regress_crm_reader', 'king')$$, '22023', NULL, 'no such profile');

-- An ERP with an owner and a clerk
CREATE SCHEMA erp AUTHORIZATION regress_crm_erp;
GRANT USAGE ON SCHEMA erp TO public;
CREATE TABLE erp.customer (id integer PRIMARY KEY, name text NOT NULL, city text);
CREATE TABLE erp.invoice (id integer PRIMARY KEY, customer_id integer DEFAULT 1, amount numeric DEFAULT 10);
CREATE TABLE erp.secret (id integer PRIMARY KEY);
ALTER TABLE erp.customer OWNER TO regress_crm_erp;
ALTER TABLE erp.invoice OWNER TO regress_crm_erp;
GRANT ALL ON erp.customer, erp.invoice TO regress_crm_clerk;
CREATE FUNCTION pg_temp.attach(query text DEFAULT $$SELECT id AS document_key, 'sales invoice' AS document_type, date '2026-02-01' AS posting_date, customer_id AS partner_key, amount FROM erp.invoice$$)
	RETURNS integer LANGUAGE sql AS $$ SELECT crm.attach_document('invoices', 'erp.invoice', 'id', query) $$;
CREATE FUNCTION pg_temp.attach_customers() RETURNS integer LANGUAGE sql AS $$
	SELECT crm.attach_partner('customers', 'erp.customer', 'id', 'customer', 'SELECT id AS card_key, name, city FROM erp.customer') $$;
CREATE FUNCTION pg_temp.attach_secret() RETURNS integer LANGUAGE sql AS $$
	SELECT pg_temp.attach($q$SELECT i.id AS document_key, 'sales invoice' AS document_type, date '2026-02-01' AS posting_date FROM erp.invoice i JOIN erp.secret s ON s.id = i.id$q$) $$;

-- pgTAP keeps its count in tables and sequences of the session
GRANT ALL ON ALL TABLES IN SCHEMA pg_temp TO public;
GRANT ALL ON ALL SEQUENCES IN SCHEMA pg_temp TO public;

SET ROLE regress_crm_erp;
SELECT throws_ok('SELECT pg_temp.attach_customers()', '42501', NULL, 'whoever owns the table still needs the right to attach');
RESET ROLE;
SET ROLE regress_crm_admin;
SELECT throws_ok('SELECT pg_temp.attach_customers()', '42501', NULL, 'an admin does not own the tables of the ERP');
RESET ROLE;
SELECT crm.grant_role('regress_crm_erp', 'admin');
SET ROLE regress_crm_erp;
SELECT lives_ok('SELECT pg_temp.attach_customers()', 'the owner of the table who may attach attaches');
SELECT throws_ok('SELECT pg_temp.attach_secret()', '42501', NULL, 'a mapping may not read what the owner of the table may not');
SELECT lives_ok('SELECT pg_temp.attach()', '... the right one is attached');
RESET ROLE;
REVOKE ALL ON ALL TABLES IN SCHEMA crm, crm_data FROM regress_crm_erp;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA crm, crm_data FROM regress_crm_erp;
REVOKE ALL ON SCHEMA crm, crm_data FROM regress_crm_erp;

-- A clerk without any right in crm posts
SET ROLE regress_crm_clerk;
SELECT throws_ok('SELECT * FROM crm.contact', '42501', NULL, 'a stranger sees no contacts');
SELECT throws_ok('SELECT * FROM crm_data.interaction', '42501', NULL, '... no log');
SELECT throws_ok($$SELECT crm.find_contact('A')$$, '42501', NULL, '... and calls no function');
SELECT lives_ok($$INSERT INTO erp.customer VALUES (1, 'A', 'Iasi')$$, '... but enters a customer');
SELECT lives_ok('INSERT INTO erp.invoice (id) VALUES (1), (2)', '... posts');
SELECT lives_ok('UPDATE erp.invoice SET amount = 20 WHERE id = 1', '... edits');
SELECT lives_ok('DELETE FROM erp.invoice WHERE id = 2', '... deletes');
SELECT lives_ok('INSERT INTO erp.invoice VALUES (3, 99)', '... meets a problem');
SELECT is(current_user::text, 'regress_crm_clerk', '... and stays who he is');
RESET ROLE;
SELECT results_eq('SELECT document_key, amount::numeric, canceled FROM crm.interaction ORDER BY 1', $$VALUES ('1', 20.0, false), ('2', 10, true)$$, 'all of which was logged');
SELECT is((SELECT count(*) FROM crm.posting_problem), 1::bigint, '... and recorded');
SELECT is((SELECT contact_no FROM crm.contact), 'CT000001', 'the contact has a number of the series');

-- Reader
SET ROLE regress_crm_reader;
SELECT lives_ok(format('SELECT count(v.*) FROM crm.%I AS v', relname), 'a reader reads ' || relname) FROM pg_class
	WHERE relnamespace = 'crm'::regnamespace AND relname IN ('contact', 'contact_card', 'contact_timeline', 'interaction', 'sales_entry', 'contact_statistics', 'posting_problem', 'source', 'setup') ORDER BY relname;
SELECT is(crm.find_contact('a'), 'CT000001', 'a reader finds a contact');
SELECT is((SELECT interaction_count FROM crm.contact_statistics_between('CT000001')), 1::bigint, '... has statistics');
SELECT is((SELECT sum(interaction_count)::bigint FROM crm.interaction_statistics()), 1::bigint, '... of all');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... verifies');
SELECT throws_ok($$INSERT INTO crm.contact (name) VALUES ('R')$$, '42501', NULL, '... enters no contact');
SELECT throws_ok($$UPDATE crm.contact SET city = 'Deva'$$, '42501', NULL, '... changes none');
SELECT throws_ok('DELETE FROM crm.contact', '42501', NULL, '... deletes none');
SELECT throws_ok($$SELECT crm.log_interaction('CT000001', 'BUS')$$, '42501', NULL, '... logs nothing');
SELECT throws_ok('SELECT crm.cancel_interaction(ARRAY[1]::bigint[])', '42501', NULL, '... cancels nothing');
SELECT throws_ok('UPDATE crm_data.interaction SET amount = 0', '42501', NULL, '... does not touch the log');
SELECT throws_ok($$SELECT crm.next_no('CONTACT')$$, '42501', NULL, '... takes no numbers');
SELECT throws_ok($$SELECT crm.backfill('invoices')$$, '42501', NULL, '... fills nothing');
SELECT throws_ok($$SELECT crm.detach('invoices')$$, '42501', NULL, '... detaches nothing');
SELECT throws_ok($$SELECT crm.grant_role('regress_crm_reader', 'admin')$$, '42501', NULL, '... and grants himself nothing');
RESET ROLE;

-- User
INSERT INTO crm.salesperson (salesperson_code) VALUES ('S');
SET ROLE regress_crm_user;
SELECT lives_ok($$INSERT INTO crm.contact (name, salesperson_code) VALUES ('U', 'S')$$, 'a user enters a contact');
SELECT lives_ok($$INSERT INTO crm.contact (contact_type, name, company_name) VALUES ('person', 'Pia', 'U')$$, '... and a person of it');
SELECT lives_ok($$UPDATE crm.contact SET city = 'Bacau' WHERE name = 'A'$$, '... changes one');
SELECT is((SELECT city FROM crm.contact WHERE name = 'A'), 'Bacau', '... which changes');
SELECT lives_ok($$SELECT crm.log_interaction(crm.find_contact('U'), 'BUS', description => 'x')$$, '... logs an interaction');
SELECT lives_ok($$SELECT crm.log_call(crm.find_contact('U'), contact_via => '1')$$, '... a call');
SELECT lives_ok($$SELECT crm.attach_file(max(interaction_id), 'a.txt', 'text/plain', 'a') FROM crm.interaction$$, '... with a file');
SELECT lives_ok($$SELECT crm.evaluate_interaction(array_agg(interaction_id), 'positive'), crm.cancel_interaction(array_agg(interaction_id)) FROM crm.interaction WHERE interaction_template_code = 'OUTGOING'$$,
	'... evaluates and cancels');
SELECT is(crm.delete_canceled_interactions(array_agg(interaction_id)), 1::bigint, '... and deletes') FROM crm.interaction WHERE interaction_template_code = 'OUTGOING';
SELECT lives_ok($$DELETE FROM crm.contact WHERE name = 'Pia'$$, '... deletes a contact');
SELECT throws_ok($$UPDATE crm.setup SET default_country_code = 'RO'$$, '42501', NULL, '... does not change the setup');
SELECT throws_ok($$INSERT INTO crm.business_relation (business_relation_code) VALUES ('X')$$, '42501', NULL, '... nor code lists');
SELECT throws_ok($$UPDATE crm.interaction_template SET unit_cost = 0$$, '42501', NULL, '... nor templates');
SELECT throws_ok($$DELETE FROM crm_data.posting_problem$$, '42501', NULL, '... nor problems');
SELECT throws_ok($$SELECT crm.replay_problems()$$, '42501', NULL, '... replays nothing');
SELECT throws_ok($$SELECT crm.detach('invoices')$$, '42501', NULL, '... detaches nothing');
SELECT throws_ok($$SELECT crm.create_number_series('X', 'X1')$$, '42501', NULL, '... makes no number series');
SELECT throws_ok('SELECT * FROM erp.customer', '42501', NULL, '... sees nothing of the ERP');
RESET ROLE;
SELECT is((SELECT city FROM erp.customer WHERE id = 1), 'Bacau', 'what a user changes goes to the card all the same');

-- Admin
SET ROLE regress_crm_admin;
SELECT lives_ok($$UPDATE crm.setup SET default_country_code = 'RO'$$, 'an admin changes the setup');
SELECT lives_ok($$SELECT crm.create_number_series('X', 'X1'), crm.next_no('CONTACT')$$, '... makes number series');
SELECT is(crm.replay_problems(), 0::bigint, '... replays');
SELECT throws_ok($$SELECT crm.detach('invoices')$$, '42501', NULL, '... but detaches only what he owns');
SELECT throws_ok($$SELECT crm.grant_role('regress_crm_reader', 'admin')$$, '42501', NULL, '... and grants nobody anything');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
