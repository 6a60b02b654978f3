-- What attaching refuses, with which SQLSTATE, and that nothing is left behind (issue: mapping queries checked at attach time)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(63);
CREATE TABLE customer (id integer PRIMARY KEY, name text);
CREATE TABLE doc (id integer PRIMARY KEY, customer_id integer, posted_on date, amount numeric, twin integer, note text);
CREATE TABLE line (doc_id integer);
CREATE VIEW doc_view AS SELECT * FROM doc;
CREATE MATERIALIZED VIEW doc_matview AS SELECT * FROM doc;
CREATE TEMP TABLE doc_temp (id integer PRIMARY KEY, posted_on date);
CREATE SEQUENCE doc_sequence;
CREATE FUNCTION attach(query text) RETURNS integer LANGUAGE sql AS $$ SELECT crm.attach_document('docs', 'doc', 'id', query) $$;
-- A mapping that is right but for the given column
CREATE FUNCTION attach_with(extra text) RETURNS integer LANGUAGE sql AS $$
	SELECT attach('SELECT id AS document_key, ''sales invoice'' AS document_type, posted_on AS posting_date, ' || extra || ' FROM doc') $$;
CREATE FUNCTION attach_on(target text, key text DEFAULT 'id') RETURNS integer LANGUAGE sql AS $$
	SELECT crm.attach_document('docs', target::regclass, key, format('SELECT %I AS document_key, ''sales invoice'' AS document_type, posted_on AS posting_date FROM %s', key, target)) $$;

-- Without a partner source
SELECT throws_ok($$SELECT attach_with('customer_id AS partner_key')$$, '55000', NULL, 'partner keys need an attached partner table');
SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', 'SELECT id AS card_key, name FROM customer');

-- Columns
SELECT throws_ok($$SELECT attach_with('amount AS amout')$$, '42703', NULL, 'a column with a name that is none of ours');
SELECT throws_matching($$SELECT attach_with('amount AS amout')$$, 'amout', '... is named in the message');
SELECT throws_ok($$SELECT attach_with('amount + 1')$$, '42703', NULL, '... also without a name');
SELECT throws_ok($$SELECT attach('SELECT ''sales invoice'' AS document_type, posted_on AS posting_date FROM doc')$$, '42703', NULL, 'document_key is required');
SELECT throws_ok($$SELECT attach('SELECT id AS document_key, posted_on AS posting_date FROM doc')$$, '42703', NULL, 'document_type is required');
SELECT throws_ok($$SELECT attach('SELECT id AS document_key, ''sales invoice'' AS document_type FROM doc')$$, '42703', NULL, 'posting_date is required');
SELECT throws_ok($$SELECT attach_with('amount AS amount, amount AS amount')$$, '42701', NULL, 'a column given twice');
SELECT throws_ok($$SELECT attach_with('note AS amount')$$, '42804', NULL, 'text as an amount');
SELECT throws_ok($$SELECT attach_with('note AS due_date')$$, '42804', NULL, 'text as a date');
SELECT throws_ok($$SELECT attach_with('note AS item_nos')$$, '42804', NULL, 'text as an array');
SELECT throws_ok($$SELECT attach_with('posted_on AS document_no')$$, '42804', NULL, 'a date as a number');
SELECT throws_matching($$SELECT attach_with('note AS amount')$$, 'amount', 'the message names the column');
SELECT throws_ok($$SELECT attach_with('no_such_column AS amount')$$, '42703', NULL, 'a column that the table does not have');

-- Queries
SELECT throws_ok($$SELECT attach('SELEC 1')$$, '42601', NULL, 'not SQL');
SELECT throws_ok($$SELECT attach('')$$, '42601', NULL, 'nothing');
SELECT throws_ok($$SELECT attach('SELECT 1; SELECT 2')$$, '42601', NULL, 'two statements');
SELECT throws_ok($$SELECT attach('DELETE FROM doc RETURNING id AS document_key')$$, '0A000', NULL, 'a statement that writes');
SELECT throws_ok($$SELECT attach('WITH gone AS (DELETE FROM doc RETURNING *) SELECT id AS document_key, ''sales invoice'' AS document_type, posted_on AS posting_date FROM gone')$$, '0A000', NULL,
	'... also hidden in WITH');
SELECT throws_ok($$SELECT attach_with('$1 AS amount')$$, '42P02', NULL, 'a parameter');
SELECT throws_ok($$SELECT attach('SELECT id AS document_key, ''sales invoice'' AS document_type, posted_on AS posting_date FROM nowhere')$$, '42P01', NULL, 'a table that does not exist');
SELECT throws_matching($$SELECT attach('SELECT twin AS document_key, ''sales invoice'' AS document_type, posted_on AS posting_date FROM doc')$$, 'document_key',
	'a document_key that is not the key column');
SELECT throws_ok($$SELECT attach(NULL)$$, '22004', NULL, 'no query');

-- Tables and keys
SELECT throws_ok($$SELECT attach_on('nowhere')$$, '42P01', NULL, 'a table that does not exist');
SELECT throws_ok($$SELECT attach_on('doc_view')$$, '42809', NULL, 'a view');
SELECT throws_ok($$SELECT attach_on('doc_matview')$$, '42809', NULL, 'a materialized view');
SELECT throws_ok($$SELECT crm.attach_document('docs', 'doc_sequence', 'id', 'SELECT 1 AS document_key')$$, '42809', NULL, 'a sequence');
SELECT throws_ok($$SELECT attach_on('doc_temp')$$, '42809', NULL, 'a temporary table');
SELECT throws_ok($$SELECT attach_on('doc', 'twin')$$, '42P10', NULL, 'a key that is not unique');
SELECT throws_ok($$SELECT crm.attach_document('docs', 'doc', 'nokey', 'SELECT id AS document_key, ''sales invoice'' AS document_type, posted_on AS posting_date FROM doc')$$, '42703', NULL,
	'a key that does not exist');
CREATE UNIQUE INDEX doc_twin_part ON doc (twin) WHERE twin > 0;
SELECT throws_ok($$SELECT attach_on('doc', 'twin')$$, '42P10', NULL, '... nor one that is unique in part');
SELECT throws_ok($$SELECT crm.attach_document('docs', 'pg_catalog.pg_class', 'oid', 'SELECT oid AS document_key, ''sales invoice'' AS document_type, current_date AS posting_date FROM pg_class')$$,
	'42501', NULL, 'a table of the system');
SELECT throws_matching($$SELECT attach_on('crm_data.interaction', 'interaction_id')$$, 'crm', 'a table of our own');
CREATE ROLE crm_test_clerk;
GRANT ALL ON doc, customer TO crm_test_clerk;
SELECT crm.grant_role('crm_test_clerk', 'admin');
CREATE FUNCTION attach_as_clerk() RETURNS integer LANGUAGE sql SET role = 'crm_test_clerk' AS $$
	SELECT crm.attach_document('docs', 'public.doc', 'id', 'SELECT id AS document_key, ''sales invoice'' AS document_type, posted_on AS posting_date FROM public.doc') $$;
SELECT throws_ok('SELECT attach_as_clerk()', '42501', NULL, 'a table of somebody else');
SELECT throws_matching('SELECT attach_as_clerk()', 'owner of.*doc', '... and the message says so');

-- Arguments
CREATE FUNCTION attach_arg(VARIADIC text[]) RETURNS integer LANGUAGE sql AS $$
	SELECT crm.attach_document('docs', 'doc', 'id', 'SELECT id AS document_key, ''sales invoice'' AS document_type, posted_on AS posting_date, customer_id AS partner_key FROM doc',
		partner => $1[1], timing => coalesce($1[2], 'statement'), also => $1[3]::jsonb, on_unpost => coalesce($1[4], 'void'), without_partner => coalesce($1[5], 'log')) $$;
SELECT throws_ok($$SELECT attach_arg('nobody')$$, '42704', NULL, 'an unknown partner source');
SELECT throws_ok($$SELECT attach_arg(NULL, 'tomorrow')$$, '22023', NULL, 'an unknown timing');
SELECT throws_ok($$SELECT attach_arg(NULL, NULL, '{"nowhere": "doc_id"}')$$, '42P01', NULL, 'a line table that does not exist');
SELECT throws_ok($$SELECT attach_arg(NULL, NULL, '{"line": "nokey"}')$$, '42703', NULL, 'a column that the line table does not have');
SELECT throws_ok($$SELECT attach_arg(NULL, NULL, '["line"]')$$, '22023', NULL, 'line tables are given as an object');
SELECT throws_ok($$SELECT attach_arg(NULL, NULL, '{"line": 1}')$$, '22023', NULL, '... of names');
SELECT throws_ok($$SELECT attach_arg(NULL, NULL, '{"doc_view": "id"}')$$, '42809', NULL, 'a line table is a table');
SELECT throws_ok($$SELECT attach_arg(NULL, NULL, NULL, 'forget')$$, '22023', NULL, 'an unknown way of unposting');
SELECT throws_ok($$SELECT attach_arg(NULL, NULL, NULL, NULL, 'guess')$$, '22023', NULL, 'an unknown rule for documents without a partner');

-- Nothing was left behind
SELECT is_empty($$SELECT FROM crm.source WHERE source_name = 'docs'$$, 'no source');
SELECT is_empty($$SELECT tgname FROM pg_trigger WHERE tgrelid IN ('doc'::regclass, 'line'::regclass)$$, 'no trigger');
SELECT isnt(attach_arg(NULL), NULL, 'the right mapping is attached');
SELECT throws_ok($$SELECT attach_arg(NULL)$$, '42710', NULL, 'a name that is taken');
SELECT throws_ok($$SELECT attach_with('amount AS amout')$$, '42703', NULL, 'a failing attach');
SELECT is((SELECT count(*) FROM crm.source WHERE source_name = 'docs'), 1::bigint, '... leaves the existing source');

-- Partner tables
CREATE FUNCTION attach_cards(query text, relation text DEFAULT 'customer', source text DEFAULT 'cards') RETURNS integer LANGUAGE sql AS $$ SELECT crm.attach_partner(source, 'customer', 'id', relation, query) $$;
SELECT throws_ok($$SELECT attach_cards('SELECT id AS card_key FROM customer')$$, '42703', NULL, 'name is required');
SELECT throws_ok($$SELECT attach_cards('SELECT name FROM customer')$$, '42703', NULL, 'card_key is required');
SELECT throws_ok($$SELECT attach_cards('SELECT id AS card_key, name, name AS nickname FROM customer')$$, '42703', NULL, 'a column that is none of ours');
SELECT throws_ok($$SELECT attach_cards('SELECT id AS card_key, name, name AS birth_date FROM customer')$$, '42804', NULL, 'text as a date');
SELECT throws_ok($$SELECT attach_cards('SELECT id AS card_key, name FROM customer', 'friend')$$, '22023', NULL, 'an unknown relation');
SELECT throws_ok($$SELECT attach_cards('SELECT id AS card_key, name FROM customer', 'customer', 'customers')$$, '42710', NULL, 'a name that is taken');
SELECT throws_ok($$SELECT crm.attach_partner('cards', 'doc_view', 'id', 'customer', 'SELECT id AS card_key, note AS name FROM doc_view')$$, '42809', NULL, 'a view');
SELECT throws_ok($$SELECT crm.attach_partner('cards', 'doc', 'twin', 'customer', 'SELECT twin AS card_key, note AS name FROM doc')$$, '42P10', NULL, 'a key that is not unique');
SELECT is((SELECT count(*) FROM crm.source), 2::bigint, 'no source is left behind');

-- With two partner sources a document must say which
CREATE TABLE vendor (id integer PRIMARY KEY, name text);
SELECT crm.attach_partner('vendors', 'vendor', 'id', 'vendor', 'SELECT id AS card_key, name FROM vendor');
SELECT crm.detach('docs');
SELECT throws_ok($$SELECT attach_arg(NULL)$$, '22023', NULL, 'partner keys of two partner tables');
SELECT lives_ok($$SELECT attach_arg('vendors')$$, '... with the name it is clear');
SELECT throws_ok($$SELECT crm.detach('vendors')$$, '2BP01', NULL, 'a partner source in use is not detached');
SELECT throws_ok($$SELECT crm.detach('nothing')$$, '42704', NULL, 'nor is one that does not exist');

SELECT * FROM finish();
ROLLBACK;
