-- The reading side: roll-up to companies, ledgers with reversed and voided documents, service, statistics, and plans
SET client_min_messages = warning;
SET datestyle = ISO;
BEGIN;
CREATE EXTENSION IF NOT EXISTS crm;
\set ON_ERROR_ROLLBACK on
\pset null -
SELECT crm.install_defaults();
INSERT INTO crm.salesperson (salesperson_code, salesperson_name) VALUES ('S', 'Sanda');
INSERT INTO crm.contact (contact_id, contact_no, name, phone_no, salesperson_code) VALUES (1, 'A', 'Acme', '100', 'S'), (2, 'B', 'Beta', NULL, NULL);
INSERT INTO crm.contact (contact_id, contact_no, contact_type, name, company_id) VALUES (3, 'P', 'person', 'Ana Pop', 1), (4, 'F', 'person', 'Free Man', NULL);
INSERT INTO crm.contact_industry_group (contact_id, industry_group_code) VALUES (1, 'RET'), (1, 'MAN');
INSERT INTO crm.contact_mailing_group (contact_id, mailing_group_code) VALUES (3, 'X-CARD');
INSERT INTO crm.contact_job_responsibility (contact_id, job_responsibility_code) VALUES (3, 'SALE');
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code) VALUES (1, 'PROSPECT');

/* As the engine logs them: 12 reverses 11, 13 was voided, 14 is posted though its interaction is canceled */
INSERT INTO crm_data.interaction (interaction_id, contact_id, company_id, interaction_date, posting_date, document_type, document_no, source_id, document_key, posted, canceled, reversal_of,
	amount, profit, discount, remaining_amount, closed_date, cost, duration_minutes, initiated_by, item_nos) VALUES
	(10, 1, 1, '2026-01-10', '2026-01-10', 'sales invoice', 'I1', 1, '1', true, false, NULL, 100, 40, 5, 30, NULL, 8, 1, 'us', '{X,Y}'),
	(11, 1, 1, '2026-01-11', '2026-01-11', 'sales invoice', 'I2', 1, '2', false, false, NULL, 50, 20, 0, 50, NULL, 8, 1, 'us', '{X}'),
	(12, 1, 1, '2026-02-11', '2026-02-11', 'sales invoice', 'I2', 1, '2', false, false, 11, -50, -20, 0, -50, NULL, 8, 1, 'us', '{X}'),
	(13, 1, 1, '2026-01-13', '2026-01-13', 'sales invoice', 'I3', 1, '3', false, true, NULL, 999, 999, 9, 999, NULL, 8, 1, 'us', '{X}'),
	(14, 3, 1, '2026-01-14', '2026-01-14', 'sales credit memo', 'C1', 1, '4', true, true, NULL, -10, -4, 0, 0, '2026-01-20', 8, 1, 'us', NULL),
	(15, 3, 1, '2026-01-15', '2026-01-15', 'service invoice', 'V1', 1, '5', true, false, NULL, 20, 10, 0, 0, NULL, 8, 1, 'us', '{X}'),
	(16, 1, 1, '2026-01-16', '2026-01-16', 'sales order', 'O1', 1, '6', true, false, NULL, 999, 999, 9, 999, NULL, 8, 1, 'us', '{X}'),
	(17, 2, 2, '2026-01-17', '2026-01-17', 'purchase invoice', 'PI1', 1, '7', true, false, NULL, 60, NULL, 6, 60, NULL, 8, 1, 'us', NULL),
	(18, 2, 2, '2026-01-18', '2026-01-18', 'purchase credit memo', 'PC1', 1, '8', true, false, NULL, -15, NULL, NULL, 0, '2026-01-19', 8, 1, 'us', NULL),
	(19, 3, 1, '2026-01-19', '2026-01-19', 'service order', 'SO1', 2, '1', true, false, NULL, NULL, NULL, NULL, NULL, NULL, 8, 1, 'them', '{BIKE,BELL}'),
	(20, 3, 1, '2026-01-25', '2026-01-25', 'service order posted', 'SO1', 3, '1', true, false, NULL, NULL, NULL, NULL, NULL, NULL, 8, 1, 'us', '{BIKE,BELL}'),
	(21, 1, 1, '2026-02-20', '2026-02-20', 'service order', 'SO2', 2, '2', true, false, NULL, NULL, NULL, NULL, NULL, NULL, 8, 1, 'them', '{BIKE}'),
	(22, 1, 1, '2026-02-21', '2026-02-21', 'service order', 'SO3', 2, '3', false, true, NULL, NULL, NULL, NULL, NULL, NULL, 8, 1, 'them', '{BIKE}'),
	(23, 1, 1, '2026-02-22', '2026-02-22', 'service contract', 'SC1', 4, '1', true, false, NULL, NULL, NULL, NULL, NULL, NULL, 8, 1, 'us', NULL);
INSERT INTO crm_data.interaction (interaction_id, contact_id, company_id, interaction_date, initiated_by, attempt_failed, canceled, postponed, cost, duration_minutes, information_flow,
	interaction_template_code, interaction_group_code, salesperson_code, user_name) VALUES
	(30, 4, NULL, '2026-03-01', 'them', false, false, false, 2.5, 3, 'inbound', 'INCOME', 'PHONE', 'S', 'clerk'),
	(31, 4, NULL, '2026-03-02', 'us', true, false, false, 1, 1, 'outbound', 'OUTGOING', 'PHONE', NULL, 'clerk'),
	(32, 4, NULL, '2026-03-03', 'us', false, false, true, 50, 50, 'outbound', 'OUTGOING', 'PHONE', 'S', 'clerk'),
	(33, 3, 2, '2026-03-04', 'us', false, true, false, 4, 4, NULL, 'BUS', 'LETTER', 'S', 'clerk'),
	(34, NULL, NULL, '2026-03-05', 'us', false, false, false, 4, 4, NULL, 'GONE', 'GONE', 'GONE', 'clerk');

-- Timelines: a company's with its persons', a person's own, at every company it was logged under
SELECT contact_id, array_agg(interaction_id ORDER BY interaction_date DESC, interaction_id DESC) FROM crm.contact_timeline GROUP BY 1 ORDER BY 1;
SELECT interaction_id, entry_title, logged_contact_no, logged_contact_name FROM crm.contact_timeline WHERE contact_id IN (2, 4) ORDER BY 1;
SELECT interaction_id, contact_no, company_no, company_name, postponed, canceled FROM crm.interaction WHERE interaction_id IN (14, 32, 34) ORDER BY 1;

-- Ledgers
SELECT document_no, document_type, ledger_type, sales_lcy, profit_lcy, discount_lcy, open, remaining_lcy, reversal_of FROM crm.sales_entry ORDER BY interaction_id;
SELECT document_no, ledger_type, purchase_lcy, discount_lcy, open, remaining_lcy FROM crm.purchase_entry ORDER BY interaction_id;
SELECT * FROM crm.service_history ORDER BY contact_id, item_no;

-- Card and statistics
\x on
SELECT * FROM crm.contact_card WHERE contact_no = 'A' \gset card_
SELECT :'card_name' AS name, :'card_default_phone_no' AS phone, :'card_salesperson_name' AS salesperson, :'card_business_relation_class' AS class, :'card_business_relations' AS relations,
	:'card_industry_groups' AS industries, :'card_mailing_groups' AS mailing;
SELECT interaction_count, cost, duration_minutes, last_attempt_date, last_interaction_date, document_count, last_document_date, sales_lcy, profit_lcy, discount_lcy, open_lcy,
	invoice_count, credit_memo_count, last_quote_date, last_order_date, first_invoice_date, last_invoice_date, last_credit_memo_date, purchases_lcy, last_purchase_date,
	service_visit_count, last_service_date
FROM crm.contact_card WHERE contact_no = 'A';
\x off
SELECT contact_no, sales_lcy, invoice_count, credit_memo_count, purchases_lcy, last_purchase_date, service_visit_count, industry_groups, mailing_groups, job_responsibilities FROM crm.contact_card ORDER BY 1;
SELECT contact_id, contact_no, interaction_count, cost, duration_minutes, last_attempt_date, last_interaction_date, job_responsibility_count, mailing_group_count, industry_group_count, business_relation_count FROM crm.contact_statistics ORDER BY contact_id;
SELECT b.* FROM (VALUES (NULL::date, NULL::date), ('2026-03-01', '2026-03-01'), ('2026-03-02', NULL), (NULL, '2026-02-28')) AS period (starts, ends), crm.contact_statistics_between(' f ', starts, ends) AS b;
SELECT count(*) FROM crm.contact_statistics_between('NONE');
SELECT interaction_group_code, interaction_count, cost, duration_minutes FROM crm.interaction_group_statistics WHERE interaction_count > 0;
SELECT interaction_template_code, interaction_count, cost FROM crm.interaction_template_statistics WHERE interaction_template_code IN ('INCOME', 'OUTGOING', 'BUS') ORDER BY 1;
SELECT salesperson_code, salesperson_name, interaction_count, cost, duration_minutes FROM crm.salesperson_statistics;
SELECT interaction_template_code, salesperson_code, interaction_count, cost FROM crm.interaction_statistics('2026-03-01', '2026-03-04') ORDER BY 1, 2;

-- The first page of a timeline and a card read only their own rows, in the order of the indexes
INSERT INTO crm_data.interaction (interaction_id, contact_id, company_id, interaction_date, document_type, document_no, amount, source_id, document_key, posted)
SELECT 100 + i, CASE i % 10 WHEN 0 THEN 3 ELSE 1 + i % 500 END, CASE i % 10 WHEN 0 THEN 1 ELSE 1 + i % 500 END, date '2020-01-01' + i / 20, 'sales invoice', 'I' || i, 1, 9, i, true
FROM generate_series(1, 20000) AS i;
INSERT INTO crm_data.contact (contact_id, contact_no, contact_type, name, company_id, last_modified_at) SELECT i, 'N' || i, 'company', 'Name ' || i, i, now() FROM generate_series(5, 500) AS i;
ANALYZE crm_data.interaction;
ANALYZE crm_data.contact;
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text; BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ '(Scan|Sort|Merge Append|Subquery|Function)' AND line !~ 'Sort Key|SubPlan' THEN RETURN NEXT regexp_replace(line, ' on (interaction|contact|interaction_purpose)( .*|$)| {2,}|->', '', 'g'); END IF;
	END LOOP; END $$;
SELECT DISTINCT p COLLATE "C" AS node FROM pg_temp.plan('SELECT contact_id, interaction_id, interaction_date, amount FROM crm.contact_timeline WHERE contact_id = 1 ORDER BY interaction_date DESC, interaction_id DESC LIMIT 50') AS p ORDER BY 1;
SELECT DISTINCT p COLLATE "C" AS node FROM pg_temp.plan('SELECT * FROM crm.contact_timeline WHERE contact_id = 1 AND (interaction_date, interaction_id) < (''2022-01-01'', 15000) ORDER BY interaction_date DESC, interaction_id DESC LIMIT 50') AS p
WHERE p ~ 'Sort|interaction_(company|person)_idx|Merge' ORDER BY 1;
SELECT count(*) AS indexed FROM pg_temp.plan('SELECT interaction_count, sales_lcy FROM crm.contact_card WHERE contact_no = ''N77''') AS p WHERE p ~ 'interaction_(company|person)_idx|contact_no_key';
SELECT count(*) AS indexed FROM pg_temp.plan('SELECT * FROM crm.service_history WHERE contact_id = 77') AS p WHERE p ~ 'interaction_(company|person)_idx';
ROLLBACK;
