/*
 * The forecast: what the open deals bring in, as a distribution. SQL chooses the deals, crm_data.revenue_forecast() computes.
 */
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
	action_taken			text,
	won_value				numeric,
	active					boolean,
	valid_from				timestamptz,
	valid_to				timestamptz
)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT e.opportunity_no, e.sales_cycle_code, e.sales_cycle_stage, e.salesperson_code, e.estimated_close_date, e.estimated_value,
		CASE (SELECT crm_data.check_option(probability, 'probability', 'rolling up', 'typed', 'calibrated'))
			WHEN 'typed' THEN e.probability_pct
			WHEN 'calibrated' THEN coalesce(e.calibrated_pct, e.probability_pct)
			ELSE CASE WHEN e.weighted_value = e.calcd_current_value THEN e.probability_pct ELSE coalesce(e.calibrated_pct, e.probability_pct) END
		END,
		e.action_taken, CASE e.action_taken WHEN 'won' THEN e.calcd_current_value ELSE 0 END, e.active, e.valid_from, e.valid_to
	FROM crm_data.opportunity_entry AS e
	WHERE (sales_cycle IS NULL OR e.sales_cycle_code = crm_data.as_code(sales_cycle))
		AND (salesperson IS NULL OR e.salesperson_code = crm_data.as_code(salesperson))
		AND (team IS NULL OR e.salesperson_code IN (SELECT t.salesperson_code FROM crm_data.team_salesperson AS t WHERE t.team_code = crm_data.as_code(team)))
		AND (campaign IS NULL OR e.campaign_no = crm_data.as_code(campaign))
		AND (entity IS NULL OR e.legal_entity = entity);
END;
COMMENT ON FUNCTION crm_data.selected_deal(text, text, text, text, text, text) IS
'How deals stand and stood: entries of a cycle, salesperson, team, campaign and legal entity, NULL for any, with the percentage that the chosen probability says. Those of open deals have a stage, which is 0 once a deal is closed.';

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
	WHERE d.active AND d.sales_cycle_stage > 0;
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
	LANGUAGE sql STABLE PARALLEL SAFE SET jit = off
BEGIN ATOMIC
	SELECT d.deals, d.best_case, d.mean, round(f.standard_deviation::numeric, 6), f.p5, f.p10, f.p25, f.p50, f.p75, f.p90, f.p95,
		f.probability_of_target, f.grid_unit, round(f.grid_error::numeric, 6)
	FROM (SELECT count(*) AS deals, coalesce(sum(o.deal_value), 0) AS best_case, round(coalesce(sum(o.deal_value * o.deal_pct), 0) * 0.01, 6) AS mean,
			array_agg(o.deal_value::double precision) AS deal_values, array_agg(o.deal_pct::double precision / 100) AS probabilities
		FROM crm_data.open_deal(sales_cycle_code, salesperson_code, team_code, campaign_no, legal_entity, probability) AS o
		WHERE o.estimated_close_date BETWEEN coalesce(from_date, '-infinity') AND coalesce(to_date, 'infinity')
			OR o.estimated_close_date IS NULL AND from_date IS NULL AND to_date IS NULL) AS d
	CROSS JOIN crm_data.revenue_forecast(d.deal_values, d.probabilities, grid, correlation, target) AS f;
END;
COMMENT ON FUNCTION crm.forecast(date, date, text, text, text, text, text, text, numeric, numeric, double precision) IS
'What the open deals are going to bring in, one row: deals, their number; best_case, all of their values; mean, the sum of value * probability, and standard deviation; p5 to p95, the least revenue that is not exceeded with 5 to 95 percent probability; probability_of_target, that revenue is at least the target, NULL without one. Local currency. Arguments choose the deals: expected to close from from_date to to_date, both included (a bound leaves out deals without a date), of a sales cycle, salesperson, team (its present members), campaign, legal entity, each NULL for any. probability says which one counts: ''rolling up'', the one that weighs the pipeline, so that mean is its weighted value; ''typed'', of the stage and the user; ''calibrated'', by the newest crm.calibrate_stages(), the typed one where there is none. It is the probability that a deal is ever won: a forecast of a month is of the deals expected in it, whenever they close. grid, correlation and how right it is: see crm.revenue_distribution(), which gives further percentiles of the arrays of crm.forecast_deal(); grid_unit is the grid used, grid_error by how much it moves the revenue at most. 100,000 deals take less than a second. Errors: 22023 unknown probability, grid, correlation or target out of range; 54000 a grid too fine.';

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
	LANGUAGE sql STABLE PARALLEL SAFE SET jit = off
BEGIN ATOMIC
	SELECT u.opportunity_no, u.sales_cycle_stage, u.estimated_close_date, u.deal_value, u.deal_pct, round(u.deal_value * u.deal_pct * 0.01, 6), u.risk_share
	FROM (SELECT array_agg(o.opportunity_no) AS nos, array_agg(o.sales_cycle_stage) AS stages, array_agg(o.estimated_close_date) AS dates,
			array_agg(o.deal_value) AS deal_values, array_agg(o.deal_pct) AS pcts, array_agg(o.deal_pct * 0.01) AS probabilities
		FROM crm_data.open_deal(sales_cycle_code, salesperson_code, team_code, campaign_no, legal_entity, probability) AS o
		WHERE o.estimated_close_date BETWEEN coalesce(from_date, '-infinity') AND coalesce(to_date, 'infinity')
			OR o.estimated_close_date IS NULL AND from_date IS NULL AND to_date IS NULL) AS d
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
	LANGUAGE sql STABLE PARALLEL SAFE SET jit = off
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

CREATE OR REPLACE FUNCTION crm.forecast_backtest(from_month date DEFAULT NULL, to_month date DEFAULT NULL, probability text DEFAULT 'rolling up', sales_cycle_code text DEFAULT NULL,
	salesperson_code text DEFAULT NULL, team_code text DEFAULT NULL, campaign_no text DEFAULT NULL, legal_entity text DEFAULT NULL, correlation double precision DEFAULT 0)
RETURNS TABLE (
	month					date,
	deals					bigint,
	best_case				numeric,
	mean					numeric,
	p10						numeric,
	p50						numeric,
	p90						numeric,
	interval_probability	double precision,
	won_value				numeric,
	open_deals				bigint,
	open_value				numeric,
	inside					boolean,
	won_in_month			numeric
)
	LANGUAGE sql STABLE PARALLEL SAFE SET jit = off
BEGIN ATOMIC
	WITH period AS MATERIALIZED (
		SELECT m.day::date AS month, m.day AT TIME ZONE s.time_zone AS beginning
		FROM crm_data.setup AS s
		CROSS JOIN LATERAL (SELECT coalesce(to_month, (crm.work_date() - interval '1 month')::date) AS last_month) AS l
		CROSS JOIN LATERAL (SELECT greatest(coalesce(from_month, (l.last_month - interval '11 months')::date), '1900-01-01') AS first_month) AS f
		CROSS JOIN generate_series(date_trunc('month', f.first_month::timestamp), date_trunc('month', least(l.last_month, '2999-12-31')::timestamp), '1 month') AS m (day)),
	selected AS (
		SELECT d.*, date_trunc('month', d.estimated_close_date::timestamp)::date AS month
		FROM crm_data.selected_deal(sales_cycle_code, salesperson_code, team_code, campaign_no, legal_entity, probability) AS d),
	expected AS (
		SELECT p.month, d.opportunity_no, d.deal_value, d.deal_pct
		FROM period AS p JOIN selected AS d ON d.month = p.month
		WHERE d.sales_cycle_stage > 0 AND d.valid_from <= p.beginning AND d.valid_to > p.beginning),
	judged AS (
		SELECT e.month, count(*) AS deals, sum(e.deal_value) AS best_case, round(sum(e.deal_value * e.deal_pct) * 0.01, 6) AS mean,
			array_agg(e.deal_value::double precision) AS deal_values, array_agg(e.deal_pct::double precision / 100) AS probabilities,
			sum(CASE n.action_taken WHEN 'won' THEN n.calcd_current_value ELSE 0 END) AS won_value,
			count(*) FILTER (WHERE n.sales_cycle_stage > 0) AS open_deals, coalesce(sum(n.estimated_value) FILTER (WHERE n.sales_cycle_stage > 0), 0) AS open_value
		FROM expected AS e LEFT JOIN crm_data.opportunity_entry AS n ON n.opportunity_no = e.opportunity_no AND n.active
		GROUP BY e.month),
	closed AS (
		SELECT d.month, sum(d.won_value) AS won_value FROM selected AS d
		WHERE d.active AND d.action_taken = 'won' AND d.month IN (SELECT p.month FROM period AS p) GROUP BY d.month)
	SELECT p.month, coalesce(j.deals, 0), coalesce(j.best_case, 0), coalesce(j.mean, 0), f.p10, f.p50, f.p90, f.interval_probability,
		round(coalesce(j.won_value, 0), 6), coalesce(j.open_deals, 0), coalesce(j.open_value, 0),
		CASE WHEN j.won_value > b.high OR j.won_value + j.open_value < b.low THEN false
			WHEN j.won_value >= b.low AND j.won_value + j.open_value <= b.high THEN true END,
		round(coalesce(c.won_value, 0), 6)
	FROM period AS p
	LEFT JOIN judged AS j ON j.month = p.month
	LEFT JOIN closed AS c ON c.month = p.month
	CROSS JOIN crm_data.revenue_forecast(j.deal_values, j.probabilities, NULL, correlation, NULL) AS f
	CROSS JOIN LATERAL (SELECT f.p10 - f.grid_error::numeric AS low, f.p90 + f.grid_error::numeric AS high) AS b
	ORDER BY p.month;
END;
COMMENT ON FUNCTION crm.forecast_backtest(date, date, text, text, text, text, text, text, double precision) IS
'What crm.forecast() would have said at the beginning of each month, and what came of it; months from from_month to to_month, by default the twelve before the present one. The forecast is of the deals that were open then and expected to close in the month, with value, date and probability as their entries stood then: number, values, mean, p10, p50, p90, and the probability of p10 to p90, both included, which is more than 0.8 where few deals make revenue jump. The honest comparison is with the same deals: a probability says whether a deal is ever won, so won_value is what they have brought by now, whenever they closed, and open_deals and open_value are those of them that are not decided yet. inside says whether the outcome lies from p10 to p90; NULL where that depends on deals still open, or there were none. won_in_month is not comparable: all that was won in the month, deals included that came or were pulled in later, and deals left out that slipped; it shows how much of a month such a forecast can know. Calibrated percentages are those stored then, not ones learned since, the typed one where there was none. Local currency; other arguments as crm.forecast(). Errors: as crm.forecast().';

CREATE OR REPLACE FUNCTION crm.forecast_coverage(from_month date DEFAULT NULL, to_month date DEFAULT NULL, probability text DEFAULT 'rolling up', sales_cycle_code text DEFAULT NULL,
	salesperson_code text DEFAULT NULL, team_code text DEFAULT NULL, campaign_no text DEFAULT NULL, legal_entity text DEFAULT NULL, correlation double precision DEFAULT 0)
RETURNS TABLE (
	months					bigint,
	judged					bigint,
	inside					bigint,
	inside_pct				numeric,
	expected_pct			numeric,
	mean					numeric,
	won_value				numeric
)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT count(*), count(b.inside), count(*) FILTER (WHERE b.inside), round(100.0 * avg(b.inside::integer), 4),
		round((100 * avg(b.interval_probability) FILTER (WHERE b.inside IS NOT NULL))::numeric, 4),
		coalesce(sum(b.mean) FILTER (WHERE b.open_deals = 0), 0), coalesce(sum(b.won_value) FILTER (WHERE b.open_deals = 0), 0)
	FROM crm.forecast_backtest(from_month, to_month, probability, sales_cycle_code, salesperson_code, team_code, campaign_no, legal_entity, correlation) AS b;
END;
COMMENT ON FUNCTION crm.forecast_coverage(date, date, text, text, text, text, text, text, double precision) IS
'crm.forecast_backtest() with the same arguments, added up: number of months, of those that can be judged, and of those in which the outcome was from p10 to p90; the percentage of these, and the percentage expected, 80 or more. Far less: deals depend on each other (correlation), or probabilities are wrong. mean and won_value, forecast and outcome in local currency, of the months of which no deal is open any more: their ratio tells whether probabilities are too high. Errors: as crm.forecast().';

CREATE OR REPLACE FUNCTION crm_data.forecast_category(given text, pct numeric) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(given, CASE WHEN pct >= 80 THEN 'commit' WHEN pct >= 50 THEN 'best case' ELSE 'pipeline' END);
COMMENT ON FUNCTION crm_data.forecast_category(text, numeric) IS
'The forecast category of an open deal: the one given, else ''commit'' from 80 percent, ''best case'' from 50 percent, ''pipeline''.';

CREATE OR REPLACE FUNCTION crm.split_amount(amount numeric, percentages numeric[]) RETURNS numeric[]
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(array_agg((p.units + CASE WHEN p.place_by_remainder <= p.units_left THEN 1 ELSE 0 END) * p.unit ORDER BY p.place), '{}')
	FROM (SELECT x.place, x.unit, floor(x.exact) AS units, x.total - sum(floor(x.exact)) OVER () AS units_left,
			row_number() OVER (ORDER BY x.exact - floor(x.exact) DESC, x.place) AS place_by_remainder
		FROM (SELECT s.place, u.unit, amount * u.units AS total, amount * u.units * s.percentage * 0.01 AS exact
			FROM unnest(percentages) WITH ORDINALITY AS s (percentage, place)
			CROSS JOIN (SELECT trim_scale(0.1 ^ d.decimals) AS unit, trim_scale(10.0 ^ d.decimals) AS units
				FROM (SELECT greatest(2, scale(trim_scale(amount))) AS decimals) AS d) AS u) AS x) AS p;
END;
COMMENT ON FUNCTION crm.split_amount(numeric, numeric[]) IS
'An amount in parts, in the order of the percentages, which add up to 100; the parts add up to the amount. Each is rounded down to the last decimal of the amount, cents at least, and what is left over goes, one unit each, to those with the largest remainders, the first of equal ones (method of largest remainders, Hamilton''s). NULL if an argument is.';

CREATE OR REPLACE FUNCTION crm_data.credited_part(opportunity text, salesperson text, amount numeric) RETURNS numeric
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT (crm.split_amount(amount, array_agg(s.split_pct ORDER BY s.salesperson_code)))[array_position(array_agg(s.salesperson_code ORDER BY s.salesperson_code), salesperson)]
	FROM crm_data.opportunity_split AS s WHERE s.opportunity_no = opportunity;
END;
COMMENT ON FUNCTION crm_data.credited_part(text, text, numeric) IS 'What a salesperson has of an amount of a deal that is split.';

CREATE OR REPLACE FUNCTION crm_data.credited_deal(period_start date, period_end date, salesperson text, team text, entity text)
	RETURNS TABLE (opportunity_no text, salesperson_code text, won_value numeric, open_value numeric, deal_pct numeric)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH owner (salesperson_code) AS (SELECT salesperson WHERE salesperson IS NOT NULL UNION SELECT t.salesperson_code FROM crm_data.team_salesperson AS t WHERE t.team_code = team),
	share AS (
		SELECT d.*, d.won_value AS won, CASE WHEN d.sales_cycle_stage > 0 THEN d.deal_value ELSE 0 END AS open
		FROM owner AS w JOIN crm_data.selected_deal(NULL, NULL, NULL, NULL, entity, 'rolling up') AS d ON d.salesperson_code = w.salesperson_code
		WHERE d.active AND (d.sales_cycle_stage > 0 OR d.action_taken = 'won') AND d.estimated_close_date BETWEEN period_start AND period_end
			AND NOT EXISTS (SELECT FROM crm_data.opportunity_split AS s WHERE s.opportunity_no = d.opportunity_no)
		UNION ALL
		SELECT d.*, crm_data.credited_part(d.opportunity_no, w.salesperson_code, d.won_value),
			CASE WHEN d.sales_cycle_stage > 0 THEN crm_data.credited_part(d.opportunity_no, w.salesperson_code, d.deal_value) ELSE 0 END
		FROM owner AS w JOIN crm_data.opportunity_split AS s ON s.salesperson_code = w.salesperson_code
		JOIN crm_data.selected_deal(NULL, NULL, NULL, NULL, entity, 'rolling up') AS d ON d.opportunity_no = s.opportunity_no
		WHERE d.active AND (d.sales_cycle_stage > 0 OR d.action_taken = 'won') AND d.estimated_close_date BETWEEN period_start AND period_end)
	SELECT s.opportunity_no, max(s.salesperson_code), sum(s.won), sum(s.open), max(s.deal_pct) FROM share AS s GROUP BY s.opportunity_no;
END;
COMMENT ON FUNCTION crm_data.credited_deal(date, date, text, text, text) IS
'Deals won in a period or open and expected to close in it, with what a salesperson, or the present members of a team, have of them by their splits; a deal that is not split is its salesperson''s.';

CREATE OR REPLACE FUNCTION crm.calibrate_stages(as_of date DEFAULT NULL, by text DEFAULT 'stage') RETURNS bigint
	LANGUAGE sql
BEGIN ATOMIC
	INSERT INTO crm_data.stage_probability (calibration_no, calibrated_on, sales_cycle_code, sales_cycle_stage, group_level, salesperson_code, lead_source, from_value, to_value,
		probability_pct, lower_pct, upper_pct, sample_size, won_count, lost_count, open_count)
	SELECT r.calibration_no, r.calibrated_on, p.sales_cycle_code, p.sales_cycle_stage, p.group_level, p.salesperson_code, p.lead_source, p.from_value, p.to_value,
		p.probability_pct, p.lower_pct, p.upper_pct, p.sample_size, p.won_count, p.lost_count, p.open_count
	FROM (SELECT nextval('crm_data.calibration_no_seq') AS calibration_no, coalesce(as_of, crm.work_date()) AS calibrated_on) AS r
	CROSS JOIN crm.stage_probability_asof(r.calibrated_on, by) AS p;
	SELECT crm_data.revise_entries((SELECT array_agg(e.opportunity_no) FROM crm_data.opportunity_entry AS e JOIN crm_data.sales_cycle AS c ON c.sales_cycle_code = e.sales_cycle_code
		WHERE c.rolls_up = 'calibrated' AND e.active AND e.sales_cycle_stage > 0));
END;
COMMENT ON FUNCTION crm.calibrate_stages(date, text) IS
'Calibrates the stages of all cycles: what crm.stage_probability_asof() with the same arguments says is appended to crm.stage_probability as a new run, which counts from now on. Open deals of cycles that roll up ''calibrated'' are weighed anew: an entry is appended that revises the active one. Returns how many were. Error: 22023 unknown group.';

CREATE OR REPLACE FUNCTION crm_data.check_split() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_check_split';
COMMENT ON FUNCTION crm_data.check_split() IS 'Deferred trigger: the parts of an opportunity add up to 100 percent, or there are none.';

CREATE OR REPLACE FUNCTION crm_data.stamp_override() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_stamp_override';
COMMENT ON FUNCTION crm_data.stamp_override() IS 'BEFORE INSERT trigger: who says it, and when.';

CREATE OR REPLACE FUNCTION crm_data.refuse_override_update() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_refuse_override_update';
COMMENT ON FUNCTION crm_data.refuse_override_update() IS 'BEFORE UPDATE trigger: overrides are not rewritten.';
