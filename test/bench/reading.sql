/*
 * A log of some years: companies with persons, interactions of random contacts in the
 * order of their dates, and one contact with 10,000 interactions. Rows go straight into
 * the tables; secondary indexes are built afterwards.
 */
\pset footer off
CREATE EXTENSION crm;
SELECT crm.install_defaults() \g /dev/null
CREATE SCHEMA bench;
ALTER SYSTEM SET autovacuum = off;
ALTER SYSTEM SET checkpoint_timeout = '1h';
SELECT pg_reload_conf() \g /dev/null

CREATE TABLE bench.index AS
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
FROM pg_index WHERE indrelid = 'crm_data.interaction'::regclass AND NOT indisprimary;
SELECT 'DROP INDEX ' || name FROM bench.index \gexec

SELECT clock_timestamp() AS start \gset
SET session_replication_role = replica;

-- Seven of ten contacts are companies, the others persons of the first ones
INSERT INTO crm_data.contact (contact_id, contact_no, contact_type, name, search_name, company_id, company_name, city, phone_no, email, last_modified_at)
SELECT i, 'CT' || i, CASE WHEN i % 10 < 7 THEN 'company' ELSE 'person' END, 'Contact ' || i, upper('Contact ' || i),
	CASE WHEN i % 10 < 7 THEN i ELSE i - 5 END, 'Contact ' || CASE WHEN i % 10 < 7 THEN i ELSE i - 5 END,
	'Town ' || i % 1000, '+44 ' || i, 'office@contact' || i || '.example', now()
FROM generate_series(1, :contacts) AS i;
INSERT INTO crm_data.contact_business_relation (contact_id, business_relation_code, link_type, card_no, last_modified_at)
SELECT contact_id, 'CUST', 'customer', contact_id, now() FROM crm_data.contact WHERE contact_type = 'company';

INSERT INTO crm_data.mailing_group (mailing_group_code) VALUES ('NEWS');
INSERT INTO crm_data.industry_group (industry_group_code) VALUES ('TRADE');
INSERT INTO crm_data.contact_mailing_group SELECT contact_id, 'NEWS', now() FROM crm_data.contact;
INSERT INTO crm_data.contact_industry_group SELECT contact_id, 'TRADE', now() FROM crm_data.contact WHERE contact_type = 'company';

INSERT INTO crm_data.interaction (contact_id, company_id, interaction_date, interaction_at, description, information_flow, initiated_by, cost, duration_minutes,
	interaction_group_code, interaction_template_code, salesperson_code, user_name, source_id, document_key, posted, document_type, document_no,
	partner_key, posting_date, due_date, currency_code, amount, document_amount, profit)
SELECT c, CASE WHEN c % 10 < 7 THEN c ELSE c - 5 END, day, day, 'Sales invoice', 'outbound', 'us', 8, 1,
	'SALES', t.interaction_template_code, 'S1', 'postgres', 1, i, true, t.purpose, 'INV' || i, c, day, day + 30, 'EUR', i % 10000, i % 10000, i % 1000
FROM (
	SELECT i, CASE WHEN i % (:interactions / 10000) = 0 THEN 1 ELSE 1 + floor(random() * :contacts)::bigint END AS c,
		date '2016-01-01' + (i * 3650 / :interactions)::integer AS day
	FROM generate_series(1::bigint, :interactions) AS i
) AS d
JOIN crm_data.interaction_template_setup AS t
	ON t.purpose = (ARRAY['sales invoice', 'sales order', 'sales shipment', 'sales credit memo'])[1 + i % 4];
RESET session_replication_role;

SELECT definition FROM bench.index \gexec
VACUUM ANALYZE;
SELECT :contacts AS contacts, :interactions AS interactions, pg_size_pretty(pg_total_relation_size('crm_data.interaction')) AS log,
	extract(epoch FROM clock_timestamp() - :'start')::integer AS "seconds to load";

/*
 * Each query twice for each of some random contacts; the second one counts, for it finds
 * its pages in memory. Prepared, and planned anew each time.
 */
CREATE TABLE bench.reading (query text, prepared boolean, run integer, ms double precision);
CREATE TABLE bench.query (query text, sql text, target numeric);
INSERT INTO bench.query VALUES
	('card', 'SELECT * FROM crm.contact_card WHERE contact_id = $1', 1),
	('timeline, first page', 'SELECT * FROM crm.contact_timeline WHERE contact_id = $1 ORDER BY interaction_date DESC, interaction_id DESC LIMIT 50', 1);

CREATE PROCEDURE bench.read(query text, sql text, first bigint, last bigint, contacts integer) LANGUAGE plpgsql AS $$
DECLARE
	contact bigint;
	started timestamptz;
	way text;
BEGIN
	EXECUTE format('PREPARE reading (bigint) AS %s', sql);
	FOR i IN 1..contacts LOOP
		contact := first + floor(random() * (last - first + 1));
		FOREACH way IN ARRAY ARRAY['EXECUTE reading (%s)', replace(sql, '$1', '%s')] LOOP
			FOR run IN 1..2 LOOP
				started := clock_timestamp();
				EXECUTE format(way, contact);
				INSERT INTO bench.reading VALUES (query, way LIKE 'EXECUTE%', run, 1000 * extract(epoch FROM clock_timestamp() - started));
			END LOOP;
		END LOOP;
	END LOOP;
	DEALLOCATE reading;
END $$;

SELECT format('CALL bench.read(%L, %L, 2, %s, 2000)', query, sql, :contacts),
	format('CALL bench.read(%L, %L, 1, 1, 100)', query || ' of 10,000 interactions', sql) FROM bench.query \gexec

SELECT r.query, CASE WHEN prepared THEN 'prepared' ELSE 'planned anew' END AS how,
	round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::numeric, 3) AS "median ms",
	round(percentile_cont(0.95) WITHIN GROUP (ORDER BY ms)::numeric, 3) AS "95 % ms",
	(SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY f.ms)::numeric, 3)
		FROM bench.reading AS f WHERE f.query = r.query AND f.prepared = r.prepared AND f.run = 1) AS "first time ms",
	CASE WHEN prepared THEN (SELECT 'below ' || target FROM bench.query AS q WHERE q.query = r.query) END AS target
FROM bench.reading AS r WHERE run = 2 GROUP BY r.query, prepared ORDER BY r.query, prepared DESC;

SELECT format('EXPLAIN (ANALYZE, COSTS OFF, SUMMARY OFF) %s', replace(sql, '$1', (:contacts / 2)::text)) FROM bench.query \gexec
