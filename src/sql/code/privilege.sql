/*
 * The privilege matrix. Views are security_invoker, so whoever uses a view needs the
 * rights on its table: 'table' stands for the view in crm and the table in crm_data of
 * that name, 'function' for the functions of both schemas of that name but triggers',
 * '*' for all of them. 'attachment' are source and source_dependent, which nobody writes
 * but by functions: their queries run with the rights of others. user has what reader
 * has and more; admin has everything.
 */
CREATE OR REPLACE FUNCTION crm_data.profile_privilege(OUT profile text, OUT object_kind text, OUT object_name text, OUT privileges text)
	RETURNS SETOF record LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH privilege (profile, object_kind, object_name, privileges) AS (VALUES
		('reader', 'schema', 'crm', 'USAGE'),
		('reader', 'schema', 'crm_data', 'USAGE'),
		('reader', 'table', '*', 'SELECT'),
		('reader', 'attachment', '*', 'SELECT'),
		('reader', 'function', 'allowed_questionnaire', 'EXECUTE'),
		('reader', 'function', 'alt_address_on', 'EXECUTE'),
		('reader', 'function', 'answer_line', 'EXECUTE'),
		('reader', 'function', 'as_code', 'EXECUTE'),
		('reader', 'function', 'attachment_content', 'EXECUTE'),
		('reader', 'function', 'bg_nbd_expected', 'EXECUTE'),
		('reader', 'function', 'bg_nbd_expected_given', 'EXECUTE'),
		('reader', 'function', 'bg_nbd_fit', 'EXECUTE'),
		('reader', 'function', 'brier_score', 'EXECUTE'),
		('reader', 'function', 'calc_date', 'EXECUTE'),
		('reader', 'function', 'calibrated_probability', 'EXECUTE'),
		('reader', 'function', 'check_date_formula', 'EXECUTE'),
		('reader', 'function', 'class_movement', 'EXECUTE'),
		('reader', 'function', 'contact_class_asof', 'EXECUTE'),
		('reader', 'function', 'current_classes', 'EXECUTE'),
		('reader', 'function', 'explain_class', 'EXECUTE'),
		('reader', 'function', 'classification_totals', 'EXECUTE'),
		('reader', 'function', 'contact_figures', 'EXECUTE'),
		('reader', 'function', 'contact_statistics_between', 'EXECUTE'),
		('reader', 'function', 'find_company', 'EXECUTE'),
		('reader', 'function', 'find_contact', 'EXECUTE'),
		('reader', 'function', 'gamma_gamma_fit', 'EXECUTE'),
		('reader', 'function', 'gamma_gamma_mean', 'EXECUTE'),
		('reader', 'function', 'interaction_statistics', 'EXECUTE'),
		('reader', 'function', 'invoiced_value', 'EXECUTE'),
		('reader', 'function', 'linked_quote', 'EXECUTE'),
		('reader', 'function', 'log_loss', 'EXECUTE'),
		('reader', 'function', 'opportunity_action', 'EXECUTE'),
		('reader', 'function', 'opportunity_target', 'EXECUTE'),
		('reader', 'function', 'priority_no', 'EXECUTE'),
		('reader', 'function', 'quote_value', 'EXECUTE'),
		('reader', 'function', 'question_line_no', 'EXECUTE'),
		('reader', 'function', 'questionnaire_allowed', 'EXECUTE'),
		('reader', 'function', 'revenue_distribution', 'EXECUTE'),
		('reader', 'function', 'revenue_probability', 'EXECUTE'),
		('reader', 'function', 'revenue_risk_share', 'EXECUTE'),
		('reader', 'function', 'revenue_summary', 'EXECUTE'),
		('reader', 'function', 'reverse_formula', 'EXECUTE'),
		('reader', 'function', 'reverse_sign', 'EXECUTE'),
		('reader', 'function', 'salutation_line', 'EXECUTE'),
		('reader', 'function', 'today', 'EXECUTE'),
		('reader', 'function', 'verify_classification', 'EXECUTE'),
		('reader', 'function', 'verify_posting', 'EXECUTE'),
		('reader', 'function', 'web_source_url', 'EXECUTE'),
		('reader', 'function', 'work_date', 'EXECUTE'),

		('user', 'table', 'attachment', 'INSERT, UPDATE, DELETE'),
		('user', 'table', 'comment_line', 'INSERT, UPDATE, DELETE'),
		('user', 'table', 'contact', 'INSERT, UPDATE, DELETE'),
		('user', 'table', 'contact_alt_address', 'INSERT, UPDATE, DELETE'),
		('user', 'table', 'contact_alt_address_date_range', 'INSERT, UPDATE, DELETE'),
		('user', 'table', 'contact_business_relation', 'INSERT, UPDATE, DELETE'),
		('user', 'table', 'contact_industry_group', 'INSERT, UPDATE, DELETE'),
		('user', 'table', 'contact_job_responsibility', 'INSERT, UPDATE, DELETE'),
		('user', 'table', 'contact_mailing_group', 'INSERT, UPDATE, DELETE'),
		('user', 'table', 'contact_profile_answer', 'INSERT, DELETE'),
		('user', 'table', 'contact_web_source', 'INSERT, UPDATE, DELETE'),
		('user', 'table', 'interaction', 'INSERT, UPDATE, DELETE'),
		('user', 'table', 'interaction_attachment', 'INSERT, UPDATE, DELETE'),
		('user', 'table', 'opportunity', 'INSERT, UPDATE, DELETE'),
		('user', 'table', 'task', 'INSERT, UPDATE, DELETE'),
		('user', 'function', 'attach_file', 'EXECUTE'),
		('user', 'function', 'cancel_interaction', 'EXECUTE'),
		('user', 'function', 'change_opportunity', 'EXECUTE'),
		('user', 'function', 'create_opportunity', 'EXECUTE'),
		('user', 'function', 'default_questionnaire', 'EXECUTE'),
		('user', 'function', 'default_salesperson', 'EXECUTE'),
		('user', 'function', 'delete_canceled_interactions', 'EXECUTE'),
		('user', 'function', 'evaluate_interaction', 'EXECUTE'),
		('user', 'function', 'interaction_draft', 'EXECUTE'),
		('user', 'function', 'link_card', 'EXECUTE'),
		('user', 'function', 'link_document', 'EXECUTE'),
		('user', 'function', 'log_call', 'EXECUTE'),
		('user', 'function', 'log_interaction', 'EXECUTE'),
		('user', 'function', 'next_no', 'EXECUTE'),
		('user', 'function', 'opportunity_first', 'EXECUTE'),
		('user', 'function', 'opportunity_from_interaction', 'EXECUTE'),
		('user', 'function', 'opportunity_jump', 'EXECUTE'),
		('user', 'function', 'opportunity_lost', 'EXECUTE'),
		('user', 'function', 'opportunity_next', 'EXECUTE'),
		('user', 'function', 'opportunity_previous', 'EXECUTE'),
		('user', 'function', 'opportunity_skip', 'EXECUTE'),
		('user', 'function', 'opportunity_update', 'EXECUTE'),
		('user', 'function', 'opportunity_won', 'EXECUTE'),
		('user', 'function', 'resume_interaction', 'EXECUTE'),
		('user', 'function', 'resumed_draft', 'EXECUTE'),
		('user', 'function', 'unlink_document', 'EXECUTE'),

		('admin', 'table', '*', 'INSERT, UPDATE, DELETE, TRUNCATE'),
		('admin', 'function', '*', 'EXECUTE')),
	includes (profile, included) AS (VALUES
		('reader', 'reader'), ('user', 'reader'), ('user', 'user'), ('admin', 'reader'), ('admin', 'admin'))
	SELECT i.profile, p.object_kind, p.object_name, p.privileges
	FROM includes AS i JOIN privilege AS p ON p.profile = i.included;
END;
COMMENT ON FUNCTION crm_data.profile_privilege() IS 'What each profile of crm.grant_role() may do.';

CREATE OR REPLACE FUNCTION crm_data.revoke_public() RETURNS void
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_revoke_public';
COMMENT ON FUNCTION crm_data.revoke_public() IS 'Ends the scripts: functions that they created are executable by nobody but through a profile.';

CREATE OR REPLACE FUNCTION crm.grant_role(role_name text, profile text) RETURNS void
	LANGUAGE c STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_grant_role';
COMMENT ON FUNCTION crm.grant_role(text, text) IS
'Grants a role what a profile may do: reader reads all views; user also writes contacts and interactions and calls the functions for them; admin does everything, setup and attaching included. Call it again after an update of the extension, which may bring new objects. Errors: 42704 no such role; 22023 no such profile; 42501 the caller does not own the extension.';
