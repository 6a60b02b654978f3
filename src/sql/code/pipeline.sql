/*
 * Reading the pipeline: what is added up (pipeline_balance) and what is not yet (pipeline_change). A balance is found by
 * its day; for an instant, what moved on its day is read from the entries. src/pipeline_change.c says how it is written.
 */
CREATE OR REPLACE FUNCTION crm_data.note_pipeline_change() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_note_pipeline_change';
COMMENT ON FUNCTION crm_data.note_pipeline_change() IS 'AFTER trigger: how an entry of an opportunity moved the pipeline.';

CREATE OR REPLACE FUNCTION crm_data.forget_pipeline() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_forget_pipeline';
COMMENT ON FUNCTION crm_data.forget_pipeline() IS 'AFTER TRUNCATE trigger: no entries, no pipeline.';

CREATE OR REPLACE FUNCTION crm_data.local_date(at timestamptz) RETURNS date
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_local_date';
COMMENT ON FUNCTION crm_data.local_date(timestamptz) IS 'The date of an instant in the time zone of crm.setup.';

CREATE OR REPLACE FUNCTION crm_data.pipeline_sum_step(state internal, change crm_data.pipeline_change, dimension text) RETURNS internal
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'crm_pipeline_sum_step';
COMMENT ON FUNCTION crm_data.pipeline_sum_step(internal, crm_data.pipeline_change, text) IS 'Step of crm_data.pipeline_sum(). It looks nothing up by name, and setting the search_path for each row would cost more than the step.';

CREATE OR REPLACE FUNCTION crm_data.pipeline_sum_result(state internal) RETURNS crm_data.pipeline_balance[]
	LANGUAGE c STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_pipeline_sum_result';
COMMENT ON FUNCTION crm_data.pipeline_sum_result(internal) IS 'Result of crm_data.pipeline_sum().';

CREATE OR REPLACE AGGREGATE crm_data.pipeline_sum(change crm_data.pipeline_change, dimension text) (
	SFUNC = crm_data.pipeline_sum_step, STYPE = internal, SSPACE = 100000, FINALFUNC = crm_data.pipeline_sum_result, PARALLEL = RESTRICTED);
COMMENT ON AGGREGATE crm_data.pipeline_sum(crm_data.pipeline_change, text) IS
'What changes moved, by group of a dimension (company, or one that balances are kept of; null: all of these) and day: rows of crm_data.pipeline_balance, of these days alone. Sums are exact. Error: 22003 sums of more than 38 digits, 18 of them behind the point.';

CREATE OR REPLACE FUNCTION crm_data.add_arrays(a numeric[], b numeric[]) RETURNS numeric[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'crm_add_arrays';
COMMENT ON FUNCTION crm_data.add_arrays(numeric[], numeric[]) IS 'Sum of two arrays, element by element. It looks nothing up. Error: 2202E different lengths.';

CREATE OR REPLACE AGGREGATE crm_data.array_sum(addend numeric[]) (SFUNC = crm_data.add_arrays, STYPE = numeric[], PARALLEL = SAFE);
CREATE OR REPLACE FUNCTION crm_data.subtract_arrays(a numeric[], b numeric[]) RETURNS numeric[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'crm_subtract_arrays';
COMMENT ON FUNCTION crm_data.subtract_arrays(numeric[], numeric[]) IS 'Difference of two arrays, element by element. It looks nothing up. Error: 2202E different lengths.';

COMMENT ON AGGREGATE crm_data.array_sum(numeric[]) IS 'Sum of arrays, element by element.';

/*
 * Rows of crm.pipeline_movement(), and where in an array of all figures of a group theirs begin: of opening, of the kinds of
 * movement in the order that balances have them, of closing
 */
CREATE OR REPLACE FUNCTION crm_data.pipeline_movement() RETURNS TABLE (movement text, place integer)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	VALUES ('opening', 1), ('new', 6), ('won', 11), ('lost', 16), ('postponed', 21), ('pulled in', 26), ('up', 31), ('down', 36), ('reassigned', 41), ('closing', 46);
END;
COMMENT ON FUNCTION crm_data.pipeline_movement() IS 'The rows of crm.pipeline_movement(), and the place of their figures.';

CREATE OR REPLACE FUNCTION crm_data.last_moment(day date, time_zone text) RETURNS timestamptz
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT ((day + 1)::timestamp AT TIME ZONE time_zone) - interval '1 microsecond';
END;
COMMENT ON FUNCTION crm_data.last_moment(date, text) IS 'The last moment of a day in a time zone.';

/* Not inlined, for what it looks up would keep functions that it is an argument of from being */
CREATE OR REPLACE FUNCTION crm_data.end_of_day(day date) RETURNS timestamptz
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT crm_data.last_moment(day, coalesce((SELECT s.time_zone FROM crm_data.setup AS s), 'UTC'));
END;
COMMENT ON FUNCTION crm_data.end_of_day(date) IS 'The last moment of a day in the time zone of crm.setup.';

/* The changes of entries, as the trigger copies them. Arguments are computed once, by sub-selects. */
CREATE OR REPLACE FUNCTION crm_data.changes_of_entries(sign integer, after_at timestamptz, until_at timestamptz) RETURNS SETOF crm_data.pipeline_change
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT (SELECT sign), e.effective_date, e.legal_entity, e.action_taken, e.sales_cycle_code, e.sales_cycle_stage, e.company_id, e.salesperson_code,
		e.campaign_no, e.territory_code, e.estimated_close_date, e.estimated_value, e.weighted_value,
		e.previous_sales_cycle_stage, e.previous_company_id, e.previous_salesperson_code, e.previous_campaign_no, e.previous_territory_code,
		e.previous_estimated_close_date, e.previous_estimated_value, e.previous_weighted_value
	FROM crm_data.opportunity_entry AS e
	WHERE e.effective_date >= (SELECT crm_data.local_date(after_at)) AND e.effective_date <= (SELECT crm_data.local_date(until_at))
		AND e.valid_from > (SELECT after_at) AND e.valid_from <= (SELECT until_at)
		AND (e.sales_cycle_stage > 0 OR e.previous_estimated_value IS NOT NULL);
END;
COMMENT ON FUNCTION crm_data.changes_of_entries(integer, timestamptz, timestamptz) IS 'How entries moved the pipeline that took effect after an instant until another one; with sign -1, what taking them back would.';

CREATE OR REPLACE FUNCTION crm_data.nearest_balance(at timestamptz) RETURNS timestamptz
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_nearest_balance';
COMMENT ON FUNCTION crm_data.nearest_balance(timestamptz) IS 'The end of the day whose balances are nearest to an instant.';

/* What is not in those balances, or too much */
CREATE OR REPLACE FUNCTION crm_data.changes_since_balance(at timestamptz) RETURNS SETOF crm_data.pipeline_change
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT c.* FROM crm_data.pipeline_change AS c WHERE c.effective_date <= (SELECT crm_data.local_date(crm_data.nearest_balance(at)))
	UNION ALL
	SELECT * FROM crm_data.changes_of_entries(CASE WHEN crm_data.nearest_balance(at) <= at THEN 1 ELSE -1 END,
		least(at, crm_data.nearest_balance(at)), greatest(at, crm_data.nearest_balance(at)));
END;
COMMENT ON FUNCTION crm_data.changes_since_balance(timestamptz) IS 'Changes between an instant and the balances nearest to it.';

CREATE OR REPLACE FUNCTION crm_data.no_movements() RETURNS numeric[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT array_fill(0::numeric, ARRAY[40]);
END;
COMMENT ON FUNCTION crm_data.no_movements() IS 'The array movements of a balance, all zero.';

/* Dimensions that balances are kept of; that of companies would be as long as the entries themselves */
CREATE OR REPLACE FUNCTION crm_data.pipeline_dimension() RETURNS SETOF text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	VALUES ('total'), ('sales cycle'), ('stage'), ('salesperson'), ('campaign'), ('territory'), ('month');
END;
COMMENT ON FUNCTION crm_data.pipeline_dimension() IS 'Dimensions of the pipeline that are added up.';

/*
 * Adds up to so many changes and takes them away. A balance is a sum since the beginning, so what took effect on a day goes
 * into the balances of that day and of all later ones, that of infinity included. The plan may be made while there are no
 * balances, and serve when there are millions: it must use their key.
 */
CREATE OR REPLACE FUNCTION crm_data.add_up_changes(max_changes bigint) RETURNS bigint
	LANGUAGE sql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET work_mem = '64MB'
BEGIN ATOMIC
	WITH taken AS MATERIALIZED (
		DELETE FROM crm_data.pipeline_change AS c
		WHERE c.ctid = ANY (ARRAY (SELECT n.ctid FROM crm_data.pipeline_change AS n LIMIT max_changes))
		RETURNING c AS change),
	moved AS MATERIALIZED (
		SELECT b.* FROM unnest((SELECT crm_data.pipeline_sum(t.change, NULL) FROM taken AS t)) AS b),
	first_moved AS MATERIALIZED (
		SELECT m.dimension, m.legal_entity, m.dimension_key, m.sales_cycle_stage, min(m.balance_date) AS balance_date
		FROM moved AS m GROUP BY 1, 2, 3, 4),
	/* For each group the days on which something moved, infinity, and all days after the first of them that it has a balance of */
	touched AS (
		SELECT x.dimension, x.legal_entity, x.dimension_key, x.sales_cycle_stage, x.balance_date, sum(x.opportunity_count) AS opportunity_count,
			sum(x.estimated_value) AS estimated_value, sum(x.weighted_value) AS weighted_value, crm_data.array_sum(x.movements) AS movements
		FROM (
			SELECT m.* FROM moved AS m
			UNION ALL
			SELECT f.dimension, f.legal_entity, f.dimension_key, f.sales_cycle_stage, 'infinity', 0, 0, 0, crm_data.no_movements() FROM first_moved AS f
			UNION ALL
			SELECT b.dimension, b.legal_entity, b.dimension_key, b.sales_cycle_stage, b.balance_date, 0, 0, 0, crm_data.no_movements()
			FROM first_moved AS f
			CROSS JOIN LATERAL (SELECT b.* FROM crm_data.pipeline_balance AS b
				WHERE (b.dimension, b.legal_entity, b.dimension_key, b.sales_cycle_stage)
					= (f.dimension, f.legal_entity, f.dimension_key, f.sales_cycle_stage) AND b.balance_date > f.balance_date) AS b) AS x
		GROUP BY 1, 2, 3, 4, 5),
	written AS (
		INSERT INTO crm_data.pipeline_balance
		SELECT n.dimension, n.legal_entity, n.dimension_key, n.sales_cycle_stage, n.balance_date,
			coalesce(b.opportunity_count, 0) + sum(n.opportunity_count) OVER w, coalesce(b.estimated_value, 0) + sum(n.estimated_value) OVER w,
			coalesce(b.weighted_value, 0) + sum(n.weighted_value) OVER w,
			crm_data.add_arrays(coalesce(b.movements, crm_data.no_movements()), crm_data.array_sum(n.movements) OVER w)
		FROM touched AS n
		LEFT JOIN LATERAL (SELECT b.* FROM crm_data.pipeline_balance AS b
			WHERE (b.dimension, b.legal_entity, b.dimension_key, b.sales_cycle_stage)
				= (n.dimension, n.legal_entity, n.dimension_key, n.sales_cycle_stage) AND b.balance_date <= n.balance_date
			ORDER BY b.balance_date DESC LIMIT 1) AS b ON true
		WINDOW w AS (PARTITION BY n.dimension, n.legal_entity, n.dimension_key, n.sales_cycle_stage ORDER BY n.balance_date)
		/* All probes before the first row is written, or they would walk over what the statement itself has just put there */
		ORDER BY n.balance_date
		ON CONFLICT (dimension, legal_entity, dimension_key, sales_cycle_stage, balance_date) DO UPDATE SET
			opportunity_count = excluded.opportunity_count, estimated_value = excluded.estimated_value,
			weighted_value = excluded.weighted_value, movements = excluded.movements)
	SELECT count(*) FROM taken;
END;
COMMENT ON FUNCTION crm_data.add_up_changes(bigint) IS 'Adds changes of the pipeline up into its balances; the caller has locked them. Returns the number of changes.';

CREATE OR REPLACE FUNCTION crm.compact_pipeline() RETURNS bigint
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_compact_pipeline';
COMMENT ON FUNCTION crm.compact_pipeline() IS
'Adds up how the pipeline moved since it was last called, and returns the number of changes. What is shown does not depend on it, only how fast: crm.pipeline is slower by about a millisecond for a thousand changes. Actions call it now and then, bulk loads do not: call it after one, or in a nightly job. Waits for another who compacts, and nobody waits for it. Error: 40001 at REPEATABLE READ or above, if another has compacted since the transaction began.';

/*
 * The present. Of the probes for the oldest deal, only that of the dimension is made.
 */
CREATE OR REPLACE FUNCTION crm_data.pipeline_of(dimension text)
	RETURNS TABLE (legal_entity text, dimension_key text, sales_cycle_stage integer, opportunity_count bigint, estimated_value numeric, weighted_value numeric,
		oldest_creation_date date)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT g.legal_entity, g.dimension_key, g.sales_cycle_stage, g.opportunity_count, g.estimated_value, g.weighted_value,
		CASE pipeline_of.dimension
			WHEN 'stage' THEN (SELECT min(e.creation_date) FROM crm_data.opportunity_entry AS e WHERE e.active AND e.sales_cycle_stage > 0
				AND (e.legal_entity, e.sales_cycle_code, e.sales_cycle_stage) = (g.legal_entity, g.dimension_key, g.sales_cycle_stage))
			WHEN 'salesperson' THEN (SELECT min(e.creation_date) FROM crm_data.opportunity_entry AS e WHERE e.active AND e.sales_cycle_stage > 0
				AND (e.legal_entity, coalesce(e.salesperson_code, '')) = (g.legal_entity, g.dimension_key))
			WHEN 'campaign' THEN (SELECT min(e.creation_date) FROM crm_data.opportunity_entry AS e WHERE e.active AND e.sales_cycle_stage > 0
				AND (e.legal_entity, coalesce(e.campaign_no, '')) = (g.legal_entity, g.dimension_key))
			WHEN 'territory' THEN (SELECT min(e.creation_date) FROM crm_data.opportunity_entry AS e WHERE e.active AND e.sales_cycle_stage > 0
				AND (e.legal_entity, coalesce(e.territory_code, '')) = (g.legal_entity, g.dimension_key))
			WHEN 'month' THEN (SELECT min(e.creation_date) FROM crm_data.opportunity_entry AS e WHERE e.active AND e.sales_cycle_stage > 0
				AND (e.legal_entity, e.expected_month) = (g.legal_entity, to_date(nullif(g.dimension_key, ''), 'YYYY-MM')))
			ELSE (SELECT min((SELECT min(e.creation_date) FROM crm_data.opportunity_entry AS e WHERE e.active AND e.sales_cycle_stage > 0
					AND (e.legal_entity, e.sales_cycle_code, e.sales_cycle_stage) = (g.legal_entity, s.sales_cycle_code, s.sales_cycle_stage)))
				FROM crm_data.sales_cycle_stage AS s WHERE g.dimension_key IN ('', s.sales_cycle_code)) END
	FROM (
		SELECT p.legal_entity, p.dimension_key, p.sales_cycle_stage, sum(p.opportunity_count)::bigint AS opportunity_count,
			sum(p.estimated_value) AS estimated_value, sum(p.weighted_value) AS weighted_value
		FROM (
			SELECT b.legal_entity, b.dimension_key, b.sales_cycle_stage, b.opportunity_count, b.estimated_value, b.weighted_value
			FROM crm_data.pipeline_balance AS b
			WHERE b.dimension = pipeline_of.dimension AND b.balance_date = 'infinity'
			UNION ALL
			SELECT b.legal_entity, b.dimension_key, b.sales_cycle_stage, b.opportunity_count, b.estimated_value, b.weighted_value
			FROM unnest((SELECT crm_data.pipeline_sum(c, pipeline_of.dimension) FROM crm_data.pipeline_change AS c)) AS b) AS p
		GROUP BY 1, 2, 3
		HAVING sum(p.opportunity_count) <> 0) AS g;
END;
COMMENT ON FUNCTION crm_data.pipeline_of(text) IS 'The open pipeline by a dimension that is added up.';

CREATE OR REPLACE FUNCTION crm_data.pipeline_now(dimension text)
	RETURNS TABLE (legal_entity text, dimension_key text, sales_cycle_stage integer, opportunity_count bigint, estimated_value numeric, weighted_value numeric,
		oldest_creation_date date)
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED ROWS 100 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_pipeline_now';
COMMENT ON FUNCTION crm_data.pipeline_now(text) IS 'The same by a plan that the session keeps: planning would take longer than reading.';

/*
 * The past
 */
CREATE OR REPLACE FUNCTION crm_data.balance_near(dimension text, at timestamptz) RETURNS SETOF crm_data.pipeline_balance
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT b.*
	FROM crm_data.pipeline_balance AS g
	CROSS JOIN LATERAL (SELECT b.* FROM crm_data.pipeline_balance AS b
		WHERE (b.dimension, b.legal_entity, b.dimension_key, b.sales_cycle_stage)
			= (g.dimension, g.legal_entity, g.dimension_key, g.sales_cycle_stage) AND b.balance_date <= (SELECT crm_data.local_date(crm_data.nearest_balance(at)))
		ORDER BY b.balance_date DESC LIMIT 1) AS b
	WHERE g.dimension = balance_near.dimension AND g.balance_date = 'infinity';
END;
COMMENT ON FUNCTION crm_data.balance_near(text, timestamptz) IS 'The balances of a dimension that are nearest to an instant.';

/* Balances, and what is to be added to them */
CREATE OR REPLACE FUNCTION crm_data.balances_until(dimension text, at timestamptz) RETURNS SETOF crm_data.pipeline_balance
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT * FROM crm_data.balance_near(balances_until.dimension, at)
	UNION ALL
	SELECT b.* FROM unnest((SELECT crm_data.pipeline_sum(c, balances_until.dimension) FROM crm_data.changes_since_balance(at) AS c)) AS b;
END;
COMMENT ON FUNCTION crm_data.balances_until(text, timestamptz) IS 'The pipeline by a dimension that is added up, as it was at an instant; to be added up by group.';

CREATE OR REPLACE FUNCTION crm_data.pipeline_until(dimension text, at timestamptz)
	RETURNS TABLE (legal_entity text, dimension_key text, sales_cycle_stage integer, opportunity_count bigint, estimated_value numeric, weighted_value numeric)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT b.legal_entity, b.dimension_key, b.sales_cycle_stage, sum(b.opportunity_count)::bigint, sum(b.estimated_value), sum(b.weighted_value)
	FROM crm_data.balances_until(pipeline_until.dimension, at) AS b
	GROUP BY 1, 2, 3
	HAVING sum(b.opportunity_count) <> 0;
END;
COMMENT ON FUNCTION crm_data.pipeline_until(text, timestamptz) IS 'The pipeline by a dimension that is added up, as it was at an instant.';

/* What was open, as a row of crm.pipeline_movement() has it */
CREATE OR REPLACE FUNCTION crm_data.open_figures(opportunity_count bigint, estimated_value numeric, weighted_value numeric) RETURNS numeric[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT ARRAY[opportunity_count, estimated_value, opportunity_count, estimated_value, weighted_value];
END;
COMMENT ON FUNCTION crm_data.open_figures(bigint, numeric, numeric) IS 'Figures of opening and closing.';

/* Figures of a group are opening || movements || closing */
CREATE OR REPLACE FUNCTION crm_data.movements_between(dimension text, from_at timestamptz, to_at timestamptz)
	RETURNS TABLE (legal_entity text, dimension_key text, sales_cycle_stage integer, figures numeric[])
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT m.legal_entity, m.dimension_key, m.sales_cycle_stage, crm_data.array_sum(m.figures)
	FROM (
		SELECT b.legal_entity, b.dimension_key, b.sales_cycle_stage, crm_data.open_figures(b.opportunity_count, b.estimated_value, b.weighted_value)
			|| crm_data.subtract_arrays(crm_data.no_movements(), b.movements) || crm_data.open_figures(0, 0, 0) AS figures
		FROM crm_data.balances_until(movements_between.dimension, from_at) AS b
		UNION ALL
		SELECT b.legal_entity, b.dimension_key, b.sales_cycle_stage,
			crm_data.open_figures(0, 0, 0) || b.movements || crm_data.open_figures(b.opportunity_count, b.estimated_value, b.weighted_value)
		FROM crm_data.balances_until(movements_between.dimension, to_at) AS b) AS m
	GROUP BY 1, 2, 3;
END;
COMMENT ON FUNCTION crm_data.movements_between(text, timestamptz, timestamptz) IS 'Figures of two instants and what moved between them, by a dimension that is added up.';

/*
 * Dimensions that are not added up: companies, read from the entries, and teams, made of their salespeople. A salesperson counts
 * in each of his teams.
 */
CREATE OR REPLACE FUNCTION crm_data.company_pipeline(at timestamptz)
	RETURNS TABLE (legal_entity text, dimension_key text, sales_cycle_stage integer, opportunity_count bigint, estimated_value numeric, weighted_value numeric)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT e.legal_entity, coalesce(e.company_id::text, ''), 0, count(*), sum(e.estimated_value), sum(e.weighted_value)
	FROM crm_data.opportunity_entry AS e
	WHERE e.sales_cycle_stage > 0 AND e.valid_from <= at AND (e.valid_to > at OR e.active)
	GROUP BY 1, 2;
END;
COMMENT ON FUNCTION crm_data.company_pipeline(timestamptz) IS 'The pipeline by company, as it was at an instant.';

CREATE OR REPLACE FUNCTION crm_data.company_movement(from_at timestamptz, to_at timestamptz)
	RETURNS TABLE (legal_entity text, dimension_key text, sales_cycle_stage integer, figures numeric[])
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT m.legal_entity, m.dimension_key, m.sales_cycle_stage, crm_data.array_sum(m.figures)
	FROM (
		SELECT p.legal_entity, p.dimension_key, p.sales_cycle_stage,
			crm_data.open_figures(p.opportunity_count, p.estimated_value, p.weighted_value) || crm_data.no_movements() || crm_data.open_figures(0, 0, 0) AS figures
		FROM crm_data.company_pipeline(from_at) AS p
		UNION ALL
		SELECT b.legal_entity, b.dimension_key, b.sales_cycle_stage, crm_data.open_figures(0, 0, 0) || b.movements || crm_data.open_figures(0, 0, 0)
		FROM unnest((SELECT crm_data.pipeline_sum(c, 'company') FROM crm_data.changes_of_entries(1, from_at, to_at) AS c)) AS b
		UNION ALL
		SELECT p.legal_entity, p.dimension_key, p.sales_cycle_stage,
			crm_data.open_figures(0, 0, 0) || crm_data.no_movements() || crm_data.open_figures(p.opportunity_count, p.estimated_value, p.weighted_value)
		FROM crm_data.company_pipeline(to_at) AS p) AS m
	GROUP BY 1, 2, 3;
END;
COMMENT ON FUNCTION crm_data.company_movement(timestamptz, timestamptz) IS 'Figures of two instants and what moved between them, by company.';

CREATE OR REPLACE FUNCTION crm_data.pipeline_at(at timestamptz)
	RETURNS TABLE (dimension text, legal_entity text, dimension_key text, sales_cycle_stage integer, opportunity_count bigint, estimated_value numeric, weighted_value numeric)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT d.dimension, p.* FROM crm_data.pipeline_dimension() AS d (dimension) CROSS JOIN LATERAL crm_data.pipeline_until(d.dimension, at) AS p
	UNION ALL
	SELECT 'company', p.* FROM crm_data.company_pipeline(at) AS p
	UNION ALL
	SELECT 'team', p.legal_entity, coalesce(t.team_code, ''), 0, sum(p.opportunity_count)::bigint, sum(p.estimated_value), sum(p.weighted_value)
	FROM crm_data.pipeline_until('salesperson', at) AS p LEFT JOIN crm_data.team_salesperson AS t ON t.salesperson_code = p.dimension_key
	GROUP BY 2, 3;
END;
COMMENT ON FUNCTION crm_data.pipeline_at(timestamptz) IS 'The pipeline by all dimensions, as it was at an instant.';

/* Columns that say what a group is */
CREATE OR REPLACE FUNCTION crm_data.pipeline_group(dimension text, dimension_key text)
	RETURNS TABLE (sales_cycle_code text, salesperson_code text, team_code text, campaign_no text, company_id bigint, territory_code text, expected_month date)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN dimension IN ('sales cycle', 'stage') THEN dimension_key END,
		CASE WHEN dimension = 'salesperson' THEN nullif(dimension_key, '') END,
		CASE WHEN dimension = 'team' THEN nullif(dimension_key, '') END,
		CASE WHEN dimension = 'campaign' THEN nullif(dimension_key, '') END,
		CASE WHEN dimension = 'company' THEN nullif(dimension_key, '')::bigint END,
		CASE WHEN dimension = 'territory' THEN nullif(dimension_key, '') END,
		CASE WHEN dimension = 'month' THEN to_date(nullif(dimension_key, ''), 'YYYY-MM') END;
END;
COMMENT ON FUNCTION crm_data.pipeline_group(text, text) IS 'The code, date or number of a group of a dimension, in the column that is called so.';

CREATE OR REPLACE FUNCTION crm.pipeline_asof(at timestamptz)
	RETURNS TABLE (dimension text, dimension_key text, legal_entity text, sales_cycle_code text, sales_cycle_stage integer, salesperson_code text, team_code text,
		campaign_no text, company_id bigint, territory_code text, expected_month date, opportunity_count bigint,
		estimated_value numeric, weighted_value numeric, average_estimated_value numeric, average_weighted_value numeric)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT p.dimension, p.dimension_key, p.legal_entity, g.sales_cycle_code, nullif(p.sales_cycle_stage, 0), g.salesperson_code, g.team_code,
		g.campaign_no, g.company_id, g.territory_code, g.expected_month, p.opportunity_count, p.estimated_value, p.weighted_value,
		round(p.estimated_value / p.opportunity_count, 6), round(p.weighted_value / p.opportunity_count, 6)
	FROM crm_data.pipeline_at(at) AS p CROSS JOIN LATERAL crm_data.pipeline_group(p.dimension, p.dimension_key) AS g;
END;
COMMENT ON FUNCTION crm.pipeline_asof(timestamptz) IS
'The open pipeline as it was at an instant; columns as those of crm.pipeline. A change of an opportunity takes effect when it is written, or, if its date of change is another day, when that day begins in the time zone of crm.setup; changes that were entered later for an earlier date count. Teams are made of their members of today. Groups without open deals have no row. For all dimensions but companies it is about as fast as the present, however long ago; select only the dimensions that you need. ''infinity'': the latest entries, those dated in the future too. null: no rows.';

CREATE OR REPLACE FUNCTION crm.pipeline_movement(from_at timestamptz, to_at timestamptz)
	RETURNS TABLE (dimension text, dimension_key text, legal_entity text, sales_cycle_code text, sales_cycle_stage integer, salesperson_code text, team_code text,
		campaign_no text, company_id bigint, territory_code text, expected_month date, movement text, movement_count bigint, moved_value numeric,
		count_change bigint, estimated_change numeric, weighted_change numeric)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT x.dimension, x.dimension_key, x.legal_entity, g.sales_cycle_code, nullif(x.sales_cycle_stage, 0), g.salesperson_code, g.team_code,
		g.campaign_no, g.company_id, g.territory_code, g.expected_month, m.movement, x.figures[m.place]::bigint, x.figures[m.place + 1],
		x.figures[m.place + 2]::bigint, x.figures[m.place + 3], x.figures[m.place + 4]
	FROM (
		SELECT d.dimension, v.* FROM crm_data.pipeline_dimension() AS d (dimension) CROSS JOIN LATERAL crm_data.movements_between(d.dimension, from_at, to_at) AS v
		UNION ALL
		SELECT 'company', v.* FROM crm_data.company_movement(from_at, to_at) AS v
		UNION ALL
		SELECT 'team', v.legal_entity, coalesce(t.team_code, ''), 0, crm_data.array_sum(v.figures)
		FROM crm_data.movements_between('salesperson', from_at, to_at) AS v LEFT JOIN crm_data.team_salesperson AS t ON t.salesperson_code = v.dimension_key
		GROUP BY 2, 3) AS x
	CROSS JOIN crm_data.pipeline_movement() AS m
	CROSS JOIN LATERAL crm_data.pipeline_group(x.dimension, x.dimension_key) AS g
	WHERE from_at <= to_at
		AND (x.figures[m.place], x.figures[m.place + 1], x.figures[m.place + 2], x.figures[m.place + 3], x.figures[m.place + 4]) <> (0, 0, 0, 0, 0);
END;
COMMENT ON FUNCTION crm.pipeline_movement(timestamptz, timestamptz) IS
'How the open pipeline moved after from_at until to_at: for each group of each dimension of crm.pipeline a row for each movement that happened. movement: opening, the pipeline at from_at; new; won and lost, at the value that the deal had in the pipeline; up and down, the estimated value or, where it stays, the weighted one changed, in the group where the deal was; postponed and pulled in, the expected closing date changed; reassigned, the deal left the group for another one, or came from another one; closing, the pipeline at to_at. count_change, estimated_change and weighted_change of opening and all movements add up exactly to those of closing, weighted ones unrounded. movement_count: how many times it happened, a deal that went to and fro counting each time; moved_value: the estimated value of the deals after it, before it for won and lost, in local currency. By month, postponed and pulled in take a deal from one month to another; in other dimensions they change nothing, and moved_value says how much they concern. The movements of two periods that meet add up to those of both. As in an account, what moved is not netted. Teams are made of their members of today. No rows where from_at is after to_at. Select only the dimensions that you need: companies are read from the entries.';

/*
 * The same by days
 */
CREATE OR REPLACE FUNCTION crm.pipeline_on(day date)
	RETURNS TABLE (dimension text, dimension_key text, legal_entity text, sales_cycle_code text, sales_cycle_stage integer, salesperson_code text, team_code text,
		campaign_no text, company_id bigint, territory_code text, expected_month date, opportunity_count bigint,
		estimated_value numeric, weighted_value numeric, average_estimated_value numeric, average_weighted_value numeric)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT * FROM crm.pipeline_asof(crm_data.end_of_day(day));
END;
COMMENT ON FUNCTION crm.pipeline_on(date) IS
'The open pipeline at the end of a day in the time zone of crm.setup, changes of that day included: crm.pipeline_asof() of its last moment. null: no rows.';

CREATE OR REPLACE FUNCTION crm.pipeline_movement_between(from_date date, to_date date)
	RETURNS TABLE (dimension text, dimension_key text, legal_entity text, sales_cycle_code text, sales_cycle_stage integer, salesperson_code text, team_code text,
		campaign_no text, company_id bigint, territory_code text, expected_month date, movement text, movement_count bigint, moved_value numeric,
		count_change bigint, estimated_change numeric, weighted_change numeric)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT * FROM crm.pipeline_movement(crm_data.end_of_day(from_date - 1), crm_data.end_of_day(to_date));
END;
COMMENT ON FUNCTION crm.pipeline_movement_between(date, date) IS
'How the open pipeline moved from the beginning of a day to the end of another one, both included, in the time zone of crm.setup: rows as those of crm.pipeline_movement(). A quarter is its first and its last day. null: no rows.';

/*
 * Checking and making anew
 */
CREATE OR REPLACE FUNCTION crm_data.time_zone_changed() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_time_zone_changed';
COMMENT ON FUNCTION crm_data.time_zone_changed() IS 'AFTER trigger on the setup: entries take effect on the days of the new time zone.';

CREATE OR REPLACE FUNCTION crm.rebuild_pipeline() RETURNS bigint
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_rebuild_pipeline';
COMMENT ON FUNCTION crm.rebuild_pipeline() IS
'Adds the pipeline up anew, from the entries of opportunities: after entries were written while triggers were disabled, or when crm.verify_pipeline() finds something. Returns the number of changes added up. Locks the entries against writing until the end of the transaction.';

CREATE OR REPLACE FUNCTION crm.verify_pipeline()
	RETURNS TABLE (dimension text, legal_entity text, dimension_key text, sales_cycle_stage integer, balance_date date,
		opportunity_count bigint, estimated_value numeric, weighted_value numeric, movements text)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	WITH moved AS (
		/* Of entries, one dimension after the other: it is kept in memory */
		SELECT b.dimension, b.legal_entity, b.dimension_key, b.sales_cycle_stage, b.balance_date, - b.opportunity_count AS opportunity_count,
			- b.estimated_value AS estimated_value, - b.weighted_value AS weighted_value, crm_data.subtract_arrays(crm_data.no_movements(), b.movements) AS movements
		FROM crm_data.pipeline_dimension() AS d (dimension)
		CROSS JOIN LATERAL unnest((SELECT crm_data.pipeline_sum(c, d.dimension) FROM crm_data.changes_of_entries(1, '-infinity', 'infinity') AS c)) AS b
		UNION ALL
		SELECT b.* FROM unnest((SELECT crm_data.pipeline_sum(c, NULL) FROM crm_data.pipeline_change AS c)) AS b
		UNION ALL
		/* What a balance is more than the one before */
		SELECT b.dimension, b.legal_entity, b.dimension_key, b.sales_cycle_stage, b.balance_date,
			b.opportunity_count - lag(b.opportunity_count, 1, 0::bigint) OVER w, b.estimated_value - lag(b.estimated_value, 1, 0.0) OVER w,
			b.weighted_value - lag(b.weighted_value, 1, 0.0) OVER w,
			crm_data.subtract_arrays(b.movements, lag(b.movements, 1, crm_data.no_movements()) OVER w)
		FROM crm_data.pipeline_balance AS b
		WINDOW w AS (PARTITION BY b.dimension, b.legal_entity, b.dimension_key, b.sales_cycle_stage ORDER BY b.balance_date))
	SELECT m.dimension, m.legal_entity, m.dimension_key, m.sales_cycle_stage, m.balance_date,
		sum(m.opportunity_count)::bigint, sum(m.estimated_value), sum(m.weighted_value), crm_data.array_sum(m.movements)::text
	FROM moved AS m
	GROUP BY 1, 2, 3, 4, 5
	HAVING sum(m.opportunity_count) <> 0 OR sum(m.estimated_value) <> 0 OR sum(m.weighted_value) <> 0
		OR crm_data.array_sum(m.movements) <> crm_data.no_movements();
END;
COMMENT ON FUNCTION crm.verify_pipeline() IS
'Where the pipeline that is added up differs from the entries of opportunities: by how much it is too high on a day, or too low if negative, for each dimension and group. movements: the same for each kind of movement - new, won, lost, postponed, pulled in, up, down, reassigned - movement_count, moved_value, count_change, estimated_change and weighted_change as those of crm.pipeline_movement(). No rows: all is right; otherwise crm.rebuild_pipeline() mends it. Reads all entries.';

CREATE OR REPLACE FUNCTION crm.verify_opportunity()
	RETURNS TABLE (opportunity_entry_id bigint, opportunity_no text, difference text)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT e.opportunity_entry_id, e.opportunity_no, p.difference
	FROM (SELECT e.*, lag(e) OVER w AS before, row_number() OVER w = count(*) OVER (PARTITION BY e.opportunity_no) AS is_last
		FROM crm_data.opportunity_entry AS e WINDOW w AS (PARTITION BY e.opportunity_no ORDER BY e.opportunity_entry_id)) AS e
	CROSS JOIN LATERAL (VALUES
		(e.active <> e.is_last, 'the last entry, and no other one, is active'),
		(e.valid_from <> (e.before).valid_to, 'it is not valid from where the entry before ends'),
		(e.effective_date <> crm_data.local_date(e.valid_from), 'it takes effect on another day than it is valid from'),
		(e.entry_no <> e.opportunity_entry_id AND (e.entry_no, true) IS DISTINCT FROM ((e.before).entry_no, (e.before).revised), 'it does not revise the entry before'),
		(e.entry_no = e.opportunity_entry_id AND (e.before).revised, 'the entry before is revised, and not by it'),
		(e.previous_sales_cycle_stage IS DISTINCT FROM nullif((e.before).sales_cycle_stage, 0), 'it does not come from the stage of the entry before'),
		(e.entry_no = e.opportunity_entry_id AND (e.before).sales_cycle_stage > 0 AND (e.before).days_open <> e.date_of_change - (e.before).date_of_change, 'the entry before was open for another number of days'),
		((e.previous_estimated_value IS NOT NULL) IS DISTINCT FROM coalesce((e.before).sales_cycle_stage > 0, false)
			OR e.previous_estimated_value IS NOT NULL AND (e.previous_company_id, e.previous_salesperson_code, e.previous_campaign_no, e.previous_territory_code,
				e.previous_estimated_value, e.previous_weighted_value, e.previous_estimated_close_date)
				IS DISTINCT FROM ((e.before).company_id, (e.before).salesperson_code, (e.before).campaign_no, (e.before).territory_code,
				(e.before).estimated_value, (e.before).weighted_value, (e.before).estimated_close_date), 'it does not leave the position of the entry before')) AS p (wrong, difference)
	WHERE p.wrong
	UNION ALL
	SELECT e.opportunity_entry_id, o.opportunity_no, 'the opportunity is ' || o.status || ', as its active entry does not say'
	FROM crm_data.opportunity AS o LEFT JOIN crm_data.opportunity_entry AS e ON e.opportunity_no = o.opportunity_no AND e.active
	WHERE o.status IS DISTINCT FROM CASE WHEN e.opportunity_no IS NULL THEN 'not started' WHEN e.sales_cycle_stage > 0 THEN 'in progress' ELSE e.action_taken END;
END;
COMMENT ON FUNCTION crm.verify_opportunity() IS
'Entries of opportunities that do not follow from the one before, and opportunities that are not what their active entry says: what is wrong with each. No rows: all is right. The functions that write entries keep them so; entries that were loaded otherwise may not be. Reads all entries.';
