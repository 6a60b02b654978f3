/*
 * The forecast: what the open deals bring in, as a distribution. SQL chooses the deals, crm_data.revenue_forecast() computes.
 */
CREATE OR REPLACE FUNCTION crm_data.check_option(given text, name text, VARIADIC options text[]) RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_check_option';
COMMENT ON FUNCTION crm_data.check_option(text, text, text[]) IS 'What is given, if it is one of the options. Error: 22023 it is not.';

CREATE OR REPLACE FUNCTION crm_data.forecast_change(overrides jsonb)
	RETURNS TABLE (opportunity_no text, sales_cycle_code text, sales_cycle_stage integer, probability_pct numeric, estimated_close_date date, estimated_value numeric, remove boolean)
	LANGUAGE c STABLE STRICT ROWS 10 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_forecast_change';
COMMENT ON FUNCTION crm_data.forecast_change(jsonb) IS 'The overrides of crm.forecast_what_if(), checked, as rows.';

CREATE OR REPLACE FUNCTION crm_data.selected_deal(sales_cycle text, salesperson text, team text, campaign text, entity text, probability text)
RETURNS TABLE (
	opportunity_no			text,
	sales_cycle_code		text,
	sales_cycle_stage		integer,
	salesperson_code		text,
	estimated_close_date	date,
	deal_value				numeric,
	deal_pct				numeric,
	active					boolean,
	valid_from				timestamptz,
	valid_to				timestamptz
)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT e.opportunity_no, e.sales_cycle_code, e.sales_cycle_stage, e.salesperson_code, e.estimated_close_date, e.estimated_value,
		CASE crm_data.check_option(probability, 'probability', 'rolling up', 'typed', 'calibrated')
			WHEN 'typed' THEN e.probability_pct
			WHEN 'calibrated' THEN coalesce(e.calibrated_pct, e.probability_pct)
			ELSE CASE WHEN e.weighted_value = e.calcd_current_value THEN e.probability_pct ELSE coalesce(e.calibrated_pct, e.probability_pct) END
		END,
		e.active, e.valid_from, e.valid_to
	FROM crm_data.opportunity_entry AS e
	WHERE e.sales_cycle_stage > 0
		AND (sales_cycle IS NULL OR e.sales_cycle_code = crm_data.as_code(sales_cycle))
		AND (salesperson IS NULL OR e.salesperson_code = crm_data.as_code(salesperson))
		AND (team IS NULL OR e.salesperson_code IN (SELECT t.salesperson_code FROM crm_data.team_salesperson AS t WHERE t.team_code = crm_data.as_code(team)))
		AND (campaign IS NULL OR e.campaign_no = crm_data.as_code(campaign))
		AND (entity IS NULL OR e.legal_entity = entity);
END;
COMMENT ON FUNCTION crm_data.selected_deal(text, text, text, text, text, text) IS
'How deals stood while they were open, now and before: entries that belong to a cycle, salesperson, team, campaign and legal entity, NULL for any, with the percentage that the chosen probability says.';

CREATE OR REPLACE FUNCTION crm_data.open_deal(sales_cycle text, salesperson text, team text, campaign text, entity text, probability text)
RETURNS TABLE (
	opportunity_no			text,
	sales_cycle_code		text,
	sales_cycle_stage		integer,
	salesperson_code		text,
	estimated_close_date	date,
	deal_value				numeric,
	deal_pct				numeric
)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT d.opportunity_no, d.sales_cycle_code, d.sales_cycle_stage, d.salesperson_code, d.estimated_close_date, d.deal_value, coalesce(g.probability_pct, d.deal_pct)
	FROM crm_data.selected_deal(sales_cycle, salesperson, team, campaign, entity, probability) AS d
	LEFT JOIN LATERAL (SELECT c.probability_pct FROM crm_data.opportunity AS o
		CROSS JOIN crm_data.calibrated_group(d.sales_cycle_code, d.sales_cycle_stage, d.salesperson_code, o.lead_source, d.deal_value) AS c
		WHERE o.opportunity_no = d.opportunity_no AND probability = 'calibrated') AS g ON true
	WHERE d.active;
END;
COMMENT ON FUNCTION crm_data.open_deal(text, text, text, text, text, text) IS
'The deals that are open now, of crm_data.selected_deal(); calibrated probabilities are those of the newest calibration.';

CREATE OR REPLACE FUNCTION crm.forecast(from_date date DEFAULT NULL, to_date date DEFAULT NULL, sales_cycle_code text DEFAULT NULL, salesperson_code text DEFAULT NULL, team_code text DEFAULT NULL,
	campaign_no text DEFAULT NULL, legal_entity text DEFAULT NULL, probability text DEFAULT 'rolling up', target numeric DEFAULT NULL, grid numeric DEFAULT NULL, correlation double precision DEFAULT 0)
RETURNS TABLE (
	deals					bigint,
	best_case				numeric,
	mean					numeric,
	standard_deviation		numeric,
	p5						numeric,
	p10						numeric,
	p25						numeric,
	p50						numeric,
	p75						numeric,
	p90						numeric,
	p95						numeric,
	probability_of_target	double precision,
	grid_unit				numeric,
	grid_error				numeric
)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT d.deals, d.best_case, d.mean, round(f.standard_deviation::numeric, 6), f.p5, f.p10, f.p25, f.p50, f.p75, f.p90, f.p95,
		f.probability_of_target, f.grid_unit, round(f.grid_error::numeric, 6)
	FROM (SELECT count(*) AS deals, coalesce(sum(o.deal_value), 0) AS best_case, round(coalesce(sum(o.deal_value * o.deal_pct), 0) * 0.01, 6) AS mean,
			array_agg(o.deal_value::double precision) AS deal_values, array_agg(o.deal_pct::double precision / 100) AS probabilities
		FROM crm_data.open_deal(sales_cycle_code, salesperson_code, team_code, campaign_no, legal_entity, probability) AS o
		WHERE (from_date IS NULL OR o.estimated_close_date >= from_date) AND (to_date IS NULL OR o.estimated_close_date <= to_date)) AS d
	CROSS JOIN crm_data.revenue_forecast(d.deal_values, d.probabilities, grid, correlation, target) AS f;
END;
COMMENT ON FUNCTION crm.forecast(date, date, text, text, text, text, text, text, numeric, numeric, double precision) IS
'What the open deals are going to bring in, one row: deals, their number; best_case, all of their values; mean, the sum of value * probability, and standard deviation; p5 to p95, the least revenue that is not exceeded with 5 to 95 percent probability; probability_of_target, that revenue is at least the target, NULL without one. Local currency. Arguments choose the deals: expected to close from from_date to to_date, both included (a bound leaves out deals without a date), of a sales cycle, salesperson, team (its present members), campaign, legal entity, each NULL for any. probability says which one counts: ''rolling up'', the one that weighs the pipeline, so that mean is its weighted value; ''typed'', of the stage and the user; ''calibrated'', by the newest crm.calibrate_stages(), the typed one where there is none. It is the probability that a deal is ever won: a forecast of a month is of the deals expected in it, whenever they close. grid, correlation and how right it is: see crm.revenue_distribution(), which gives further percentiles of the arrays of crm.forecast_deal(); grid_unit is the grid used, grid_error by how much it moves the revenue at most. 100,000 deals take about a second. Errors: 22023 unknown probability, grid, correlation or target out of range; 54000 a grid too fine.';

CREATE OR REPLACE FUNCTION crm.forecast_deal(from_date date DEFAULT NULL, to_date date DEFAULT NULL, sales_cycle_code text DEFAULT NULL, salesperson_code text DEFAULT NULL, team_code text DEFAULT NULL,
	campaign_no text DEFAULT NULL, legal_entity text DEFAULT NULL, probability text DEFAULT 'rolling up', correlation double precision DEFAULT 0)
RETURNS TABLE (
	opportunity_no			text,
	sales_cycle_stage		integer,
	estimated_close_date	date,
	estimated_value			numeric,
	probability_pct			numeric,
	weighted_value			numeric,
	risk_share				double precision
)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT u.opportunity_no, u.sales_cycle_stage, u.estimated_close_date, u.deal_value, u.deal_pct, round(u.deal_value * u.deal_pct * 0.01, 6), u.risk_share
	FROM (SELECT array_agg(o.opportunity_no) AS nos, array_agg(o.sales_cycle_stage) AS stages, array_agg(o.estimated_close_date) AS dates,
			array_agg(o.deal_value) AS deal_values, array_agg(o.deal_pct) AS pcts, array_agg(o.deal_pct * 0.01) AS probabilities
		FROM crm_data.open_deal(sales_cycle_code, salesperson_code, team_code, campaign_no, legal_entity, probability) AS o
		WHERE (from_date IS NULL OR o.estimated_close_date >= from_date) AND (to_date IS NULL OR o.estimated_close_date <= to_date)) AS d
	CROSS JOIN LATERAL unnest(d.nos, d.stages, d.dates, d.deal_values, d.pcts, crm.revenue_risk_share(d.deal_values, d.probabilities, correlation))
		AS u (opportunity_no, sales_cycle_stage, estimated_close_date, deal_value, deal_pct, risk_share);
END;
COMMENT ON FUNCTION crm.forecast_deal(date, date, text, text, text, text, text, text, double precision) IS
'The deals of crm.forecast() with the same arguments, one row each: value and weighted value in local currency, percentage of being won, and the share of the risk: the covariance of the deal with the revenue of all divided by the variance of that revenue; the shares add up to 1, or are 0 where nothing is uncertain. Errors: as crm.forecast().';

CREATE OR REPLACE FUNCTION crm.forecast_what_if(overrides jsonb, from_date date DEFAULT NULL, to_date date DEFAULT NULL, sales_cycle_code text DEFAULT NULL, salesperson_code text DEFAULT NULL, team_code text DEFAULT NULL,
	campaign_no text DEFAULT NULL, legal_entity text DEFAULT NULL, probability text DEFAULT 'rolling up', target numeric DEFAULT NULL, grid numeric DEFAULT NULL, correlation double precision DEFAULT 0)
RETURNS TABLE (
	scenario				text,
	deals					bigint,
	best_case				numeric,
	mean					numeric,
	standard_deviation		numeric,
	p5						numeric,
	p10						numeric,
	p25						numeric,
	p50						numeric,
	p75						numeric,
	p90						numeric,
	p95						numeric,
	probability_of_target	double precision,
	grid_unit				numeric,
	grid_error				numeric
)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH change AS MATERIALIZED (SELECT * FROM crm_data.forecast_change(overrides)),
	open_deal AS MATERIALIZED (SELECT * FROM crm_data.open_deal(sales_cycle_code, salesperson_code, team_code, campaign_no, legal_entity, probability)),
	deal (scenario, estimated_close_date, deal_value, deal_pct) AS (
		SELECT 'as it is', o.estimated_close_date, o.deal_value, o.deal_pct FROM open_deal AS o
		UNION ALL
		SELECT 'what if', coalesce(c.estimated_close_date, o.estimated_close_date), coalesce(c.estimated_value, o.deal_value), coalesce(c.probability_pct, s.probability_pct, o.deal_pct)
		FROM open_deal AS o
		LEFT JOIN change AS c ON c.opportunity_no = o.opportunity_no
		LEFT JOIN change AS s ON s.sales_cycle_code = o.sales_cycle_code AND s.sales_cycle_stage = o.sales_cycle_stage
		WHERE c.remove IS NOT TRUE),
	figures AS (
		SELECT n.scenario, count(d.scenario) AS deals, coalesce(sum(d.deal_value), 0) AS best_case, round(coalesce(sum(d.deal_value * d.deal_pct), 0) * 0.01, 6) AS mean,
			array_agg(d.deal_value::double precision) FILTER (WHERE d.scenario IS NOT NULL) AS deal_values,
			array_agg(d.deal_pct::double precision / 100) FILTER (WHERE d.scenario IS NOT NULL) AS probabilities
		FROM (VALUES ('as it is'), ('what if')) AS n (scenario)
		LEFT JOIN deal AS d ON d.scenario = n.scenario
			AND (from_date IS NULL OR d.estimated_close_date >= from_date) AND (to_date IS NULL OR d.estimated_close_date <= to_date)
		GROUP BY n.scenario),
	forecast AS (
		SELECT d.scenario, d.deals, d.best_case, d.mean, round(f.standard_deviation::numeric, 6) AS standard_deviation, f.p5, f.p10, f.p25, f.p50, f.p75, f.p90, f.p95,
			f.probability_of_target, f.grid_unit, round(f.grid_error::numeric, 6) AS grid_error
		FROM figures AS d CROSS JOIN crm_data.revenue_forecast(d.deal_values, d.probabilities, grid, correlation, target) AS f)
	SELECT * FROM forecast
	UNION ALL
	SELECT 'difference', b.deals - a.deals, b.best_case - a.best_case, b.mean - a.mean, b.standard_deviation - a.standard_deviation, b.p5 - a.p5, b.p10 - a.p10, b.p25 - a.p25,
		b.p50 - a.p50, b.p75 - a.p75, b.p90 - a.p90, b.p95 - a.p95, b.probability_of_target - a.probability_of_target, NULL, a.grid_error + b.grid_error
	FROM forecast AS a JOIN forecast AS b ON a.scenario = 'as it is' AND b.scenario = 'what if'
	ORDER BY 1;
END;
COMMENT ON FUNCTION crm.forecast_what_if(jsonb, date, date, text, text, text, text, text, text, numeric, numeric, double precision) IS
'crm.forecast() if some things were otherwise; nothing is written. Three rows, scenario ''as it is'', ''difference'' (the second less the first; its grid_error is the sum of theirs) and ''what if''. overrides is an array of objects, each for an open deal: {"opportunity_no": .., "probability_pct": 0 to 100, "estimated_close_date": "2026-01-31", "estimated_value": local currency, "remove": true}, any of the last four; or for the deals that are in a stage and have no probability_pct of their own: {"sales_cycle_code": .., "sales_cycle_stage": .., "probability_pct": ..}. Overrides of deals that the other arguments leave out change nothing; one that moves the closing date moves the deal into the period or out of it. Errors: 22023 naming the element: not an object, an unknown member, a value out of range, no such open deal or stage, nothing changed, the same changed twice; others as crm.forecast().';
