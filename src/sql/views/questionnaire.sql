CREATE OR REPLACE VIEW crm.questionnaire WITH (security_invoker = true) AS SELECT
	q.questionnaire_code,
	q.description,
	q.contact_type,
	q.business_relation_code,
	q.priority,
	(SELECT count(*) FROM crm_data.questionnaire_line AS l
		WHERE l.questionnaire_code = q.questionnaire_code AND l.line_type = 'question') AS no_of_questions,
	(SELECT count(DISTINCT a.contact_id) FROM crm_data.contact_profile_answer AS a
		WHERE a.questionnaire_code = q.questionnaire_code) AS no_of_contacts
FROM crm_data.questionnaire AS q;
COMMENT ON VIEW crm.questionnaire IS 'Questionnaires that make up the profiles of contacts. Deleting one deletes its lines; error: 23503 contacts have answers in it, or its lines have or give points in crm.rating.';
COMMENT ON COLUMN crm.questionnaire.questionnaire_code IS 'Code of the questionnaire; key. Stored in upper case.';
COMMENT ON COLUMN crm.questionnaire.description IS 'Description.';
COMMENT ON COLUMN crm.questionnaire.contact_type IS 'Whom it is for: ''company'', ''person'', or NULL for both.';
COMMENT ON COLUMN crm.questionnaire.business_relation_code IS 'For contacts whose company has this business relation, see crm.business_relation; NULL for all.';
COMMENT ON COLUMN crm.questionnaire.priority IS '''very low'', ''low'', ''normal'' (default), ''high'', ''very high'': the order of profiles, after the priority of the answer.';
COMMENT ON COLUMN crm.questionnaire.no_of_questions IS 'Number of its questions.';
COMMENT ON COLUMN crm.questionnaire.no_of_contacts IS 'Number of contacts with an answer in it.';

CREATE OR REPLACE VIEW crm.questionnaire_line WITH (security_invoker = true) AS SELECT
	l.questionnaire_code,
	l.line_no,
	l.line_type,
	l.description,
	l.multiple_answers,
	l.auto_classification,
	l.customer_class_field,
	l.vendor_class_field,
	l.contact_class_field,
	l.starting_date_formula,
	l.ending_date_formula,
	l.classification_method,
	l.sorting_method,
	l.no_of_decimals,
	l.zero_is_bound,
	l.min_pct_questions_answered,
	l.from_value,
	l.to_value,
	l.priority,
	(SELECT max(q.line_no) FROM crm_data.questionnaire_line AS q
		WHERE q.questionnaire_code = l.questionnaire_code AND q.line_type = 'question' AND q.line_no <= l.line_no) AS question_line_no,
	(SELECT count(*) FROM crm_data.contact_profile_answer AS a
		WHERE a.questionnaire_code = l.questionnaire_code AND a.line_no = l.line_no) AS no_of_contacts
FROM crm_data.questionnaire_line AS l;
COMMENT ON VIEW crm.questionnaire_line IS 'Questions, and their answers: an answer belongs to the nearest question before it. A question says how it is classified, an answer between which bounds it applies. Setting a class field clears the former one; clearing it clears formulas, method, sorting, decimals and minimum percentage. crm.questionnaire_problem shows what does not work yet. Errors: 23514 a value out of range or of the other type of line; 55000 a change that data forbids: of the type of a line with values, contacts or points, of an automatic question that still has a classification, of a rating question that gets points; 23503 on delete: contacts have the answer, it has or gives points, or answers follow the question.';
COMMENT ON COLUMN crm.questionnaire_line.questionnaire_code IS 'Questionnaire, see crm.questionnaire; key with line_no.';
COMMENT ON COLUMN crm.questionnaire_line.line_no IS 'Number that orders the lines. Left out, the next multiple of 10000. A line that is renumbered takes its contacts and points along; crm.move_answer() swaps two answers.';
COMMENT ON COLUMN crm.questionnaire_line.line_type IS '''question'' or ''answer''.';
COMMENT ON COLUMN crm.questionnaire_line.description IS 'Text of the question or answer.';
COMMENT ON COLUMN crm.questionnaire_line.multiple_answers IS 'Question: whether a contact may have several answers. For answers entered by hand; classification gives every answer that applies.';
COMMENT ON COLUMN crm.questionnaire_line.auto_classification IS 'Question: whether crm.classify() answers it, and nobody else.';
COMMENT ON COLUMN crm.questionnaire_line.customer_class_field IS 'Question: measure of customers: ''sales'', ''profit'', ''sales frequency'', ''average invoice amount'', ''discount percentage'', ''average overdue days'', ''return percentage'', ''recency days'', ''open overdue amount'', ''trend percentage'', ''rfm score'', ''lifetime value''. At most one of the three class fields.';
COMMENT ON COLUMN crm.questionnaire_line.vendor_class_field IS 'Question: measure of vendors: ''purchases'', ''purchase frequency'', ''average ticket size'', ''discount percentage'', ''average overdue days'', ''return percentage'', ''recency days'', ''open overdue amount'', ''trend percentage'', ''rfm score''.';
COMMENT ON COLUMN crm.questionnaire_line.contact_class_field IS 'Question: measure of contacts: ''interaction quantity'', ''interaction frequency'', ''average interaction cost'', ''average interaction duration'', ''opportunity won percentage'', ''interaction recency days'', or ''rating'', the points of crm.rating.';
COMMENT ON COLUMN crm.questionnaire_line.starting_date_formula IS 'Question: date formula of the first day of the period, from the date of the run. Always blank for a rating.';
COMMENT ON COLUMN crm.questionnaire_line.ending_date_formula IS 'Question: date formula of the last day of the period. Always blank for a rating.';
COMMENT ON COLUMN crm.questionnaire_line.classification_method IS 'Question: what the bounds of its answers are compared with: ''defined value'', the measure itself; ''percentage of value'', the contact''s share of the total; ''percentage of contacts'', its rank as a percentage; ''cumulative percentage of value'', the share of all up to its rank; ''quantile'', the percentage of contacts up to its value, equal values together. Left out, or set to the blank text: ''defined value'' where there is a class field. Always that for a rating.';
COMMENT ON COLUMN crm.questionnaire_line.sorting_method IS 'Question: ''descending'' or ''ascending'', for all methods but ''defined value'', which has none. Left out, or when the method is chosen: ''descending''.';
COMMENT ON COLUMN crm.questionnaire_line.no_of_decimals IS 'Question: decimals, -25 to 25, to which the value or percentage is rounded before it is compared; -2 are hundreds.';
COMMENT ON COLUMN crm.questionnaire_line.zero_is_bound IS 'Question: whether a bound of 0 is a bound like others. By default it means no bound where both are given.';
COMMENT ON COLUMN crm.questionnaire_line.min_pct_questions_answered IS 'Question with class field ''rating'': percentage, 0 to 100, of the questions that give points which a contact must have answered to be rated.';
COMMENT ON COLUMN crm.questionnaire_line.from_value IS 'Answer: lower bound, included; NULL for none. 0 means none too, unless to_value is NULL or zero_is_bound is set. Both 0: the answer never applies.';
COMMENT ON COLUMN crm.questionnaire_line.to_value IS 'Answer: upper bound, included; NULL for none. 0 means none too, unless from_value is NULL or zero_is_bound is set.';
COMMENT ON COLUMN crm.questionnaire_line.priority IS 'Answer: ''very low'' (hidden in profiles), ''low'', ''normal'' (default), ''high'', ''very high''.';
COMMENT ON COLUMN crm.questionnaire_line.question_line_no IS 'The question that an answer belongs to, a question itself; NULL for an answer before the first question.';
COMMENT ON COLUMN crm.questionnaire_line.no_of_contacts IS 'Number of contacts with this answer.';

CREATE OR REPLACE VIEW crm.rating WITH (security_invoker = true) AS SELECT
	r.questionnaire_code,
	r.line_no,
	r.source_questionnaire_code,
	r.source_line_no,
	r.points,
	(SELECT q.description FROM crm_data.questionnaire_line AS q
		WHERE q.questionnaire_code = r.questionnaire_code AND q.line_no = r.line_no) AS question,
	(SELECT q.description FROM crm_data.questionnaire_line AS q
		WHERE q.questionnaire_code = r.source_questionnaire_code AND q.line_no = r.source_line_no) AS source_answer
FROM crm_data.rating AS r;
COMMENT ON VIEW crm.rating IS 'How many points an answer gives to a rating question. A row whose points are 0 disappears. Errors: 23514 the line is not a rating question, the source is not an answer, or the rating would depend on itself; 23503 no such line.';
COMMENT ON COLUMN crm.rating.questionnaire_code IS 'Questionnaire of the rating question; key with line_no, source_questionnaire_code and source_line_no.';
COMMENT ON COLUMN crm.rating.line_no IS 'The rating question, see crm.questionnaire_line.';
COMMENT ON COLUMN crm.rating.source_questionnaire_code IS 'Questionnaire of the answer that gives the points: the same or another.';
COMMENT ON COLUMN crm.rating.source_line_no IS 'The answer: of any question, another rating included.';
COMMENT ON COLUMN crm.rating.points IS 'Points; may be negative.';
COMMENT ON COLUMN crm.rating.question IS 'Text of the rating question.';
COMMENT ON COLUMN crm.rating.source_answer IS 'Text of the answer.';

CREATE OR REPLACE VIEW crm.contact_profile_answer WITH (security_invoker = true) AS SELECT
	a.contact_id,
	a.questionnaire_code,
	a.line_no,
	(SELECT c.contact_no FROM crm_data.contact AS c WHERE c.contact_id = a.contact_id) AS contact_no,
	(SELECT c.company_id FROM crm_data.contact AS c WHERE c.contact_id = a.contact_id) AS company_id,
	(SELECT n.priority FROM crm_data.questionnaire AS n WHERE n.questionnaire_code = a.questionnaire_code) AS questionnaire_priority,
	(SELECT l.priority FROM crm_data.questionnaire_line AS l
		WHERE l.questionnaire_code = a.questionnaire_code AND l.line_no = a.line_no) AS answer_priority,
	(SELECT 10 * crm_data.priority_no(l.priority) + crm_data.priority_no(n.priority)
		FROM crm_data.questionnaire_line AS l JOIN crm_data.questionnaire AS n USING (questionnaire_code)
		WHERE l.questionnaire_code = a.questionnaire_code AND l.line_no = a.line_no) AS profile_order,
	(SELECT max(q.line_no) FROM crm_data.questionnaire_line AS q
		WHERE q.questionnaire_code = a.questionnaire_code AND q.line_type = 'question' AND q.line_no <= a.line_no) AS question_line_no,
	(SELECT q.description FROM crm_data.questionnaire_line AS q
		WHERE q.questionnaire_code = a.questionnaire_code AND q.line_type = 'question' AND q.line_no <= a.line_no
		ORDER BY q.line_no DESC LIMIT 1) AS question,
	(SELECT l.description FROM crm_data.questionnaire_line AS l
		WHERE l.questionnaire_code = a.questionnaire_code AND l.line_no = a.line_no) AS answer,
	coalesce(a.questions_answered_pct, 0)::numeric(9,6) AS questions_answered_pct,
	coalesce(a.last_date_updated, (SELECT k.classified_on FROM crm_data.question_classification AS k
		WHERE k.questionnaire_code = a.questionnaire_code AND k.line_no = (SELECT max(q.line_no) FROM crm_data.questionnaire_line AS q
			WHERE q.questionnaire_code = a.questionnaire_code AND q.line_type = 'question' AND q.line_no <= a.line_no))) AS last_date_updated,
	a.valid_from
FROM crm_data.contact_profile_answer AS a;
COMMENT ON VIEW crm.contact_profile_answer IS 'The profiles: answers that contacts have now, given by hand or by crm.classify(). Enter one with contact_id, questionnaire_code and line_no, and delete it; both count as a change of the contact, and rate it anew if the question gives points. ORDER BY profile_order DESC is the order of crm.contact_card, which hides those below 10. A row that is inserted with valid_from is taken as it is. Errors: 42704 no such contact or line; 23514 the question is automatic, has an answer already and allows but one, the line is no answer, the contact is a minor, or the questionnaire is not for the contact (crm.allowed_questionnaire()); 23505 the contact has this answer; 0A000 an UPDATE of the key.';
COMMENT ON COLUMN crm.contact_profile_answer.contact_id IS 'Contact, see crm.contact; key with questionnaire_code and line_no.';
COMMENT ON COLUMN crm.contact_profile_answer.questionnaire_code IS 'Questionnaire, see crm.questionnaire.';
COMMENT ON COLUMN crm.contact_profile_answer.line_no IS 'The answer, see crm.questionnaire_line.';
COMMENT ON COLUMN crm.contact_profile_answer.contact_no IS 'Number of the contact.';
COMMENT ON COLUMN crm.contact_profile_answer.company_id IS 'Company of the contact now; a company itself.';
COMMENT ON COLUMN crm.contact_profile_answer.questionnaire_priority IS 'Priority of the questionnaire.';
COMMENT ON COLUMN crm.contact_profile_answer.answer_priority IS 'Priority of the answer.';
COMMENT ON COLUMN crm.contact_profile_answer.profile_order IS 'The two priorities as a number that orders profiles: ten times that of the answer plus that of the questionnaire, each 0 for ''very low'' to 4 for ''very high''. Below 10 the answer is hidden.';
COMMENT ON COLUMN crm.contact_profile_answer.question_line_no IS 'The question, see crm.questionnaire_line.';
COMMENT ON COLUMN crm.contact_profile_answer.question IS 'Text of the question.';
COMMENT ON COLUMN crm.contact_profile_answer.answer IS 'Text of the answer.';
COMMENT ON COLUMN crm.contact_profile_answer.questions_answered_pct IS 'Rating: percentage of the questions that give points which the contact had answered; else 0.';
COMMENT ON COLUMN crm.contact_profile_answer.last_date_updated IS 'System date of the entry, or of the run that found or confirmed the answer; for a rating the oldest such date of the answers that gave points.';
COMMENT ON COLUMN crm.contact_profile_answer.valid_from IS 'Business date since which the answer holds.';

CREATE OR REPLACE VIEW crm.contact_profile_answer_history WITH (security_invoker = true) AS SELECT
	h.history_id,
	h.contact_id,
	h.questionnaire_code,
	h.line_no,
	h.valid_from,
	h.valid_to,
	h.last_date_updated,
	h.questions_answered_pct::numeric(9,6) AS questions_answered_pct,
	h.withdrawn_at
FROM crm_data.contact_profile_answer_history AS h;
COMMENT ON VIEW crm.contact_profile_answer_history IS 'Answers that contacts had once. They go with their line or contact. crm.contact_class_asof() shows them with those of now.';
COMMENT ON COLUMN crm.contact_profile_answer_history.history_id IS 'Key.';
COMMENT ON COLUMN crm.contact_profile_answer_history.contact_id IS 'Contact, see crm.contact.';
COMMENT ON COLUMN crm.contact_profile_answer_history.questionnaire_code IS 'Questionnaire, see crm.questionnaire.';
COMMENT ON COLUMN crm.contact_profile_answer_history.line_no IS 'The answer, see crm.questionnaire_line.';
COMMENT ON COLUMN crm.contact_profile_answer_history.valid_from IS 'First day on which the answer held.';
COMMENT ON COLUMN crm.contact_profile_answer_history.valid_to IS 'Day from which on it held no more.';
COMMENT ON COLUMN crm.contact_profile_answer_history.last_date_updated IS 'System date on which it was last found or entered; NULL where that is the date of a run that left it as it was.';
COMMENT ON COLUMN crm.contact_profile_answer_history.questions_answered_pct IS 'Rating: percentage of the questions that give points which the contact had answered; NULL for other questions.';
COMMENT ON COLUMN crm.contact_profile_answer_history.withdrawn_at IS 'When it was taken back as of an earlier date; it then counts no more. NULL for answers that did hold.';

CREATE OR REPLACE VIEW crm.question_classification WITH (security_invoker = true) AS SELECT
	k.questionnaire_code,
	k.line_no,
	k.as_of,
	k.classified_on,
	k.starting_date,
	k.ending_date,
	k.contact_count,
	k.total_value::numeric(38,6) AS total_value,
	k.parameters
FROM crm_data.question_classification AS k;
COMMENT ON VIEW crm.question_classification IS 'The last run of crm.classify() for each automatic question.';
COMMENT ON COLUMN crm.question_classification.questionnaire_code IS 'Questionnaire, see crm.questionnaire; key with line_no.';
COMMENT ON COLUMN crm.question_classification.line_no IS 'The question, see crm.questionnaire_line.';
COMMENT ON COLUMN crm.question_classification.as_of IS 'Business date that the run classified as of.';
COMMENT ON COLUMN crm.question_classification.classified_on IS 'System date of the run.';
COMMENT ON COLUMN crm.question_classification.starting_date IS 'First day of its period; NULL for ratings.';
COMMENT ON COLUMN crm.question_classification.ending_date IS 'Last day of its period; NULL for ratings.';
COMMENT ON COLUMN crm.question_classification.contact_count IS 'Number of customers, vendors or contacts that had a value.';
COMMENT ON COLUMN crm.question_classification.total_value IS 'Sum of their values.';
COMMENT ON COLUMN crm.question_classification.parameters IS 'What was estimated on the way, such as the parameters of a lifetime value.';

CREATE OR REPLACE VIEW crm.questionnaire_problem WITH (security_invoker = true) AS
	WITH question AS (
		SELECT q.questionnaire_code, q.line_no, q.description, q.auto_classification, q.starting_date_formula, q.ending_date_formula,
			q.classification_method, q.sorting_method, q.contact_class_field IS NOT DISTINCT FROM 'rating' AS is_rating,
			num_nonnulls(q.customer_class_field, q.vendor_class_field, q.contact_class_field) > 0 AS has_class_field
		FROM crm_data.questionnaire_line AS q WHERE q.line_type = 'question'),
	answer AS (
		SELECT a.questionnaire_code, a.line_no, a.answer, a.from_value, a.to_value,
			a.question_line_no, a.multiple_answers, a.classifies, a.no_of_decimals, a.zero_is_bound
		FROM crm_data.answer_line() AS a),
	/* The bounds that count; NULL is none */
	band AS (
		SELECT a.questionnaire_code, a.line_no, a.answer, a.question_line_no, a.multiple_answers,
			CASE WHEN a.zero_is_bound OR a.to_value IS NULL THEN a.from_value ELSE nullif(a.from_value, 0) END AS lower_bound,
			CASE WHEN a.zero_is_bound OR a.from_value IS NULL THEN a.to_value ELSE nullif(a.to_value, 0) END AS upper_bound,
			('1e' || -a.no_of_decimals)::numeric AS step
		FROM answer AS a
		WHERE a.classifies AND (a.zero_is_bound OR a.from_value IS DISTINCT FROM 0 OR a.to_value IS DISTINCT FROM 0)),
	ordered_band AS (
		SELECT b.questionnaire_code, b.line_no, b.answer, b.lower_bound, b.step,
			max(b.upper_bound) OVER before AS bound_before,
			bool_or(b.upper_bound IS NULL) OVER before AS unbounded_before
		FROM band AS b WHERE b.lower_bound IS NULL OR b.upper_bound IS NULL OR b.lower_bound <= b.upper_bound
		WINDOW before AS (PARTITION BY b.questionnaire_code, b.question_line_no ORDER BY b.lower_bound NULLS FIRST, b.line_no
			ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
	problem AS (
		SELECT q.questionnaire_code, q.line_no, q.description, 'automatic, but without a class field' AS problem
		FROM question AS q WHERE q.auto_classification AND NOT q.has_class_field
		UNION ALL
		SELECT q.questionnaire_code, q.line_no, q.description, 'automatic, but without starting and ending date formulas'
		FROM question AS q WHERE q.auto_classification AND NOT q.is_rating
			AND num_nulls(q.starting_date_formula, q.ending_date_formula) > 0
		UNION ALL
		SELECT q.questionnaire_code, q.line_no, q.description, 'automatic, but without a classification method'
		FROM question AS q WHERE q.auto_classification AND q.classification_method IS NULL
		UNION ALL
		SELECT q.questionnaire_code, q.line_no, q.description, format('method %L without a sorting method', q.classification_method)
		FROM question AS q WHERE q.classification_method <> 'defined value' AND q.sorting_method IS NULL
		UNION ALL
		SELECT q.questionnaire_code, q.line_no, q.description, 'no answers'
		FROM question AS q
		WHERE NOT EXISTS (SELECT FROM answer AS a WHERE a.questionnaire_code = q.questionnaire_code AND a.question_line_no = q.line_no)
		UNION ALL
		SELECT a.questionnaire_code, a.line_no, a.answer, 'no question before it'
		FROM answer AS a WHERE a.question_line_no IS NULL
		UNION ALL
		SELECT a.questionnaire_code, a.line_no, a.answer, 'never applies: both bounds are 0'
		FROM answer AS a WHERE a.classifies AND NOT a.zero_is_bound AND a.from_value = 0 AND a.to_value = 0
		UNION ALL
		SELECT a.questionnaire_code, a.line_no, a.answer, format('a bound has more decimals than the values, which have %s', a.no_of_decimals)
		FROM answer AS a WHERE round(a.from_value, a.no_of_decimals) <> a.from_value OR round(a.to_value, a.no_of_decimals) <> a.to_value
		UNION ALL
		SELECT b.questionnaire_code, b.line_no, b.answer, 'never applies: from_value is above to_value'
		FROM band AS b WHERE b.lower_bound > b.upper_bound
		UNION ALL
		SELECT b.questionnaire_code, b.line_no, b.answer, format('overlaps answer %s "%s"', o.line_no, o.answer)
		FROM band AS b JOIN band AS o USING (questionnaire_code, question_line_no)
		WHERE b.line_no < o.line_no AND NOT b.multiple_answers
			AND coalesce(b.lower_bound <= b.upper_bound, true) AND coalesce(o.lower_bound <= o.upper_bound, true)
			AND coalesce(b.lower_bound <= o.upper_bound, true) AND coalesce(o.lower_bound <= b.upper_bound, true)
		UNION ALL
		SELECT b.questionnaire_code, b.line_no, b.answer,
			format('no answer applies above %s and below %s', trim_scale(b.bound_before), trim_scale(b.lower_bound))
		FROM ordered_band AS b WHERE NOT b.unbounded_before AND b.lower_bound > b.bound_before + b.step)
	SELECT p.questionnaire_code, p.line_no, p.description, p.problem
	FROM problem AS p;
COMMENT ON VIEW crm.questionnaire_problem IS 'What is wrong with questionnaires, or only looks so: automatic questions that cannot be classified, questions and answers without each other, bounds that never apply, need more decimals than the values have, overlap (then a contact gets both answers) or leave a gap (then it gets none). No rows: all is well.';
COMMENT ON COLUMN crm.questionnaire_problem.questionnaire_code IS 'Questionnaire, see crm.questionnaire.';
COMMENT ON COLUMN crm.questionnaire_problem.line_no IS 'The question or answer concerned, see crm.questionnaire_line.';
COMMENT ON COLUMN crm.questionnaire_problem.description IS 'Its text.';
COMMENT ON COLUMN crm.questionnaire_problem.problem IS 'What is wrong with it.';

CREATE OR REPLACE VIEW crm.contact_class_movement WITH (security_invoker = true) AS
	WITH started AS NOT MATERIALIZED (
		SELECT a.contact_id, a.questionnaire_code, a.line_no, l.question_line_no, l.answer, a.valid_from AS changed_on
		FROM (
			SELECT n.contact_id, n.questionnaire_code, n.line_no, n.valid_from
			FROM crm_data.contact_profile_answer AS n
			UNION ALL
			SELECT h.contact_id, h.questionnaire_code, h.line_no, h.valid_from
			FROM crm_data.contact_profile_answer_history AS h WHERE h.withdrawn_at IS NULL) AS a
		JOIN crm_data.answer_line() AS l USING (questionnaire_code, line_no)),
	ended AS NOT MATERIALIZED (
		SELECT h.contact_id, h.questionnaire_code, h.line_no, l.question_line_no, l.answer, h.valid_to AS changed_on
		FROM crm_data.contact_profile_answer_history AS h JOIN crm_data.answer_line() AS l USING (questionnaire_code, line_no)
		WHERE h.withdrawn_at IS NULL)
	/* Not a FULL JOIN: a condition on the contact is to reach both sides */
	SELECT m.contact_id, m.questionnaire_code, m.question_line_no, m.changed_on,
		(SELECT q.description FROM crm_data.questionnaire_line AS q
			WHERE q.questionnaire_code = m.questionnaire_code AND q.line_no = m.question_line_no) AS question,
		m.from_line_no, m.from_answer, m.to_line_no, m.to_answer
	FROM (
		SELECT e.contact_id, e.questionnaire_code, e.question_line_no, e.changed_on,
			e.line_no AS from_line_no, e.answer AS from_answer, s.line_no AS to_line_no, s.answer AS to_answer
		FROM ended AS e
		LEFT JOIN started AS s ON (s.contact_id, s.questionnaire_code, s.question_line_no, s.changed_on)
			= (e.contact_id, e.questionnaire_code, e.question_line_no, e.changed_on)
		UNION ALL
		SELECT s.contact_id, s.questionnaire_code, s.question_line_no, s.changed_on, NULL, NULL, s.line_no, s.answer
		FROM started AS s
		WHERE NOT EXISTS (SELECT FROM ended AS e WHERE (e.contact_id, e.questionnaire_code, e.question_line_no, e.changed_on)
			= (s.contact_id, s.questionnaire_code, s.question_line_no, s.changed_on))) AS m
	WHERE m.from_line_no IS DISTINCT FROM m.to_line_no;
COMMENT ON VIEW crm.contact_class_movement IS 'Every change of an answer, with its date. An answer that was taken back as of an earlier date is none. For what changed between two dates see crm.class_movement().';
COMMENT ON COLUMN crm.contact_class_movement.contact_id IS 'Contact, see crm.contact.';
COMMENT ON COLUMN crm.contact_class_movement.questionnaire_code IS 'Questionnaire, see crm.questionnaire.';
COMMENT ON COLUMN crm.contact_class_movement.question_line_no IS 'The question, see crm.questionnaire_line.';
COMMENT ON COLUMN crm.contact_class_movement.changed_on IS 'Business date of the change: the first day with the new answer.';
COMMENT ON COLUMN crm.contact_class_movement.question IS 'Text of the question.';
COMMENT ON COLUMN crm.contact_class_movement.from_line_no IS 'The answer before; NULL if there was none.';
COMMENT ON COLUMN crm.contact_class_movement.from_answer IS 'Its text.';
COMMENT ON COLUMN crm.contact_class_movement.to_line_no IS 'The answer after; NULL if there was none.';
COMMENT ON COLUMN crm.contact_class_movement.to_answer IS 'Its text.';

CREATE OR REPLACE VIEW crm.profile_statistics WITH (security_invoker = true) AS
	WITH sales AS (
		SELECT s.company_id, sum(s.sales_lcy) AS sales_lcy
		FROM crm.sales_entry AS s
		WHERE s.posting_date > (crm.work_date() - interval '1 year')::date AND s.posting_date <= crm.work_date()
		GROUP BY s.company_id),
	holding AS (
		SELECT a.questionnaire_code, a.line_no, count(*) AS contact_count, sum(s.sales_lcy) AS sales_lcy
		FROM crm_data.contact_profile_answer AS a LEFT JOIN sales AS s ON s.company_id = a.contact_id
		GROUP BY a.questionnaire_code, a.line_no),
	answering AS (
		SELECT c.questionnaire_code, c.question_line_no, count(*) AS contact_count
		FROM (SELECT DISTINCT l.questionnaire_code, l.question_line_no, a.contact_id
			FROM crm_data.contact_profile_answer AS a JOIN crm_data.answer_line() AS l USING (questionnaire_code, line_no)) AS c
		GROUP BY c.questionnaire_code, c.question_line_no)
	SELECT l.questionnaire_code, l.question_line_no, l.question, l.line_no, l.answer,
		coalesce(h.contact_count, 0) AS contact_count,
		coalesce(100.0 * h.contact_count / a.contact_count, 0)::numeric(7,4) AS contact_share_pct,
		coalesce(h.sales_lcy, 0)::numeric(28,6) AS sales_lcy
	FROM crm_data.answer_line() AS l
	LEFT JOIN holding AS h USING (questionnaire_code, line_no)
	LEFT JOIN answering AS a ON a.questionnaire_code = l.questionnaire_code AND a.question_line_no = l.question_line_no;
COMMENT ON VIEW crm.profile_statistics IS 'How many contacts have each answer now, and what the companies among them bought in the twelve months up to the work date. Adds up the sales history.';
COMMENT ON COLUMN crm.profile_statistics.questionnaire_code IS 'Questionnaire, see crm.questionnaire; key with line_no.';
COMMENT ON COLUMN crm.profile_statistics.question_line_no IS 'The question, see crm.questionnaire_line.';
COMMENT ON COLUMN crm.profile_statistics.question IS 'Text of the question.';
COMMENT ON COLUMN crm.profile_statistics.line_no IS 'The answer.';
COMMENT ON COLUMN crm.profile_statistics.answer IS 'Text of the answer.';
COMMENT ON COLUMN crm.profile_statistics.contact_count IS 'Number of contacts with this answer.';
COMMENT ON COLUMN crm.profile_statistics.contact_share_pct IS 'Their share, in percent, of the contacts with any answer to the question.';
COMMENT ON COLUMN crm.profile_statistics.sales_lcy IS 'Sales net of tax in local currency, of the last twelve months, of the companies among them, with their persons.';
