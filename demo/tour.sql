-- Five minutes with crm: the house and its history, the classes of customers, then the pipeline. Each part is a transaction that is rolled back, so it can be repeated.
\set QUIET on
\pset null '-'
\pset footer off
\pset linestyle unicode
\pset border 2
BEGIN;
SET LOCAL search_path = crm;
SET LOCAL crm.work_date = '2011-12-09';
\echo
\echo '# What is attached to the ERP: crm.source'
SELECT source_name, source_kind, table_name, key_column, relation, partner_source_name FROM source ORDER BY source_id;

\echo '# A contact at a glance: crm.contact_card (here 16 of its columns)'
\x on
SELECT contact_no, name, country_code, currency_code, salesperson_name, business_relation_class, business_relations,
	interaction_count, cost, duration_minutes, last_interaction_date,
	invoice_count, credit_memo_count, round(sales_lcy, 2) AS sales_lcy, first_invoice_date, last_invoice_date
FROM contact_card
WHERE name = 'Customer 14911';
\x off

\echo '# Its last dealings with us: crm.contact_timeline'
SELECT interaction_date, entry_title, document_no, round(amount, 2) AS amount, due_date
FROM contact_timeline
WHERE contact_id = (SELECT contact_id FROM contact WHERE name = 'Customer 14911')
ORDER BY interaction_date DESC, interaction_id DESC
LIMIT 6;

\echo '# The sales history by month: crm.sales_entry'
SELECT to_char(posting_date, 'YYYY-MM') AS month, count(*) FILTER (WHERE ledger_type = 'invoice') AS invoices,
	count(*) FILTER (WHERE ledger_type = 'credit memo') AS credit_memos, round(sum(sales_lcy), 2) AS sales_lcy
FROM sales_entry
GROUP BY month
ORDER BY month;

\echo '# The best customers, with their country and desk'
SELECT c.contact_no, c.name, c.country_code, c.salesperson_code, count(*) AS documents, round(sum(s.sales_lcy), 2) AS sales_lcy
FROM sales_entry AS s
JOIN contact AS c ON c.contact_id = s.company_id
GROUP BY c.contact_no, c.name, c.country_code, c.salesperson_code
ORDER BY sum(s.sales_lcy) DESC
LIMIT 5;

\echo '# A new customer card of the ERP is a contact at once; a draft document is nothing to the CRM ...'
INSERT INTO erp.customer (customer_no, name, country_code, salesperson_code) VALUES (90001, 'Customer 90001', 'FR', 'SOUTH');
INSERT INTO erp.sales_document (document_no, document_type, customer_no, country_code, salesperson_code, document_at)
VALUES ('900001', 'invoice', 90001, 'FR', 'SOUTH', '2011-12-09 14:00') RETURNING document_id \gset
INSERT INTO erp.sales_document_line VALUES
	(:document_id, 1, '22423', 'REGENCY CAKESTAND 3 TIER', 4, 12.75, '2011-12-09 14:00'),
	(:document_id, 2, '85123A', 'WHITE HANGING HEART T-LIGHT HOLDER', 12, 2.55, '2011-12-09 14:01');
SELECT contact_id FROM contact WHERE name = 'Customer 90001' \gset
SELECT contact_no, name, country_code, salesperson_name, interaction_count, sales_lcy FROM contact_card WHERE contact_id = :contact_id;

\echo '# ... posted, it is an interaction, in the same transaction ...'
SELECT erp.post(:document_id) \g /dev/null
SELECT interaction_date, entry_title, document_no, round(amount, 2) AS amount, canceled FROM contact_timeline WHERE contact_id = :contact_id;

\echo '# ... unposted, the interaction is canceled and the sales history without it ...'
UPDATE erp.sales_document SET state = 'draft' WHERE document_id = :document_id;
SELECT interaction_date, entry_title, document_no, round(amount, 2) AS amount, canceled,
	(SELECT count(*) FROM sales_entry AS s WHERE s.contact_id = t.contact_id) AS sales_entries
FROM contact_timeline AS t
WHERE contact_id = :contact_id;

\echo '# ... and posted again with another quantity, it is logged anew'
UPDATE erp.sales_document_line SET quantity = 6 WHERE document_id = :document_id AND line_no = 1;
SELECT erp.post(:document_id) \g /dev/null
SELECT interaction_date, entry_title, document_no, round(amount, 2) AS amount, canceled
FROM contact_timeline
WHERE contact_id = :contact_id
ORDER BY interaction_id;

\echo '# The card of the ERP and the contact follow each other'
UPDATE erp.customer SET phone_no = '+33 1 00 00 00 00' WHERE customer_no = 90001;
UPDATE contact SET email = 'orders@customer-90001.example' WHERE contact_id = :contact_id;
SELECT 'ERP card' AS side, phone_no, email FROM erp.customer WHERE customer_no = 90001
UNION ALL
SELECT 'contact', phone_no, email FROM contact WHERE contact_id = :contact_id;

\echo '# Somebody who works there takes desk and country from the company; a phone call with her, and a file'
INSERT INTO contact (name, company_id, gender, salutation_code) VALUES ('Marie Example', :contact_id, 'female', 'F')
RETURNING contact_no AS person_no \gset
SELECT log_interaction(:'person_no', 'OUTGOING', description => 'Wants the spring catalogue', duration_minutes => 12, evaluation => 'positive') AS call \gset
SELECT attach_file(:call, 'catalogue.txt', 'text/plain', convert_to('Spring catalogue', 'UTF8')) \g /dev/null
SELECT contact_no, name, company_name, country_code, salesperson_code, salutation_line(contact_no) FROM contact WHERE contact_no = :'person_no';

\echo '# The timeline of the company has it all'
SELECT logged_contact_name AS with, entry_title, description, round(amount, 2) AS amount, cost, duration_minutes AS minutes, evaluation,
	attachment_count AS files
FROM contact_timeline
WHERE contact_id = :contact_id AND NOT canceled
ORDER BY interaction_id;

\echo '# What dealings of which kind cost: crm.interaction_template_statistics'
SELECT interaction_group_code, description, interaction_count, cost, duration_minutes
FROM interaction_template_statistics
WHERE interaction_count > 0
ORDER BY interaction_count DESC;

\echo '# A posting that the CRM cannot place goes through all the same, and is reported: crm.posting_problem'
SET LOCAL session_replication_role = replica;  -- a card that slipped in unseen
INSERT INTO erp.customer (customer_no, name, country_code) VALUES (90002, 'Customer 90002', 'GB');
SET LOCAL session_replication_role = origin;
INSERT INTO erp.sales_document (document_no, document_type, customer_no, country_code, document_at)
VALUES ('900002', 'invoice', 90002, 'GB', '2011-12-09 15:00') RETURNING document_id \gset
INSERT INTO erp.sales_document_line VALUES (:document_id, 1, '22423', 'REGENCY CAKESTAND 3 TIER', 1, 12.75, '2011-12-09 15:00');
SELECT erp.post(:document_id) \g /dev/null
SELECT source_name, document_key, sqlstate, message FROM posting_problem;

\echo '# ... once the card is known, replaying the problem logs the document'
SELECT backfill('customer') AS contacts_made \gset
SELECT replay_problems() AS problems_solved \gset
SELECT :contacts_made AS contacts_made, :problems_solved AS problems_solved;
SELECT contact_name, document_no, amount FROM interaction WHERE document_no = '900002';

\echo '# The log against the ERP, document by document: crm.verify_posting() finds'
SELECT count(*) AS differences FROM verify_posting();
ROLLBACK;

BEGIN;
SET LOCAL search_path = crm;
SET LOCAL crm.work_date = '2011-09-30';
\echo '# Classes of customers: crm.install_sales_questionnaire() installed questions that the sales history of twelve months answers'
SELECT q.line_no, q.description AS question, coalesce(q.customer_class_field, q.contact_class_field) AS class_field, q.classification_method,
	k.starting_date, k.ending_date, k.contact_count AS customers
FROM questionnaire_line AS q
JOIN question_classification AS k USING (questionnaire_code, line_no)
ORDER BY q.line_no;

\echo '# Classified by crm.classify() as of 30 June and 30 September: crm.contact_class_asof() and, as things are now, crm.profile_statistics'
SELECT s.question, s.answer, coalesce(june.customers, 0) AS "30 June", s.contact_count AS "30 Sept", round(s.contact_share_pct, 1) AS share_pct,
	round(s.sales_lcy) AS sales_lcy
FROM profile_statistics AS s
LEFT JOIN (SELECT line_no, count(*) AS customers FROM contact_class_asof('2011-06-30') GROUP BY line_no) AS june USING (line_no)
WHERE s.question <> 'Discount'  -- the data have none
ORDER BY s.line_no;

\echo '# From which class (rows) to which (columns) in that quarter: crm.class_movement()'
SELECT from_answer AS "Value as a customer", to_answer, contact_count
FROM class_movement('2011-06-30', '2011-09-30')
WHERE question = 'Value as a customer' \crosstabview

\echo '# Who fell from A to B, the largest first: crm.contact_class_movement'
SELECT c.contact_no, c.name, m.changed_on, m.from_answer, m.to_answer, round(sum(s.sales_lcy), 2) AS sales_lcy
FROM contact_class_movement AS m
JOIN contact AS c USING (contact_id)
JOIN sales_entry AS s ON s.company_id = m.contact_id AND s.posting_date <= work_date()
WHERE m.question = 'Value as a customer' AND m.from_answer = 'A' AND m.to_answer = 'B'
GROUP BY c.contact_no, c.name, m.changed_on, m.from_answer, m.to_answer
ORDER BY sum(s.sales_lcy) DESC
LIMIT 5;

\echo '# Why: crm.explain_class() of the first of them, with the points that make 55 where A takes 60: crm.rating'
SELECT contact_id, contact_no FROM contact WHERE name = 'Customer 12590' \gset
SELECT q.description AS question, round(e.value, 2) AS value, e.place, trim_scale(e.score) AS score, e.from_value AS from, e.to_value AS to, e.answer,
	cardinality(e.interaction_ids) AS entries, coalesce(r.points, 0) AS points
FROM questionnaire_line AS q
CROSS JOIN LATERAL explain_class(:'contact_no', q.questionnaire_code, q.line_no) AS e
LEFT JOIN rating AS r ON r.source_questionnaire_code = q.questionnaire_code AND r.source_line_no = e.line_no
WHERE q.questionnaire_code = 'CUSTOMER' AND q.customer_class_field IS NOT NULL
ORDER BY q.line_no;

\echo '# The same customer buys again; nobody runs anything, and crm.contact_classification knows'
INSERT INTO erp.sales_document (document_no, document_type, customer_no, country_code, document_at)
VALUES ('900003', 'invoice', 12590, 'DE', '2011-09-30 16:00') RETURNING document_id \gset
INSERT INTO erp.sales_document_line VALUES (:document_id, 1, '22423', 'REGENCY CAKESTAND 3 TIER', 8, 12.75, '2011-09-30 16:00');
SELECT erp.post(:document_id) \g /dev/null
SELECT now.question, stored.answer AS stored, now.answer AS now, round(now.value, 2) AS value, trim_scale(now.score) AS score
FROM contact_classification AS now
LEFT JOIN contact_profile_answer AS stored USING (contact_id, questionnaire_code, question_line_no)
WHERE contact_id = :contact_id
ORDER BY question_line_no;

\echo '# The next run stores it, at the cost of what changed; the card shows what is stored, the most important first'
SELECT line_no, question, answers_added, answers_removed FROM classify() WHERE answers_added > 0;
SELECT contact_no, name, array_to_string(profile, E'\n') AS profile FROM contact_card WHERE contact_id = :contact_id;
ROLLBACK;

BEGIN;
SET LOCAL search_path = crm;
SET LOCAL crm.work_date = '2011-12-09';
\echo '# What is open in the sales pipeline: crm.pipeline by stage, salesperson and month; it is kept up with every change'
SELECT p.sales_cycle_code, p.sales_cycle_stage AS stage, s.description, p.opportunity_count AS deals, round(p.estimated_value) AS value, round(p.weighted_value) AS weighted, p.oldest_creation_date
FROM pipeline AS p JOIN sales_cycle_stage AS s USING (sales_cycle_code, sales_cycle_stage)
WHERE p.dimension = 'stage' ORDER BY 1, 2;
SELECT p.salesperson_code, s.salesperson_name, p.opportunity_count AS deals, round(p.estimated_value) AS value, round(p.weighted_value) AS weighted
FROM pipeline AS p JOIN salesperson AS s USING (salesperson_code)
WHERE p.dimension = 'salesperson' ORDER BY 1;
SELECT to_char(expected_month, 'YYYY-MM') AS "expected in", opportunity_count AS deals, round(estimated_value) AS value, round(weighted_value) AS weighted
FROM pipeline WHERE dimension = 'month' AND expected_month >= '2011-10-01' ORDER BY 1;

\echo '# As it was at the end of September: crm.pipeline_on()'
SELECT p.sales_cycle_code, p.sales_cycle_stage AS stage, p.opportunity_count AS deals, round(p.estimated_value) AS value, round(p.weighted_value) AS weighted
FROM pipeline_on('2011-09-30') AS p WHERE p.dimension = 'stage' ORDER BY 1, 2;

\echo '# How it moved in the third quarter: crm.pipeline_movement_between(). Opening and movements add up to closing'
SELECT movement, movement_count AS times, round(moved_value, 2) AS moved_value, count_change, round(estimated_change, 2) AS estimated_change, round(weighted_change, 2) AS weighted_change
FROM pipeline_movement_between('2011-07-01', '2011-09-30') WHERE dimension = 'total'
ORDER BY array_position(ARRAY['opening', 'new', 'won', 'lost', 'up', 'down', 'postponed', 'pulled in', 'reassigned', 'closing'], movement);

\echo '# What becomes of the deals of each stage, and how long they stay: crm.sales_funnel'
SELECT sales_cycle_stage AS stage, description, deal_count AS deals, forward_count AS forward, won_count AS won, lost_count AS lost, open_count AS open, round(next_stage_pct, 1) AS next_pct, round(won_pct, 1) AS won_pct,
	round(average_days, 1) AS days, round(open_average_days, 1) AS open_days
FROM sales_funnel WHERE sales_cycle_code = 'NEW' ORDER BY 1;

\echo '# Deals that have come to a halt, the largest first: crm.stalled_opportunity'
SELECT opportunity_no, description, sales_cycle_stage AS stage, round(estimated_value) AS value, days_in_stage AS days, round(usual_days, 1) AS usual_days, days_overdue AS overdue, stands_too_long, closing_date_passed AS date_passed
FROM stalled_opportunity ORDER BY estimated_value DESC, opportunity_no LIMIT 5;

\echo '# What the open deals of NEW will bring, as a distribution, and the probability of 75,000: crm.forecast()'
SELECT deals, round(best_case) AS best_case, round(mean) AS mean, p10, p50, p90, round(probability_of_target::numeric, 4) AS "P(75,000)" FROM forecast(sales_cycle_code => 'NEW', target => 75000);
\echo '# Which deals the risk lies in: crm.forecast_deal()'
SELECT opportunity_no, sales_cycle_stage AS stage, round(estimated_value) AS value, round(probability_pct) AS pct, round(weighted_value) AS weighted, round(100 * risk_share::numeric, 1) AS risk_pct
FROM forecast_deal(sales_cycle_code => 'NEW') ORDER BY risk_share DESC, 1 LIMIT 3;
\echo '# ... and if the first of them were lost, and proposals were won as often as not: crm.forecast_what_if() writes nothing'
SELECT opportunity_no AS riskiest FROM forecast_deal(sales_cycle_code => 'NEW') ORDER BY risk_share DESC, 1 LIMIT 1 \gset
SELECT scenario, deals, round(best_case) AS best_case, round(mean) AS mean, p10, p50, p90, round(probability_of_target::numeric, 4) AS "P(75,000)"
FROM forecast_what_if(jsonb_build_array(jsonb_build_object('opportunity_no', :'riskiest', 'remove', true), jsonb_build_object('sales_cycle_code', 'NEW', 'sales_cycle_stage', 4, 'probability_pct', 50)),
	sales_cycle_code => 'NEW', target => 75000);

\echo '# Typed percentages against what became of deals that are closed by now: crm.probability_reliability'
SELECT from_pct, to_pct, deal_count AS deals, round(mean_pct, 1) AS mean_pct, round(won_pct, 1) AS won_pct FROM probability_reliability WHERE sales_cycle_code = 'NEW' AND source = 'typed' ORDER BY 1;

\echo '# A quote of the ERP gives the opportunity that it names its value, and the proposal of this sales cycle takes one ...'
UPDATE setup SET won_close_opportunity_code = 'W-PRODUCT';  -- the reason where an order wins
CREATE TABLE erp.offer (offer_no text PRIMARY KEY, offer_type text NOT NULL, customer_no integer NOT NULL, day date NOT NULL, net_amount numeric NOT NULL, opportunity_no text);
SELECT attach_document('offer', 'erp.offer', 'offer_no', $$
	SELECT offer_no AS document_key, offer_no AS document_no, 'sales ' || offer_type AS document_type, customer_no AS partner_key, day AS posting_date,
		net_amount AS amount, opportunity_no
	FROM erp.offer $$, partner => 'customer') \g /dev/null
SELECT opportunity_no, substring(contact_name FROM '\d+') AS customer_no FROM opportunity_card WHERE sales_cycle_code = 'EXISTING' AND stage_description = 'Presentation' ORDER BY 1 LIMIT 1 \gset
INSERT INTO erp.offer VALUES ('Q1', 'quote', :customer_no, '2011-12-09', 4200, :'opportunity_no');
SELECT opportunity_next(:'opportunity_no') \g /dev/null
SELECT opportunity_no, status, stage_description, round(estimated_value, 2) AS value, probability_pct, weighted_value, sales_document_type, sales_document_no FROM opportunity_card WHERE opportunity_no = :'opportunity_no';
\echo '# ... and an order wins it'
INSERT INTO erp.offer VALUES ('O1', 'order', :customer_no, '2011-12-09', 4100, :'opportunity_no');
SELECT opportunity_no, status, date_closed, round(calcd_current_value, 2) AS value, sales_document_type, sales_document_no FROM opportunity_card WHERE opportunity_no = :'opportunity_no';
SELECT entry_no, coalesce(action_taken, 'first') AS action, sales_cycle_stage AS stage, date_of_change, days_open, round(estimated_value, 2) AS value, round(weighted_value, 2) AS weighted
FROM opportunity_entry WHERE opportunity_no = :'opportunity_no' AND NOT revised ORDER BY opportunity_entry_id;
ROLLBACK;
