/*
 * The same six questions in SQL: peer A, a statement for each question; peer B, one for all; peer C, a materialized view of B.
 * All values are exact numerics. Bands are CASE expressions, cheaper than a join with the table of answers;
 * the functions are dissolved by the planner.
 */
CREATE FUNCTION bench.sales_class(v numeric) RETURNS integer IMMUTABLE LANGUAGE sql RETURN CASE WHEN v >= 20000 THEN 11000 WHEN v >= 5000 THEN 12000 ELSE 13000 END;
CREATE FUNCTION bench.profit_class(v numeric) RETURNS integer IMMUTABLE LANGUAGE sql RETURN CASE WHEN v >= 0.001 THEN 21000 WHEN v >= 0.0002 THEN 22000 ELSE 23000 END;
CREATE FUNCTION bench.frequency_class(v numeric) RETURNS integer IMMUTABLE LANGUAGE sql RETURN CASE WHEN v <= 20 THEN 31000 WHEN v <= 50 THEN 32000 WHEN v <= 80 THEN 33000 ELSE 34000 END;
CREATE FUNCTION bench.invoice_class(v numeric) RETURNS integer IMMUTABLE LANGUAGE sql RETURN CASE WHEN v <= 80 THEN 41000 WHEN v <= 95 THEN 42000 ELSE 43000 END;
CREATE FUNCTION bench.discount_class(v numeric) RETURNS integer IMMUTABLE LANGUAGE sql RETURN CASE WHEN v <= 10 THEN 51000 WHEN v <= 50 THEN 52000 ELSE 53000 END;
CREATE FUNCTION bench.overdue_class(v numeric) RETURNS integer IMMUTABLE LANGUAGE sql RETURN CASE WHEN v <= 2 THEN 61000 WHEN v <= 14 THEN 62000 ELSE 63000 END;

CREATE VIEW bench.customer AS
SELECT c.contact_id, c.contact_no COLLATE "C" AS contact_no
FROM crm_data.contact_business_relation AS r JOIN crm_data.contact AS c USING (contact_id)
WHERE r.link_type = 'customer' AND r.card_no IS NOT NULL AND c.contact_type = 'company';

SELECT date_trunc('year', :'as_of'::date)::date AS year, (:'as_of'::date - interval '3 years' + interval '1 day')::date AS first,
	:'as_of'::date - (:'as_of'::date - interval '3 years' + interval '1 day')::date + 1 AS days \gset

-- Peer A: values
CREATE VIEW bench.a_sales AS
SELECT contact_id, coalesce(value, 0) AS value
FROM bench.customer LEFT JOIN (
	SELECT company_id AS contact_id, sum(sales_lcy) AS value
	FROM crm.sales_entry WHERE posting_date BETWEEN :'year' AND :'as_of' GROUP BY company_id
) AS e USING (contact_id);

CREATE VIEW bench.a_profit AS
SELECT contact_id, coalesce(value, 0) AS value
FROM bench.customer LEFT JOIN (
	SELECT company_id AS contact_id, sum(profit_lcy) AS value
	FROM crm.sales_entry WHERE posting_date BETWEEN :'first' AND :'as_of' GROUP BY company_id
) AS e USING (contact_id);

CREATE VIEW bench.a_frequency AS
SELECT contact_id, contact_no, coalesce(value, 0) AS value
FROM bench.customer LEFT JOIN (
	SELECT company_id AS contact_id, count(*) * 365 / :days::numeric AS value
	FROM crm.sales_entry WHERE posting_date BETWEEN :'first' AND :'as_of' AND ledger_type = 'invoice' GROUP BY company_id
) AS e USING (contact_id);

CREATE VIEW bench.a_invoice AS
SELECT contact_id, contact_no, coalesce(value, 0) AS value
FROM bench.customer LEFT JOIN (
	SELECT company_id AS contact_id, sum(sales_lcy) / count(*) AS value
	FROM crm.sales_entry WHERE posting_date BETWEEN :'year' AND :'as_of' AND ledger_type = 'invoice' GROUP BY company_id
) AS e USING (contact_id);

CREATE VIEW bench.a_discount AS
SELECT contact_id, coalesce(100 * discount / nullif(base + discount, 0), 0) AS value
FROM bench.customer LEFT JOIN (
	SELECT company_id AS contact_id, sum(discount_lcy) AS discount, sum(sales_lcy) FILTER (WHERE ledger_type = 'invoice') AS base
	FROM crm.sales_entry WHERE posting_date BETWEEN :'first' AND :'as_of' GROUP BY company_id
) AS e USING (contact_id);

CREATE VIEW bench.a_overdue AS
SELECT contact_id, coalesce(value, 0) AS value
FROM bench.customer LEFT JOIN (
	SELECT company_id AS contact_id, sum(greatest(closed_date - due_date, 0)) / count(*)::numeric AS value
	FROM crm.sales_entry WHERE posting_date BETWEEN :'year' AND :'as_of' AND ledger_type = 'invoice' AND NOT open GROUP BY company_id
) AS e USING (contact_id);

-- Peer A: classes
CREATE VIEW bench.a_sales_class AS
SELECT contact_id, bench.sales_class(round(value)) AS line_no FROM bench.a_sales;

CREATE VIEW bench.a_profit_class AS
SELECT contact_id, bench.profit_class(coalesce(round(100 * value / nullif(sum(value) OVER (), 0), 4), 0)) AS line_no FROM bench.a_profit;

CREATE VIEW bench.a_frequency_class AS
SELECT contact_id, bench.frequency_class(round(100.0 * row_number() OVER (ORDER BY value DESC, contact_no DESC) / count(*) OVER ())) AS line_no
FROM bench.a_frequency;

CREATE VIEW bench.a_invoice_class AS
SELECT contact_id, bench.invoice_class(coalesce(round(100 * sum(value) OVER (ORDER BY value DESC, contact_no DESC ROWS UNBOUNDED PRECEDING)
	/ nullif(sum(value) OVER (), 0)), 0)) AS line_no
FROM bench.a_invoice;

CREATE VIEW bench.a_discount_class AS
SELECT contact_id, bench.discount_class(round(100.0 * count(*) OVER (ORDER BY value DESC) / count(*) OVER (), 1)) AS line_no FROM bench.a_discount;

CREATE VIEW bench.a_overdue_class AS
SELECT contact_id, bench.overdue_class(round(value)) AS line_no FROM bench.a_overdue;

-- Peer B: values
CREATE VIEW bench.b AS
SELECT contact_id, contact_no,
	coalesce(sales, 0) AS sales,
	coalesce(profit, 0) AS profit,
	coalesce(invoices * 365 / :days::numeric, 0) AS frequency,
	coalesce(year_base / nullif(year_invoices, 0), 0) AS invoice,
	coalesce(100 * discount / nullif(base + discount, 0), 0) AS discount,
	coalesce(overdue / nullif(closed, 0)::numeric, 0) AS overdue
FROM bench.customer LEFT JOIN (
	SELECT company_id AS contact_id,
		sum(sales_lcy) FILTER (WHERE posting_date >= :'year') AS sales,
		sum(profit_lcy) AS profit,
		count(*) FILTER (WHERE ledger_type = 'invoice') AS invoices,
		sum(sales_lcy) FILTER (WHERE ledger_type = 'invoice') AS base,
		sum(discount_lcy) AS discount,
		sum(sales_lcy) FILTER (WHERE ledger_type = 'invoice' AND posting_date >= :'year') AS year_base,
		count(*) FILTER (WHERE ledger_type = 'invoice' AND posting_date >= :'year') AS year_invoices,
		sum(greatest(closed_date - due_date, 0)) FILTER (WHERE ledger_type = 'invoice' AND posting_date >= :'year' AND NOT open) AS overdue,
		count(*) FILTER (WHERE ledger_type = 'invoice' AND posting_date >= :'year' AND NOT open) AS closed
	FROM crm.sales_entry WHERE posting_date BETWEEN :'first' AND :'as_of' GROUP BY company_id
) AS e USING (contact_id);

-- Peer B: classes
CREATE VIEW bench.b_class AS
SELECT contact_id, line_no
FROM (
	SELECT contact_id,
		bench.sales_class(round(sales)) AS sales,
		bench.profit_class(coalesce(round(100 * profit / nullif(sum(profit) OVER (), 0), 4), 0)) AS profit,
		bench.frequency_class(round(100.0 * row_number() OVER (ORDER BY frequency DESC, contact_no DESC) / count(*) OVER ())) AS frequency,
		bench.invoice_class(coalesce(round(100 * sum(invoice) OVER (ORDER BY invoice DESC, contact_no DESC ROWS UNBOUNDED PRECEDING)
			/ nullif(sum(invoice) OVER (), 0)), 0)) AS invoice,
		bench.discount_class(round(100.0 * count(*) OVER (ORDER BY discount DESC) / count(*) OVER (), 1)) AS discount,
		bench.overdue_class(round(overdue)) AS overdue
	FROM bench.b
) AS c CROSS JOIN LATERAL (VALUES (sales), (profit), (frequency), (invoice), (discount), (overdue)) AS v (line_no);

-- Where they write: the shape and the indexes of crm_data.contact_profile_answer
CREATE TABLE bench.a_answer (LIKE crm_data.contact_profile_answer INCLUDING ALL);
CREATE TABLE bench.b_answer (LIKE crm_data.contact_profile_answer INCLUDING ALL);
CREATE MATERIALIZED VIEW bench.c_answer AS
SELECT contact_id, 'BENCH' AS questionnaire_code, line_no, :'as_of'::date AS last_date_updated, 0::numeric AS questions_answered_pct, :'as_of'::date AS valid_from
FROM bench.b_class WITH NO DATA;
CREATE UNIQUE INDEX ON bench.c_answer (contact_id, questionnaire_code, line_no);
CREATE INDEX ON bench.c_answer (questionnaire_code, line_no);
