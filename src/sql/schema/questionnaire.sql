/*
 * Profile questionnaires (domain/2 section 3): questions and their answers are lines of a
 * questionnaire, an answer belongs to the nearest question before it. Bounds: see
 * the columns of crm.questionnaire_line. A contact's company and the priorities are not repeated on its
 * answers, the views join them.
 *
 * A line that comes without method or sorting gets the blank text, which the trigger
 * turns into what fits the class field; restored lines bring their NULL, and keep it.
 */
CREATE TABLE crm_data.questionnaire (
	questionnaire_code		text PRIMARY KEY,
	description				text NOT NULL DEFAULT '',
	contact_type			text,
	business_relation_code	text,
	priority				text NOT NULL DEFAULT 'normal',
	CONSTRAINT questionnaire_business_relation_fk FOREIGN KEY (business_relation_code)
		REFERENCES crm_data.business_relation ON UPDATE CASCADE,
	CONSTRAINT questionnaire_contact_type_check CHECK (contact_type IN ('company', 'person')),
	CONSTRAINT questionnaire_priority_check CHECK (priority IN ('very low', 'low', 'normal', 'high', 'very high'))
);
CREATE INDEX questionnaire_business_relation_idx ON crm_data.questionnaire (business_relation_code);

CREATE TABLE crm_data.questionnaire_line (
	questionnaire_code			text NOT NULL,
	line_no						integer NOT NULL,
	line_type					text NOT NULL,
	description					text NOT NULL DEFAULT '',
	multiple_answers			boolean NOT NULL DEFAULT false,
	auto_classification			boolean NOT NULL DEFAULT false,
	customer_class_field		text,
	vendor_class_field			text,
	contact_class_field			text,
	starting_date_formula		text,
	ending_date_formula			text,
	classification_method		text DEFAULT '',
	sorting_method				text DEFAULT '',
	no_of_decimals				integer NOT NULL DEFAULT 0,
	zero_is_bound				boolean NOT NULL DEFAULT false,
	min_pct_questions_answered	numeric(6,3) NOT NULL DEFAULT 0,
	from_value					numeric DEFAULT 0,
	to_value					numeric DEFAULT 0,
	priority					text NOT NULL DEFAULT 'normal',
	PRIMARY KEY (questionnaire_code, line_no),
	CONSTRAINT questionnaire_line_questionnaire_fk FOREIGN KEY (questionnaire_code)
		REFERENCES crm_data.questionnaire ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT questionnaire_line_type_check CHECK (line_type IN ('question', 'answer')),
	CONSTRAINT questionnaire_line_customer_class_field_check CHECK (customer_class_field IN
		('sales', 'profit', 'sales frequency', 'average invoice amount', 'discount percentage', 'average overdue days',
		'return percentage', 'recency days', 'open overdue amount', 'trend percentage', 'rfm score', 'lifetime value')),
	CONSTRAINT questionnaire_line_vendor_class_field_check CHECK (vendor_class_field IN
		('purchases', 'purchase frequency', 'average ticket size', 'discount percentage', 'average overdue days',
		'return percentage', 'recency days', 'open overdue amount', 'trend percentage', 'rfm score')),
	CONSTRAINT questionnaire_line_contact_class_field_check CHECK (contact_class_field IN
		('interaction quantity', 'interaction frequency', 'average interaction cost', 'average interaction duration',
		'opportunity won percentage', 'interaction recency days', 'rating')),
	CONSTRAINT questionnaire_line_classification_method_check CHECK (classification_method IN
		('defined value', 'percentage of value', 'percentage of contacts', 'cumulative percentage of value', 'quantile')),
	CONSTRAINT questionnaire_line_sorting_method_check CHECK (sorting_method IN ('descending', 'ascending')),
	CONSTRAINT questionnaire_line_no_of_decimals_check CHECK (no_of_decimals BETWEEN -25 AND 25),
	CONSTRAINT questionnaire_line_min_pct_check CHECK (min_pct_questions_answered BETWEEN 0 AND 100),
	CONSTRAINT questionnaire_line_priority_check CHECK (priority IN ('very low', 'low', 'normal', 'high', 'very high')),
	CONSTRAINT questionnaire_line_starting_date_formula_check CHECK (crm_data.check_date_formula(starting_date_formula)),
	CONSTRAINT questionnaire_line_ending_date_formula_check CHECK (crm_data.check_date_formula(ending_date_formula)),
	CONSTRAINT questionnaire_line_class_field_check CHECK (num_nonnulls(customer_class_field, vendor_class_field, contact_class_field) <= 1),
	CONSTRAINT questionnaire_line_auto_classification_check CHECK (auto_classification OR contact_class_field IS NOT DISTINCT FROM 'rating'
		OR num_nonnulls(customer_class_field, vendor_class_field, contact_class_field) = 0),
	CONSTRAINT questionnaire_line_min_pct_rating_check CHECK (min_pct_questions_answered = 0 OR contact_class_field IS NOT DISTINCT FROM 'rating'),
	CONSTRAINT questionnaire_line_question_check CHECK (line_type = 'answer'
		OR coalesce(from_value, 0) = 0 AND coalesce(to_value, 0) = 0),
	CONSTRAINT questionnaire_line_answer_check CHECK (line_type = 'question'
		OR NOT multiple_answers AND NOT auto_classification AND NOT zero_is_bound
		AND num_nonnulls(customer_class_field, vendor_class_field, contact_class_field,
			starting_date_formula, ending_date_formula, classification_method, sorting_method) = 0
		AND no_of_decimals = 0 AND min_pct_questions_answered = 0)
);

/* How many points an answer gives to a rating question */
CREATE TABLE crm_data.rating (
	questionnaire_code			text NOT NULL,
	line_no						integer NOT NULL,
	source_questionnaire_code	text NOT NULL,
	source_line_no				integer NOT NULL,
	points						integer NOT NULL,
	PRIMARY KEY (questionnaire_code, line_no, source_questionnaire_code, source_line_no),
	CONSTRAINT rating_question_fk FOREIGN KEY (questionnaire_code, line_no) REFERENCES crm_data.questionnaire_line ON UPDATE CASCADE,
	CONSTRAINT rating_source_fk FOREIGN KEY (source_questionnaire_code, source_line_no) REFERENCES crm_data.questionnaire_line ON UPDATE CASCADE
);
CREATE INDEX rating_source_idx ON crm_data.rating (source_questionnaire_code, source_line_no);

/*
 * The answers that hold now. last_date_updated is NULL for an answer that the last run of its question
 * confirmed: it then has the date of that run, and a run has no need to write what it finds unchanged.
 * valid_from is the date as of which it holds. No foreign key to the contact, as in the log: the engine writes
 * what it has just read, and deleting a contact takes its answers along.
 */
CREATE TABLE crm_data.contact_profile_answer (
	contact_id				bigint NOT NULL,
	questionnaire_code		text NOT NULL,
	line_no					integer NOT NULL,
	last_date_updated		date,
	questions_answered_pct	numeric,
	valid_from				date NOT NULL,
	PRIMARY KEY (contact_id, questionnaire_code, line_no),
	CONSTRAINT contact_profile_answer_line_fk FOREIGN KEY (questionnaire_code, line_no)
		REFERENCES crm_data.questionnaire_line ON UPDATE CASCADE
);
CREATE INDEX contact_profile_answer_line_idx ON crm_data.contact_profile_answer (questionnaire_code, line_no);

/*
 * The answers that held once: from valid_from to the day before valid_to. withdrawn_at marks what a run
 * as of an earlier date took back; it counts no more, and stays on record.
 */
CREATE TABLE crm_data.contact_profile_answer_history (
	history_id				bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 32) PRIMARY KEY,
	contact_id				bigint NOT NULL,
	questionnaire_code		text NOT NULL,
	line_no					integer NOT NULL,
	last_date_updated		date,
	questions_answered_pct	numeric,
	valid_from				date NOT NULL,
	valid_to				date NOT NULL,
	withdrawn_at			timestamptz,
	CONSTRAINT contact_profile_answer_history_line_fk FOREIGN KEY (questionnaire_code, line_no)
		REFERENCES crm_data.questionnaire_line ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX contact_profile_answer_history_contact_idx ON crm_data.contact_profile_answer_history (contact_id);
CREATE INDEX contact_profile_answer_history_line_idx ON crm_data.contact_profile_answer_history (questionnaire_code, line_no);

/* The last run of each automatic question */
CREATE TABLE crm_data.question_classification (
	questionnaire_code		text NOT NULL,
	line_no					integer NOT NULL,
	as_of					date NOT NULL,
	classified_on			date NOT NULL,
	starting_date			date,
	ending_date				date,
	contact_count			bigint,
	total_value				numeric,
	parameters				jsonb,
	PRIMARY KEY (questionnaire_code, line_no),
	CONSTRAINT question_classification_line_fk FOREIGN KEY (questionnaire_code, line_no)
		REFERENCES crm_data.questionnaire_line ON UPDATE CASCADE ON DELETE CASCADE
);
