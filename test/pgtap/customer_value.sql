-- Customer lifetime value as a measure: what the SQL functions of the models say of the same purchases
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(8);

INSERT INTO crm.contact (contact_no, contact_type, name) SELECT 'C' || n, 'company', 'C' || n FROM generate_series(1, 80) AS n;
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, link_type, card_no)
	SELECT contact_id, 'CUST', 'customer', contact_no FROM crm.contact;
SELECT setseed(0.5);
-- Some buy once, some often, nobody the last one; two invoices of one day are one purchase, credit memos and what is reversed are none
INSERT INTO crm_data.interaction (contact_id, company_id, interaction_date, document_type, document_no, posting_date, amount)
	SELECT contact_id, contact_id, day, 'sales invoice', 'D' || n, day, round(20 + 80 * random()::numeric, 2)
	FROM crm.contact, LATERAL generate_series(1, (1 + 12 * random() ^ 2 * (contact_id > 0)::integer)::integer) AS n,
		LATERAL (SELECT date '2024-01-01' + (500 * random())::integer AS day WHERE n > 0) AS d
	WHERE contact_no <> 'C80';
INSERT INTO crm_data.interaction (contact_id, company_id, interaction_date, document_type, document_no, posting_date, amount)
	SELECT contact_id, contact_id, posting_date, 'sales invoice', 'E', posting_date, 10
	FROM (SELECT DISTINCT ON (contact_id) contact_id, posting_date FROM crm_data.interaction ORDER BY contact_id, posting_date DESC) AS last;
INSERT INTO crm_data.interaction (contact_id, company_id, interaction_date, document_type, document_no, posting_date, amount)
	SELECT contact_id, contact_id, '2025-05-20', 'sales credit memo', 'F', '2025-05-20', -5 FROM crm.contact;

INSERT INTO crm.questionnaire (questionnaire_code) VALUES ('VALUE');
INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, auto_classification, customer_class_field, starting_date_formula, ending_date_formula,
		classification_method, sorting_method, from_value, to_value)
	VALUES ('VALUE', 10, 'question', true, 'lifetime value', 'CD-2Y', 'CD', 'percentage of contacts', 'descending', 0, 0),
		('VALUE', 20, 'answer', false, NULL, NULL, NULL, NULL, NULL, NULL, 25), ('VALUE', 30, 'answer', false, NULL, NULL, NULL, NULL, NULL, 26, NULL);

CREATE TEMP VIEW history AS
	SELECT contact_id, count(*) - 1::double precision AS x, (max(day) - min(day)) / 7::double precision AS t_x, ('2025-06-01' - min(day)) / 7::double precision AS t,
		coalesce(avg(amount) FILTER (WHERE day > first), 0)::double precision AS mean_value
	FROM (SELECT contact_id, posting_date AS day, sum(sales_lcy) AS amount, min(posting_date) OVER (PARTITION BY contact_id) AS first
		FROM crm.sales_entry WHERE ledger_type = 'invoice' GROUP BY contact_id, posting_date) AS purchase
	GROUP BY contact_id;
CREATE TEMP TABLE expected AS
	SELECT h.contact_id, n.*, m.p, m.q, m.v,
		crm.bg_nbd_expected_given(52, h.x, h.t_x, h.t, n.r, n.alpha, n.a, n.b) * crm.gamma_gamma_mean(h.x, h.mean_value, m.p, m.q, m.v) AS value
	FROM history AS h, (SELECT array_agg(x) AS x, array_agg(t_x) AS t_x, array_agg(t) AS t, array_agg(mean_value) AS mean_value FROM history) AS a,
		crm.bg_nbd_fit(a.x, a.t_x, a.t) AS n, crm.gamma_gamma_fit(a.x, a.mean_value) AS m;

SET LOCAL crm.work_date = '2025-06-01';
SELECT is(count(*), 79::bigint, 'there are customers who buy') FROM expected;
SELECT cmp_ok(max(value), '>', 100::double precision, 'some are worth something') FROM expected;
SELECT is_empty($$SELECT contact_id, c.value, e.value FROM crm.contact_classification AS c LEFT JOIN expected AS e USING (contact_id)
	WHERE abs(c.value - coalesce(e.value, 0)) > 0.001 * coalesce(e.value, 0) + 0.000001$$, 'the value of each contact is that of the models');
SELECT is(value, 0::numeric, 'who never bought is worth nothing') FROM crm.contact_classification WHERE contact_no = 'C80';
SELECT is((SELECT count(*) FROM crm.contact_classification WHERE line_no = 20), 20::bigint, 'a quarter is on top');
SELECT is((SELECT contact_count FROM crm.classify('VALUE')), 80::bigint, 'a run counts all');
SELECT is(round((parameters->>'r')::numeric, 3), round((SELECT r FROM expected LIMIT 1)::numeric, 3), 'the parameters are on record')
	FROM crm.question_classification;
INSERT INTO crm_data.interaction (contact_id, company_id, interaction_date, document_type, document_no, posting_date, amount)
	SELECT contact_id, contact_id, '2025-05-31', 'sales invoice', 'G', '2025-05-31', 70 FROM crm.contact WHERE contact_no = 'C80';
SELECT cmp_ok(value, '>', 0::numeric, 'a first invoice makes a value, without a run') FROM crm.contact_classification WHERE contact_no = 'C80';
SELECT * FROM finish();
ROLLBACK;
