-- What cannot be logged: the posting goes on, and crm.posting_problem says what is wrong and what to do
SET client_min_messages = warning;
SET datestyle = ISO;
BEGIN;
CREATE EXTENSION IF NOT EXISTS crm;
\set ON_ERROR_ROLLBACK on
\pset null -
SELECT crm.install_defaults();
\set SHOW_CONTEXT never
CREATE TABLE customer (id integer PRIMARY KEY, name text, phone text, email text);
CREATE TABLE doc (id integer UNIQUE, type text DEFAULT 'sales invoice', day date DEFAULT '2026-03-01', customer_id integer DEFAULT 1, person_id integer, contact_no text, amount numeric DEFAULT 1, parts integer DEFAULT 1, due date);
CREATE TABLE tag (doc_id integer, label text);
CREATE TABLE tag_use (label text, doc_id integer);
SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', 'SELECT id AS card_key, name, phone AS phone_no, email FROM customer') > 0 AS attached;
SELECT crm.attach_document('docs', 'doc', 'id', $$SELECT id AS document_key, type AS document_type, day AS posting_date, customer_id AS partner_key,
	person_id AS contact_key, contact_no, amount / parts AS amount, due AS due_date FROM doc$$) > 0 AS attached;
CREATE TEMP VIEW problem AS SELECT source_name, document_key AS key, sqlstate, message, detail, hint FROM crm.posting_problem ORDER BY posting_problem_id;
INSERT INTO customer VALUES (1, 'Alfa', NULL, NULL);

-- Values
INSERT INTO doc (id, parts) VALUES (1, 0);
INSERT INTO doc (id, amount) VALUES (2, 1e20), (3, 'NaN');
INSERT INTO doc (id, type) VALUES (4, 'sales invioce'), (5, NULL), (6, 'email');
INSERT INTO doc (id, day) VALUES (7, NULL), (8, 'infinity');
INSERT INTO doc (id, due) VALUES (9, '-infinity');
INSERT INTO doc (id) VALUES (NULL);
SELECT * FROM problem;
SELECT count(*) AS documents, (SELECT count(*) FROM crm.interaction) AS logged FROM doc;
DELETE FROM doc;
SELECT crm.replay_problems();
SELECT * FROM problem;

-- Contacts
INSERT INTO doc (id, customer_id) VALUES (10, 99);
INSERT INTO doc (id, customer_id, person_id) VALUES (11, NULL, 98), (12, 1, 98);
INSERT INTO doc (id, contact_no) VALUES (13, 'NOBODY');
SELECT * FROM problem;
SELECT document_key, contact_no FROM crm.interaction;
INSERT INTO customer VALUES (98, 'Person', NULL, NULL), (99, 'Late', NULL, NULL);
INSERT INTO crm.contact (contact_no, name) VALUES ('NOBODY', 'Somebody');
SELECT crm.replay_problems('docs');
SELECT document_key, contact_name FROM crm.interaction ORDER BY document_key;
SELECT * FROM problem;

-- The template
SET LOCAL session_replication_role = replica;
INSERT INTO crm.interaction_template_language (interaction_template_code, language_code) VALUES ('S_INVOICE', 'ENU');
SET LOCAL session_replication_role = origin;
UPDATE crm.interaction_template SET description = 'Invoice' WHERE interaction_template_code = 'S_INVOICE';
INSERT INTO doc (id) VALUES (20);
DELETE FROM crm.interaction_template_setup WHERE purpose = 'sales credit memo';
INSERT INTO doc (id, type) VALUES (21, 'sales credit memo');
SELECT * FROM problem;
DELETE FROM crm.interaction_template_language;
SELECT crm.replay_problems();

-- Cards
INSERT INTO customer VALUES (30, 'Phone', 'call me', NULL), (31, 'Mail', NULL, 'nowhere'), (32, NULL, NULL, NULL);
SELECT * FROM problem;
SELECT name, phone_no, email FROM crm.contact WHERE name IN ('Phone', 'Mail') ORDER BY name;
UPDATE customer SET phone = '0744', email = 'a@b' WHERE id >= 30;
SELECT crm.replay_problems('customers');
SELECT name, phone_no, email FROM crm.contact WHERE name IN ('Phone', 'Mail') ORDER BY name;
SELECT * FROM problem;

-- Said once, however often the document is touched
INSERT INTO doc (id, parts) VALUES (40, 0);
UPDATE doc SET amount = 2 WHERE id = 40;
UPDATE doc SET amount = 3 WHERE id = 40;
SELECT key, message FROM problem;
SELECT crm.replay_problems();
DELETE FROM doc WHERE id = 40;
SELECT crm.replay_problems();

-- The ERP changes under the mapping
ALTER TABLE doc RENAME COLUMN due TO due_on;
INSERT INTO doc (id) VALUES (50), (51);
SELECT * FROM problem;
SELECT source_name, document_key, difference FROM crm.verify_posting();
SELECT crm.backfill('docs');
ALTER TABLE doc RENAME COLUMN due_on TO due;
SELECT crm.replay_problems();
SELECT * FROM problem;
SELECT * FROM crm.verify_posting();

-- A query for keys that does not work any more
SELECT crm.detach('docs');
SELECT crm.attach_document('docs', 'doc', 'id', $$SELECT d.id AS document_key, d.type AS document_type, d.day AS posting_date,
	(SELECT string_agg(t.label, ' ') FROM tag AS t WHERE t.doc_id = d.id) AS description FROM doc AS d$$,
	also => '{"tag": {"column": "label", "keys": "SELECT u.doc_id FROM tag_use AS u WHERE u.label = ANY ($1)"}}') > 0 AS attached;
INSERT INTO tag_use VALUES ('red', 50);
INSERT INTO tag VALUES (50, 'red');
SELECT document_key, description FROM crm.interaction WHERE document_key = '50';
ALTER TABLE tag_use RENAME TO tag_using;
INSERT INTO tag VALUES (50, 'green');
SELECT * FROM problem;
ALTER TABLE tag_using RENAME TO tag_use;
SELECT crm.replay_problems();
SELECT document_key, description FROM crm.interaction WHERE document_key = '50';

-- The table goes
DROP TABLE doc, tag;
SELECT source_name, table_name, table_exists FROM crm.source ORDER BY source_name;
SELECT source_name, difference FROM crm.verify_posting();
SELECT crm.backfill('docs');
SELECT crm.replay_problems();
SELECT crm.detach('docs');
SELECT count(*) FROM crm.interaction WHERE posted;
ROLLBACK;
