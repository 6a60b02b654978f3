CREATE OR REPLACE VIEW crm.stage_probability WITH (security_invoker = true) AS SELECT
	p.stage_probability_id,
	p.calibration_no,
	p.calibrated_on,
	p.sales_cycle_code,
	p.sales_cycle_stage,
	p.group_level,
	p.salesperson_code,
	p.lead_source,
	p.from_value,
	p.to_value,
	p.probability_pct,
	p.lower_pct,
	p.upper_pct,
	p.sample_size,
	p.won_count,
	p.lost_count,
	p.open_count,
	p.user_name,
	p.recorded_at
FROM crm_data.stage_probability AS p;
COMMENT ON VIEW crm.stage_probability IS 'Calibrated probabilities: what each run of crm.calibrate_stages() found. The newest run of a cycle counts. Errors: 23514 a percentage of 0 or 100, bounds that do not hold it.';
COMMENT ON COLUMN crm.stage_probability.stage_probability_id IS 'Key.';
COMMENT ON COLUMN crm.stage_probability.calibration_no IS 'Number of the run.';
COMMENT ON COLUMN crm.stage_probability.calibrated_on IS 'The day by the end of which things were known.';
COMMENT ON COLUMN crm.stage_probability.sales_cycle_code IS 'Sales cycle, see crm.sales_cycle.';
COMMENT ON COLUMN crm.stage_probability.sales_cycle_stage IS 'Stage of the cycle.';
COMMENT ON COLUMN crm.stage_probability.group_level IS 'Of how many of salesperson, lead source and size the row is; 0 is the whole stage. Of the rows that fit a deal, the one with the highest counts.';
COMMENT ON COLUMN crm.stage_probability.salesperson_code IS 'Salesperson of the deals; NULL for any.';
COMMENT ON COLUMN crm.stage_probability.lead_source IS 'Lead source of the deals; NULL for any.';
COMMENT ON COLUMN crm.stage_probability.from_value IS 'Least estimated value of the deals in local currency; NULL for no bound.';
COMMENT ON COLUMN crm.stage_probability.to_value IS 'Estimated value that the deals are below; NULL for no bound.';
COMMENT ON COLUMN crm.stage_probability.probability_pct IS 'Percentage with which deals that enter the stage are won; more than 0, less than 100.';
COMMENT ON COLUMN crm.stage_probability.lower_pct IS 'Lower end of a credible interval of 90 percent.';
COMMENT ON COLUMN crm.stage_probability.upper_pct IS 'Its upper end.';
COMMENT ON COLUMN crm.stage_probability.sample_size IS 'How many closed deals would tell as much.';
COMMENT ON COLUMN crm.stage_probability.won_count IS 'Number of deals that had been in the stage and were won.';
COMMENT ON COLUMN crm.stage_probability.lost_count IS 'Number of those lost.';
COMMENT ON COLUMN crm.stage_probability.open_count IS 'Number of those still open.';
COMMENT ON COLUMN crm.stage_probability.user_name IS 'User who made the run.';
COMMENT ON COLUMN crm.stage_probability.recorded_at IS 'When it was made.';

CREATE OR REPLACE VIEW crm.probability_reliability WITH (security_invoker = true) AS
	SELECT b.source, b.sales_cycle_code, b.from_pct, b.to_pct, b.prediction_count, b.deal_count,
		b.mean_pct::numeric(13,10) AS mean_pct, (100 * b.won_share)::numeric(13,10) AS won_pct,
		(100 * greatest(w.center - w.reach, 0))::numeric(13,10) AS lower_pct, (100 * least(w.center + w.reach, 1))::numeric(13,10) AS upper_pct
	FROM (
		SELECT p.source, p.sales_cycle_code, p.from_pct, p.from_pct + 10 AS to_pct, count(*) AS prediction_count, count(DISTINCT p.opportunity_no) AS deal_count,
			avg(p.probability_pct) AS mean_pct, avg(p.won::integer) AS won_share
		FROM (SELECT c.*, least(floor(c.probability_pct / 10), 9)::integer * 10 AS from_pct FROM crm_data.closed_prediction() AS c) AS p
		GROUP BY p.source, p.sales_cycle_code, p.from_pct) AS b
	CROSS JOIN LATERAL (SELECT 2.705543 / b.deal_count AS z) AS z
	CROSS JOIN LATERAL (SELECT (b.won_share + z.z / 2) / (1 + z.z) AS center, sqrt(z.z * b.won_share * (1 - b.won_share) + z.z ^ 2 / 4) / (1 + z.z) AS reach) AS w;
COMMENT ON VIEW crm.probability_reliability IS 'Predicted against observed: the entries of deals that are won or lost by now, by the percentage they had, in steps of ten. Percentages are those stored in the entries, so calibrated ones are of deals that their calibration did not know the end of. Good probabilities are near won_pct in each step. Deals still open are not in it: where they are many, those closed so far may be won more often than all will be.';
COMMENT ON COLUMN crm.probability_reliability.source IS '''typed'', of stage and user, or ''calibrated''; key with cycle and step.';
COMMENT ON COLUMN crm.probability_reliability.sales_cycle_code IS 'Sales cycle, see crm.sales_cycle.';
COMMENT ON COLUMN crm.probability_reliability.from_pct IS 'Least percentage of the step: 0, 10, ... 90.';
COMMENT ON COLUMN crm.probability_reliability.to_pct IS 'Percentage that the step is below; 100 is in the last one.';
COMMENT ON COLUMN crm.probability_reliability.prediction_count IS 'Number of entries.';
COMMENT ON COLUMN crm.probability_reliability.deal_count IS 'Number of deals that they are of.';
COMMENT ON COLUMN crm.probability_reliability.mean_pct IS 'Mean percentage predicted.';
COMMENT ON COLUMN crm.probability_reliability.won_pct IS 'Percentage of the entries whose deal was won.';
COMMENT ON COLUMN crm.probability_reliability.lower_pct IS 'Lower end of the score interval of 90 percent (Wilson, Journal of the American Statistical Association 22, 1927) of so many deals.';
COMMENT ON COLUMN crm.probability_reliability.upper_pct IS 'Its upper end.';

CREATE OR REPLACE VIEW crm.probability_score WITH (security_invoker = true) AS
	SELECT p.source, p.sales_cycle_code, count(*) AS prediction_count, count(DISTINCT p.opportunity_no) AS deal_count,
		avg(p.probability_pct)::numeric(13,10) AS mean_pct, (100.0 * avg(p.won::integer))::numeric(13,10) AS won_pct,
		avg(crm.brier_score(p.probability_pct::double precision / 100, p.won))::numeric(13,10) AS brier_score,
		avg(crm.log_loss(least(greatest(p.probability_pct::double precision / 100, 1e-12), 1 - 1e-12), p.won))::numeric(13,10) AS log_loss,
		count(*) FILTER (WHERE p.probability_pct = CASE WHEN p.won THEN 0 ELSE 100 END) AS impossible_count
	FROM crm_data.closed_prediction() AS p
	GROUP BY p.source, p.sales_cycle_code;
COMMENT ON VIEW crm.probability_score IS 'How good probabilities were, of the same entries as crm.probability_reliability; less is better. Compare sources over the same entries: calibrated percentages exist since the first run of crm.calibrate_stages(); crm.score_calibration() compares both over the same deals.';
COMMENT ON COLUMN crm.probability_score.source IS '''typed'' or ''calibrated''; key with cycle.';
COMMENT ON COLUMN crm.probability_score.sales_cycle_code IS 'Sales cycle, see crm.sales_cycle.';
COMMENT ON COLUMN crm.probability_score.prediction_count IS 'Number of entries.';
COMMENT ON COLUMN crm.probability_score.deal_count IS 'Number of deals that they are of.';
COMMENT ON COLUMN crm.probability_score.mean_pct IS 'Mean percentage predicted.';
COMMENT ON COLUMN crm.probability_score.won_pct IS 'Percentage of the entries whose deal was won.';
COMMENT ON COLUMN crm.probability_score.brier_score IS 'Mean of crm.brier_score().';
COMMENT ON COLUMN crm.probability_score.log_loss IS 'Mean of crm.log_loss(), of a certainty that failed 27.6.';
COMMENT ON COLUMN crm.probability_score.impossible_count IS 'Number of entries that held impossible what happened: won at 0 percent or lost at 100.';

CREATE OR REPLACE VIEW crm.opportunity_split WITH (security_invoker = true) AS SELECT
	s.opportunity_no,
	s.salesperson_code,
	s.split_pct,
	(SELECT crm_data.credited_part(s.opportunity_no, s.salesperson_code, CASE WHEN e.sales_cycle_stage > 0 THEN e.estimated_value WHEN e.action_taken = 'won' THEN e.calcd_current_value ELSE 0 END)
		FROM crm_data.opportunity_entry AS e WHERE e.opportunity_no = s.opportunity_no AND e.active)::numeric(30,6) AS credited_value
FROM crm_data.opportunity_split AS s;
COMMENT ON VIEW crm.opportunity_split IS 'Who shares in a deal. Without rows it is its salesperson''s. Errors: 23514 at the end of the transaction, parts that do not add up to 100 percent; 23503 no such opportunity or salesperson.';
COMMENT ON COLUMN crm.opportunity_split.opportunity_no IS 'Opportunity, see crm.opportunity; key with salesperson_code.';
COMMENT ON COLUMN crm.opportunity_split.salesperson_code IS 'Salesperson.';
COMMENT ON COLUMN crm.opportunity_split.split_pct IS 'Part in percent; more than 0.';
COMMENT ON COLUMN crm.opportunity_split.credited_value IS 'Part of the estimated value in local currency, of a won deal of the value won, of a lost one 0; parts add up to the cent (crm.split_amount()). NULL before the first stage.';

CREATE OR REPLACE VIEW crm.sales_target WITH (security_invoker = true) AS SELECT
	t.sales_target_id,
	t.period_start,
	t.period_end,
	t.salesperson_code,
	t.team_code,
	t.target_value,
	t.legal_entity
FROM crm_data.sales_target AS t;
COMMENT ON VIEW crm.sales_target IS 'What salespeople and teams are to win in periods of any length. Errors: 23514 not exactly one of salesperson and team, a period that ends before it starts, a target that is not positive; 23505 a target for the same twice.';
COMMENT ON COLUMN crm.sales_target.sales_target_id IS 'Key.';
COMMENT ON COLUMN crm.sales_target.period_start IS 'First day.';
COMMENT ON COLUMN crm.sales_target.period_end IS 'Last day.';
COMMENT ON COLUMN crm.sales_target.salesperson_code IS 'Salesperson; NULL for a target of a team.';
COMMENT ON COLUMN crm.sales_target.team_code IS 'Team, see crm.team; NULL for a target of a salesperson.';
COMMENT ON COLUMN crm.sales_target.target_value IS 'What is to be won, in local currency.';
COMMENT ON COLUMN crm.sales_target.legal_entity IS 'Legal entity whose deals count.';

CREATE OR REPLACE VIEW crm.target_attainment WITH (security_invoker = true) AS SELECT
	t.sales_target_id,
	t.period_start,
	t.period_end,
	t.salesperson_code,
	t.team_code,
	t.legal_entity,
	t.target_value,
	d.won_value::numeric(30,6) AS won_value,
	(100 * d.won_value / t.target_value)::numeric(30,6) AS attainment_pct,
	(t.target_value - d.won_value)::numeric(30,6) AS gap,
	d.open_deals,
	d.open_value::numeric(30,6) AS open_value,
	d.weighted_value::numeric(30,6) AS weighted_value,
	(t.target_value - d.won_value - d.weighted_value)::numeric(30,6) AS expected_gap,
	crm.revenue_probability(t.target_value - d.won_value, d.deal_values, d.probabilities)::numeric(11,10) AS probability_of_target
FROM crm_data.sales_target AS t
CROSS JOIN LATERAL (
	SELECT coalesce(sum(c.won_value), 0) AS won_value, count(*) FILTER (WHERE c.open_value > 0) AS open_deals,
		coalesce(sum(c.open_value), 0) AS open_value, coalesce(sum(c.open_value * c.deal_pct), 0) * 0.01 AS weighted_value,
		array_agg(c.open_value) FILTER (WHERE c.open_value > 0) AS deal_values, array_agg(c.deal_pct * 0.01) FILTER (WHERE c.open_value > 0) AS probabilities
	FROM crm_data.credited_deal(t.period_start, t.period_end, t.salesperson_code, t.team_code, t.legal_entity) AS c) AS d;
COMMENT ON VIEW crm.target_attainment IS 'Targets and how far they are reached, by the parts that salespeople have of deals (crm.opportunity_split); a team has the parts of those who are its members now. Won: closed as won in the period. Open: expected to close in it. Local currency.';
COMMENT ON COLUMN crm.target_attainment.sales_target_id IS 'Target, see crm.sales_target; key.';
COMMENT ON COLUMN crm.target_attainment.period_start IS 'First day.';
COMMENT ON COLUMN crm.target_attainment.period_end IS 'Last day.';
COMMENT ON COLUMN crm.target_attainment.salesperson_code IS 'Salesperson; NULL for a target of a team.';
COMMENT ON COLUMN crm.target_attainment.team_code IS 'Team; NULL for a target of a salesperson.';
COMMENT ON COLUMN crm.target_attainment.legal_entity IS 'Legal entity whose deals count.';
COMMENT ON COLUMN crm.target_attainment.target_value IS 'What is to be won.';
COMMENT ON COLUMN crm.target_attainment.won_value IS 'What was won.';
COMMENT ON COLUMN crm.target_attainment.attainment_pct IS 'That as a percentage of the target.';
COMMENT ON COLUMN crm.target_attainment.gap IS 'Target less what was won; negative where it is exceeded.';
COMMENT ON COLUMN crm.target_attainment.open_deals IS 'Number of open deals.';
COMMENT ON COLUMN crm.target_attainment.open_value IS 'Estimated value of the open deals.';
COMMENT ON COLUMN crm.target_attainment.weighted_value IS 'That weighted with the probability that rolls up.';
COMMENT ON COLUMN crm.target_attainment.expected_gap IS 'Target less what was won and the weighted value.';
COMMENT ON COLUMN crm.target_attainment.probability_of_target IS 'Probability, 0 to 1, that what was won and the revenue of the open deals reach the target; deals are taken to be independent, see crm.revenue_probability().';

CREATE OR REPLACE VIEW crm.forecast_override WITH (security_invoker = true) AS SELECT
	o.forecast_override_id,
	o.period_start,
	o.period_end,
	o.salesperson_code,
	o.team_code,
	o.forecast_category,
	o.amount,
	o.reason,
	o.legal_entity,
	o.user_name,
	o.recorded_at
FROM crm_data.forecast_override AS o;
COMMENT ON VIEW crm.forecast_override IS 'What managers say instead of computed forecasts; crm.forecast_by_category shows both. Rows are inserted; of those for the same period, owner, category and legal entity, the newest counts. Errors: 23514 not exactly one of salesperson and team, an unknown category, a negative amount; 0A000 an UPDATE.';
COMMENT ON COLUMN crm.forecast_override.forecast_override_id IS 'Key, in the order in which overrides were said.';
COMMENT ON COLUMN crm.forecast_override.period_start IS 'First day.';
COMMENT ON COLUMN crm.forecast_override.period_end IS 'Last day.';
COMMENT ON COLUMN crm.forecast_override.salesperson_code IS 'Salesperson whose deals it is about; NULL for a team.';
COMMENT ON COLUMN crm.forecast_override.team_code IS 'Team whose deals it is about; NULL for a salesperson.';
COMMENT ON COLUMN crm.forecast_override.forecast_category IS '''commit'', ''best case'', ''pipeline'' or ''omitted''.';
COMMENT ON COLUMN crm.forecast_override.amount IS 'What the manager expects of the deals in the category, in local currency.';
COMMENT ON COLUMN crm.forecast_override.reason IS 'Why.';
COMMENT ON COLUMN crm.forecast_override.legal_entity IS 'Legal entity of the deals.';
COMMENT ON COLUMN crm.forecast_override.user_name IS 'Who said so.';
COMMENT ON COLUMN crm.forecast_override.recorded_at IS 'When.';

CREATE OR REPLACE VIEW crm.forecast_by_category WITH (security_invoker = true) AS
	WITH open_deal AS MATERIALIZED (
		SELECT d.estimated_close_date, d.deal_value, d.deal_value * d.deal_pct * 0.01 AS weighted_value, o.legal_entity, d.salesperson_code,
			crm_data.forecast_category(o.forecast_category, d.deal_pct) AS forecast_category
		FROM crm_data.open_deal(NULL, NULL, NULL, NULL, NULL, 'rolling up') AS d
		JOIN crm_data.opportunity AS o ON o.opportunity_no = d.opportunity_no),
	deal AS (
		SELECT d.estimated_close_date, d.deal_value, d.weighted_value, d.legal_entity, d.salesperson_code, NULL::text AS team_code, d.forecast_category FROM open_deal AS d
		UNION ALL
		SELECT d.estimated_close_date, d.deal_value, d.weighted_value, d.legal_entity, NULL, t.team_code, d.forecast_category
		FROM open_deal AS d JOIN crm_data.team_salesperson AS t ON t.salesperson_code = d.salesperson_code),
	said AS (
		SELECT DISTINCT ON (o.period_start, o.period_end, o.legal_entity, o.salesperson_code, o.team_code, o.forecast_category) o.*
		FROM crm_data.forecast_override AS o
		ORDER BY o.period_start, o.period_end, o.legal_entity, o.salesperson_code, o.team_code, o.forecast_category, o.forecast_override_id DESC),
	computed AS (
		SELECT m.period_start, (m.period_start + interval '1 month' - interval '1 day')::date AS period_end, d.legal_entity, d.salesperson_code, d.team_code, d.forecast_category,
			count(*) AS deals, sum(d.deal_value) AS estimated_value, sum(d.weighted_value) AS weighted_value
		FROM deal AS d CROSS JOIN LATERAL (SELECT date_trunc('month', d.estimated_close_date::timestamp)::date AS period_start) AS m
		GROUP BY m.period_start, d.legal_entity, d.salesperson_code, d.team_code, d.forecast_category),
	/* Overrides of months have their figures already, unless there is nothing to override */
	beside AS (
		SELECT c.*, s.amount, s.reason, s.user_name, s.recorded_at
		FROM computed AS c LEFT JOIN said AS s ON s.period_start = c.period_start AND s.period_end = c.period_end AND s.legal_entity = c.legal_entity
			AND coalesce(s.salesperson_code, '') = coalesce(c.salesperson_code, '') AND coalesce(s.team_code, '') = coalesce(c.team_code, '') AND s.forecast_category = c.forecast_category
		UNION ALL
		SELECT s.period_start, s.period_end, s.legal_entity, s.salesperson_code, s.team_code, s.forecast_category,
			f.deals, f.estimated_value, f.weighted_value, s.amount, s.reason, s.user_name, s.recorded_at
		FROM said AS s CROSS JOIN LATERAL (
			SELECT count(*) AS deals, coalesce(sum(d.deal_value), 0) AS estimated_value, coalesce(sum(d.weighted_value), 0) AS weighted_value FROM deal AS d
			WHERE d.estimated_close_date BETWEEN s.period_start AND s.period_end AND d.legal_entity = s.legal_entity
				AND (d.salesperson_code = s.salesperson_code OR d.team_code = s.team_code) AND d.forecast_category = s.forecast_category) AS f
		WHERE NOT EXISTS (SELECT FROM computed AS c WHERE s.period_start = c.period_start AND s.period_end = c.period_end AND s.legal_entity = c.legal_entity
			AND coalesce(s.salesperson_code, '') = coalesce(c.salesperson_code, '') AND coalesce(s.team_code, '') = coalesce(c.team_code, '') AND s.forecast_category = c.forecast_category))
	SELECT b.forecast_category, b.period_start, b.period_end, b.legal_entity, b.salesperson_code, b.team_code, b.deals,
		b.estimated_value::numeric(30,6) AS estimated_value, b.weighted_value::numeric(30,6) AS weighted_value,
		b.amount::numeric(30,6) AS override_amount, b.reason AS override_reason, b.user_name AS override_user_name, b.recorded_at AS override_recorded_at
	FROM beside AS b;
COMMENT ON VIEW crm.forecast_by_category IS 'The open deals by forecast category, month in which they are expected to close, and salesperson, and again by team (its present members; whoever is in two teams counts in both); and the periods of overrides that are not such months. Beside the computed figures stands what the newest override says. Local currency; deals are whole, whoever shares in them.';
COMMENT ON COLUMN crm.forecast_by_category.forecast_category IS 'That of the opportunity; where it has none, by the probability that rolls up: ''commit'' from 80 percent, ''best case'' from 50 percent, else ''pipeline''. ''omitted'' only by hand. Key with period, legal entity, salesperson and team.';
COMMENT ON COLUMN crm.forecast_by_category.period_start IS 'First day of the month or period; NULL for deals without an expected date.';
COMMENT ON COLUMN crm.forecast_by_category.period_end IS 'Last day.';
COMMENT ON COLUMN crm.forecast_by_category.legal_entity IS 'Legal entity of the deals.';
COMMENT ON COLUMN crm.forecast_by_category.salesperson_code IS 'Salesperson; NULL in rows of teams, and of deals without one.';
COMMENT ON COLUMN crm.forecast_by_category.team_code IS 'Team; NULL in rows of salespeople.';
COMMENT ON COLUMN crm.forecast_by_category.deals IS 'Number of deals.';
COMMENT ON COLUMN crm.forecast_by_category.estimated_value IS 'Their estimated value.';
COMMENT ON COLUMN crm.forecast_by_category.weighted_value IS 'That weighted with the probability that rolls up.';
COMMENT ON COLUMN crm.forecast_by_category.override_amount IS 'What the newest override says; NULL where there is none.';
COMMENT ON COLUMN crm.forecast_by_category.override_reason IS 'Its reason.';
COMMENT ON COLUMN crm.forecast_by_category.override_user_name IS 'Who said so.';
COMMENT ON COLUMN crm.forecast_by_category.override_recorded_at IS 'When.';
