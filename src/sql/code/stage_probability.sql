/*
 * Win probabilities of stages, learned from closed deals.
 */
CREATE OR REPLACE FUNCTION crm_data.calibrated_group(sales_cycle text, stage integer, salesperson text, source text, value numeric) RETURNS SETOF crm_data.stage_probability
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT p.* FROM crm_data.stage_probability AS p
	WHERE p.sales_cycle_code = sales_cycle
		AND p.calibration_no = (SELECT max(r.calibration_no) FROM crm_data.stage_probability AS r WHERE r.sales_cycle_code = sales_cycle)
		AND p.sales_cycle_stage = stage
		AND (p.salesperson_code IS NULL OR p.salesperson_code = salesperson)
		AND (p.lead_source IS NULL OR p.lead_source = source)
		AND (p.from_value IS NULL OR p.from_value <= value)
		AND (p.to_value IS NULL OR p.to_value > value)
	ORDER BY p.group_level DESC LIMIT 1;
END;
COMMENT ON FUNCTION crm_data.calibrated_group(text, integer, text, text, numeric) IS
'The most specific group that a deal in a stage belongs to, of the newest run of crm.calibrate_stages() for its cycle.';

CREATE OR REPLACE FUNCTION crm_data.calibrated_pct(sales_cycle_code text, sales_cycle_stage integer, salesperson_code text, lead_source text, value numeric) RETURNS numeric
	LANGUAGE sql STABLE PARALLEL SAFE
RETURN (SELECT g.probability_pct FROM crm_data.calibrated_group(sales_cycle_code, sales_cycle_stage, salesperson_code, lead_source, value) AS g);
COMMENT ON FUNCTION crm_data.calibrated_pct(text, integer, text, text, numeric) IS
'Percentage, more than 0 and less than 100, with which a deal that enters a stage is won, by the newest run of crm.calibrate_stages() for the cycle and the most specific group the deal belongs to; NULL where there is none.';

CREATE OR REPLACE FUNCTION crm_data.stage_outcome(as_of date)
RETURNS TABLE (
	opportunity_no			text,
	sales_cycle_code		text,
	sales_cycle_stage		integer,
	salesperson_code		text,
	lead_source				text,
	estimated_value			numeric,
	probability_pct			numeric,
	won						boolean,
	closed_on				date,
	age						integer
)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH entered AS (
		SELECT DISTINCT ON (e.opportunity_no, e.sales_cycle_code, e.sales_cycle_stage) e.*
		FROM crm_data.opportunity_entry AS e
		WHERE e.sales_cycle_stage > 0 AND e.effective_date <= as_of
		ORDER BY e.opportunity_no, e.sales_cycle_code, e.sales_cycle_stage, e.valid_from, e.opportunity_entry_id),
	closed AS (
		SELECT DISTINCT ON (e.opportunity_no) e.opportunity_no, e.action_taken = 'won' AS won, e.effective_date
		FROM crm_data.opportunity_entry AS e
		WHERE e.action_taken IN ('won', 'lost') AND e.effective_date <= as_of
		ORDER BY e.opportunity_no, e.valid_from DESC, e.opportunity_entry_id DESC)
	SELECT e.opportunity_no, e.sales_cycle_code, e.sales_cycle_stage, e.salesperson_code, o.lead_source, e.estimated_value, e.probability_pct,
		c.won, c.effective_date, greatest(coalesce(c.effective_date, as_of) - e.effective_date, 0)
	FROM entered AS e
	JOIN crm_data.opportunity AS o ON o.opportunity_no = e.opportunity_no
	LEFT JOIN closed AS c ON c.opportunity_no = e.opportunity_no;
END;
COMMENT ON FUNCTION crm_data.stage_outcome(date) IS
'What had become of deals by the end of a day, one row for each deal and stage that it had been in: salesperson, value and typed percentage as it first came to the stage; whether it was won, NULL while open; days from then until it was closed, or to that day.';

CREATE OR REPLACE FUNCTION crm_data.calibration_groups(by text) RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(array_agg(crm_data.check_option(g.name, 'group', 'stage', 'salesperson', 'lead source', 'size') ORDER BY g.place), '{}')
	FROM (SELECT p.name, min(p.place) AS place FROM regexp_split_to_table(by, '\s*,\s*') WITH ORDINALITY AS p (name, place) WHERE p.name <> 'stage' GROUP BY p.name) AS g;
END;
COMMENT ON FUNCTION crm_data.calibration_groups(text) IS 'A list such as ''salesperson, size'' as an array. Error: 22023 an unknown group.';

CREATE OR REPLACE FUNCTION crm.stage_probability_asof(as_of date DEFAULT NULL, by text DEFAULT 'stage')
RETURNS TABLE (
	sales_cycle_code		text,
	sales_cycle_stage		integer,
	group_level				integer,
	salesperson_code		text,
	lead_source				text,
	from_value				numeric,
	to_value				numeric,
	probability_pct			numeric,
	lower_pct				numeric,
	upper_pct				numeric,
	sample_size				numeric,
	won_count				bigint,
	lost_count				bigint,
	open_count				bigint
)
	LANGUAGE sql STABLE PARALLEL SAFE SET jit = off
BEGIN ATOMIC
	WITH grouping AS MATERIALIZED (SELECT crm_data.calibration_groups(by) AS names),
	outcome AS MATERIALIZED (SELECT * FROM crm_data.stage_outcome(coalesce(as_of, crm.work_date()))),
	cycle AS (
		SELECT o.sales_cycle_code, coalesce(percentile_disc(ARRAY[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]) WITHIN GROUP (ORDER BY o.age) FILTER (WHERE o.won IS NOT NULL), '{0}') AS ages,
			percentile_disc(ARRAY[1 / 3.0, 2 / 3.0]) WITHIN GROUP (ORDER BY o.estimated_value) AS sizes
		FROM outcome AS o GROUP BY o.sales_cycle_code),
	deal AS (
		SELECT o.sales_cycle_code, o.sales_cycle_stage, o.won, width_bucket(o.age, c.ages) AS age_class,
			ARRAY(SELECT CASE g.name WHEN 'salesperson' THEN o.salesperson_code WHEN 'lead source' THEN o.lead_source ELSE width_bucket(o.estimated_value, c.sizes)::text END
				FROM unnest(p.names) WITH ORDINALITY AS g (name, place) ORDER BY g.place) AS keys
		FROM outcome AS o JOIN cycle AS c ON c.sales_cycle_code = o.sales_cycle_code CROSS JOIN grouping AS p),
	counted AS (
		SELECT d.sales_cycle_code, d.sales_cycle_stage, l.level, d.keys[1:l.level] AS keys, d.age_class,
			count(*) FILTER (WHERE d.won) AS won, count(*) FILTER (WHERE NOT d.won) AS lost, count(*) FILTER (WHERE d.won IS NULL) AS open
		FROM deal AS d CROSS JOIN generate_series(0, (SELECT cardinality(p.names) FROM grouping AS p)) AS l (level)
		WHERE array_position(d.keys[1:l.level], NULL) IS NULL
		GROUP BY 1, 2, 3, 4, 5),
	member AS (
		SELECT c.sales_cycle_code, c.sales_cycle_stage, c.level, c.keys FROM counted AS c
		UNION
		SELECT s.sales_cycle_code, s.sales_cycle_stage, 0, '{}' FROM crm_data.sales_cycle_stage AS s),
	by_age AS (
		SELECT m.sales_cycle_code, m.sales_cycle_stage, m.level, m.keys, sum(c.won)::bigint AS won_count, sum(c.lost)::bigint AS lost_count, sum(c.open)::bigint AS open_count,
			array_agg(coalesce(c.won, 0)::double precision ORDER BY a.age_class) AS won,
			array_agg(coalesce(c.lost, 0)::double precision ORDER BY a.age_class) AS lost,
			array_agg(coalesce(c.open, 0)::double precision ORDER BY a.age_class) AS open
		FROM member AS m CROSS JOIN generate_series(0, 9) AS a (age_class)
		LEFT JOIN counted AS c ON c.sales_cycle_code = m.sales_cycle_code AND c.sales_cycle_stage = m.sales_cycle_stage AND c.level = m.level AND c.keys = m.keys AND c.age_class = a.age_class
		GROUP BY m.sales_cycle_code, m.sales_cycle_stage, m.level, m.keys),
	/* Stages of a cycle are a family, and so are the groups of a stage, and those of a group */
	numbered AS (
		SELECT b.*, f.family, row_number() OVER (PARTITION BY f.family ORDER BY b.sales_cycle_stage, b.keys) AS group_no
		FROM by_age AS b CROSS JOIN LATERAL (SELECT ARRAY[b.sales_cycle_code, b.level::text] || CASE WHEN b.level > 0 THEN b.sales_cycle_stage::text || b.keys[1:b.level - 1] END AS family) AS f),
	family AS (
		SELECT n.family, array_agg(n.won ORDER BY n.group_no) AS won, array_agg(n.lost ORDER BY n.group_no) AS lost, array_agg(n.open ORDER BY n.group_no) AS open
		FROM numbered AS n GROUP BY n.family)
	SELECT n.sales_cycle_code, n.sales_cycle_stage, n.level, n.keys[array_position(p.names, 'salesperson')], n.keys[array_position(p.names, 'lead source')],
		c.sizes[n.keys[array_position(p.names, 'size')]::integer], c.sizes[n.keys[array_position(p.names, 'size')]::integer + 1],
		w.pct, least(round((100 * g.lower_bound)::numeric, 10), w.pct), greatest(round((100 * g.upper_bound)::numeric, 10), w.pct), round(g.sample_size::numeric, 6),
		coalesce(n.won_count, 0), coalesce(n.lost_count, 0), coalesce(n.open_count, 0)
	FROM family AS f
	CROSS JOIN crm_data.calibrated_on_entry(f.won, f.lost, f.open, 0.9) AS g
	JOIN numbered AS n ON n.family = f.family AND n.group_no = g.group_no
	LEFT JOIN cycle AS c ON c.sales_cycle_code = n.sales_cycle_code
	CROSS JOIN grouping AS p
	CROSS JOIN LATERAL (SELECT least(greatest(round((100 * g.probability)::numeric, 10), 0.0000000001), 99.9999999999) AS pct) AS w
	ORDER BY 1, 2, 3, 4, 5, 6 NULLS FIRST;
END;
COMMENT ON FUNCTION crm.stage_probability_asof(date, text) IS
'The probability that deals which enter a stage are won, as closed deals told by the end of a day (default: the business date); writes nothing. by is ''stage'', or a list of ''salesperson'', ''lead source'' and ''size'' (thirds of the deals of a cycle by value), separated by commas: then there are also rows for the groups of the first within a stage, of the second within those, and so on; group_level counts the groups that a row is of, the columns of others are NULL. Every deal that has been in the stage counts, with its salesperson and value as it first came there; it won or lost in the end, or, if open, it has been without either for so many days, which tells that others of its age may be won or lost yet. probability_pct, more than 0 and less than 100, with a credible interval of 90 percent; sample_size, how many closed deals would tell as much; how many were won, lost, are open. Stages are shrunk towards their cycle, groups towards those beside them: see crm.calibrated_probability(), which computes it, by tenths of the days that deals of the cycle took to close. Error: 22023 unknown group.';

CREATE OR REPLACE FUNCTION crm.score_calibration(split_date date, by text DEFAULT 'stage')
RETURNS TABLE (
	source					text,
	prediction_count		bigint,
	deal_count				bigint,
	mean_pct				numeric,
	won_pct					numeric,
	brier_score				double precision,
	log_loss				double precision
)
	LANGUAGE sql STABLE PARALLEL SAFE SET jit = off
BEGIN ATOMIC
	WITH learned AS MATERIALIZED (SELECT * FROM crm.stage_probability_asof(split_date - 1, by)),
	won_before AS (SELECT 100.0 * avg(b.won::integer) AS pct FROM (SELECT DISTINCT s.opportunity_no, s.won FROM crm_data.stage_outcome(split_date - 1) AS s WHERE s.won IS NOT NULL) AS b),
	tested AS MATERIALIZED (SELECT * FROM crm_data.stage_outcome(crm.work_date()) AS s WHERE s.closed_on >= split_date),
	prediction AS (
		SELECT p.source, t.opportunity_no, t.won, p.pct
		FROM tested AS t
		CROSS JOIN LATERAL (SELECT l.probability_pct FROM learned AS l
			WHERE l.sales_cycle_code = t.sales_cycle_code AND l.sales_cycle_stage = t.sales_cycle_stage
				AND (l.salesperson_code IS NULL OR l.salesperson_code = t.salesperson_code) AND (l.lead_source IS NULL OR l.lead_source = t.lead_source)
				AND (l.from_value IS NULL OR l.from_value <= t.estimated_value) AND (l.to_value IS NULL OR l.to_value > t.estimated_value)
			ORDER BY l.group_level DESC LIMIT 1) AS c
		CROSS JOIN LATERAL (VALUES ('calibrated', c.probability_pct), ('typed', t.probability_pct), ('share won before', (SELECT b.pct FROM won_before AS b))) AS p (source, pct)
		WHERE p.pct IS NOT NULL)
	SELECT p.source, count(*), count(DISTINCT p.opportunity_no), round(avg(p.pct), 4), round(100.0 * avg(p.won::integer), 4),
		avg(crm.brier_score(p.pct::double precision / 100, p.won)), avg(crm.log_loss(p.pct::double precision / 100, p.won))
	FROM prediction AS p GROUP BY p.source ORDER BY p.source;
END;
COMMENT ON FUNCTION crm.score_calibration(date, text) IS
'How good calibrated probabilities would have been: calibrated as crm.stage_probability_asof() does by what was known the day before split_date, scored on the deals closed since, one prediction for each deal and stage that it has been in. Rows: source ''calibrated''; ''typed'', the percentage of the entry with which the deal came to the stage; ''share won before'', of all deals closed before, for comparison (none without such deals). Number of predictions and of deals, the mean percentage predicted and the percentage won, and the mean of crm.brier_score() and of crm.log_loss(), Infinity where something held impossible happened. Less is better. Deals still open are not scored: those that close early may win more often than the rest. Error: 22023 unknown group.';

CREATE OR REPLACE FUNCTION crm_data.closed_prediction()
	RETURNS TABLE (source text, sales_cycle_code text, opportunity_no text, probability_pct numeric, won boolean)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT p.source, e.sales_cycle_code, e.opportunity_no, p.pct, c.action_taken = 'won'
	FROM crm_data.opportunity_entry AS e
	JOIN crm_data.opportunity_entry AS c ON c.opportunity_no = e.opportunity_no AND c.active AND c.action_taken IN ('won', 'lost')
	CROSS JOIN LATERAL (VALUES ('typed', e.probability_pct), ('calibrated', e.calibrated_pct)) AS p (source, pct)
	WHERE e.sales_cycle_stage > 0 AND NOT e.revised AND p.pct IS NOT NULL;
END;
COMMENT ON FUNCTION crm_data.closed_prediction() IS 'The percentages that entries of deals had, typed and calibrated, of deals that are won or lost by now.';
