-- 8,800 opportunities of a public data set (Maven Analytics, "CRM Sales Opportunities"), sold once more through the functions of crm,
-- against plain SQL over the files. The data may not be copied into the project; see cdnow.sql for where they are looked for.
--
-- What the files do not have is laid down here:
--  - Prospecting and Engaging are stages 1 and 2. Deals are created when they were engaged; the 500 that were not, on the last day of the data.
--  - Deals are estimated at the list price of their product, and expected to close 52 days, the mean of the deals won, after they were engaged.
--  - Percentages are typed as a rule of thumb: 20 % Prospecting, 50 % Engaging.
--  - 1,425 deals name no account. They are those of one more customer, 'Unknown'.
--  - Managers and regional offices are teams. The territory of an account is its country: it is sold to by agents of several offices.
--  - The product is the lead source, its series the campaign. GTXPro of the pipeline is GTX Pro of the products.
\set files `cd "${CRM_SHARED_DATA:-../shared/data}/maven_crm_sales_opportunities" 2>/dev/null && pwd`
\set present `test -r "${CRM_SHARED_DATA:-../shared/data}/maven_crm_sales_opportunities/sales_pipeline.csv" && echo true || echo false`
\if :present
\set pipeline_file :files /sales_pipeline.csv
\set account_file :files /accounts.csv
\set product_file :files /products.csv
\set team_file :files /sales_teams.csv
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT plan(37);

-- The files, and each deal with what is laid down above
CREATE TEMP TABLE pipeline_line (opportunity_id text, sales_agent text, product text, account text, deal_stage text, engage_date date, close_date date, close_value numeric);
CREATE TEMP TABLE account (account text, sector text, year_established integer, revenue numeric, employees integer, office_location text, subsidiary_of text);
CREATE TEMP TABLE product (product text, series text, sales_price numeric);
CREATE TEMP TABLE sales_team (sales_agent text, manager text, regional_office text);
COPY pipeline_line FROM :'pipeline_file' (FORMAT csv, HEADER);
COPY account FROM :'account_file' (FORMAT csv, HEADER);
COPY product FROM :'product_file' (FORMAT csv, HEADER);
COPY sales_team FROM :'team_file' (FORMAT csv, HEADER);
CREATE TEMP TABLE deal AS
SELECT l.opportunity_id, l.sales_agent, l.deal_stage, l.close_date, l.close_value, t.manager, t.regional_office, p.product, p.series, p.sales_price AS list_price,
	coalesce(l.account, 'Unknown') AS account, a.office_location AS country, coalesce(l.engage_date, '2017-12-31') AS created_on,
	coalesce(l.engage_date, '2017-12-31') + 52 AS expected_on, CASE l.deal_stage WHEN 'Prospecting' THEN 1 ELSE 2 END AS stage, CASE l.deal_stage WHEN 'Prospecting' THEN 20 ELSE 50 END AS pct
FROM pipeline_line AS l
JOIN sales_team AS t USING (sales_agent)
JOIN product AS p ON replace(p.product, ' ', '') = replace(l.product, ' ', '')
LEFT JOIN account AS a USING (account);
SELECT is(count(*), 8800::bigint, 'every deal has an agent and a product') FROM deal;

-- The ERP has customers, the CRM the rest
SELECT crm.install_defaults();
CREATE TABLE public.customer (account text PRIMARY KEY, country text);
SELECT crm.attach_partner('customer', 'public.customer', 'account', 'customer', 'SELECT account AS card_key, ''company'' AS contact_type, account AS name, country AS territory_code FROM public.customer');
INSERT INTO crm.territory (territory_code) SELECT DISTINCT upper(office_location) FROM account;
INSERT INTO public.customer SELECT account, upper(office_location) FROM account UNION ALL SELECT 'Unknown', NULL;
INSERT INTO crm.salesperson (salesperson_code, salesperson_name) SELECT upper(sales_agent), sales_agent FROM sales_team;
INSERT INTO crm.team (team_code) SELECT upper(manager) FROM sales_team UNION SELECT upper(regional_office) FROM sales_team;
INSERT INTO crm.team_salesperson (team_code, salesperson_code) SELECT upper(manager), upper(sales_agent) FROM sales_team UNION SELECT upper(regional_office), upper(sales_agent) FROM sales_team;
INSERT INTO crm.campaign (campaign_no, description, activated) SELECT DISTINCT series, series, true FROM product;
INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('WON', 'won'), ('LOST', 'lost');
INSERT INTO crm.sales_cycle (sales_cycle_code, probability_calculation) VALUES ('B2B', 'chances of success');
INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, description, chances_pct) VALUES ('B2B', 1, 'Prospecting', 20), ('B2B', 2, 'Engaging', 50);

-- All in one transaction, nothing has been analyzed, and plans for these very values look better than they are: planning would take most of the time
SET LOCAL plan_cache_mode = force_generic_plan;

-- Day by day what happened: at the beginning of a quarter stages are calibrated, then deals are created and engaged, then closed
DO $$
DECLARE
	event record;
	events integer = 0;
BEGIN
	FOR event IN
		SELECT 1 AS kind, day::date AS day, NULL AS contact_no, NULL::deal AS deal FROM unnest('{2017-04-01,2017-07-01,2017-10-01}'::date[]) AS day
		UNION ALL SELECT 2, deal.created_on, contact.contact_no, deal FROM deal JOIN crm.contact ON contact.name = deal.account
		UNION ALL SELECT 3, close_date, NULL, deal FROM deal WHERE close_date IS NOT NULL
		ORDER BY day, kind, deal
	LOOP
		events = events + 1;
		IF events IN (500, 4000) THEN
			ANALYZE;
		END IF;
		PERFORM set_config('crm.work_date', event.day::text, true);
		CASE
		WHEN event.kind = 1 THEN
			PERFORM crm.calibrate_stages(event.day - 1);
		WHEN event.kind = 2 THEN
			PERFORM crm.create_opportunity((event.deal).product, event.contact_no, 'B2B', upper((event.deal).sales_agent), (event.deal).series, lead_source => (event.deal).product,
				opportunity_no => (event.deal).opportunity_id, activate_first_stage => true, estimated_value => (event.deal).list_price, estimated_close_date => (event.deal).expected_on);
			IF (event.deal).stage = 2 THEN
				PERFORM crm.opportunity_next((event.deal).opportunity_id, estimated_close_date => (event.deal).expected_on);
			END IF;
		WHEN (event.deal).deal_stage = 'Won' THEN
			PERFORM crm.opportunity_won((event.deal).opportunity_id, sales_value => (event.deal).close_value);
		ELSE
			PERFORM crm.opportunity_lost((event.deal).opportunity_id);
		END CASE;
	END LOOP;
END $$;
SET LOCAL plan_cache_mode = auto;
SET LOCAL crm.work_date = '2017-12-31';
ANALYZE;

-- The facts
SELECT results_eq('SELECT status, count(*) FROM crm.opportunity GROUP BY 1 ORDER BY 1', $$VALUES ('in progress', 2089::bigint), ('lost', 2473), ('won', 4238)$$, 'won, lost and open deals');
SELECT results_eq($$SELECT sales_cycle_stage, opportunity_count FROM crm.pipeline WHERE dimension = 'stage' ORDER BY 1$$, 'VALUES (1, 500::bigint), (2, 1589)', 'open deals: prospecting and engaging');
SELECT results_eq($$SELECT won_count, won_value, lost_count, open_count, round(success_pct, 2) FROM crm.opportunity_statistics WHERE dimension = 'sales cycle'$$,
	'VALUES (4238::bigint, 10005534::numeric, 2473::bigint, 2089::bigint, 63.15)', 'won value and win rate');
SELECT results_eq($$SELECT outcome, sum(deal_count), round(sum(average_days_to_close * deal_count) / sum(deal_count), 2) FROM crm.win_loss_reason GROUP BY 1 ORDER BY 1$$,
	$$VALUES ('lost', 2473::numeric, 41.48), ('won', 4238, 51.78)$$, 'mean days from engaging to closing');
SELECT is(count(*), 30::bigint, 'agents who have deals') FROM crm.salesperson_statistics WHERE mixed_opportunity_count > 0;
SELECT is(count(*), 1425::bigint, 'deals without an account') FROM crm.opportunity_card WHERE contact_name = 'Unknown';
SELECT is(count(*), 1480::bigint, 'deals of GTX Pro') FROM crm.opportunity WHERE lead_source = 'GTX Pro';

-- Views against SQL over the files
SELECT results_eq($$SELECT salesperson_name, open_opportunity_count, open_estimated_value, open_weighted_value, won_opportunity_count, won_value, lost_opportunity_count, success_pct
		FROM crm.salesperson_statistics WHERE mixed_opportunity_count > 0 ORDER BY 1$$,
	$$SELECT sales_agent, count(*) FILTER (WHERE close_date IS NULL), coalesce(sum(list_price) FILTER (WHERE close_date IS NULL), 0), coalesce(sum(list_price * pct / 100.0) FILTER (WHERE close_date IS NULL), 0),
		count(*) FILTER (WHERE deal_stage = 'Won'), sum(close_value) FILTER (WHERE deal_stage = 'Won'), count(*) FILTER (WHERE deal_stage = 'Lost'),
		round(100.0 * count(*) FILTER (WHERE deal_stage = 'Won') / count(close_date), 4) FROM deal GROUP BY 1 ORDER BY 1$$, 'every agent: open, won and lost deals, values, win rate');
SELECT results_eq($$SELECT c.name, s.open_count, s.won_count, s.won_value, s.lost_count FROM crm.opportunity_statistics AS s JOIN crm.contact AS c USING (contact_id) WHERE s.dimension = 'contact' ORDER BY 1$$,
	$$SELECT account, count(*) FILTER (WHERE close_date IS NULL), count(*) FILTER (WHERE deal_stage = 'Won'), coalesce(sum(close_value) FILTER (WHERE deal_stage = 'Won'), 0), count(*) FILTER (WHERE deal_stage = 'Lost')
		FROM deal GROUP BY 1 ORDER BY 1$$, 'every account');
SELECT results_eq($$SELECT campaign_no, won_value FROM crm.opportunity_statistics WHERE dimension = 'campaign' ORDER BY 1$$,
	$$SELECT series, sum(close_value) FILTER (WHERE deal_stage = 'Won') FROM deal GROUP BY 1 ORDER BY 1$$, 'every series');
SELECT results_eq('SELECT sales_cycle_stage, deal_count, forward_count, won_count, lost_count, open_count, round(won_pct, 2), average_days, median_days FROM crm.sales_funnel ORDER BY 1',
	$$SELECT s.stage, count(*), count(*) FILTER (WHERE s.stage < d.stage), count(*) FILTER (WHERE s.stage = d.stage AND deal_stage = 'Won'), count(*) FILTER (WHERE s.stage = d.stage AND deal_stage = 'Lost'),
		count(*) FILTER (WHERE s.stage = d.stage AND close_date IS NULL), round(100.0 * count(*) FILTER (WHERE deal_stage = 'Won') / count(close_date), 2),
		CASE s.stage WHEN 2 THEN round(avg(close_date - created_on), 4) ELSE 0 END, CASE s.stage WHEN 2 THEN round(percentile_cont(0.5) WITHIN GROUP (ORDER BY close_date - created_on)::numeric, 4) ELSE 0 END
	FROM deal AS d JOIN (VALUES (1), (2)) AS s (stage) ON s.stage <= d.stage GROUP BY 1 ORDER BY 1$$, 'the funnel');

-- The pipeline of days past, by all dimensions
CREATE FUNCTION pg_temp.files(day date) RETURNS TABLE (dimension text, key text, stage integer, deals bigint, estimated numeric, weighted numeric) LANGUAGE sql AS $$
	SELECT g.dimension, coalesce(g.key, ''), g.stage, count(*), sum(list_price), sum(list_price * pct) / 100
	FROM deal AS d
	CROSS JOIN LATERAL (VALUES ('total', '', NULL::integer), ('sales cycle', 'B2B', NULL), ('stage', 'B2B', d.stage), ('salesperson', upper(sales_agent), NULL), ('team', upper(manager), NULL), ('team', upper(regional_office), NULL),
		('campaign', series, NULL), ('territory', upper(country), NULL), ('month', to_char(expected_on, 'YYYY-MM'), NULL),
		('company', (SELECT contact_id::text FROM crm.contact WHERE name = account), NULL)) AS g (dimension, key, stage)
	WHERE created_on <= day AND (close_date > day) IS NOT FALSE GROUP BY 1, 2, 3 $$;
SELECT set_eq(format('SELECT dimension, dimension_key, sales_cycle_stage, opportunity_count, estimated_value, weighted_value FROM crm.pipeline_asof(%L)', day || ' 12:00Z'),
	format('SELECT * FROM pg_temp.files(%L)', day), 'the pipeline of ' || day)
FROM unnest('{2016-11-15,2017-02-28,2017-06-30,2017-07-31,2017-10-15,2017-12-31}'::date[]) AS day;
SELECT is_empty($$SELECT * FROM crm.pipeline_asof('2016-10-19 23:59Z')$$, 'there was none before the first deal');
SELECT set_eq('SELECT dimension, dimension_key, sales_cycle_stage, opportunity_count, estimated_value, weighted_value FROM crm.pipeline', $$SELECT * FROM pg_temp.files('2017-12-31')$$, 'the pipeline now');

-- Movements of the quarters, from midnight to midnight
CREATE TEMP TABLE movement AS
SELECT q.quarter::date AS quarter, m.* FROM generate_series('2016-10-01', '2017-10-01', interval '3 months') AS q (quarter)
CROSS JOIN LATERAL crm.pipeline_movement(q.quarter AT TIME ZONE 'UTC' - interval '1 microsecond', (q.quarter + interval '3 months') AT TIME ZONE 'UTC' - interval '1 microsecond') AS m;
SELECT is_empty($$SELECT quarter, dimension, dimension_key, sales_cycle_stage FROM movement GROUP BY 1, 2, 3, 4
	HAVING sum(CASE movement WHEN 'closing' THEN - count_change ELSE count_change END) <> 0 OR sum(CASE movement WHEN 'closing' THEN - estimated_change ELSE estimated_change END) <> 0
		OR sum(CASE movement WHEN 'closing' THEN - weighted_change ELSE weighted_change END) <> 0$$, 'in every group of every quarter, opening and movements add up to closing');
SELECT is_empty($$SELECT c.quarter FROM movement AS c FULL JOIN movement AS o ON o.quarter = c.quarter + interval '3 months' AND (o.dimension, o.dimension_key) = (c.dimension, c.dimension_key)
	AND o.sales_cycle_stage IS NOT DISTINCT FROM c.sales_cycle_stage AND o.movement = 'opening'
	WHERE c.movement = 'closing' AND c.quarter < '2017-10-01' AND (o.count_change, o.estimated_change, o.weighted_change) IS DISTINCT FROM (c.count_change, c.estimated_change, c.weighted_change)$$,
	'what a quarter closes with, the next one opens with');
SELECT results_eq($$SELECT quarter, movement, count_change, estimated_change FROM movement WHERE dimension = 'total' AND movement IN ('new', 'won', 'lost') ORDER BY 1, 2$$,
	$$SELECT date_trunc('quarter', day::timestamp)::date, movement, sum(sign)::bigint, sum(sign * list_price)
	FROM (SELECT created_on AS day, 'new' AS movement, 1 AS sign, list_price FROM deal UNION ALL SELECT close_date, lower(deal_stage), -1, list_price FROM deal WHERE close_date IS NOT NULL) AS e
	GROUP BY 1, 2 ORDER BY 1, 2$$, 'what was new, won and lost in every quarter');

-- The forecast of the open deals
CREATE TEMP TABLE forecast AS SELECT * FROM crm.forecast(target => 2000000);
SELECT results_eq('SELECT deals, best_case, mean FROM forecast', 'SELECT count(*), sum(list_price), sum(list_price * pct) / 100 FROM deal WHERE close_date IS NULL', 'the mean is the weighted pipeline');
SELECT ok(p5 < p10 AND p10 < p25 AND p25 < p50 AND p50 < p75 AND p75 < p90 AND p90 < p95, 'percentiles grow') FROM forecast;
SELECT ok(abs(p50 - mean) < standard_deviation / 10 AND abs((p90 - p10) / (2 * 1.2816 * standard_deviation) - 1) < 0.02, 'of so many deals they are about those of the normal distribution') FROM forecast;
SELECT is(round(standard_deviation), (SELECT round(sqrt(sum(list_price ^ 2 * pct / 100 * (1 - pct / 100.0)))) FROM deal WHERE close_date IS NULL), 'the variance is the sum of those of the deals') FROM forecast;
SELECT results_eq($$SELECT s.salesperson_name, f.mean FROM crm.salesperson AS s CROSS JOIN LATERAL crm.forecast(salesperson_code => s.salesperson_code) AS f WHERE f.deals > 0 ORDER BY 1$$,
	$$SELECT sales_agent, sum(list_price * pct) / 100 FROM deal WHERE close_date IS NULL GROUP BY 1 ORDER BY 1$$, 'the forecast of every agent');
SELECT cmp_ok(abs(sum(risk_share) - 1), '<', 1e-9::double precision, 'shares of the risk add up to 1') FROM crm.forecast_deal();
-- Two agents whose engaged deals weigh about the same at the win rate of all
CREATE TEMP TABLE agent AS SELECT sales_agent, round(sum(list_price) * 0.6315) AS weighted, r.revenue AS p10
FROM (SELECT sales_agent, array_agg(list_price) AS list_price_s, sum(list_price) AS list_price, count(*)::integer AS deals FROM deal WHERE deal_stage = 'Engaging' GROUP BY 1) AS d
CROSS JOIN LATERAL crm.revenue_distribution(d.list_price_s, array_fill(0.6315, ARRAY[d.deals]), 1, 0, '{10}') AS r GROUP BY 1, 3;
SELECT results_eq($$SELECT * FROM agent WHERE sales_agent IN ('Darcel Schlecht', 'Markita Hansen') ORDER BY 1$$, $$VALUES ('Darcel Schlecht', 172883::numeric, 151034::numeric), ('Markita Hansen', 178560, 137569)$$,
	'83 deals of middle size that weigh 173k bring 151k with 90 %, 79 of all sizes that weigh more bring 138k');

-- Probabilities calibrated on the deals of the first part of the year, on those closed later
CREATE TEMP TABLE score AS SELECT split_date::date, s.* FROM unnest('{2017-06-01,2017-07-01,2017-10-01}'::date[]) AS split_date CROSS JOIN LATERAL crm.score_calibration(split_date) AS s;
SELECT is(count(*), 3::bigint, 'calibrated percentages predict what deals become better than typed ones, by Brier score and log loss')
FROM score AS c JOIN score AS t USING (split_date) WHERE c.source = 'calibrated' AND t.source = 'typed' AND c.brier_score <= t.brier_score AND c.log_loss <= t.log_loss;
SELECT diag(format('%s %-16s %s predictions, mean %s %%, won %s %%, Brier %s, log loss %s', split_date, source, prediction_count, round(mean_pct, 2), round(won_pct, 2), round(brier_score::numeric, 4), round(log_loss::numeric, 4)))
FROM score ORDER BY split_date, source;
SELECT diag(format('%-10s %3s to %3s %%: %s entries, mean %s %%, won %s %% [%s, %s]', source, from_pct, to_pct, prediction_count, round(mean_pct, 2), round(won_pct, 2), round(lower_pct, 2), round(upper_pct, 2)))
FROM crm.probability_reliability ORDER BY source, from_pct;
SELECT results_eq($$SELECT from_pct, prediction_count, round(won_pct, 2) FROM crm.probability_reliability WHERE source = 'typed' ORDER BY 1$$, 'VALUES (20, 6711::bigint, 63.15), (50, 6711, 63.15)', 'the reliability of typed percentages');
SELECT results_eq($$SELECT sales_cycle_stage, won_count, lost_count, open_count FROM crm.stage_probability_asof('2017-06-30') ORDER BY 1$$,
	$$SELECT s.stage, count(*) FILTER (WHERE close_date <= '2017-06-30' AND deal_stage = 'Won'), count(*) FILTER (WHERE close_date <= '2017-06-30' AND deal_stage = 'Lost'), count(*) FILTER (WHERE (close_date > '2017-06-30') IS NOT FALSE)
	FROM deal CROSS JOIN (VALUES (1), (2)) AS s (stage) WHERE created_on <= '2017-06-30' GROUP BY 1 ORDER BY 1$$, 'what calibration has learned from by the end of June');

-- What the forecast would have said at the beginning of each month
SELECT results_eq($$SELECT month, deals, best_case, mean, won_value, open_deals, won_in_month FROM crm.forecast_backtest('2017-01-01', '2017-12-01', 'typed') ORDER BY 1$$,
	$$SELECT month::date, count(*) FILTER (WHERE expected), coalesce(sum(list_price) FILTER (WHERE expected), 0), coalesce(sum(list_price * 0.5) FILTER (WHERE expected), 0),
		coalesce(sum(close_value) FILTER (WHERE expected), 0), count(*) FILTER (WHERE expected AND close_date IS NULL), coalesce(sum(close_value) FILTER (WHERE date_trunc('month', close_date::timestamp) = month), 0)
	FROM generate_series('2017-01-01'::timestamp, '2017-12-01', interval '1 month') AS month CROSS JOIN deal
	CROSS JOIN LATERAL (SELECT date_trunc('month', expected_on::timestamp) = month AND created_on <= month AND (close_date > month) IS NOT FALSE AS expected) AS x
	GROUP BY 1 ORDER BY 1$$, 'the back-test: deals, values, mean and outcome of every month');
SELECT results_eq($$SELECT months, judged, inside FROM crm.forecast_coverage('2017-01-01', '2017-12-01', 'typed')$$,
	$$SELECT count(*), count(*) FILTER (WHERE below OR above OR within), count(*) FILTER (WHERE within) FROM crm.forecast_backtest('2017-01-01', '2017-12-01', 'typed')
	CROSS JOIN LATERAL (SELECT won_value + open_value < p10 AS below, won_value > p90 AS above, won_value >= p10 AND won_value + open_value <= p90 AS within) AS x$$, 'its coverage: outcomes that no open deal can change any more');
SELECT diag(format('%s: %s deals, mean %s, P10 to P90 %s to %s, won %s, open %s: %s', month, deals, round(mean), round(p10), round(p90), round(won_value), open_deals, CASE inside WHEN true THEN 'inside' WHEN false THEN 'outside' ELSE 'undecided' END))
FROM crm.forecast_backtest('2017-01-01', '2017-12-01', 'calibrated');

SELECT is_empty('SELECT * FROM crm.verify_pipeline()', 'the pipeline is that of its entries');
SELECT is_empty('SELECT * FROM crm.verify_opportunity()', '... and these are in order');
SELECT * FROM finish();
ROLLBACK;
\else
\echo 1..0 # SKIP the Maven data are absent: set CRM_SHARED_DATA to the directory that holds maven_crm_sales_opportunities/
\endif
