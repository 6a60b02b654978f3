-- Attaching: every refusal with message, detail and hint; what an attachment leaves in the catalog
SET client_min_messages = warning;
BEGIN;
CREATE EXTENSION IF NOT EXISTS crm;
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset null -
SELECT crm.install_defaults();
CREATE SCHEMA erp;
SET search_path = erp;
CREATE TABLE customer (id integer PRIMARY KEY, name text, city text);
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer, posted_on date, amount numeric, twin integer, note text, flag boolean);
CREATE TABLE invoice_line (invoice_id integer, item text, amount numeric);
CREATE TABLE event (id integer, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE event_2026 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE VIEW invoice_view AS SELECT * FROM invoice;
CREATE TEMP TABLE invoice_temp (id integer PRIMARY KEY);
CREATE FUNCTION attach(query text) RETURNS integer LANGUAGE sql AS $$ SELECT crm.attach_document('invoices', 'invoice', 'id', query) $$;
CREATE FUNCTION attach_with(extra text) RETURNS integer LANGUAGE sql AS $$
	SELECT attach(format('SELECT id AS document_key, ''sales invoice'' AS document_type, posted_on AS posting_date, %s FROM invoice', extra)) $$;
CREATE FUNCTION attach_on(target regclass, key text DEFAULT 'id') RETURNS integer LANGUAGE sql AS $$
	SELECT crm.attach_document('invoices', target, key, 'SELECT 1 AS document_key, ''sales invoice'' AS document_type, current_date AS posting_date') $$;

-- Tables and keys
SELECT attach_on('invoice_view');
SELECT attach_on('invoice_temp');
SELECT attach_on('event_2026');
SELECT attach_on('pg_catalog.pg_class', 'oid');
SELECT attach_on('crm_data.interaction', 'interaction_id');
SELECT attach_on('invoice', 'number');
SELECT attach_on('invoice', 'twin');
SELECT attach_on('invoice', 'ctid');
CREATE UNIQUE INDEX ON invoice (twin) WHERE twin > 0;
CREATE UNIQUE INDEX ON invoice (twin, note);
CREATE UNIQUE INDEX ON invoice ((abs(twin)));
SELECT attach_on('invoice', 'twin');
CREATE ROLE regress_crm_owner;
GRANT CREATE, USAGE ON SCHEMA erp TO regress_crm_owner;
SELECT crm.grant_role('regress_crm_owner', 'admin');
SET ROLE regress_crm_owner;
SELECT attach_on('invoice');
CREATE TABLE own (id integer PRIMARY KEY);
SELECT crm.attach_document('own', 'own', 'id', 'SELECT o.id AS document_key, ''sales invoice'' AS document_type, i.posted_on AS posting_date FROM own AS o JOIN invoice AS i USING (id)');
SELECT crm.attach_document('own', 'own', 'id', 'SELECT id AS document_key, ''sales invoice'' AS document_type, current_date AS posting_date FROM own', also => '{"invoice_line": "invoice_id"}');
RESET ROLE;

-- Arguments
SELECT crm.attach_document(NULL, 'invoice', 'id', 'SELECT');
SELECT crm.attach_document('invoices', NULL, 'id', 'SELECT');
SELECT crm.attach_document('invoices', 'invoice', NULL, 'SELECT');
SELECT crm.attach_document('invoices', 'invoice', 'id', NULL);
SELECT crm.attach_document('invoices', 'invoice', 'id', 'SELECT', legal_entity => NULL);
SELECT crm.attach_document('invoices', 'invoice', 'id', 'SELECT', timing => 'soon');
SELECT crm.attach_document('invoices', 'invoice', 'id', 'SELECT', on_unpost => 'forget');
SELECT crm.attach_document('invoices', 'invoice', 'id', 'SELECT', without_partner => 'guess');
SELECT crm.attach_document('invoices', 'invoice', 'id', 'SELECT', also => '["invoice_line"]');
SELECT crm.attach_document('invoices', 'invoice', 'id', 'SELECT', also => '{"invoice_line": 1}');
SELECT crm.attach_document('invoices', 'invoice', 'id', 'SELECT', also => '{"invoice_line": {"column": "item"}}');
SELECT crm.attach_document('invoices', 'invoice', 'id', 'SELECT', also => '{"nowhere": "invoice_id"}');
SELECT crm.attach_document('invoices', 'invoice', 'id', 'SELECT', also => '{"invoice_line": "invoice"}');
SELECT crm.attach_document('invoices', 'invoice', 'id', 'SELECT', also => '{"invoice_line": "item"}');
SELECT crm.attach_document('invoices', 'invoice', 'id', 'SELECT', also => '{"invoice_view": "id"}');

-- Queries
SELECT attach('SELEC id');
SELECT attach('');
SELECT attach('SELECT 1; SELECT 2');
SELECT attach('DELETE FROM invoice RETURNING id AS document_key');
SELECT attach('VALUES (1)');
SELECT attach('SELECT id INTO other FROM invoice');
SELECT attach('WITH gone AS (DELETE FROM invoice RETURNING *) SELECT id AS document_key, ''sales invoice'' AS document_type, posted_on AS posting_date FROM gone');
SELECT attach('SELECT id AS document_key, ''sales invoice'' AS document_type, posted_on AS posting_date FROM invoice FOR UPDATE');
SELECT attach('SELECT id AS document_key, ''sales invoice'' AS document_type, posted_on AS posting_date FROM nowhere');
SELECT attach_with('number AS document_no');
SELECT attach_with('$1 AS amount');

-- Columns
SELECT attach_with('amount AS amout');
SELECT attach_with('amount + 1');
SELECT attach_with('amount, amount');
SELECT attach('SELECT ''sales invoice'' AS document_type, posted_on AS posting_date FROM invoice');
SELECT attach('SELECT id AS document_key, posted_on AS posting_date FROM invoice');
SELECT attach('SELECT id AS document_key, ''sales invoice'' AS document_type FROM invoice');
SELECT attach_with('note AS amount');
SELECT attach_with('flag AS document_no');
SELECT attach_with('note AS item_nos');
SELECT attach('SELECT id::text AS document_key, ''sales invoice'' AS document_type, posted_on AS posting_date FROM invoice');
SELECT attach('SELECT twin AS document_key, ''sales invoice'' AS document_type, posted_on AS posting_date FROM invoice');
SELECT attach('SELECT id AS document_key, ''sales invioce'' AS document_type, posted_on AS posting_date FROM invoice');
SELECT attach('SELECT id AS document_key, ''email'' AS document_type, posted_on AS posting_date FROM invoice');
SELECT crm.attach_document('invoices', 'invoice', 'id', 'SELECT id AS document_key, ''sales invoice'' AS document_type, posted_on AS posting_date FROM invoice',
	also => '{"invoice_line": {"column": "item", "keys": "SELECT item FROM invoice_line WHERE item = ANY ($1)"}}');
SELECT crm.attach_document('invoices', 'invoice', 'id', 'SELECT id AS document_key, ''sales invoice'' AS document_type, posted_on AS posting_date FROM invoice',
	also => '{"invoice_line": {"column": "item", "keys": "DELETE FROM invoice_line WHERE item = ANY ($1) RETURNING invoice_id"}}');

-- Partners
SELECT attach_with('customer_id AS partner_key');
CREATE FUNCTION attach_cards(query text, relation text DEFAULT 'customer') RETURNS integer LANGUAGE sql AS $$ SELECT crm.attach_partner('customers', 'customer', 'id', relation, query) $$;
SELECT attach_cards('SELECT id AS card_key FROM customer');
SELECT attach_cards('SELECT name FROM customer');
SELECT attach_cards('SELECT id AS card_key, name, name AS nickname FROM customer');
SELECT attach_cards('SELECT id AS card_key, name, name AS birth_date FROM customer');
SELECT attach_cards('SELECT id AS card_key, name FROM customer', 'friend');
SELECT attach_cards('SELECT id AS card_key, name FROM customer', NULL);
SELECT source_name FROM crm.source;
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname LIKE 'zz_crm%';

-- Attached
SELECT attach_cards('SELECT id AS card_key, name FROM customer') > 0 AS attached;
SELECT attach_cards('SELECT id AS card_key, name FROM customer');
SELECT attach_with('customer_id AS partner_key') > 0 AS attached;
SELECT attach_with('customer_id AS partner_key');
SELECT crm.attach_partner('invoices', 'customer', 'id', 'customer', 'SELECT id AS card_key, name FROM customer');
SELECT crm.attach_partner('vendors', 'customer', 'id', 'vendor', 'SELECT id AS card_key, name FROM customer', write_back => false) > 0 AS attached;
SELECT crm.attach_document('events', 'event', 'id', 'SELECT id AS document_key, ''service order'' AS document_type, day AS posting_date, id AS partner_key FROM event');
SELECT crm.attach_document('events', 'event', 'id', 'SELECT id AS document_key, ''service order'' AS document_type, day AS posting_date, id AS partner_key FROM event', partner => 'invoices');
SELECT crm.attach_document('events', 'event', 'id', 'SELECT id AS document_key, ''service order'' AS document_type, day AS posting_date, id AS partner_key FROM event',
	partner => 'vendors', timing => 'commit', on_unpost => 'reverse', without_partner => 'skip', legal_entity => 'RO', also => '{"invoice_line": "invoice_id"}') > 0 AS attached;
SELECT source_name, source_kind, table_name, table_exists, key_column, relation, partner_source_name, timing, on_unpost, without_partner, write_back, legal_entity
FROM crm.source ORDER BY source_name;
SELECT tgrelid::regclass, tgname, tgdeferrable, tginitdeferred FROM pg_trigger WHERE tgname LIKE 'zz_crm%' ORDER BY tgrelid::regclass::text, tgname;

-- Detached
SELECT crm.detach('customers');
SELECT crm.detach('nothing');
SET ROLE regress_crm_owner;
SELECT crm.detach('invoices');
RESET ROLE;
SELECT crm.detach('invoices'), crm.detach('customers');
SELECT crm.detach('invoices');
SELECT crm.backfill('invoices');
SELECT crm.verify_posting('invoices');
SELECT crm.replay_problems('invoices');
SELECT crm.backfill('nothing');
SELECT crm.attach_partner('invoices', 'customer', 'id', 'customer', 'SELECT id AS card_key, name FROM customer');
DROP TABLE event;
SELECT source_name, table_name, table_exists FROM crm.source ORDER BY source_name;
SELECT crm.detach('events');
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname LIKE 'zz_crm%' ORDER BY tgrelid::regclass::text, tgname;

-- Links by hand
INSERT INTO customer VALUES (1, 'Card one', 'Iasi');
DELETE FROM crm.contact;
INSERT INTO crm.contact (contact_no, name, privacy_blocked) VALUES ('A', 'A', false), ('B', 'B', true);
INSERT INTO crm.contact (contact_no, contact_type, name) VALUES ('P', 'person', 'P');
SELECT crm.link_card('X', 'vendors', '1');
SELECT crm.link_card('A', 'nothing', '1');
SELECT crm.link_card('A', 'customers', '1');
SELECT crm.link_card('A', 'vendors', '2');
SELECT crm.link_card('A', 'vendors', 'one');
SELECT crm.link_card('B', 'vendors', '1');
SELECT crm.link_card('P', 'vendors', '1');
SELECT crm.link_card('A', 'vendors', '1', 'both');
UPDATE crm.setup SET vendor_relation_code = NULL;
SELECT crm.link_card('A', 'vendors', '1');
UPDATE crm.setup SET vendor_relation_code = 'VEND';
SELECT crm.link_card('A', 'vendors', '1');
SELECT name, link_type, card_no FROM crm.contact JOIN crm.contact_business_relation USING (contact_id);
SELECT crm.link_card('A', 'vendors', '1');
INSERT INTO crm.contact (contact_no, name) VALUES ('C', 'C');
SELECT crm.link_card('C', 'vendors', '1');
ROLLBACK;
