/*
 * Date formulas (domain/2 section 1). The domain is a part of the schema, and so is the
 * function that it and the constraints of tables call.
 */
CREATE FUNCTION crm_data.check_date_formula(formula text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_check_date_formula';
COMMENT ON FUNCTION crm_data.check_date_formula(text) IS 'True, or error 22007 with the position of what is wrong with the formula.';

CREATE DOMAIN crm.date_formula AS text
	CONSTRAINT date_formula_check CHECK (crm_data.check_date_formula(VALUE));
COMMENT ON DOMAIN crm.date_formula IS
'A formula for crm.calc_date(), for example CM+1M-10D. Terms, applied from left to right: 3D, 2W, 1M, 1Q, 1Y or 3WD moves by so many days, weeks, months, quarters, years or again days (numbers to 9999); WD1 to WD7 is the next Monday to Sunday, D1 to D31 the next such day of a month; CD, CW, CM, CQ, CY is the last day of the current day, week, month, quarter, year, with a minus its first. From the second term on a sign is a must. Case and blanks do not matter; <> may stand around all of it. Blank means the reference date itself. Error: 22007 with the position.';
