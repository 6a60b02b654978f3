-- Answers of contacts, by hand (domain/2 section 3.3: Q14 to Q21, E8 to E10)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(61);
SET LOCAL crm.work_date = '2026-03-08';

-- Which contacts are rated, in order
CREATE TEMP TABLE rated (no integer GENERATED ALWAYS AS IDENTITY, contact_id bigint);
GRANT INSERT ON rated TO public;
CREATE OR REPLACE FUNCTION crm_data.rate_contact(contact_id bigint) RETURNS void LANGUAGE sql AS $$ INSERT INTO pg_temp.rated (contact_id) VALUES ($1) $$;
CREATE FUNCTION rated() RETURNS text LANGUAGE sql AS $$ WITH gone AS (DELETE FROM pg_temp.rated RETURNING *) SELECT coalesce(string_agg(contact_id::text, ' ' ORDER BY no), '') FROM gone $$;
CREATE FUNCTION age_all() RETURNS void LANGUAGE sql SET session_replication_role = replica AS $$ UPDATE crm_data.contact SET last_modified_at = '2020-01-01' $$;
CREATE FUNCTION touched() RETURNS text LANGUAGE sql AS $$ SELECT coalesce(string_agg(name, ' ' ORDER BY name), '') FROM crm.contact WHERE last_modified_at = now() $$;
CREATE FUNCTION answer(contact bigint, no integer, code text DEFAULT 'LEADS') RETURNS void LANGUAGE sql AS $$
	INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) VALUES (contact, code, no) $$;
CREATE FUNCTION forget(contact bigint, no integer, code text DEFAULT 'LEADS') RETURNS void LANGUAGE sql AS $$
	DELETE FROM crm.contact_profile_answer WHERE (contact_id, questionnaire_code, line_no) = (contact, code, no) $$;
CREATE FUNCTION profile_of(contact bigint) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(line_no::text, ' ' ORDER BY line_no), '') FROM crm.contact_profile_answer WHERE contact_id = contact $$;

INSERT INTO crm.contact (contact_id, contact_no, name) VALUES (1001, 'A', 'A'), (1002, 'B', 'B');
INSERT INTO crm.contact (contact_id, contact_no, contact_type, name, company_id) VALUES (1003, 'P', 'person', 'P', 1001);
INSERT INTO crm.contact (contact_id, contact_no, contact_type, name) VALUES (1004, 'S', 'person', 'S');
INSERT INTO crm.contact (contact_id, contact_no, contact_type, name, minor, parental_consent_received) VALUES (1005, 'M', 'person', 'M', true, true);
INSERT INTO crm.questionnaire (questionnaire_code, priority) VALUES ('LEADS', 'normal');
INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, description, multiple_answers) VALUES
	('LEADS', 5000, 'answer', 'Lost', false),
	('LEADS', 10000, 'question', 'Position', false), ('LEADS', 20000, 'answer', 'Boss', false), ('LEADS', 30000, 'answer', 'Clerk', false),
	('LEADS', 40000, 'question', 'Hobbies', true), ('LEADS', 50000, 'answer', 'Golf', false), ('LEADS', 60000, 'answer', 'Chess', false),
	('LEADS', 70000, 'question', 'Turnover', false), ('LEADS', 80000, 'answer', 'Big', false);
UPDATE crm.questionnaire_line SET auto_classification = true, customer_class_field = 'sales' WHERE line_no = 70000;

-- Q14: what an entry is
SELECT age_all(); SELECT answer(1001, 20000, ' leads ');
SELECT results_eq($$SELECT contact_no, company_id, questionnaire_code, line_no, questionnaire_priority, answer_priority, question_line_no, question, answer, questions_answered_pct,
	last_date_updated = crm_data.today(), valid_from FROM crm.contact_profile_answer$$,
	$$VALUES ('A', 1001::bigint, 'LEADS', 20000, 'normal', 'normal', 10000, 'Position', 'Boss', 0::numeric(9,6), true, date '2026-03-08')$$,
	'Q14: updated today, valid from the work date, with texts and priorities');
SELECT is(touched(), 'A', 'Q14: the contact is touched');
SELECT is(rated(), '', 'Q16: a question that gives no points rates nobody');
SELECT is((SELECT no_of_contacts FROM crm.questionnaire_line WHERE line_no = 20000), 1::bigint, 'the line counts its contacts');

-- E10: what is no answer
SELECT throws_ok('SELECT answer(1001, 10000)', '23514', 'questionnaire "LEADS", question 10000 "Position": not a valid answer', 'Q14, E10: a question is no answer');
SELECT throws_ok('SELECT answer(1001, 5000)', '23514', NULL, 'nor is an answer to nothing');
SELECT throws_ok('SELECT answer(1001, 1)', '42704', NULL, 'nor a line that is not there');
SELECT throws_ok($$SELECT answer(1001, 20000, 'NONE')$$, '42704', NULL, '... or a questionnaire');
SELECT throws_ok('SELECT answer(9, 20000)', '42704', NULL, '... or a contact');
SELECT throws_ok('SELECT answer(1005, 20000)', '23514', NULL, 'Q17, E10: minors have no profile, whatever their parents say');
SELECT throws_ok('SELECT answer(NULL, 20000)', '42704', NULL, 'nobody has none');

-- E8: automatic questions
SELECT throws_ok('SELECT answer(1001, 80000)', '23514', 'questionnaire "LEADS", question 70000 "Turnover": classification is automatic', 'Q14, E8: not on an automatic question');
INSERT INTO crm_data.contact_profile_answer (contact_id, questionnaire_code, line_no, valid_from) VALUES (1001, 'LEADS', 80000, '2026-01-01');
SELECT throws_ok('SELECT forget(1001, 80000)', '23514', 'questionnaire "LEADS", question 70000 "Turnover": classification is automatic', 'Q15, E8: nor deleted there');

-- E9: one answer, or several
SELECT throws_ok('SELECT answer(1001, 30000)', '23514', 'questionnaire "LEADS", question 10000 "Position": only one answer allowed', 'Q14, E9: a second answer');
SELECT throws_ok('SELECT answer(1001, 20000)', '23505', NULL, 'the same again');
SELECT lives_ok('SELECT answer(1002, 30000)', 'another contact may');
SELECT lives_ok('SELECT answer(1001, 50000), answer(1001, 60000)', 'Q14: several where the question allows');
SELECT throws_ok($$INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) VALUES (1004, 'LEADS', 20000), (1004, 'LEADS', 30000)$$, '23514', NULL, 'E9: not in one statement either');
SELECT throws_ok($$UPDATE crm.contact_profile_answer SET line_no = 30000 WHERE contact_id = 1001 AND line_no = 20000$$, '0A000', NULL, 'an answer is not changed');
SELECT throws_ok($$UPDATE crm.contact_profile_answer SET contact_id = 1004 WHERE contact_id = 1001 AND line_no = 20000$$, '0A000', NULL, '... nor given to another contact');

-- Q15: deletion
SELECT age_all(); SELECT forget(1001, 20000);
SELECT is(touched(), 'A', 'Q15: deleting touches the contact');
SELECT is(profile_of(1001), '50000 60000 80000', '... and only that answer goes');
SELECT lives_ok('SELECT answer(1001, 30000)', 'then another may be entered');

-- Q16: ratings follow
UPDATE crm.questionnaire_line SET contact_class_field = 'rating' WHERE line_no = 70000;
INSERT INTO crm.rating VALUES ('LEADS', 70000, 'LEADS', 20000, 10);
SELECT is(rated(), '', 'points alone rate nobody');
SELECT answer(1004, 30000);
SELECT is(rated(), '1004', 'Q16: an answer to a question that gives points, unscored itself, rates that contact');
SELECT answer(1004, 50000);
SELECT is(rated(), '', 'Q16: one to another question does not');
SELECT forget(1004, 30000);
SELECT is(rated(), '1004', 'Q16: deleting does too');
INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) VALUES (1004, 'LEADS', 20000), (1003, 'LEADS', 20000);
SELECT is(rated(), '1004 1003', 'Q16: each contact of a statement');

-- Q18: the profile on the card
UPDATE crm.questionnaire_line SET priority = p FROM (VALUES (20000, 'very low'), (30000, 'low'), (50000, 'high'), (60000, 'high'), (80000, 'very high')) AS v (no, p) WHERE line_no = no;
SELECT is((SELECT profile FROM crm.contact_card WHERE contact_id = 1001), ARRAY['Turnover: Big', 'Hobbies: Golf', 'Hobbies: Chess', 'Position: Clerk'], 'Q18: by priority');
SELECT is((SELECT profile FROM crm.contact_card WHERE contact_id = 1003), ARRAY[]::text[], 'Q18: hidden when very low');
INSERT INTO crm.questionnaire (questionnaire_code, priority) VALUES ('MORE', 'very high');
INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, description, priority) VALUES ('MORE', 10000, 'question', 'Owns', 'normal'), ('MORE', 20000, 'answer', 'Car', 'high');
SELECT answer(1001, 20000, 'MORE');
SELECT is((SELECT profile[1:3] FROM crm.contact_card WHERE contact_id = 1001), ARRAY['Turnover: Big', 'Owns: Car', 'Hobbies: Golf'], 'Q18: then by priority of the questionnaire');
SELECT results_eq($$SELECT answer FROM crm.contact_profile_answer WHERE contact_id = 1001 AND profile_order >= 10 ORDER BY profile_order DESC, questionnaire_code, line_no$$,
	$$VALUES ('Big'), ('Car'), ('Golf'), ('Chess'), ('Clerk')$$, 'Q18: in the view by profile_order');
SELECT set_eq($$SELECT contact_no FROM crm.contact_profile_answer WHERE questionnaire_code = 'LEADS' AND line_no = 50000$$, ARRAY['A', 'S'], 'Q21: contacts by questionnaire and line');

-- Q19: which questionnaires
CREATE FUNCTION allowed(no text) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(q, ' ') FROM crm.allowed_questionnaire(no) AS q $$;
INSERT INTO crm.questionnaire (questionnaire_code, contact_type, business_relation_code) VALUES
	('COMPANY', 'company', NULL), ('PERSON', 'person', NULL), ('PRESS', NULL, 'PROSPECT'), ('PRESSMAN', 'person', 'PROSPECT');
INSERT INTO crm.questionnaire_line (questionnaire_code, line_type, description) SELECT q, t, t FROM unnest(ARRAY['COMPANY', 'PERSON', 'PRESS', 'PRESSMAN']) AS q, unnest(ARRAY['question', 'answer']) AS t;
SELECT is(allowed('A'), 'COMPANY LEADS MORE', 'Q19: a company');
SELECT is(allowed('p'), 'LEADS MORE PERSON', 'Q19: a person');
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code) VALUES (1001, 'PROSPECT');
SELECT is(allowed('A'), 'COMPANY LEADS MORE PRESS', 'Q19: with the business relation');
SELECT is(allowed('P'), 'LEADS MORE PERSON PRESS PRESSMAN', 'Q19: a person with that of its company');
SELECT is(allowed('S'), 'LEADS MORE PERSON', 'Q19: a person without company has none');
SELECT is(allowed('nobody'), NULL, 'an unknown contact');
SELECT throws_ok($$SELECT answer(1001, 20000, 'PERSON')$$, '23514', NULL, 'Q19, E10: not of the contact''s type');
SELECT throws_ok($$SELECT answer(1002, 20000, 'PRESS')$$, '23514', NULL, 'Q19, E10: not of its business relation');
SELECT lives_ok($$SELECT answer(1003, 20000, 'PRESSMAN')$$, 'Q19: of both');
DELETE FROM crm.contact_business_relation WHERE contact_id = 1001;
SELECT is(allowed('P'), 'LEADS MORE PERSON PRESSMAN', 'Q19: who has an answer keeps the questionnaire');
SELECT is(crm.default_questionnaire('P'), 'LEADS', 'Q19: the first by code');
SELECT is(crm.default_questionnaire('p', 'pressman'), 'PRESSMAN', 'Q19: the one asked for');
SELECT is(crm.default_questionnaire('P', 'PRESS'), 'LEADS', 'Q19: ... if it is allowed');
SELECT throws_ok($$SELECT crm.default_questionnaire('nobody')$$, '42704', NULL, 'an unknown contact has none');
SELECT throws_ok($$SELECT crm.default_questionnaire(NULL)$$, '23502', NULL, 'nor has nobody');

-- Restored answers come back as they were
SELECT age_all();
CREATE TEMP TABLE saved AS TABLE crm_data.contact_profile_answer;
INSERT INTO saved VALUES (1002, 'LEADS', 20000, NULL, 33.3333, '2020-02-02');
SET LOCAL session_replication_role = replica;
DELETE FROM crm_data.contact_profile_answer;
SET LOCAL session_replication_role = origin;
SELECT rated();
INSERT INTO crm_data.contact_profile_answer TABLE saved;
SELECT bag_eq('TABLE crm_data.contact_profile_answer', 'TABLE saved', 'restoring changes nothing');
SELECT is(touched() || rated(), '', '... touches and rates nobody');

-- Q20: contacts that move or go
UPDATE crm.contact SET company_id = 1002 WHERE contact_id = 1003;
SELECT is((SELECT DISTINCT company_id FROM crm.contact_profile_answer WHERE contact_id = 1003), 1002::bigint, 'Q20: the company of the answers is that of the contact');
INSERT INTO crm_data.contact_profile_answer_history (contact_id, questionnaire_code, line_no, valid_from, valid_to) VALUES (1001, 'LEADS', 20000, '2026-01-01', '2026-02-01');
SELECT rated();
DELETE FROM crm.contact WHERE contact_id = 1001;
SELECT is(profile_of(1001), '', 'Q20: a deleted contact has no answers, automatic ones neither');
SELECT is_empty('SELECT FROM crm.contact_profile_answer_history WHERE contact_id = 1001', '... and no history');
SELECT is(rated(), '', '... and is not rated');
DELETE FROM crm.contact WHERE contact_id = 1002;
SELECT is(profile_of(1003), '', 'Q20: persons that go with their company lose theirs');

-- Q19: where there is none, or none for the contact
DELETE FROM crm.contact;
INSERT INTO crm.contact (contact_id, contact_no, name) VALUES (1010, 'X', 'X');
DELETE FROM crm.rating; DELETE FROM crm.questionnaire WHERE contact_type IS DISTINCT FROM 'person';
SELECT throws_ok($$SELECT crm.default_questionnaire('X')$$, 'P0002', NULL, 'Q19: none for this contact');
DELETE FROM crm.questionnaire;
SELECT is(crm.default_questionnaire('X', 'PERSON'), 'GENERAL', 'Q19: in a database without one, GENERAL');
SELECT is(crm.default_questionnaire('X'), 'GENERAL', '... from then on');

-- Users answer, and define nothing
CREATE ROLE regress_crm_user;
SELECT crm.grant_role('regress_crm_user', 'user');
INSERT INTO crm.questionnaire_line (questionnaire_code, line_type) VALUES ('GENERAL', 'question'), ('GENERAL', 'answer');
INSERT INTO crm.questionnaire_line (questionnaire_code, line_type, contact_class_field) VALUES ('GENERAL', 'question', 'rating');
INSERT INTO crm.rating VALUES ('GENERAL', 30000, 'GENERAL', 20000, 5);
SET LOCAL ROLE regress_crm_user;
SELECT lives_ok($$INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) VALUES (1010, crm.default_questionnaire('X'), 20000)$$, 'a user answers');
SELECT lives_ok($$DELETE FROM crm.contact_profile_answer$$, '... and takes it back');
SELECT throws_ok($$INSERT INTO crm.questionnaire (questionnaire_code) VALUES ('X')$$, '42501', NULL, '... and defines no questionnaire');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
