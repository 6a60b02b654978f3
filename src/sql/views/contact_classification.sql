CREATE OR REPLACE VIEW crm.contact_classification WITH (security_invoker = true) AS
	SELECT c.contact_id, c.contact_no, c.name AS contact_name, k.questionnaire_code, k.question_line_no, q.description AS question,
		k.line_no, a.description AS answer, a.priority AS answer_priority, k.value::numeric(38,10) AS value,
		k.score::numeric(38,10) AS score, k.questions_answered_pct::numeric(7,4) AS questions_answered_pct
	FROM crm_data.contact AS c
	CROSS JOIN LATERAL crm_data.current_classes(c.contact_id) AS k
	JOIN crm_data.questionnaire_line AS q ON q.questionnaire_code = k.questionnaire_code AND q.line_no = k.question_line_no
	JOIN crm_data.questionnaire_line AS a ON a.questionnaire_code = k.questionnaire_code AND a.line_no = k.line_no;
COMMENT ON VIEW crm.contact_classification IS
'The automatic answers as they are now: what crm.classify() as of crm.work_date() would store, without a run, by what the statement sees. One row per contact and answer. Questionnaires with a defect that a run would refuse (see crm.questionnaire_problem) have no rows. Each session keeps the figures in memory: its first look at them loads what the last run left and follows what has changed since.';
COMMENT ON COLUMN crm.contact_classification.contact_id IS 'Contact, see crm.contact; key with questionnaire_code and line_no.';
COMMENT ON COLUMN crm.contact_classification.contact_no IS 'Number of the contact.';
COMMENT ON COLUMN crm.contact_classification.contact_name IS 'Name of the contact.';
COMMENT ON COLUMN crm.contact_classification.questionnaire_code IS 'Questionnaire, see crm.questionnaire.';
COMMENT ON COLUMN crm.contact_classification.question_line_no IS 'Line of the question.';
COMMENT ON COLUMN crm.contact_classification.question IS 'Text of the question.';
COMMENT ON COLUMN crm.contact_classification.line_no IS 'Line of the answer.';
COMMENT ON COLUMN crm.contact_classification.answer IS 'Text of the answer.';
COMMENT ON COLUMN crm.contact_classification.answer_priority IS 'Priority of the answer: ''very low'' to ''very high''.';
COMMENT ON COLUMN crm.contact_classification.value IS 'Value that was measured, to 10 decimals, in the unit of the class field: local currency, number per year, percent or days; points of a rating. A person without a card of his own has that of his company.';
COMMENT ON COLUMN crm.contact_classification.score IS 'Number that the bounds of the answer were held against: the value or the percentage, rounded to the decimals of the question.';
COMMENT ON COLUMN crm.contact_classification.questions_answered_pct IS 'Of a rating: share of its questions that the contact has answered, in percent.';
