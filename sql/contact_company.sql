-- Persons and companies: association by name, what is handed down, type changes, and the history that stays
SET client_min_messages = warning;
BEGIN;
CREATE EXTENSION IF NOT EXISTS crm;
\set ON_ERROR_ROLLBACK on
SELECT crm.install_defaults();
\pset null -
INSERT INTO crm.contact (name, email, address, city, county) VALUES ('Acme SRL', 'a@x', 'Street 1', 'Iasi', 'IS'), ('Acme Group', 'g@x', 'Street 2', 'Cluj', 'CJ');

-- A company name that is typed finds the company, or says why not
INSERT INTO crm.contact (contact_type, name, company_name) VALUES ('person', 'Ana Pop', 'acme srl') RETURNING company_no, company_name, email, address;
INSERT INTO crm.contact (contact_type, name, company_name) VALUES ('person', 'Dan Radu', 'acme');
INSERT INTO crm.contact (contact_type, name, company_name) VALUES ('person', 'Dan Radu', 'Zeta');
UPDATE crm.contact SET company_name = 'ct000002' WHERE name = 'Ana Pop' RETURNING company_no, company_name, email, city, county;
UPDATE crm.contact SET company_name = company_name, city = city WHERE name = 'Ana Pop' RETURNING company_no;
UPDATE crm.contact SET company_name = '' WHERE name = 'Ana Pop' RETURNING company_no, company_name, city;

-- The company's changes reach who shares the old value, in one statement each, and stop there
UPDATE crm.contact SET company_name = 'CT000001' WHERE name = 'Ana Pop';
INSERT INTO crm.contact (contact_type, name, company_name, email) VALUES ('person', 'Dan Radu', 'CT000001', 'dan@x');
UPDATE crm.contact SET name = 'Acme SA', email = 'office@x', county = 'B' WHERE contact_no = 'CT000001';
SELECT name, company_name, email, address, city, county FROM crm.contact WHERE contact_type = 'person' ORDER BY name;
UPDATE crm.contact SET phone_no = '1' WHERE contact_no = 'CT000001';
SELECT name, phone_no FROM crm.contact WHERE contact_type = 'person' ORDER BY name;

-- History: leaving stays with the company, joining brings it along
CREATE TEMP VIEW history AS SELECT i.description, c.name AS contact, o.name AS company FROM crm_data.interaction AS i
	LEFT JOIN crm_data.contact AS c USING (contact_id) LEFT JOIN crm_data.contact AS o ON o.contact_id = i.company_id ORDER BY i.interaction_id;
INSERT INTO crm.contact (contact_type, name) VALUES ('person', 'Free Lance');
INSERT INTO crm_data.interaction (contact_id, company_id, description) SELECT contact_id, company_id, name FROM crm.contact ORDER BY contact_id;
UPDATE crm.contact SET company_name = 'Acme Group' WHERE name IN ('Ana Pop', 'Free Lance');
TABLE history;

-- E5
UPDATE crm.contact SET contact_type = 'person' WHERE name = 'Acme SA';
UPDATE crm.contact SET contact_type = 'company' WHERE name = 'Free Lance';
DELETE FROM crm_data.interaction WHERE description IN ('Free Lance', 'Acme Group');
UPDATE crm.contact SET contact_type = 'person' WHERE name = 'Acme Group';
UPDATE crm.contact SET contact_type = 'company', job_title = 'CEO' WHERE name = 'Free Lance' RETURNING first_name, surname, job_title, company_no, company_name, salutation_code;
UPDATE crm.contact SET contact_type = 'person', company_name = 'Acme SA' WHERE name = 'Free Lance' RETURNING first_name, surname, company_no, email;

-- A person's company is a company
UPDATE crm.contact SET company_id = (SELECT contact_id FROM crm.contact WHERE name = 'Ana Pop') WHERE name = 'Dan Radu';

-- Deleting
DELETE FROM crm.contact WHERE name = 'Dan Radu';
TABLE history;
DELETE FROM crm.contact WHERE name = 'Acme SA';
TABLE history;
SELECT name FROM crm.contact ORDER BY name;
ROLLBACK;
