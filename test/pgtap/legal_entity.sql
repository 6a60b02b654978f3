-- Legal entities of contacts and documents: of the attachment, unless the mapping names one (contract)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(20);
CREATE TABLE customer (id integer PRIMARY KEY, name text NOT NULL, entity text);
CREATE TABLE vendor (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer DEFAULT 1, amount numeric DEFAULT 10, entity text);
CREATE TABLE bill (id integer PRIMARY KEY, vendor_id integer DEFAULT 1, amount numeric DEFAULT 7);
SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', 'SELECT id AS card_key, name, entity AS legal_entity FROM customer', legal_entity => 'RO01');
SELECT crm.attach_partner('vendors', 'vendor', 'id', 'vendor', 'SELECT id AS card_key, name FROM vendor');
SELECT crm.attach_document('invoices', 'invoice', 'id', $$SELECT id AS document_key, 'sales invoice' AS document_type, date '2026-02-01' AS posting_date, customer_id AS partner_key,
	amount, entity AS legal_entity FROM invoice$$, partner => 'customers', legal_entity => 'RO01');
SELECT crm.attach_document('bills', 'bill', 'id', $$SELECT id AS document_key, 'purchase invoice' AS document_type, date '2026-02-01' AS posting_date, vendor_id AS partner_key, amount FROM bill$$,
	partner => 'vendors', legal_entity => 'MD01');
CREATE FUNCTION entity_of(integer) RETURNS text LANGUAGE sql AS $$
	SELECT i.legal_entity FROM crm.interaction i JOIN crm.source USING (source_id) WHERE source_name = 'invoices' AND document_key = $1::text AND posted $$;
SELECT results_eq('SELECT source_name, legal_entity FROM crm.source ORDER BY 1',
	$$VALUES ('bills', 'MD01'), ('customers', 'RO01'), ('invoices', 'RO01'), ('vendors', '')$$, 'the attachment has a legal entity, blank by default');

-- Cards
INSERT INTO customer VALUES (1, 'Default', NULL), (2, 'Own', 'BG01');
INSERT INTO vendor VALUES (1, 'Nobody''s');
SELECT results_eq('SELECT name, legal_entity FROM crm.contact ORDER BY name', $$VALUES ('Default', 'RO01'), ('Nobody''s', ''), ('Own', 'BG01')$$,
	'a contact gets the card''s, else the attachment''s');
SELECT is((SELECT legal_entity FROM crm.contact_card WHERE name = 'Own'), 'BG01', '... and the card shows it');
INSERT INTO crm.contact (name, legal_entity) VALUES ('By hand', 'HU01'), ('Blank', DEFAULT);
SELECT results_eq($$SELECT name, legal_entity FROM crm.contact WHERE name IN ('By hand', 'Blank') ORDER BY name$$, $$VALUES ('Blank', ''), ('By hand', 'HU01')$$, 'one may be given by hand');

-- Documents
INSERT INTO invoice (id, entity) VALUES (1, NULL), (2, 'BG01');
INSERT INTO bill (id) VALUES (1);
SELECT is(entity_of(1), 'RO01', 'a document without one has the attachment''s');
SELECT is(entity_of(2), 'BG01', 'a document''s own comes first');
SELECT is((SELECT legal_entity FROM crm.purchase_entry), 'MD01', 'a mapping without the column: the attachment''s');
SELECT results_eq('SELECT document_key, legal_entity FROM crm.sales_entry ORDER BY 1', $$VALUES ('1', 'RO01'), ('2', 'BG01')$$, 'the ledger has it');
SELECT results_eq($$SELECT t.document_key, t.legal_entity FROM crm.contact_timeline t JOIN crm.contact c USING (contact_id) WHERE c.name = 'Default' ORDER BY 1$$,
	$$VALUES ('1', 'RO01'), ('2', 'BG01')$$, 'the timeline has it');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');
UPDATE invoice SET entity = 'HU01' WHERE id = 1;
SELECT is(entity_of(1), 'HU01', 'an edit changes it');
UPDATE invoice SET entity = NULL WHERE id = 2;
SELECT is(entity_of(2), 'RO01', '... also back to the attachment''s');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');
SET LOCAL session_replication_role = replica;
UPDATE invoice SET entity = 'XX' WHERE id = 1;
INSERT INTO invoice (id, entity) VALUES (3, NULL), (4, 'BG01');
SET LOCAL session_replication_role = origin;
SELECT results_eq('SELECT document_key, difference FROM crm.verify_posting() ORDER BY 1', $$VALUES ('1', 'different'), ('3', 'not logged'), ('4', 'not logged')$$, 'verify_posting compares it');
SELECT crm.backfill('invoices');
SELECT results_eq('SELECT entity_of(n) FROM generate_series(1, 4) n', $$VALUES ('XX'), ('RO01'), ('RO01'), ('BG01')$$, 'backfill gives what posting gives');

-- An interaction by hand belongs to the entity of its contact
SELECT crm.log_interaction(contact_no, 'ABSTRACT', salesperson_code => NULL, postponed => true) FROM crm.contact WHERE name = 'By hand';
SELECT is((SELECT legal_entity FROM crm.interaction WHERE postponed), 'HU01', 'an interaction by hand has the contact''s');

-- Reversals keep the entity
SELECT crm.detach('invoices');
SELECT crm.attach_document('invoices', 'invoice', 'id', $$SELECT id AS document_key, 'sales invoice' AS document_type, date '2026-02-01' AS posting_date, customer_id AS partner_key,
	amount, entity AS legal_entity FROM invoice$$, partner => 'customers', legal_entity => 'RO02', on_unpost => 'reverse');
SELECT is(entity_of(2), 'RO01', 'attaching again changes nothing that is logged');
SELECT results_eq('SELECT document_key, difference FROM crm.verify_posting() ORDER BY 1', $$VALUES ('2', 'different'), ('3', 'different')$$, '... which verify_posting sees');
SELECT crm.backfill('invoices');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... and backfill brings in step');
DELETE FROM invoice WHERE id = 4;
SELECT is((SELECT legal_entity FROM crm.sales_entry WHERE document_key = '4' AND reversal_of IS NOT NULL), 'BG01', 'a reversal has the entity of its document');

SELECT * FROM finish();
ROLLBACK;
