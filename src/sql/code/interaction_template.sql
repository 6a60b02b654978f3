CREATE OR REPLACE FUNCTION crm_data.change_template_language() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_change_template_language';
COMMENT ON FUNCTION crm_data.change_template_language() IS
'Trigger: a new default language sets or resets the wizard action and word template.';

CREATE OR REPLACE FUNCTION crm_data.check_wizard_action() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_check_wizard_action';
COMMENT ON FUNCTION crm_data.check_wizard_action() IS
'Trigger: the wizard action of a template fits the layout, word template and attachment of its default language.';

CREATE OR REPLACE FUNCTION crm_data.check_template_use() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_check_template_use';
COMMENT ON FUNCTION crm_data.check_template_use() IS
'Trigger: a template that logs documents, calls or e-mails has no languages.';
