-- Privacy of contacts and salespeople (domain/1 section 2.8, E3)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(20);
CREATE FUNCTION privacy() RETURNS text LANGUAGE sql BEGIN ATOMIC
	SELECT concat_ws(' ', CASE WHEN minor THEN 'minor' END, CASE WHEN parental_consent_received THEN 'consent' END, CASE WHEN privacy_blocked THEN 'blocked' END)
	FROM crm.contact WHERE contact_no = 'P1';
END;
INSERT INTO crm.salesperson (salesperson_code) VALUES ('S1'), ('GONE');
INSERT INTO crm.contact (contact_no, contact_type, name, salesperson_code) VALUES ('P1', 'person', 'Kid', 'S1');

SELECT is(privacy(), '', 'a contact is open');
UPDATE crm.contact SET minor = true WHERE contact_no = 'P1';
SELECT is(privacy(), 'minor blocked', 'a minor is blocked');
SELECT throws_ok($$UPDATE crm.contact SET privacy_blocked = false WHERE contact_no = 'P1'$$, '23514', NULL, 'E3: a minor without consent stays blocked');
SELECT is(privacy(), 'minor blocked', '... and nothing has changed');
UPDATE crm.contact SET parental_consent_received = true WHERE contact_no = 'P1';
SELECT is(privacy(), 'minor consent blocked', 'consent alone does not open');
SELECT lives_ok($$UPDATE crm.contact SET privacy_blocked = false WHERE contact_no = 'P1'$$, 'with consent a minor may be opened');
SELECT is(privacy(), 'minor consent', '... and is open');
UPDATE crm.contact SET parental_consent_received = false WHERE contact_no = 'P1';
SELECT is(privacy(), 'minor blocked', 'consent withdrawn blocks again');
INSERT INTO crm.contact (contact_no, contact_type, name, minor) VALUES ('P2', 'person', 'Born minor', true);
SELECT is((SELECT privacy_blocked FROM crm.contact WHERE contact_no = 'P2'), true, 'who is entered as a minor is blocked');

-- What a blocked contact may not. Assumption: 55000
SELECT throws_ok($$SELECT crm.log_interaction('P1', 'ABSTRACT')$$, '55000', NULL, 'a blocked contact gets no interaction');
SELECT throws_ok($$SELECT crm.log_call('P1')$$, '55000', NULL, '... and no call');
SELECT is_empty('SELECT FROM crm_data.interaction', '... and none was logged');
UPDATE crm.contact SET minor = false, privacy_blocked = false WHERE contact_no = 'P1';
SELECT crm.log_interaction('P1', 'ABSTRACT', postponed => true);
UPDATE crm.contact SET privacy_blocked = true WHERE contact_no = 'P1';
SELECT throws_ok('SELECT crm.resume_interaction(interaction_id) FROM crm.postponed_interaction', '55000', NULL, 'nor is a postponed one finished');

CREATE TABLE customer (id integer PRIMARY KEY, name text NOT NULL, blocked boolean NOT NULL DEFAULT false);
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer, posted_on date);
SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', 'SELECT id AS card_key, name, blocked AS privacy_blocked FROM customer');
SELECT crm.attach_document('invoices', 'invoice', 'id',
	$$SELECT id AS document_key, 'sales invoice' AS document_type, posted_on AS posting_date, customer_id AS partner_key FROM invoice WHERE posted_on IS NOT NULL$$);
ALTER TABLE customer DISABLE TRIGGER USER;
INSERT INTO customer VALUES (1, 'Card');
ALTER TABLE customer ENABLE TRIGGER USER;
SELECT throws_ok($$SELECT crm.link_card('P1', 'customers', '1')$$, '55000', NULL, 'a blocked contact is not linked to a card');
SELECT is_empty('SELECT FROM crm.contact_business_relation', '... and has no relation');
INSERT INTO customer VALUES (2, 'Blocked card', true);
SELECT is((SELECT privacy_blocked FROM crm.contact WHERE name = 'Blocked card'), true, 'a blocked card makes a blocked contact');
INSERT INTO invoice VALUES (1, 2, '2026-01-15');
SELECT is((SELECT count(*) FROM crm_data.interaction WHERE posted), 1::bigint, 'a posted document is logged on a blocked contact: postings never fail');

-- Salespeople
UPDATE crm.salesperson SET privacy_blocked = true WHERE salesperson_code = 'GONE';
SELECT throws_ok($$INSERT INTO crm.contact (name, salesperson_code) VALUES ('C', 'GONE')$$, '55000', NULL, 'a blocked salesperson is refused');
SELECT throws_ok($$UPDATE crm.contact SET salesperson_code = 'GONE' WHERE contact_no = 'P1'$$, '55000', NULL, '... on change too');
UPDATE crm.salesperson SET privacy_blocked = true WHERE salesperson_code = 'S1';
SELECT lives_ok($$UPDATE crm.contact SET city = 'Iasi' WHERE contact_no = 'P1'$$, 'whose salesperson was blocked later can still be edited');

SELECT * FROM finish();
ROLLBACK;
