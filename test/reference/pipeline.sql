-- The pipeline in plain SQL, from nothing but the entries of opportunities: their order, validity and figures. previous_... of an entry is not read; it is compared.
CREATE SCHEMA reference;

-- Entries with the one before, and whether the deal is in the pipeline after and before
CREATE VIEW reference.entry AS
	SELECT e.*, e.sales_cycle_stage > 0 AS is_open, lag(e.opportunity_entry_id) OVER deal AS before_id, coalesce(lag(e.sales_cycle_stage) OVER deal > 0, false) AS was_open
	FROM crm_data.opportunity_entry e WINDOW deal AS (PARTITION BY e.opportunity_no ORDER BY e.opportunity_entry_id);

-- Groups that an entry is in: of each dimension one, of teams as many as its salesperson has
CREATE VIEW reference.entry_group AS
	SELECT e.opportunity_entry_id, g.* FROM crm_data.opportunity_entry e, LATERAL (VALUES ('total', '', NULL::integer), ('sales cycle', e.sales_cycle_code, NULL), ('stage', e.sales_cycle_code, e.sales_cycle_stage), ('salesperson', coalesce(e.salesperson_code, ''), NULL),
		('campaign', coalesce(e.campaign_no, ''), NULL), ('company', coalesce(e.company_id::text, ''), NULL), ('territory', coalesce(e.territory_code, ''), NULL), ('month', to_char(e.estimated_close_date, 'YYYY-MM'), NULL)) g (dimension, dimension_key, sales_cycle_stage)
	UNION ALL SELECT e.opportunity_entry_id, 'team', coalesce(t.team_code, ''), NULL FROM crm_data.opportunity_entry e LEFT JOIN crm_data.team_salesperson t USING (salesperson_code);

-- Open deals, by group: of the active entries, and of those that were valid at an instant
CREATE VIEW reference.pipeline AS
	SELECT g.dimension, g.dimension_key, g.sales_cycle_stage, e.legal_entity, count(*) AS opportunity_count, sum(e.estimated_value) AS estimated_value, sum(e.weighted_value) AS weighted_value,
		sum(e.estimated_value) / count(*) AS average_estimated_value, sum(e.weighted_value) / count(*) AS average_weighted_value, min(e.creation_date) AS oldest_creation_date
	FROM crm_data.opportunity_entry e JOIN reference.entry_group g USING (opportunity_entry_id) WHERE e.active AND e.sales_cycle_stage > 0 GROUP BY 1, 2, 3, 4;

CREATE FUNCTION reference.pipeline_asof(at timestamptz) RETURNS TABLE (dimension text, dimension_key text, sales_cycle_stage integer, legal_entity text, opportunity_count bigint, estimated_value numeric, weighted_value numeric) LANGUAGE sql STABLE AS $$
	SELECT g.dimension, g.dimension_key, g.sales_cycle_stage, e.legal_entity, count(*), sum(e.estimated_value), sum(e.weighted_value)
	FROM crm_data.opportunity_entry e JOIN reference.entry_group g USING (opportunity_entry_id) WHERE e.valid_from <= at AND at < e.valid_to AND e.sales_cycle_stage > 0 GROUP BY 1, 2, 3, 4
$$;

/*
 * What entries that took effect after one instant until another did to the deal before. new, won and lost; a changed value, in the group where the deal was; then, by dimension, from one group to another.
 * A changed closing date is postponed or pulled in: by month out of one and into the other, or without effect within one; elsewhere without effect, and which group shows it, where that changes too, is not said: its key is NULL.
 */
CREATE FUNCTION reference.movements(from_at timestamptz, to_at timestamptz) RETURNS TABLE (dimension text, dimension_key text, sales_cycle_stage integer, legal_entity text, movement text, movement_count bigint, moved_value numeric,
	count_change bigint, estimated_change numeric, weighted_change numeric) LANGUAGE sql STABLE AS $$
	WITH event AS MATERIALIZED (
		SELECT n.opportunity_entry_id, n.before_id, n.legal_entity, n.action_taken, n.is_open, n.was_open, n.estimated_value AS now_value, n.weighted_value AS now_weighted, n.estimated_close_date AS now_date,
			p.estimated_value AS then_value, p.weighted_value AS then_weighted, p.estimated_close_date AS then_date
		FROM reference.entry n LEFT JOIN crm_data.opportunity_entry p ON p.opportunity_entry_id = n.before_id
		WHERE n.valid_from > from_at AND n.valid_from <= to_at AND (n.is_open OR n.was_open)
	), now_group AS MATERIALIZED (
		SELECT g.* FROM event v JOIN reference.entry_group g USING (opportunity_entry_id)
	), then_group AS MATERIALIZED (
		SELECT v.opportunity_entry_id, g.dimension, g.dimension_key, g.sales_cycle_stage FROM event v JOIN reference.entry_group g ON g.opportunity_entry_id = v.before_id
	), moved AS (
		SELECT g.dimension, g.dimension_key, g.sales_cycle_stage, v.legal_entity, 'new' AS movement, now_value AS moved_value, 1 AS count_change, now_value AS estimated_change, now_weighted AS weighted_change
		FROM event v JOIN now_group g USING (opportunity_entry_id) WHERE is_open AND NOT was_open
		UNION ALL SELECT g.dimension, g.dimension_key, g.sales_cycle_stage, v.legal_entity, v.action_taken, then_value, -1, -then_value, -then_weighted
		FROM event v JOIN then_group g USING (opportunity_entry_id) WHERE was_open AND NOT is_open
		UNION ALL SELECT g.dimension, g.dimension_key, g.sales_cycle_stage, v.legal_entity, CASE WHEN (now_value, now_weighted) > (then_value, then_weighted) THEN 'up' ELSE 'down' END, now_value, 0, now_value - then_value, now_weighted - then_weighted
		FROM event v JOIN then_group g USING (opportunity_entry_id) WHERE was_open AND is_open AND (now_value, now_weighted) <> (then_value, then_weighted)
		UNION ALL SELECT g.dimension, g.dimension_key, g.sales_cycle_stage, v.legal_entity, CASE WHEN g.dimension <> 'month' THEN 'reassigned' WHEN now_date > then_date THEN 'postponed' ELSE 'pulled in' END, now_value, g.sign, g.sign * now_value, g.sign * now_weighted
		FROM event v JOIN (
			SELECT opportunity_entry_id, dimension, dimension_key, sales_cycle_stage, -1 AS sign FROM (TABLE then_group EXCEPT ALL TABLE now_group) s
			UNION ALL SELECT opportunity_entry_id, dimension, dimension_key, sales_cycle_stage, 1 FROM (TABLE now_group EXCEPT ALL TABLE then_group) s
		) g USING (opportunity_entry_id) WHERE was_open AND is_open
		UNION ALL SELECT g.dimension, g.dimension_key, NULL, v.legal_entity, CASE WHEN now_date > then_date THEN 'postponed' ELSE 'pulled in' END, now_value, 0, 0, 0
		FROM event v JOIN then_group g USING (opportunity_entry_id) WHERE was_open AND is_open AND now_date <> then_date AND g.dimension = 'month' AND date_trunc('month', now_date) = date_trunc('month', then_date)
		UNION ALL SELECT dimension, NULL, NULL, v.legal_entity, CASE WHEN now_date > then_date THEN 'postponed' ELSE 'pulled in' END, now_value, 0, 0, 0
		FROM event v, unnest('{total,sales cycle,stage,salesperson,campaign,company,territory}'::text[]) dimension WHERE was_open AND is_open AND now_date <> then_date
	)
	SELECT m.dimension, m.dimension_key, m.sales_cycle_stage, m.legal_entity, m.movement, count(*), sum(m.moved_value), sum(m.count_change), sum(m.estimated_change), sum(m.weighted_change) FROM moved m GROUP BY 1, 2, 3, 4, 5
$$;

-- What is wrong with the entries themselves; no rows: nothing. Hundredths are exact, which a numeric division is not
CREATE VIEW reference.entry_problem AS
	SELECT o.opportunity_no, 'not exactly one active entry' AS problem FROM crm_data.opportunity o LEFT JOIN crm_data.opportunity_entry e ON e.opportunity_no = o.opportunity_no AND e.active
		GROUP BY o.opportunity_no HAVING count(e.opportunity_no) <> (o.status <> 'not started')::integer
	UNION ALL SELECT o.opportunity_no, 'entries of one that is not started' FROM crm_data.opportunity o WHERE status = 'not started' AND EXISTS (SELECT FROM crm_data.opportunity_entry e WHERE e.opportunity_no = o.opportunity_no)
	UNION ALL SELECT opportunity_no, 'the last entry is not the active one' FROM (SELECT DISTINCT ON (opportunity_no) opportunity_no, active FROM crm_data.opportunity_entry ORDER BY opportunity_no, opportunity_entry_id DESC) e WHERE NOT active
	UNION ALL SELECT o.opportunity_no, 'status and active entry disagree' FROM crm_data.opportunity o JOIN crm_data.opportunity_entry e ON e.opportunity_no = o.opportunity_no AND e.active
		WHERE o.status <> CASE WHEN e.sales_cycle_stage > 0 THEN 'in progress' ELSE e.action_taken END OR o.date_closed IS DISTINCT FROM e.date_closed
	UNION ALL SELECT o.opportunity_no, 'card and active entry disagree' FROM crm_data.opportunity o JOIN crm_data.opportunity_entry e ON e.opportunity_no = o.opportunity_no AND e.active
		WHERE o.status = 'in progress' AND (o.salesperson_code, o.campaign_no, o.contact_id, o.company_id, o.sales_cycle_code, o.legal_entity) IS DISTINCT FROM (e.salesperson_code, e.campaign_no, e.contact_id, e.company_id, e.sales_cycle_code, e.legal_entity)
	UNION ALL SELECT e.opportunity_no, 'not in the territory of the contact' FROM crm_data.opportunity_entry e JOIN crm_data.contact c USING (contact_id) WHERE e.active AND e.sales_cycle_stage > 0 AND e.territory_code IS DISTINCT FROM c.territory_code
	UNION ALL SELECT opportunity_no, 'validity is not a chain' FROM (SELECT opportunity_no, valid_to, lead(valid_from) OVER (PARTITION BY opportunity_no ORDER BY opportunity_entry_id) AS next_from FROM crm_data.opportunity_entry) e
		WHERE valid_to <> coalesce(next_from, 'infinity')
	UNION ALL SELECT opportunity_no, 'dates of change go back' FROM (SELECT opportunity_no, date_of_change, lag(date_of_change) OVER (PARTITION BY opportunity_no ORDER BY opportunity_entry_id) AS before FROM crm_data.opportunity_entry) e WHERE date_of_change < before
	UNION ALL SELECT opportunity_no, 'days_open is not until the next change' FROM (SELECT opportunity_no, days_open, coalesce(lead(date_of_change) OVER (PARTITION BY opportunity_no ORDER BY entry_no) - date_of_change, 0) AS days
		FROM crm_data.opportunity_entry WHERE NOT revised) e WHERE days_open <> days
	UNION ALL SELECT opportunity_no, 'not one domain entry for a number' FROM crm_data.opportunity_entry GROUP BY opportunity_no, entry_no HAVING count(*) FILTER (WHERE NOT revised) <> 1
	UNION ALL SELECT opportunity_no, 'a revised entry has days' FROM crm_data.opportunity_entry WHERE revised AND days_open <> 0
	UNION ALL SELECT opportunity_no, 'the stage of a closing entry' FROM crm_data.opportunity_entry WHERE (sales_cycle_stage = 0) <> coalesce(action_taken IN ('won', 'lost'), false)
	UNION ALL SELECT opportunity_no, 'figures of a closing entry' FROM crm_data.opportunity_entry WHERE sales_cycle_stage = 0 AND (weighted_value <> 0 OR completed_pct <> 100
		OR chances_pct <> CASE action_taken WHEN 'won' THEN 100 ELSE 0 END OR probability_pct <> chances_pct OR (calcd_current_value > 0) <> (action_taken = 'won') OR date_closed IS DISTINCT FROM date_of_change OR estimated_close_date IS DISTINCT FROM date_of_change)
	UNION ALL SELECT opportunity_no, 'the value of an open entry' FROM crm_data.opportunity_entry WHERE sales_cycle_stage > 0 AND (calcd_current_value <> estimated_value * probability_pct * 0.01
		OR estimated_value <= 0 OR chances_pct <= 0 OR estimated_close_date IS NULL OR estimated_close_date < date_of_change OR date_closed IS NOT NULL)
	UNION ALL SELECT e.opportunity_no, 'the weighted value of an open entry' FROM crm_data.opportunity_entry e JOIN crm_data.sales_cycle c USING (sales_cycle_code) WHERE e.sales_cycle_stage > 0
		AND e.weighted_value <> CASE c.rolls_up WHEN 'calibrated' THEN coalesce(e.estimated_value * e.calibrated_pct * 0.01, e.calcd_current_value) ELSE e.calcd_current_value END
	UNION ALL SELECT e.opportunity_no, 'probability' FROM crm_data.opportunity_entry e JOIN crm_data.sales_cycle c USING (sales_cycle_code) WHERE e.sales_cycle_stage > 0
		AND e.probability_pct <> CASE c.probability_calculation WHEN 'multiply' THEN e.chances_pct * e.completed_pct * 0.01 WHEN 'add' THEN (e.chances_pct + e.completed_pct) / 2 WHEN 'completed' THEN e.completed_pct ELSE e.chances_pct END
	UNION ALL SELECT opportunity_no, 'currency' FROM crm_data.opportunity_entry WHERE sales_cycle_stage > 0 AND CASE WHEN currency_code IS NULL THEN num_nonnulls(currency_rate, document_value) > 0 ELSE estimated_value IS DISTINCT FROM round(document_value * currency_rate, 6) END
	UNION ALL SELECT e.opportunity_no, 'previous_... is not what was before' FROM reference.entry e LEFT JOIN crm_data.opportunity_entry p ON p.opportunity_entry_id = e.before_id AND e.was_open
		WHERE (e.previous_company_id, e.previous_salesperson_code, e.previous_campaign_no, e.previous_territory_code, e.previous_estimated_value, e.previous_weighted_value, e.previous_estimated_close_date)
			IS DISTINCT FROM (p.company_id, p.salesperson_code, p.campaign_no, p.territory_code, p.estimated_value, p.weighted_value, p.estimated_close_date)
	UNION ALL SELECT opportunity_no, 'effective_date is not the day of valid_from' FROM crm_data.opportunity_entry WHERE effective_date <> (valid_from AT TIME ZONE (SELECT time_zone FROM crm_data.setup))::date;

-- What is shown wrongly: the pipeline of the present and as of three instants, with 6 decimals, and what moved between them. No rows: nothing
CREATE FUNCTION reference.pipeline_problem(a timestamptz, b timestamptz, c timestamptz) RETURNS SETOF text LANGUAGE sql STABLE AS $$
	WITH at (instant) AS (
		VALUES (a), (b), (c)
	), shown AS (
		SELECT 'crm.pipeline' AS what, concat_ws(' ', dimension, '"' || dimension_key || '"', sales_cycle_stage, legal_entity, opportunity_count, trim_scale(estimated_value), trim_scale(round(weighted_value, 6)), trim_scale(round(average_estimated_value, 6)), trim_scale(round(average_weighted_value, 6)), oldest_creation_date) AS text
		FROM crm.pipeline
		UNION ALL SELECT format('crm.pipeline_asof(%L)', instant), concat_ws(' ', dimension, '"' || dimension_key || '"', sales_cycle_stage, legal_entity, opportunity_count, trim_scale(estimated_value), trim_scale(round(weighted_value, 6))) FROM at, crm.pipeline_asof(instant)
	), expected AS (
		SELECT 'crm.pipeline' AS what, concat_ws(' ', dimension, '"' || dimension_key || '"', sales_cycle_stage, legal_entity, opportunity_count, trim_scale(estimated_value), trim_scale(round(weighted_value, 6)), trim_scale(round(average_estimated_value, 6)), trim_scale(round(average_weighted_value, 6)), oldest_creation_date) AS text
		FROM reference.pipeline
		UNION ALL SELECT format('crm.pipeline_asof(%L)', instant), concat_ws(' ', dimension, '"' || dimension_key || '"', sales_cycle_stage, legal_entity, opportunity_count, trim_scale(estimated_value), trim_scale(round(weighted_value, 6))) FROM at, reference.pipeline_asof(instant)
	)
	SELECT 'missing: ' || what || ' ' || text FROM (TABLE expected EXCEPT ALL TABLE shown) m UNION ALL SELECT 'too much: ' || what || ' ' || text FROM (TABLE shown EXCEPT ALL TABLE expected) m
$$;

CREATE FUNCTION reference.movement_problem(a timestamptz, b timestamptz, c timestamptz) RETURNS SETOF text LANGUAGE sql STABLE AS $$
	WITH shown AS MATERIALIZED (
		SELECT v.period, CASE v.period WHEN 'a to c' THEN -1 ELSE 1 END AS sign, m.dimension, m.dimension_key, m.sales_cycle_stage, m.legal_entity, m.movement, m.movement_count, m.moved_value, m.count_change, m.estimated_change, m.weighted_change
		FROM (VALUES ('a to b', a, b), ('b to c', b, c), ('a to c', a, c)) v (period, from_at, to_at), crm.pipeline_movement(v.from_at, v.to_at) m
	), known AS MATERIALIZED (
		SELECT v.period, m.* FROM (VALUES ('a to b', a, b), ('b to c', b, c), ('a to c', a, c)) v (period, from_at, to_at), reference.movements(v.from_at, v.to_at) m
	), -- The group of a date that changes nothing, and whether a team that keeps a deal shows it, are left open
	shown_kind AS (
		SELECT period, dimension, CASE WHEN dimension = 'month' OR movement NOT IN ('postponed', 'pulled in') THEN dimension_key END AS dimension_key, CASE WHEN movement NOT IN ('postponed', 'pulled in') THEN sales_cycle_stage END AS sales_cycle_stage, legal_entity, movement,
			sum(movement_count) AS movement_count, trim_scale(sum(moved_value)) AS moved_value, sum(count_change) AS count_change, trim_scale(sum(estimated_change)) AS estimated_change, trim_scale(sum(weighted_change)) AS weighted_change
		FROM shown WHERE movement NOT IN ('opening', 'closing') AND NOT (dimension = 'team' AND movement IN ('reassigned', 'postponed', 'pulled in')) GROUP BY 1, 2, 3, 4, 5, 6
	), known_kind AS (
		SELECT period, dimension, CASE WHEN dimension = 'month' OR movement NOT IN ('postponed', 'pulled in') THEN dimension_key END, CASE WHEN movement NOT IN ('postponed', 'pulled in') THEN sales_cycle_stage END, legal_entity, movement,
			sum(movement_count), trim_scale(sum(moved_value)), sum(count_change), trim_scale(sum(estimated_change)), trim_scale(sum(weighted_change))
		FROM known WHERE NOT (dimension = 'team' AND movement = 'reassigned') GROUP BY 1, 2, 3, 4, 5, 6
	), shown_end AS (
		SELECT period, movement, dimension, dimension_key, sales_cycle_stage, legal_entity, count_change, trim_scale(estimated_change), trim_scale(weighted_change) FROM shown WHERE movement IN ('opening', 'closing') AND (count_change, estimated_change, weighted_change) <> (0, 0, 0)
	), known_end AS (
		SELECT v.period, v.movement, p.dimension, p.dimension_key, p.sales_cycle_stage, p.legal_entity, p.opportunity_count, trim_scale(p.estimated_value), trim_scale(p.weighted_value)
		FROM (VALUES ('a to b', 'opening', a), ('a to b', 'closing', b), ('b to c', 'opening', b), ('b to c', 'closing', c), ('a to c', 'opening', a), ('a to c', 'closing', c)) v (period, movement, at), reference.pipeline_asof(v.at) p
	)
	SELECT 'missing: ' || m FROM (TABLE known_kind EXCEPT ALL TABLE shown_kind) m UNION ALL SELECT 'too much: ' || m FROM (TABLE shown_kind EXCEPT ALL TABLE known_kind) m
	UNION ALL SELECT 'missing: ' || m FROM (TABLE known_end EXCEPT ALL TABLE shown_end) m UNION ALL SELECT 'too much: ' || m FROM (TABLE shown_end EXCEPT ALL TABLE known_end) m
	UNION ALL SELECT 'opening and movements are not closing: ' || (period, dimension, dimension_key, sales_cycle_stage, legal_entity) FROM shown GROUP BY period, dimension, dimension_key, sales_cycle_stage, legal_entity
		HAVING sum(CASE movement WHEN 'closing' THEN -1 ELSE 1 END * count_change) <> 0 OR sum(CASE movement WHEN 'closing' THEN -1 ELSE 1 END * estimated_change) <> 0 OR sum(CASE movement WHEN 'closing' THEN -1 ELSE 1 END * weighted_change) <> 0
	UNION ALL SELECT 'two periods are not both: ' || (dimension, dimension_key, sales_cycle_stage, legal_entity, movement) FROM shown WHERE movement NOT IN ('opening', 'closing') GROUP BY dimension, dimension_key, sales_cycle_stage, legal_entity, movement
		HAVING (sum(sign * movement_count), sum(sign * moved_value), sum(sign * count_change), sum(sign * estimated_change), sum(sign * weighted_change)) <> (0, 0, 0, 0, 0)
$$;
