-- Points and what they may be given for (domain/2 sections 3.5 and 5.1: G1 to G3, E7), and the wizard
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT plan(38);
CREATE FUNCTION rate(q text, no integer, source text, source_no integer, points integer DEFAULT 1) RETURNS void LANGUAGE sql AS $$
	INSERT INTO crm.rating (questionnaire_code, line_no, source_questionnaire_code, source_line_no, points) VALUES (q, no, source, source_no, points) $$;
INSERT INTO crm.questionnaire (questionnaire_code) VALUES ('A'), ('B'), ('C');
-- In each: a question by hand (10000: answers 20000, 30000) and two ratings (40000: 50000; 60000: 70000)
INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, description, contact_class_field)
SELECT q, no, t, q || no, field FROM unnest(ARRAY['A', 'B', 'C']) AS q, (VALUES (10000, 'question', NULL), (20000, 'answer', NULL), (30000, 'answer', NULL),
	(40000, 'question', 'rating'), (50000, 'answer', NULL), (60000, 'question', 'rating'), (70000, 'answer', NULL)) AS l (no, t, field);

-- G1, G2
SELECT lives_ok($$SELECT rate('a', 40000, 'a', 20000, 400), rate('A', 40000, 'B', 30000, -50)$$, 'G1: sources in any questionnaire; points may be negative');
SELECT results_eq('SELECT questionnaire_code, line_no, source_questionnaire_code, source_line_no, points, question, source_answer FROM crm.rating ORDER BY 3',
	$$VALUES ('A', 40000, 'A', 20000, 400, 'A40000', 'A20000'), ('A', 40000, 'B', 30000, -50, 'A40000', 'B30000')$$, '... with their texts');
SELECT throws_ok($$SELECT rate('A', 40000, 'A', 20000, 5)$$, '23505', NULL, 'an answer gives points once');
SELECT throws_ok($$SELECT rate('A', 40000, 'A', 10000)$$, '23514', NULL, 'G1: questions give no points');
SELECT throws_ok($$SELECT rate('A', 10000, 'B', 20000)$$, '23514', NULL, 'only ratings get them');
SELECT throws_ok($$SELECT rate('A', 20000, 'B', 20000)$$, '23514', NULL, '... answers do not');
SELECT throws_ok($$SELECT rate('A', 40000, 'B', 1)$$, '23503', NULL, 'no such source');
SELECT throws_ok($$SELECT rate('A', 1, 'B', 20000)$$, '23503', NULL, 'no such question');
SELECT throws_ok($$SELECT rate('A', 40000, 'B', 20000, NULL)$$, '23502', NULL, 'points are a number');
SELECT lives_ok($$SELECT rate('A', 40000, 'C', 20000, 0)$$, 'G2: no points');
SELECT is((SELECT count(*) FROM crm.rating), 2::bigint, '... no row');
UPDATE crm.rating SET points = 0 WHERE source_questionnaire_code = 'B';
SELECT results_eq('SELECT source_questionnaire_code, points FROM crm.rating', $$VALUES ('A', 400)$$, 'G2: setting them to 0 removes the row');
DELETE FROM crm.rating;

-- G3, E7: cycles
SELECT throws_ok($$SELECT rate('A', 40000, 'A', 50000)$$, '23514', 'questionnaire "A", question 40000 "A40000": the rating would depend on itself', 'G3, E7: not its own answers');
SELECT lives_ok($$SELECT rate('A', 40000, 'A', 70000)$$, 'G1: a rating of a rating');
SELECT throws_ok($$SELECT rate('A', 60000, 'A', 50000)$$, '23514', NULL, 'G3: not back again');
SELECT lives_ok($$SELECT rate('A', 60000, 'B', 50000), rate('B', 40000, 'C', 70000)$$, '... across questionnaires');
SELECT throws_ok($$SELECT rate('C', 60000, 'A', 50000)$$, '23514', 'questionnaire "C", question 60000 "C60000": the rating would depend on itself', 'G3: not over four questions');
SELECT lives_ok($$SELECT rate('C', 60000, 'A', 20000), rate('A', 40000, 'C', 70000)$$, '... twice the same is no cycle');
SELECT throws_ok($$UPDATE crm.rating SET source_questionnaire_code = 'A', source_line_no = 70000 WHERE questionnaire_code = 'C'$$, '23514', NULL, 'G3: nor by an update');
DELETE FROM crm.rating;
SELECT throws_ok($$INSERT INTO crm.rating VALUES ('A', 40000, 'B', 50000, 1), ('B', 40000, 'A', 50000, 1)$$, '23514', NULL, 'G3: nor in one statement');
SELECT is_empty('SELECT FROM crm.rating', '... of which nothing is left');

-- What answers and ratings may become
SELECT rate('A', 40000, 'B', 20000);
SELECT throws_ok($$UPDATE crm.questionnaire_line SET line_type = 'question' WHERE (questionnaire_code, line_no) = ('B', 20000)$$, '55000', NULL, 'an answer that gives points stays one');
UPDATE crm.questionnaire SET questionnaire_code = 'bb' WHERE questionnaire_code = 'B';
SELECT is((SELECT source_questionnaire_code FROM crm.rating), 'BB', 'points follow a rename');
CREATE TEMP TABLE saved AS TABLE crm_data.rating;
DELETE FROM crm.rating;
INSERT INTO crm_data.rating TABLE saved;
SELECT bag_eq('TABLE crm_data.rating', 'TABLE saved', 'restoring changes nothing');
DELETE FROM crm.rating;

-- The wizard
SELECT is(crm.create_rating('a', 'Lead', 'a/b/c', '[{"from": 700}, {"from": 200, "to": 699}, {"to": 199}]',
	'[{"line_no": 20000, "points": 400}, {"questionnaire": "c", "line_no": 30000, "points": -50}, {"line_no": 30000, "points": 0}]', 75), 80000, '3.5: below the last line');
SELECT results_eq($$SELECT line_no, line_type, description, auto_classification, contact_class_field, classification_method, min_pct_questions_answered::integer, from_value, to_value, priority
	FROM crm.questionnaire_line WHERE questionnaire_code = 'A' AND line_no >= 80000 ORDER BY 1$$,
	$$VALUES (80000, 'question', 'Lead', true, 'rating', 'defined value', 75, 0::numeric, 0::numeric, 'normal'), (90000, 'answer', 'A', false, NULL, NULL, 0, 700, 0, 'normal'),
	(100000, 'answer', 'B', false, NULL, NULL, 0, 200, 699, 'normal'), (110000, 'answer', 'C', false, NULL, NULL, 0, 0, 199, 'normal')$$,
	'3.5: minimum, interval, maximum in steps of 10000');
SELECT results_eq($$SELECT line_no, source_questionnaire_code, source_line_no, points FROM crm.rating ORDER BY 2$$, $$VALUES (80000, 'A', 20000, 400), (80000, 'C', 30000, -50)$$, '... and the points');
SELECT is(crm.create_rating('C', 'Hot', 'high/low', '[{"from": 50}, {"to": 49}]'), 80000, '3.5: two answers');
SELECT results_eq($$SELECT description FROM crm.questionnaire_line WHERE questionnaire_code = 'C' AND line_no > 80000 ORDER BY line_no$$, $$VALUES ('High'), ('Low')$$, '... High and Low');
SELECT is(crm.create_rating('C', 'Own', 'custom', '[{"answer": "Yes", "from": 60, "to": 60}]'), 110000, '3.5: as many as one likes');
SELECT throws_ok(format('SELECT crm.create_rating(%L, %L, %L, %L, %L, %s)', q, 'X', layout, answers, points, pct), state, NULL, what) FROM (VALUES
	('NONE', 'high/low', '[{"from": 1}, {"to": 1}]', '[]', 0, '42704', 'an unknown questionnaire'),
	('A', 'wide', '[{"from": 1}]', '[]', 0, '22023', 'an unknown layout'),
	('A', 'high/low', '[{"from": 1}]', '[]', 0, '22023', 'too few answers'),
	('A', 'custom', '[]', '[]', 0, '22023', 'none'),
	('A', 'custom', '[{"from": 1}]', '[]', 0, '23502', 'an answer without a text'),
	('A', 'high/low', '[{"from": 1}, {"from": 0}]', '[]', 0, '23514', '3.5: an answer without a bound'),
	('A', 'high/low', '[{"from": 1}, {"to": 1}]', '[{"line_no": 10000, "points": 1}]', 0, '23514', 'points for a question'),
	('A', 'high/low', '[{"from": 1}, {"to": 1}]', '[]', 101, '23514', 'E13: more than all questions')) AS t (q, layout, answers, points, pct, state, what);

SELECT * FROM finish();
ROLLBACK;
