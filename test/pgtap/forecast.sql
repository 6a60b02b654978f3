-- The forecast of open deals, with changes, by deal and by category, and against what came of it
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT plan(68);
SELECT crm.install_defaults();
\ir ../reference/deal.sql
SELECT deal.today('2026-01-10');

SELECT results_eq('SELECT * FROM crm.forecast(target := 1)', 'SELECT 0::bigint, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0::double precision, 1.0, 0.0', 'no deals');
SELECT is_empty('SELECT * FROM crm.forecast_deal()', '... and none by deal');

-- In cycle CHANCES, the probability is the chances
CREATE FUNCTION pg_temp.open(no text, value numeric, pct numeric, close_date date, salesperson text DEFAULT 'S1') RETURNS text LANGUAGE sql AS
	$$ SELECT crm.create_opportunity(no, 'ALFA', 'CHANCES', salesperson, opportunity_no := no, activate_first_stage := true, estimated_value := value, chances_pct := pct, estimated_close_date := close_date) $$;
SELECT pg_temp.open('A', 100, 50, '2026-02-10'), pg_temp.open('B', 200, 25, '2026-02-28', 'S2'), pg_temp.open('C', 400, 100, '2026-03-01', 'S2');
SELECT results_eq('SELECT deals, best_case, mean, p5, p10, p25, p50, p75, p90, p95, round(probability_of_target::numeric, 9), grid_unit, grid_error FROM crm.forecast(target := 600, grid := 100)',
	'SELECT 3::bigint, 700.0, 500.0, 400.0, 400.0, 400.0, 500.0, 500.0, 700.0, 700.0, 0.25, 100.0, 0.0', 'three deals: 400 or 500 with 3/8 each, 600 or 700 with 1/8 each');
SELECT is(standard_deviation, round(sqrt(100 ^ 2 * 0.25 + 200 ^ 2 * 0.1875)::numeric, 6), 'standard deviation') FROM crm.forecast();
SELECT is(mean, (SELECT sum(weighted_value) FROM deal.active), 'the mean is the weighted pipeline') FROM crm.forecast();
SELECT is(probability_of_target, NULL, 'no target, no probability') FROM crm.forecast();
SELECT results_eq('SELECT opportunity_no, sales_cycle_stage, estimated_close_date, estimated_value, probability_pct, weighted_value, round(risk_share::numeric, 6) FROM crm.forecast_deal() ORDER BY 1',
	$$VALUES ('A', 1, date '2026-02-10', 100.0, 50.0, 50.0, 0.25), ('B', 1, '2026-02-28', 200, 25, 50, 0.75), ('C', 1, '2026-03-01', 400, 100, 400, 0)$$, 'by deal');

-- Which deals
INSERT INTO crm.team (team_code) VALUES ('T'), ('NOBODY');
INSERT INTO crm.team_salesperson (team_code, salesperson_code) VALUES ('T', 'S2'), ('T', 'S3');
SELECT is(deals, n::bigint, title) FROM (VALUES ('2 of February', 2, (SELECT deals FROM crm.forecast('2026-02-01', '2026-02-28'))), ('from the last of February', 2, (SELECT deals FROM crm.forecast('2026-02-28'))),
	('until then', 2, (SELECT deals FROM crm.forecast(to_date := '2026-02-28'))), ('before', 1, (SELECT deals FROM crm.forecast(to_date := '2026-02-27'))), ('of a cycle', 3, (SELECT deals FROM crm.forecast(sales_cycle_code := 'chances'))),
	('of another', 0, (SELECT deals FROM crm.forecast(sales_cycle_code := 'FOUR'))), ('of a salesperson', 2, (SELECT deals FROM crm.forecast(salesperson_code := 's2'))), ('of a team', 2, (SELECT deals FROM crm.forecast(team_code := 'T'))),
	('of an empty team', 0, (SELECT deals FROM crm.forecast(team_code := 'NOBODY'))), ('of a campaign', 0, (SELECT deals FROM crm.forecast(campaign_no := 'X'))), ('of a legal entity', 3, (SELECT deals FROM crm.forecast(legal_entity := ''))),
	('of another one', 0, (SELECT deals FROM crm.forecast(legal_entity := 'RO')))) AS f (title, n, deals);
SELECT is((SELECT count(*) FROM crm.forecast_deal('2026-02-01', '2026-02-28', salesperson_code := 'S2')), 1::bigint, 'so by deal');
SELECT is(array_agg(revenue), ARRAY[p5, p50, p95], 'percentiles are those of crm.revenue_distribution()') FROM crm.forecast(grid := 0.5) AS f,
	LATERAL crm.revenue_distribution((SELECT array_agg(estimated_value) FROM crm.forecast_deal()), (SELECT array_agg(probability_pct / 100) FROM crm.forecast_deal()), 0.5, 0, '{5,50,95}') GROUP BY p5, p50, p95;
SELECT cmp_ok((SELECT standard_deviation FROM crm.forecast(correlation := 0.5)), '>', (SELECT standard_deviation FROM crm.forecast()), 'correlated deals spread more');

-- What if
CREATE FUNCTION pg_temp.what_if(overrides jsonb) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(concat_ws(' ', deals, trim_scale(best_case), trim_scale(mean), trim_scale(p50)), ', ' ORDER BY scenario) FROM crm.forecast_what_if(overrides, '2026-02-01', '2026-02-28', grid := 50) $$;
SELECT is(pg_temp.what_if(o::jsonb), result, o) FROM (VALUES
	('[]', '2 300 100 100, 0 0 0 0, 2 300 100 100'),
	('[{"opportunity_no": "a", "probability_pct": 100}]', '2 300 100 100, 0 0 50 0, 2 300 150 100'),
	('[{"opportunity_no": "A", "remove": true}]', '2 300 100 100, -1 -100 -50 -100, 1 200 50 0'),
	('[{"opportunity_no": "A", "remove": false, "estimated_value": 1000}]', '2 300 100 100, 0 900 450 100, 2 1200 550 200'),
	('[{"opportunity_no": "C", "estimated_close_date": "2026-02-28"}]', '2 300 100 100, 1 400 400 400, 3 700 500 500'),
	('[{"opportunity_no": "A", "estimated_close_date": "2026-03-31"}, {"opportunity_no": "B", "estimated_value": 400, "probability_pct": 50}]', '2 300 100 100, -1 100 100 -100, 1 400 200 0'),
	('[{"sales_cycle_code": "chances", "sales_cycle_stage": 1, "probability_pct": 0}, {"opportunity_no": "B", "probability_pct": 100}]', '2 300 100 100, 0 0 100 100, 2 300 200 200'),
	('[{"sales_cycle_code": "CHANCES", "sales_cycle_stage": 1, "probability_pct": 10}]', '2 300 100 100, 0 0 -70 -100, 2 300 30 0'),
	('[{"opportunity_no": "C", "probability_pct": 1, "estimated_value": null}]', '2 300 100 100, 0 0 0 0, 2 300 100 100')) AS w (o, result);
SELECT is((SELECT string_agg(scenario, ', ') FROM crm.forecast_what_if('[]')), 'as it is, difference, what if', 'three rows');
SELECT is(round(probability_of_target::numeric, 9), CASE scenario WHEN 'what if' THEN 0.5 ELSE 0.25 END, scenario || ': probability of the target')
	FROM crm.forecast_what_if('[{"opportunity_no": "B", "probability_pct": 50}]', target := 600, grid := 100);
SELECT is((SELECT count(*) FROM deal.active), 3::bigint, 'nothing is written');
SELECT is(count(*), 3::bigint, '... nor appended') FROM crm_data.opportunity_entry;
SELECT throws_ok(format('SELECT * FROM crm.forecast_what_if(%L)', o), '22023', message) FROM (VALUES
	('{}', 'overrides is not an array'), ('[1]', 'element 1 of overrides is not an object'), ('[{"opportunity_no": "A", "remove": true}, {"opportunity": "B"}]', 'element 2 of overrides has the unknown member "opportunity"'),
	('[{"probability_pct": 1}]', 'element 1 of overrides has to have either opportunity_no or sales_cycle_code and sales_cycle_stage'), ('[{"sales_cycle_code": "FOUR", "probability_pct": 1}]', 'element 1 of overrides has to have both sales_cycle_code and sales_cycle_stage'),
	('[{"opportunity_no": "A"}]', 'element 1 of overrides changes nothing'), ('[{"opportunity_no": "A", "probability_pct": 101}]', 'element 1 of overrides has a probability_pct that is not a number from 0 to 100'),
	('[{"opportunity_no": "A", "probability_pct": "1"}]', 'element 1 of overrides has a probability_pct that is not a number from 0 to 100'), ('[{"opportunity_no": "A", "estimated_value": -1}]', 'element 1 of overrides has a estimated_value that is not a number from 0 to 1e+17'),
	('[{"opportunity_no": "A", "estimated_close_date": "2026-02-30"}]', 'element 1 of overrides has a estimated_close_date that is not in the calendar'), ('[{"opportunity_no": "A", "estimated_close_date": "soon"}]', 'element 1 of overrides has a estimated_close_date that is not a date such as "2026-01-31"'),
	('[{"opportunity_no": 7, "remove": true}]', 'element 1 of overrides has a opportunity_no that is not a text'), ('[{"opportunity_no": "A", "remove": 1}]', 'element 1 of overrides has a remove that is not true or false'),
	('[{"opportunity_no": "NONE", "remove": true}]', 'element 1 of overrides is of "NONE", which is no open opportunity'), ('[{"sales_cycle_code": "FOUR", "sales_cycle_stage": 9, "probability_pct": 1}]', 'element 1 of overrides is of stage 9 of "FOUR", which does not exist'),
	('[{"sales_cycle_code": "FOUR", "sales_cycle_stage": 1.5, "probability_pct": 1}]', 'element 1 of overrides has a sales_cycle_stage that is not a whole number'),
	('[{"sales_cycle_code": "FOUR", "sales_cycle_stage": 1, "remove": true}]', 'element 1 of overrides changes more of a stage than its probability_pct'),
	('[{"opportunity_no": "A", "remove": true}, {"opportunity_no": "a", "probability_pct": 1}]', 'element 2 of overrides changes the same as element 1')) AS w (o, message);
SELECT throws_ok('SELECT * FROM crm.forecast(probability := ''best'')', '22023', 'unknown probability "best"');
SELECT throws_ok('SELECT * FROM crm.forecast_deal(probability := NULL)', '22023', 'probability is null');

-- Won and lost deals bring nothing any more, a lost one not 100 % (peers, section 2.4)
SELECT deal.today('2026-02-05');
INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('WON', 'won'), ('LOST', 'lost');
SELECT crm.opportunity_won('A', sales_value := 120), crm.opportunity_lost('B');
SELECT results_eq('SELECT deals, best_case, mean, p95 FROM crm.forecast()', 'VALUES (1::bigint, 400.0, 400.0, 400.0)', 'closed deals are out');

-- Categories: by probability, or by hand; overrides beside the figures
SELECT pg_temp.open('D', 1000, 79.99, '2026-03-15'), pg_temp.open('E', 10, 50, '2026-03-31', 'S2'), pg_temp.open('F', 20, 49, '2026-03-31', 'S2'), pg_temp.open('G', 30, 99, '2026-03-31', 'S2');
UPDATE crm_data.opportunity SET forecast_category = 'omitted' WHERE opportunity_no = 'G';
INSERT INTO crm.forecast_override (period_start, period_end, team_code, forecast_category, amount, reason) VALUES ('2026-03-01', '2026-03-31', 't', 'commit', 350, 'first'), ('2026-03-01', '2026-03-31', 'T', 'commit', 300, 'then'),
	('2026-01-01', '2026-12-31', 'T', 'pipeline', 5, 'year'), ('2026-04-01', '2026-04-30', 'T', 'commit', 1, 'nothing computed');
SELECT results_eq($$SELECT forecast_category, period_start, coalesce(salesperson_code, team_code), deals, trim_scale(estimated_value), trim_scale(weighted_value), trim_scale(override_amount), override_reason
	FROM crm.forecast_by_category ORDER BY period_start, 1, 3$$, $$VALUES ('pipeline', date '2026-01-01', 'T', 1::bigint, 20.0, 9.8, 5.0, 'year'), ('best case', '2026-03-01', 'S1', 1, 1000, 799.9, NULL, NULL), ('best case', '2026-03-01', 'S2', 1, 10, 5, NULL, NULL),
	('best case', '2026-03-01', 'T', 1, 10, 5, NULL, NULL), ('commit', '2026-03-01', 'S2', 1, 400, 400, NULL, NULL), ('commit', '2026-03-01', 'T', 1, 400, 400, 300, 'then'), ('omitted', '2026-03-01', 'S2', 1, 30, 29.7, NULL, NULL),
	('omitted', '2026-03-01', 'T', 1, 30, 29.7, NULL, NULL), ('pipeline', '2026-03-01', 'S2', 1, 20, 9.8, NULL, NULL), ('pipeline', '2026-03-01', 'T', 1, 20, 9.8, NULL, NULL), ('commit', '2026-04-01', 'T', 0, 0, 0, 1, 'nothing computed')$$,
	'categories of months, and what managers say');
SELECT is(array_agg(user_name), ARRAY[session_user::text, session_user, session_user, session_user], 'it is known who said so') FROM crm.forecast_override;
SELECT throws_ok('UPDATE crm.forecast_override SET amount = 1', '0A000', 'an override of a forecast is never rewritten');
SELECT throws_ok($$INSERT INTO crm.forecast_override (period_start, period_end, salesperson_code, team_code, forecast_category, amount) VALUES ('2026-01-01', '2026-01-31', 'S1', 'T', 'commit', 1)$$, '23514', NULL, 'an override is of a salesperson or of a team');

-- Back-test. At the beginning of February A and B were expected in it: 120 came. At the beginning of March C is; D to G are not known yet
SELECT deal.today('2026-04-02');
SELECT crm.opportunity_won(no, sales_value := value) FROM (VALUES ('C', 390), ('D', 1000), ('E', 10)) AS w (no, value);
SELECT results_eq($$SELECT month, deals, best_case, mean, p10, p50, p90, won_value, open_deals, inside, won_in_month FROM crm.forecast_backtest('2026-01-15', '2026-03-01')$$,
	$$VALUES (date '2026-01-01', 0::bigint, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0::bigint, NULL::boolean, 0.0), ('2026-02-01', 2, 300, 100, 0, 100, 300, 120, 0, true, 120), ('2026-03-01', 5, 1460, 1244.4, 440, 1440, 1460, 1400, 2, true, 0)$$,
	'each month''s forecast as it was, and what came of it');
SELECT is(count(*), 12::bigint, 'twelve months by default') FROM crm.forecast_backtest();
SELECT is(max(month), date '2026-03-01', '... until the last one') FROM crm.forecast_backtest();
SELECT is(deals, 1::bigint, 'of a salesperson') FROM crm.forecast_backtest('2026-02-01', '2026-02-01', salesperson_code := 'S1');
SELECT results_eq($$SELECT months, judged, inside, mean, won_value FROM crm.forecast_coverage('2026-01-15', '2026-03-01')$$, 'VALUES (3::bigint, 2::bigint, 2::bigint, 100.0, 120.0)', 'coverage');
SELECT cmp_ok(expected_pct, '>=', 80.0, 'p10 to p90 hold at least 80 percent') FROM crm.forecast_coverage('2026-01-15', '2026-03-01');

SELECT * FROM finish();
ROLLBACK;
