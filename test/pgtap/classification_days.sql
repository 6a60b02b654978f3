-- Classes that follow the date day by day are those computed from the whole log (crm.verify_classification)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(91);

INSERT INTO crm.contact (contact_no, contact_type, name) SELECT 'C' || n, 'company', 'C' || n FROM generate_series(1, 60) AS n;
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, link_type, card_no)
	SELECT contact_id, 'CUST', 'customer', contact_no FROM crm.contact;
SELECT setseed(0.25);
INSERT INTO crm_data.interaction (contact_id, company_id, interaction_date, document_type, document_no, posting_date, amount, profit, discount, due_date, closed_date, remaining_amount)
	SELECT contact_id, contact_id, day, CASE WHEN random() < 0.1 THEN 'sales credit memo' ELSE 'sales invoice' END, 'D' || n, day, round(1000 * random()::numeric, 2), 10, 1,
		day + 20, CASE WHEN random() < 0.7 THEN day + 30 END, CASE WHEN random() < 0.5 THEN 5 END
	FROM crm.contact, generate_series(1, 20) AS n, LATERAL (SELECT date '2025-06-01' + (300 * random())::integer AS day WHERE n > 0 AND contact_id > 0) AS d;

INSERT INTO crm.questionnaire (questionnaire_code) VALUES ('DAYS');
INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, auto_classification, customer_class_field, contact_class_field, starting_date_formula, ending_date_formula,
		classification_method, sorting_method)
	VALUES ('DAYS', 100, 'question', true, 'sales', NULL, 'CD-30D', 'CD', 'percentage of contacts', 'descending'),
		('DAYS', 200, 'question', true, 'sales frequency', NULL, '-CM', 'CD', 'quantile', 'ascending'),
		('DAYS', 300, 'question', true, 'open overdue amount', NULL, 'CD-60D', 'CD', 'cumulative percentage of value', 'descending'),
		('DAYS', 400, 'question', true, 'recency days', NULL, 'CD-2M', 'CD', 'defined value', NULL),
		('DAYS', 500, 'question', true, NULL, 'interaction quantity', 'CD-7D', 'CD', 'percentage of value', 'descending'),
		('DAYS', 600, 'question', true, 'trend percentage', NULL, 'CD-1W', 'CD-1D', 'quantile', 'descending');
INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, from_value, to_value)
	SELECT 'DAYS', q * 100 + a, 'answer', CASE WHEN a > 1 THEN 20 * (a - 1) END, CASE WHEN a < 4 THEN 20 * a END FROM generate_series(1, 6) AS q, generate_series(1, 4) AS a;

SELECT format('SET LOCAL crm.work_date = %L', day), format('SELECT is_empty(''SELECT * FROM crm.verify_classification()'', %L)', 'on ' || day)
	FROM generate_series(timestamp '2025-11-20', '2026-02-17', '1 day') AS t, to_char(t, 'YYYY-MM-DD') AS day ORDER BY t \gexec
SELECT cmp_ok((SELECT count(*) FROM crm.contact_classification), '>', 300::bigint, 'there are classes');
SELECT * FROM finish();
ROLLBACK;
