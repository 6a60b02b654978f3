/*
 * Win probabilities of stages, learned from closed deals.
 */
CREATE OR REPLACE FUNCTION crm_data.calibrated_pct(sales_cycle_code text, sales_cycle_stage integer, salesperson_code text, lead_source text, value numeric) RETURNS numeric
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT p.probability_pct FROM crm_data.stage_probability AS p
	WHERE p.sales_cycle_code = calibrated_pct.sales_cycle_code
		AND p.calibration_no = (SELECT max(r.calibration_no) FROM crm_data.stage_probability AS r WHERE r.sales_cycle_code = calibrated_pct.sales_cycle_code)
		AND p.sales_cycle_stage = calibrated_pct.sales_cycle_stage
		AND (p.salesperson_code IS NULL OR p.salesperson_code = calibrated_pct.salesperson_code)
		AND (p.lead_source IS NULL OR p.lead_source = calibrated_pct.lead_source)
		AND (p.from_value IS NULL OR p.from_value <= value)
		AND (p.to_value IS NULL OR p.to_value > value)
	ORDER BY p.group_level DESC LIMIT 1;
END;
COMMENT ON FUNCTION crm_data.calibrated_pct(text, integer, text, text, numeric) IS
'Percentage, more than 0 and less than 100, with which a deal that enters a stage is won, by the newest run of crm.calibrate_stages() for the cycle and the most specific group the deal belongs to; NULL where there is none.';
