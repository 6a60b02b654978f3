-- Partitioned tables of the ERP: documents, cards and lines, whatever partition is written and how (issue: partitioned ERP tables)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(33);
-- Cards by region, documents by date with partitions of partitions, lines by hash
CREATE TABLE customer (id integer, region text NOT NULL, name text NOT NULL, city text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE customer_n PARTITION OF customer FOR VALUES IN ('N');
CREATE TABLE customer_s (city text, name text NOT NULL, region text NOT NULL, id integer NOT NULL, gone text);
ALTER TABLE customer_s DROP COLUMN gone;
ALTER TABLE customer ATTACH PARTITION customer_s FOR VALUES IN ('S');
CREATE TABLE invoice (id bigint, posted_on date NOT NULL, customer_id integer, state text DEFAULT 'posted', PRIMARY KEY (id, posted_on)) PARTITION BY RANGE (posted_on);
CREATE TABLE invoice_2025 PARTITION OF invoice FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE invoice_2026 PARTITION OF invoice FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY RANGE (id);
CREATE TABLE invoice_2026_1 PARTITION OF invoice_2026 FOR VALUES FROM (0) TO (1000);
CREATE TABLE invoice_2026_2 (state text DEFAULT 'posted', customer_id integer, posted_on date NOT NULL, id bigint NOT NULL);
ALTER TABLE invoice_2026 ATTACH PARTITION invoice_2026_2 FOR VALUES FROM (1000) TO (2000);
CREATE TABLE line (invoice_id bigint, net numeric) PARTITION BY HASH (invoice_id);
CREATE TABLE line_0 PARTITION OF line FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE line_1 PARTITION OF line FOR VALUES WITH (MODULUS 2, REMAINDER 1);

CREATE FUNCTION attach_on(target regclass) RETURNS integer LANGUAGE sql AS $$
	SELECT crm.attach_document('partition', target, 'id', format('SELECT id AS document_key, ''sales invoice'' AS document_type, posted_on AS posting_date FROM %s', target)) $$;
SELECT throws_ok($$SELECT attach_on('invoice_2025')$$, '42809', NULL, 'a partition is not attached by itself');
SELECT throws_ok($$SELECT attach_on('invoice_2026')$$, '42809', NULL, '... nor one that has partitions');
SELECT lives_ok($$SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', 'SELECT id AS card_key, name, city FROM customer')$$, 'partitioned cards are attached');
SELECT lives_ok($f$SELECT crm.attach_document('invoices', 'invoice', 'id', $$SELECT i.id AS document_key, 'sales invoice' AS document_type, i.posted_on AS posting_date, i.customer_id AS partner_key,
	(SELECT sum(l.net) FROM line l WHERE l.invoice_id = i.id) AS amount FROM invoice i WHERE i.state = 'posted'$$, also => '{"line": "invoice_id"}')$f$, 'partitioned documents with partitioned lines are attached');
-- The same without lines: the compiled path
SELECT lives_ok($f$SELECT crm.attach_document('copies', 'invoice', 'id', $$SELECT id AS document_key, 'sales order' AS document_type, posted_on AS posting_date, customer_id AS partner_key
	FROM invoice WHERE state = 'posted'$$)$f$, '... and without');
CREATE FUNCTION entries(text DEFAULT 'invoices') RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(concat_ws(' ', document_key, extract(year FROM posting_date), trim_scale(amount), (SELECT name FROM crm.contact c WHERE c.contact_id = i.contact_id)), ', ' ORDER BY document_key::integer), '')
	FROM crm_data.interaction i JOIN crm.source USING (source_id) WHERE source_name = $1 AND posted $$;

INSERT INTO customer VALUES (1, 'N', 'A', 'Iasi');
INSERT INTO customer_s (id, region, name) VALUES (2, 'S', 'B');
SELECT bag_eq('SELECT name FROM crm.contact', ARRAY['A', 'B'], 'cards become contacts, written through the parent or directly');
UPDATE customer_s SET city = 'Craiova' WHERE id = 2;
SELECT is((SELECT city FROM crm.contact WHERE name = 'B'), 'Craiova', 'a direct change reaches the contact');
UPDATE crm.contact SET city = 'Slatina' WHERE name = 'B';
SELECT is((SELECT city FROM customer WHERE id = 2), 'Slatina', '... and the contact''s the card');
UPDATE customer SET region = 'S' WHERE id = 1;
SELECT is((SELECT string_agg(name, ' ' ORDER BY name) FROM crm.contact JOIN crm.contact_business_relation USING (contact_id)), 'A B', 'a card that moves to another partition stays the same contact');
SELECT is((SELECT count(*) FROM crm.contact), 2::bigint, '... and makes none');

INSERT INTO invoice VALUES (1, '2025-05-01', 1), (2, '2026-05-01', 2), (1003, '2026-05-01', 1);
INSERT INTO line VALUES (1, 10), (2, 20), (1003, 30), (1003, 1);
SELECT is(entries(), '1 2025 10 A, 2 2026 20 B, 1003 2026 31 A', 'documents through the parent');
SELECT is(entries('copies'), '1 2025 A, 2 2026 B, 1003 2026 A', '... on both paths');
INSERT INTO invoice_2026_2 (id, posted_on, customer_id) VALUES (1004, '2026-06-01', 2);
INSERT INTO invoice_2026 VALUES (5, '2026-06-01', 2);
SELECT is(entries('copies'), '1 2025 A, 2 2026 B, 5 2026 B, 1003 2026 A, 1004 2026 B', 'directly, at every level');
INSERT INTO line_0 SELECT id, 7 FROM invoice WHERE id IN (5, 1004) AND satisfies_hash_partition('line'::regclass, 2, 0, id);
INSERT INTO line_1 SELECT id, 7 FROM invoice WHERE id IN (5, 1004) AND satisfies_hash_partition('line'::regclass, 2, 1, id);
SELECT is(entries(), '1 2025 10 A, 2 2026 20 B, 5 2026 7 B, 1003 2026 31 A, 1004 2026 7 B', 'lines written directly');
SELECT interaction_id AS entry FROM crm.interaction JOIN crm.source USING (source_id) WHERE source_name = 'invoices' AND document_key = '1' \gset
UPDATE invoice SET posted_on = '2026-01-05' WHERE id = 1;
SELECT is(entries('copies'), '1 2026 A, 2 2026 B, 5 2026 B, 1003 2026 A, 1004 2026 B', 'a document that moves to another partition');
SELECT is(entries(), '1 2026 10 A, 2 2026 20 B, 5 2026 7 B, 1003 2026 31 A, 1004 2026 7 B', '... on both paths');
SELECT is((SELECT posted AND NOT canceled FROM crm.interaction WHERE interaction_id = :entry), true, '... stays the same interaction');
SELECT is((SELECT count(*) FROM crm.interaction WHERE canceled), 0::bigint, '... and none was canceled for it');
UPDATE invoice_2026 SET state = 'draft' WHERE id = 2;
DELETE FROM invoice_2026_2 WHERE id = 1004;
SELECT is(entries(), '1 2026 10 A, 5 2026 7 B, 1003 2026 31 A', 'unposted and deleted directly');
MERGE INTO invoice i USING (VALUES (1, 'draft'), (2, 'posted')) v(id, state) ON i.id = v.id WHEN MATCHED THEN UPDATE SET state = v.state;
COPY invoice (id, posted_on, customer_id) FROM stdin;
6	2025-07-01	2
1006	2026-07-01	2
\.
SELECT is(entries('copies'), '2 2026 B, 5 2026 B, 6 2025 B, 1003 2026 A, 1006 2026 B', 'MERGE and COPY');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');

-- Partitions come and go
CREATE ROLE erp_of_partitions;
GRANT CREATE, USAGE ON SCHEMA public TO erp_of_partitions;
ALTER TABLE invoice OWNER TO erp_of_partitions;
SET ROLE erp_of_partitions;
SELECT lives_ok('CREATE TABLE invoice_2028 PARTITION OF invoice FOR VALUES FROM (''2028-01-01'') TO (''2029-01-01'')', 'the owner of the table, who has no rights in crm, adds a partition');
RESET ROLE;
ALTER TABLE invoice OWNER TO CURRENT_USER;
CREATE TABLE invoice_2027 PARTITION OF invoice FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
INSERT INTO invoice_2027 VALUES (7, '2027-01-01', 1);
SELECT is(entries('copies'), '2 2026 B, 5 2026 B, 6 2025 B, 7 2027 A, 1003 2026 A, 1006 2026 B', 'a partition made later');
TRUNCATE invoice_2026_1;
SELECT is(entries(), '6 2025 B, 7 2027 A, 1003 2026 31 A, 1006 2026 B', 'TRUNCATE of one partition');
TRUNCATE line;
SELECT is(entries(), '6 2025 B, 7 2027 A, 1003 2026 A, 1006 2026 B', 'TRUNCATE of the lines');
ALTER TABLE invoice DETACH PARTITION invoice_2025;
SELECT lives_ok($$INSERT INTO invoice_2025 VALUES (8, '2025-08-01', 1)$$, 'a partition that was detached is a table of its own');
SELECT is((SELECT count(*) FROM crm.interaction WHERE document_key = '8'), 0::bigint, '... whose rows are not documents');
SELECT is((SELECT string_agg(document_key || ' ' || difference, ', ') FROM crm.verify_posting('copies')), '6 not posted', '... and verify_posting tells which entries it left behind');
SELECT crm.backfill('copies'), crm.backfill('invoices');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... backfill cancels them');
TRUNCATE invoice;
SELECT is(entries() || entries('copies'), '', 'TRUNCATE of all');
SELECT crm.detach('copies'), crm.detach('invoices'), crm.detach('customers');
SELECT is_empty($$SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgrelid IN ('customer'::regclass, 'line'::regclass) OR tgrelid::regclass::text LIKE 'invoice%' AND NOT tgisinternal AND tgrelid <> 'invoice_2025'::regclass$$,
	'detached: no trigger is left on any partition');
INSERT INTO invoice VALUES (9, '2027-01-01', 1);
INSERT INTO customer VALUES (3, 'N', 'C');
SELECT is((SELECT count(*) FROM crm_data.interaction WHERE document_key = '9'), 0::bigint, '... no document is logged');
SELECT is((SELECT count(*) FROM crm.contact), 2::bigint, '... no contact made');

SELECT * FROM finish();
ROLLBACK;
