-- Classifying contacts: code lists, the touch rule, comments, web sources (domain/1 section 4, E11)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(40);
CREATE FUNCTION age_all() RETURNS void LANGUAGE sql SET session_replication_role = replica AS $$ UPDATE crm_data.contact SET last_modified_at = '2020-01-01' $$;
-- Which contacts did that statement touch? Ages them again for the next question
CREATE FUNCTION touched() RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(name, ' ' ORDER BY name), '') FROM crm.contact WHERE last_modified_at = now() $$;
INSERT INTO crm.contact (contact_id, name) VALUES (1001, 'A'), (1002, 'B');
INSERT INTO crm.contact (contact_id, contact_type, name, company_id) VALUES (1003, 'person', 'P', 1001);

-- Touch rule
SELECT age_all(); INSERT INTO crm.contact_industry_group (contact_id, industry_group_code) VALUES (1001, 'RET');
SELECT is(touched(), 'A', 'a new industry group touches the contact');
SELECT age_all(); UPDATE crm.contact_industry_group SET industry_group_code = 'MAN' WHERE contact_id = 1001;
SELECT is(touched(), 'A', '... a changed one too');
SELECT age_all(); UPDATE crm.contact_industry_group SET contact_id = 1002;
SELECT is(touched(), 'A B', '... a moved one both');
SELECT age_all(); DELETE FROM crm.contact_industry_group;
SELECT is(touched(), 'B', '... a removed one too');
SELECT age_all(); INSERT INTO crm.contact_mailing_group (contact_id, mailing_group_code) VALUES (1002, 'X-CARD');
SELECT is(touched(), 'B', 'a mailing group touches');
SELECT age_all(); DELETE FROM crm.contact_mailing_group;
SELECT is(touched(), 'B', '... also when removed');
SELECT age_all(); INSERT INTO crm.contact_job_responsibility (contact_id, job_responsibility_code) VALUES (1003, 'SALE');
SELECT is(touched(), 'P', 'a job responsibility touches');
SELECT age_all(); INSERT INTO crm.contact_alt_address (contact_id, alt_address_code) VALUES (1001, 'SEA');
SELECT is(touched(), 'A', 'an alternative address touches');
SELECT age_all(); UPDATE crm.contact_alt_address SET city = 'Mangalia';
SELECT is(touched(), 'A', '... also when changed');
SELECT age_all(); INSERT INTO crm.contact_alt_address_date_range (contact_id, starting_date, alt_address_code) VALUES (1001, '2026-07-01', 'SEA');
SELECT is(touched(), 'A', 'a date range touches');
SELECT age_all(); UPDATE crm.contact_alt_address_date_range SET ending_date = '2026-08-31';
SELECT is(touched(), 'A', '... also when changed');
SELECT age_all(); DELETE FROM crm.contact_alt_address;
SELECT is(touched(), 'A', '... and when removed with its address');
INSERT INTO crm.web_source (web_source_code, url) VALUES ('SEARCH', 'https://search.example/?q=%1'), ('BLANK', NULL);
SELECT age_all(); INSERT INTO crm.contact_web_source (contact_id, web_source_code, search_word) VALUES (1001, 'SEARCH', 'alfa'), (1001, 'BLANK', 'alfa');
SELECT is(touched(), '', 'web sources do not touch');
SELECT age_all(); INSERT INTO crm.contact_business_relation (contact_id, business_relation_code) VALUES (1001, 'PROSPECT');
SELECT is(touched(), '', 'business relations do not touch');

-- Who may have what (the column "allowed on"). Assumption: 23514
SELECT throws_ok($$INSERT INTO crm.contact_industry_group (contact_id, industry_group_code) VALUES (1003, 'RET')$$, '23514', NULL, 'industry groups are for companies');
SELECT throws_ok($$INSERT INTO crm.contact_job_responsibility (contact_id, job_responsibility_code) VALUES (1001, 'SALE')$$, '23514', NULL,
	'job responsibilities are for persons');
SELECT throws_ok($$INSERT INTO crm.contact_web_source (contact_id, web_source_code) VALUES (1003, 'SEARCH')$$, '23514', NULL, 'web sources are for companies');
SELECT throws_ok($$UPDATE crm.contact SET organizational_level_code = 'CEO' WHERE contact_id = 1001$$, '23514', NULL, 'organisational levels are for persons');
SELECT lives_ok($$INSERT INTO crm.contact_mailing_group (contact_id, mailing_group_code) VALUES (1001, 'X-CARD'), (1003, 'X-CARD')$$, 'mailing groups are for both');
SELECT throws_ok($$INSERT INTO crm.contact_mailing_group (contact_id, mailing_group_code) VALUES (1001, 'X-CARD')$$, '23505', NULL, 'a group is given once');
SELECT throws_ok($$INSERT INTO crm.contact_mailing_group (contact_id, mailing_group_code) VALUES (1001, 'NONE')$$, '23503', NULL, '... and exists');

-- Deleting and renaming masters
SELECT throws_matching($$DELETE FROM crm.mailing_group WHERE mailing_group_code = 'X-CARD'$$, 'mailing_group', 'E11: a mailing group in use stays');
SELECT is((SELECT count(*) FROM crm.contact_mailing_group), 2::bigint, '... with its members');
SELECT lives_ok($$DELETE FROM crm.mailing_group WHERE mailing_group_code = 'X-GIFT'$$, 'an unused one goes');
INSERT INTO crm.contact_industry_group (contact_id, industry_group_code) VALUES (1001, 'RET');
UPDATE crm.contact SET organizational_level_code = 'CEO' WHERE contact_id = 1003;
SELECT lives_ok($$DELETE FROM crm.industry_group WHERE industry_group_code = 'RET'$$, 'an industry group in use goes');
SELECT is_empty('SELECT FROM crm.contact_industry_group', '... with its assignments');
SELECT lives_ok($$DELETE FROM crm.organizational_level WHERE organizational_level_code = 'CEO'$$, 'so does an organisational level');
SELECT is((SELECT organizational_level_code FROM crm.contact WHERE contact_id = 1003), NULL, '... which leaves the person without one');
SELECT lives_ok($$DELETE FROM crm.job_responsibility WHERE job_responsibility_code = 'SALE'$$, 'and a job responsibility');
UPDATE crm.mailing_group SET mailing_group_code = 'X-MAS' WHERE mailing_group_code = 'X-CARD';
SELECT is((SELECT count(*) FROM crm.contact_mailing_group WHERE mailing_group_code = 'X-MAS'), 2::bigint, 'assignments follow a rename');
SELECT throws_ok($$DELETE FROM crm.business_relation WHERE business_relation_code = 'PROSPECT'$$, '23503', NULL, 'a business relation in use stays');

-- Web sources
SELECT is(crm.web_source_url(contact_no, 'SEARCH'), 'https://search.example/?q=alfa', 'the search word goes into the address') FROM crm.contact WHERE contact_id = 1001;
SELECT throws_ok($$SELECT crm.web_source_url(contact_no, 'BLANK') FROM crm.contact WHERE contact_id = 1001$$, '55000', NULL, 'a web source without an address is an error');
SELECT throws_ok($$SELECT crm.web_source_url(contact_no, 'SEARCH') FROM crm.contact WHERE contact_id = 1002$$, '42704', NULL, 'so is one the contact does not have');

-- Comments
SET LOCAL crm.work_date = '2026-03-08';
INSERT INTO crm.comment_line (contact_id, comment_text) VALUES (1001, 'first');
INSERT INTO crm.comment_line (contact_id, comment_text) VALUES (1001, 'second');
INSERT INTO crm.comment_line (web_source_code, comment_text, comment_date) VALUES ('SEARCH', 'good', '2026-01-01');
SELECT is((SELECT comment_date FROM crm.comment_line WHERE comment_text = 'first'), date '2026-03-08', 'the first comment of a day gets the work date');
SELECT is((SELECT comment_date FROM crm.comment_line WHERE comment_text = 'second'), NULL, '... the second none');
SELECT is((SELECT comment_date FROM crm.comment_line WHERE comment_text = 'good'), date '2026-01-01', 'a given date stays');
SELECT throws_ok($$INSERT INTO crm.comment_line (comment_text) VALUES ('lost')$$, '23514', NULL, 'a comment is about something');
SELECT throws_ok($$INSERT INTO crm.comment_line (contact_id, web_source_code, comment_text) VALUES (1001, 'SEARCH', 'two')$$, '23514', NULL, '... and about one thing');
SELECT throws_ok($$INSERT INTO crm.comment_line (contact_id) VALUES (1001)$$, '23502', NULL, '... and says something');

SELECT * FROM finish();
ROLLBACK;
