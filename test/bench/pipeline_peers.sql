/* What was measured: milliseconds, transactions per second, or what the test says */
CREATE TABLE bench.result (test text, variant text, round integer, value numeric);

/* The median of some executions, in milliseconds; the first one does not count, unless there is no other */
CREATE PROCEDURE bench.read(test text, variant text, round integer, runs integer, prepared boolean, query text) LANGUAGE plpgsql AS $$
DECLARE
	times numeric[];
	started timestamptz;
BEGIN
	IF prepared THEN
		EXECUTE 'PREPARE reading AS ' || query;
		query := 'EXECUTE reading';
	END IF;
	FOR run IN CASE runs WHEN 1 THEN 1 ELSE 0 END .. runs LOOP
		started := clock_timestamp();
		EXECUTE query;
		IF run > 0 THEN
			times := times || (1000 * extract(epoch FROM clock_timestamp() - started));
		END IF;
	END LOOP;
	INSERT INTO bench.result SELECT test, variant, round, percentile_cont(0.5) WITHIN GROUP (ORDER BY t) FROM unnest(times) AS t;
END $$;

/*
 * The same questions without crm.pipeline, for four dimensions. Peer A takes the last entry of each opportunity, which is what one
 * has without crm's active flag; peer B the active open entries; peer C materialized views of B; peer D a table that a PL/pgSQL trigger adds up.
 */
CREATE TABLE bench.dimension (dimension text PRIMARY KEY, columns text);
INSERT INTO bench.dimension VALUES
	('stage', 'sales_cycle_code, sales_cycle_stage'),
	('salesperson', 'salesperson_code'),
	('campaign', 'campaign_no'),
	('month', 'expected_month');

SELECT format($$
	CREATE VIEW bench.a_%1$s AS
	SELECT legal_entity, %2$s, count(*) AS opportunity_count, sum(estimated_value) AS estimated_value, sum(weighted_value) AS weighted_value, min(creation_date) AS oldest_creation_date
	FROM (
		SELECT DISTINCT ON (opportunity_no) legal_entity, sales_cycle_code, sales_cycle_stage, salesperson_code, campaign_no, expected_month, estimated_value, weighted_value, creation_date
		FROM crm_data.opportunity_entry ORDER BY opportunity_no, opportunity_entry_id DESC
	) AS e WHERE sales_cycle_stage > 0 GROUP BY legal_entity, %2$s;
	CREATE VIEW bench.b_%1$s AS
	SELECT legal_entity, %2$s, count(*) AS opportunity_count, sum(estimated_value) AS estimated_value, sum(weighted_value) AS weighted_value, min(creation_date) AS oldest_creation_date
	FROM crm_data.opportunity_entry WHERE active AND sales_cycle_stage > 0 GROUP BY legal_entity, %2$s;
	CREATE MATERIALIZED VIEW bench.c_%1$s AS SELECT * FROM bench.b_%1$s;
	CREATE UNIQUE INDEX ON bench.c_%1$s (legal_entity, %2$s)$$, dimension, columns) FROM bench.dimension \gexec

/* An entry says what it takes from one row and adds to another */
CREATE TABLE bench.rollup (
	dimension			text NOT NULL,
	legal_entity		text NOT NULL,
	dimension_key		text NOT NULL,
	sales_cycle_stage	integer NOT NULL,
	opportunity_count	bigint NOT NULL,
	estimated_value		numeric NOT NULL,
	weighted_value		numeric NOT NULL,
	PRIMARY KEY (dimension, legal_entity, dimension_key, sales_cycle_stage)
) WITH (fillfactor = 50);

CREATE VIEW bench.rollup_now AS
SELECT CASE WHEN GROUPING(sales_cycle_code) = 0 THEN 'stage' WHEN GROUPING(salesperson_code) = 0 THEN 'salesperson' WHEN GROUPING(campaign_no) = 0 THEN 'campaign' ELSE 'month' END AS dimension,
	legal_entity, coalesce(sales_cycle_code, salesperson_code, campaign_no, expected_month::text, '') AS dimension_key, coalesce(sales_cycle_stage, 0) AS sales_cycle_stage,
	count(*) AS opportunity_count, sum(estimated_value) AS estimated_value, sum(weighted_value) AS weighted_value
FROM crm_data.opportunity_entry WHERE active AND sales_cycle_stage > 0
GROUP BY legal_entity, GROUPING SETS ((sales_cycle_code, sales_cycle_stage), (salesperson_code), (campaign_no), (expected_month));

/* For each statement: for each row, the rows of a large statement would pile up versions of the same sums, and take its square */
CREATE FUNCTION bench.roll_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO bench.rollup AS r
	SELECT k.dimension, k.legal_entity, coalesce(k.dimension_key, ''), k.stage, sum(k.n), sum(k.n * k.estimated_value), sum(k.n * k.weighted_value)
	FROM (
		SELECT d.dimension, e.legal_entity, d.dimension_key, d.stage, -1 AS n, e.previous_estimated_value AS estimated_value, e.previous_weighted_value AS weighted_value
		FROM entry AS e CROSS JOIN LATERAL (VALUES
			('stage', e.sales_cycle_code, e.previous_sales_cycle_stage),
			('salesperson', e.previous_salesperson_code, 0), ('campaign', e.previous_campaign_no, 0),
			('month', date_trunc('month', e.previous_estimated_close_date)::date::text, 0)) AS d (dimension, dimension_key, stage)
		WHERE e.previous_estimated_value IS NOT NULL
		UNION ALL
		SELECT d.dimension, e.legal_entity, d.dimension_key, d.stage, 1, e.estimated_value, e.weighted_value
		FROM entry AS e CROSS JOIN LATERAL (VALUES
			('stage', e.sales_cycle_code, e.sales_cycle_stage), ('salesperson', e.salesperson_code, 0), ('campaign', e.campaign_no, 0),
			('month', e.expected_month::text, 0)) AS d (dimension, dimension_key, stage)
		WHERE e.sales_cycle_stage > 0) AS k
	GROUP BY 1, 2, 3, 4
	ORDER BY 1, 2, 3, 4
	ON CONFLICT (dimension, legal_entity, dimension_key, sales_cycle_stage) DO UPDATE
		SET opportunity_count = r.opportunity_count + excluded.opportunity_count,
			estimated_value = r.estimated_value + excluded.estimated_value, weighted_value = r.weighted_value + excluded.weighted_value;
	RETURN NULL;
END $$;
CREATE TRIGGER roll_up AFTER INSERT ON crm_data.opportunity_entry REFERENCING NEW TABLE AS entry FOR EACH STATEMENT EXECUTE FUNCTION bench.roll_up();
ALTER TABLE crm_data.opportunity_entry DISABLE TRIGGER roll_up;
INSERT INTO bench.rollup SELECT * FROM bench.rollup_now;

/* As of an instant, from the entries that were valid then */
CREATE FUNCTION bench.pipeline_asof(dimension text, at timestamptz)
	RETURNS TABLE (legal_entity text, dimension_key text, sales_cycle_stage integer, opportunity_count bigint, estimated_value numeric, weighted_value numeric)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT legal_entity, coalesce(CASE dimension WHEN 'stage' THEN sales_cycle_code WHEN 'salesperson' THEN salesperson_code WHEN 'campaign' THEN campaign_no
			ELSE expected_month::text END, ''),
		CASE dimension WHEN 'stage' THEN sales_cycle_stage ELSE 0 END, count(*), sum(estimated_value), sum(weighted_value)
	FROM crm_data.opportunity_entry
	WHERE sales_cycle_stage > 0 AND valid_from <= at AND valid_to > at
	GROUP BY 1, 2, 3;
END;

/* From opening to closing: each entry of the time between, as movements out of and into its groups */
CREATE FUNCTION bench.pipeline_movement(dimension text, from_at timestamptz, to_at timestamptz)
	RETURNS TABLE (legal_entity text, dimension_key text, sales_cycle_stage integer, movement text, movement_count bigint,
		count_change bigint, estimated_change numeric, weighted_change numeric)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT legal_entity, dimension_key, sales_cycle_stage, 'opening', opportunity_count, opportunity_count, estimated_value, weighted_value FROM bench.pipeline_asof(dimension, from_at)
	UNION ALL
	SELECT e.legal_entity, m.dimension_key, m.stage, m.movement, count(*), sum(m.n), sum(m.estimated), sum(m.weighted)
	FROM (
		SELECT *, previous_estimated_value IS NOT NULL AS was_open, sales_cycle_stage > 0 AS is_open,
			coalesce(CASE dimension WHEN 'stage' THEN sales_cycle_code WHEN 'salesperson' THEN previous_salesperson_code WHEN 'campaign' THEN previous_campaign_no
				ELSE date_trunc('month', previous_estimated_close_date)::date::text END, '') AS old_key,
			coalesce(CASE dimension WHEN 'stage' THEN sales_cycle_code WHEN 'salesperson' THEN salesperson_code WHEN 'campaign' THEN campaign_no
				ELSE expected_month::text END, '') AS new_key,
			CASE dimension WHEN 'stage' THEN previous_sales_cycle_stage ELSE 0 END AS old_stage,
			CASE dimension WHEN 'stage' THEN sales_cycle_stage ELSE 0 END AS new_stage,
			CASE sign(estimated_close_date - previous_estimated_close_date) WHEN 1 THEN 'postponed' WHEN -1 THEN 'pulled in' END AS shift
		FROM crm_data.opportunity_entry WHERE valid_from > from_at AND valid_from <= to_at
	) AS e
	CROSS JOIN LATERAL (
		SELECT new_key, new_stage, 'new', 1, estimated_value, weighted_value WHERE NOT was_open AND is_open
		UNION ALL
		SELECT old_key, old_stage, action_taken, -1, - previous_estimated_value, - previous_weighted_value WHERE was_open AND NOT is_open
		UNION ALL
		SELECT old_key, old_stage, CASE WHEN (estimated_value, weighted_value) > (previous_estimated_value, previous_weighted_value) THEN 'up' ELSE 'down' END, 0,
			estimated_value - previous_estimated_value, weighted_value - previous_weighted_value
		WHERE was_open AND is_open AND (estimated_value, weighted_value) <> (previous_estimated_value, previous_weighted_value)
		UNION ALL
		SELECT old_key, old_stage, CASE dimension WHEN 'month' THEN shift ELSE 'reassigned' END, -1, - estimated_value, - weighted_value
		WHERE was_open AND is_open AND (old_key, old_stage) <> (new_key, new_stage)
		UNION ALL
		SELECT new_key, new_stage, CASE dimension WHEN 'month' THEN shift ELSE 'reassigned' END, 1, estimated_value, weighted_value
		WHERE was_open AND is_open AND (old_key, old_stage) <> (new_key, new_stage)
		UNION ALL
		SELECT new_key, new_stage, shift, 0, 0, 0 WHERE was_open AND is_open AND shift IS NOT NULL AND (dimension <> 'month' OR old_key = new_key)
	) AS m (dimension_key, stage, movement, n, estimated, weighted)
	GROUP BY 1, 2, 3, 4
	UNION ALL
	SELECT legal_entity, dimension_key, sales_cycle_stage, 'closing', opportunity_count, opportunity_count, estimated_value, weighted_value FROM bench.pipeline_asof(dimension, to_at);
END;

/*
 * An entry by plain SQL, as short as it can be: the value of some opportunities changes. Without a value, by a tenth
 */
CREATE FUNCTION bench.enter(opportunity_nos text[], new_value numeric DEFAULT NULL) RETURNS void LANGUAGE sql
BEGIN ATOMIC
	WITH left_entry AS (
		UPDATE crm_data.opportunity_entry SET active = false, valid_to = greatest(now(), valid_from), days_open = greatest(current_date - date_of_change, 0)
		WHERE opportunity_no = ANY (opportunity_nos) AND active
		RETURNING *, coalesce(new_value, round(1.1 * estimated_value, 2)) AS new_value),
	entry AS (SELECT *, nextval('crm_data.opportunity_entry_opportunity_entry_id_seq') AS id FROM left_entry)
	INSERT INTO crm_data.opportunity_entry (opportunity_entry_id, entry_no, opportunity_no, sales_cycle_code, sales_cycle_stage, previous_sales_cycle_stage, contact_id, company_id,
		salesperson_code, campaign_no, territory_code, date_of_change, creation_date, action_taken, estimated_value, completed_pct, chances_pct, probability_pct,
		calcd_current_value, weighted_value, estimated_close_date, previous_company_id, previous_salesperson_code, previous_campaign_no, previous_territory_code,
		previous_estimated_value, previous_weighted_value, previous_estimated_close_date, valid_from, effective_date)
	SELECT id, id, opportunity_no, sales_cycle_code, sales_cycle_stage, sales_cycle_stage, contact_id, company_id,
		salesperson_code, campaign_no, territory_code, current_date, creation_date, 'updated', new_value, completed_pct, chances_pct, probability_pct,
		new_value * probability_pct / 100, new_value * probability_pct / 100, greatest(estimated_close_date, current_date),
		company_id, salesperson_code, campaign_no, territory_code, estimated_value, weighted_value, estimated_close_date, valid_to, current_date
	FROM entry;
END;

/* Opportunities without entries, and the first entries that they will have */
CREATE FUNCTION bench.create_opportunities(prefix text, n integer) RETURNS void LANGUAGE sql
BEGIN ATOMIC
	INSERT INTO crm_data.opportunity (opportunity_no, description, salesperson_code, campaign_no, contact_id, company_id, sales_cycle_code, status, creation_date, last_modified_at)
	SELECT prefix || i, 'New', 'S' || 1 + i % 200, 'C' || 1 + i % 100, 1 + i % 50000, 1 + i % 50000, 'CYCLE' || 1 + i % 4, 'in progress', current_date, now()
	FROM generate_series(1, n) AS i;
END;
CREATE FUNCTION bench.enter_first(prefix text, n integer) RETURNS void LANGUAGE sql
BEGIN ATOMIC
	INSERT INTO crm_data.opportunity_entry (opportunity_entry_id, entry_no, opportunity_no, sales_cycle_code, sales_cycle_stage, contact_id, company_id,
		salesperson_code, campaign_no, territory_code, date_of_change, creation_date, estimated_value, completed_pct, chances_pct, probability_pct,
		calcd_current_value, weighted_value, estimated_close_date, valid_from, effective_date)
	SELECT id, id, prefix || i, 'CYCLE' || 1 + i % 4, 3, 1 + i % 50000, 1 + i % 50000, 'S' || 1 + i % 200, 'C' || 1 + i % 100, 'T' || 1 + (1 + i % 50000) % 30,
		current_date, current_date, 1000 + i % 9000, 45, 40, 40, (1000 + i % 9000) * 0.4, (1000 + i % 9000) * 0.4, current_date + i % 365, now(), current_date
	FROM (SELECT i, nextval('crm_data.opportunity_entry_opportunity_entry_id_seq') AS id FROM generate_series(1, n) AS i OFFSET 0) AS s;
END;

/* What 8 writers write: opportunities of their own, all of one salesperson, at one stage of one cycle */
CREATE FUNCTION bench.create_writers(n integer) RETURNS void LANGUAGE sql
BEGIN ATOMIC
	INSERT INTO crm_data.opportunity (opportunity_no, description, salesperson_code, contact_id, company_id, sales_cycle_code, status, creation_date, last_modified_at)
	SELECT 'W' || c || '-' || i, 'Deal of writer ' || c, 'S1', 1 + i, 1 + i, 'CYCLE4', 'in progress', current_date, now() FROM generate_series(0, 7) AS c, generate_series(1, n) AS i;
	INSERT INTO crm_data.opportunity_entry (opportunity_entry_id, entry_no, opportunity_no, sales_cycle_code, sales_cycle_stage, contact_id, company_id,
		salesperson_code, territory_code, date_of_change, creation_date, estimated_value, completed_pct, chances_pct, probability_pct,
		calcd_current_value, weighted_value, estimated_close_date, valid_from, effective_date)
	SELECT id, id, opportunity_no, 'CYCLE4', 3, contact_id, company_id, 'S1', 'T' || 1 + company_id % 30,
		current_date, current_date, 1000, 45, 50, 45, 450, 450, current_date + 30, now(), current_date
	FROM (SELECT *, nextval('crm_data.opportunity_entry_opportunity_entry_id_seq') AS id FROM crm_data.opportunity WHERE opportunity_no LIKE 'W%' OFFSET 0) AS o;
END;

/* Entries that were written while crm's trigger was off, for its pipeline */
CREATE FUNCTION bench.catch_up(last_id bigint) RETURNS void LANGUAGE sql
BEGIN ATOMIC
	INSERT INTO crm_data.pipeline_change
	SELECT 1, effective_date, legal_entity, action_taken, sales_cycle_code, sales_cycle_stage, company_id, salesperson_code, campaign_no, territory_code,
		estimated_close_date, estimated_value, weighted_value, previous_sales_cycle_stage,
		previous_company_id, previous_salesperson_code, previous_campaign_no, previous_territory_code, previous_estimated_close_date, previous_estimated_value, previous_weighted_value
	FROM crm_data.opportunity_entry WHERE opportunity_entry_id > last_id;
END;
