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
