/*
 * Classification a second time, slow and obvious: domain/2 sections 4 and 5 in SQL, with the measures and
 * methods beyond them. Tests compare the engine with it. Without 'lifetime value'.
 *
 * Quotients have 60 digits and are looked at with 40, so that what is equal, or a tie of rounding, as a
 * fraction is so here.
 */
CREATE SCHEMA reference;

CREATE FUNCTION reference.quotient(numerator numeric, denominator numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS
	'SELECT round(numerator, 60) / denominator';

/* To the nearest multiple of 10^(-decimals), ties away from zero */
CREATE FUNCTION reference.round_to(quotient numeric, decimals integer) RETURNS numeric LANGUAGE sql IMMUTABLE AS
	'SELECT round(round(quotient, 40), decimals)';

/* Section 1, the terms one after the other; valid formulas only */
CREATE FUNCTION reference.calc_date(formula text, reference_date date) RETURNS date LANGUAGE sql IMMUTABLE AS $$
	WITH RECURSIVE term AS (
		SELECT ordinality AS n, CASE part[1] WHEN '-' THEN -1 ELSE 1 END AS sign, part[2] AS before, part[3]::integer AS number, part[4] AS unit
		FROM regexp_matches(upper(translate(formula, '<> ', '')), '([+-]?)(WD(?=[0-9])|D(?=[0-9])|C)?([0-9]+)?(WD(?![0-9])|[DWMQY](?![0-9]))?', 'g')
			WITH ORDINALITY AS match (part, ordinality)
		WHERE part[2] IS NOT NULL OR part[3] IS NOT NULL
	), step AS (
		SELECT 0::bigint AS n, reference_date AS x
		UNION ALL
		SELECT t.n, CASE
			WHEN t.before = 'C' AND t.unit = 'D' THEN x
			WHEN t.before = 'C' AND t.sign < 0 THEN date_trunc(period.name, x)::date
			WHEN t.before = 'C' THEN (date_trunc(period.name, x) + period.length - interval '1 day')::date
			WHEN t.before = 'WD' THEN (SELECT x + t.sign * d FROM generate_series(1, 7) AS d WHERE extract(isodow FROM x + t.sign * d) = t.number)
			WHEN t.before = 'D' THEN (SELECT x + t.sign * d FROM generate_series(1, 62) AS d
				WHERE extract(day FROM x + t.sign * d) = least(t.number, extract(day FROM date_trunc('month', x + t.sign * d) + interval '1 month - 1 day'))
				ORDER BY d LIMIT 1)
			WHEN t.unit IN ('D', 'WD') THEN x + t.sign * t.number
			ELSE (x + t.sign * t.number * period.length)::date END
		FROM step
		JOIN term AS t ON t.n = step.n + 1
		LEFT JOIN (VALUES ('W', 'week', interval '7 days'), ('M', 'month', interval '1 month'), ('Q', 'quarter', interval '3 months'), ('Y', 'year', interval '1 year'))
			AS period (unit, name, length) ON period.unit = t.unit
	)
	SELECT x FROM step ORDER BY n DESC LIMIT 1;
$$;

/* Section 4.8: 0 is no bound, unless it stands beside NULL or the question says that it is one */
CREATE FUNCTION reference.in_band(value numeric, from_value numeric, to_value numeric, zero_is_bound boolean) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
		WHEN from_value IS NULL AND to_value IS NULL THEN true
		WHEN from_value IS NULL THEN value <= to_value
		WHEN to_value IS NULL THEN value >= from_value
		WHEN zero_is_bound OR from_value <> 0 AND to_value <> 0 THEN value >= from_value AND value <= to_value
		WHEN from_value <> 0 THEN value >= from_value
		WHEN to_value <> 0 THEN value <= to_value
		ELSE false END
$$;

CREATE VIEW reference.question AS
	SELECT l.*, h.contact_type, h.business_relation_code,
		coalesce((SELECT min(next.line_no) FROM crm_data.questionnaire_line AS next
			WHERE next.questionnaire_code = l.questionnaire_code AND next.line_type = 'question' AND next.line_no > l.line_no), 2147483647) AS next_question_line_no,
		CASE WHEN l.customer_class_field IS NOT NULL THEN 'customer' WHEN l.vendor_class_field IS NOT NULL THEN 'vendor'
			WHEN l.contact_class_field IS NOT NULL THEN 'contact' END AS side,
		coalesce(l.customer_class_field, l.vendor_class_field, l.contact_class_field) AS class_field
	FROM crm_data.questionnaire_line AS l
	JOIN crm_data.questionnaire AS h USING (questionnaire_code)
	WHERE l.line_type = 'question';

/* Every answer line with its question (Q3) */
CREATE VIEW reference.answer_line AS
	SELECT a.questionnaire_code, q.line_no AS question_line_no, a.line_no, a.from_value, a.to_value
	FROM crm_data.questionnaire_line AS a
	JOIN reference.question AS q ON q.questionnaire_code = a.questionnaire_code AND a.line_no > q.line_no AND a.line_no < q.next_question_line_no
	WHERE a.line_type = 'answer';

/* Which contacts are customers, and vendors (C4) */
CREATE VIEW reference.partner AS
	SELECT DISTINCT link_type AS side, contact_id FROM crm_data.contact_business_relation
	WHERE link_type IN ('customer', 'vendor') AND (card_no IS NOT NULL OR card_key IS NOT NULL);

/* Both ledgers, purchases with the signs of sales; partner_id is the customer or vendor of the entry */
CREATE VIEW reference.entry AS
	WITH entry AS (
		SELECT 'customer' AS side, interaction_id, ledger_type, document_no, posting_date, sales_lcy AS amount, profit_lcy AS profit, discount_lcy AS discount,
			remaining_lcy AS remaining, open, due_date, closed_date
		FROM crm.sales_entry
		UNION ALL
		SELECT 'vendor', interaction_id, ledger_type, document_no, posting_date, - purchase_lcy, NULL, - discount_lcy,
			- remaining_lcy, open, due_date, closed_date
		FROM crm.purchase_entry
	)
	SELECT e.*, i.closed_by_document_no,
		CASE WHEN c.contact_type = 'person'
				AND EXISTS (SELECT FROM reference.partner AS p WHERE p.side = e.side AND p.contact_id = i.contact_id)
				AND (NOT EXISTS (SELECT FROM reference.partner AS p WHERE p.side = e.side AND p.contact_id = i.company_id)
					OR EXISTS (SELECT FROM crm_data.contact_business_relation AS own JOIN crm_data.source AS s ON s.partner_source_id = own.source_id
						WHERE s.source_id = i.source_id AND own.contact_id = i.contact_id AND own.link_type = e.side AND own.card_key = i.partner_key))
			THEN i.contact_id
			ELSE coalesce(i.company_id, i.contact_id) END AS partner_id
	FROM entry AS e
	JOIN crm_data.interaction AS i USING (interaction_id)
	LEFT JOIN crm_data.contact AS c ON c.contact_id = i.contact_id;

/* Days that a closed invoice was overdue (C14, C15) */
CREATE FUNCTION reference.overdue_days(invoice reference.entry) RETURNS integer LANGUAGE sql STABLE AS $$
	SELECT coalesce(greatest(coalesce(invoice.closed_date, (SELECT payment.closed_date FROM reference.entry AS payment
			WHERE payment.side = invoice.side AND payment.partner_id = invoice.partner_id AND payment.ledger_type = 'payment'
				AND payment.closed_by_document_no = invoice.document_no
			ORDER BY payment.interaction_id LIMIT 1)) - invoice.due_date, 0), 0)
$$;

/* What the measures of sections 4.4 and 4.5 are made of, of every customer or vendor */
CREATE FUNCTION reference.partner_figures(of_side text, from_date date, to_date date, as_of date)
	RETURNS TABLE (contact_id bigint, amount numeric, previous_amount numeric, profit numeric, discount numeric, invoices numeric, invoice_amount numeric,
		credit_memo_amount numeric, last_invoice_on date, closed_invoices numeric, overdue_days numeric, open_overdue_amount numeric) LANGUAGE sql STABLE AS $$
	SELECT p.contact_id,
		coalesce(sum(e.amount) FILTER (WHERE e.posting_date >= from_date), 0),
		coalesce(sum(e.amount) FILTER (WHERE e.posting_date < from_date), 0),
		coalesce(sum(e.profit) FILTER (WHERE e.posting_date >= from_date), 0),
		coalesce(sum(e.discount) FILTER (WHERE e.posting_date >= from_date), 0),
		count(*) FILTER (WHERE e.posting_date >= from_date AND e.ledger_type = 'invoice'),
		coalesce(sum(e.amount) FILTER (WHERE e.posting_date >= from_date AND e.ledger_type = 'invoice'), 0),
		coalesce(sum(e.amount) FILTER (WHERE e.posting_date >= from_date AND e.ledger_type = 'credit memo'), 0),
		max(e.posting_date) FILTER (WHERE e.posting_date >= from_date AND e.ledger_type = 'invoice'),
		count(*) FILTER (WHERE e.posting_date >= from_date AND e.ledger_type = 'invoice' AND NOT e.open),
		coalesce(sum(reference.overdue_days(e)) FILTER (WHERE e.posting_date >= from_date AND e.ledger_type = 'invoice' AND NOT e.open), 0),
		coalesce(sum(coalesce(e.remaining, e.amount)) FILTER (WHERE e.posting_date >= from_date AND e.ledger_type = 'invoice' AND e.open AND e.due_date < as_of), 0)
	FROM reference.partner AS p
	LEFT JOIN reference.entry AS e ON e.side = p.side AND e.partner_id = p.contact_id
		AND e.posting_date BETWEEN from_date - (to_date - from_date + 1) AND to_date
	WHERE p.side = of_side
	GROUP BY p.contact_id
$$;

/* The same for section 4.6: a company has its persons' interactions, a person only his own */
CREATE FUNCTION reference.contact_figures(from_date date, to_date date)
	RETURNS TABLE (contact_id bigint, interactions numeric, cost numeric, duration numeric, last_interaction_on date, won numeric, lost numeric) LANGUAGE sql STABLE AS $$
	SELECT c.contact_id, i.interactions, i.cost, i.duration, i.last_interaction_on, o.won, o.lost
	FROM crm_data.contact AS c
	CROSS JOIN LATERAL (
		SELECT count(*) AS interactions, coalesce(sum(i.cost), 0) AS cost, coalesce(sum(i.duration_minutes), 0) AS duration, max(i.interaction_date) AS last_interaction_on
		FROM crm_data.interaction AS i
		WHERE CASE c.contact_type WHEN 'company' THEN i.company_id ELSE i.contact_id END = c.contact_id
			AND i.interaction_date BETWEEN from_date AND to_date AND NOT i.canceled AND NOT i.postponed) AS i
	CROSS JOIN LATERAL (
		SELECT count(*) FILTER (WHERE o.action_taken = 'won') AS won, count(*) FILTER (WHERE o.action_taken = 'lost') AS lost
		FROM crm_data.opportunity_entry AS o
		WHERE CASE c.contact_type WHEN 'company' THEN o.company_id ELSE o.contact_id END = c.contact_id
			AND o.active AND o.estimated_close_date BETWEEN from_date AND to_date) AS o
$$;

/* Whether the header lets a contact take part (C6, C7) */
CREATE FUNCTION reference.is_selected(contact crm_data.contact, side text, contact_type text, business_relation_code text) RETURNS boolean LANGUAGE sql STABLE AS $$
	SELECT (contact_type IS DISTINCT FROM 'company' OR contact.contact_type = 'company')
		AND (business_relation_code IS NULL OR EXISTS (SELECT FROM crm_data.contact_business_relation AS r
			WHERE r.contact_id = CASE WHEN side = 'contact' THEN contact.company_id ELSE contact.contact_id END
				AND r.business_relation_code = is_selected.business_relation_code))
$$;

/* Part k of n in fifths, rounded up */
CREATE FUNCTION reference.fifth(k bigint, n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT (5 * k + n - 1) / n';

/* One value for each contact of a question (C8); counting with ORDER BY counts equal ones too */
CREATE FUNCTION reference.values(as_of date, questionnaire text, question_line_no integer) RETURNS TABLE (contact_id bigint, contact_no text, value numeric) LANGUAGE sql STABLE AS $$
	WITH question AS (
		SELECT q.*, reference.calc_date(q.starting_date_formula, as_of) AS from_date, reference.calc_date(q.ending_date_formula, as_of) AS to_date,
			reference.calc_date(q.ending_date_formula, as_of) - reference.calc_date(q.starting_date_formula, as_of) + 1 AS days
		FROM reference.question AS q WHERE q.questionnaire_code = questionnaire AND q.line_no = question_line_no
	), partner AS (
		SELECT f.*, c.contact_no, q.class_field, q.to_date, q.days
		FROM question AS q
		CROSS JOIN LATERAL reference.partner_figures(q.side, q.from_date, q.to_date, as_of) AS f
		JOIN crm_data.contact AS c USING (contact_id)
		WHERE reference.is_selected(c, q.side, q.contact_type, q.business_relation_code)
	), contact AS (
		SELECT f.*, c.contact_no, q.class_field, q.to_date, q.days
		FROM question AS q
		CROSS JOIN LATERAL reference.contact_figures(q.from_date, q.to_date) AS f
		JOIN crm_data.contact AS c USING (contact_id)
		WHERE q.side = 'contact' AND reference.is_selected(c, q.side, q.contact_type, q.business_relation_code)
	), rfm AS (
		SELECT p.contact_id, 100 * reference.fifth(count(*) OVER (ORDER BY last_invoice_on), count(*) OVER ())
			+ 10 * reference.fifth(count(*) OVER (ORDER BY invoices), count(*) OVER ())
			+ reference.fifth(count(*) OVER (ORDER BY amount), count(*) OVER ()) AS score
		FROM partner AS p WHERE p.invoices > 0
	)
	SELECT p.contact_id, p.contact_no, coalesce(CASE p.class_field
		WHEN 'sales' THEN amount
		WHEN 'purchases' THEN amount
		WHEN 'profit' THEN profit
		WHEN 'sales frequency' THEN reference.quotient(invoices * 365, days)
		WHEN 'purchase frequency' THEN reference.quotient(invoices * 365, days)
		WHEN 'average invoice amount' THEN reference.quotient(invoice_amount, nullif(invoices, 0))
		WHEN 'average ticket size' THEN reference.quotient(invoice_amount, nullif(invoices, 0))
		WHEN 'discount percentage' THEN CASE WHEN invoices > 0 THEN reference.quotient(100 * discount, nullif(invoice_amount + discount, 0)) END
		WHEN 'average overdue days' THEN reference.quotient(overdue_days, nullif(closed_invoices, 0))
		WHEN 'return percentage' THEN reference.quotient(-100 * credit_memo_amount, nullif(invoice_amount, 0))
		WHEN 'recency days' THEN coalesce(to_date - last_invoice_on, days)
		WHEN 'open overdue amount' THEN open_overdue_amount
		WHEN 'trend percentage' THEN coalesce(reference.quotient(100 * (amount - previous_amount), nullif(abs(previous_amount), 0)), 100 * sign(amount))
		WHEN 'rfm score' THEN rfm.score END, 0)
	FROM partner AS p LEFT JOIN rfm ON rfm.contact_id = p.contact_id
	UNION ALL
	SELECT contact_id, contact_no, coalesce(CASE class_field
		WHEN 'interaction quantity' THEN interactions
		WHEN 'interaction frequency' THEN reference.quotient(interactions * 365, days)
		WHEN 'average interaction cost' THEN reference.quotient(cost, nullif(interactions, 0))
		WHEN 'average interaction duration' THEN reference.quotient(duration, nullif(interactions, 0))
		WHEN 'opportunity won percentage' THEN reference.quotient(100 * won, nullif(won + lost, 0))
		WHEN 'interaction recency days' THEN coalesce(to_date - last_interaction_on, days) END, 0)
	FROM contact
$$;

/* Values and what the method makes of them: value is what is compared by 'defined value', percentage by the others (C24, C30, C31) */
CREATE FUNCTION reference.scores(as_of date, questionnaire text, question_line_no integer)
	RETURNS TABLE (contact_id bigint, value numeric, percentage numeric) LANGUAGE sql STABLE AS $$
	WITH value AS (
		SELECT v.contact_id, v.contact_no COLLATE "C" AS contact_no, v.value AS long_value, round(v.value, 40) AS value, q.classification_method AS method, q.no_of_decimals,
			CASE q.sorting_method WHEN 'ascending' THEN round(v.value, 40) ELSE - round(v.value, 40) END AS sort_value,
			q.sorting_method = 'ascending' AS ascending, CASE WHEN round(sum(v.value) OVER (), 40) <> 0 THEN sum(v.value) OVER () END AS total, count(*) OVER () AS contacts
		FROM reference.question AS q CROSS JOIN LATERAL reference.values(as_of, questionnaire, question_line_no) AS v
		WHERE q.questionnaire_code = questionnaire AND q.line_no = question_line_no
	), ranked AS (
		SELECT v.*, row_number() OVER (ORDER BY sort_value, CASE WHEN ascending THEN contact_no END, CASE WHEN NOT ascending THEN contact_no END DESC) AS rank FROM value AS v
	)
	SELECT r.contact_id, CASE WHEN method = 'defined value' THEN round(value, no_of_decimals) ELSE value END,
		reference.round_to(CASE method
			WHEN 'percentage of value' THEN coalesce(reference.quotient(100 * long_value, total), 0)
			WHEN 'cumulative percentage of value' THEN coalesce(reference.quotient(100 * (SELECT sum(b.long_value) FROM ranked AS b WHERE b.rank <= r.rank), total), 0)
			WHEN 'percentage of contacts' THEN reference.quotient(100 * rank, contacts)
			WHEN 'quantile' THEN reference.quotient(100 * (SELECT count(*) FROM ranked AS b WHERE b.sort_value <= r.sort_value), contacts) END, no_of_decimals)
	FROM ranked AS r
$$;

/* What a run stores for the automatic questions of a questionnaire that are no ratings (4.9, 4.10) */
CREATE FUNCTION reference.answers(as_of date, questionnaire text)
	RETURNS TABLE (contact_id bigint, questionnaire_code text, question_line_no integer, line_no integer, value numeric, percentage numeric) LANGUAGE sql STABLE AS $$
	SELECT DISTINCT ON (marked.contact_id, a.line_no) marked.contact_id, q.questionnaire_code, q.line_no, a.line_no, s.value, s.percentage
	FROM reference.question AS q
	CROSS JOIN LATERAL reference.scores(as_of, q.questionnaire_code, q.line_no) AS s
	JOIN reference.answer_line AS a ON a.questionnaire_code = q.questionnaire_code AND a.question_line_no = q.line_no
		AND reference.in_band(coalesce(s.percentage, s.value), a.from_value, a.to_value, q.zero_is_bound)
	JOIN crm_data.contact AS c ON c.contact_id = s.contact_id
	JOIN crm_data.contact AS marked ON marked.contact_id = c.contact_id
		OR marked.company_id = c.contact_id AND marked.contact_type = 'person' AND q.side <> 'contact' AND q.contact_type IS DISTINCT FROM 'company'
	WHERE q.questionnaire_code = questionnaire AND q.auto_classification AND q.class_field <> 'rating'
		AND (q.contact_type IS NULL OR q.contact_type = marked.contact_type)
	ORDER BY marked.contact_id, a.line_no, marked.contact_id = s.contact_id DESC
$$;

/*
 * Ratings build on answers, so these are kept: what classify() expects to be stored after it has run
 */
CREATE TABLE reference.answer (
	contact_id				bigint,
	questionnaire_code		text,
	question_line_no		integer,
	line_no					integer,
	questions_answered_pct	numeric,
	last_date_updated		date,
	PRIMARY KEY (contact_id, questionnaire_code, line_no)
);

/* Rating questions and the longest way down to sources that are no ratings */
CREATE VIEW reference.rating_level AS
	WITH RECURSIVE path AS (
		SELECT questionnaire_code, line_no, 1 AS level FROM reference.question WHERE class_field = 'rating'
		UNION
		SELECT r.questionnaire_code, r.line_no, path.level + 1
		FROM path
		JOIN reference.answer_line AS a ON a.questionnaire_code = path.questionnaire_code AND a.question_line_no = path.line_no
		JOIN crm_data.rating AS r ON r.source_questionnaire_code = a.questionnaire_code AND r.source_line_no = a.line_no
		WHERE path.level < 10
	)
	SELECT questionnaire_code, line_no, max(level) AS level FROM path GROUP BY questionnaire_code, line_no;

/* What a rating question stores (section 5.2), given the answers of reference.answer */
CREATE FUNCTION reference.rating_answers(questionnaire text, question_line_no integer, updated_on date)
	RETURNS TABLE (contact_id bigint, line_no integer, points numeric, questions_answered_pct numeric, last_date_updated date) LANGUAGE sql STABLE AS $$
	WITH question AS (
		SELECT * FROM reference.question WHERE questionnaire_code = questionnaire AND line_no = question_line_no
	), source AS (
		SELECT r.points, a.questionnaire_code, a.question_line_no, a.line_no
		FROM crm_data.rating AS r
		JOIN reference.answer_line AS a ON a.questionnaire_code = r.source_questionnaire_code AND a.line_no = r.source_line_no
		WHERE r.questionnaire_code = questionnaire AND r.line_no = rating_answers.question_line_no
	), scored AS (
		SELECT c.contact_id,
			coalesce((SELECT sum(s.points) FROM source AS s JOIN reference.answer AS a USING (questionnaire_code, line_no) WHERE a.contact_id = c.contact_id), 0)::numeric AS points,
			coalesce(reference.quotient(100 * (SELECT count(DISTINCT (s.questionnaire_code, s.question_line_no)) FROM source AS s
					JOIN reference.answer AS a ON a.questionnaire_code = s.questionnaire_code AND a.question_line_no = s.question_line_no WHERE a.contact_id = c.contact_id),
				nullif((SELECT count(DISTINCT (questionnaire_code, question_line_no)) FROM source), 0)), 0) AS answered,
			least(updated_on, (SELECT min(a.last_date_updated) FROM source AS s JOIN reference.answer AS a USING (questionnaire_code, line_no) WHERE a.contact_id = c.contact_id)) AS updated_on
		FROM question AS q
		JOIN crm_data.contact AS c ON reference.is_selected(c, 'contact', q.contact_type, q.business_relation_code)
		WHERE q.contact_type IS NULL OR q.contact_type = c.contact_type
	)
	SELECT s.contact_id, a.line_no, round(s.points, q.no_of_decimals), round(s.answered, 10), s.updated_on
	FROM question AS q
	CROSS JOIN scored AS s
	JOIN reference.answer_line AS a ON a.questionnaire_code = q.questionnaire_code AND a.question_line_no = q.line_no
		AND reference.in_band(round(s.points, q.no_of_decimals), a.from_value, a.to_value, q.zero_is_bound)
	WHERE round(s.answered, 40) >= q.min_pct_questions_answered
$$;

/* The rating questions of one level; of some questionnaires, of one contact */
CREATE FUNCTION reference.rate(of_level integer, questionnaires text[], one_contact_id bigint, updated_on date) RETURNS void LANGUAGE sql AS $$
	INSERT INTO reference.answer
		SELECT a.contact_id, l.questionnaire_code, l.line_no, a.line_no, a.questions_answered_pct, a.last_date_updated
		FROM reference.rating_level AS l CROSS JOIN LATERAL reference.rating_answers(l.questionnaire_code, l.line_no, updated_on) AS a
		WHERE l.level = of_level AND l.questionnaire_code = ANY (questionnaires) AND (one_contact_id IS NULL OR a.contact_id = one_contact_id)
$$;

/* The answers that are stored, with the meaning of a date that is not */
CREATE VIEW reference.stored_answer AS
	SELECT a.contact_id, a.questionnaire_code, l.question_line_no, a.line_no, round(coalesce(a.questions_answered_pct, 0), 10) AS questions_answered_pct,
		coalesce(a.last_date_updated, r.classified_on) AS last_date_updated, q.auto_classification OR q.class_field IS NOT DISTINCT FROM 'rating' AS computed,
		q.class_field IS NOT DISTINCT FROM 'rating' AS rating
	FROM crm_data.contact_profile_answer AS a
	JOIN reference.answer_line AS l USING (questionnaire_code, line_no)
	JOIN reference.question AS q ON q.questionnaire_code = l.questionnaire_code AND q.line_no = l.question_line_no
	LEFT JOIN crm_data.question_classification AS r ON r.questionnaire_code = l.questionnaire_code AND r.line_no = l.question_line_no;

/* Leaves in reference.answer what crm.classify() of these questionnaires shall leave in crm.contact_profile_answer */
CREATE FUNCTION reference.classify(as_of date, questionnaires text[], updated_on date) RETURNS void LANGUAGE sql AS $$
	DELETE FROM reference.answer;
	INSERT INTO reference.answer
		SELECT contact_id, questionnaire_code, question_line_no, line_no, questions_answered_pct, last_date_updated
		FROM reference.stored_answer WHERE NOT (computed AND questionnaire_code = ANY (questionnaires));
	INSERT INTO reference.answer
		SELECT a.contact_id, a.questionnaire_code, a.question_line_no, a.line_no, 0, updated_on FROM unnest(questionnaires) AS q, reference.answers(as_of, q) AS a;
	SELECT reference.rate(level, questionnaires, NULL, updated_on) FROM generate_series(1, 10) AS level;
$$;

/* The same for the ratings of one contact (Q16) */
CREATE FUNCTION reference.rate_contact(one_contact_id bigint, updated_on date) RETURNS void LANGUAGE sql AS $$
	DELETE FROM reference.answer;
	INSERT INTO reference.answer
		SELECT contact_id, questionnaire_code, question_line_no, line_no, questions_answered_pct, last_date_updated
		FROM reference.stored_answer WHERE NOT (rating AND contact_id = one_contact_id);
	SELECT reference.rate(level, (SELECT array_agg(questionnaire_code) FROM crm_data.questionnaire), one_contact_id, updated_on) FROM generate_series(1, 10) AS level;
$$;
