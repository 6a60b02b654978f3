-- Names, fields and insert defaults of contacts (domain/1 sections 2.1 to 2.3, E1, E2)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(46);
CREATE FUNCTION parts(text) RETURNS text LANGUAGE sql BEGIN ATOMIC
	SELECT concat_ws('|', coalesce(first_name, '-'), coalesce(middle_name, '-'), coalesce(surname, '-')) FROM crm.contact WHERE contact_no = $1;
END;

-- Splitting
INSERT INTO crm.contact (contact_no, contact_type, name) VALUES ('P1', 'person', 'Ion Popescu'), ('P2', 'person', 'Ana Maria de Ion'),
	('P3', 'person', 'Cher'), ('P4', 'person', '  Ion   Popescu '), ('P5', 'person', repeat('x', 40) || ' ' || repeat('y', 40)),
	('P6', 'person', 'a b c');
INSERT INTO crm.contact (contact_no, name) VALUES ('C1', 'Ion Popescu SRL');
SELECT is(parts('P1'), 'Ion|-|Popescu', 'two words: first name and surname');
SELECT is(parts('P2'), 'Ana Maria|de|Ion', 'the last is the surname, the one before the middle name');
SELECT is(parts('P3'), 'Cher|-|-', 'one word is a first name');
SELECT is(parts('P4'), 'Ion|-|Popescu', '[REC] blanks around and between do not count');
SELECT is(parts('P5'), repeat('x', 30) || '|-|' || repeat('y', 30), 'parts are cut at 30 characters');
SELECT is(parts('P6'), 'a|b|c', 'three words');
SELECT is(parts('C1'), '-|-|-', 'companies have no parts');
UPDATE crm.contact SET name = 'Maria Ionescu' WHERE contact_no = 'P2';
SELECT is(parts('P2'), 'Maria|-|Ionescu', 'a new name is split anew');

-- Joining
UPDATE crm.contact SET middle_name = 'Vasile' WHERE contact_no = 'P1';
SELECT is((SELECT name FROM crm.contact WHERE contact_no = 'P1'), 'Ion Vasile Popescu', 'a part that changes changes the name');
UPDATE crm.contact SET first_name = NULL, middle_name = NULL WHERE contact_no = 'P1';
SELECT is((SELECT name FROM crm.contact WHERE contact_no = 'P1'), 'Popescu', 'blank parts leave no blanks');
SELECT is(parts('P1'), '-|-|Popescu', '... and the parts stay as they were given');
INSERT INTO crm.contact (contact_no, contact_type, first_name, surname) VALUES ('P7', 'person', 'Dan', 'Radu');
SELECT is((SELECT name FROM crm.contact WHERE contact_no = 'P7'), 'Dan Radu', 'a person given in parts gets its name');
UPDATE crm.contact SET first_name = repeat('a', 30), middle_name = repeat('b', 30), surname = repeat('c', 30) WHERE contact_no = 'P7';
SELECT is((SELECT length(name) FROM crm.contact WHERE contact_no = 'P7'), 92, 'a joined name has at most 92 characters');

-- Search name
SELECT is((SELECT search_name FROM crm.contact WHERE contact_no = 'C1'), 'ION POPESCU SRL', 'the search name is the name in upper case');
UPDATE crm.contact SET name = 'Popescu & Co' WHERE contact_no = 'C1';
SELECT is((SELECT search_name FROM crm.contact WHERE contact_no = 'C1'), 'POPESCU & CO', '... and follows it');
UPDATE crm.contact SET search_name = 'POP' WHERE contact_no = 'C1';
UPDATE crm.contact SET name = 'Popescu Group' WHERE contact_no = 'C1';
SELECT is((SELECT search_name FROM crm.contact WHERE contact_no = 'C1'), 'POP', '... until a user gives another');
UPDATE crm.contact SET search_name = NULL WHERE contact_no = 'C1';
UPDATE crm.contact SET name = 'Popescu Holding' WHERE contact_no = 'C1';
SELECT is((SELECT search_name FROM crm.contact WHERE contact_no = 'C1'), 'POPESCU HOLDING', '... or takes it away');
UPDATE crm.contact SET surname = 'Marin' WHERE contact_no = 'P4';
SELECT is((SELECT search_name FROM crm.contact WHERE contact_no = 'P4'), 'ION MARIN', 'the search name follows a joined name');

-- Company name
SELECT is((SELECT company_name FROM crm.contact WHERE contact_no = 'C1'), 'Popescu Holding', 'a company bears its own name as company name');
SELECT is((SELECT company_id = contact_id FROM crm.contact WHERE contact_no = 'C1'), true, 'a company is its own company');
INSERT INTO crm.contact (contact_no, contact_type, name, company_id)
	SELECT 'P8', 'person', 'Rita Pop', contact_id FROM crm.contact WHERE contact_no = 'C1';
SELECT is((SELECT company_name FROM crm.contact WHERE contact_no = 'P8'), 'Popescu Holding', 'a person bears its company''s');
UPDATE crm.contact SET name = 'Popescu SA' WHERE contact_no = 'C1';
SELECT is((SELECT company_name FROM crm.contact WHERE contact_no = 'P8'), 'Popescu SA', '... and follows a rename');

-- Checks
SELECT throws_ok($$UPDATE crm.contact SET phone_no = '0040 21 CALL' WHERE contact_no = 'C1'$$, '23514', NULL, 'E1: no letters in a phone number');
SELECT throws_ok($$UPDATE crm.contact SET mobile_phone_no = '07x' WHERE contact_no = 'C1'$$, '23514', NULL, 'E1: nor in a mobile number');
SELECT throws_ok($$UPDATE crm.contact SET phone_no = '021 ă' WHERE contact_no = 'C1'$$, '23514', NULL, 'E1: letters of any alphabet');
SELECT lives_ok($$UPDATE crm.contact SET phone_no = '+40 (21) 123-45/67', mobile_phone_no = '0722.123.456' WHERE contact_no = 'C1'$$, 'signs are fine');
SELECT throws_ok($$UPDATE crm.contact SET registration_no = repeat('1', 21) WHERE contact_no = 'C1'$$, '23514', NULL, 'E2: registration number too long');
SELECT lives_ok($$UPDATE crm.contact SET registration_no = repeat('1', 20) WHERE contact_no = 'C1'$$, 'E2: 20 characters are fine');
SELECT throws_ok($$UPDATE crm.contact SET email = 'nobody' WHERE contact_no = 'C1'$$, '23514', NULL, 'an e-mail address has an @');
SELECT throws_ok($$UPDATE crm.contact SET email_2 = 'a@b@c' WHERE contact_no = 'C1'$$, '23514', NULL, '... just one');
SELECT throws_ok($$UPDATE crm.contact SET gender = 'F' WHERE contact_no = 'P1'$$, '23514', NULL, 'genders are female, male, other');
SELECT lives_ok($$UPDATE crm.contact SET gender = 'female', birth_date = '1990-03-08' WHERE contact_no = 'P2'$$, 'gender and birth date are kept');
SELECT throws_ok($$UPDATE crm.contact SET birth_date = 'infinity' WHERE contact_no = 'P2'$$, '23514', NULL, 'nobody is born at infinity');
SELECT throws_ok($$UPDATE crm.contact SET contact_type = 'robot' WHERE contact_no = 'P2'$$, '23514', NULL, 'companies and persons only');
SELECT throws_ok($$UPDATE crm.contact SET correspondence_type = 'fax' WHERE contact_no = 'P2'$$, '23514', NULL, 'correspondence is hard copy or email');
UPDATE crm.contact SET vat_registration_no = 'ro123456' WHERE contact_no = 'C1';
SELECT is((SELECT vat_registration_no FROM crm.contact WHERE contact_no = 'C1'), 'RO123456', 'VAT numbers are upper case');
SELECT is((SELECT contact_type FROM crm.contact WHERE contact_no = 'C1'), 'company', 'the default type is company');

-- Last modified
CREATE FUNCTION age_all() RETURNS void LANGUAGE sql SET session_replication_role = replica AS $$ UPDATE crm_data.contact SET last_modified_at = '2020-01-01' $$;
SELECT isnt((SELECT last_modified_at FROM crm.contact WHERE contact_no = 'C1'), NULL, 'a contact is stamped');
SELECT age_all();
UPDATE crm.contact SET city = 'Iasi' WHERE contact_no = 'C1';
SELECT is((SELECT last_modified_at FROM crm.contact WHERE contact_no = 'C1'), now(), 'a change is stamped');
SELECT is((SELECT last_modified_at FROM crm.contact WHERE contact_no = 'P3'), timestamptz '2020-01-01', '... on the contact that changed');

-- Insert defaults (2.2)
INSERT INTO crm.salesperson (salesperson_code, user_name) VALUES ('S', NULL), ('T', NULL);
INSERT INTO crm.territory VALUES ('EST'), ('VEST');
UPDATE crm.setup SET default_salesperson_code = 'S', default_territory_code = 'EST', default_country_code = 'RO', default_language_code = 'ROM',
	default_format_region = 'ro-RO', default_correspondence_type = 'email', default_company_salutation_code = 'COMPANY', default_person_salutation_code = 'UNISEX';
INSERT INTO crm.contact (contact_no, name) VALUES ('C2', 'Defaults');
SELECT results_eq($$SELECT salesperson_code, territory_code, country_code, language_code, format_region, correspondence_type, salutation_code
	FROM crm.contact WHERE contact_no = 'C2'$$, $$VALUES ('S', 'EST', 'RO', 'ROM', 'ro-RO', 'email', 'COMPANY')$$, 'blank fields are filled from the setup');
INSERT INTO crm.contact (contact_no, name, salesperson_code, territory_code, country_code, language_code, format_region, correspondence_type, salutation_code)
	VALUES ('C3', 'Given', 'T', 'VEST', 'MD', 'RUS', 'ru-MD', 'hard copy', 'UNISEX');
SELECT results_eq($$SELECT salesperson_code, territory_code, country_code, language_code, format_region, correspondence_type, salutation_code
	FROM crm.contact WHERE contact_no = 'C3'$$, $$VALUES ('T', 'VEST', 'MD', 'RUS', 'ru-MD', 'hard copy', 'UNISEX')$$,
	'given values win, [REC] a company''s salutation too');
INSERT INTO crm.contact (contact_no, contact_type, name) VALUES ('P9', 'person', 'Alone');
SELECT is((SELECT salutation_code FROM crm.contact WHERE contact_no = 'P9'), 'UNISEX', 'persons get the salutation of persons');
INSERT INTO crm.contact (contact_no, contact_type, name, company_id)
	SELECT 'P10', 'person', 'With company', contact_id FROM crm.contact WHERE contact_no = 'C3';
SELECT results_eq($$SELECT salesperson_code, territory_code, country_code, language_code, format_region FROM crm.contact WHERE contact_no = 'P10'$$,
	$$VALUES ('T', 'VEST', 'MD', 'RUS', 'ru-MD')$$, 'inheritance wins over defaults');
UPDATE crm.salesperson SET user_name = session_user WHERE salesperson_code = 'T';
INSERT INTO crm.contact (contact_no, name) VALUES ('C4', 'Mine');
SELECT is((SELECT salesperson_code FROM crm.contact WHERE contact_no = 'C4'), 'T', 'the user''s own salesperson beats the setup''s');
INSERT INTO crm.contact (contact_no, name, salesperson_code) VALUES ('C5', 'Not mine', 'S');
SELECT is((SELECT salesperson_code FROM crm.contact WHERE contact_no = 'C5'), 'S', '... but not a given one');

SELECT * FROM finish();
ROLLBACK;
