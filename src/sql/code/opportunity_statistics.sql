/* ---------- what opportunities are counted by ---------- */

CREATE OR REPLACE FUNCTION crm_data.last_stage(opportunity_no text) RETURNS TABLE (sales_cycle_stage integer)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT e.sales_cycle_stage
	FROM crm_data.opportunity_entry AS e
	WHERE e.opportunity_no = last_stage.opportunity_no AND e.sales_cycle_stage > 0 AND NOT e.revised
	ORDER BY e.opportunity_entry_id DESC
	LIMIT 1;
END;
COMMENT ON FUNCTION crm_data.last_stage(text) IS 'The stage that an opportunity stands on, or stood on when it was closed. No row if it has been on none.';

/*
 * Entries by all that they are counted by, so an entry comes several times. A condition on dimension leaves the branches of the others out.
 * What is asked of all entries is asked outside of the branches: the planner drops a branch whose whole condition is false.
 * listed are the entries that the original program counts (domain/2 section 7.1); the others are there for what it does not show.
 * A company counts what is its persons', a person what is under its present company (domain/1 section 12.1).
 */
CREATE OR REPLACE FUNCTION crm_data.counted_entry(from_date date, to_date date)
RETURNS TABLE (
	dimension				text,
	listed					boolean,
	sales_cycle_code		text,
	sales_cycle_stage		integer,
	contact_id				bigint,
	salesperson_code		text,
	campaign_no				text,
	close_opportunity_code	text,
	legal_entity			text,
	outcome					text,
	estimated_value			numeric,
	calcd_current_value		numeric,
	weighted_value			numeric,
	days_open				integer,
	estimated_close_date	date
)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT c.dimension, c.listed, c.cycle, c.stage, c.contact, c.salesperson, c.campaign, c.close_code, c.legal_entity,
		CASE WHEN NOT c.active THEN NULL WHEN c.sales_cycle_stage > 0 THEN 'open' ELSE c.action_taken END,
		c.estimated_value, c.calcd_current_value, c.weighted_value, c.days_open, c.estimated_close_date
	FROM (
		SELECT 'sales cycle' AS dimension, e.sales_cycle_stage > 0 AS listed, e.sales_cycle_code AS cycle, NULL::integer AS stage,
			NULL::bigint AS contact, NULL AS salesperson, NULL AS campaign, NULL AS close_code, e.*
		FROM crm_data.opportunity_entry AS e
		WHERE e.active
	UNION ALL
		SELECT 'stage', e.active, e.sales_cycle_code, e.sales_cycle_stage, NULL, NULL, NULL, NULL, e.*
		FROM crm_data.opportunity_entry AS e
		WHERE e.sales_cycle_stage > 0
	UNION ALL
		SELECT 'stage', false, e.sales_cycle_code, s.sales_cycle_stage, NULL, NULL, NULL, NULL, e.*
		FROM crm_data.opportunity_entry AS e CROSS JOIN LATERAL crm_data.last_stage(e.opportunity_no) AS s
		WHERE e.active AND e.sales_cycle_stage = 0
	UNION ALL
		SELECT 'contact', true, NULL, NULL, p.contact_id, NULL, NULL, NULL, e.*
		FROM crm_data.opportunity_entry AS e JOIN crm_data.contact AS p ON p.contact_id = e.contact_id AND p.company_id IS NOT DISTINCT FROM e.company_id
		WHERE e.active
	UNION ALL
		SELECT 'contact', true, NULL, NULL, e.company_id, NULL, NULL, NULL, e.*
		FROM crm_data.opportunity_entry AS e
		WHERE e.active AND e.company_id IS NOT NULL AND e.contact_id IS DISTINCT FROM e.company_id
	UNION ALL
		SELECT 'salesperson', true, NULL, NULL, NULL, e.salesperson_code, NULL, NULL, e.*
		FROM crm_data.opportunity_entry AS e
		WHERE e.active AND e.salesperson_code IS NOT NULL
	UNION ALL
		SELECT 'campaign', true, NULL, NULL, NULL, NULL, e.campaign_no, NULL, e.*
		FROM crm_data.opportunity_entry AS e
		WHERE e.active AND e.campaign_no IS NOT NULL
	UNION ALL
		SELECT 'close code', true, NULL, NULL, NULL, NULL, NULL, e.close_opportunity_code, e.*
		FROM crm_data.opportunity_entry AS e
		WHERE e.close_opportunity_code IS NOT NULL) AS c
	WHERE NOT c.revised
		AND (from_date IS NULL OR c.estimated_close_date >= from_date)
		AND (to_date IS NULL OR c.estimated_close_date <= to_date);
END;
COMMENT ON FUNCTION crm_data.counted_entry(date, date) IS
'Entries of opportunities whose estimated closing date is in the period, once for each dimension in which they are counted. outcome: ''open'', ''won'' or ''lost'' of the active entry, NULL of one that is no longer active.';

/* ---------- statistics ---------- */

CREATE OR REPLACE FUNCTION crm.opportunity_statistics_between(from_date date DEFAULT NULL, to_date date DEFAULT NULL)
RETURNS TABLE (
	dimension						text,
	sales_cycle_code				text,
	sales_cycle_stage				integer,
	contact_id						bigint,
	salesperson_code				text,
	campaign_no						text,
	close_opportunity_code			text,
	legal_entity					text,
	mixed_count						bigint,
	mixed_estimated_value			numeric,
	mixed_calcd_current_value		numeric,
	mixed_average_estimated_value	numeric,
	mixed_average_calcd_current_value	numeric,
	open_count						bigint,
	open_estimated_value			numeric,
	open_calcd_current_value		numeric,
	open_weighted_value				numeric,
	won_count						bigint,
	won_value						numeric,
	lost_count						bigint,
	success_pct						numeric,
	entry_count						bigint,
	average_days					numeric
)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT c.dimension, c.sales_cycle_code, c.sales_cycle_stage, c.contact_id, c.salesperson_code, c.campaign_no, c.close_opportunity_code, c.legal_entity,
		count(*) FILTER (WHERE c.listed),
		coalesce(sum(c.estimated_value) FILTER (WHERE c.listed), 0)::numeric(30,6),
		coalesce(sum(c.calcd_current_value) FILTER (WHERE c.listed), 0)::numeric(30,6),
		coalesce(avg(c.estimated_value) FILTER (WHERE c.listed), 0)::numeric(30,6),
		coalesce(avg(c.calcd_current_value) FILTER (WHERE c.listed), 0)::numeric(30,6),
		count(*) FILTER (WHERE c.outcome = 'open'),
		coalesce(sum(c.estimated_value) FILTER (WHERE c.outcome = 'open'), 0)::numeric(30,6),
		coalesce(sum(c.calcd_current_value) FILTER (WHERE c.outcome = 'open'), 0)::numeric(30,6),
		coalesce(sum(c.weighted_value) FILTER (WHERE c.outcome = 'open'), 0)::numeric(30,6),
		count(*) FILTER (WHERE c.outcome = 'won'),
		coalesce(sum(c.calcd_current_value) FILTER (WHERE c.outcome = 'won'), 0)::numeric(30,6),
		count(*) FILTER (WHERE c.outcome = 'lost'),
		coalesce(100.0 * count(*) FILTER (WHERE c.outcome = 'won') / nullif(count(*) FILTER (WHERE c.outcome IN ('won', 'lost')), 0), 0)::numeric(7,4),
		CASE c.dimension WHEN 'stage' THEN count(*) FILTER (WHERE c.outcome IS NULL OR c.outcome = 'open') WHEN 'close code' THEN count(*) END,
		CASE c.dimension WHEN 'stage' THEN coalesce(avg(c.days_open) FILTER (WHERE c.outcome IS NULL), 0)::numeric(12,4) END
	FROM crm_data.counted_entry(from_date, to_date) AS c
	GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
END;
COMMENT ON FUNCTION crm.opportunity_statistics_between(date, date) IS
'crm.opportunity_statistics of a period, both ends included and a NULL end open: of entries whose own estimated closing date is in it, which of closed opportunities is the day they were closed. It restricts campaigns and close codes too, for which the original has no period; entries without a closing date count only without one.';

CREATE OR REPLACE FUNCTION crm_data.opportunity_totals(dimension text)
RETURNS TABLE (
	contact_id						bigint,
	salesperson_code				text,
	campaign_no						text,
	mixed_count						bigint,
	mixed_estimated_value			numeric,
	mixed_calcd_current_value		numeric,
	mixed_average_estimated_value	numeric,
	mixed_average_calcd_current_value	numeric,
	open_count						bigint,
	open_estimated_value			numeric,
	open_weighted_value				numeric,
	won_count						bigint,
	won_value						numeric,
	lost_count						bigint,
	success_pct						numeric
)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT s.contact_id, s.salesperson_code, s.campaign_no,
		sum(s.mixed_count)::bigint, sum(s.mixed_estimated_value), sum(s.mixed_calcd_current_value),
		sum(s.mixed_estimated_value) / nullif(sum(s.mixed_count), 0), sum(s.mixed_calcd_current_value) / nullif(sum(s.mixed_count), 0),
		sum(s.open_count)::bigint, sum(s.open_estimated_value), sum(s.open_weighted_value),
		sum(s.won_count)::bigint, sum(s.won_value), sum(s.lost_count)::bigint,
		100 * sum(s.won_count) / nullif(sum(s.won_count) + sum(s.lost_count), 0)
	FROM crm.opportunity_statistics_between(NULL, NULL) AS s
	WHERE s.dimension = opportunity_totals.dimension
	GROUP BY 1, 2, 3;
END;
COMMENT ON FUNCTION crm_data.opportunity_totals(text) IS 'The statistics of opportunities of all legal entities together, per contact, salesperson or campaign.';

CREATE OR REPLACE FUNCTION crm.opportunity_matrix(
	row_type		text DEFAULT 'salesperson',
	period_type		text DEFAULT 'month',
	figure			text DEFAULT 'estimated value',
	status			text DEFAULT NULL,
	from_date		date DEFAULT NULL,
	to_date			date DEFAULT NULL,
	rounding_factor	integer DEFAULT NULL,
	legal_entity	text DEFAULT NULL)
RETURNS TABLE (row_key text, period_start date, period_end date, figure_value numeric)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT m.row_key, m.period_start,
		(m.period_start + CASE period_type WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || period_type)::interval END)::date - 1,
		CASE WHEN rounding_factor IS NULL OR figure = 'count' THEN m.figure_value
			WHEN rounding_factor = 1 THEN round(m.figure_value)
			ELSE round(m.figure_value / rounding_factor, 1) END
	FROM (
		SELECT coalesce(c.salesperson_code, c.campaign_no, p.contact_no) AS row_key,
			date_trunc(period_type, c.estimated_close_date::timestamp)::date AS period_start,
			CASE figure
				WHEN 'count' THEN count(*)
				WHEN 'estimated value' THEN sum(c.estimated_value)
				WHEN 'calculated current value' THEN sum(c.calcd_current_value)
				WHEN 'average estimated value' THEN avg(c.estimated_value)
				WHEN 'average calculated current value' THEN avg(c.calcd_current_value)
			END AS figure_value
		FROM crm_data.counted_entry(from_date, to_date) AS c
		LEFT JOIN crm_data.contact AS p ON p.contact_id = c.contact_id
		WHERE c.dimension = row_type AND c.estimated_close_date IS NOT NULL
			AND (opportunity_matrix.status IS NULL OR c.outcome = CASE opportunity_matrix.status WHEN 'in progress' THEN 'open' ELSE opportunity_matrix.status END)
			AND (opportunity_matrix.legal_entity IS NULL OR c.legal_entity = opportunity_matrix.legal_entity)
		GROUP BY 1, 2) AS m
	WHERE crm_data.check_option(row_type, 'row type', 'salesperson', 'campaign', 'contact') IS NOT NULL
		AND crm_data.check_option(period_type, 'period type', 'day', 'week', 'month', 'quarter', 'year') IS NOT NULL
		AND crm_data.check_option(figure, 'figure', 'count', 'estimated value', 'calculated current value', 'average estimated value', 'average calculated current value') IS NOT NULL
		AND (opportunity_matrix.status IS NULL OR crm_data.check_option(opportunity_matrix.status, 'status', 'in progress', 'won', 'lost') IS NOT NULL)
		AND (rounding_factor IS NULL OR crm_data.check_option(rounding_factor::text, 'rounding factor', '1', '1000', '1000000') IS NOT NULL);
END;
COMMENT ON FUNCTION crm.opportunity_matrix(text, text, text, text, date, date, integer, text) IS
'A figure of opportunities per row and period: one row for each pair that has opportunities. row_type: ''salesperson'', ''campaign'' or ''contact''; row_key is its code or number, a company counts what is its persons''. period_type: ''day'', ''week'' (from Monday), ''month'', ''quarter'' or ''year'' of the estimated closing date, the day of closing for closed ones. figure: ''count'', ''estimated value'', ''calculated current value'', ''average estimated value'', ''average calculated current value'', in local currency. status: ''in progress'', ''won'' or ''lost''; NULL mixes all three. from_date, to_date: of the estimated closing date, both included, NULL open. rounding_factor: NULL none; 1 whole amounts; 1000 and 1000000 thousands and millions with one decimal; counts are not rounded. legal_entity: NULL all. Error: 22023 an option that is not known.';

CREATE OR REPLACE FUNCTION crm.opportunity_chart(from_date date, to_date date)
RETURNS TABLE (salesperson_code text, status text, opportunity_count bigint)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT o.salesperson_code, o.status, count(*)
	FROM crm_data.opportunity AS o
	WHERE CASE WHEN o.status IN ('won', 'lost')
		THEN (from_date IS NULL OR o.date_closed >= from_date) AND (to_date IS NULL OR o.date_closed <= to_date)
		ELSE to_date IS NULL OR o.creation_date <= to_date END
	GROUP BY 1, 2;
END;
COMMENT ON FUNCTION crm.opportunity_chart(date, date) IS
'Opportunities of a period per salesperson and status: won and lost ones that were closed in it, both ends included and a NULL end open, and of those that are open now the ones created until its end.';

CREATE OR REPLACE FUNCTION crm.top_opportunity(max_count integer DEFAULT 5, salesperson_code text DEFAULT NULL)
RETURNS TABLE (
	opportunity_no			text,
	description				text,
	salesperson_code		text,
	contact_no				text,
	contact_name			text,
	sales_cycle_code		text,
	sales_cycle_stage		integer,
	estimated_value			numeric,
	probability_pct			numeric,
	calcd_current_value		numeric,
	weighted_value			numeric,
	estimated_close_date	date
)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT e.opportunity_no, o.description, e.salesperson_code, c.contact_no, c.name, e.sales_cycle_code, e.sales_cycle_stage,
		e.estimated_value, e.probability_pct, e.calcd_current_value::numeric(30,6), e.weighted_value::numeric(30,6), e.estimated_close_date
	FROM crm_data.opportunity_entry AS e
	JOIN crm_data.opportunity AS o ON o.opportunity_no = e.opportunity_no
	LEFT JOIN crm_data.contact AS c ON c.contact_id = e.contact_id
	WHERE e.active AND e.sales_cycle_stage > 0
		AND (top_opportunity.salesperson_code IS NULL OR e.salesperson_code = crm_data.as_code(top_opportunity.salesperson_code))
	ORDER BY e.estimated_value DESC, e.opportunity_no
	LIMIT max_count;
END;
COMMENT ON FUNCTION crm.top_opportunity(integer, text) IS
'The opportunities in progress of the greatest estimated value, in local currency, the greatest first; max_count NULL for all. salesperson_code: NULL all.';

/* ---------- planned dates (domain/2 section 7.2) ---------- */

CREATE OR REPLACE FUNCTION crm.opportunity_plan(opportunity_no text)
RETURNS TABLE (sales_cycle_stage integer, step_no integer, description text, task_type text, planned_date date)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH RECURSIVE deal AS (
		SELECT o.opportunity_no, o.sales_cycle_code, entered.*
		FROM crm_data.opportunity AS o
		LEFT JOIN LATERAL (
			SELECT e.entry_no, e.sales_cycle_stage, e.date_of_change
			FROM crm_data.opportunity_entry AS e
			WHERE e.opportunity_no = o.opportunity_no AND NOT e.revised AND e.action_taken IS DISTINCT FROM 'updated'
			ORDER BY e.entry_no DESC
			LIMIT 1) AS entered ON true
		WHERE o.opportunity_no = crm_data.as_code(opportunity_plan.opportunity_no) AND o.status IN ('not started', 'in progress')),
	stage AS (
		SELECT s.sales_cycle_stage, s.description, s.activity_code, s.date_formula, row_number() OVER (ORDER BY s.sales_cycle_stage) AS place
		FROM deal JOIN crm_data.sales_cycle_stage AS s ON s.sales_cycle_code = deal.sales_cycle_code
		WHERE s.sales_cycle_stage >= coalesce(deal.sales_cycle_stage, 0)),
	planned AS (
		SELECT s.*, coalesce(
			(SELECT min(t.task_date) FROM crm_data.task AS t WHERE t.opportunity_no = deal.opportunity_no AND t.opportunity_entry_no = deal.entry_no),
			deal.date_of_change, crm.work_date()) AS planned_date
		FROM deal JOIN stage AS s ON s.place = 1
	UNION ALL
		SELECT s.*, crm.calc_date(coalesce(s.date_formula, ''), p.planned_date)
		FROM planned AS p JOIN stage AS s ON s.place = p.place + 1)
	SELECT p.sales_cycle_stage, step.*
	FROM planned AS p
	CROSS JOIN LATERAL (
		SELECT NULL::integer AS step_no, p.description, NULL AS task_type, p.planned_date
	UNION ALL
		SELECT a.step_no, a.description, a.task_type, crm.calc_date(coalesce(a.date_formula, ''), p.planned_date)
		FROM crm_data.activity_step AS a
		WHERE a.activity_code = p.activity_code) AS step
	ORDER BY p.sales_cycle_stage, step.step_no NULLS FIRST;
END;
COMMENT ON FUNCTION crm.opportunity_plan(text) IS
'When the stages of an open opportunity, from its present one on, and the steps of their activities are planned to begin. A row without step_no is the stage. The present stage begins with the first task that it gave, or on the day it was entered if it gave none, the first stage of an opportunity that is not started on the work date; each later one by its date formula from the beginning of the stage before, each step by its formula from the beginning of its stage. No rows for a closed or unknown opportunity.';
