-- Salutations and their formulas (domain/1 section 5, E9)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(22);
INSERT INTO crm.salutation (salutation_code, description) VALUES ('MR', 'Mister'), ('JOB', 'By job'), ('EMPTY', 'No text'), ('LONG', 'Five names');
INSERT INTO crm.salutation_formula (salutation_code, language_code, formality, formula, name_1, name_2, name_3, name_4, name_5) VALUES
	('MR', '', 'formal', 'Dear Mr. %1 %2 %3,', 'first name', 'middle name', 'surname', NULL, NULL),
	('MR', '', 'informal', 'Hi %1,', 'first name', NULL, NULL, NULL, NULL),
	('MR', 'ROM', 'formal', 'Stimate domnule %1,', 'surname', NULL, NULL, NULL, NULL),
	('JOB', '', 'formal', 'Dear %1 %2 of %3', 'job title', 'initials', 'company name', NULL, NULL),
	('EMPTY', '', 'formal', '', NULL, NULL, NULL, NULL, NULL),
	('LONG', '', 'formal', '%1 %2 %3 %4 %5!', 'company name', 'first name', 'middle name', 'surname', 'job title');
INSERT INTO crm.contact (contact_no, name) VALUES ('C', 'Cronus'), ('BIG', repeat('x', 300));
INSERT INTO crm.contact (contact_no, contact_type, first_name, middle_name, surname, salutation_code) VALUES
	('FULL', 'person', 'John', 'Q', 'Doe', 'MR'), ('NOMID', 'person', 'John', NULL, 'Doe', 'MR'), ('FIRST', 'person', 'John', NULL, NULL, 'MR'),
	('NONE', 'person', 'John', NULL, 'Doe', NULL), ('EMPTY', 'person', 'John', NULL, 'Doe', 'EMPTY');
INSERT INTO crm.contact (contact_no, contact_type, name, company_id, job_title, initials, salutation_code)
	SELECT 'JOB', 'person', 'Ann Lee', contact_id, 'Director', 'AL', 'JOB' FROM crm.contact WHERE contact_no = 'C';
UPDATE crm.contact SET salutation_code = 'LONG' WHERE contact_no = 'BIG';

SELECT is(crm.salutation_line('FULL'), 'Dear Mr. John Q Doe,', 'all names');
SELECT is(crm.salutation_line('NOMID'), 'Dear Mr. John Doe,', 'a missing name in the middle');
SELECT is(crm.salutation_line('FIRST'), 'Dear Mr. John,', '[REC] a missing name at the end leaves no blank');
SELECT is(crm.salutation_line('FULL', 'informal'), 'Hi John,', 'informal');
SELECT is(crm.salutation_line('FULL', 'formal', 'ROM'), 'Stimate domnule Doe,', 'in a given language');
SELECT is(crm.salutation_line('FULL', 'formal', 'DEU'), 'Dear Mr. John Q Doe,', '[REC] a language without a formula uses the blank one');
UPDATE crm.contact SET language_code = 'ROM' WHERE contact_no = 'NOMID';
SELECT is(crm.salutation_line('NOMID'), 'Stimate domnule Doe,', 'in the contact''s language');
SELECT is(crm.salutation_line('NOMID', 'informal'), 'Hi John,', '... falling back per formality');
SELECT is(crm.salutation_line('JOB'), 'Dear Director AL of Cronus', 'job title, initials and company name');
SELECT is(length(crm.salutation_line('BIG')), 260, 'a line has at most 260 characters');
SELECT throws_ok($$SELECT crm.salutation_line('JOB', 'informal')$$, 'P0002', NULL, 'E9: no formula for the formality');
SELECT throws_ok($$SELECT crm.salutation_line('NONE')$$, 'P0002', NULL, 'E9: no salutation');
SELECT throws_ok($$SELECT crm.salutation_line('EMPTY')$$, 'P0002', NULL, 'E9: a formula without text');
SELECT throws_ok($$SELECT crm.salutation_line('NOBODY')$$, '42704', NULL, 'no such contact');
SELECT throws_ok($$SELECT crm.salutation_line('FULL', 'casual')$$, '22023', NULL, 'formal or informal');

SELECT throws_ok($$INSERT INTO crm.salutation_formula (salutation_code, formality, formula) VALUES ('JOB', 'informal', repeat('x', 51))$$, '23514', NULL,
	'a formula has at most 50 characters');
SELECT throws_ok($$INSERT INTO crm.salutation_formula (salutation_code, formality, name_1) VALUES ('JOB', 'informal', 'nickname')$$, '23514', NULL, 'names are known');
SELECT throws_ok($$DELETE FROM crm.salutation WHERE salutation_code = 'MR'$$, '23503', NULL, 'a salutation in use stays');
UPDATE crm.contact SET salutation_code = NULL WHERE salutation_code = 'MR';
DELETE FROM crm.salutation WHERE salutation_code = 'MR';
SELECT is_empty($$SELECT FROM crm.salutation_formula WHERE salutation_code = 'MR'$$, 'formulas go with their salutation');
SELECT lives_ok($$UPDATE crm.salutation SET salutation_code = 'TITLE' WHERE salutation_code = 'JOB'$$, 'a salutation is renamed');
SELECT is(crm.salutation_line('JOB'), 'Dear Director AL of Cronus', '... and still works');

-- Women's day: greeting female persons
INSERT INTO crm.salutation VALUES ('MS', '');
INSERT INTO crm.salutation_formula (salutation_code, formality, formula, name_1) VALUES ('MS', 'informal', 'Happy 8 March, %1!', 'first name');
UPDATE crm.contact SET gender = 'female', salutation_code = 'MS' WHERE contact_no = 'JOB';
SELECT results_eq($$SELECT crm.salutation_line(contact_no, 'informal') FROM crm.contact WHERE gender = 'female'$$, $$VALUES ('Happy 8 March, Ann!')$$, '8 March');

SELECT * FROM finish();
ROLLBACK;
