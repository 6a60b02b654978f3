-- What is wrong with a questionnaire (domain/2 section 3.4, K3, C27, C28)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT plan(32);
INSERT INTO crm.questionnaire (questionnaire_code) VALUES ('Q');
CREATE FUNCTION problems() RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(line_no || ': ' || problem, '; ' ORDER BY line_no, problem), '') FROM crm.questionnaire_problem $$;
-- One automatic question with answers of these bounds: from, to, from, to ...
CREATE FUNCTION bands(decimals integer, VARIADIC bounds numeric[]) RETURNS text LANGUAGE sql AS $$
	DELETE FROM crm_data.questionnaire_line;
	INSERT INTO crm_data.questionnaire_line (questionnaire_code, line_no, line_type, auto_classification, customer_class_field, starting_date_formula, ending_date_formula, no_of_decimals)
	VALUES ('Q', 10, 'question', true, 'sales', 'CD-1Y+1D', 'CD', decimals);
	INSERT INTO crm_data.questionnaire_line (questionnaire_code, line_no, line_type, description, from_value, to_value)
	SELECT 'Q', 10 + 10 * n, 'answer', 'a' || n, bounds[2 * n - 1], bounds[2 * n] FROM generate_series(1, array_length(bounds, 1) / 2) AS n;
	SELECT problems() $$;
CREATE FUNCTION with_zero_bound() RETURNS text LANGUAGE sql AS $$ UPDATE crm_data.questionnaire_line SET zero_is_bound = true WHERE line_no = 10; SELECT problems() $$;

SELECT is(problems(), '', 'nothing, no problem');
INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, description) VALUES ('Q', 10, 'question', 'Position');
SELECT is(problems(), '10: no answers', '3.4: a question without answers');
INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, description) VALUES ('Q', 20, 'answer', 'Boss');
SELECT is(problems(), '', 'a question by hand needs no bounds');
INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, description) VALUES ('Q', 5, 'answer', 'Lost');
SELECT is(problems(), '5: no question before it', '3.4: an answer before the first question');
DELETE FROM crm.questionnaire_line WHERE line_no = 5;
UPDATE crm.questionnaire_line SET from_value = 5 WHERE line_no = 20;
UPDATE crm.questionnaire_line SET auto_classification = true WHERE line_no = 10;
SELECT is(problems(), '10: automatic, but without a class field; 10: automatic, but without a classification method; 10: automatic, but without starting and ending date formulas',
	'3.4: automatic, and nothing said');
UPDATE crm.questionnaire_line SET customer_class_field = 'sales' WHERE line_no = 10;
SELECT is(problems(), '10: automatic, but without starting and ending date formulas', '3.4: without a period');
UPDATE crm.questionnaire_line SET starting_date_formula = 'CY-1Y+1D' WHERE line_no = 10;
SELECT is(problems(), '10: automatic, but without starting and ending date formulas', '... with half of one');
UPDATE crm.questionnaire_line SET ending_date_formula = 'CD' WHERE line_no = 10;
SELECT is(problems(), '', '... with one');
UPDATE crm.questionnaire_line SET classification_method = NULL WHERE line_no = 10;
SELECT is(problems(), '10: automatic, but without a classification method', '3.4: without a method');
UPDATE crm.questionnaire_line SET classification_method = 'percentage of contacts' WHERE line_no = 10;
UPDATE crm.questionnaire_line SET sorting_method = NULL WHERE line_no = 10;
SELECT is(problems(), '10: method ''percentage of contacts'' without a sorting method', '3.4: a percentage without sorting');
UPDATE crm.questionnaire_line SET contact_class_field = 'rating' WHERE line_no = 10;
SELECT is(problems(), '', '3.4: a rating needs no period');
UPDATE crm.questionnaire_line SET from_value = 0 WHERE line_no = 20;
SELECT is(problems(), '20: never applies: both bounds are 0', '3.4: an answer of 0..0');
SELECT results_eq('SELECT questionnaire_code, line_no, description FROM crm.questionnaire_problem', $$VALUES ('Q', 20, 'Boss')$$, 'each with its line');

-- Decimals
SELECT is(bands(0, NULL, 999.5), '20: a bound has more decimals than the values, which have 0', '3.4: more decimals than the values have');
SELECT is(bands(2, NULL, 999.55), '', '... as many');
SELECT is(bands(-2, NULL, 1250), '20: a bound has more decimals than the values, which have -2', '... hundreds');
SELECT is(bands(-2, NULL, 1300), '', '... full ones');

-- Bands: overlaps and gaps at the precision of the values
SELECT is(bands(0, 3001, 0, 1000, 3000, 0, 999), '', 'Ex1: side by side');
SELECT is(bands(2, 0, 999, 1000, 1999), '30: no answer applies above 999 and below 1000', 'C28: 0..999 and 1000..1999 with two decimals');
SELECT is(bands(0, 0, 999, 1000, 1999), '', 'C28: ... not without');
SELECT is(bands(-2, NULL, 900, 1000, NULL), '', '... nor between hundreds');
SELECT is(bands(0, NULL, 80, 80, 95), '20: overlaps answer 30 "a2"', 'K3: an overlap');
SELECT is(bands(0, 10, 20, NULL, NULL), '20: overlaps answer 30 "a2"', '... with what is unbounded');
SELECT is(bands(0, 100, NULL, 1, 10, 20, 30), '20: no answer applies above 30 and below 100; 40: no answer applies above 10 and below 20', 'gaps, in any order of lines');
SELECT is(bands(0, 1, 100, 20, 30, 101, 200), '20: overlaps answer 30 "a2"', 'a band within another leaves no gap after it');
SELECT is(bands(0, 0, 10, 10, 0), '20: overlaps answer 30 "a2"', 'K2: 0 is no bound');
SELECT is(bands(0, 20, 10, 12, 15), '20: never applies: from_value is above to_value', 'bounds the wrong way round');
SELECT is(bands(0, 0, 0, 5, 10), '20: never applies: both bounds are 0', '0..0');
SELECT is(with_zero_bound(), '30: no answer applies above 0 and below 5', '... where 0 is a bound');
SELECT is(bands(0, NULL, 0, 1, NULL), '', 'a single NULL makes 0 a bound');
SELECT is(bands(0, 1, 10, 5, 20), '20: overlaps answer 30 "a2"', 'several answers');
UPDATE crm.questionnaire_line SET multiple_answers = true WHERE line_no = 10;
SELECT is(problems(), '', 'K3: ... are no problem where they are allowed');

SELECT * FROM finish();
ROLLBACK;
