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
SELECT no_plan();

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
