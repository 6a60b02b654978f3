-- What was logged stays history when its contact is deleted or its template taken away; edits of the document still reach it
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(17);
CREATE TABLE customer (id integer PRIMARY KEY, name text);
SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', 'SELECT id AS card_key, name FROM customer', write_back => false);
INSERT INTO customer VALUES (1, 'A'), (2, 'B');
CREATE TABLE doc (id integer PRIMARY KEY, type text DEFAULT 'sales invoice', customer_id integer, amount numeric);
SELECT crm.attach_document('docs', 'doc', 'id', 'SELECT id AS document_key, type AS document_type, date ''2026-01-01'' AS posting_date,
	customer_id AS partner_key, amount FROM doc');
INSERT INTO doc VALUES (1, DEFAULT, 1, 100), (2, DEFAULT, 2, 200), (3, 'sales reminder', 2, 10);
CREATE VIEW log AS SELECT document_key AS key, (SELECT name FROM crm.contact c WHERE c.contact_id = i.contact_id) AS contact,
	amount::integer, description, posted, canceled FROM crm_data.interaction i;

-- The contact is deleted; its card stays
DELETE FROM crm.contact WHERE name = 'A';
SELECT results_eq($$SELECT contact, amount, posted FROM log WHERE key = '1'$$, $$VALUES (NULL::text, 100, true)$$, 'the entry survives without the contact');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... which is right');
UPDATE doc SET amount = 101 WHERE id = 1;
SELECT results_eq($$SELECT contact, amount, posted FROM log WHERE key = '1'$$, $$VALUES (NULL::text, 101, true)$$, 'an edit of the document reaches it');
SELECT isnt((SELECT description FROM log WHERE key = '1'), NULL, '... and leaves what the template gave');
SELECT is_empty('SELECT * FROM crm.posting_problem', '... without a problem');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... verified');
INSERT INTO doc VALUES (4, DEFAULT, 1, 400);
SELECT is((SELECT count(*) FROM log WHERE key = '4'), 0::bigint, 'a new document for the lost contact is not logged');
SELECT is((SELECT string_agg(document_key, ' ') FROM crm.posting_problem), '4', '... but recorded');
UPDATE doc SET customer_id = 9 WHERE id = 2;
SELECT results_eq($$SELECT posted, canceled FROM log WHERE key = '2'$$, $$VALUES (false, true)$$, 'a document that moves to an unknown partner leaves its old contact');
SELECT is((SELECT string_agg(document_key, ' ' ORDER BY document_key) FROM crm.posting_problem), '2 4', '... and is recorded');

-- Reminders are not logged any more
DELETE FROM crm.interaction_template_setup WHERE purpose = 'sales reminder';
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'what was logged by a template that is taken away is right');
SELECT is(crm.backfill('docs'), 0::bigint, '... backfill leaves it');
UPDATE doc SET amount = 11 WHERE id = 3;
SELECT results_eq($$SELECT contact, amount, posted FROM log WHERE key = '3'$$, $$VALUES ('B', 11, true)$$, '... edits reach it');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... verified');
INSERT INTO doc VALUES (5, 'sales reminder', 2, 5);
SELECT is((SELECT count(*) FROM log WHERE key = '5'), 0::bigint, 'a new one is not logged');
UPDATE doc SET type = 'sales reminder', customer_id = 1 WHERE id = 1;
SELECT results_eq($$SELECT posted, canceled FROM log WHERE key = '1'$$, $$VALUES (false, true)$$, 'a document that becomes one is canceled');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... verified');
SELECT * FROM finish();
ROLLBACK;
