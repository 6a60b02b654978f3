-- Your ERP: customers, and invoices that somebody posts
CREATE TABLE customer (no text PRIMARY KEY, name text NOT NULL, city text, phone text);
CREATE TABLE invoice (id int PRIMARY KEY, customer text NOT NULL, day date NOT NULL, net numeric, posted boolean NOT NULL DEFAULT false);
INSERT INTO customer VALUES ('C1', 'Deerfield Graphics', 'Lyon', '+33 4 00 00 00 00');
INSERT INTO invoice VALUES (1, 'C1', '2026-01-12', 500.00, true);

-- crm beside it, attached with one query for the cards and one for the documents
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT crm.attach_partner('customers', 'customer', 'no', 'customer',
	'SELECT no AS card_key, name, city, phone AS phone_no FROM customer');
SELECT crm.attach_document('invoices', 'invoice', 'id', $$
	SELECT id AS document_key, 'sales invoice' AS document_type, id::text AS document_no, day AS posting_date,
		customer AS partner_key, net AS amount
	FROM invoice WHERE posted $$);

-- What was there before: one contact, one interaction
SELECT crm.backfill('customers') AS contacts, crm.backfill('invoices') AS interactions;

-- From now on it happens by itself, in the transaction that posts
INSERT INTO invoice VALUES (2, 'C1', '2026-02-03', 120.50);
UPDATE invoice SET posted = true WHERE id = 2;
SELECT contact_no, name, city, phone_no, interaction_count, sales_lcy, last_invoice_date FROM crm.contact_card;

-- By hand: a person of that company, and a call with her
INSERT INTO crm.salesperson (salesperson_code, salesperson_name) VALUES ('JR', 'John Roberts');
INSERT INTO crm.contact (contact_type, name, company_name) VALUES ('person', 'Anna Meier', 'Deerfield Graphics') RETURNING contact_no, company_no;
SELECT crm.log_call('CT000002', 'outgoing', description => 'Asked for a quote', salesperson_code => 'JR',
	interaction_date => '2026-02-05', duration_minutes => 10);

-- The company's timeline has its persons' interactions too
SELECT interaction_date, description, document_no, amount, duration_minutes, logged_contact_name, canceled
FROM crm.contact_timeline JOIN crm.contact USING (contact_id) WHERE contact_no = 'CT000001' ORDER BY interaction_date;

-- Unposting cancels the interaction; what crm has still equals what the ERP has
UPDATE invoice SET posted = false WHERE id = 2;
SELECT document_no, amount, canceled FROM crm.interaction WHERE document_no = '2';
SELECT * FROM crm.verify_posting();

-- A posting that crm cannot place goes through, and is tried again when the reason is gone
INSERT INTO invoice VALUES (3, 'C2', '2026-02-09', 75.00, true);
SELECT source_name, document_key, message FROM crm.posting_problem;
INSERT INTO customer VALUES ('C2', 'Candoxy', 'Nantes', NULL);
SELECT crm.replay_problems();
SELECT contact_name, document_no, amount FROM crm.interaction WHERE document_no = '3';

-- What kind of customers are they? The shipped questionnaire reads it off the sales history
SELECT crm.install_sales_questionnaire();
SELECT count(*) AS questions, sum(answers_added) AS answers FROM crm.classify('CUSTOMER', as_of => '2026-02-28');
SELECT name, question, answer FROM crm.contact_class_asof('2026-02-28') JOIN crm.contact USING (contact_id)
WHERE question IN ('Last invoice', 'Value as a customer') ORDER BY contact_id, line_no;
