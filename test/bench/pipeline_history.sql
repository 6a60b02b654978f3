/*
 * :opportunities opportunities of some four years, a tenth of them open, with two to eight entries each, five on average; in the order of
 * their dates, as if the actions had written them one by one. Some salespeople have more of them than others. One entry in twenty-five revises
 * the one before, for the salesperson had changed. Rows go straight into the tables; triggers, secondary indexes and the pipeline come afterwards.
 */
CREATE EXTENSION crm;
CREATE EXTENSION pg_prewarm;
SELECT crm.install_defaults() \g /dev/null
CREATE SCHEMA bench;
SELECT setseed(0.4) \g /dev/null
SELECT clock_timestamp() AS start \gset
SET timezone = 'UTC';
SET work_mem = '1GB';
SET maintenance_work_mem = '1GB';

CREATE TABLE bench.index AS
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
FROM pg_index WHERE indrelid IN ('crm_data.opportunity'::regclass, 'crm_data.opportunity_entry'::regclass) AND NOT indisprimary;
SELECT 'DROP INDEX ' || name FROM bench.index \gexec
ALTER TABLE crm_data.opportunity DISABLE TRIGGER ALL;
ALTER TABLE crm_data.opportunity_entry DISABLE TRIGGER ALL;
SET session_replication_role = replica;

INSERT INTO crm_data.salesperson (salesperson_code, salesperson_name) SELECT 'S' || i, 'Salesperson ' || i FROM generate_series(1, 200) AS i;
INSERT INTO crm_data.team (team_code, team_name) SELECT 'TEAM' || i, 'Team ' || i FROM generate_series(1, 20) AS i;
INSERT INTO crm_data.team_salesperson (team_code, salesperson_code) SELECT 'TEAM' || 1 + i % 20, 'S' || i FROM generate_series(1, 200) AS i;
INSERT INTO crm_data.territory (territory_code, territory_name) SELECT 'T' || i, 'Territory ' || i FROM generate_series(1, 30) AS i;
INSERT INTO crm_data.campaign (campaign_no, description, activated) SELECT 'C' || i, 'Campaign ' || i, true FROM generate_series(1, 100) AS i;
INSERT INTO crm_data.close_opportunity_code (close_opportunity_code, description, close_type) VALUES ('BEST', 'Best offer', 'won'), ('PRICE', 'Too expensive', 'lost');
INSERT INTO crm_data.sales_cycle (sales_cycle_code, description, probability_calculation)
SELECT 'CYCLE' || i, method, method FROM unnest('{multiply,add,chances of success,completed}'::text[]) WITH ORDINALITY AS m (method, i);
INSERT INTO crm_data.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, description, completed_pct, chances_pct)
SELECT 'CYCLE' || i, s, 'Stage ' || s, 15 * s, 10 * s + 5 * i FROM generate_series(1, 4) AS i, generate_series(1, 6) AS s;
INSERT INTO crm_data.contact (contact_id, contact_no, contact_type, name, search_name, company_id, company_name, territory_code, last_modified_at)
SELECT i, 'CT' || i, 'company', 'Company ' || i, 'COMPANY ' || i, i, 'Company ' || i, 'T' || 1 + i % 30, now() FROM generate_series(1, 50000) AS i;
INSERT INTO crm_data.contact_business_relation (contact_id, business_relation_code, link_type, card_no, last_modified_at)
SELECT i, 'CUST', 'customer', 'C' || i, now() FROM generate_series(1, 50000) AS i;

/* ended: the last entry. Closed deals end at an even pace, open ones had their last change in the last 80 days */
CREATE UNLOGGED TABLE bench.deal AS
SELECT i, 'OP' || to_char(i, 'FM00000000') AS opportunity_no, i > 0.9 * :opportunities AS open, 2 + (i * 5 + i / 7) % 7 AS entries, 15 + 50 * random() AS pace,
	CASE WHEN i > 0.9 * :opportunities THEN now() - random() * interval '80 days'
		ELSE now() - (1 - i / (0.9 * :opportunities)) * interval '4 years' - random() * interval '1 day' END AS ended,
	1 + floor(200 * random() ^ 1.3)::integer AS salesperson, CASE WHEN random() < 0.6 THEN 'C' || 1 + floor(random() * 100)::integer END AS campaign_no,
	1 + floor(random() * 50000)::bigint AS company_id, 1 + floor(random() * 4)::integer AS cycle,
	round((exp(8.5 + sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())))::numeric, 2) + 10 AS value,
	random() < 0.6 AS won, (random() * 180)::integer - CASE WHEN i > 0.9 * :opportunities THEN 30 ELSE 90 END AS days_left
FROM generate_series(1, :opportunities) AS i;

SELECT array_agg(completed_pct ORDER BY sales_cycle_code, sales_cycle_stage) AS completed, array_agg(chances_pct ORDER BY sales_cycle_code, sales_cycle_stage) AS chances,
	array_agg(CASE probability_calculation WHEN 'multiply' THEN chances_pct * completed_pct / 100 WHEN 'add' THEN (chances_pct + completed_pct) / 2
		WHEN 'completed' THEN completed_pct ELSE chances_pct END ORDER BY sales_cycle_code, sales_cycle_stage) AS probability
FROM crm_data.sales_cycle_stage JOIN crm_data.sales_cycle USING (sales_cycle_code) \gset

/* Level by level: the steps of a deal; where it stands after each; what was before and after; the entry */
INSERT INTO crm_data.opportunity_entry (opportunity_entry_id, entry_no, revised, opportunity_no, sales_cycle_code, sales_cycle_stage, previous_sales_cycle_stage,
	contact_id, company_id, salesperson_code, campaign_no, territory_code, date_of_change, creation_date, active, date_closed, days_open, action_taken,
	estimated_value, completed_pct, chances_pct, probability_pct, calcd_current_value, weighted_value, close_opportunity_code, estimated_close_date,
	previous_company_id, previous_salesperson_code, previous_campaign_no, previous_territory_code,
	previous_estimated_value, previous_weighted_value, previous_estimated_close_date, valid_from, valid_to, effective_date)
SELECT entry_id, CASE WHEN revision THEN entry_before ELSE entry_id END, coalesce(revision_after, false), opportunity_no, 'CYCLE' || cycle, stage,
	stage_before,
	company_id, company_id, 'S' || salesperson, campaign_no, territory, date_of_change, creation_date, valid_to = 'infinity', CASE WHEN closes THEN date_of_change END,
	CASE WHEN valid_to < 'infinity' AND NOT revision_after THEN date_after - date_of_change ELSE 0 END,
	CASE WHEN closes THEN CASE WHEN won THEN 'won' ELSE 'lost' END ELSE action END,
	value, CASE WHEN closes THEN 100 ELSE (:'completed'::numeric[])[figure] END, CASE WHEN NOT closes THEN (:'chances'::numeric[])[figure] WHEN won THEN 100 ELSE 0 END,
	probability, value * probability / 100, weighted, CASE WHEN closes THEN CASE WHEN won THEN 'BEST' ELSE 'PRICE' END END, close_date,
	CASE WHEN j > 1 THEN company_id END, 'S' || salesperson_before, CASE WHEN j > 1 THEN campaign_no END, CASE WHEN j > 1 THEN territory END,
	value_before, weighted_before, close_date_before, valid_from, valid_to, valid_from::date
FROM (
	SELECT *, lag(entry_id) OVER deal AS entry_before, lead(revision) OVER deal AS revision_after, lag(stage) OVER deal AS stage_before,
		CASE WHEN j = 1 OR revision AND j = 2 THEN NULL
			WHEN revision THEN (ARRAY['previous', 'updated', 'next'])[2 + lag(stage) OVER deal - lag(stage, 2) OVER deal]
			ELSE (ARRAY['previous', 'updated', 'next'])[2 + stage - lag(stage) OVER deal] END AS action,
		lag(salesperson) OVER deal AS salesperson_before, lag(value) OVER deal AS value_before, lag(weighted) OVER deal AS weighted_before,
		lag(close_date) OVER deal AS close_date_before, lead(date_of_change) OVER deal AS date_after,
		coalesce(lead(valid_from) OVER deal, 'infinity') AS valid_to, first_value(date_of_change) OVER deal AS creation_date
	FROM (
		SELECT *, value * CASE WHEN closes THEN 0 ELSE (:'probability'::numeric[])[figure] END / 100 AS weighted,
			CASE WHEN NOT closes THEN (:'probability'::numeric[])[figure] WHEN won THEN 100 ELSE 0 END AS probability,
			CASE WHEN closes THEN date_of_change ELSE greatest(date_of_change, plan) END AS close_date
		FROM (
			SELECT *, CASE WHEN closes THEN 0 ELSE least(6, progress) END AS stage, 6 * cycle - 6 + least(6, progress) AS figure, 'T' || 1 + company_id % 30 AS territory
			FROM (
				SELECT entry_id, i, j, opportunity_no, cycle, company_id, campaign_no, won, valid_from, revision, closes,
					greatest(1, 1 + sum(step) OVER deal) AS progress, round(base * (1 + 0.1 * greatest(-8, sum(value_step) OVER deal)), 2) AS value,
					1 + (first_salesperson + 7 * (count(*) FILTER (WHERE revision) OVER deal))::integer % 200 AS salesperson,
					ended::date + days_left + (sum(plan_step) OVER deal)::integer AS plan,
					CASE WHEN revision THEN lag(valid_from) OVER deal ELSE valid_from END::date AS date_of_change
				FROM (
					SELECT *, row_number() OVER (ORDER BY valid_from, i, j) AS entry_id,
						CASE WHEN j = 1 OR revision OR closes THEN 0 WHEN chance < 0.75 THEN 1 WHEN chance < 0.95 THEN 0 ELSE -1 END AS step,
						CASE WHEN j = 1 OR revision THEN 0 ELSE floor(chance * 1000)::integer % 3 - 1 END AS value_step,
						CASE WHEN j = 1 OR revision THEN 0 ELSE (ARRAY[0, 0, 0, 30, 45, -14, 0, 0, 0, 0])[1 + floor(chance * 10000)::integer % 10] END AS plan_step
					FROM (
						SELECT i, j, opportunity_no, cycle, company_id, campaign_no, won, ended, salesperson AS first_salesperson, value AS base, days_left,
							j = entries AND NOT open AS closes, j % 2 = 0 AND random() < 0.1 AND NOT (j = entries AND NOT open) AS revision, random() AS chance,
							CASE WHEN random() < 0.2 THEN date_trunc('day', at) ELSE at END AS valid_from
						FROM (
							SELECT *, CASE WHEN j = entries THEN ended ELSE ended - pace * (entries - j + 0.9 * (random() - 0.5)) * interval '1 day' END AS at
							FROM bench.deal, generate_series(1, entries) AS j OFFSET 0
						) AS instant OFFSET 0
					) AS step
				) AS numbered WINDOW deal AS (PARTITION BY i ORDER BY j)
			) AS position
		) AS stage
	) AS figure WINDOW deal AS (PARTITION BY i ORDER BY j ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
) AS entry
ORDER BY entry.entry_id;

INSERT INTO crm_data.opportunity (opportunity_no, description, salesperson_code, campaign_no, contact_id, company_id, sales_cycle_code, status, creation_date, date_closed, last_modified_at)
SELECT opportunity_no, 'Deal ' || d.i, salesperson_code, e.campaign_no, contact_id, e.company_id, sales_cycle_code,
	CASE WHEN action_taken IN ('won', 'lost') THEN action_taken ELSE 'in progress' END, creation_date, date_closed, now()
FROM crm_data.opportunity_entry AS e JOIN bench.deal AS d USING (opportunity_no) WHERE active ORDER BY d.i;
DROP TABLE bench.deal;
SELECT setval(pg_get_serial_sequence('crm_data.opportunity_entry', 'opportunity_entry_id'), max(opportunity_entry_id)) FROM crm_data.opportunity_entry \g /dev/null

RESET session_replication_role;
SELECT definition FROM bench.index \gexec
ALTER TABLE crm_data.opportunity ENABLE TRIGGER ALL;
ALTER TABLE crm_data.opportunity_entry ENABLE TRIGGER ALL;
CHECKPOINT;
VACUUM ANALYZE;
SELECT sum(pg_prewarm(oid)) FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = 'crm_data'::regnamespace AND pg_relation_size(oid) > 0 \g /dev/null
SELECT count(*) AS entries, count(DISTINCT opportunity_no) FILTER (WHERE active) AS opportunities, count(*) FILTER (WHERE active AND sales_cycle_stage > 0) AS open,
	pg_size_pretty(pg_table_size('crm_data.opportunity_entry')) AS "entries take", pg_size_pretty(pg_indexes_size('crm_data.opportunity_entry')) AS "their indexes",
	extract(epoch FROM clock_timestamp() - :'start')::integer AS "seconds to load"
FROM crm_data.opportunity_entry;
