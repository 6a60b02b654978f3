-- Keys, tables and names that attaching refuses, views behind a mapping, and whose rights its queries have
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(18);
CREATE FUNCTION attach_keyed(key_type text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE name text := 'keyed by ' || key_type;
BEGIN
	EXECUTE format('CREATE TABLE %I (k %s PRIMARY KEY)', name, key_type);
	RETURN crm.attach_document(name, format('%I', name)::regclass, 'k',
		format('SELECT k AS document_key, ''sales invoice'' AS document_type, date ''2026-01-01'' AS posting_date FROM %I', name));
END $$;
SELECT throws_ok(format('SELECT attach_keyed(%L)', t), '42804', NULL, 'no key of type ' || t)
	FROM unnest(ARRAY['date', 'timestamptz', 'double precision', 'bytea', 'interval', 'integer[]']) AS t;
SELECT lives_ok(format('SELECT attach_keyed(%L)', t), 'a key of type ' || t)
	FROM unnest(ARRAY['uuid', 'numeric(12,2)', 'varchar(20)', 'char(8)', 'bigint']) AS t;

-- Equal numbers of different scale are one key
CREATE TABLE header (k numeric(10,0) PRIMARY KEY);
CREATE TABLE line (k numeric(12,2), amount numeric);
SELECT crm.attach_document('scaled', 'header', 'k', 'SELECT h.k AS document_key, ''sales invoice'' AS document_type, date ''2026-01-01'' AS posting_date,
	(SELECT sum(l.amount) FROM line l WHERE l.k = h.k) AS amount FROM header h', also => '{"line": "k"}');
INSERT INTO header VALUES (1), (100);
INSERT INTO line VALUES (1, 5), (100, 7);
SELECT results_eq($$SELECT document_key, amount::integer FROM crm.interaction ORDER BY 1$$, $$VALUES ('1', 5), ('100', 7)$$, 'lines find their header');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... and all is logged');

-- A view is replaced behind the mapping
CREATE TABLE bill (id integer PRIMARY KEY, net numeric, gross numeric);
CREATE VIEW bill_view AS SELECT id, net AS amount FROM bill;
SELECT crm.attach_document('viewed', 'bill', 'id', 'SELECT id AS document_key, ''sales invoice'' AS document_type, date ''2026-01-01'' AS posting_date, amount FROM bill_view');
INSERT INTO bill VALUES (1, 10, 11);
CREATE OR REPLACE VIEW bill_view AS SELECT id, gross AS amount FROM bill;
UPDATE bill SET gross = 33;
SELECT is((SELECT amount::integer FROM crm.interaction JOIN crm.source USING (source_id) WHERE source_name = 'viewed'), 33, 'a view that reads another column now is followed');

-- Inheritance
CREATE TABLE parent (id integer PRIMARY KEY);
CREATE TABLE child () INHERITS (parent);
SELECT throws_ok($$SELECT crm.attach_document('heirs', 'parent', 'id', 'SELECT id AS document_key, ''sales invoice'' AS document_type, date ''2026-01-01'' AS posting_date FROM parent')$$,
	'0A000', NULL, 'a table with inheritance children');

-- Rights
CREATE ROLE crm_test_admin;
CREATE ROLE crm_test_other;
SELECT crm.grant_role('crm_test_admin', 'admin');
SELECT crm.grant_role('crm_test_other', 'admin');
SET LOCAL ROLE crm_test_admin;
SELECT throws_ok('UPDATE crm_data.source SET query = query', '42501', NULL, 'an administrator of crm does not write queries that others run');
RESET ROLE;
SELECT throws_ok($$SET LOCAL ROLE crm_test_admin; UPDATE crm_data.source_dependent SET key_query = 'SELECT 1'$$, '42501', NULL, '... nor those for keys');
RESET ROLE;
SELECT crm.detach('viewed');
GRANT CREATE ON SCHEMA public TO crm_test_other;
SET LOCAL ROLE crm_test_other;
CREATE TABLE public.mine (id integer PRIMARY KEY);
SELECT throws_ok($$SELECT crm.attach_document('viewed', 'public.mine', 'id', 'SELECT id AS document_key, ''sales invoice'' AS document_type, date ''2026-01-01'' AS posting_date FROM public.mine')$$,
	'42710', NULL, 'what another owner had attached cannot be gone on with');
SELECT * FROM finish();
ROLLBACK;
