-- What must be true of these data; the first fact that is not ends the demo with an error that shows it
\set QUIET on
CREATE TEMP TABLE fact (
	what		text,
	expected	numeric,
	found		numeric,
	CONSTRAINT fact_is_true CHECK (expected IS NOT DISTINCT FROM found)
);

INSERT INTO fact
SELECT 'lines', 541909, count(*) FROM erp.sales_document_line UNION ALL
SELECT 'net total of the lines', 9747747.934, sum(quantity * unit_price) FROM erp.sales_document_line UNION ALL
SELECT 'customers', 4372, count(*) FROM erp.customer UNION ALL
SELECT 'documents posted', 25900, count(*) FROM erp.sales_document WHERE state = 'posted' UNION ALL
SELECT 'credit memos among them', 3836, count(*) FROM erp.sales_document WHERE document_type = 'credit memo' UNION ALL
SELECT 'documents without customer', 3710, count(*) FROM erp.sales_document WHERE customer_no IS NULL UNION ALL
SELECT 'net total of the documents', 9747747.934, sum(net_amount) FROM erp.sales_document;

INSERT INTO fact
SELECT 'CRM: contacts of the customers', 4372, count(*) FROM crm.contact_business_relation UNION ALL
SELECT 'CRM: documents logged', 25900, count(*) FROM crm.interaction WHERE posted UNION ALL
SELECT 'CRM: credit memos logged', 3836, count(*) FROM crm.interaction WHERE posted AND document_type = 'sales credit memo' UNION ALL
SELECT 'CRM: logged without a contact', 3710, count(*) FROM crm.interaction WHERE posted AND contact_id IS NULL UNION ALL
SELECT 'CRM: logged on another contact', 0, count(*) FROM crm.interaction i JOIN erp.sales_document d ON d.document_id::text = i.document_key
	WHERE i.posted AND i.contact_name IS DISTINCT FROM 'Customer ' || d.customer_no UNION ALL
SELECT 'CRM: net total logged', 9747747.934, sum(amount) FROM crm.interaction WHERE posted UNION ALL
SELECT 'CRM: net total of the sales history', 9747747.934, sum(sales_lcy) FROM crm.sales_entry UNION ALL
SELECT 'CRM: postings that differ from the ERP', 0, count(*) FROM crm.verify_posting() UNION ALL
SELECT 'CRM: posting problems', 0, count(*) FROM crm.posting_problem;

INSERT INTO fact
SELECT 'CRM: customers and months whose total differs', 0, count(*)
FROM (SELECT customer_no::text AS partner_key, date_trunc('month', posting_date) AS month, sum(net_amount) AS total, count(*)
	FROM erp.sales_document GROUP BY 1, 2) erp
FULL JOIN (SELECT partner_key, date_trunc('month', posting_date) AS month, sum(amount) AS total, count(*)
	FROM crm.interaction WHERE posted GROUP BY 1, 2) crm
	ON crm.partner_key IS NOT DISTINCT FROM erp.partner_key AND crm.month = erp.month
WHERE (erp.total, erp.count) IS DISTINCT FROM (crm.total, crm.count);

\ir erp_class.sql

INSERT INTO fact
SELECT format('CRM: %s, %s: customers classed as by SQL', erp.as_of, erp.question), 4372, count(*) FILTER (WHERE crm.answer = erp.answer)
FROM erp_class AS erp
JOIN crm.contact AS c ON c.name = 'Customer ' || erp.customer_no
LEFT JOIN (SELECT date '2011-06-30' AS as_of, * FROM crm.contact_class_asof('2011-06-30')
	UNION ALL SELECT '2011-09-30', * FROM crm.contact_class_asof('2011-09-30')) AS crm USING (as_of, contact_id, question)
GROUP BY erp.as_of, erp.question
ORDER BY erp.as_of, erp.question;

SET crm.work_date = '2011-09-30';
INSERT INTO fact
SELECT 'CRM: 2011-06-30, customers that made 80 % of turnover', 902, count(*) FROM crm.contact_class_asof('2011-06-30') WHERE line_no = 20000 UNION ALL
SELECT 'CRM: 2011-09-30, customers that made 80 % of turnover', 1013, count(*) FROM crm.contact_class_asof('2011-09-30') WHERE line_no = 20000 UNION ALL
SELECT 'CRM: 2011-09-30, classes that are fresh and stored', 8 * 4372, count(*)
	FROM crm.contact_classification JOIN crm.contact_profile_answer USING (contact_id, questionnaire_code, line_no) UNION ALL
SELECT 'CRM: 2011-09-30, classes that differ from those of the whole log', 0, count(*) FROM crm.verify_classification();

-- Opportunities are made up by demo/sell.sql. Counts of days past by plain SQL over the dates of opportunities
INSERT INTO fact
SELECT 'CRM: opportunities', 240, count(*) FROM crm.opportunity UNION ALL
SELECT 'CRM: won', 50, count(*) FROM crm.opportunity WHERE status = 'won' UNION ALL
SELECT 'CRM: lost', 133, count(*) FROM crm.opportunity WHERE status = 'lost' UNION ALL
SELECT 'CRM: value won', 253791, sum(won_value) FROM crm.opportunity_statistics WHERE dimension = 'sales cycle' UNION ALL
SELECT 'CRM: value of the open deals', 312463, estimated_value FROM crm.pipeline WHERE dimension = 'total' UNION ALL
SELECT 'CRM: their weighted value is the mean of the forecast', p.weighted_value, f.mean FROM crm.pipeline AS p CROSS JOIN crm.forecast() AS f WHERE p.dimension = 'total' UNION ALL
SELECT 'CRM: 2011-09-30, deals that were open', e.deals, p.opportunity_count
	FROM (SELECT count(*) AS deals FROM crm.opportunity WHERE creation_date <= '2011-09-30' AND (date_closed > '2011-09-30') IS NOT FALSE) AS e
	CROSS JOIN crm.pipeline_asof('2011-09-30 23:59 Europe/London') AS p WHERE p.dimension = 'total' UNION ALL
SELECT 'CRM: ' || m.movement || ' in the third quarter', e.deals, m.movement_count
	FROM (SELECT 'new' AS movement, count(*) AS deals FROM crm.opportunity WHERE creation_date BETWEEN '2011-07-01' AND '2011-09-30'
		UNION ALL SELECT status, count(*) FROM crm.opportunity WHERE date_closed BETWEEN '2011-07-01' AND '2011-09-30' GROUP BY status) AS e
	LEFT JOIN crm.pipeline_movement('2011-06-30 23:59 Europe/London', '2011-09-30 23:59 Europe/London') AS m ON m.dimension = 'total' AND m.movement = e.movement UNION ALL
SELECT 'CRM: groups whose movements in the third quarter do not add up', 0, count(*) FROM (
	SELECT FROM crm.pipeline_movement('2011-06-30 23:59 Europe/London', '2011-09-30 23:59 Europe/London')
		CROSS JOIN LATERAL (SELECT CASE movement WHEN 'closing' THEN -1 ELSE 1 END AS sign) AS s
	GROUP BY dimension, dimension_key, sales_cycle_stage
	HAVING sum(count_change * sign) <> 0 OR sum(estimated_change * sign) <> 0 OR sum(weighted_change * sign) <> 0) AS g UNION ALL
SELECT 'CRM: balances of the pipeline that differ from its entries', 0, count(*) FROM crm.verify_pipeline() UNION ALL
SELECT 'CRM: opportunities that differ from their entries', 0, count(*) FROM crm.verify_opportunity();

TABLE fact;
