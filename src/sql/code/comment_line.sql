CREATE OR REPLACE FUNCTION crm_data.date_comment() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_date_comment';
COMMENT ON FUNCTION crm_data.date_comment() IS 'Trigger: the first comment line of a day gets the work date.';
