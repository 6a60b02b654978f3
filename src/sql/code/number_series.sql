CREATE OR REPLACE FUNCTION crm_data.number_series_insert() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_number_series_insert';
COMMENT ON FUNCTION crm_data.number_series_insert() IS 'AFTER INSERT trigger: the sequence of a series belongs to the table.';

CREATE OR REPLACE FUNCTION crm.create_number_series(series_code text, starting_no text, description text DEFAULT NULL,
	manual_numbers boolean DEFAULT true) RETURNS void
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_create_number_series';
COMMENT ON FUNCTION crm.create_number_series(text, text, text, boolean) IS
'Makes a number series that begins with starting_no, which ends in the digits that count: CT000001, CT000002 and so on. manual_numbers: may users give numbers of their own? Gaps are allowed; numbers that outgrow the digits get longer. Errors: 22004 no code or starting number; 22023 a blank code, or a starting number without 1 to 18 digits at its end; 23505 the series exists.';

CREATE OR REPLACE FUNCTION crm.next_no(series_code text) RETURNS text
	LANGUAGE c STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_next_no';
COMMENT ON FUNCTION crm.next_no(text) IS 'Takes the next number of a series. A number is never given twice, also when its transaction rolls back. Error: 42704 no such series.';
