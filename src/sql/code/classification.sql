CREATE OR REPLACE FUNCTION crm.classify(questionnaire text DEFAULT NULL, as_of date DEFAULT NULL, updated_on date DEFAULT NULL,
	description_like text DEFAULT NULL, business_relation text DEFAULT NULL)
RETURNS TABLE (questionnaire_code text, line_no integer, question text, contact_count bigint, answers_added bigint, answers_removed bigint)
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_classify';
COMMENT ON FUNCTION crm.classify(text, date, date, text, text) IS
'Answers the automatic questions of questionnaires for all contacts, ratings last, and stores what has changed; answers that are no longer true go to crm.contact_profile_answer_history. One row per question: how many contacts had a value, how many answers were added and removed.
questionnaire: code; NULL for all. as_of: the date that the date formulas start from and as of which answers are valid; crm.work_date() when NULL. A run as of an earlier date than the last one takes back what was said of later days (withdrawn_at). updated_on: the date that answers get; today when NULL. description_like, business_relation: only questionnaires with such a description (LIKE) and business relation.
Everything or nothing is written. Errors: 42704 no such questionnaire; 55000 a question lacks formulas, method or sorting, its period ends before it starts, or ratings depend on each other; 22003 a sum of more than 38 digits.';

CREATE OR REPLACE FUNCTION crm_data.rate_contact(contact_id bigint) RETURNS void
	LANGUAGE c STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_rate_contact';
COMMENT ON FUNCTION crm_data.rate_contact(bigint) IS 'Computes all ratings of one contact again, from its stored answers (domain/2 Q16).';

CREATE OR REPLACE FUNCTION crm_data.current_classes(contact_id bigint,
	OUT questionnaire_code text, OUT question_line_no integer, OUT line_no integer, OUT value numeric, OUT score numeric, OUT questions_answered_pct numeric)
	RETURNS SETOF record LANGUAGE c STABLE STRICT ROWS 10 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_current_classes';
COMMENT ON FUNCTION crm_data.current_classes(bigint) IS
'The automatic answers that a run of crm.classify() as of the business date would give to a contact now. No rows for questionnaires that a run would refuse.';

CREATE OR REPLACE FUNCTION crm.explain_class(contact_no text, questionnaire text, question_line_no integer, as_of date DEFAULT NULL,
	OUT contact_id bigint, OUT measured_contact_id bigint, OUT starting_date date, OUT ending_date date, OUT value numeric,
	OUT contact_count bigint, OUT total_value numeric, OUT place bigint, OUT score numeric, OUT line_no integer, OUT answer text,
	OUT from_value numeric, OUT to_value numeric, OUT interaction_ids bigint[])
	RETURNS SETOF record LANGUAGE c STABLE ROWS 1 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_explain_class';
COMMENT ON FUNCTION crm.explain_class(text, text, integer, date) IS
'Why a contact has an answer to an automatic question, as of a date (crm.work_date() when NULL): a row for each answer that its value gets, one with line_no NULL if it gets none, no row if it has no value. A person may have a row of his own and one of his company (measured_contact_id). value: unrounded, in the unit of the class field. contact_count, total_value: number of contacts that have a value, and its sum. place: from 1, by methods that go by places. score: the rounded value or percentage that is in from_value..to_value (NULL or 0 may be no bound). interaction_ids: the entries of the log that the value is made of, see crm.sales_entry, crm.purchase_entry and crm.interaction.
Errors: 42704 no such contact, questionnaire or automatic question; 55000 a question of the questionnaire has a defect.';

CREATE OR REPLACE FUNCTION crm.classification_totals(questionnaire text, as_of date DEFAULT NULL,
	OUT line_no integer, OUT question text, OUT starting_date date, OUT ending_date date, OUT contact_count bigint, OUT total_value numeric)
	RETURNS SETOF record LANGUAGE c STABLE ROWS 10 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_classification_totals';
COMMENT ON FUNCTION crm.classification_totals(text, date) IS
'What a run of a questionnaire as of a date (crm.work_date() when NULL) would work with, read from the whole log now: per question with a measure its period, how many contacts have a value, and the sum of the values in their unit (NULL for an RFM score). Writes nothing. Errors: 42704 no such questionnaire; 55000 a question has a defect.';

CREATE OR REPLACE FUNCTION crm.verify_classification(OUT questionnaire_code text, OUT question_line_no integer, OUT contact_id bigint,
	OUT shown_line_nos text, OUT computed_line_nos text)
	RETURNS SETOF record LANGUAGE c STABLE ROWS 1 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_verify_classification';
COMMENT ON FUNCTION crm.verify_classification() IS
'Compares the answers that crm.contact_classification shows, which follow what changes, with those computed from the whole log; ratings, which are made of them, aside. A row for each contact and question where they differ, with the lines of the answers; no rows: all is right.';

CREATE OR REPLACE FUNCTION crm.rebuild_classification() RETURNS void LANGUAGE sql
BEGIN ATOMIC
	DELETE FROM crm_data.classification_state;
	-- The trigger tells all sessions
	UPDATE crm_data.questionnaire SET description = description WHERE false;
END;
COMMENT ON FUNCTION crm.rebuild_classification() IS
'Forgets what is kept between runs of crm.classify(): the next run, and sessions that look at crm.contact_classification from now on, read the whole log. Stored answers stay. Of use when figures were changed behind the triggers'' back, as with session_replication_role = replica.';
