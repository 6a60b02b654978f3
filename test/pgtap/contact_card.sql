-- The contact card and the timeline: everything about a contact in one place (issue; domain/1 sections 12.1 and 16)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(31);
SET LOCAL crm.work_date = '2026-03-08';
CREATE TABLE customer (id integer PRIMARY KEY, kind text DEFAULT 'company', parent integer, name text NOT NULL);
CREATE TABLE vendor (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE doc (id integer PRIMARY KEY, type text, on_date date, customer_id integer DEFAULT 1, person_id integer, amount numeric, profit numeric, discount numeric, open_amount numeric, no text,
	items text[], state text DEFAULT 'posted', currency text, foreign_amount numeric);
CREATE TABLE bill (id integer PRIMARY KEY, type text, on_date date, vendor_id integer DEFAULT 1, amount numeric);
SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', 'SELECT id AS card_key, kind AS contact_type, parent AS company_key, name FROM customer', write_back => false);
SELECT crm.attach_partner('vendors', 'vendor', 'id', 'vendor', 'SELECT id AS card_key, name FROM vendor', write_back => false);
CREATE FUNCTION doc_query() RETURNS text LANGUAGE sql AS $f$ SELECT $$SELECT id AS document_key, type AS document_type, on_date AS posting_date, customer_id AS partner_key, person_id AS contact_key,
	amount, profit, discount, open_amount AS remaining_amount, no AS document_no, items AS item_nos, currency AS currency_code, foreign_amount AS document_amount FROM doc WHERE state = 'posted'$$ $f$;
SELECT crm.attach_document('docs', 'doc', 'id', doc_query(), partner => 'customers');
SELECT crm.attach_document('bills', 'bill', 'id', 'SELECT id AS document_key, type AS document_type, on_date AS posting_date, vendor_id AS partner_key, amount FROM bill', partner => 'vendors');
INSERT INTO crm.salesperson (salesperson_code, salesperson_name) VALUES ('S', 'Sanda Rus');
INSERT INTO customer VALUES (1, 'company', NULL, 'Alfa'), (2, 'person', 1, 'Ana Pop'), (3, 'company', NULL, 'Quiet');
INSERT INTO vendor VALUES (1, 'Supplier');
CREATE VIEW alfa AS SELECT * FROM crm.contact_card WHERE name = 'Alfa';

-- Master data and classes
UPDATE crm.contact SET salesperson_code = 'S', address = 'Main St', city = 'Iasi', mobile_phone_no = '0744', email = 'a@alfa', birth_date = NULL, territory_code = NULL WHERE name = 'Alfa';
UPDATE crm.contact SET gender = 'female', birth_date = '1990-03-08', organizational_level_code = 'CEO', phone_no = '0232' WHERE name = 'Ana Pop';
INSERT INTO crm.contact_industry_group (contact_id, industry_group_code) SELECT contact_id, code FROM crm.contact, (VALUES ('RET'), ('MAN')) v(code) WHERE name = 'Alfa';
INSERT INTO crm.contact_mailing_group (contact_id, mailing_group_code) SELECT contact_id, 'X-CARD' FROM crm.contact WHERE name = 'Ana Pop';
INSERT INTO crm.contact_job_responsibility (contact_id, job_responsibility_code) SELECT contact_id, code FROM crm.contact, (VALUES ('SALE'), ('PURCHASE')) v(code) WHERE name = 'Ana Pop';
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code) SELECT contact_id, 'COMPETITOR' FROM crm.contact WHERE name = 'Alfa';
INSERT INTO crm.comment_line (contact_id, comment_text) SELECT contact_id, 'Good' FROM crm.contact WHERE name = 'Alfa';
SELECT results_eq('SELECT contact_type, company_name, address, city, default_phone_no, email, salesperson_code, salesperson_name, has_comment FROM alfa',
	$$VALUES ('company', 'Alfa', 'Main St', 'Iasi', '0744', 'a@alfa', 'S', 'Sanda Rus', true)$$, 'master data; the mobile phone where there is no other; the salesperson''s name');
SELECT results_eq($$SELECT first_name, surname, gender, birth_date, company_name, organizational_level_code, default_phone_no, has_comment FROM crm.contact_card WHERE name = 'Ana Pop'$$,
	$$VALUES ('Ana', 'Pop', 'female', date '1990-03-08', 'Alfa', 'CEO', '0232', false)$$, '... of a person');
SELECT results_eq('SELECT business_relation_class, business_relations, industry_groups, mailing_groups, job_responsibilities FROM alfa',
	$$VALUES ('multiple', '{COMPETITOR,CUST}'::text[], '{MAN,RET}'::text[], '{}'::text[], '{}'::text[])$$, 'classes');
SELECT results_eq($$SELECT business_relation_class, industry_groups, mailing_groups, job_responsibilities FROM crm.contact_card WHERE name = 'Ana Pop'$$,
	$$VALUES ('multiple', '{MAN,RET}'::text[], '{X-CARD}'::text[], '{PURCHASE,SALE}'::text[])$$, '... of a person, with those of the company');

-- No interactions yet
SELECT results_eq($$SELECT interaction_count, cost::numeric, duration_minutes::numeric, last_interaction_date, last_attempt_date, document_count, last_document_date, sales_lcy::numeric, open_lcy::numeric, invoice_count,
	last_quote_date, last_order_date, first_invoice_date, last_invoice_date, purchases_lcy::numeric, service_visit_count, last_service_date FROM crm.contact_card WHERE name = 'Quiet'$$,
	$$VALUES (0::bigint, 0.0, 0.0, NULL::date, NULL::date, 0::bigint, NULL::date, 0.0, 0.0, 0::bigint, NULL::date, NULL::date, NULL::date, NULL::date, 0.0, 0::bigint, NULL::date)$$,
	'a contact without interactions: zeros, no dates');

-- Documents
INSERT INTO doc (id, type, on_date, person_id, amount, profit, discount, open_amount, no, items) VALUES
	(1, 'sales quote', '2026-01-05', NULL, 999, 99, 9, 999, 'Q1', NULL), (2, 'sales order', '2026-01-10', NULL, 999, 99, 9, 999, 'O1', NULL),
	(3, 'sales invoice', '2026-01-15', 2, 100.123456, 40, 5, 30, 'I1', NULL), (4, 'sales invoice', '2026-02-15', NULL, 200, 60, 0, 0, 'I2', NULL),
	(5, 'sales credit memo', '2026-02-20', NULL, -50, -20, -1, -10, 'M1', NULL), (6, 'service order', '2026-02-25', 2, NULL, NULL, NULL, NULL, 'SO1', '{BIKE}'),
	(7, 'service order posted', '2026-02-26', NULL, NULL, NULL, NULL, NULL, 'SO1', '{BIKE}'), (8, 'service invoice', '2026-02-27', NULL, 20, 8, 0, 20, 'SI1', '{BIKE}'),
	(9, 'sales shipment', '2026-01-12', NULL, 999, 99, 9, 999, 'S1', NULL), (10, 'service order', '2026-03-01', NULL, NULL, NULL, NULL, NULL, 'SO2', '{BIKE,BELL}');
INSERT INTO bill VALUES (1, 'purchase invoice', '2026-01-20', 1, 70), (2, 'purchase credit memo', '2026-02-01', 1, -20), (3, 'purchase order', '2026-02-10', 1, 500);
SELECT results_eq('SELECT document_count, interaction_count, last_document_date, sales_lcy::numeric, profit_lcy::numeric, discount_lcy::numeric, open_lcy::numeric, invoice_count, credit_memo_count FROM alfa',
	$$VALUES (10::bigint, 10::bigint, date '2026-03-01', 270.123456, 88.0, 4.0, 40.0, 3::bigint, 1::bigint)$$, 'sales: invoices less credit memos, service too; orders, quotes and shipments are no sales');
SELECT results_eq('SELECT last_quote_date, last_order_date, first_invoice_date, last_invoice_date, last_credit_memo_date, service_visit_count, last_service_date FROM alfa',
	$$VALUES (date '2026-01-05', date '2026-01-10', date '2026-01-15', date '2026-02-27', date '2026-02-20', 2::bigint, date '2026-03-01')$$, 'dates; an order logged when created and when posted is one visit');
SELECT results_eq($$SELECT document_count, sales_lcy::numeric, invoice_count, first_invoice_date, service_visit_count FROM crm.contact_card WHERE name = 'Ana Pop'$$,
	$$VALUES (2::bigint, 100.123456, 1::bigint, date '2026-01-15', 1::bigint)$$, 'a person has the documents that named it');
SELECT results_eq($$SELECT purchases_lcy::numeric, last_purchase_date, sales_lcy::numeric, document_count FROM crm.contact_card WHERE name = 'Supplier'$$,
	$$VALUES (50.0, date '2026-01-20', 0.0, 3::bigint)$$, 'purchases count positive, net of credit memos');
SELECT is((SELECT sales_lcy FROM alfa), (SELECT sum(sales_lcy) FROM crm.sales_entry JOIN crm.contact c USING (company_id) WHERE c.name = 'Alfa')::numeric(28,6), 'the card''s sum is the ledger''s');
SELECT results_eq('SELECT cost::numeric, duration_minutes::numeric FROM alfa', $$VALUES (80.0, 10.0)$$, 'documents cost what their templates say');

-- Unposting and canceling
UPDATE doc SET state = 'draft' WHERE id = 4;
SELECT results_eq('SELECT document_count, sales_lcy::numeric, invoice_count, interaction_count FROM alfa', $$VALUES (9::bigint, 70.123456, 2::bigint, 9::bigint)$$, 'a document that was unposted counts no more');
SELECT crm.cancel_interaction(array_agg(interaction_id)) FROM crm.interaction WHERE document_no = 'I1';
SELECT results_eq('SELECT document_count, sales_lcy::numeric, interaction_count, cost::numeric FROM alfa', $$VALUES (9::bigint, 70.123456, 8::bigint, 64.0)$$, 'canceling the interaction of a posted document takes the interaction, not the sale');
SELECT crm.cancel_interaction(array_agg(interaction_id), canceled => false) FROM crm.interaction WHERE document_no = 'I1';
SELECT crm.detach('docs');
SELECT crm.attach_document('docs', 'doc', 'id', doc_query(), partner => 'customers', on_unpost => 'reverse');
INSERT INTO doc (id, type, on_date, amount, profit, no) VALUES (20, 'sales invoice', '2026-03-02', 1000, 400, 'I20');
SELECT results_eq('SELECT sales_lcy::numeric, invoice_count, last_invoice_date FROM alfa', $$VALUES (1070.123456, 3::bigint, date '2026-03-02')$$, 'another invoice');
DELETE FROM doc WHERE id = 20;
SELECT results_eq('SELECT sales_lcy::numeric, profit_lcy::numeric, invoice_count, document_count FROM alfa', $$VALUES (70.123456, 28.0, 2::bigint, 9::bigint)$$, '... reversed takes itself back');

-- Interactions by hand
SELECT crm.log_interaction(contact_no, 'ONSITE', salesperson_code => 'S', interaction_date => '2026-03-05', cost => 45, duration_minutes => 180.5, initiated_by => 'us') AS visit FROM crm.contact WHERE name = 'Ana Pop' \gset
SELECT crm.log_interaction(contact_no, 'INCOME', salesperson_code => 'S', interaction_date => '2026-03-07', description => 'Asks') AS income FROM crm.contact WHERE name = 'Alfa' \gset
SELECT crm.log_interaction(contact_no, 'ONSITE', salesperson_code => 'S', interaction_date => '2026-03-09', postponed => true) FROM crm.contact WHERE name = 'Alfa';
SELECT crm.attach_file(:visit, 'photo.jpg', 'image/jpeg', '\xffd8');
INSERT INTO crm.comment_line (interaction_id, comment_text) VALUES (:visit, 'Nice');
SELECT results_eq('SELECT last_interaction_date, last_attempt_date FROM alfa', $$VALUES (date '2026-03-08', date '2026-03-08')$$, 'last dates: the reversal stands at the work date');

-- Timeline
CREATE VIEW timeline AS SELECT t.*, c.name AS contact_name FROM crm.contact_timeline t JOIN crm.contact c USING (contact_id);
SELECT results_eq($$SELECT DISTINCT entry_title FROM timeline WHERE interaction_id IN (SELECT interaction_id FROM crm.interaction WHERE document_no IS NULL) AND contact_name = 'Alfa' ORDER BY 1$$,
	$$VALUES ('Incoming call from Alfa'), ('Meeting at the contact''s premises')$$, 'titles: from whom, by whom, or neither');
UPDATE crm_data.interaction SET information_flow = 'outbound' WHERE interaction_id = :visit;
SELECT is((SELECT entry_title FROM timeline WHERE interaction_id = :visit AND contact_name = 'Alfa'), 'Meeting at the contact''s premises by Sanda Rus', '... the salesperson by name');
UPDATE crm_data.interaction SET salesperson_code = NULL WHERE interaction_id = :visit;
SELECT is((SELECT entry_title FROM timeline WHERE interaction_id = :visit AND contact_name = 'Alfa'), 'Meeting at the contact''s premises by ' || session_user, '... else the user');
SELECT results_eq(format($$SELECT contact_name, logged_contact_name, interaction_date, cost::numeric, duration_minutes::numeric, has_comment, attachment_count FROM timeline WHERE interaction_id = %s ORDER BY 1$$, :visit),
	$$VALUES ('Alfa', 'Ana Pop', date '2026-03-05', 45.0, 180.5, true, 1::bigint), ('Ana Pop', 'Ana Pop', '2026-03-05', 45, 180.5, true, 1)$$, 'an interaction with a person is on the timeline of both');
SELECT is((SELECT count(*) FROM timeline WHERE interaction_id = :income), 1::bigint, 'one with the company on the company''s only');
SELECT is_empty($$SELECT FROM timeline WHERE interaction_date = '2026-03-09'$$, 'drafts are on none');
SELECT results_eq($$SELECT document_no, canceled FROM timeline WHERE contact_name = 'Alfa' AND document_no IN ('I2', 'SO2') ORDER BY 1$$, $$VALUES ('I2', true), ('SO2', false)$$, 'canceled ones are marked');
SELECT results_eq($$SELECT document_type, amount::numeric, reversal_of IS NOT NULL FROM timeline WHERE document_no = 'I20' ORDER BY 2$$, $$VALUES ('sales invoice', -1000.0, true), ('sales invoice', 1000, false)$$,
	'a reversed document shows with its reversal');
SELECT is((SELECT count(*) FROM timeline WHERE contact_name = 'Alfa' AND NOT canceled), (SELECT interaction_count FROM alfa), 'the timeline holds what the card counts');

-- Pages: newest first, each below the last of the page before
CREATE FUNCTION page(n integer) RETURNS SETOF bigint LANGUAGE sql AS $$ SELECT interaction_id FROM timeline WHERE contact_name = 'Alfa' ORDER BY interaction_date DESC, interaction_id DESC LIMIT n $$;
SELECT results_eq($$SELECT interaction_id FROM timeline WHERE contact_name = 'Alfa' AND (interaction_date, interaction_id) <
		(SELECT interaction_date, interaction_id FROM crm.interaction JOIN page(5) p(interaction_id) USING (interaction_id) ORDER BY 1, 2 LIMIT 1) ORDER BY interaction_date DESC, interaction_id DESC LIMIT 5$$,
	'SELECT * FROM page(10) OFFSET 5', 'the second page goes on where the first ended');

-- The company's history stays when the person leaves, and the card follows
UPDATE crm.contact SET company_id = NULL WHERE name = 'Ana Pop';
SELECT results_eq($$SELECT interaction_count, document_count, sales_lcy::numeric FROM crm.contact_card WHERE name = 'Ana Pop'$$, $$VALUES (0::bigint, 0::bigint, 0.0)$$, 'who leaves starts empty');
SELECT is((SELECT sales_lcy::numeric FROM alfa), 70.123456, '... the company keeps the history');

-- Currency
INSERT INTO doc (id, type, on_date, customer_id, amount, no, currency, foreign_amount) VALUES (30, 'sales invoice', '2026-03-03', 3, 497, 'E1', 'EUR', 100);
SELECT results_eq($$SELECT sales_lcy::numeric, document_amount::numeric, currency_code FROM crm.sales_entry WHERE document_no = 'E1'$$, $$VALUES (497.0, 100.0, 'EUR')$$, 'amounts in local and in document currency');
SELECT results_eq($$SELECT amount::numeric, document_amount::numeric, currency_code FROM timeline WHERE document_no = 'E1'$$, $$VALUES (497.0, 100.0, 'EUR')$$, '... on the timeline');
SELECT is((SELECT sales_lcy::numeric FROM crm.contact_card WHERE name = 'Quiet'), 497.0, '... the card counts local currency');

SELECT * FROM finish();
ROLLBACK;
