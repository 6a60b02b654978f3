-- Ratings (domain/2 section 5)
\set QUIET 1
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
\ir ../reference/classification.sql
\ir ../reference/given.sql
SELECT no_plan();

-- The answers of one question as 'X B 75 2025-01-10'
CREATE FUNCTION rated(code text, question_line_no integer) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT coalesce(string_agg(concat_ws(' ', c.contact_no, l.description, round(a.questions_answered_pct, 3)::double precision, a.last_date_updated), '; ' ORDER BY c.contact_no, l.line_no), '')
	FROM crm.contact_profile_answer a JOIN crm_data.contact c USING (contact_id) JOIN crm_data.questionnaire_line l ON (l.questionnaire_code, l.line_no) = (a.questionnaire_code, a.line_no)
	JOIN reference.answer_line r ON (r.questionnaire_code, r.line_no) = (a.questionnaire_code, a.line_no)
	WHERE a.questionnaire_code = code AND r.question_line_no = rated.question_line_no $$;
-- What a run stores, which must be what the reference expects
CREATE FUNCTION rates(code text, question_line_no integer, as_of date, updated_on date, expected text, name text) RETURNS text LANGUAGE sql AS $$
	DELETE FROM given.seen;
	SELECT reference.classify(as_of, (SELECT array_agg(questionnaire_code) FROM crm_data.questionnaire), updated_on);
	INSERT INTO given.seen SELECT 1, 'reference', coalesce(string_agg(concat_ws(' ', c.contact_no, l.description, round(a.questions_answered_pct, 3)::double precision, a.last_date_updated), '; ' ORDER BY c.contact_no, l.line_no), '')
		FROM reference.answer a JOIN crm_data.contact c USING (contact_id) JOIN crm_data.questionnaire_line l ON (l.questionnaire_code, l.line_no) = (a.questionnaire_code, a.line_no)
		WHERE a.questionnaire_code = code AND a.question_line_no = rates.question_line_no;
	INSERT INTO given.seen SELECT 2, 'fresh', given.fresh(as_of, code, question_line_no);
	SELECT given.run(as_of, NULL, updated_on);
	INSERT INTO given.seen SELECT 3, 'stored', rated(code, question_line_no);
	INSERT INTO given.seen SELECT 4, 'fresh', given.fresh(as_of, code, question_line_no);
	INSERT INTO given.seen SELECT 5, 'classes', given.stored(code, question_line_no);
	SELECT is((SELECT array_agg(classes ORDER BY n) FROM given.seen), (SELECT ARRAY[expected, classes, expected, classes, classes] FROM given.seen WHERE n = 5), name)
$$;

-- Section 5.3
SELECT given.company('X', 'Y', 'Z', 'E'), given.questionnaire('SOURCE'), given.questionnaire('LEAD');
SELECT given.manual_question('SOURCE', n * 100), given.answer('SOURCE', n * 100 + 1, 'one'), given.answer('SOURCE', n * 100 + 2, 'two') FROM generate_series(1, 4) n;
SELECT given.rating('LEAD', 10, 75), given.answer('LEAD', 20, 'A', 1000, 0), given.answer('LEAD', 30, 'B', 700, 999), given.answer('LEAD', 40, 'C', 200, 699), given.answer('LEAD', 50, 'D', 0, 199);
SELECT given.points('LEAD', 10, 'SOURCE', 101, 400), given.points('LEAD', 10, 'SOURCE', 102, 100), given.points('LEAD', 10, 'SOURCE', 201, 500), given.points('LEAD', 10, 'SOURCE', 301, 300), given.points('LEAD', 10, 'SOURCE', 401, -50);
SELECT given.answered('X', 'SOURCE', 101), given.answered('X', 'SOURCE', 201), given.answered('X', 'SOURCE', 302), given.answered('Y', 'SOURCE', 101), given.answered('Y', 'SOURCE', 201),
	given.answered('Z', 'SOURCE', 102), given.answered('Z', 'SOURCE', 301), given.answered('Z', 'SOURCE', 401);
UPDATE crm_data.contact_profile_answer SET last_date_updated = CASE line_no WHEN 101 THEN date '2025-01-10' WHEN 201 THEN '2025-02-01' WHEN 302 THEN '2024-06-01' ELSE '2025-03-01' END WHERE questionnaire_code = 'SOURCE';
SELECT rates('LEAD', 10, '2025-03-15', '2025-03-15', 'X B 75 2025-01-10; Z C 75 2025-03-01', '5.3: 900 points, 50 % answered, 350 points; the date of the oldest scored answer');
SELECT rates('LEAD', 10, '2025-03-15', '2025-01-05', 'X B 75 2025-01-05; Z C 75 2025-01-05', '... but no later than the run');
UPDATE crm.questionnaire_line SET min_pct_questions_answered = 75.001 WHERE questionnaire_code = 'LEAD' AND line_no = 10;
SELECT rates('LEAD', 10, '2025-03-15', '2025-03-15', '', 'less than the minimum is not rated, equality was');
UPDATE crm.questionnaire_line SET min_pct_questions_answered = 50 WHERE questionnaire_code = 'LEAD' AND line_no = 10;
SELECT rates('LEAD', 10, '2025-03-15', '2025-03-15', 'X B 75 2025-01-10; Y B 50 2025-01-10; Z C 75 2025-03-01', 'with a lower one more are');
UPDATE crm.questionnaire_line SET min_pct_questions_answered = 0 WHERE questionnaire_code = 'LEAD' AND line_no = 10;
SELECT rates('LEAD', 10, '2025-03-15', '2025-03-15', 'E D 0 2025-03-15; X B 75 2025-01-10; Y B 50 2025-01-10; Z C 75 2025-03-01', 'G10: with none everybody is, with 0 points');

-- By hand, for one contact (Q16, 14.15)
UPDATE crm_data.contact_profile_answer SET last_date_updated = '2025-01-01' WHERE questionnaire_code = 'LEAD';
SELECT set_config('crm.work_date', '2025-03-20', true);
DELETE FROM crm.contact_profile_answer WHERE contact_id = given.id('X') AND line_no = 101;
SELECT is(rated('LEAD', 10), 'E D 0 2025-01-01; X C 50 2025-02-01; Y B 50 2025-01-01; Z C 75 2025-01-01', '14.15: taking an answer away rates that contact anew, and no other');
SELECT given.answered('E', 'SOURCE', 302);
SELECT is(rated('LEAD', 10), 'E D 25 ' || crm_data.today() || '; X C 50 2025-02-01; Y B 50 2025-01-01; Z C 75 2025-01-01', 'so does an answer that gives no points, of a question that does');
SELECT given.answered('E', 'SOURCE', 401);
SELECT is(rated('LEAD', 10), 'E D 50 ' || crm_data.today() || '; X C 50 2025-02-01; Y B 50 2025-01-01; Z C 75 2025-01-01', 'points may be negative');
SELECT given.manual_question('SOURCE', 500), given.answer('SOURCE', 501, 'one'), given.answered('Y', 'SOURCE', 501);
SELECT is(rated('LEAD', 10), 'E D 50 ' || crm_data.today() || '; X C 50 2025-02-01; Y B 50 2025-01-01; Z C 75 2025-01-01', 'an answer to a question that gives none changes nothing');

-- A rating of ratings, across questionnaires, not in the order of their codes (14.14, G5)
SELECT given.questionnaire('A'), given.rating('A', 10), given.answer('A', 20, 'good', 30, 0), given.answer('A', 30, 'bad', 0, 29.9);
SELECT given.questionnaire('B'), given.rating('B', 10, 100), given.answer('B', 20, 'good', 15, 15), given.answer('B', 30, 'bad', -5, 5);
SELECT given.points('A', 10, 'B', 20, 20), given.points('A', 10, 'LEAD', 30, 10), given.points('A', 10, 'SOURCE', 501, 7);
SELECT given.points('B', 10, 'LEAD', 30, 15), given.points('B', 10, 'LEAD', 50, 5), given.points('B', 10, 'LEAD', 40, -5);
SELECT rates('A', 10, '2025-03-15', '2025-03-15', 'E bad 66.667 2025-03-15; X bad 66.667 2025-03-15; Y good 100 2025-01-10; Z bad 66.667 2025-03-15', '14.14: ratings of ratings follow their sources');
SELECT rates('B', 10, '2025-03-15', '2025-03-15', 'E bad 100 2025-03-15; X bad 100 2025-02-01; Y good 100 2025-01-10; Z bad 100 2025-03-01', '... in turn');
SELECT given.answered('X', 'SOURCE', 101);
SELECT is(given.stored('A', 10), 'good: X Y; bad: E Z', 'an answer by hand passes through all of them');
SELECT is(given.stored('B', 10), 'good: X Y; bad: E Z', '... the one between too');

-- A run of one questionnaire takes its sources as they are stored (G4)
SELECT given.company('V'), given.answered('V', 'SOURCE', 101), given.answered('V', 'SOURCE', 201);
SELECT is(given.stored('B', 10), 'good: V X Y; bad: E Z', 'a contact that answers by hand is rated by all ratings');
UPDATE crm.questionnaire_line SET from_value = 950 WHERE questionnaire_code = 'LEAD' AND line_no = 30;
SELECT given.run('2025-03-15', 'B');
SELECT is(given.stored('B', 10), 'good: V X Y; bad: E Z', 'sources of questionnaires that are not run are as stored');
SELECT given.run('2025-03-15', 'LEAD');
SELECT is(given.stored('LEAD', 10), 'C: Z; D: E', '... until they are run');
SELECT is(given.stored('B', 10), 'good: V X Y; bad: E Z', 'ratings that are not run do not change');
SELECT given.run('2025-03-15', 'B');
SELECT is(given.stored('B', 10), 'bad: E Z', '... until they are run');
UPDATE crm.questionnaire_line SET from_value = 700 WHERE questionnaire_code = 'LEAD' AND line_no = 30;

-- An automatic question as source; headers restrict (G6, C6, C7, G9)
SELECT given.person('P', 'X'), given.person('I'), given.customer('X', 'Y'), given.relation('PARTNER', 'X', 'I');
SELECT given.entry('X', 'sales invoice', '2025-01-02', 500), given.entry('Y', 'sales invoice', '2025-01-02', 5);
SELECT given.questionnaire('SALES'), given.question('SALES', 10, 'customer', 'sales', '-CY', 'CY'), given.answer('SALES', 20, 'Much', 100, 0), given.answer('SALES', 30, 'Little', 0, 99);
SELECT given.questionnaire(code, type, relation), given.rating(code, 10, 100, -1), given.answer(code, 20, 'High', 50, 0), given.answer(code, 30, 'Low', 0, 40), given.points(code, 10, 'SALES', 20, 55), given.points(code, 10, 'SALES', 30, 44)
	FROM (VALUES ('FORALL', NULL, NULL), ('FORCOMPANY', 'company', NULL), ('FORPEOPLE', 'person', NULL), ('FORPARTNER', NULL, 'PARTNER')) AS v (code, type, relation);
SELECT rates('FORALL', 10, '2025-03-15', '2025-03-14', 'P High 100 2025-03-14; X High 100 2025-03-14; Y Low 100 2025-03-14', 'answers of automatic questions give points, persons by what they received; points are rounded to tens');
SELECT rates('FORCOMPANY', 10, '2025-03-15', '2025-03-14', 'X High 100 2025-03-14; Y Low 100 2025-03-14', 'companies only');
SELECT rates('FORPEOPLE', 10, '2025-03-15', '2025-03-14', 'P High 100 2025-03-14', 'people only');
SELECT rates('FORPARTNER', 10, '2025-03-15', '2025-03-14', 'P High 100 2025-03-14; X High 100 2025-03-14', 'those whose company has the relation');
SELECT given.run('2025-03-15', 'SALES', '2025-03-10'), given.run('2025-03-15', 'FORALL', '2025-03-14');
SELECT is(rated('FORALL', 10), 'P High 100 2025-03-10; X High 100 2025-03-10; Y Low 100 2025-03-10', 'an automatic answer is as old as the run that stored it');
DELETE FROM crm_data.interaction WHERE contact_id = given.id('X');
SELECT rates('FORALL', 10, '2025-03-15', '2025-03-14', 'P Low 100 2025-03-14; X Low 100 2025-03-14; Y Low 100 2025-03-14', 'ratings follow the ledger');

-- No rating rows; ratings that are not automatic; exact scores (G4, G6)
SELECT given.questionnaire('EMPTY', 'company'), given.rating('EMPTY', 10), given.answer('EMPTY', 20, 'All', 0, 1), given.rating('EMPTY', 30, 1), given.answer('EMPTY', 40, 'None', 0, 1);
SELECT rates('EMPTY', 10, '2025-03-15', '2025-03-14', 'E All 0 2025-03-14; V All 0 2025-03-14; X All 0 2025-03-14; Y All 0 2025-03-14; Z All 0 2025-03-14', 'a rating without sources: 0 points, 0 % answered');
SELECT is(given.stored('EMPTY', 30), '', '... which is below any minimum');
SELECT given.questionnaire('INDEX', 'company');
SELECT given.rating('INDEX', 10), given.answer('INDEX', 20, 'sixty', 60, 60), given.points('INDEX', 10, 'SOURCE', 101, 45), given.points('INDEX', 10, 'SOURCE', 201, 15), given.points('INDEX', 10, 'SOURCE', 102, 30);
UPDATE crm.questionnaire_line SET auto_classification = false WHERE questionnaire_code = 'INDEX' AND line_no = 10;
SELECT given.run('2025-03-15', 'INDEX');
SELECT is(given.stored('INDEX', 10), 'sixty: V X Y', 'a rating need not be automatic to be run; only a score of exactly 60 matches');

-- History of ratings
SELECT given.entry('X', 'sales invoice', '2025-04-02', 500), given.run('2025-04-30');
SELECT is(given.stored_on('2025-04-29', 'FORALL', 10), 'Low: P X Y', 'a rating held until the next run');
SELECT is(given.stored_on('2025-04-30', 'FORALL', 10), 'High: P X; Low: Y', '... which replaced it');

-- Errors (E6; G3 is tested with the rating's own rules)
SELECT set_config('session_replication_role', 'replica', true);
INSERT INTO crm_data.rating VALUES ('LEAD', 10, 'A', 20, 1);
SELECT set_config('session_replication_role', 'origin', true);
UPDATE crm.questionnaire SET description = 'In a cycle' WHERE questionnaire_code = 'LEAD';
CREATE TEMP TABLE before AS SELECT a::text FROM crm.contact_profile_answer a;
SELECT throws_like($$SELECT crm.classify(NULL, '2025-05-15')$$, '%rating questions depend on each other%', 'E6: a cycle at run time');
SELECT throws_like($$SELECT crm.classify(NULL, '2025-05-15')$$, '%questionnaire "%", question 10 "Question 10"%', '... naming a question of it');
SELECT throws_ok($$SELECT crm.classify(NULL, '2025-05-15')$$, '55000', NULL, '... is a wrong state');
SELECT set_eq('SELECT a::text FROM crm.contact_profile_answer a', 'SELECT * FROM before', '... and writes nothing');
SELECT lives_ok($$SELECT crm.classify('SALES', '2025-05-15')$$, 'questionnaires outside the cycle can be run');
SELECT lives_ok($$SELECT crm.classify('LEAD', '2025-05-15')$$, '... and one of it alone, its sources being as stored');

SELECT * FROM finish();
ROLLBACK;
