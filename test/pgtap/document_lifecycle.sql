-- The log follows the documents through every way of writing them (architecture section 2)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(70);
SET LOCAL crm.work_date = '2026-03-08';
CREATE TABLE customer (id integer PRIMARY KEY, name text NOT NULL);
SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', 'SELECT id AS card_key, name FROM customer');
INSERT INTO customer VALUES (1, 'A'), (2, 'B');
-- What stands in the log for a source: key, amount and state, oldest first
CREATE FUNCTION entries(text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(concat(document_key, '=', trim_scale(amount), CASE WHEN posted THEN '' WHEN canceled THEN ' canceled' WHEN reversal_of IS NOT NULL THEN ' reversal' ELSE ' reversed' END),
		', ' ORDER BY interaction_id), '') FROM crm_data.interaction JOIN crm.source USING (source_id) WHERE source_name = $1 $$;

CREATE TABLE invoice (id integer PRIMARY KEY, state text NOT NULL DEFAULT 'draft', customer_id integer DEFAULT 1, amount numeric DEFAULT 10, note text);
SELECT crm.attach_document('invoices', 'invoice', 'id', $$SELECT id AS document_key, 'sales invoice' AS document_type, date '2026-02-01' AS posting_date,
	customer_id AS partner_key, amount FROM invoice WHERE state IN ('posted', 'paid')$$);

-- Posting
INSERT INTO invoice VALUES (1, 'posted');
SELECT is(entries('invoices'), '1=10', 'a document inserted as posted is logged');
INSERT INTO invoice VALUES (2, 'draft');
SELECT is(entries('invoices'), '1=10', 'a draft is not');
UPDATE invoice SET state = 'posted' WHERE id = 2;
SELECT is(entries('invoices'), '1=10, 2=10', 'a draft that is posted is');
UPDATE invoice SET state = 'paid' WHERE id = 2;
UPDATE invoice SET state = 'posted' WHERE id = 2;
UPDATE invoice SET note = 'printed';
SELECT is(entries('invoices'), '1=10, 2=10', 'from one posted state to another is no news');

-- Editing
SELECT interaction_id AS entry FROM crm_data.interaction WHERE document_key = '1' \gset
UPDATE invoice SET amount = 11 WHERE id = 1;
SELECT is(entries('invoices'), '1=11, 2=10', 'an edit updates the entry');
SELECT is((SELECT interaction_id FROM crm_data.interaction WHERE document_key = '1'), :entry::bigint, '... which stays the same entry');
UPDATE invoice SET customer_id = 2 WHERE id = 1;
SELECT is((SELECT name FROM crm.contact JOIN crm_data.interaction USING (contact_id) WHERE document_key = '1'), 'B', '... also for another customer');
SELECT crm.evaluate_interaction(ARRAY[:entry]::bigint[], 'positive');
UPDATE invoice SET amount = 12 WHERE id = 1;
SELECT is((SELECT evaluation FROM crm_data.interaction WHERE interaction_id = :entry), 'positive', '... and keeps what users said about it');

-- Unposting, posting again
UPDATE invoice SET state = 'draft' WHERE id = 1;
SELECT is(entries('invoices'), '1=12 canceled, 2=10', 'unposting cancels');
UPDATE invoice SET amount = 13 WHERE id = 1;
SELECT is(entries('invoices'), '1=12 canceled, 2=10', '... and a draft''s edits do not matter');
UPDATE invoice SET state = 'posted' WHERE id = 1;
SELECT is(entries('invoices'), '1=12 canceled, 2=10, 1=13', 'posting again logs anew');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');
SELECT throws_ok($$UPDATE invoice SET amount = 1 / (id - id)$$, '22012', NULL, 'a statement that fails');
SELECT is(entries('invoices'), '1=12 canceled, 2=10, 1=13', '... leaves no trace');

-- Deleting
DELETE FROM invoice WHERE id = 2;
SELECT is(entries('invoices'), '1=12 canceled, 2=10 canceled, 1=13', 'deleting cancels');
UPDATE invoice SET id = 3 WHERE id = 1;
SELECT is(entries('invoices'), '1=12 canceled, 2=10 canceled, 1=13 canceled, 3=13', 'a new key is a new document');
TRUNCATE invoice;
SELECT is_empty('SELECT FROM crm_data.interaction WHERE posted', 'TRUNCATE cancels all');
SELECT is((SELECT count(*) FROM crm_data.interaction WHERE canceled), 4::bigint, '... and deletes nothing');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');
DELETE FROM crm_data.interaction;

-- Statements of many rows
INSERT INTO invoice SELECT n, CASE WHEN n % 2 = 0 THEN 'posted' ELSE 'draft' END, 1, n FROM generate_series(1, 6) n;
SELECT is(entries('invoices'), '2=2, 4=4, 6=6', 'one INSERT of many');
UPDATE invoice SET state = CASE state WHEN 'posted' THEN 'draft' ELSE 'posted' END;
SELECT is((SELECT string_agg(document_key, ' ' ORDER BY document_key) FROM crm_data.interaction WHERE posted), '1 3 5', 'one UPDATE both ways');
DELETE FROM invoice WHERE id > 3;
SELECT is((SELECT string_agg(document_key, ' ' ORDER BY document_key) FROM crm_data.interaction WHERE posted), '1 3', 'one DELETE of many');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');

-- COPY, ON CONFLICT, MERGE, data-modifying WITH
COPY invoice (id, state, customer_id, amount) FROM stdin;
20	posted	1	200
21	draft	1	210
22	posted	2	220
\.
SELECT is((SELECT sum(amount) FROM crm_data.interaction WHERE posted AND document_key >= '20' AND length(document_key) = 2), 420::numeric, 'COPY logs');
INSERT INTO invoice VALUES (20, 'posted', 1, 999), (23, 'posted', 1, 230) ON CONFLICT DO NOTHING;
INSERT INTO invoice VALUES (21, 'posted', 1, 211), (24, 'posted', 1, 240) ON CONFLICT (id) DO UPDATE SET state = EXCLUDED.state, amount = EXCLUDED.amount;
SELECT results_eq($$SELECT document_key, trim_scale(amount) FROM crm_data.interaction WHERE posted AND document_key LIKE '2_' ORDER BY 1$$,
	$$VALUES ('20', 200.0), ('21', 211), ('22', 220), ('23', 230), ('24', 240)$$, 'ON CONFLICT logs what was written');
MERGE INTO invoice i USING (VALUES (20, 0), (22, 222), (25, 250)) v(id, amount) ON i.id = v.id
	WHEN MATCHED AND v.amount = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET amount = v.amount WHEN NOT MATCHED THEN INSERT VALUES (v.id, 'posted', 1, v.amount);
SELECT results_eq($$SELECT document_key, trim_scale(amount) FROM crm_data.interaction WHERE posted AND document_key LIKE '2_' ORDER BY 1$$,
	$$VALUES ('21', 211.0), ('22', 222), ('23', 230), ('24', 240), ('25', 250)$$, 'MERGE inserts, updates and deletes');
WITH gone AS (DELETE FROM invoice WHERE id = 25 RETURNING *) INSERT INTO invoice SELECT 26, state, customer_id, amount FROM gone;
SELECT is((SELECT string_agg(document_key, ' ') FROM crm_data.interaction WHERE posted AND document_key IN ('25', '26')), '26', 'WITH that deletes and inserts');
INSERT INTO invoice VALUES (30, 'posted') RETURNING id AS returned \gset
SELECT is(:returned, 30, 'RETURNING is not disturbed');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');

-- Savepoints
SAVEPOINT s;
INSERT INTO invoice VALUES (40, 'posted');
UPDATE invoice SET state = 'draft' WHERE id = 30;
ROLLBACK TO s;
SELECT results_eq($$SELECT document_key FROM crm_data.interaction WHERE posted AND document_key IN ('30', '40')$$, $$VALUES ('30')$$, 'what is rolled back was never logged');
SAVEPOINT s;
UPDATE invoice SET state = 'draft' WHERE id = 30;
RELEASE s;
UPDATE invoice SET state = 'posted' WHERE id = 30;
SELECT is((SELECT count(*) FROM crm_data.interaction WHERE document_key = '30'), 2::bigint, 'what is released is');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');

-- session_replication_role = replica writes without logging, as restores do
SET LOCAL session_replication_role = replica;
INSERT INTO invoice VALUES (50, 'posted');
UPDATE invoice SET amount = 51 WHERE id = 30;
DELETE FROM invoice WHERE id = 26;
SET LOCAL session_replication_role = origin;
SELECT bag_eq('SELECT source_name, document_key FROM crm.verify_posting()', $$VALUES ('invoices', '26'), ('invoices', '30'), ('invoices', '50')$$,
	'verify_posting finds missing, different and surplus entries');
SELECT isnt(crm.backfill('invoices'), NULL, 'backfill repairs');
SELECT is_empty($$SELECT * FROM crm.verify_posting() WHERE document_key = '50'$$, '... at least what was missing');
UPDATE invoice SET amount = 52 WHERE id = 30;
INSERT INTO invoice VALUES (26, 'posted'); DELETE FROM invoice WHERE id = 26;
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'the next change of a document repairs it');

-- Reversing instead of voiding
CREATE TABLE ledger (id bigint PRIMARY KEY, customer_id integer DEFAULT 1, amount numeric, profit numeric, posted_on date);
SELECT crm.attach_document('ledger', 'ledger', 'id', $$SELECT id AS document_key, 'sales invoice' AS document_type, posted_on AS posting_date, customer_id AS partner_key, amount, profit
	FROM ledger WHERE posted_on IS NOT NULL$$, on_unpost => 'reverse');
INSERT INTO ledger VALUES (1, 1, 100, 40, '2026-02-01');
UPDATE ledger SET posted_on = NULL;
SELECT is(entries('ledger'), '1=100 reversed, 1=-100 reversal', 'unposting logs the negated figures');
SELECT results_eq($$SELECT r.amount::numeric, r.profit::numeric, r.interaction_date, r.contact_id = o.contact_id, r.canceled, r.posted FROM crm_data.interaction r
	JOIN crm_data.interaction o ON o.interaction_id = r.reversal_of$$, $$VALUES (-100.0, -40.0, date '2026-03-08', true, false, false)$$, '... on the same contact at its own date');
UPDATE ledger SET posted_on = '2026-02-02', amount = 90;
SELECT is(entries('ledger'), '1=100 reversed, 1=-100 reversal, 1=90', 'posting again logs anew');
DELETE FROM ledger;
SELECT is((SELECT sum(amount) FROM crm_data.interaction JOIN crm.source USING (source_id) WHERE source_name = 'ledger'), 0::numeric, 'deleting reverses too: the sum is zero');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');

-- Lines: the amount comes from another table, which touches the header
CREATE TABLE header (id integer PRIMARY KEY, customer_id integer DEFAULT 1, posted boolean NOT NULL DEFAULT true);
CREATE TABLE line (id integer PRIMARY KEY, header_id integer, amount numeric, note text);
SELECT crm.attach_document('headers', 'header', 'id', $$SELECT h.id AS document_key, 'sales invoice' AS document_type, date '2026-02-01' AS posting_date, h.customer_id AS partner_key,
	(SELECT sum(l.amount) FROM line l WHERE l.header_id = h.id) AS amount FROM header h WHERE h.posted$$, also => '{"line": "header_id"}');
INSERT INTO header VALUES (1);
SELECT is(entries('headers'), '1=', 'a header without lines has no amount');
INSERT INTO line VALUES (1, 1, 10), (2, 1, 20);
SELECT is(entries('headers'), '1=30', 'lines bring it');
UPDATE line SET amount = 25 WHERE id = 2;
SELECT is(entries('headers'), '1=35', '... change it');
INSERT INTO header VALUES (2);
UPDATE line SET header_id = 2 WHERE id = 1;
SELECT is(entries('headers'), '1=25, 2=10', '... move between headers');
DELETE FROM line WHERE id = 2;
SELECT is(entries('headers'), '1=, 2=10', '... leave');
INSERT INTO line VALUES (3, 99, 1), (4, NULL, 1);
SELECT is(entries('headers'), '1=, 2=10', 'lines of no header do not matter');
TRUNCATE line;
SELECT is(entries('headers'), '1=, 2=', 'TRUNCATE of the lines');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');

-- At the end of the transaction
CREATE TABLE late (id integer PRIMARY KEY, customer_id integer DEFAULT 1);
CREATE TABLE late_line (late_id integer, amount numeric);
SELECT crm.attach_document('late', 'late', 'id', $$SELECT h.id AS document_key, 'sales invoice' AS document_type, date '2026-02-01' AS posting_date, h.customer_id AS partner_key,
	(SELECT sum(l.amount) FROM late_line l WHERE l.late_id = h.id) AS amount FROM late h$$, timing => 'commit');
INSERT INTO late VALUES (1);
SELECT is(entries('late'), '', 'with timing commit nothing is logged before');
INSERT INTO late_line VALUES (1, 10), (1, 5);
INSERT INTO late VALUES (2); DELETE FROM late WHERE id = 2;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(entries('late'), '1=15', '... but then with all its lines');
SET CONSTRAINTS ALL DEFERRED;
UPDATE late SET customer_id = 2;
DELETE FROM late;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(entries('late'), '1=15 canceled', '... in the last state');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');

-- Partitioned tables, also written directly
CREATE TABLE part (id integer, region text, customer_id integer DEFAULT 1, amount numeric DEFAULT 10, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (100);
CREATE TABLE part_2 (amount numeric DEFAULT 10, id integer NOT NULL, customer_id integer DEFAULT 1, region text);
ALTER TABLE part ATTACH PARTITION part_2 FOR VALUES FROM (100) TO (200);
SELECT crm.attach_document('parts', 'part', 'id', $$SELECT id AS document_key, 'sales invoice' AS document_type, date '2026-02-01' AS posting_date, customer_id AS partner_key, amount
	FROM part WHERE region IS NULL$$);
INSERT INTO part (id) VALUES (1), (101);
SELECT is(entries('parts'), '1=10, 101=10', 'through the parent');
INSERT INTO part_1 (id, amount) VALUES (2, 20);
INSERT INTO part_2 (id, amount) VALUES (102, 30);
SELECT is(entries('parts'), '1=10, 101=10, 2=20, 102=30', 'directly, whatever the order of the columns');
UPDATE part_2 SET amount = 31 WHERE id = 102;
DELETE FROM part_1 WHERE id = 1;
SELECT is(entries('parts'), '1=10 canceled, 101=10, 2=20, 102=31', 'direct changes');
UPDATE part SET id = 103 WHERE id = 2;
SELECT is((SELECT string_agg(document_key, ' ' ORDER BY document_key::integer) FROM crm_data.interaction JOIN crm.source USING (source_id)
	WHERE posted AND source_name = 'parts'), '101 102 103', 'a row that moves to another partition');
CREATE TABLE part_3 PARTITION OF part FOR VALUES FROM (200) TO (300);
INSERT INTO part_3 (id) VALUES (201);
SELECT is((SELECT count(*) FROM crm_data.interaction WHERE document_key = '201'), 1::bigint, 'a partition made later');
TRUNCATE part_2;
SELECT is((SELECT string_agg(document_key, ' ') FROM crm_data.interaction JOIN crm.source USING (source_id) WHERE posted AND source_name = 'parts'), '201', 'TRUNCATE of one partition');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');

-- Several sources on one table, renamed table, detach
SELECT crm.attach_document('copies', 'invoice', 'id', $$SELECT id AS document_key, 'sales order' AS document_type, date '2026-02-01' AS posting_date,
	customer_id AS partner_key FROM invoice WHERE state = 'draft'$$);
INSERT INTO invoice VALUES (60, 'draft');
SELECT is(entries('copies'), '60=', 'two sources on one table');
UPDATE invoice SET state = 'posted' WHERE id = 60;
SELECT is(entries('copies'), '60= canceled', '... each with its own documents');
ALTER TABLE invoice ADD COLUMN extra text, ALTER COLUMN amount TYPE numeric(12,2);
INSERT INTO invoice VALUES (61, 'posted', 1, 61.5);
SELECT is((SELECT trim_scale(amount) FROM crm_data.interaction WHERE document_key = '61' AND posted), 61.5, 'the ERP''s own ALTER TABLE goes on');
SELECT lives_ok($$SELECT crm.detach('copies')$$, 'detached');
SELECT is((SELECT count(*) FROM crm.source WHERE source_name = 'copies'), 0::bigint, '... it is no source any more');
SELECT is((SELECT count(*) FROM crm_data.interaction WHERE document_key = '60' AND canceled), 1::bigint, '... its entries stay');
INSERT INTO invoice VALUES (62, 'draft'), (63, 'posted');
SELECT is((SELECT string_agg(document_key, ' ') FROM crm_data.interaction WHERE document_key IN ('62', '63')), '63', '... the other source goes on');
SELECT crm.detach('invoices');
INSERT INTO invoice VALUES (64, 'posted');
SELECT is((SELECT count(*) FROM crm_data.interaction WHERE document_key = '64'), 0::bigint, 'detached from all');
SELECT is_empty($$SELECT tgname FROM pg_trigger WHERE tgrelid = 'invoice'::regclass AND NOT tgisinternal$$, '... and no trigger is left');
SELECT throws_ok($$SELECT crm.detach('invoices')$$, '42704', NULL, 'twice is an error');

SELECT * FROM finish();
ROLLBACK;
