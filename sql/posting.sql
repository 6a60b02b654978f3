-- The short life of a document, as the views show it
SET client_min_messages = warning;
SET datestyle = ISO;
BEGIN;
CREATE EXTENSION IF NOT EXISTS crm;
\pset null -
SELECT crm.install_defaults();
SET LOCAL crm.work_date = '2026-03-08';
CREATE TABLE customer (id integer PRIMARY KEY, name text NOT NULL, city text, phone text);
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer, state text DEFAULT 'draft', day date DEFAULT '2026-03-01', credit boolean DEFAULT false, note text);
CREATE TABLE invoice_line (invoice_id integer, item text, quantity integer, price numeric(12,2));
INSERT INTO crm.salesperson (salesperson_code, salesperson_name) VALUES ('SR', 'Sanda Rus');
SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', 'SELECT id AS card_key, name, city, phone AS phone_no FROM customer') > 0 AS attached;
SELECT crm.attach_document('invoices', 'invoice', 'id', $$
	SELECT i.id AS document_key, CASE WHEN i.credit THEN 'sales credit memo' ELSE 'sales invoice' END AS document_type, i.day AS posting_date,
		'INV-' || i.id AS document_no, i.customer_id AS partner_key, 'SR' AS salesperson_code, i.day + 30 AS due_date,
		(SELECT sum(l.quantity * l.price) * CASE WHEN i.credit THEN -1 ELSE 1 END FROM invoice_line AS l WHERE l.invoice_id = i.id) AS amount,
		(SELECT array_agg(l.item ORDER BY l.item) FROM invoice_line AS l WHERE l.invoice_id = i.id) AS item_nos
	FROM invoice AS i WHERE i.state IN ('posted', 'paid')$$, also => '{"invoice_line": "invoice_id"}') > 0 AS attached;

-- A customer is a contact
INSERT INTO customer VALUES (1, 'Alfa SRL', 'Iasi', '0232 111111'), (2, 'Beta SA', NULL, NULL);
SELECT contact_no, contact_type, name, city, phone_no, business_relation_class FROM crm.contact ORDER BY contact_no;
UPDATE customer SET phone = '0232 222222' WHERE id = 1;
UPDATE crm.contact SET city = 'Vaslui' WHERE contact_no = 'CT000001';
SELECT c.name, c.phone_no, k.city AS card_city FROM crm.contact AS c JOIN customer AS k USING (name) WHERE contact_no = 'CT000001';

-- A draft is nothing yet; posted it is an interaction
CREATE TEMP VIEW log AS SELECT contact_no, interaction_date, entry_title, document_type, document_no, amount, item_nos, posted, canceled FROM crm.interaction ORDER BY interaction_id;
INSERT INTO invoice (id, customer_id) VALUES (1, 1);
INSERT INTO invoice_line VALUES (1, 'BIKE', 2, 100), (1, 'BELL', 1, 5.50);
SELECT count(*) FROM log;
UPDATE invoice SET state = 'posted' WHERE id = 1;
\x
SELECT * FROM log;
SELECT cost, duration_minutes, interaction_group_code, interaction_template_code, information_flow, initiated_by, description, due_date, partner_key, source_id IS NOT NULL AS has_source FROM crm.interaction;
\x
-- Edited, on the header and on a line; what is not mapped does not matter
UPDATE invoice SET customer_id = 2, note = 'wrong customer' WHERE id = 1;
UPDATE invoice_line SET price = 6 WHERE item = 'BELL';
UPDATE invoice SET note = 'printed' WHERE id = 1;
UPDATE invoice SET state = 'paid' WHERE id = 1;
SELECT contact_no, document_no, amount, posted, canceled FROM log;

-- Unposted, posted again, credited, deleted
UPDATE invoice SET state = 'draft' WHERE id = 1;
UPDATE invoice SET state = 'posted', customer_id = 1 WHERE id = 1;
INSERT INTO invoice VALUES (2, 1, 'posted', '2026-03-05', true);
INSERT INTO invoice_line VALUES (2, 'BELL', 1, 6);
INSERT INTO invoice VALUES (3, 2, 'posted', '2026-03-06');
DELETE FROM invoice WHERE id = 3;
SELECT contact_no, document_type, document_no, amount, posted, canceled FROM log;
SELECT document_type, ledger_type, document_no, posting_date, sales_lcy, open, due_date FROM crm.sales_entry ORDER BY document_no;
SELECT contact_no, name, interaction_count, cost, document_count, sales_lcy, invoice_count, credit_memo_count, first_invoice_date, last_invoice_date, last_credit_memo_date
FROM crm.contact_card ORDER BY contact_no;
SELECT interaction_date, entry_title, document_no, amount, canceled FROM crm.contact_timeline JOIN crm.contact USING (contact_id)
WHERE contact_no = 'CT000001' ORDER BY interaction_date DESC, interaction_id DESC;
SELECT * FROM crm.verify_posting();

-- What happened behind our back
SET LOCAL session_replication_role = replica;
INSERT INTO invoice VALUES (4, 2, 'posted', '2026-03-07');
UPDATE invoice SET day = '2026-02-28' WHERE id = 1;
DELETE FROM invoice WHERE id = 2;
SET LOCAL session_replication_role = origin;
\x
SELECT source_name, document_key, difference, expected, logged FROM crm.verify_posting();
\x
SELECT crm.backfill('invoices');
SELECT * FROM crm.verify_posting();

-- Emptied
TRUNCATE invoice, invoice_line;
SELECT document_no, posted, canceled FROM log WHERE NOT canceled;
TRUNCATE customer;
SELECT name, business_relation_class FROM crm.contact ORDER BY name;
ROLLBACK;
