-- Setup singleton, number series, work date, reference data (domain/1 sections 1 and 15, E25)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT plan(55);

-- The setup is one row that exists from the start
SELECT is((SELECT count(*) FROM crm.setup), 1::bigint, 'a fresh installation has one setup row');
SELECT ok(inherit_salesperson AND inherit_territory AND inherit_country AND inherit_language AND inherit_format_region
	AND inherit_address AND inherit_communication, 'all seven inheritance flags are on by default') FROM crm.setup;
SELECT is(concat(customer_relation_code, vendor_relation_code, bank_account_relation_code, employee_relation_code,
	contact_number_series_code), '', 'relation codes and number series are blank by default') FROM crm.setup;
SELECT lives_ok($$INSERT INTO crm_data.setup (default_country_code) VALUES ('RO')$$, 'inserting into the setup is no conflict');
SELECT is((SELECT array_agg(default_country_code) FROM crm.setup), ARRAY['RO'], '... the new row replaces the old one');
SELECT throws_ok($$INSERT INTO crm_data.setup (setup_id) VALUES (2)$$, '23514', NULL, 'no second setup row');
SELECT throws_ok($$UPDATE crm.setup SET attachment_storage = 'location'$$, '23514', NULL, 'storage by location needs a location');
SELECT lives_ok($$UPDATE crm.setup SET attachment_storage = 'location', attachment_location = '/var/crm'$$, '... and takes one');
SELECT throws_ok($$UPDATE crm.setup SET log_document_on = 'tomorrow'$$, '23514', NULL, 'documents are dated by posting or work date');
SELECT throws_ok($$UPDATE crm.setup SET default_salesperson_code = 'XX'$$, '23503', NULL, 'an unknown default salesperson is refused');
INSERT INTO crm_data.setup DEFAULT VALUES;

-- Numbers. E25: no number and no series. Assumption: 55000, as lastval() without nextval()
SELECT throws_ok($$INSERT INTO crm.contact (name) VALUES ('No number')$$, '55000', NULL, 'E25: no number without a number series');
SELECT is_empty('SELECT FROM crm.contact', '... and no contact');
SELECT lives_ok($$INSERT INTO crm.contact (contact_no, name) VALUES ('X1', 'Own number')$$, 'a given number needs no series');
SELECT throws_ok($$INSERT INTO crm.contact (contact_no, name) VALUES ('X1', 'Again')$$, '23505', NULL, 'numbers are unique');
SELECT lives_ok($$SELECT crm.create_number_series('T', 'A0098', 'Test')$$, 'a number series is made');
SELECT is(crm.next_no('T'), 'A0098', 'the first number is the starting number');
SELECT is(crm.next_no('T'), 'A0099', 'then the next');
SELECT is(crm.next_no('T'), 'A0100', 'digits carry over');
SELECT throws_ok($$SELECT crm.create_number_series('T', 'B1')$$, '23505', NULL, 'a series code is unique');
SELECT throws_ok($$SELECT crm.create_number_series('U', 'ABC')$$, '22023', NULL, 'a starting number ends in digits');
SELECT throws_ok($$SELECT crm.create_number_series('U', NULL)$$, '22004', NULL, 'a starting number is required');
SELECT throws_ok($$SELECT crm.next_no('NONE')$$, '42704', NULL, 'an unknown series is an error');
SELECT throws_ok($$UPDATE crm.setup SET contact_number_series_code = 'NONE'$$, '23503', NULL, 'the setup names an existing series');

-- Reference data
SELECT lives_ok('SELECT crm.install_defaults()', 'reference data is installed');
SELECT results_eq('SELECT customer_relation_code, vendor_relation_code, bank_account_relation_code, employee_relation_code FROM crm.setup',
	$$VALUES ('CUST', 'VEND', 'BANK', 'EMP')$$, 'the setup knows the four relation codes');
SELECT bag_eq('SELECT business_relation_code FROM crm.business_relation',
	ARRAY['CUST', 'VEND', 'BANK', 'EMP', 'PROSPECT', 'COMPETITOR'], 'business relations');
SELECT bag_has('SELECT industry_group_code FROM crm.industry_group', $$VALUES ('ADVERT'), ('LAWYER'), ('MAN'), ('PRESS'), ('RET'), ('WHOLE')$$, 'industry groups');
SELECT bag_has('SELECT mailing_group_code FROM crm.mailing_group', $$VALUES ('X-CARD'), ('X-GIFT')$$, 'mailing groups');
SELECT bag_has('SELECT organizational_level_code FROM crm.organizational_level',
	$$VALUES ('CEO'), ('CFO'), ('MANA'), ('J-MANA'), ('SENMAN'), ('SALEMP')$$, 'organisational levels');
SELECT bag_has('SELECT job_responsibility_code FROM crm.job_responsibility',
	$$VALUES ('APR'), ('ARR'), ('MARKETING'), ('PURCHASE'), ('SALE')$$, 'job responsibilities');
SELECT bag_has('SELECT salutation_code FROM crm.salutation',
	$$VALUES ('COMPANY'), ('F'), ('F-JOB'), ('F-MAR'), ('F-UMAR'), ('M'), ('M-JOB'), ('UNISEX')$$, 'salutations');
SELECT bag_has('SELECT interaction_group_code FROM crm.interaction_group',
	$$VALUES ('LETTER'), ('MEETING'), ('PHONE'), ('PURCHASES'), ('SALES'), ('SYSTEM')$$, 'interaction groups');
SELECT bag_has('SELECT interaction_template_code, unit_cost::numeric, unit_duration_minutes::numeric, information_flow FROM crm.interaction_template',
	$$VALUES ('ABSTRACT', 8.0, 90.0, 'outbound'), ('BUS', 8, 30, 'outbound'), ('INCOME', 0, 15, 'inbound'), ('OUTGOING', 1, 15, 'outbound')$$,
	'templates with their cost and duration');
SELECT bag_has('SELECT interaction_template_code, unit_cost::numeric, unit_duration_minutes::numeric FROM crm.interaction_template',
	$$VALUES ('INHOUSE', 25.0, 120.0), ('ONSITE', 45, 180)$$, 'meetings cost more');
SELECT is_empty($$SELECT purpose FROM crm_data.interaction_purpose WHERE side <> 'none'
	EXCEPT SELECT purpose FROM crm.interaction_template_setup$$, 'every document purpose has a template');
SELECT is_empty($$SELECT * FROM crm.interaction_template_setup JOIN crm.interaction_template USING (interaction_template_code)
	JOIN crm_data.interaction_purpose USING (purpose)
	WHERE side <> 'none' AND (unit_cost, unit_duration_minutes, information_flow, initiated_by, ignore_contact_correspondence)
		IS DISTINCT FROM (8.00, 1, 'outbound', 'us', false) OR side <> 'none' AND correspondence_type IS NOT NULL$$,
	'document templates: 8.00, 1 minute, outbound, us, no correspondence');
UPDATE crm.business_relation SET description = 'My customers' WHERE business_relation_code = 'CUST';
UPDATE crm.setup SET default_country_code = 'RO';
CREATE TEMP TABLE before AS SELECT (SELECT count(*) FROM crm.interaction_template) AS templates,
	(SELECT count(*) FROM crm.salutation_formula) AS formulas, (SELECT count(*) FROM crm.number_series) AS series;
SELECT lives_ok('SELECT crm.install_defaults()', 'installing the reference data again is harmless');
SELECT results_eq('SELECT (SELECT count(*) FROM crm.interaction_template), (SELECT count(*) FROM crm.salutation_formula), (SELECT count(*) FROM crm.number_series)',
	'TABLE before', '... adds nothing');
SELECT results_eq($$SELECT description, default_country_code FROM crm.business_relation, crm.setup WHERE business_relation_code = 'CUST'$$,
	$$VALUES ('My customers', 'RO')$$, '... and keeps what users changed');

-- Contact numbers
INSERT INTO crm.contact (name) VALUES ('One'), ('Two');
SELECT results_eq($$SELECT contact_no FROM crm.contact WHERE name IN ('One', 'Two') ORDER BY name$$,
	$$VALUES ('CT000001'), ('CT000002')$$, 'contacts are numbered from the series');
INSERT INTO crm.contact (contact_no, name) VALUES ('CT000003', 'By hand');
SELECT lives_ok($$INSERT INTO crm.contact (name) VALUES ('Three')$$, 'the generator meets a number given by hand');
SELECT is((SELECT contact_no FROM crm.contact WHERE name = 'Three'), 'CT000004', '... and skips it');
UPDATE crm.number_series SET manual_numbers = false WHERE number_series_code = (SELECT contact_number_series_code FROM crm.setup);
-- Assumption: 428C9, as a value given for a column that is GENERATED ALWAYS
SELECT throws_ok($$INSERT INTO crm.contact (contact_no, name) VALUES ('MINE', 'By hand')$$, '428C9', NULL,
	'a series without manual numbers refuses a given number');
SELECT is((SELECT count(*) FROM crm.contact WHERE contact_no = 'MINE'), 0::bigint, '... and nothing is inserted');
SELECT lives_ok($$INSERT INTO crm.contact (name) VALUES ('Four')$$, '... but still generates');

-- Renaming a relation code renames it in the setup
UPDATE crm.setup SET vendor_relation_code = 'CUST', bank_account_relation_code = 'CUST', employee_relation_code = 'CUST';
UPDATE crm.business_relation SET business_relation_code = 'CLIENT' WHERE business_relation_code = 'CUST';
SELECT results_eq('SELECT customer_relation_code, vendor_relation_code, bank_account_relation_code, employee_relation_code FROM crm.setup',
	$$VALUES ('CLIENT', 'CLIENT', 'CLIENT', 'CLIENT')$$, 'all four setup codes follow a rename');
SELECT throws_ok($$DELETE FROM crm.business_relation WHERE business_relation_code = 'CLIENT'$$, '23503', NULL, 'a code in the setup cannot be deleted');

-- The work date
SELECT is(crm.work_date(), (now() AT TIME ZONE 'UTC')::date, 'the work date is today in the time zone of the setup');
UPDATE crm.setup SET time_zone = 'Pacific/Kiritimati';
SELECT is(crm.work_date(), (now() AT TIME ZONE 'Pacific/Kiritimati')::date, '... wherever that is');
SET LOCAL timezone = 'America/Los_Angeles';
SELECT is(crm.work_date(), (now() AT TIME ZONE 'Pacific/Kiritimati')::date, '... whatever the time zone of the session');
SET LOCAL crm.work_date = '2026-03-08';
SELECT is(crm.work_date(), date '2026-03-08', 'a session may set its work date');
SELECT throws_ok($$SET crm.work_date = 'eighth of never'$$, '22023', NULL, 'the work date is a date');
SELECT throws_ok($$SET crm.work_date = '2026-02-30'$$, '22023', NULL, '... that exists');
SET LOCAL crm.work_date = '';
SELECT is(crm.work_date(), (now() AT TIME ZONE 'Pacific/Kiritimati')::date, 'a blank work date is today');
SELECT is(current_setting('crm.user_email'), '', 'the login e-mail is blank by default');

SELECT * FROM finish();
ROLLBACK;
