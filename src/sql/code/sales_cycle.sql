CREATE OR REPLACE FUNCTION crm_data.rolls_up_changes() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_rolls_up_changes';
COMMENT ON FUNCTION crm_data.rolls_up_changes() IS 'AFTER trigger: open deals of the cycle are weighed by the probability that rolls up now.';

CREATE OR REPLACE FUNCTION crm_data.close_type_changes() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_close_type_changes';
COMMENT ON FUNCTION crm_data.close_type_changes() IS 'BEFORE trigger: a code that deals were closed with stays one for won, or for lost ones.';

CREATE OR REPLACE FUNCTION crm_data.sales_cycle_delete() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_sales_cycle_delete';
COMMENT ON FUNCTION crm_data.sales_cycle_delete() IS 'BEFORE DELETE trigger: a sales cycle with opportunities stays.';

CREATE OR REPLACE FUNCTION crm_data.sales_cycle_stage_leaves() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_sales_cycle_stage_leaves';
COMMENT ON FUNCTION crm_data.sales_cycle_stage_leaves() IS 'BEFORE DELETE or UPDATE trigger: a stage on which open opportunities stand stays where it is.';

CREATE OR REPLACE FUNCTION crm.install_sales_cycles() RETURNS void
	LANGUAGE sql
BEGIN ATOMIC
	/* Steps only for activities, and stages only for cycles, that were not there: the user's own stay as they are */
	WITH activity AS (
		INSERT INTO crm_data.activity (activity_code, description) VALUES
			('INIT', 'First contact'), ('QUALIFY', 'Qualification of a new customer'), ('P-WORK', 'Work on the presentation'),
			('PROPOSAL', 'Work on the proposal'), ('SIGN', 'Signature')
		ON CONFLICT DO NOTHING
		RETURNING activity_code)
	INSERT INTO crm_data.activity_step (activity_code, step_no, task_type, description, priority, date_formula)
	SELECT s.activity_code, s.step_no, s.task_type, s.description, s.priority, s.date_formula
	FROM activity JOIN (VALUES
		('INIT', 10000, NULL, 'Look up what was sold before', 'normal', '1D'),
		('INIT', 20000, 'phone call', 'Ask what is needed, when, and who decides', 'high', '2D'),
		('QUALIFY', 10000, NULL, 'Check the ability to pay', 'normal', '2D'),
		('QUALIFY', 20000, 'phone call', 'Agree on budget and date', 'normal', '1W'),
		('P-WORK', 10000, NULL, 'Prepare the presentation', 'high', '1D'),
		('P-WORK', 20000, 'meeting', 'Present', 'normal', '1W'),
		('P-WORK', 30000, 'phone call', 'Ask for opinions', 'normal', '1W+2D'),
		('PROPOSAL', 10000, NULL, 'Write the quote', 'high', '2D'),
		('PROPOSAL', 20000, 'phone call', 'Go through the quote', 'normal', '1W'),
		('SIGN', 10000, 'meeting', 'Settle terms and sign', 'high', '3D')) AS s (activity_code, step_no, task_type, description, priority, date_formula)
		ON s.activity_code = activity.activity_code;

	/* The date formulas shrink: each leads from its stage to the expected end, and those after it fit in */
	WITH cycle AS (
		INSERT INTO crm_data.sales_cycle (sales_cycle_code, description, probability_calculation) VALUES
			('EXISTING', 'Selling to customers', 'completed'), ('NEW', 'Winning new customers', 'chances of success')
		ON CONFLICT DO NOTHING
		RETURNING sales_cycle_code)
	INSERT INTO crm_data.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, description, completed_pct, chances_pct,
		activity_code, quote_required, allow_skip, date_formula)
	SELECT s.sales_cycle_code, s.sales_cycle_stage, s.description, s.completed_pct, s.chances_pct,
		s.activity_code, s.quote_required, s.allow_skip, s.date_formula
	FROM cycle JOIN (VALUES
		('EXISTING', 1, 'Initial', 2, 10, 'INIT', false, true, '2M'),
		('EXISTING', 2, 'Presentation', 50, 40, 'P-WORK', false, true, '1M'),
		('EXISTING', 3, 'Proposal', 80, 80, 'PROPOSAL', true, false, '2W'),
		('EXISTING', 4, 'Sign', 95, 100, 'SIGN', true, false, '1W'),
		('NEW', 1, 'Initial', 2, 5, 'INIT', false, false, '3M'),
		('NEW', 2, 'Qualification', 5, 15, 'QUALIFY', false, true, '6W'),
		('NEW', 3, 'Presentation', 40, 40, 'P-WORK', false, true, '3W'),
		('NEW', 4, 'Proposal', 60, 60, 'PROPOSAL', false, false, '2W'),
		('NEW', 5, 'Sign', 95, 90, 'SIGN', false, false, '1W'))
		AS s (sales_cycle_code, sales_cycle_stage, description, completed_pct, chances_pct, activity_code, quote_required, allow_skip, date_formula)
		ON s.sales_cycle_code = cycle.sales_cycle_code;

	INSERT INTO crm_data.close_opportunity_code (close_opportunity_code, description, close_type) VALUES
		('W-ORDER', 'Ordered', 'won'), ('W-PRICE', 'Best price', 'won'), ('W-PRODUCT', 'Best product', 'won'), ('W-RELATION', 'Good relations', 'won'),
		('W-SERVICE', 'Best service', 'won'), ('L-BUDGET', 'No budget', 'lost'), ('L-COMPETE', 'Competitor chosen', 'lost'),
		('L-NEED', 'No longer needed', 'lost'), ('L-PRICE', 'Price too high', 'lost'), ('L-PRODUCT', 'Product does not fit', 'lost'),
		('L-SILENCE', 'No answer', 'lost')
	ON CONFLICT DO NOTHING;

	UPDATE crm_data.setup SET won_close_opportunity_code = 'W-ORDER' WHERE won_close_opportunity_code IS NULL;
END;
COMMENT ON FUNCTION crm.install_sales_cycles() IS
'Installs two sales cycles to begin with, EXISTING (for customers; the probability is the part completed; quotes required from the proposal on) and NEW (for new customers; the probability is the chances of success), the activities of their stages, and reasons for winning and losing; an order wins its opportunity with W-ORDER (won_close_opportunity_code of crm.setup). What exists stays as it is, so calling it again is harmless.';
