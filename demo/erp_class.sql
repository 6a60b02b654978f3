-- The classes of the shipped questionnaire once more, by plain SQL over the tables of the ERP: the temporary table erp_class.
-- Only the order among customers of equal turnover is not in the ERP: it goes by contact number.
CREATE TEMP VIEW erp_figures AS
SELECT a.as_of, c.customer_no, k.contact_no COLLATE "C" AS contact_no, count(*) FILTER (WHERE invoice) AS invoices, max(posting_date) FILTER (WHERE invoice) AS last_invoice,
	coalesce(sum(net_amount), 0) AS turnover, coalesce(sum(net_amount) FILTER (WHERE invoice), 0) AS invoiced,
	coalesce(- sum(net_amount) FILTER (WHERE NOT invoice), 0) AS returned
FROM (VALUES (date '2011-06-30'), ('2011-09-30')) AS a (as_of)
CROSS JOIN erp.customer AS c
JOIN crm.contact AS k ON k.name = c.name
LEFT JOIN (SELECT customer_no, posting_date, net_amount, document_type = 'invoice' AS invoice FROM erp.sales_document WHERE state = 'posted') AS d
	ON d.customer_no = c.customer_no AND d.posting_date > a.as_of - interval '1 year' AND d.posting_date <= a.as_of
GROUP BY a.as_of, c.customer_no, k.contact_no;

CREATE TEMP VIEW erp_places AS
SELECT *,
	100 * sum(turnover) OVER best_first / sum(turnover) OVER (PARTITION BY as_of) AS turnover_up_to,
	100.0 * count(*) OVER best_first / count(*) OVER (PARTITION BY as_of) AS place
FROM erp_figures
WINDOW best_first AS (PARTITION BY as_of ORDER BY turnover DESC, contact_no DESC);

-- Fifths among those who bought, in whole numbers: 5 is the best
CREATE TEMP VIEW erp_fifths AS
SELECT as_of, customer_no,
	(5 * count(*) OVER (PARTITION BY as_of ORDER BY last_invoice) + n - 1) / n AS recency,
	(5 * count(*) OVER (PARTITION BY as_of ORDER BY invoices) + n - 1) / n AS frequency,
	(5 * count(*) OVER (PARTITION BY as_of ORDER BY turnover) + n - 1) / n AS value
FROM (SELECT *, count(*) OVER (PARTITION BY as_of) AS n FROM erp_figures WHERE invoices > 0) AS buyer;

CREATE TEMP TABLE erp_class AS
WITH measured AS (
	SELECT p.as_of, p.customer_no, round(turnover_up_to, 2) AS up_to, round(place, 2) AS place, p.invoices, round(coalesce(100 * returned / nullif(invoiced, 0), 0), 2) AS returns,
		p.as_of - p.last_invoice AS days, 100 * f.recency + 10 * f.frequency + f.value AS rfm
	FROM erp_places AS p
	LEFT JOIN erp_fifths AS f USING (as_of, customer_no)),
-- Answer, and the points that it gives to the rating
answered AS (
	SELECT as_of, customer_no, question, a.answer, a.points
	FROM measured CROSS JOIN LATERAL (VALUES
		('Share of turnover', up_to <= 80, 'A', 25), ('Share of turnover', up_to > 80 AND up_to <= 95, 'B', 15), ('Share of turnover', up_to > 95, 'C', 5),
		('Rank by turnover', place <= 10, 'Top tenth', 15), ('Rank by turnover', place > 10 AND place <= 25, 'Upper quarter', 10),
		('Rank by turnover', place > 25 AND place <= 75, 'Middle half', 5), ('Rank by turnover', place > 75, 'Lower quarter', 0),
		('Invoices a year', invoices = 0, 'None', 0), ('Invoices a year', invoices BETWEEN 1 AND 4, 'Up to 4', 5),
		('Invoices a year', invoices BETWEEN 5 AND 12, 'Up to 12', 10), ('Invoices a year', invoices > 12, 'More than 12', 20),
		('Returns', returns <= 0, 'None', 10), ('Returns', returns > 0 AND returns <= 5, 'Up to 5 %', 5), ('Returns', returns > 5, 'More than 5 %', -10),
		('Discount', true, 'None', 5),
		('Last invoice', days <= 30, 'Within 30 days', 10), ('Last invoice', days BETWEEN 31 AND 90, 'Within 90 days', 5),
		('Last invoice', days BETWEEN 91 AND 180, 'Within 180 days', 0), ('Last invoice', days > 180 OR days IS NULL, 'Longer ago, or never', 0),
		('Recency, frequency, value', rfm >= 500, 'Best', 15), ('Recency, frequency, value', rfm BETWEEN 400 AND 499, 'Active', 10),
		('Recency, frequency, value', rfm BETWEEN 300 AND 399, 'Steady', 5), ('Recency, frequency, value', rfm BETWEEN 200 AND 299, 'Fading', 0),
		('Recency, frequency, value', rfm < 200, 'Lost', 0), ('Recency, frequency, value', rfm IS NULL, 'No purchase', 0)
	) AS a (question, applies, answer, points)
	WHERE a.applies)
SELECT as_of, customer_no, question, answer FROM answered
UNION ALL
SELECT as_of, customer_no, 'Value as a customer', CASE WHEN sum(points) >= 60 THEN 'A' WHEN sum(points) >= 30 THEN 'B' ELSE 'C' END
FROM answered
GROUP BY as_of, customer_no;
