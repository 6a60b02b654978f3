CREATE OR REPLACE FUNCTION crm_data.assignment() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_assignment';
COMMENT ON FUNCTION crm_data.assignment() IS 'BEFORE trigger: checks the type of contact that its argument names, and stamps the row.';

CREATE OR REPLACE FUNCTION crm_data.touch_contact() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_touch_contact';
COMMENT ON FUNCTION crm_data.touch_contact() IS 'AFTER trigger: the contact of the row counts as modified.';

CREATE OR REPLACE FUNCTION crm_data.mailing_group_delete() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_mailing_group_delete';
COMMENT ON FUNCTION crm_data.mailing_group_delete() IS 'BEFORE DELETE trigger: a mailing group with contacts stays.';

CREATE OR REPLACE FUNCTION crm_data.comment_line() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_comment_line';
COMMENT ON FUNCTION crm_data.comment_line() IS 'BEFORE trigger: the first comment of a day gets the work date.';

CREATE OR REPLACE FUNCTION crm.web_source_url(contact_no text, web_source_code text) RETURNS text
	LANGUAGE c STABLE STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_web_source_url';
COMMENT ON FUNCTION crm.web_source_url(text, text) IS
'The URL of a web source with the contact''s search word in place of %1, as it is. Errors: 42704 the contact has no such web source; 55000 the web source has no URL.';
