-- Posted documents become interactions (domain/1 sections 8.3 and 8.10, E14; golden 7 and 8)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(45);
SET LOCAL crm.work_date = '2026-03-08';
CREATE TABLE customer (id integer PRIMARY KEY, kind text NOT NULL DEFAULT 'company', parent integer, name text NOT NULL, is_contact boolean NOT NULL DEFAULT true);
CREATE TABLE vendor (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE document (id integer PRIMARY KEY, type text NOT NULL DEFAULT 'sales invoice', posted_on date DEFAULT '2026-02-01', no text, version integer, occurrence integer,
	customer integer, person integer, contact text, due date, closed date, amount numeric, foreign_amount numeric, currency text, rate numeric, profit numeric,
	discount numeric, open_amount numeric, seller text, campaign text, opportunity text, text text, items text[]);
CREATE TABLE bill (id integer PRIMARY KEY, vendor_id integer, posted_on date, amount numeric);
INSERT INTO crm.salesperson (salesperson_code) VALUES ('S'), ('T');
SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', 'SELECT id AS card_key, kind AS contact_type, parent AS company_key, name FROM customer WHERE is_contact');
INSERT INTO customer (id, kind, parent, name) VALUES (1, 'company', NULL, 'A'), (2, 'person', 1, 'P1'), (3, 'person', 1, 'P2'), (5, 'company', NULL, 'B');
INSERT INTO customer (id, name, is_contact) VALUES (4, 'Nobody', false);
SELECT crm.attach_document('documents', 'document', 'id', $$SELECT id AS document_key, type AS document_type, posted_on AS posting_date, no AS document_no, version AS version_no,
	occurrence AS occurrence_no, customer AS partner_key, person AS contact_key, contact AS contact_no, due AS due_date, closed AS closed_date, amount,
	foreign_amount AS document_amount, currency AS currency_code, rate AS currency_rate, profit, discount, open_amount AS remaining_amount, seller AS salesperson_code,
	campaign AS campaign_no, opportunity AS opportunity_no, text AS description, items AS item_nos FROM document WHERE posted_on IS NOT NULL$$);
UPDATE crm.contact SET salesperson_code = 'S';
CREATE VIEW entry AS SELECT i.*, (SELECT name FROM crm.contact c WHERE c.contact_id = i.contact_id) AS contact,
	(SELECT name FROM crm.contact c WHERE c.contact_id = i.company_id) AS company FROM crm_data.interaction i WHERE posted;

-- Every document type is logged with the template of its purpose
INSERT INTO document (id, type, customer) SELECT purpose_no, purpose, 1 FROM crm_data.interaction_purpose WHERE side <> 'none';
SELECT results_eq('SELECT document_key::integer, document_type, interaction_template_code FROM entry ORDER BY 1',
	$$SELECT purpose_no, purpose, interaction_template_code FROM crm_data.interaction_purpose JOIN crm.interaction_template_setup USING (purpose) WHERE side <> 'none' ORDER BY 1$$,
	'every document type is logged with its template');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... and verified');
SELECT is_empty('SELECT * FROM crm.posting_problem', '... without a problem');
DELETE FROM document;
DELETE FROM crm_data.interaction;

-- Golden 7
INSERT INTO document (id, no, customer, person, amount) VALUES (1, 'I1', 1, 2, 100);
SELECT results_eq('SELECT contact, company, cost::numeric, duration_minutes::numeric, document_type, document_no FROM entry',
	$$VALUES ('P1', 'A', 8.00, 1.0, 'sales invoice', 'I1')$$, 'golden 7: one entry (P1, A), 8.00, 1 minute');
SELECT bag_eq('SELECT c.name FROM crm.contact_timeline t JOIN crm.contact c USING (contact_id)', ARRAY['A', 'P1'], 'golden 7: visible on A and P1, not on P2');
UPDATE document SET amount = amount WHERE id = 1;
UPDATE document SET no = no, text = text WHERE id = 1;
SELECT is((SELECT count(*) FROM crm_data.interaction), 1::bigint, 'golden 7: a reprint logs nothing');

-- Golden 8
SELECT lives_ok('INSERT INTO document (id, customer) VALUES (2, 4)', 'golden 8: an invoice of a customer without a contact is posted');
SELECT is((SELECT count(*) FROM entry), 1::bigint, 'golden 8: nothing is logged');
SELECT results_eq('SELECT document_key FROM crm.posting_problem', $$VALUES ('2')$$, '... and the problem recorded');
UPDATE document SET customer = 99 WHERE id = 2;
SELECT is((SELECT count(*) FROM entry), 1::bigint, 'nor for a customer that does not exist');
DELETE FROM document WHERE id = 2;
CREATE TABLE shipment (id integer PRIMARY KEY, customer integer, person integer);
SELECT crm.attach_document('shipments', 'shipment', 'id', $$SELECT id AS document_key, 'sales shipment' AS document_type, date '2026-02-02' AS posting_date, customer AS partner_key FROM shipment$$);
INSERT INTO shipment VALUES (1, 1, 2);
SELECT results_eq($$SELECT contact, company FROM entry WHERE document_type = 'sales shipment'$$, $$VALUES ('A', 'A')$$, 'golden 8: a shipment goes to the company, not to P1');

-- Contact resolution: contact number, then person's card, then partner's card
INSERT INTO document (id, customer, person, contact) VALUES (10, 5, NULL, NULL), (11, 5, 3, NULL), (12, 5, 3, (SELECT contact_no FROM crm.contact WHERE name = 'P1')),
	(13, NULL, 3, NULL), (14, NULL, NULL, (SELECT contact_no FROM crm.contact WHERE name = 'A')), (15, 2, NULL, NULL), (16, NULL, NULL, NULL);
SELECT results_eq('SELECT document_key, contact, company FROM entry WHERE document_key >= $$10$$ ORDER BY 1',
	$$VALUES ('10', 'B', 'B'), ('11', 'P2', 'A'), ('12', 'P1', 'A'), ('13', 'P2', 'A'), ('14', 'A', 'A'), ('15', 'P1', 'A'), ('16', NULL, NULL)$$,
	'contact number before person before partner; without any, logged without a contact');
-- Assumption: a contact number that does not exist is a problem, not a reason to fall back
INSERT INTO document (id, customer, contact) VALUES (17, 1, 'NOBODY');
SELECT is_empty($$SELECT FROM entry WHERE document_key = '17'$$, 'an unknown contact number is not logged');
SELECT is((SELECT count(*) FROM crm.posting_problem WHERE document_key = '17'), 1::bigint, '... but recorded');
DELETE FROM document WHERE id = 17;
UPDATE crm.contact SET company_id = NULL WHERE name = 'P2';
SELECT results_eq($$SELECT contact, company FROM entry WHERE document_key = '11'$$, $$VALUES ('A', 'A')$$, 'the history stays with the company when the person leaves');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... which is no difference');

-- Salesperson (8.10)
INSERT INTO document (id, customer, person, contact, seller) VALUES (20, 1, NULL, NULL, NULL), (21, 1, 2, NULL, NULL),
	(22, 1, NULL, (SELECT contact_no FROM crm.contact WHERE name = 'B'), NULL), (23, 1, 2, NULL, 'T'), (24, 1, NULL, NULL, 'UNKNOWN');
SELECT results_eq($$SELECT document_key, salesperson_code FROM entry WHERE document_key BETWEEN '20' AND '24' ORDER BY 1$$,
	$$VALUES ('20', NULL), ('21', 'S'), ('22', 'S'), ('23', 'T'), ('24', 'UNKNOWN')$$,
	'the document''s; else the named contact''s; a customer''s document without one stays without');

-- Fields
UPDATE crm.interaction_template SET campaign_no = 'TC', campaign_target = true, description = 'Invoice sent'
	WHERE interaction_template_code = (SELECT interaction_template_code FROM crm.interaction_template_setup WHERE purpose = 'sales invoice');
INSERT INTO crm.sales_cycle (sales_cycle_code) VALUES ('C');
INSERT INTO crm_data.opportunity (opportunity_no, sales_cycle_code, status, creation_date, date_closed, last_modified_at) VALUES ('OP', 'C', 'won', '2026-02-01', '2026-02-02', now());
INSERT INTO document VALUES (30, 'sales invoice', '2026-02-03', 'I30', 2, 3, 1, NULL, NULL, '2026-03-03', '2026-02-28', 1000.123456, 200.5, 'EUR', 4.97, 300.10, 12.30, 500, 'T', 'CP', 'OP', 'Big deal', '{BIKE,BELL}');
INSERT INTO document (id, posted_on, customer) VALUES (31, '2026-02-03', 1);
SELECT results_eq($$SELECT interaction_date, posting_date, document_no, version_no, occurrence_no, due_date, closed_date FROM entry WHERE document_key = '30'$$,
	$$VALUES (date '2026-02-03', date '2026-02-03', 'I30', 2, 3, date '2026-03-03', date '2026-02-28')$$, 'number, version, occurrence and dates');
SELECT results_eq($$SELECT amount::numeric, document_amount::numeric, currency_code, currency_rate::numeric, profit::numeric, discount::numeric, remaining_amount::numeric FROM entry WHERE document_key = '30'$$,
	$$VALUES (1000.123456, 200.5, 'EUR', 4.97, 300.10, 12.30, 500.0)$$, 'figures keep their precision');
SELECT results_eq($$SELECT salesperson_code, campaign_no, opportunity_no, description, item_nos FROM entry WHERE document_key = '30'$$,
	$$VALUES ('T', 'CP', 'OP', 'Big deal', '{BIKE,BELL}'::text[])$$, 'salesperson, campaign, opportunity, description, items');
SELECT results_eq($$SELECT campaign_no, campaign_target, description, information_flow, initiated_by, interaction_group_code FROM entry WHERE document_key = '31'$$,
	$$SELECT 'TC', true, 'Invoice sent', 'outbound', 'us', interaction_group_code FROM crm.interaction_template JOIN crm.interaction_template_setup USING (interaction_template_code)
	WHERE purpose = 'sales invoice'$$, 'the rest from the template');
SELECT results_eq($$SELECT user_name, postponed, canceled, delivery_status, correspondence_type, contact_alt_address_code, interaction_at IS NOT NULL FROM entry WHERE document_key = '31'$$,
	$$VALUES (current_setting('session_authorization'), false, false, NULL::text, NULL::text, NULL::text, true)$$, 'never postponed, delivered or at an alternative address');
SELECT is((SELECT partner_key FROM entry WHERE document_key = '31'), '1', 'the key of the partner''s card is kept');
UPDATE crm.setup SET log_document_on = 'work date';
INSERT INTO document (id, customer, posted_on) VALUES (32, 1, '2026-02-04');
SELECT results_eq($$SELECT interaction_date, posting_date FROM entry WHERE document_key = '32'$$, $$VALUES (date '2026-03-08', date '2026-02-04')$$, 'or dated by the work date');
UPDATE crm.setup SET log_document_on = 'posting date';

-- No template: not logged, silently
DELETE FROM crm.interaction_template_setup WHERE purpose = 'sales reminder';
DELETE FROM crm_data.posting_problem;
SELECT lives_ok($$INSERT INTO document (id, type, customer) VALUES (40, 'sales reminder', 1)$$, 'a document without a template is posted');
SELECT is_empty($$SELECT FROM entry WHERE document_key = '40'$$, '... not logged');
SELECT is_empty('SELECT FROM crm.posting_problem', '... and no problem');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... nor a difference');
INSERT INTO crm.interaction_template_setup (purpose, interaction_template_code) VALUES ('sales reminder', 'BUS');
SELECT is(crm.backfill('documents'), 1::bigint, 'given a template, backfill logs it');
SELECT is(crm.backfill('documents'), 0::bigint, '... once');
SELECT is((SELECT cost::numeric FROM entry WHERE document_key = '40'), 8.00, '... as the template says');

-- E14: a template with languages logs no documents; it can only come to be behind our back
SET LOCAL session_replication_role = replica;
INSERT INTO crm.interaction_template_language (interaction_template_code, language_code) VALUES ('BUS', 'ENU');
SET LOCAL session_replication_role = origin;
UPDATE crm.interaction_template SET description = description WHERE interaction_template_code = 'BUS';
SELECT lives_ok($$INSERT INTO document (id, type, customer) VALUES (41, 'sales reminder', 1)$$, 'E14: the document is posted');
SELECT is_empty($$SELECT FROM entry WHERE document_key = '41'$$, '... not logged');
SELECT is((SELECT count(*) FROM crm.posting_problem WHERE document_key = '41'), 1::bigint, '... and recorded');
DELETE FROM crm.interaction_template_language WHERE interaction_template_code = 'BUS';
SELECT is(crm.replay_problems('documents'), 1::bigint, '... replayed once the template is right');
SELECT is_empty('SELECT FROM crm.posting_problem', '... and solved');

-- Documents of vendors, and documents without a partner
SELECT crm.attach_partner('vendors', 'vendor', 'id', 'vendor', 'SELECT id AS card_key, name FROM vendor');
SELECT crm.attach_document('bills', 'bill', 'id', $$SELECT id AS document_key, 'purchase invoice' AS document_type, posted_on AS posting_date, vendor_id AS partner_key, amount FROM bill$$,
	partner => 'vendors', without_partner => 'skip');
INSERT INTO vendor VALUES (1, 'V');
INSERT INTO bill VALUES (1, 1, '2026-02-05', 70), (2, NULL, '2026-02-05', 80);
SELECT results_eq($$SELECT document_key, contact, amount::numeric FROM entry WHERE document_type = 'purchase invoice'$$, $$VALUES ('1', 'V', 70.0)$$,
	'a vendor''s card is another card than a customer''s of the same key; without a partner it is skipped');
SELECT is_empty($$SELECT * FROM crm.verify_posting('bills')$$, '... which is no difference');
SELECT is_empty('SELECT FROM crm.posting_problem', '... nor a problem');

-- History logged by backfill equals what posting logs
CREATE TEMP TABLE logged AS SELECT document_key, document_type, document_no, salesperson_code, cost, amount, profit, item_nos FROM entry;
DELETE FROM crm_data.interaction;
SELECT isnt_empty('SELECT * FROM crm.verify_posting()', 'verify_posting sees what is missing');
SELECT is((SELECT count(*) FROM crm.verify_posting('bills')), 1::bigint, '... per source');
SELECT is(crm.backfill('documents') + crm.backfill('shipments') + crm.backfill('bills'), (SELECT count(*) FROM logged), 'backfill logs the history');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... completely');
SELECT bag_eq($$SELECT document_key, document_type, document_no, salesperson_code, cost, amount, profit, item_nos FROM entry$$,
	'SELECT document_key, document_type, document_no, salesperson_code, cost, amount, profit, item_nos FROM logged', '... row for row');
SELECT throws_ok($$SELECT crm.backfill('nothing')$$, '42704', NULL, 'an unknown source is an error');

SELECT * FROM finish();
ROLLBACK;
