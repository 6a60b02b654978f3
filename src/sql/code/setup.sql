CREATE OR REPLACE FUNCTION crm_data.normalize_codes() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_normalize_codes';
COMMENT ON FUNCTION crm_data.normalize_codes() IS 'BEFORE trigger: the columns that its arguments name are trimmed and upper-cased.';

CREATE OR REPLACE FUNCTION crm_data.setup_singleton() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_setup_singleton';
COMMENT ON FUNCTION crm_data.setup_singleton() IS 'BEFORE INSERT trigger: the row of the setup gives way to the new one.';

CREATE OR REPLACE FUNCTION crm_data.forget() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_forget';
COMMENT ON FUNCTION crm_data.forget() IS 'AFTER statement trigger: every backend reads anew what it keeps of the table that the argument names.';

CREATE OR REPLACE FUNCTION crm_data.today() RETURNS date
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT (now() AT TIME ZONE coalesce((SELECT time_zone FROM crm_data.setup), 'UTC'))::date;
END;
COMMENT ON FUNCTION crm_data.today() IS 'The system date in the time zone of crm.setup, whatever the business date is.';

CREATE OR REPLACE FUNCTION crm.work_date() RETURNS date
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(nullif(current_setting('crm.work_date', true), '')::date, crm_data.today());
END;
COMMENT ON FUNCTION crm.work_date() IS 'The business date: the setting crm.work_date, or, when that is blank, today in the time zone of crm.setup.';

CREATE OR REPLACE FUNCTION crm_data.check_option(given text, name text, VARIADIC options text[]) RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_check_option';
COMMENT ON FUNCTION crm_data.check_option(text, text, text[]) IS 'What is given, if it is one of the options. Error: 22023 it is not.';
