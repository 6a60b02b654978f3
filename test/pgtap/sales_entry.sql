-- The sales and purchase history with the ledger's signs (domain/2 sections 2.1 and 2.2)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(8);
CREATE TABLE customer (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE doc (id integer PRIMARY KEY, type text NOT NULL, amount numeric, profit numeric, posted_on date DEFAULT '2026-02-01');
SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', 'SELECT id AS card_key, name FROM customer');
SELECT crm.attach_document('docs', 'doc', 'id', $$SELECT id AS document_key, type AS document_type, posted_on AS posting_date, 1 AS partner_key, amount, profit, 'D' || id AS document_no,
	'S' AS salesperson_code, posted_on + 30 AS due_date FROM doc WHERE posted_on IS NOT NULL$$, on_unpost => 'reverse');
INSERT INTO customer VALUES (1, 'A');
INSERT INTO doc VALUES (1, 'sales invoice', 100, 40), (2, 'sales credit memo', -30, -12), (3, 'finance charge memo', 5, 5), (4, 'sales order', 999, 99), (5, 'sales shipment', 999, 99),
	(6, 'sales quote', 999, 99), (7, 'service invoice', 20, 8), (8, 'service credit memo', -7, -3), (11, 'purchase invoice', 60, NULL), (12, 'purchase credit memo', -15, NULL),
	(13, 'purchase order', 999, NULL), (14, 'purchase receipt', 999, NULL);

SELECT results_eq('SELECT document_no, sales_lcy::numeric, profit_lcy::numeric FROM crm.sales_entry ORDER BY document_no',
	$$VALUES ('D1', 100.0, 40.0), ('D2', -30, -12), ('D3', 5, 5), ('D7', 20, 8), ('D8', -7, -3)$$, 'sales: invoices positive, credit memos negative; orders and shipments are no sales');
SELECT is((SELECT sum(sales_lcy)::numeric FROM crm.sales_entry), 88::numeric, 'sales of the customer');
SELECT results_eq('SELECT document_no, purchase_lcy::numeric FROM crm.purchase_entry ORDER BY document_no',
	$$VALUES ('D11', -60.0), ('D12', 15)$$, 'purchases mirror: invoices negative, credit memos positive');
SELECT is((SELECT -sum(purchase_lcy)::numeric FROM crm.purchase_entry), 45::numeric, 'purchases from the vendor');
SELECT results_eq($$SELECT e.ledger_type, e.posting_date, e.due_date, e.salesperson_code, c.name FROM crm.sales_entry e JOIN crm.contact c USING (contact_id) WHERE document_no = 'D1'$$,
	$$VALUES ('invoice', date '2026-02-01', date '2026-03-03', 'S', 'A')$$, 'an entry has the ledger''s type, dates, salesperson and contact');
SET LOCAL crm.work_date = '2026-03-08';
UPDATE doc SET posted_on = NULL WHERE id = 1;
SELECT results_eq($$SELECT posting_date, sales_lcy::numeric, profit_lcy::numeric FROM crm.sales_entry WHERE document_no = 'D1' ORDER BY posting_date$$,
	$$VALUES (date '2026-02-01', 100.0, 40.0), (date '2026-03-08', -100, -40)$$, 'a reversal stands at its own date');
SELECT is((SELECT sum(sales_lcy)::numeric FROM crm.sales_entry), -12::numeric, '... and takes the sale back');
CREATE TABLE void (id integer PRIMARY KEY, amount numeric, posted_on date DEFAULT '2026-02-01');
SELECT crm.attach_document('voids', 'void', 'id', $$SELECT id AS document_key, 'sales invoice' AS document_type, posted_on AS posting_date, 1 AS partner_key, amount FROM void WHERE posted_on IS NOT NULL$$);
INSERT INTO void VALUES (1, 50), (2, 7);
UPDATE void SET posted_on = NULL WHERE id = 1;
SELECT is((SELECT sum(sales_lcy)::numeric FROM crm.sales_entry), -5::numeric, 'a voided document was never a sale');

SELECT * FROM finish();
ROLLBACK;
