-- Questionnaires and their lines (domain/2 sections 3.1 and 3.2: Q1 to Q13, E11 to E13), and the shipped one
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(94);
CREATE FUNCTION line(no integer, OUT method text, OUT sorting text, OUT starting text, OUT ending text, OUT decimals integer, OUT min_pct numeric) LANGUAGE sql AS $$
	SELECT classification_method, sorting_method, starting_date_formula, ending_date_formula, no_of_decimals, min_pct_questions_answered::float8::numeric
	FROM crm.questionnaire_line WHERE questionnaire_code = 'Q' AND line_no = no $$;
-- The class fields of a line, customer/vendor/contact
CREATE FUNCTION fields(no integer) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws('/', coalesce(customer_class_field, '-'), coalesce(vendor_class_field, '-'), coalesce(contact_class_field, '-'))
	FROM crm.questionnaire_line WHERE questionnaire_code = 'Q' AND line_no = no $$;
CREATE FUNCTION answer(contact bigint, no integer, code text DEFAULT 'Q') RETURNS void LANGUAGE sql AS $$
	INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) VALUES (contact, code, no) $$;
CREATE OR REPLACE FUNCTION crm_data.rate_contact(contact_id bigint) RETURNS void LANGUAGE sql AS ''; -- not of interest here
INSERT INTO crm.contact (contact_id, name) VALUES (1001, 'A'), (1002, 'B');

-- Header
INSERT INTO crm.questionnaire (questionnaire_code, description) VALUES (' q ', 'First');
SELECT results_eq($$SELECT questionnaire_code, contact_type, business_relation_code, priority, no_of_questions, no_of_contacts FROM crm.questionnaire$$,
	$$VALUES ('Q', NULL::text, NULL::text, 'normal', 0::bigint, 0::bigint)$$, 'codes in upper case, for all contacts, of normal priority');
SELECT throws_ok($$INSERT INTO crm.questionnaire (questionnaire_code, contact_type) VALUES ('X', 'people')$$, '23514', NULL, 'contact type: company, person or NULL');
SELECT throws_ok($$INSERT INTO crm.questionnaire (questionnaire_code, priority) VALUES ('X', 'urgent')$$, '23514', NULL, 'priorities are known');
SELECT throws_ok($$INSERT INTO crm.questionnaire (questionnaire_code, business_relation_code) VALUES ('X', 'NONE')$$, '23503', NULL, 'business relations exist');

-- Lines: numbers, defaults (Q3)
INSERT INTO crm.questionnaire_line (questionnaire_code, line_type, description) VALUES ('q', 'question', 'Turnover'), ('q', 'answer', 'Big'), ('q', 'answer', 'Small');
SELECT results_eq($$SELECT line_no, line_type, description, question_line_no, priority, from_value, to_value, no_of_contacts FROM crm.questionnaire_line ORDER BY line_no$$,
	$$VALUES (10000, 'question', 'Turnover', 10000, 'normal', 0::numeric, 0::numeric, 0::bigint), (20000, 'answer', 'Big', 10000, 'normal', 0, 0, 0), (30000, 'answer', 'Small', 10000, 'normal', 0, 0, 0)$$,
	'Q3: lines in steps of 10000, answers to the nearest question before');
SELECT results_eq('SELECT * FROM line(10000)', $$VALUES (NULL::text, NULL::text, NULL::text, NULL::text, 0, 0::numeric)$$, 'a question describes no classification');
INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, description) VALUES ('Q', 40001, 'question', 'Second'), ('Q', 45000, 'answer', 'Yes');
INSERT INTO crm.questionnaire_line (questionnaire_code, line_type) VALUES ('Q', 'question');
SELECT is((SELECT max(line_no) FROM crm.questionnaire_line), 50000, 'the next number is the next multiple of 10000');
SELECT is((SELECT question_line_no FROM crm.questionnaire_line WHERE line_no = 45000), 40001, 'Q3: the nearest question');
DELETE FROM crm.questionnaire_line WHERE line_no = 50000;

-- Q4: what only a question and only an answer has
SELECT throws_ok(format('INSERT INTO crm.questionnaire_line (questionnaire_code, line_type, %s) VALUES (''Q'', ''answer'', %s)', c, v), '23514', NULL, 'Q4: an answer has no ' || c)
FROM (VALUES ('multiple_answers', 'true'), ('auto_classification', 'true'), ('customer_class_field', '''sales'''), ('vendor_class_field', '''purchases'''),
	('contact_class_field', '''rating'''), ('starting_date_formula', '''CD'''), ('ending_date_formula', '''CD'''), ('classification_method', '''defined value'''),
	('no_of_decimals', '2'), ('min_pct_questions_answered', '5'), ('zero_is_bound', 'true')) AS t (c, v);
SELECT throws_ok(format('INSERT INTO crm.questionnaire_line (questionnaire_code, line_type, %s) VALUES (''Q'', ''question'', 5)', c), '23514', NULL, 'Q4: a question has no ' || c)
FROM (VALUES ('from_value'), ('to_value')) AS t (c);

-- E13 and unknown options
SELECT throws_ok(format('UPDATE crm.questionnaire_line SET auto_classification = true, %s WHERE line_no = 10000', s), '23514', NULL, 'out of range: ' || s)
FROM (VALUES ('no_of_decimals = 26'), ('no_of_decimals = -26'), ('contact_class_field = ''rating'', min_pct_questions_answered = 100.001'),
	('contact_class_field = ''rating'', min_pct_questions_answered = -1'), ('customer_class_field = ''luck'''), ('classification_method = ''dice'''),
	('customer_class_field = ''sales'', classification_method = ''quantile'', sorting_method = ''sideways'''), ('customer_class_field = ''sales'', vendor_class_field = ''purchases'''),
	('line_type = ''remark'''), ('priority = ''urgent''')) AS t (s);
SELECT lives_ok(format('UPDATE crm.questionnaire_line SET no_of_decimals = %s WHERE line_no = 10000', n), 'in range: ' || n) FROM (VALUES (-25), (25), (0)) AS t (n);

-- Q6: one class field
UPDATE crm.questionnaire_line SET auto_classification = true, customer_class_field = 'sales', starting_date_formula = 'CD-1Y+1D', ending_date_formula = 'CD' WHERE line_no = 10000;
SELECT is(fields(10000), 'sales/-/-', 'a class field');
SELECT is((line(10000)).method, 'defined value', 'Q6: its method becomes defined value');
UPDATE crm.questionnaire_line SET vendor_class_field = 'purchases', classification_method = 'percentage of value' WHERE line_no = 10000;
SELECT is(fields(10000), '-/purchases/-', 'Q6: another class field clears the first');
SELECT results_eq('SELECT method, sorting, starting FROM line(10000)', $$VALUES ('percentage of value', 'descending', 'CD-1Y+1D')$$, 'Q6, Q8: a method that was given stays, and sorts descending');
UPDATE crm.questionnaire_line SET contact_class_field = 'interaction quantity' WHERE line_no = 10000;
SELECT is(fields(10000), '-/-/interaction quantity', 'Q6: and the third');
UPDATE crm.questionnaire_line SET no_of_decimals = 2, sorting_method = 'ascending' WHERE line_no = 10000;
UPDATE crm.questionnaire_line SET contact_class_field = NULL WHERE line_no = 10000;
SELECT results_eq('SELECT * FROM line(10000)', $$VALUES (NULL::text, NULL::text, NULL::text, NULL::text, 0, 0::numeric)$$, 'Q6: without a class field nothing is left of the classification');

-- Q7: automatic
SELECT throws_ok($$UPDATE crm.questionnaire_line SET customer_class_field = 'sales', auto_classification = false WHERE line_no = 10000$$, '55000', NULL, 'Q7: not both given up and described');
UPDATE crm.questionnaire_line SET customer_class_field = 'sales' WHERE line_no = 10000;
SELECT throws_ok($$UPDATE crm.questionnaire_line SET auto_classification = false WHERE line_no = 10000$$, '55000',
	'questionnaire "Q", question 10000 "Turnover": cannot cease to be automatic', 'Q7: with a class field a question stays automatic');
UPDATE crm.questionnaire_line SET customer_class_field = NULL, starting_date_formula = NULL WHERE line_no = 10000;
UPDATE crm.questionnaire_line SET ending_date_formula = 'CD' WHERE line_no = 10000;
SELECT throws_ok($$UPDATE crm.questionnaire_line SET auto_classification = false WHERE line_no = 10000$$, '55000', NULL, 'Q7: ... with a formula too');
SELECT lives_ok($$UPDATE crm.questionnaire_line SET auto_classification = false, ending_date_formula = NULL WHERE line_no = 10000$$, '... and ceases with it');
SELECT throws_ok($$UPDATE crm.questionnaire_line SET customer_class_field = 'sales' WHERE line_no = 10000$$, '23514', NULL, 'Q7: class fields need an automatic question');
SELECT lives_ok($$UPDATE crm.questionnaire_line SET contact_class_field = 'rating' WHERE line_no = 10000$$, '... but for ratings');

-- Q9, Q10: ratings
SELECT results_eq('SELECT method, sorting FROM line(10000)', $$VALUES ('defined value', NULL::text)$$, 'Q9: a rating goes by defined value');
UPDATE crm.questionnaire_line SET min_pct_questions_answered = 75, no_of_decimals = 1, starting_date_formula = 'CD', classification_method = 'quantile', sorting_method = 'ascending' WHERE line_no = 10000;
SELECT results_eq('SELECT * FROM line(10000)', $$VALUES ('defined value', NULL::text, NULL::text, NULL::text, 1, 75::numeric)$$, 'Q9: ... whatever else is said, without period');
UPDATE crm.questionnaire_line SET auto_classification = true, customer_class_field = 'profit' WHERE line_no = 10000;
SELECT results_eq('SELECT fields(10000), min_pct FROM line(10000)', $$VALUES ('profit/-/-', 0::numeric)$$, 'Q9, Q10: leaving a rating ends its minimum percentage');
SELECT throws_ok($$UPDATE crm.questionnaire_line SET min_pct_questions_answered = 10 WHERE line_no = 10000$$, '23514', NULL, 'Q10: only ratings have one');
UPDATE crm.questionnaire_line SET contact_class_field = 'rating' WHERE line_no = 10000;
INSERT INTO crm.rating VALUES ('Q', 10000, 'Q', 45000, 10);
SELECT throws_ok($$UPDATE crm.questionnaire_line SET customer_class_field = 'sales' WHERE line_no = 10000$$, '55000',
	'questionnaire "Q", question 10000 "Turnover": cannot cease to be a rating', 'Q9: not while answers give it points');
SELECT throws_ok($$UPDATE crm.questionnaire_line SET contact_class_field = NULL WHERE line_no = 10000$$, '55000', NULL, 'Q9: ... nor to nothing');
DELETE FROM crm.rating;
SELECT lives_ok($$UPDATE crm.questionnaire_line SET contact_class_field = NULL, auto_classification = false WHERE line_no = 10000$$, '... but afterwards');

-- Q8: methods and sorting
UPDATE crm.questionnaire_line SET auto_classification = true, customer_class_field = 'sales', sorting_method = 'ascending' WHERE line_no = 10000;
SELECT is((line(10000)).sorting, NULL, 'Q8: defined value does not sort');
CREATE FUNCTION sorting_of(method text) RETURNS text LANGUAGE sql AS $$
	UPDATE crm.questionnaire_line SET classification_method = 'defined value' WHERE line_no = 10000;
	UPDATE crm.questionnaire_line SET classification_method = method WHERE line_no = 10000;
	SELECT sorting_method FROM crm.questionnaire_line WHERE line_no = 10000 $$;
SELECT is(sorting_of(m), 'descending', 'Q8: ' || m || ' sorts descending by default')
FROM unnest(ARRAY['percentage of value', 'percentage of contacts', 'cumulative percentage of value', 'quantile']) AS m;
UPDATE crm.questionnaire_line SET sorting_method = NULL WHERE line_no = 10000;
SELECT is((line(10000)).sorting, NULL, 'it may be blanked, and is a problem then');
UPDATE crm.questionnaire_line SET classification_method = NULL WHERE line_no = 10000;
SELECT is((line(10000)).method, NULL, '... and so may the method');
INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, auto_classification, customer_class_field) VALUES ('Q', 60000, 'question', true, 'sales');
INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, auto_classification, customer_class_field, classification_method) VALUES ('Q', 70000, 'question', true, 'sales', 'quantile');
SELECT is((line(60000)).method, 'defined value', 'Q6: a new line has the defaults too');
SELECT is((line(70000)).sorting, 'descending', 'Q8: ... of both');

-- Restored rows come back as they were, the odd ones too
CREATE TEMP TABLE saved AS TABLE crm_data.questionnaire_line;
DELETE FROM crm.questionnaire_line;
INSERT INTO crm_data.questionnaire_line TABLE saved;
SELECT bag_eq('TABLE crm_data.questionnaire_line', 'TABLE saved', 'restoring changes nothing');
DELETE FROM crm.questionnaire_line WHERE line_no >= 60000;

-- Q5, E12: changing the type
SELECT throws_ok($$UPDATE crm.questionnaire_line SET line_type = 'answer' WHERE line_no = 10000$$, '55000', NULL, 'E12: a question with a classification is no answer');
UPDATE crm.questionnaire_line SET customer_class_field = NULL, auto_classification = false WHERE line_no = 10000;
UPDATE crm.questionnaire_line SET from_value = 5 WHERE line_no = 20000;
SELECT throws_ok($$UPDATE crm.questionnaire_line SET line_type = 'question' WHERE line_no = 20000$$, '55000', NULL, 'E12: an answer with bounds is no question');
UPDATE crm.questionnaire_line SET from_value = 0 WHERE line_no = 20000;
SELECT answer(1001, 20000);
SELECT throws_ok($$UPDATE crm.questionnaire_line SET line_type = 'question' WHERE line_no = 20000$$, '55000', NULL, 'Q5: ... nor one that contacts have');
SELECT lives_ok($$UPDATE crm.questionnaire_line SET line_type = 'question' WHERE line_no = 30000$$, 'Q5: an answer without either is');
SELECT lives_ok($$UPDATE crm.questionnaire_line SET line_type = 'answer' WHERE line_no = 30000$$, '... and may go back');

-- Q13: moving answers
SELECT answer(1002, 30000);
UPDATE crm.questionnaire_line SET contact_class_field = 'rating' WHERE line_no = 40001;
INSERT INTO crm.rating VALUES ('Q', 40001, 'Q', 20000, 7);
INSERT INTO crm_data.contact_profile_answer_history (contact_id, questionnaire_code, line_no, valid_from, valid_to) VALUES (1002, 'Q', 20000, '2026-01-01', '2026-02-01');
SELECT is(crm.move_answer('q', 30000, 'up'), 20000, 'Q13: up');
SELECT results_eq($$SELECT line_no, description FROM crm.questionnaire_line WHERE line_type = 'answer' ORDER BY 1$$, $$VALUES (20000, 'Small'), (30000, 'Big'), (45000, 'Yes')$$, '... changes places');
SELECT results_eq($$SELECT contact_id, answer FROM crm.contact_profile_answer ORDER BY 1$$, $$VALUES (1001::bigint, 'Big'), (1002, 'Small')$$, '... with the contacts');
SELECT results_eq($$SELECT source_answer, points FROM crm.rating$$, $$VALUES ('Big', 7)$$, '... the points');
SELECT is((SELECT line_no FROM crm.contact_profile_answer_history), 30000, '... and the history');
SELECT throws_ok($$SELECT crm.move_answer('Q', 20000, 'up')$$, '55000', NULL, 'Q13: not past its question');
SELECT throws_ok($$SELECT crm.move_answer('Q', 30000, 'down')$$, '55000', NULL, 'Q13: ... nor into the next');
SELECT throws_ok($$SELECT crm.move_answer('Q', 10000, 'down')$$, '23514', NULL, 'questions do not move');
SELECT throws_ok($$SELECT crm.move_answer('Q', 1, 'down')$$, '42704', NULL, 'lines that are not there neither');
SELECT throws_ok($$SELECT crm.move_answer('Q', 20000, 'left')$$, '22023', NULL, 'up or down');
SELECT is(crm.move_answer('Q', 20000, 'down'), 30000, 'down');

-- Q11, Q1: priorities are those of the line and the header
UPDATE crm.questionnaire_line SET priority = 'high' WHERE line_no = 20000;
UPDATE crm.questionnaire SET priority = 'low' WHERE questionnaire_code = 'Q';
SELECT results_eq($$SELECT answer_priority, questionnaire_priority, profile_order FROM crm.contact_profile_answer WHERE contact_id = 1001$$, $$VALUES ('high', 'low', 31)$$, 'Q1, Q11: the answers of contacts follow');

-- Q12, E11: deleting lines
SELECT throws_ok($$DELETE FROM crm.questionnaire_line WHERE line_no = 30000$$, '23503', 'questionnaire "Q", answer 30000 "Small": cannot be deleted', 'Q12: not while contacts have the answer');
DELETE FROM crm.contact_profile_answer;
SELECT throws_ok($$DELETE FROM crm.questionnaire_line WHERE line_no = 20000$$, '23503', NULL, 'Q12: nor while it gives points');
SELECT throws_ok($$DELETE FROM crm.questionnaire_line WHERE line_no >= 40001$$, '23503', NULL, 'Q12: nor while it gets them');
SELECT throws_ok($$DELETE FROM crm.questionnaire WHERE questionnaire_code = 'Q'$$, '23503', NULL, 'Q2: nor with the questionnaire');
DELETE FROM crm.rating;
SELECT throws_ok($$DELETE FROM crm.questionnaire_line WHERE line_no = 40001$$, '23503', NULL, 'Q12: nor a question before its answer');
SELECT lives_ok($$DELETE FROM crm.questionnaire_line WHERE line_no >= 40001$$, '... but with it');
SELECT answer(1001, 20000);
SELECT throws_ok($$DELETE FROM crm.questionnaire WHERE questionnaire_code = 'Q'$$, '23503', NULL, 'Q2: a questionnaire with answers of contacts stays');
DELETE FROM crm.contact_profile_answer;
SELECT lives_ok($$DELETE FROM crm.questionnaire WHERE questionnaire_code = 'Q'$$, 'Q2: one without goes, questions and answers');
SELECT is_empty('SELECT FROM crm.questionnaire_line', '... all of them');

-- The shipped questionnaire
SELECT crm.install_sales_questionnaire(), crm.install_sales_questionnaire('customer');
SELECT results_eq($$SELECT count(*) FILTER (WHERE line_type = 'question'), count(*) FILTER (WHERE line_type = 'answer') FROM crm.questionnaire_line$$, $$VALUES (8::bigint, 31::bigint)$$, 'the sales questionnaire, once');
SELECT is_empty('SELECT * FROM crm.questionnaire_problem', '... without problems');
SELECT is((SELECT sum(max) FROM (SELECT max(points) FROM crm_data.rating JOIN crm_data.answer_line() l ON (l.questionnaire_code, l.line_no) = (source_questionnaire_code, source_line_no) GROUP BY l.question_line_no) AS best),
	100::bigint, '... the best customer gets 100 points');
UPDATE crm.questionnaire SET description = 'Ours' WHERE questionnaire_code = 'CUSTOMER';
DELETE FROM crm.rating;
SELECT crm.install_sales_questionnaire();
SELECT is((SELECT description || count(r.*) FROM crm.questionnaire LEFT JOIN crm.rating r USING (questionnaire_code) GROUP BY description), 'Ours0', '... and what exists stays as it is');
SELECT crm.install_sales_questionnaire('second');
SELECT is((SELECT count(*) FROM crm.rating WHERE questionnaire_code = 'SECOND' AND source_questionnaire_code = 'SECOND'), 19::bigint, '... another by its side');

SELECT * FROM finish();
ROLLBACK;
