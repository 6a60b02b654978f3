-- What mapping queries may look like: types, expressions, keys, on the compiled and the planned path alike (architecture section 2)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(37);
CREATE TABLE customer (no varchar(20) PRIMARY KEY, name varchar(100) NOT NULL);
SELECT crm.attach_partner('customers', 'customer', 'no', 'customer', 'SELECT no AS card_key, name FROM customer');
INSERT INTO customer VALUES ('C1', 'A'), ('C2', 'B');

-- One table of every type, and the mapping twice: straight, and through a join, which is planned
CREATE TYPE state AS ENUM ('draft', 'posted');
CREATE DOMAIN money_amount AS numeric(12,3);
CREATE TABLE doc (id uuid PRIMARY KEY, kind char(2), number varchar(20), revision smallint, customer_no varchar(20), posted_at timestamp, due integer, net double precision, tax real,
	price money_amount, cents bigint, state state DEFAULT 'posted', items varchar(20)[], currency char(3), rate double precision, flags integer);
CREATE TABLE nothing (id uuid PRIMARY KEY);
CREATE FUNCTION mapping(join_clause text) RETURNS text LANGUAGE sql AS $f$ SELECT $$SELECT d.id AS document_key,
	CASE d.kind WHEN 'IN' THEN 'sales invoice' WHEN 'CM' THEN 'sales credit memo' WHEN 'OR' THEN 'sales order' END AS document_type,
	d.posted_at::date AS posting_date, d.posted_at::date + d.due AS due_date, upper(d.number) AS document_no, d.revision AS version_no, d.flags + 1 AS occurrence_no, d.customer_no AS partner_key,
	CASE WHEN d.kind = 'CM' THEN -d.net ELSE d.net END AS amount, d.net / nullif(d.rate, 0) AS document_amount, d.currency AS currency_code, d.rate AS currency_rate,
	d.price AS profit, d.cents / 100.0 AS discount, d.tax AS remaining_amount, d.items AS item_nos, coalesce(d.number, 'none') || ' of ' || d.currency AS description,
	d.flags AS salesperson_code FROM doc d $$ || join_clause || $$ WHERE d.state = 'posted' AND d.kind IS NOT NULL$$ $f$;
SELECT lives_ok($$SELECT crm.attach_document('compiled', 'doc', 'id', mapping(''))$$, 'expressions over all types are attached');
SELECT lives_ok($$SELECT crm.attach_document('planned', 'doc', 'id', mapping('LEFT JOIN nothing n ON n.id = d.id'))$$, '... also with a join');
CREATE VIEW entry AS SELECT s.source_name, i.* FROM crm_data.interaction i JOIN crm.source s USING (source_id) WHERE posted;
-- What one path has and the other has not
CREATE VIEW disagreement AS SELECT * FROM (
	SELECT document_key, contact_id, document_type, document_no, version_no, occurrence_no, partner_key, posting_date, due_date, currency_code, currency_rate, amount, document_amount, profit,
		discount, remaining_amount, item_nos, description, salesperson_code, interaction_template_code, count(*) OVER (PARTITION BY document_key) FROM entry) e
	GROUP BY 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21 HAVING count(*) <> 2;
INSERT INTO doc VALUES ('00000000-0000-0000-0000-000000000001', 'IN', 'i1', 2, 'C1', '2026-02-01 23:59', 30, 100.5, 0.25, 12.345, 1050, 'posted', '{BIKE,BELL}', 'EUR', 4.97, 7),
	('00000000-0000-0000-0000-000000000002', 'CM', NULL, NULL, 'C2', '2026-02-02', NULL, 40, NULL, NULL, NULL, 'posted', NULL, NULL, NULL, NULL),
	('00000000-0000-0000-0000-000000000003', 'OR', 'o1', 1, 'C1', '2026-02-03', 5, 1e-7, 1, 1, 1, 'posted', '{}', 'RON', 0, 0),
	('00000000-0000-0000-0000-000000000004', 'IN', 'i4', 1, 'C1', '2026-02-04', 5, 1, 1, 1, 1, 'draft', NULL, 'RON', 1, 0);
SELECT is((SELECT count(*) FROM entry), 6::bigint, 'posted rows are logged, drafts are not');
SELECT is_empty('TABLE disagreement', 'both paths log the same');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... and it is right');
SELECT is_empty('SELECT FROM crm.posting_problem', '... without problems');
CREATE TEMP VIEW one AS SELECT * FROM entry WHERE source_name = 'compiled' AND document_key LIKE '%1';
SELECT results_eq('SELECT document_key, document_type, document_no, version_no, occurrence_no, partner_key FROM one',
	$$VALUES ('00000000-0000-0000-0000-000000000001', 'sales invoice', 'I1', 2, 8, 'C1')$$, 'uuid as a key, CASE as a type, smallint and integer as numbers, varchar as a partner');
SELECT results_eq('SELECT posting_date, due_date FROM one', $$VALUES (date '2026-02-01', date '2026-03-03')$$, 'dates of timestamps and of arithmetic');
SELECT results_eq('SELECT amount::numeric, profit::numeric, discount::numeric, remaining_amount::numeric FROM one', $$VALUES (100.5, 12.345, 10.5, 0.25)$$, 'amounts of double, domain, bigint and real');
SELECT results_eq('SELECT currency_code, currency_rate::numeric, document_amount::numeric FROM one', $$VALUES ('EUR', 4.97, 20.221328)$$, 'an amount in document currency, rounded to the log''s precision');
SELECT results_eq('SELECT item_nos, description, salesperson_code FROM one', $$VALUES ('{BIKE,BELL}'::text[], 'i1 of EUR', '7')$$, 'arrays, concatenation, an integer as a code');
SELECT results_eq($$SELECT document_type, amount::numeric, due_date, document_amount, item_nos FROM entry WHERE source_name = 'compiled' AND document_key LIKE '%2'$$,
	$$VALUES ('sales credit memo', -40.0, NULL::date, NULL::numeric, NULL::text[])$$, 'a sign by CASE; nulls stay null');
SELECT results_eq($$SELECT document_type, amount::numeric, document_amount, item_nos FROM entry WHERE source_name = 'compiled' AND document_key LIKE '%3'$$,
	$$VALUES ('sales order', 0.0, NULL::numeric, '{}'::text[])$$, 'less than the precision is nothing; an empty array is none');
-- Every kind of change, on both paths
UPDATE doc SET kind = 'CM', net = 50.25, items = '{BIKE}' WHERE number = 'i1';
SELECT results_eq('SELECT document_type, interaction_template_code, amount::numeric, item_nos FROM one', $$VALUES ('sales credit memo', 'S_C_MEMO', -50.25, '{BIKE}'::text[])$$,
	'a document that changes its type changes its template');
UPDATE doc SET kind = 'XX' WHERE number = 'o1';
SELECT is((SELECT string_agg(source_name, ' ' ORDER BY source_name) FROM crm.posting_problem WHERE document_key LIKE '%3'), 'compiled planned', 'a CASE without an answer is a problem');
UPDATE doc SET kind = NULL WHERE number = 'o1';
UPDATE doc SET state = 'posted' WHERE number = 'i4';
UPDATE doc SET customer_no = 'C1' WHERE number IS NULL;
UPDATE doc SET id = '00000000-0000-0000-0000-000000000005', rate = 2 WHERE number = 'i1';
SELECT is_empty('TABLE disagreement', 'both paths follow alike');
SELECT results_eq('SELECT document_key FROM entry GROUP BY 1 ORDER BY 1', $$SELECT '00000000-0000-0000-0000-00000000000' || n FROM (VALUES (2), (4), (5)) v(n)$$, '... to the documents that are posted now');
UPDATE doc SET flags = 3, cents = 250, currency = 'RON';
DELETE FROM doc WHERE number = 'i4';
SELECT is_empty('TABLE disagreement', '... also in bulk');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... rightly');
SELECT crm.replay_problems();
SELECT is_empty('SELECT FROM crm.posting_problem', 'what is not posted any more is no problem');

-- Keys of other types
CREATE TABLE by_text (key text COLLATE "C" PRIMARY KEY, net numeric DEFAULT 1);
CREATE TABLE by_char (key char(8) PRIMARY KEY, net numeric DEFAULT 1);
CREATE TABLE by_numeric (key numeric(10,2) PRIMARY KEY, net numeric DEFAULT 1);
CREATE TABLE by_identity (key bigint GENERATED ALWAYS AS IDENTITY UNIQUE, net numeric DEFAULT 1);
SELECT lives_ok(format($$SELECT crm.attach_document('%1$s', '%1$s', 'key', 'SELECT key AS document_key, ''sales invoice'' AS document_type, date ''2026-02-01'' AS posting_date, net AS amount FROM %1$s')$$, name),
	'a key of ' || name) FROM unnest(ARRAY['by_text', 'by_char', 'by_numeric', 'by_identity']) name;
INSERT INTO by_text VALUES ('a'), ('A'), (''), ('it''s "quoted", ''{}'), (' blank ');
INSERT INTO by_char VALUES ('ab'), ('abcdefgh');
INSERT INTO by_numeric VALUES (1), (1.5);
INSERT INTO by_identity DEFAULT VALUES;
INSERT INTO by_identity DEFAULT VALUES;
UPDATE by_text SET net = 2; UPDATE by_char SET net = 2; UPDATE by_numeric SET net = 2; UPDATE by_identity SET net = 2;
SELECT results_eq($$SELECT source_name, count(*), sum(amount)::numeric FROM entry WHERE source_name LIKE 'by%' GROUP BY 1 ORDER BY 1$$,
	$$VALUES ('by_char', 2::bigint, 4.0), ('by_identity', 2, 4), ('by_numeric', 2, 4), ('by_text', 5, 10)$$, 'keys are told apart and found again');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... all right');
DELETE FROM by_text; DELETE FROM by_char; DELETE FROM by_numeric; DELETE FROM by_identity;
SELECT is_empty($$SELECT FROM entry WHERE source_name LIKE 'by%'$$, '... and gone with their documents');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');

-- Queries that are more than one table: subqueries, WITH, UNION, views, functions, DISTINCT, window functions
CREATE TABLE head (id integer PRIMARY KEY, sub integer DEFAULT 1);
CREATE TABLE line (head_id integer, item text, net numeric);
CREATE VIEW head_total AS SELECT h.id, coalesce(sum(l.net), 0) AS net, array_agg(DISTINCT l.item ORDER BY l.item) FILTER (WHERE l.item IS NOT NULL) AS items FROM head h LEFT JOIN line l ON l.head_id = h.id GROUP BY h.id;
CREATE FUNCTION net_of(integer) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT sum(net) FROM line WHERE head_id = $1';
CREATE FUNCTION attach_head(name text, query text) RETURNS integer LANGUAGE sql AS $$ SELECT crm.attach_document(name, 'head', 'id', query, also => '{"line": "head_id"}') $$;
SELECT lives_ok($$SELECT attach_head('view', 'SELECT id AS document_key, ''service order'' AS document_type, date ''2026-02-01'' AS posting_date, net AS amount, items AS item_nos FROM head_total')$$, 'a view');
SELECT lives_ok($$SELECT attach_head('with', 'WITH t AS (SELECT head_id, sum(net) AS net FROM line GROUP BY 1) SELECT h.id AS document_key, ''sales order'' AS document_type, date ''2026-02-01'' AS posting_date,
	coalesce(t.net, 0) AS amount FROM head h LEFT JOIN t ON t.head_id = h.id -- with a comment at the end')$$, 'WITH and a comment');
SELECT lives_ok($$SELECT attach_head('union', 'SELECT id AS document_key, ''sales quote''::text AS document_type, date ''2026-02-01'' AS posting_date, net_of(id) AS amount FROM head WHERE sub = 1
	UNION ALL SELECT id, ''sales order'', ''2026-02-01'', net_of(id) FROM head WHERE sub = 2;')$$, 'UNION, a function and a semicolon');
INSERT INTO head VALUES (1), (2);
INSERT INTO line VALUES (1, 'BIKE', 10), (1, 'BELL', 2), (2, 'BIKE', 5);
UPDATE head SET sub = 2 WHERE id = 2;
SELECT results_eq($$SELECT source_name, document_key, document_type, amount::numeric, item_nos FROM entry WHERE source_name IN ('view', 'with', 'union') ORDER BY 1, 2$$,
	$$VALUES ('union', '1', 'sales quote', 12.0, NULL::text[]), ('union', '2', 'sales order', 5, NULL), ('view', '1', 'service order', 12, '{BELL,BIKE}'), ('view', '2', 'service order', 5, '{BIKE}'),
	('with', '1', 'sales order', 12, NULL), ('with', '2', 'sales order', 5, NULL)$$, 'all are followed through their lines');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');
-- A document that the query returns twice cannot be told
SELECT crm.attach_document('twice', 'head', 'id', $$SELECT h.id AS document_key, 'sales order' AS document_type, date '2026-02-01' AS posting_date FROM head h JOIN line l ON l.head_id = h.id$$);
INSERT INTO line VALUES (3, 'BIKE', 1), (3, 'BELL', 1), (4, 'BIKE', 1);
SELECT lives_ok('INSERT INTO head VALUES (3), (4)', 'a query that returns a document twice: the posting lives');
SELECT bag_eq($$SELECT document_key FROM entry WHERE source_name = 'twice'$$, ARRAY['4'], '... such a document is not logged, others are');
SELECT results_eq($$SELECT document_key, sqlstate FROM crm.posting_problem$$, $$VALUES ('3', '21000')$$, '... and it is recorded');
SELECT is_empty($$SELECT * FROM crm.verify_posting() WHERE source_name <> 'twice'$$, 'verified');

SELECT * FROM finish();
ROLLBACK;
