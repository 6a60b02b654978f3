-- Enters the documents of the period from :since up to, but not including, :until as drafts, new customers first
SET search_path = erp;

CREATE TEMP TABLE entered AS
SELECT document_no, min(retail_id) AS retail_id, min(entered_at) AS document_at, min(customer_no) AS customer_no,
	min(country_code) AS country_code, min(salesperson_code) AS salesperson_code
FROM retail
JOIN country ON country.name = retail.country
GROUP BY document_no
HAVING min(entered_at) >= :'since' AND min(entered_at) < :'until';

INSERT INTO customer (customer_no, name, country_code, salesperson_code)
SELECT DISTINCT ON (customer_no) customer_no, 'Customer ' || customer_no, country_code, salesperson_code
FROM entered
WHERE customer_no IS NOT NULL AND customer_no NOT IN (SELECT customer_no FROM customer)
ORDER BY customer_no, retail_id;

INSERT INTO sales_document (document_no, document_type, customer_no, country_code, salesperson_code, document_at)
SELECT document_no, CASE WHEN document_no LIKE 'C%' THEN 'credit memo' ELSE 'invoice' END,
	customer_no, country_code, salesperson_code, document_at
FROM entered
ORDER BY retail_id;

INSERT INTO sales_document_line
SELECT d.document_id, row_number() OVER (PARTITION BY d.document_id ORDER BY r.retail_id),
	r.item_no, r.description, r.quantity, r.unit_price, r.entered_at
FROM entered
JOIN sales_document d USING (document_no)
JOIN retail r USING (document_no);

ANALYZE customer, sales_document, sales_document_line;
