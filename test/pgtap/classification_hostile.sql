-- Classification where it is made hard: full questionnaires, large figures, old snapshots, errors and what is rolled back
\set QUIET 1
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
\ir ../reference/classification.sql
\ir ../reference/given.sql
SELECT no_plan();

SELECT given.company('C1', 'C2', 'C3'), given.customer('C1', 'C2', 'C3');
SELECT given.entry('C1', 'sales invoice', '2026-02-01', 100);

-- As many answers as there may be
SELECT given.questionnaire('FULL'), given.question('FULL', 10, 'customer', 'sales', '-CY-1Y', 'CY+1Y', zero_is_bound => true);
SELECT count(given.answer('FULL', 100 + g, 'A' || g, CASE WHEN g < 64 THEN 1000 + g ELSE 0 END, CASE WHEN g < 64 THEN 1000 + g ELSE 500 END)) FROM generate_series(1, 64) AS g \gset ignored_
SELECT given.is_classified('2026-03-15', 'FULL', 10, 'A64: C1 C2 C3', 'the last of 64 answers');
SELECT is((SELECT array_agg(answer) FROM crm.explain_class('C1', 'FULL', 10)), '{A64}', '... explained');
SELECT given.answer('FULL', 200, 'A65');
SELECT throws_like($$SELECT crm.classify('FULL', '2026-03-15')$$, 'questionnaire "FULL", question 10 "Question 10": more than 64 answers', 'one more is refused');
DELETE FROM crm.questionnaire_line WHERE questionnaire_code = 'FULL' AND line_no = 200;

-- Sums beyond what a double holds exactly
SELECT given.questionnaire('LARGE', 'company'), given.question('LARGE', 10, 'customer', 'sales', '-CY', 'CY', 'percentage of contacts', 'descending'),
	given.answer('LARGE', 20, 'First', 0, 34), given.answer('LARGE', 30, 'Second', 35, 67), given.answer('LARGE', 40, 'Third', 68, 0);
SELECT given.entry('C1', 'sales invoice', '2026-02-01', 1e10), given.entry('C2', 'sales invoice', '2026-02-01', 2e10), given.entry('C3', 'sales invoice', '2026-02-01', 15e9);
SELECT given.is_classified('2026-03-15', 'LARGE', 10, 'First: C2; Second: C3; Third: C1', 'billions in order');

-- Rounded values of more than 38 digits, bounds that are no numbers, dates that are none
SELECT given.questionnaire('LIMIT', 'company'), given.question('LIMIT', 10, 'customer', 'sales', '-CY', 'CY', decimals => 25), given.answer('LIMIT', 20, 'To', 1, 'Infinity'),
	given.answer('LIMIT', 30, 'From', 'Infinity', NULL), given.answer('LIMIT', 40, 'NaN', 'NaN', NULL), given.answer('LIMIT', 50, 'All', '-Infinity', 'NaN');
SELECT given.is_classified('2026-03-15', 'LIMIT', 10, 'To: C1 C2 C3; All: C1 C2 C3', 'infinite bounds');
SAVEPOINT before;
INSERT INTO crm.contact (contact_id, contact_no, name) VALUES (-9223372036854775808, 'C8', 'C8'), (9223372036854775807, 'C9', 'C9');
SELECT given.customer('C8', 'C9'), given.entry('C9', 'sales invoice', '2026-02-01', 1);
SELECT given.is_classified('2026-03-15', 'LIMIT', 10, 'To: C1 C2 C3 C9; All: C1 C2 C3 C8 C9', '... and the least and the greatest id');
ROLLBACK TO before;
SAVEPOINT before;
SELECT given.entry('C3', 'sales invoice', '2026-02-01', 2e13) \gset ignored_
SELECT throws_ok($$SELECT crm.classify('LIMIT', '2026-03-15')$$, '22003', NULL, 'more than 38 digits are refused, not cut');
ROLLBACK TO before;
SELECT throws_ok($$SELECT crm.classify('LIMIT', 'infinity')$$, '22008', NULL, 'no run as of infinity');
SELECT given.question('LIMIT', 110, 'customer', 'average overdue days', '-CY', 'CY'), given.answer('LIMIT', 120, 'Late', 1, NULL);
SELECT given.entry('C1', 'sales invoice', '2026-02-01', 1, due_date => '2026-02-10', closed_date => 'infinity') \gset ignored_
SELECT is(given.fresh('2026-03-15', 'LIMIT', 110), 'Late: C1', 'closed never is not early');

-- A cursor that is older than the first run
SELECT given.no_questionnaire('FULL'), given.no_questionnaire('LARGE'), given.no_questionnaire('LIMIT');
SELECT given.company(VARIADIC array_agg('C' || g)), given.customer(VARIADIC array_agg('C' || g)) FROM generate_series(4, 300) AS g;
SELECT given.questionnaire('Q'), given.question('Q', 10, 'customer', 'sales', '-CY-1Y', 'CY+1Y', zero_is_bound => true), given.answer('Q', 20, 'Much', 50, NULL), given.answer('Q', 30, 'Little', 0, 49);
SET LOCAL crm.work_date = '2026-03-15';
CREATE FUNCTION much() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(contact_no, ' ' ORDER BY contact_id) FROM crm.contact_classification WHERE questionnaire_code = 'Q' AND line_no = 20 $$;
DECLARE old_cursor CURSOR FOR SELECT contact_no FROM crm.contact_classification WHERE questionnaire_code = 'Q' AND line_no = 20 ORDER BY contact_id;
SELECT given.run('2026-03-15');
SELECT given.entry('C4', 'sales invoice', '2026-02-01', 60) \gset ignored_
SELECT results_eq('old_cursor'::refcursor, ARRAY['C1', 'C2', 'C3'], 'a cursor older than the first run does not see what that kept');
SELECT is(much(), 'C1 C2 C3 C4', '... and who asks after it sees what has changed since');

-- What is rolled back leaves nothing, few or many contacts
SAVEPOINT before;
SELECT count(given.entry('C' || g, 'sales invoice', '2026-02-01', 70)) FROM generate_series(5, 9) AS g \gset ignored_
SELECT is(much(), 'C1 C2 C3 C4 C5 C6 C7 C8 C9', 'what has just been posted');
ROLLBACK TO before;
SELECT is(much(), 'C1 C2 C3 C4', '... and is rolled back');
SELECT count(given.entry('C' || g, 'sales invoice', '2026-02-01', 70)) FROM generate_series(5, 300) AS g \gset ignored_
SELECT is(array_length(string_to_array(much(), ' '), 1), 300, 'much has been posted');
ROLLBACK TO before;
SELECT is(much(), 'C1 C2 C3 C4', '... and is rolled back');

-- Truncated tables
SELECT given.run('2026-03-15', 'Q');
SAVEPOINT before;
TRUNCATE crm_data.contact_profile_answer;
SELECT given.run('2026-03-15', 'Q');
SELECT is((SELECT count(*) FROM crm.contact_profile_answer WHERE questionnaire_code = 'Q'), 300::bigint, 'a run writes answers again that were truncated');
TRUNCATE crm_data.contact_business_relation;
SELECT is(much(), NULL, 'no customers, no classes');
SELECT given.run('2026-03-15', 'Q');
SELECT is((SELECT count(*) FROM crm.contact_profile_answer WHERE questionnaire_code = 'Q'), 0::bigint, '... nor answers');
ROLLBACK TO before;
SELECT is(much(), 'C1 C2 C3 C4', 'customers again');

-- Of a questionnaire that is automatic no more, nothing is kept that would keep changes
SELECT given.questionnaire('MANUAL'), given.question('MANUAL', 10, 'customer', 'sales', '-CY', 'CY'), given.run('2026-03-15', 'MANUAL');
UPDATE crm.questionnaire_line SET customer_class_field = NULL, auto_classification = false WHERE questionnaire_code = 'MANUAL';
SELECT given.run('2026-03-15');
SELECT is((SELECT array_agg(questionnaire_code) FROM crm_data.classification_state), '{Q}', 'only automatic questionnaires have a state');

SELECT * FROM finish();
ROLLBACK;
