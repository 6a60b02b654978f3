-- All that it takes to put crm beside the ERP
CREATE EXTENSION crm;
SELECT crm.install_defaults();
UPDATE crm.setup SET local_currency_code = 'GBP', time_zone = 'Europe/London';
INSERT INTO crm.salesperson (salesperson_code, salesperson_name) SELECT salesperson_code, name FROM erp.salesperson;

SELECT crm.attach_partner('customer', on_table => 'erp.customer', key => 'customer_no', relation => 'customer', query => $$
	SELECT customer_no AS card_key, customer_no AS card_no, 'company' AS contact_type, name, country_code,
		currency_code, salesperson_code, phone_no, email
	FROM erp.customer $$);

-- What the query returns is posted. Rule for the 3,710 documents without a customer: logged, without a contact.
SELECT crm.attach_document('sales document', on_table => 'erp.sales_document', key => 'document_id', query => $$
	SELECT document_id AS document_key, document_no,
		CASE document_type WHEN 'credit memo' THEN 'sales credit memo' ELSE 'sales invoice' END AS document_type,
		customer_no AS partner_key, posting_date, due_date, salesperson_code, currency_code,
		net_amount AS amount, net_amount AS document_amount
	FROM erp.sales_document
	WHERE state = 'posted' $$, without_partner => 'log');
