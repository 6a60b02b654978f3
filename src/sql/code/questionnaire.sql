/* ---------- triggers ---------- */

CREATE OR REPLACE FUNCTION crm_data.questionnaire_line() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_questionnaire_line';
COMMENT ON FUNCTION crm_data.questionnaire_line() IS 'BEFORE trigger: numbers the line; method, sorting and formulas follow the class field; what data forbids is refused.';

CREATE OR REPLACE FUNCTION crm_data.questionnaire_line_delete() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_questionnaire_line_delete';
COMMENT ON FUNCTION crm_data.questionnaire_line_delete() IS 'BEFORE DELETE trigger: a line in use stays.';

CREATE OR REPLACE FUNCTION crm_data.check_question_removed() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_check_question_removed';
COMMENT ON FUNCTION crm_data.check_question_removed() IS 'AFTER DELETE trigger: a question does not go without its answers.';

CREATE OR REPLACE FUNCTION crm_data.rating_rule() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_rating_rule';
COMMENT ON FUNCTION crm_data.rating_rule() IS 'AFTER trigger: answers give points to rating questions, not to themselves; a row without points goes.';

CREATE OR REPLACE FUNCTION crm_data.answer_entered() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_answer_entered';
COMMENT ON FUNCTION crm_data.answer_entered() IS 'BEFORE INSERT trigger: checks and dates an answer that is entered by hand.';

CREATE OR REPLACE FUNCTION crm_data.answer_deleted() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_answer_deleted';
COMMENT ON FUNCTION crm_data.answer_deleted() IS 'BEFORE DELETE trigger: answers of automatic questions stay.';

CREATE OR REPLACE FUNCTION crm_data.answer_changed() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_answer_changed';
COMMENT ON FUNCTION crm_data.answer_changed() IS 'AFTER trigger: keeps the history of deleted answers, and rates the contact anew.';

CREATE OR REPLACE FUNCTION crm_data.refuse_answer_update() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_refuse_answer_update';
COMMENT ON FUNCTION crm_data.refuse_answer_update() IS 'BEFORE UPDATE trigger: one answer does not become another.';

CREATE OR REPLACE FUNCTION crm_data.profile_deleted() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_profile_deleted';
COMMENT ON FUNCTION crm_data.profile_deleted() IS 'AFTER DELETE trigger on contacts: their answers go along.';

/* ---------- what lines and priorities mean ---------- */

CREATE OR REPLACE FUNCTION crm_data.priority_no(priority text) RETURNS integer
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT array_position(ARRAY['very low', 'low', 'normal', 'high', 'very high'], priority) - 1;
END;
COMMENT ON FUNCTION crm_data.priority_no(text) IS 'Priorities in order: 0 ''very low'' to 4 ''very high''.';

CREATE OR REPLACE FUNCTION crm_data.question_line_no(questionnaire_code text, line_no integer) RETURNS integer
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT max(q.line_no) FROM crm_data.questionnaire_line AS q
	WHERE q.questionnaire_code = question_line_no.questionnaire_code AND q.line_type = 'question' AND q.line_no <= question_line_no.line_no;
END;
COMMENT ON FUNCTION crm_data.question_line_no(text, integer) IS 'The question that a line belongs to: the nearest before it, or the line itself; NULL before the first.';

CREATE OR REPLACE FUNCTION crm_data.answer_line()
RETURNS TABLE (
	questionnaire_code		text,
	line_no					integer,
	answer					text,
	priority				text,
	from_value				numeric,
	to_value				numeric,
	question_line_no		integer,
	question				text,
	multiple_answers		boolean,
	classifies				boolean,
	no_of_decimals			integer,
	zero_is_bound			boolean
)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	/* A window, so that questions are found once, and not for every row that lines are joined with */
	WITH line AS (
		SELECT l.questionnaire_code, l.line_no, l.line_type, l.description, l.priority, l.from_value, l.to_value,
			max(l.line_no) FILTER (WHERE l.line_type = 'question') OVER (PARTITION BY l.questionnaire_code ORDER BY l.line_no) AS question_line_no
		FROM crm_data.questionnaire_line AS l)
	SELECT a.questionnaire_code, a.line_no, a.description, a.priority, a.from_value, a.to_value,
		a.question_line_no, q.description, q.multiple_answers, q.auto_classification OR q.contact_class_field IS NOT DISTINCT FROM 'rating',
		q.no_of_decimals, q.zero_is_bound
	FROM line AS a
	LEFT JOIN crm_data.questionnaire_line AS q ON q.questionnaire_code = a.questionnaire_code AND q.line_no = a.question_line_no
	WHERE a.line_type = 'answer';
END;
COMMENT ON FUNCTION crm_data.answer_line() IS 'The answers of all questionnaires with their questions.';

/* ---------- which questionnaires a contact may use ---------- */

CREATE OR REPLACE FUNCTION crm_data.questionnaire_allowed(contact_id bigint, questionnaire_code text) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT (q.contact_type IS NULL OR q.contact_type = c.contact_type)
		AND (q.business_relation_code IS NULL OR EXISTS (SELECT FROM crm_data.contact_business_relation AS r
			WHERE r.contact_id = c.company_id AND r.business_relation_code = q.business_relation_code))
		OR EXISTS (SELECT FROM crm_data.contact_profile_answer AS a
			WHERE a.contact_id = c.contact_id AND a.questionnaire_code = q.questionnaire_code)
	FROM crm_data.questionnaire AS q CROSS JOIN crm_data.contact AS c
	WHERE q.questionnaire_code = questionnaire_allowed.questionnaire_code AND c.contact_id = questionnaire_allowed.contact_id;
END;
COMMENT ON FUNCTION crm_data.questionnaire_allowed(bigint, text) IS
'Whether a contact may answer a questionnaire: its type and the business relations of its company fit, or it has answered before.';

CREATE OR REPLACE FUNCTION crm.allowed_questionnaire(contact_no text) RETURNS SETOF text
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT q.questionnaire_code
	FROM crm_data.contact AS c CROSS JOIN crm_data.questionnaire AS q
	WHERE c.contact_no = crm_data.as_code(allowed_questionnaire.contact_no) AND crm_data.questionnaire_allowed(c.contact_id, q.questionnaire_code)
	ORDER BY q.questionnaire_code COLLATE "C";
END;
COMMENT ON FUNCTION crm.allowed_questionnaire(text) IS
'The questionnaires that a contact may answer, by code: of its type or of any, and of a business relation of its company or of none; and those that it has answered before. No row for an unknown contact.';

CREATE OR REPLACE FUNCTION crm.default_questionnaire(contact_no text, questionnaire text DEFAULT NULL) RETURNS text
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_default_questionnaire';
COMMENT ON FUNCTION crm.default_questionnaire(text, text) IS
'The questionnaire asked for if the contact may answer it, else the first by code that it may. In a database without questionnaires it creates GENERAL. Errors: 23502 no contact_no; 42704 no such contact; P0002 no questionnaire is for the contact.';

/* ---------- working on a questionnaire ---------- */

CREATE OR REPLACE FUNCTION crm.move_answer(questionnaire text, line_no integer, direction text) RETURNS integer
	LANGUAGE c STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_move_answer';
COMMENT ON FUNCTION crm.move_answer(text, integer, text) IS
'Moves an answer ''up'' or ''down'': it changes places with the next answer to the same question, and takes its contacts, their history and its points along. Returns its new line_no. Errors: 42704 no such line; 23514 the line is a question; 55000 there is no answer on that side; 22023 another direction.';

CREATE OR REPLACE FUNCTION crm_data.create_rating(questionnaire text, question text, layout text, answers jsonb, points jsonb,
		min_pct_questions_answered numeric) RETURNS integer
	LANGUAGE c STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_create_rating';
COMMENT ON FUNCTION crm_data.create_rating(text, text, text, jsonb, jsonb, numeric) IS 'crm.create_rating() with every argument.';

CREATE OR REPLACE FUNCTION crm.create_rating(questionnaire text, question text, layout text, answers jsonb,
		points jsonb DEFAULT NULL, min_pct_questions_answered numeric DEFAULT NULL) RETURNS integer
	LANGUAGE sql
BEGIN ATOMIC
	SELECT crm_data.create_rating(create_rating.questionnaire, create_rating.question, create_rating.layout, create_rating.answers,
		coalesce(create_rating.points, '[]'), coalesce(create_rating.min_pct_questions_answered, 0));
END;
COMMENT ON FUNCTION crm.create_rating(text, text, text, jsonb, jsonb, numeric) IS
'Adds a rating question with its answers and points at the end of a questionnaire; returns the line_no of the question. layout: ''high/low'' (two answers), ''a/b/c'' (three), ''custom'' (any number). answers: one object per answer, in order, such as {"answer": "A", "from": 1000}: "from" alone is a minimum, "to" alone a maximum, both an interval; "answer" may be left out where the layout has names. points: such as {"questionnaire": "CUSTOMER", "line_no": 20000, "points": 400}, without "questionnaire" of the same one. min_pct_questions_answered: 0 to 100, default 0. NULL if another argument is. Errors: 42704 no such questionnaire; 22023 another layout or another number of answers; 23502 a custom answer without a text; 23514 an answer without a bound, points for a line that is no answer, a percentage out of range; 23503 points for a line that is not there.';

/* ---------- classes over time ---------- */

CREATE OR REPLACE FUNCTION crm.contact_class_asof(on_date date)
RETURNS TABLE (
	contact_id				bigint,
	questionnaire_code		text,
	line_no					integer,
	question_line_no		integer,
	question				text,
	answer					text,
	valid_from				date
)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT a.contact_id, a.questionnaire_code, a.line_no, l.question_line_no, l.question, l.answer, a.valid_from
	FROM (
		SELECT n.contact_id, n.questionnaire_code, n.line_no, n.valid_from
		FROM crm_data.contact_profile_answer AS n
		WHERE n.valid_from <= on_date
		UNION ALL
		SELECT h.contact_id, h.questionnaire_code, h.line_no, h.valid_from
		FROM crm_data.contact_profile_answer_history AS h
		WHERE h.valid_from <= on_date AND on_date < h.valid_to AND h.withdrawn_at IS NULL) AS a
	JOIN crm_data.answer_line() AS l USING (questionnaire_code, line_no);
END;
COMMENT ON FUNCTION crm.contact_class_asof(date) IS
'The answers that contacts had on a date, with the questions and texts of today. An answer holds from the date as of which it was found or entered until the date as of which it was found or taken back otherwise.';

CREATE OR REPLACE FUNCTION crm.class_movement(from_date date, to_date date)
RETURNS TABLE (
	questionnaire_code		text,
	question_line_no		integer,
	question				text,
	from_line_no			integer,
	from_answer				text,
	to_line_no				integer,
	to_answer				text,
	contact_count			bigint
)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH compared AS MATERIALIZED (
		SELECT contact_id, questionnaire_code, question_line_no, line_no, b.valid_from IS NOT NULL AS had, a.valid_from IS NOT NULL AS has
		FROM crm.contact_class_asof(from_date) AS b
		FULL JOIN crm.contact_class_asof(to_date) AS a USING (contact_id, questionnaire_code, question_line_no, line_no)),
	/* What stays is set apart first, or the answers of a question that allows several would be paired at random */
	movement AS (
		SELECT c.questionnaire_code, c.question_line_no, c.line_no AS from_line_no, c.line_no AS to_line_no, count(*) AS contact_count
		FROM compared AS c WHERE c.had AND c.has
		GROUP BY c.questionnaire_code, c.question_line_no, c.line_no
		UNION ALL
		SELECT questionnaire_code, question_line_no, l.line_no, t.line_no, count(*)
		FROM (SELECT * FROM compared AS c WHERE NOT c.has) AS l
		FULL JOIN (SELECT * FROM compared AS c WHERE NOT c.had) AS t USING (contact_id, questionnaire_code, question_line_no)
		GROUP BY questionnaire_code, question_line_no, l.line_no, t.line_no)
	SELECT m.questionnaire_code, m.question_line_no, q.description, m.from_line_no, f.description, m.to_line_no, t.description, m.contact_count
	FROM movement AS m
	JOIN crm_data.questionnaire_line AS q ON q.questionnaire_code = m.questionnaire_code AND q.line_no = m.question_line_no
	LEFT JOIN crm_data.questionnaire_line AS f ON f.questionnaire_code = m.questionnaire_code AND f.line_no = m.from_line_no
	LEFT JOIN crm_data.questionnaire_line AS t ON t.questionnaire_code = m.questionnaire_code AND t.line_no = m.to_line_no
	ORDER BY m.questionnaire_code, m.question_line_no, m.from_line_no NULLS FIRST, m.to_line_no NULLS LAST;
END;
COMMENT ON FUNCTION crm.class_movement(date, date) IS
'How contacts moved between the answers to each question from one date to another: how many had from_answer on the first and to_answer on the second. Same answer: they stayed; NULL in from_answer: they had none and entered; NULL in to_answer: they left.';

/* ---------- what is shipped ---------- */

CREATE OR REPLACE FUNCTION crm.install_sales_questionnaire(questionnaire text DEFAULT 'CUSTOMER') RETURNS void
	LANGUAGE sql
BEGIN ATOMIC
	WITH created AS (
		INSERT INTO crm_data.questionnaire (questionnaire_code, description, contact_type, priority)
		VALUES (install_sales_questionnaire.questionnaire, 'Customers by their purchases of twelve months', 'company', 'high')
		ON CONFLICT DO NOTHING
		RETURNING questionnaire_code),
	question AS (
		INSERT INTO crm_data.questionnaire_line (questionnaire_code, line_no, line_type, description, auto_classification,
			customer_class_field, starting_date_formula, ending_date_formula, classification_method, sorting_method, no_of_decimals)
		SELECT c.questionnaire_code, q.line_no, 'question', q.description, true, q.class_field, 'CD-1Y+1D', 'CD', q.method, q.sorting, q.decimals
		FROM created AS c CROSS JOIN (VALUES
			(10000, 'Share of turnover', 'sales', 'cumulative percentage of value', 'descending', 2),
			(50000, 'Rank by turnover', 'sales', 'percentage of contacts', 'descending', 2),
			(100000, 'Invoices a year', 'sales frequency', 'defined value', NULL, 2),
			(150000, 'Returns', 'return percentage', 'defined value', NULL, 2),
			(190000, 'Discount', 'discount percentage', 'defined value', NULL, 2),
			(240000, 'Last invoice', 'recency days', 'defined value', NULL, 0),
			(290000, 'Recency, frequency, value', 'rfm score', 'defined value', NULL, 0)) AS q (line_no, description, class_field, method, sorting, decimals)),
	rating AS (
		INSERT INTO crm_data.questionnaire_line (questionnaire_code, line_no, line_type, description, auto_classification,
			contact_class_field, min_pct_questions_answered)
		SELECT c.questionnaire_code, 360000, 'question', 'Value as a customer', true, 'rating', 50 FROM created AS c),
	answer AS (
		/* A missing bound is NULL, so that 0 can be one */
		INSERT INTO crm_data.questionnaire_line (questionnaire_code, line_no, line_type, description, from_value, to_value, priority)
		SELECT c.questionnaire_code, a.line_no, 'answer', a.description, a.from_value, a.to_value, a.priority
		FROM created AS c CROSS JOIN (VALUES
			(20000, 'A', NULL, 80, 'high'), (30000, 'B', 80.01, 95, 'normal'), (40000, 'C', 95.01, NULL, 'low'),
			(60000, 'Top tenth', NULL, 10, 'high'), (70000, 'Upper quarter', 10.01, 25, 'normal'),
			(80000, 'Middle half', 25.01, 75, 'normal'), (90000, 'Lower quarter', 75.01, NULL, 'low'),
			(110000, 'None', NULL, 0, 'low'), (120000, 'Up to 4', 0.01, 4, 'normal'),
			(130000, 'Up to 12', 4.01, 12, 'normal'), (140000, 'More than 12', 12.01, NULL, 'high'),
			(160000, 'None', NULL, 0, 'very low'), (170000, 'Up to 5 %', 0.01, 5, 'normal'), (180000, 'More than 5 %', 5.01, NULL, 'high'),
			(200000, 'None', NULL, 0, 'very low'), (210000, 'Up to 5 %', 0.01, 5, 'normal'),
			(220000, 'Up to 15 %', 5.01, 15, 'normal'), (230000, 'More than 15 %', 15.01, NULL, 'high'),
			(250000, 'Within 30 days', NULL, 30, 'normal'), (260000, 'Within 90 days', 31, 90, 'normal'),
			(270000, 'Within 180 days', 91, 180, 'normal'), (280000, 'Longer ago, or never', 181, NULL, 'high'),
			(300000, 'Best', 500, NULL, 'high'), (310000, 'Active', 400, 499, 'normal'), (320000, 'Steady', 300, 399, 'normal'),
			(330000, 'Fading', 200, 299, 'normal'), (340000, 'Lost', 1, 199, 'high'), (350000, 'No purchase', NULL, 0, 'low'),
			(370000, 'A', 60, NULL, 'very high'), (380000, 'B', 30, 59, 'high'), (390000, 'C', NULL, 29, 'normal')
		) AS a (line_no, description, from_value, to_value, priority))
	INSERT INTO crm_data.rating (questionnaire_code, line_no, source_questionnaire_code, source_line_no, points)
	SELECT c.questionnaire_code, 360000, c.questionnaire_code, p.line_no, p.points
	FROM created AS c CROSS JOIN (VALUES
		(20000, 25), (30000, 15), (40000, 5), (60000, 15), (70000, 10), (80000, 5),
		(120000, 5), (130000, 10), (140000, 20), (160000, 10), (170000, 5), (180000, -10),
		(200000, 5), (230000, -5), (250000, 10), (260000, 5),
		(300000, 15), (310000, 10), (320000, 5)) AS p (line_no, points);
END;
COMMENT ON FUNCTION crm.install_sales_questionnaire(text) IS
'Installs a questionnaire that classifies the companies'' customers by the twelve months up to the date of the run: share of turnover (cumulative: A makes 80 %, B the next 15 %), rank by turnover, invoices a year, returns, discount, last invoice, RFM score, and a rating that gives points to all of these (A from 60, B from 30). crm.classify() answers it. A questionnaire of that code that exists stays as it is, so calling it again is harmless.';
