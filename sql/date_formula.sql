-- What is no date formula: the message says where, and the hint how formulas are written
SET client_min_messages = warning;
SET datestyle = ISO;
BEGIN;
CREATE EXTENSION IF NOT EXISTS crm;
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
SET crm.work_date = '2025-03-14';
SELECT 'CM+XX'::crm.date_formula;
SELECT crm.calc_date('CM+XX');

-- From here on without the hint
CREATE FUNCTION pg_temp.fault(formula text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	RETURN crm.calc_date(formula);
EXCEPTION WHEN invalid_datetime_format THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(' - ', SQLSTATE, SQLERRM, detail);
END $$;

-- Units without the meaning asked for
SELECT pg_temp.fault(formula) FROM unnest(ARRAY['CWD', 'W3', 'M1', 'Q1', 'Y2025', '1D+W3', 'C', 'CX', 'C1', 'CC', '1', '1X', '10', '1CM']) AS formula;
-- Numbers
SELECT pg_temp.fault(formula) FROM unnest(ARRAY['10000D', '99999999999999999999D', '0W', '0M', '00Y', '0WD', 'WD', 'WD0', 'WD8', 'D', 'D0', 'D32', 'D-1', '1 0D', '1.5D']) AS formula;
-- Signs
SELECT pg_temp.fault(formula) FROM unnest(ARRAY['+', '-', '1M+', '1M-', '--1D', '+-1D', '1M++1D', '1M1D', 'CMCD', 'WD1D1', '1D CM', 'W D1', '1W D1']) AS formula;
-- Brackets
SELECT pg_temp.fault(formula) FROM unnest(ARRAY['<', '>', '<1D', '1D>', '<<1D>>', '<1D>>', '<1D> 1D', '1D<', '<1D+>', '<1D>+1D']) AS formula;
-- Other text; positions are characters
SELECT pg_temp.fault(formula) FROM unnest(ARRAY['x', '1D;', E'1D\t+1D', 'today', '1J', 'ă', '1D+ță', '1٣D', '2025-03-14']) AS formula;
ROLLBACK;
