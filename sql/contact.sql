-- The contact's own row: numbers, types, names, defaults, privacy, checks, and rows that are taken as they are
SET client_min_messages = warning;
BEGIN;
CREATE EXTENSION IF NOT EXISTS crm;
\set ON_ERROR_ROLLBACK on

-- E25: no number and no series
INSERT INTO crm.contact (name) VALUES ('Nobody');
SELECT crm.create_number_series('contacts', 'C008', 'Contacts');
UPDATE crm.setup SET contact_number_series_code = 'contacts';
INSERT INTO crm.salesperson (salesperson_code, privacy_blocked) VALUES ('sp1', false), ('GONE', true);
UPDATE crm.setup SET default_salesperson_code = 'SP1', default_country_code = 'ro', default_language_code = 'rom';

-- Blanks are filled, blank texts are nulls, codes are in upper case
INSERT INTO crm.contact (contact_no, name, city, vat_registration_no) VALUES (' c009 ', '  Acme SRL ', '', ' ro123 ');
INSERT INTO crm.contact (name) VALUES ('Beta'), ('Gamma');
INSERT INTO crm.contact (first_name, surname) VALUES ('Ana', 'Pop');
INSERT INTO crm.contact (contact_type, name) VALUES ('person', 'Ana Maria  de Ion'), ('person', '');
\pset null -
SELECT contact_no, contact_type, name, search_name, first_name, middle_name, surname, company_no, company_name, city, vat_registration_no
FROM crm.contact ORDER BY contact_id;
SELECT DISTINCT salesperson_code, country_code, language_code, format_region, last_modified_at = now() AS stamped FROM crm.contact;

-- A row that brings last_modified_at is taken as it is; only what derives from other columns is filled
INSERT INTO crm.contact (contact_type, name, salesperson_code, minor, privacy_blocked, last_modified_at) VALUES ('person', 'Old Row', 'GONE', true, true, '2020-01-01');
SELECT contact_no, name, first_name, surname, search_name, salesperson_code, country_code, last_modified_at = '2020-01-01' AS as_given
FROM crm.contact WHERE name = 'Old Row';

-- Updates
UPDATE crm.contact SET surname = 'Popescu' WHERE first_name = 'Ana' AND surname = 'Pop' RETURNING name, search_name;
UPDATE crm.contact SET name = 'Ion  Marin' WHERE name = 'Ana Popescu' RETURNING first_name, surname, search_name;
UPDATE crm.contact SET name = 'Both Given', surname = 'Other' WHERE name = 'Ion  Marin' RETURNING name, first_name, surname;
UPDATE crm.contact SET last_modified_at = '2020-01-01' WHERE name = 'Beta' RETURNING last_modified_at = '2020-01-01' AS as_given;
UPDATE crm.contact SET city = 'Iasi' WHERE name = 'Beta' RETURNING last_modified_at = now() AS stamped;

-- Errors
INSERT INTO crm.contact (name, salesperson_code) VALUES ('X', 'GONE');
\set VERBOSITY terse
UPDATE crm.contact SET phone_no = '12a' WHERE name = 'Beta';
\set VERBOSITY default
UPDATE crm.contact SET contact_id = 77 WHERE name = 'Beta';
UPDATE crm.contact SET company_id = (SELECT contact_id FROM crm.contact WHERE name = 'Gamma') WHERE name = 'Beta';
UPDATE crm.contact SET contact_no = 'C009' WHERE name = 'Beta';
UPDATE crm.number_series SET manual_numbers = false;
UPDATE crm.contact SET contact_no = 'MINE' WHERE name = 'Beta';

-- Privacy
UPDATE crm.contact SET minor = true WHERE name = 'Both Given' RETURNING privacy_blocked;
UPDATE crm.contact SET privacy_blocked = false WHERE name = 'Both Given';
UPDATE crm.contact SET parental_consent_received = true, privacy_blocked = false WHERE name = 'Both Given' RETURNING privacy_blocked;
UPDATE crm.contact SET privacy_blocked = false WHERE name = 'Both Given' RETURNING privacy_blocked;
UPDATE crm.contact SET minor = false WHERE name = 'Both Given' RETURNING parental_consent_received, privacy_blocked;

-- Renaming a blocked salesperson is no assignment
UPDATE crm.salesperson SET salesperson_code = 'GONE2' WHERE salesperson_code = 'GONE';
SELECT name, salesperson_code FROM crm.contact WHERE salesperson_code = 'GONE2';

-- Triggers are triggers
SELECT crm_data.contact_insert();
ROLLBACK;
