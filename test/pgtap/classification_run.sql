-- Classification runs (domain/2 section 4): who is marked, errors, filters, dates, history, and the classes shown without a run
\set QUIET 1
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
\ir ../reference/classification.sql
\ir ../reference/given.sql
SELECT no_plan();

-- Contact types and propagation (C6, C7, C33-C35, C37; 14.7-14.9; Ex15, Ex16)
SELECT given.company('K1', 'K2', 'K3'), given.person('P1', 'K1'), given.person('P2', 'K1'), given.person('P3', 'K3'), given.person('I1'), given.person('I2');
SELECT given.customer('K1', 'K2', 'P2', 'I1');
SELECT given.entry('K1', 'sales invoice', '2025-02-01', 100), given.entry('I1', 'sales invoice', '2025-02-01', 20), given.entry('P2', 'sales invoice', '2024-02-01', 1);
SELECT given.questionnaire('ALL'), given.questionnaire('COMPANIES', 'company'), given.questionnaire('PEOPLE', 'person');
SELECT given.question(code, 10, 'customer', 'sales', '-CY-1Y', 'CY-1Y', zero_is_bound => true), given.answer(code, 20, 'Much', 50, NULL), given.answer(code, 30, 'Some', 1, 49), given.answer(code, 40, 'None', 0, 0),
	given.question(code, 50, 'customer', 'sales', '-CY-1Y', 'CY-1Y', 'percentage of contacts', 'descending'), given.answer(code, 60, 'First', 0, 50), given.answer(code, 70, 'Last', 51, 0),
	given.question(code, 80, 'contact', 'interaction quantity', '-CY-1Y', 'CY-1Y'), given.answer(code, 90, 'One', 1, 1), given.answer(code, 100, 'Zero', 0, 0.5),
	given.question(code, 110, 'contact', 'interaction quantity', '-CY-1Y', 'CY-1Y', 'percentage of contacts', 'ascending'), given.answer(code, 120, 'First', 0, 50), given.answer(code, 130, 'Last', 51, 0)
	FROM unnest('{ALL,COMPANIES,PEOPLE}'::text[]) code;
SELECT given.is_classified('2026-03-15', 'ALL', 10, 'Much: K1 P1 P2; Some: I1; None: K2 P2', 'Ex16, C37: a questionnaire for all marks the company and its persons; who is a customer too has both answers');
SELECT given.is_classified('2026-03-15', 'PEOPLE', 10, 'Much: P1 P2; Some: I1; None: P2', 'Ex15: one for people the persons only');
SELECT given.is_classified('2026-03-15', 'COMPANIES', 10, 'Much: K1; None: K2', '14.7: one for companies the companies only');
SELECT given.is_classified('2026-03-15', 'ALL', 50, 'First: I1 K1 P1 P2; Last: K2 P2', 'percentage of contacts: K1, I1, P2, K2');
SELECT given.is_classified('2026-03-15', 'PEOPLE', 50, 'First: I1 P1 P2; Last: P2', 'K5: companies hold ranks in a questionnaire for people');
SELECT given.is_classified('2026-03-15', 'COMPANIES', 50, 'First: K1; Last: K2', 'persons do not in one for companies');
SELECT given.is_classified('2026-03-15', 'ALL', 80, 'One: I1 K1; Zero: I2 K2 K3 P1 P2 P3', 'C35: contact measures do not propagate');
SELECT given.is_classified('2026-03-15', 'PEOPLE', 80, 'One: I1; Zero: I2 P1 P2 P3', '... for people');
SELECT given.is_classified('2026-03-15', 'COMPANIES', 80, 'One: K1; Zero: K2 K3', '... for companies');
UPDATE crm.contact SET company_id = given.id('K1') WHERE contact_no = 'P3';
SELECT given.is_classified('2026-03-15', 'ALL', 10, 'Much: K1 P1 P2 P3; Some: I1; None: K2 P2', 'a person who changes company changes class');
UPDATE crm.contact SET company_id = given.id('K3') WHERE contact_no = 'P3';
SELECT given.person('P4', 'K2');
SELECT given.is_classified('2026-03-15', 'ALL', 10, 'Much: K1 P1 P2; Some: I1; None: K2 P2 P4', 'a new person has the class of his company');
DELETE FROM crm.contact WHERE contact_no = 'P4';
SELECT given.is_classified('2026-03-15', 'ALL', 10, 'Much: K1 P1 P2; Some: I1; None: K2 P2', 'one that is deleted has none');

-- Business relations
SELECT given.relation('PARTNER', 'K1', 'P2', 'I1', 'P3');
SELECT given.questionnaire('RELATED', NULL, 'PARTNER');
SELECT given.question('RELATED', 10, 'customer', 'sales', '-CY-1Y', 'CY-1Y', zero_is_bound => true), given.answer('RELATED', 20, 'Any', NULL, NULL),
	given.question('RELATED', 30, 'contact', 'interaction quantity', '-CY-1Y', 'CY-1Y'), given.answer('RELATED', 40, 'Any', NULL, NULL);
SELECT given.is_classified('2026-03-15', 'RELATED', 10, 'Any: I1 K1 P1 P2', '14.9, C7: customers by the relation of the linked contact');
SELECT given.is_classified('2026-03-15', 'RELATED', 30, 'Any: K1 P1 P2', '... contacts by that of their company; independent persons have none');
DELETE FROM crm.contact_business_relation WHERE business_relation_code = 'PARTNER' AND contact_id = given.id('K1');
SELECT given.is_classified('2026-03-15', 'RELATED', 10, 'Any: I1 P2', 'without the relation the customer is skipped');
SELECT given.is_classified('2026-03-15', 'RELATED', 30, '', '... and the company''s contacts');
SELECT given.relation('PARTNER', 'K3');
SELECT given.is_classified('2026-03-15', 'RELATED', 30, 'Any: K3 P3', 'with it they come in');

-- Filters of a run, and what it returns
CREATE FUNCTION dated(on_date date) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT string_agg(DISTINCT questionnaire_code, ' ' ORDER BY questionnaire_code) FROM crm.contact_profile_answer WHERE last_date_updated = on_date $$;
SELECT given.run('2026-03-15', NULL, '2001-01-01');
SELECT is(dated('2001-01-01'), 'ALL COMPANIES PEOPLE RELATED', 'a run of all questionnaires');
SELECT is((SELECT array_agg(DISTINCT questionnaire_code) FROM crm.classify('COMPANIES', '2026-03-15', '2001-02-02')), '{COMPANIES}', 'a run of one');
SELECT is(dated('2001-02-02'), 'COMPANIES', '... stores the answers of that one');
SELECT is((SELECT array_agg(DISTINCT questionnaire_code) FROM crm.classify(as_of => '2026-03-15', updated_on => '2001-03-03', business_relation => 'PARTNER')), '{RELATED}', 'those of a business relation');
SELECT is(dated('2001-03-03'), 'RELATED', '... and no others');
SELECT is((SELECT array_agg(DISTINCT questionnaire_code) FROM crm.classify(as_of => '2026-03-15', updated_on => '2001-04-04', description_like => 'The p%')), '{PEOPLE}', 'those of a description');
SELECT is(dated('2001-04-04'), 'PEOPLE', '... and no others');
SELECT is((SELECT count(*) FROM crm.classify('companies', '2026-03-15')), 4::bigint, 'codes in any case');
SELECT throws_like($$SELECT crm.classify('NONE', '2026-03-15')$$, '%NONE%', 'a questionnaire that does not exist');
SELECT results_eq($$SELECT line_no, contact_count FROM crm.classify('PEOPLE', '2026-03-15') ORDER BY line_no$$, $$VALUES (10, 4::bigint), (50, 4), (80, 8), (110, 8)$$, 'contacts counted of each question');
SELECT given.questionnaire('NEW', 'company'), given.question('NEW', 80, 'contact', 'interaction quantity', '-CY-1Y', 'CY-1Y'), given.answer('NEW', 90, 'One', 1, 1), given.answer('NEW', 100, 'Zero', 0, 0.5);
SELECT results_eq($$SELECT answers_added, answers_removed FROM crm.classify('NEW', '2026-03-15')$$, $$VALUES (3::bigint, 0::bigint)$$, 'answers added by the first run');
SELECT given.interaction('K2', '2025-03-03');
SELECT results_eq($$SELECT answers_added, answers_removed FROM crm.classify('NEW', '2026-03-15')$$, $$VALUES (1::bigint, 1::bigint)$$, '... added and removed by the next');
SELECT results_eq($$SELECT answers_added, answers_removed FROM crm.classify('NEW', '2026-03-15')$$, $$VALUES (0::bigint, 0::bigint)$$, '... and none when nothing has changed');
SELECT given.no_questionnaire('NEW');

-- Idempotence and last_date_updated (14.1, C36)
CREATE FUNCTION all_stored() RETURNS SETOF text LANGUAGE sql VOLATILE AS $$ SELECT a::text FROM (SELECT contact_id, questionnaire_code, line_no, last_date_updated, questions_answered_pct, valid_from FROM crm.contact_profile_answer ORDER BY 1, 2, 3) a $$;
SELECT given.run('2026-03-15');
CREATE TEMP TABLE before AS SELECT all_stored() AS answer;
SELECT given.run('2026-03-15');
SELECT set_eq('SELECT all_stored()', 'SELECT answer FROM before', 'running twice is as running once');
SELECT is((SELECT array_agg(DISTINCT last_date_updated) FROM crm.contact_profile_answer), ARRAY[crm_data.today()], 'an answer is dated by the day of the run, not by the reference date');
SELECT given.run('2026-03-15', updated_on => '2026-01-02');
SELECT is((SELECT array_agg(DISTINCT last_date_updated) FROM crm.contact_profile_answer), ARRAY[date '2026-01-02'], '... which a parameter replaces');
SELECT given.run('2026-03-15', 'PEOPLE', '2026-02-03');
SELECT results_eq('SELECT questionnaire_code, last_date_updated FROM crm.contact_profile_answer GROUP BY 1, 2 ORDER BY 1', $$VALUES ('ALL', date '2026-01-02'), ('COMPANIES', '2026-01-02'), ('PEOPLE', '2026-02-03'), ('RELATED', '2026-01-02')$$,
	'... a run of one questionnaire dates that one');
SELECT is((SELECT array_agg(DISTINCT questions_answered_pct) FROM crm.contact_profile_answer), '{0}', 'no percentage of questions answered but for ratings');
SELECT is((SELECT count(*) FROM crm.contact WHERE last_modified_at IS NULL), 0::bigint, 'contacts have stamps');
SET LOCAL crm.work_date = '2025-03-15';
SELECT count(*) FROM crm.classify('COMPANIES') \gset ignored_
SELECT is(given.stored('COMPANIES', 10), 'Some: K1; None: K2', 'the reference date is the work date unless told otherwise');

-- Errors name questionnaire and question, and nothing is written (E2-E6, C1)
SELECT given.run('2026-03-15');
CREATE FUNCTION refuses(message text, name text) RETURNS text LANGUAGE sql AS $$
	SELECT throws_ok('SELECT crm.classify(NULL, ''2026-03-15'')', '55000', message, name)
$$;
-- Written past the triggers, which would not let them in
CREATE FUNCTION bad_question(VARIADIC columns text[]) RETURNS void LANGUAGE sql AS $$
	SELECT set_config('session_replication_role', 'replica', true);
	DELETE FROM crm_data.questionnaire_line WHERE questionnaire_code = 'ZZZ';
	INSERT INTO crm_data.questionnaire (questionnaire_code) VALUES ('ZZZ') ON CONFLICT DO NOTHING;
	INSERT INTO crm_data.questionnaire_line (questionnaire_code, line_no, line_type, description, auto_classification, customer_class_field, starting_date_formula, ending_date_formula, classification_method, sorting_method)
		VALUES ('ZZZ', 10000, 'question', 'Turnover', true, 'sales', columns[1], columns[2], columns[3], columns[4]);
	SELECT set_config('session_replication_role', 'origin', true);
	UPDATE crm.questionnaire SET description = 'Bad' WHERE questionnaire_code = 'ZZZ';
	SELECT given.answer('ZZZ', 20000, 'A', 1)
$$;
SELECT given.entry('K2', 'sales invoice', '2025-02-01', 60);
DROP TABLE before;
CREATE TEMP TABLE before AS SELECT all_stored() AS answer;
SELECT bad_question(NULL, 'CD', 'defined value', NULL);
SELECT refuses('questionnaire "ZZZ", question 10000 "Turnover": starting and ending date formulas are required', 'E2: no starting date formula');
SELECT bad_question('-CY', NULL, 'defined value', NULL);
SELECT refuses('questionnaire "ZZZ", question 10000 "Turnover": starting and ending date formulas are required', 'E2: no ending date formula');
SELECT bad_question('-CY', 'CD', NULL, NULL);
SELECT refuses('questionnaire "ZZZ", question 10000 "Turnover": classification method is required', 'E3: no method');
SELECT bad_question('-CY', 'CD', 'percentage of value', NULL);
SELECT refuses('questionnaire "ZZZ", question 10000 "Turnover": sorting method is required', 'E4: percentage of value without sorting');
SELECT bad_question('-CY', 'CD', 'percentage of contacts', NULL);
SELECT refuses('questionnaire "ZZZ", question 10000 "Turnover": sorting method is required', 'E4: percentage of contacts without sorting');
SELECT bad_question('-CY', 'CD', 'cumulative percentage of value', NULL);
SELECT refuses('questionnaire "ZZZ", question 10000 "Turnover": sorting method is required', 'E4: cumulative percentage without sorting');
SELECT bad_question('-CY', 'CD', 'quantile', NULL);
SELECT refuses('questionnaire "ZZZ", question 10000 "Turnover": sorting method is required', 'E4: quantile without sorting');
SELECT bad_question('CD', '-1D', 'defined value', NULL);
SELECT refuses('questionnaire "ZZZ", question 10000 "Turnover": ending date formula gives a date before the starting one', 'E5: a period that ends before it starts');
SELECT set_eq('SELECT all_stored()', 'SELECT answer FROM before', 'nothing was written');
SELECT lives_ok($$SELECT crm.classify('PEOPLE', '2026-03-15')$$, 'a questionnaire that is not run does no harm');
SELECT bad_question('CD', 'CD', 'defined value', NULL);
SELECT lives_ok($$SELECT crm.classify(NULL, '2026-03-15')$$, 'a period of one day is no error');
SELECT bad_question('CD', '-1D', 'defined value', NULL);
DELETE FROM crm_data.contact_business_relation WHERE link_type = 'customer';
SELECT refuses('questionnaire "ZZZ", question 10000 "Turnover": ending date formula gives a date before the starting one', 'K12: ... though there is no customer');
SELECT given.customer('K1', 'K2', 'P2', 'I1');
UPDATE crm.questionnaire_line SET ending_date_formula = 'CD' WHERE questionnaire_code = 'ZZZ' AND line_no = 10000;
SELECT given.no_questionnaire('ZZZ');

-- Nothing else but automatic questions is touched
SELECT given.questionnaire('HAND'), given.manual_question('HAND', 10), given.answer('HAND', 20, 'Yes'), given.answered('P1', 'HAND', 20);
SELECT given.run('2026-03-15');
SELECT is(given.stored('HAND', 10), 'Yes: P1', 'answers given by hand stay');

-- Validity (history of classes)
CREATE FUNCTION history(question_line_no integer) RETURNS TABLE (contact_no text, description text, valid_from date, valid_to date, withdrawn boolean) LANGUAGE sql VOLATILE AS $$
	SELECT c.contact_no, l.description, a.valid_from, a.valid_to, a.withdrawn
	FROM (SELECT contact_id, questionnaire_code, line_no, valid_from, NULL::date AS valid_to, false AS withdrawn FROM crm_data.contact_profile_answer
		UNION ALL SELECT contact_id, questionnaire_code, line_no, valid_from, valid_to, withdrawn_at IS NOT NULL FROM crm_data.contact_profile_answer_history) a
	JOIN crm_data.questionnaire_line l USING (questionnaire_code, line_no) JOIN crm_data.contact c USING (contact_id)
	JOIN reference.answer_line r USING (questionnaire_code, line_no)
	WHERE questionnaire_code = 'TIME' AND r.question_line_no = history.question_line_no ORDER BY c.contact_no, a.valid_from, line_no $$;
SELECT given.questionnaire('TIME', 'company');
SELECT given.question('TIME', 10, 'customer', 'sales', '-CM', 'CM'), given.answer('TIME', 20, 'A', 100, 0), given.answer('TIME', 30, 'B', 1, 99), given.answer('TIME', 40, 'C', 0, 0.5);
SELECT given.entry('K1', 'sales invoice', '2026-01-10', 100), given.entry('K1', 'sales invoice', '2026-02-10', 50), given.entry('K2', 'sales invoice', '2026-02-10', 50), given.entry('K2', 'sales invoice', '2026-03-10', 60);
SELECT given.run('2026-01-31', 'TIME'), given.run('2026-02-28', 'TIME'), given.run('2026-03-31', 'TIME');
SELECT results_eq('SELECT * FROM history(10)', $$VALUES ('K1', 'A', date '2026-01-31', date '2026-02-28', false), ('K1', 'B', '2026-02-28', '2026-03-31', false), ('K1', 'C', '2026-03-31', NULL, false),
	('K2', 'C', '2026-01-31', '2026-02-28', false), ('K2', 'B', '2026-02-28', NULL, false)$$, 'what was true stays on record, half-open; what remains true keeps its beginning');
SELECT is(given.stored_on(d, 'TIME', 10), classes, 'classes as of ' || d) FROM (VALUES (date '2026-01-30', ''), ('2026-01-31', 'A: K1; C: K2'), ('2026-02-27', 'A: K1; C: K2'), ('2026-02-28', 'B: K1 K2'), ('2026-03-30', 'B: K1 K2'),
	('2026-03-31', 'B: K2; C: K1'), ('2027-01-01', 'B: K2; C: K1')) AS v (d, classes);
SELECT given.run('2026-03-31', 'TIME');
SELECT is((SELECT count(*) FROM history(10)), 5::bigint, 'a run that changes nothing adds nothing to the history');
UPDATE crm_data.interaction SET amount = 120 WHERE contact_id = given.id('K2') AND posting_date = '2026-03-10';
SELECT given.run('2026-03-31', 'TIME');
SELECT is(given.stored_on('2026-03-31', 'TIME', 10), 'A: K2; C: K1', 'a second run as of the same date replaces');
SELECT is(given.stored_on('2026-03-30', 'TIME', 10), 'B: K1 K2', '... and the day before stays');
DELETE FROM crm_data.interaction WHERE contact_id = given.id('K2') AND posting_date = '2026-03-10';
SELECT given.run('2026-03-31', 'TIME');
SELECT is((SELECT count(*) FROM history(10) WHERE valid_from >= valid_to), 0::bigint, 'nothing is valid for no time at all');
SELECT is(given.stored_on(d, 'TIME', 10), classes, 'after the replacements as of ' || d) FROM (VALUES (date '2026-01-31', 'A: K1; C: K2'), ('2026-02-28', 'B: K1 K2'), ('2026-03-30', 'B: K1 K2'), ('2026-03-31', 'C: K1 K2')) AS v (d, classes);

-- A run as of an earlier date: what it finds holds from then on, what was found later is withdrawn but kept
SELECT given.run('2026-02-20', 'TIME');
SELECT is(given.stored('TIME', 10), 'B: K1 K2', 'a run as of an earlier date stores what it finds');
SELECT is(given.stored_on(d, 'TIME', 10), classes, 'after an earlier run as of ' || d) FROM (VALUES (date '2026-01-31', 'A: K1; C: K2'), ('2026-02-19', 'A: K1; C: K2'), ('2026-02-20', 'B: K1 K2'), ('2026-02-28', 'B: K1 K2'), ('2026-03-31', 'B: K1 K2')) AS v (d, classes);
SELECT cmp_ok((SELECT count(*) FROM history(10) WHERE withdrawn), '>', 0::bigint, 'what it took back is kept, and marked');
SELECT is((SELECT count(*) FROM history(10) h JOIN history(10) o USING (contact_no, description) WHERE NOT h.withdrawn AND NOT o.withdrawn AND (h.valid_from, h.valid_to) IS DISTINCT FROM (o.valid_from, o.valid_to)
	AND daterange(h.valid_from, h.valid_to) && daterange(o.valid_from, o.valid_to)), 0::bigint, 'no answer is valid twice at a time');
SELECT given.run('2025-12-31', 'TIME');
SELECT is(given.stored_on(d, 'TIME', 10), classes, 'after a run before all others as of ' || d) FROM (VALUES (date '2025-12-30', ''), ('2025-12-31', 'C: K1 K2'), ('2026-03-31', 'C: K1 K2')) AS v (d, classes);
SELECT given.run('2026-02-28', 'TIME');
SELECT is(given.stored_on(d, 'TIME', 10), classes, '... and another one as of ' || d) FROM (VALUES (date '2025-12-31', 'C: K1 K2'), ('2026-02-27', 'C: K1 K2'), ('2026-02-28', 'B: K1 K2')) AS v (d, classes);
SELECT given.run('2026-04-30', 'TIME', '2026-05-05');
SELECT is((SELECT array_agg(DISTINCT last_date_updated) FROM crm.contact_profile_answer WHERE questionnaire_code = 'TIME'), '{2026-05-05}', 'dates of answers are those of the last run');
SELECT is((SELECT array_agg(DISTINCT as_of) FROM crm.question_classification WHERE questionnaire_code = 'TIME'), '{2026-04-30}', 'the last run is known');

-- Always fresh: in the changing transaction, also when part of it is rolled back
SELECT given.entry('K2', 'sales invoice', '2026-06-10', 10), given.entry('K1', 'sales invoice', '2026-06-10', 20);
SELECT is(given.fresh('2026-06-30', 'TIME', 10), 'B: K1 K2', 'classes shown without a run');
SELECT is(given.stored('TIME', 10), 'C: K1 K2', '... while nothing is stored');
SAVEPOINT s;
SELECT given.entry('K2', 'sales invoice', '2026-06-30', 90);
SELECT given.fresh('2026-06-30', 'TIME', 10) AS inserted \gset
UPDATE crm_data.interaction SET amount = 1000 WHERE contact_id = given.id('K1') AND posting_date = '2026-06-10';
SELECT given.fresh('2026-06-30', 'TIME', 10) AS updated \gset
DELETE FROM crm_data.interaction WHERE contact_id = given.id('K2');
SELECT given.fresh('2026-06-30', 'TIME', 10) AS deleted \gset
UPDATE crm.questionnaire_line SET to_value = 2000 WHERE questionnaire_code = 'TIME' AND line_no = 30;
SELECT given.fresh('2026-06-30', 'TIME', 10) AS defined \gset
DELETE FROM crm.contact WHERE contact_no = 'K2';
SELECT given.company('K9'), given.customer('K9'), given.customer('K3');
SELECT given.fresh('2026-06-30', 'TIME', 10) AS contacts \gset
UPDATE crm.questionnaire_line SET starting_date_formula = '-CM+1D-1D-1Y' WHERE questionnaire_code = 'TIME' AND line_no = 10;
SELECT given.fresh('2026-06-30', 'TIME', 10) AS longer \gset
SELECT given.run('2026-06-30', 'TIME');
SELECT given.stored('TIME', 10) AS run \gset
ROLLBACK TO s;
SELECT is(:'inserted'::text, 'A: K2; B: K1', 'an entry inserted counts at once');
SELECT is(:'updated'::text, 'A: K1 K2', 'an entry updated');
SELECT is(:'deleted'::text, 'A: K1; C: K2', 'entries deleted');
SELECT is(:'defined'::text, 'A: K1; B: K1; C: K2', 'bounds changed');
SELECT is(:'contacts'::text, 'A: K1; B: K1; C: K3 K9', 'customers that come and go');
SELECT is(:'longer'::text, 'A: K1; B: K1; C: K3 K9', 'a period that is longer');
SELECT is(:'run'::text, 'A: K1; B: K1; C: K3 K9', '... and stored by a run');
SELECT is(given.fresh('2026-06-30', 'TIME', 10), 'B: K1 K2', 'rolled back to the savepoint all is as before');
SELECT is(given.stored('TIME', 10), 'C: K1 K2', '... stored answers too');
SELECT is(given.fresh('2026-07-01', 'TIME', 10), 'C: K1 K2', 'a day later the month is another');
SELECT is(given.fresh('2026-06-01', 'TIME', 10), 'B: K1 K2', '... and back');
SELECT given.is_classified('2026-06-30', 'TIME', 10, 'B: K1 K2', 'a run makes it permanent');

SELECT * FROM finish();
ROLLBACK;
