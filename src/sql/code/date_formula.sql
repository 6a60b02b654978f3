CREATE OR REPLACE FUNCTION crm.calc_date(formula text, reference_date date DEFAULT crm.work_date()) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_calc_date';
COMMENT ON FUNCTION crm.calc_date(text, date) IS
'The date to which a formula leads from the reference date; the domain crm.date_formula says how formulas are written. A month too short for a day gives its last day. Weeks begin on Monday. Blank formula: the reference date; infinity stays infinity. Errors: 22007 invalid formula, with the position; 22008 out of the range of dates.';

CREATE OR REPLACE FUNCTION crm.reverse_sign(formula text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_reverse_sign';
COMMENT ON FUNCTION crm.reverse_sign(text) IS
'The formula with every sign turned round: 1M+CM becomes -1M-CM. In capitals, without blanks, every term with its sign. Error: 22007 invalid formula.';

CREATE OR REPLACE FUNCTION crm.reverse_formula(formula text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_reverse_formula';
COMMENT ON FUNCTION crm.reverse_formula(text) IS
'The formula that goes back: every sign turned round, the last term first; 1M-2D becomes +2D-1M. As months differ in length, it does not always lead back to the very day. Error: 22007 invalid formula.';
