-- Assignments, business relations and their class, alternative addresses, salutations, web sources
SET client_min_messages = warning;
BEGIN;
CREATE EXTENSION IF NOT EXISTS crm;
\set ON_ERROR_ROLLBACK on
SELECT crm.install_defaults();
\pset null -
INSERT INTO crm.contact (name) VALUES ('Acme'), ('Beta');
INSERT INTO crm.contact (contact_type, name, company_name) VALUES ('person', 'Ana Maria Pop', 'Acme');
CREATE TEMP TABLE c AS SELECT name, contact_id FROM crm.contact;

-- Who may have what, and whose stamp is refreshed
UPDATE crm.contact SET last_modified_at = '2020-01-01';
INSERT INTO crm.contact_industry_group (contact_id, industry_group_code) SELECT contact_id, 'ret' FROM c;
INSERT INTO crm.contact_industry_group (contact_id, industry_group_code) SELECT contact_id, 'ret' FROM c WHERE name = 'Acme';
INSERT INTO crm.contact_mailing_group VALUES ((SELECT contact_id FROM c WHERE name = 'Beta'), 'X-CARD', '2020-01-01');
SELECT name, last_modified_at = now() AS touched FROM crm.contact ORDER BY name;
SELECT mailing_group_code, contact_count FROM crm.mailing_group ORDER BY 1;
DELETE FROM crm.mailing_group WHERE mailing_group_code = 'X-CARD';
\set VERBOSITY terse
UPDATE crm.contact SET organizational_level_code = 'CEO' WHERE name = 'Acme';
\set VERBOSITY default

-- Business relations
CREATE TEMP VIEW class AS SELECT name, business_relation_class FROM crm.contact ORDER BY name;
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code) SELECT contact_id, 'CUST' FROM c WHERE name = 'Acme';
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, card_no) SELECT contact_id, 'cust', '10000' FROM c WHERE name = 'Acme'
RETURNING business_relation_code, link_type, card_no;
TABLE class;
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code) SELECT contact_id, 'COMPETITOR' FROM c WHERE name IN ('Acme', 'Beta');
TABLE class;
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, card_no) SELECT contact_id, 'CUST', '10000' FROM c WHERE name = 'Beta';
\set VERBOSITY terse
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, card_no) SELECT contact_id, 'PROSPECT', '1' FROM c WHERE name = 'Beta';
\set VERBOSITY default
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, link_type, card_no) SELECT contact_id, 'PROSPECT', 'customer', '2' FROM c WHERE name = 'Acme';
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, link_type, card_no) SELECT contact_id, 'COMPETITOR', 'vendor', 'V1' FROM c WHERE name = 'Beta';
SELECT business_relation_code, link_type, card_no FROM crm.contact_business_relation JOIN c USING (contact_id) WHERE name = 'Beta';
UPDATE crm.contact_business_relation SET card_no = NULL, link_type = NULL WHERE card_no = '10000';
UPDATE crm.contact SET privacy_blocked = true WHERE name = 'Beta';
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, card_no) SELECT contact_id, 'VEND', 'V2' FROM c WHERE name = 'Beta';
UPDATE crm.setup SET customer_relation_code = NULL;
TABLE class;

-- Alternative addresses: the range that starts latest
INSERT INTO crm.contact_alt_address (contact_id, alt_address_code, phone_no) SELECT contact_id, code, phone FROM c, (VALUES ('HOME', '1'), ('SEA', '2')) AS a (code, phone) WHERE name = 'Beta';
INSERT INTO crm.contact_alt_address_date_range SELECT contact_id, '2026-01-01', NULL, 'HOME' FROM c WHERE name = 'Beta';
INSERT INTO crm.contact_alt_address_date_range SELECT contact_id, '2026-07-01', '2026-08-31', 'SEA' FROM c WHERE name = 'Beta';
\set VERBOSITY terse
INSERT INTO crm.contact_alt_address_date_range SELECT contact_id, '2026-09-01', '2026-08-31', 'SEA' FROM c WHERE name = 'Beta';
\set VERBOSITY default
SELECT d, crm.alt_address_on('CT000002', d) FROM unnest('{2025-12-31,2026-07-15,2026-09-01}'::date[]) AS d;
SET LOCAL crm.work_date = '2026-07-15';
SELECT position_no, kind, phone_no, alt_address_code FROM crm.callable_number JOIN c USING (contact_id) WHERE name = 'Beta';

-- Salutations
SELECT crm.salutation_line('CT000003');
UPDATE crm.contact SET salutation_code = 'F' WHERE name = 'Ana Maria Pop';
SELECT crm.salutation_line('CT000003'), crm.salutation_line('CT000003', 'informal'), crm.salutation_line('CT000003', language_code => 'ROM');
UPDATE crm.contact SET middle_name = NULL, surname = '%1' WHERE contact_no = 'CT000003';
SELECT crm.salutation_line('CT000003');
UPDATE crm.salutation_formula SET formula = ' ' WHERE salutation_code = 'F';
SELECT crm.salutation_line('CT000003');
SELECT crm.salutation_line('CT000003', 'casual');

-- Web sources and comments
INSERT INTO crm.web_source (web_source_code, url) VALUES ('find', 'https://find.example/?q=%1'), ('NONE', ' ');
INSERT INTO crm.contact_web_source (contact_id, web_source_code, search_word) SELECT contact_id, code, 'acme' FROM c, unnest('{FIND,NONE}'::text[]) AS code WHERE name = 'Acme';
SELECT crm.web_source_url('CT000001', 'FIND');
SELECT crm.web_source_url('CT000001', 'NONE');
SELECT crm.web_source_url('CT000002', 'FIND');
INSERT INTO crm.comment_line (contact_id, comment_text) SELECT contact_id, 'first' FROM c WHERE name = 'Acme' RETURNING comment_date;
INSERT INTO crm.comment_line (contact_id, comment_text) SELECT contact_id, 'second' FROM c WHERE name = 'Acme' RETURNING comment_date;
ROLLBACK;
