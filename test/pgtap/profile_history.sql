-- Answers over time: validity, as-of, movements, statistics
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(31);
CREATE FUNCTION answer(contact bigint, no integer, day date) RETURNS void LANGUAGE sql AS $$
	SELECT set_config('crm.work_date', day::text, true);
	INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) VALUES (contact, 'Q', no) $$;
CREATE FUNCTION forget(contact bigint, no integer, day date) RETURNS void LANGUAGE sql AS $$
	SELECT set_config('crm.work_date', day::text, true);
	DELETE FROM crm.contact_profile_answer WHERE contact_id = contact AND line_no = no $$;
-- Who had what on a day: 1001=A 1002=B
CREATE FUNCTION classes(day date) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(contact_id || '=' || answer, ' ' ORDER BY contact_id, line_no), '') FROM crm.contact_class_asof(day) $$;
CREATE FUNCTION history(contact bigint) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', line_no, valid_from, valid_to, CASE WHEN withdrawn_at IS NULL THEN 'held' ELSE 'withdrawn' END)
	FROM crm.contact_profile_answer_history WHERE contact_id = contact ORDER BY history_id $$;

INSERT INTO crm.contact (contact_id, name) SELECT n, n FROM generate_series(1001, 1005) AS n;
INSERT INTO crm.questionnaire (questionnaire_code) VALUES ('Q');
INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, description) VALUES
	('Q', 10000, 'question', 'Class'), ('Q', 20000, 'answer', 'A'), ('Q', 30000, 'answer', 'B'), ('Q', 40000, 'answer', 'C'),
	('Q', 50000, 'question', 'Hobbies'), ('Q', 60000, 'answer', 'Golf'), ('Q', 70000, 'answer', 'Chess'), ('Q', 80000, 'answer', 'Cards');
UPDATE crm.questionnaire_line SET multiple_answers = true WHERE line_no = 50000;

-- One contact through the classes
SELECT answer(1001, 20000, '2026-01-10');
SELECT forget(1001, 20000, '2026-02-01'), answer(1001, 30000, '2026-02-01');
SELECT forget(1001, 30000, '2026-03-01'), answer(1001, 40000, '2026-03-05');
SELECT set_eq('SELECT history(1001)', ARRAY['20000 2026-01-10 2026-02-01 held', '30000 2026-02-01 2026-03-01 held'], 'an answer that ends is history, to the day of the change');
SELECT is((SELECT valid_from FROM crm.contact_profile_answer WHERE contact_id = 1001), date '2026-03-05', 'the one of now is valid from its entry');
SELECT is(classes(d), c, 'on ' || d) FROM (VALUES
	(date '2026-01-09', ''), ('2026-01-10', '1001=A'), ('2026-01-31', '1001=A'), ('2026-02-01', '1001=B'), ('2026-02-28', '1001=B'),
	('2026-03-01', ''), ('2026-03-04', ''), ('2026-03-05', '1001=C'), ('2030-01-01', '1001=C')) AS t (d, c);
SELECT results_eq($$SELECT question_line_no, question, line_no, answer, valid_from FROM crm.contact_class_asof('2026-02-15')$$,
	$$VALUES (10000, 'Class', 30000, 'B', date '2026-02-01')$$, 'with question and texts');
SELECT results_eq($$SELECT changed_on, question, from_answer, to_answer FROM crm.contact_class_movement WHERE contact_id = 1001 ORDER BY 1$$,
	$$VALUES (date '2026-01-10', 'Class', NULL, 'A'), ('2026-02-01', 'Class', 'A', 'B'), ('2026-03-01', 'Class', 'B', NULL), ('2026-03-05', 'Class', NULL, 'C')$$,
	'every change with its date');

-- Answers that did not hold
SELECT answer(1002, 20000, '2026-01-10'), forget(1002, 20000, '2026-01-10');
SELECT is_empty('SELECT history(1002)', 'an answer that did not hold for a day leaves no trace');
SELECT answer(1002, 20000, '2026-05-10'), forget(1002, 20000, '2026-04-01');
SELECT set_eq('SELECT history(1002)', ARRAY['20000 2026-05-10 2026-04-01 withdrawn'], 'one that is taken back as of an earlier date stays on record');
SELECT is(classes('2026-05-20'), '1001=C', '... and counts no more');
SELECT is_empty('SELECT FROM crm.contact_class_movement WHERE contact_id = 1002', '... nor as a movement');
SELECT answer(1002, 30000, '2026-04-01'), forget(1002, 30000, '2026-04-20'), answer(1002, 30000, '2026-04-20');
SELECT results_eq($$SELECT changed_on, from_answer, to_answer FROM crm.contact_class_movement WHERE contact_id = 1002$$,
	$$VALUES (date '2026-04-01', NULL, 'B')$$, 'the same answer again is no movement');

-- From one date to another
SELECT answer(1003, 20000, '2026-01-01'), answer(1004, 20000, '2026-01-01'), forget(1004, 20000, '2026-02-10');
SELECT answer(1005, 60000, '2026-01-01'), answer(1005, 70000, '2026-01-01'), forget(1005, 70000, '2026-02-10'), answer(1005, 80000, '2026-02-10');
SELECT results_eq($$SELECT question, from_answer, to_answer, contact_count FROM crm.class_movement('2026-01-15', '2026-04-15')$$,
	$$VALUES ('Class', NULL, 'B', 1::bigint), ('Class', 'A', 'A', 1), ('Class', 'A', 'C', 1), ('Class', 'A', NULL, 1), ('Hobbies', 'Golf', 'Golf', 1), ('Hobbies', 'Chess', 'Cards', 1)$$,
	'movements: entered, stayed, moved, left; of several answers only what changed');
SELECT results_eq($$SELECT question_line_no, from_line_no, to_line_no FROM crm.class_movement('2026-01-15', '2026-04-15') WHERE from_answer = 'A' AND to_answer = 'C'$$,
	$$VALUES (10000, 20000, 40000)$$, '... with lines');
SELECT is_empty($$SELECT FROM crm.class_movement('2020-01-01', '2020-12-31')$$, 'before anything was known nothing moved');
SELECT is((SELECT sum(contact_count) FROM crm.class_movement('2026-04-15', '2026-01-15') WHERE from_answer = 'C'), 1::numeric, 'backwards too');

-- History goes with lines and contacts
SELECT forget(1003, 20000, '2026-06-01'), forget(1001, 40000, '2026-06-01');
DELETE FROM crm.questionnaire_line WHERE line_no = 20000;
SELECT set_eq('SELECT history(1001)', ARRAY['30000 2026-02-01 2026-03-01 held', '40000 2026-03-05 2026-06-01 held'], 'history goes with its line');
DELETE FROM crm.contact WHERE contact_id = 1001;
SELECT is_empty('SELECT history(1001)', '... and its contact');
CREATE TEMP TABLE saved AS TABLE crm_data.contact_profile_answer_history;
SELECT is((SELECT count(*) FROM saved), 2::bigint, 'what is left');
DELETE FROM crm.contact_profile_answer_history;
INSERT INTO crm_data.contact_profile_answer_history TABLE saved;
SELECT bag_eq('TABLE crm_data.contact_profile_answer_history', 'TABLE saved', '... is restored as it was');

-- last_date_updated of an answer that the last run confirmed
UPDATE crm.questionnaire_line SET auto_classification = true, multiple_answers = false, customer_class_field = 'sales' WHERE line_no = 50000;
UPDATE crm_data.contact_profile_answer SET last_date_updated = NULL WHERE line_no = 60000;
SELECT is((SELECT last_date_updated FROM crm.contact_profile_answer WHERE line_no = 60000), NULL, 'no run, no date');
INSERT INTO crm_data.question_classification (questionnaire_code, line_no, as_of, classified_on, contact_count, total_value) VALUES ('Q', 50000, '2026-07-01', '2026-07-02', 3, 12.5);
SELECT is((SELECT last_date_updated FROM crm.contact_profile_answer WHERE line_no = 60000), date '2026-07-02', 'the date of the run');
SELECT is((SELECT last_date_updated FROM crm.contact_profile_answer WHERE line_no = 80000), crm_data.today(), '... but for those with a date of their own');
SELECT results_eq('SELECT as_of, classified_on, contact_count, total_value FROM crm.question_classification', $$VALUES (date '2026-07-01', date '2026-07-02', 3::bigint, 12.5::numeric(38,6))$$, 'the run');

-- Statistics
SET LOCAL crm.work_date = '2026-06-30';
INSERT INTO crm_data.contact_profile_answer (contact_id, questionnaire_code, line_no, valid_from) SELECT n, 'Q', 60000, '2026-01-01' FROM generate_series(1002, 1004) AS n;
INSERT INTO crm_data.interaction (contact_id, company_id, interaction_date, posting_date, document_type, document_key, posted, amount)
SELECT 1002, 1002, d, d, 'sales invoice', d, true, 100 FROM unnest(ARRAY[date '2025-06-30', '2025-07-01', '2026-06-30', '2026-07-01']) AS d;
SELECT results_eq($$SELECT question, answer, contact_count, contact_share_pct, sales_lcy FROM crm.profile_statistics WHERE questionnaire_code = 'Q' ORDER BY line_no$$,
	$$VALUES ('Class', 'B', 1::bigint, 100::numeric(7,4), 200::numeric(28,6)), ('Class', 'C', 0, 0, 0), ('Hobbies', 'Golf', 4, 100, 200), ('Hobbies', 'Chess', 0, 0, 0), ('Hobbies', 'Cards', 1, 25, 0)$$,
	'contacts, shares and the sales of twelve months');

SELECT * FROM finish();
ROLLBACK;
