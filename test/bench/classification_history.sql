/*
 * Companies that are customers, and :rows invoices and credit memos over the three years that end with :as_of,
 * in the order of their dates. Some customers buy much more than others, one in fifty nothing. Rows go straight into
 * the tables, before there is a questionnaire; secondary indexes are built afterwards.
 */
CREATE EXTENSION crm;
CREATE EXTENSION pg_prewarm;
SELECT crm.install_defaults() \g /dev/null
CREATE SCHEMA bench;

CREATE TABLE bench.index AS
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
FROM pg_index WHERE indrelid = 'crm_data.interaction'::regclass AND NOT indisprimary;
SELECT 'DROP INDEX ' || name FROM bench.index \gexec
SET session_replication_role = replica;
SET synchronous_commit = off;

INSERT INTO crm_data.contact (contact_id, contact_no, contact_type, name, search_name, company_id, company_name, last_modified_at)
SELECT i, 'CT' || i, 'company', 'Customer ' || i, 'CUSTOMER ' || i, i, 'Customer ' || i, now() FROM generate_series(1, :customers) AS i;
INSERT INTO crm_data.contact_business_relation (contact_id, business_relation_code, link_type, card_no, last_modified_at)
SELECT i, 'CUST', 'customer', 'C' || i, now() FROM generate_series(1, :customers) AS i;

SELECT setseed(0.3) \g /dev/null
INSERT INTO crm_data.interaction (contact_id, company_id, interaction_date, interaction_at, description, information_flow, initiated_by, cost, duration_minutes,
	interaction_group_code, interaction_template_code, salesperson_code, user_name, source_id, document_key, posted, document_type, document_no,
	partner_key, posting_date, due_date, closed_date, amount, document_amount, profit, discount, remaining_amount)
SELECT c, c, day, day, 'Sales', 'outbound', 'us', 8, 1,
	'SALES', 'S_INVOICE', 'S1', 'postgres', 1, i, true, CASE WHEN memo THEN 'sales credit memo' ELSE 'sales invoice' END, 'D' || i,
	'C' || c, day, day + 30, CASE WHEN closed <= :'as_of' THEN closed END,
	a, a, round(a * margin, 2), round(a * reduction, 2), CASE WHEN closed <= :'as_of' THEN 0 ELSE a END
FROM (
	SELECT i, memo, day, day + 10 + (random() * 50)::integer AS closed,
		1 + (floor(random() ^ 2 * 0.98 * :customers)::bigint * 7919) % :customers AS c,
		(CASE WHEN memo THEN - random() * 1000 ELSE 10 + random() ^ 2 * 5000 END)::numeric(24,2) AS a,
		(random() * 0.5)::numeric(3,2) AS margin, (CASE WHEN random() < 0.5 THEN 0 ELSE random() * 0.15 END)::numeric(3,2) AS reduction
	FROM (
		SELECT i, i % 10 = 7 AS memo, :'as_of'::date - 1095 + (i * 1095 / :rows)::integer AS day FROM generate_series(1::bigint, :rows) AS i
	) AS k
) AS d;
RESET session_replication_role;
SELECT definition FROM bench.index \gexec
CHECKPOINT;
VACUUM ANALYZE;
SELECT sum(pg_prewarm(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'crm_data'::regnamespace AND pg_relation_size(oid) > 0 \g /dev/null

/* Invoices dated as_of, one for each customer from .. to in steps */
CREATE SEQUENCE bench.document_no;
CREATE FUNCTION bench.post(first bigint, last bigint, step bigint, as_of date) RETURNS void LANGUAGE sql
BEGIN ATOMIC
	INSERT INTO crm_data.interaction (contact_id, company_id, interaction_date, interaction_at, description, interaction_group_code, interaction_template_code,
		source_id, document_key, posted, document_type, document_no, partner_key, posting_date, due_date, amount, document_amount, profit, discount, remaining_amount)
	SELECT c, c, as_of, as_of, 'Sales', 'SALES', 'S_INVOICE', 1, 'N' || n, true, 'sales invoice', 'N' || n, 'C' || c, as_of, as_of + 30, 10 * (n % 1000), 10 * (n % 1000),
		n % 1000, n % 10, 10 * (n % 1000)
	FROM (SELECT c, nextval('bench.document_no') AS n FROM generate_series(first, last, step) AS c) AS d;
END;
