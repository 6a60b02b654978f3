/*
 * Short words for the tests of classification: contacts, ledger entries and questionnaires to begin with, and
 * what comes of them as text: 'High: C1 C2; Low: C3'
 */
SET LOCAL jit = off;
CREATE SCHEMA given;

CREATE FUNCTION given.id(no text) RETURNS bigint LANGUAGE sql STABLE AS
	$$ SELECT contact_id FROM crm_data.contact WHERE contact_no = upper(no) $$;

CREATE FUNCTION given.company(VARIADIC nos text[]) RETURNS void LANGUAGE sql AS
	$$ INSERT INTO crm.contact (contact_no, contact_type, name) SELECT no, 'company', no FROM unnest(nos) AS no $$;

CREATE FUNCTION given.person(no text, company_no text DEFAULT NULL) RETURNS void LANGUAGE sql AS
	$$ INSERT INTO crm.contact (contact_no, contact_type, name, company_id) VALUES (no, 'person', no, given.id(company_no)) $$;

/* The contact is linked to a customer's card */
CREATE FUNCTION given.customer(VARIADIC nos text[]) RETURNS void LANGUAGE sql AS
	$$ INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, link_type, card_no) SELECT given.id(no), 'CUST', 'customer', 'K' || no FROM unnest(nos) AS no $$;

CREATE FUNCTION given.vendor(VARIADIC nos text[]) RETURNS void LANGUAGE sql AS
	$$ INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, link_type, card_no) SELECT given.id(no), 'VEND', 'vendor', 'L' || no FROM unnest(nos) AS no $$;

/* A plain business relation */
CREATE FUNCTION given.relation(code text, VARIADIC nos text[]) RETURNS void LANGUAGE sql AS $$
	INSERT INTO crm.business_relation (business_relation_code) VALUES (code) ON CONFLICT DO NOTHING;
	INSERT INTO crm.contact_business_relation (contact_id, business_relation_code) SELECT given.id(no), code FROM unnest(nos) AS no
$$;

CREATE FUNCTION given.entry(no text, type text, posting_date date, amount numeric, document_no text DEFAULT NULL, profit numeric DEFAULT NULL, discount numeric DEFAULT NULL,
	due_date date DEFAULT NULL, closed_date date DEFAULT NULL, remaining_amount numeric DEFAULT NULL, closed_by_document_no text DEFAULT NULL) RETURNS bigint LANGUAGE sql AS $$
	INSERT INTO crm_data.interaction (contact_id, company_id, interaction_date, document_type, document_no, posting_date, amount, profit, discount, due_date, closed_date, remaining_amount, closed_by_document_no)
	SELECT contact_id, company_id, posting_date, type, document_no, posting_date, amount, entry.profit, discount, due_date, closed_date, remaining_amount, closed_by_document_no
	FROM crm_data.contact WHERE contact_id = given.id(no)
	RETURNING interaction_id
$$;

CREATE FUNCTION given.interaction(no text, interaction_date date, cost numeric DEFAULT 0, duration numeric DEFAULT 0, canceled boolean DEFAULT false, postponed boolean DEFAULT false) RETURNS bigint LANGUAGE sql AS $$
	INSERT INTO crm_data.interaction (contact_id, company_id, interaction_date, cost, duration_minutes, canceled, postponed)
	SELECT contact_id, company_id, interaction.interaction_date, interaction.cost, duration, interaction.canceled, interaction.postponed FROM crm_data.contact WHERE contact_id = given.id(no)
	RETURNING interaction_id
$$;

/* An opportunity that no action has made, and its one entry */
CREATE FUNCTION given.opportunity(no text, contact_no text, active boolean, action_taken text, close_date date) RETURNS void LANGUAGE sql AS $$
	INSERT INTO crm_data.sales_cycle (sales_cycle_code) VALUES ('GIVEN') ON CONFLICT DO NOTHING;
	INSERT INTO crm_data.opportunity (opportunity_no, contact_id, company_id, sales_cycle_code, status, creation_date, date_closed, last_modified_at)
	SELECT no, contact_id, company_id, 'GIVEN', 'lost', '2025-01-01', '2025-01-01', now() FROM crm_data.contact WHERE contact_id = given.id(opportunity.contact_no);
	INSERT INTO crm_data.opportunity_entry (opportunity_no, contact_id, company_id, date_of_change, active, action_taken, estimated_close_date, valid_from, valid_to)
	SELECT no, contact_id, company_id, '2025-01-01', opportunity.active, opportunity.action_taken, close_date, '2025-01-01', CASE WHEN opportunity.active THEN timestamptz 'infinity' ELSE '2025-01-01' END
	FROM crm_data.contact WHERE contact_id = given.id(opportunity.contact_no)
$$;

CREATE FUNCTION given.questionnaire(code text, contact_type text DEFAULT NULL, business_relation text DEFAULT NULL) RETURNS void LANGUAGE sql AS
	$$ INSERT INTO crm.questionnaire (questionnaire_code, description, contact_type, business_relation_code) VALUES (code, 'The ' || lower(code), questionnaire.contact_type, business_relation) $$;

CREATE FUNCTION given.question(code text, line_no integer, side text, field text, starting text, ending text, method text DEFAULT 'defined value', sorting text DEFAULT NULL,
	decimals integer DEFAULT 0, zero_is_bound boolean DEFAULT false) RETURNS void LANGUAGE sql AS $$
	INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, description, auto_classification, customer_class_field, vendor_class_field, contact_class_field,
		starting_date_formula, ending_date_formula, classification_method, sorting_method, no_of_decimals, zero_is_bound)
	VALUES (code, line_no, 'question', 'Question ' || line_no, true, CASE side WHEN 'customer' THEN field END, CASE side WHEN 'vendor' THEN field END, CASE side WHEN 'contact' THEN field END,
		starting, ending, method, sorting, decimals, question.zero_is_bound)
$$;

CREATE FUNCTION given.rating(code text, line_no integer, min_pct numeric DEFAULT 0, decimals integer DEFAULT 0) RETURNS void LANGUAGE sql AS $$
	INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, description, auto_classification, contact_class_field, classification_method, min_pct_questions_answered, no_of_decimals)
	VALUES (code, line_no, 'question', 'Question ' || line_no, true, 'rating', 'defined value', min_pct, decimals)
$$;

CREATE FUNCTION given.manual_question(code text, line_no integer, multiple_answers boolean DEFAULT false) RETURNS void LANGUAGE sql AS $$
	INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, description, multiple_answers) VALUES (code, line_no, 'question', 'Question ' || line_no, manual_question.multiple_answers)
$$;

CREATE FUNCTION given.answer(code text, line_no integer, description text, from_value numeric DEFAULT 0, to_value numeric DEFAULT 0) RETURNS void LANGUAGE sql AS $$
	INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, description, from_value, to_value) VALUES (code, line_no, 'answer', description, answer.from_value, answer.to_value)
$$;

CREATE FUNCTION given.points(code text, question_line_no integer, source_code text, source_line_no integer, points integer) RETURNS void LANGUAGE sql AS
	$$ INSERT INTO crm.rating (questionnaire_code, line_no, source_questionnaire_code, source_line_no, points) VALUES (code, question_line_no, source_code, source_line_no, points.points) $$;

/* A contact answers by hand */
CREATE FUNCTION given.answered(no text, code text, line_no integer) RETURNS void LANGUAGE sql AS
	$$ INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) VALUES (given.id(no), code, answered.line_no) $$;

CREATE TYPE given.class AS (contact_id bigint, questionnaire_code text, line_no integer);

CREATE FUNCTION given.as_text(code text, question_line_no integer, classes given.class[]) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT coalesce(string_agg(answer, '; ' ORDER BY line_no), '') FROM (
		SELECT a.line_no, l.description || ': ' || string_agg(c.contact_no, ' ' ORDER BY c.contact_no COLLATE "C") AS answer
		FROM reference.answer_line AS a
		JOIN crm_data.questionnaire_line AS l USING (questionnaire_code, line_no)
		JOIN unnest(classes) AS k USING (questionnaire_code, line_no)
		JOIN crm_data.contact AS c ON c.contact_id = k.contact_id
		WHERE a.questionnaire_code = code AND a.question_line_no = as_text.question_line_no
		GROUP BY a.line_no, l.description) AS answers
$$;

CREATE FUNCTION given.stored(code text, question_line_no integer) RETURNS text LANGUAGE sql VOLATILE AS
	$$ SELECT given.as_text(stored.code, stored.question_line_no, array_agg(ROW(contact_id, questionnaire_code, line_no)::given.class)) FROM crm.contact_profile_answer $$;

CREATE FUNCTION given.stored_on(on_date date, code text, question_line_no integer) RETURNS text LANGUAGE sql VOLATILE AS
	$$ SELECT given.as_text(stored_on.code, stored_on.question_line_no, array_agg(ROW(contact_id, questionnaire_code, line_no)::given.class)) FROM crm.contact_class_asof(on_date) $$;

CREATE FUNCTION given.fresh(on_date date, code text, question_line_no integer) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT set_config('crm.work_date', on_date::text, true);
	SELECT given.as_text(fresh.code, fresh.question_line_no, array_agg(ROW(contact_id, questionnaire_code, line_no)::given.class)) FROM crm.contact_classification
$$;

/* What the reference expects of a run of all questionnaires */
CREATE FUNCTION given.expected(as_of date, code text, question_line_no integer) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT reference.classify(as_of, (SELECT array_agg(questionnaire_code) FROM crm_data.questionnaire), as_of);
	SELECT given.as_text(expected.code, expected.question_line_no, array_agg(ROW(contact_id, questionnaire_code, line_no)::given.class)) FROM reference.answer
$$;

CREATE FUNCTION given.run(as_of date, code text DEFAULT NULL, updated_on date DEFAULT NULL) RETURNS void LANGUAGE sql AS
	$$ SELECT count(*) FROM crm.classify(code, run.as_of, run.updated_on) $$;

CREATE TABLE given.seen (n integer, what text, classes text);

/* A questionnaire goes: its automatic answers in a run that finds none, then its lines */
CREATE FUNCTION given.no_questionnaire(code text) RETURNS void LANGUAGE sql AS $$
	UPDATE crm.questionnaire_line SET from_value = 0, to_value = 0 WHERE questionnaire_code = code AND line_type = 'answer';
	UPDATE crm.questionnaire_line SET zero_is_bound = false WHERE questionnaire_code = code AND line_type = 'question';
	SELECT given.run(crm.work_date(), code);
	DELETE FROM crm.questionnaire_line WHERE questionnaire_code = code AND line_type = 'answer';
	DELETE FROM crm.questionnaire_line WHERE questionnaire_code = code;
	DELETE FROM crm.questionnaire WHERE questionnaire_code = code
$$;

/* The reference, the classes shown without a run, those a run stores and those shown after it are all as expected */
CREATE FUNCTION given.is_classified(as_of date, code text, question_line_no integer, expected text, name text) RETURNS text LANGUAGE sql AS $$
	DELETE FROM given.seen;
	INSERT INTO given.seen SELECT 1, 'reference', given.expected(as_of, code, question_line_no);
	INSERT INTO given.seen SELECT 2, 'fresh', given.fresh(as_of, code, question_line_no);
	SELECT given.run(as_of);
	INSERT INTO given.seen SELECT 3, 'stored', given.stored(code, question_line_no);
	INSERT INTO given.seen SELECT 4, 'fresh afterwards', given.fresh(as_of, code, question_line_no);
	SELECT is(string_agg(format('%s: %s', what, classes), E'\n' ORDER BY n), string_agg(format('%s: %s', what, is_classified.expected), E'\n' ORDER BY n), name) FROM given.seen
$$;
