-- The open pipeline, present and past, and how it moved, against small cases computed by hand; mistakes of others (peers.md 2.4)
\set QUIET 1
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
\ir ../reference/deal.sql
\ir ../reference/pipeline.sql
SELECT no_plan();
DELETE FROM crm.close_opportunity_code;
INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('BEST', 'won'), ('PRICE', 'lost');
INSERT INTO crm.campaign (campaign_no, activated) VALUES ('CP', true), ('CP2', true);
INSERT INTO crm.sales_cycle (sales_cycle_code, probability_calculation) VALUES ('P', 'chances of success');
INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, chances_pct, allow_skip) VALUES ('P', 1, 10, true), ('P', 2, 50, true), ('P', 3, 80, false);
INSERT INTO crm.team (team_code) VALUES ('T1'), ('T2');
INSERT INTO crm.team_salesperson (team_code, salesperson_code) VALUES ('T1', 'S1'), ('T1', 'S2'), ('T2', 'S2');
UPDATE crm.contact SET salesperson_code = NULL WHERE contact_no = 'GAMMA';

-- A company by its number, which is not known beforehand
CREATE FUNCTION deal.key(dimension text, dimension_key text, stage integer) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', CASE WHEN dimension = 'company' THEN (SELECT contact_no FROM crm_data.contact WHERE contact_id = nullif(dimension_key, '')::bigint) ELSE dimension_key END, nullif(stage, 0)) $$;
-- 'group count estimated weighted' of a dimension, now or at an instant
CREATE FUNCTION deal.pipeline(of_dimension text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(concat_ws(' ', nullif(deal.key(dimension, dimension_key, sales_cycle_stage), ''), opportunity_count, trim_scale(estimated_value), trim_scale(weighted_value)), ', ' ORDER BY dimension_key COLLATE "C", deal.key(dimension, dimension_key, sales_cycle_stage) COLLATE "C"), '')
	FROM crm.pipeline WHERE dimension = of_dimension $$;
CREATE FUNCTION deal.pipeline(of_dimension text, at timestamptz) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(concat_ws(' ', nullif(deal.key(dimension, dimension_key, sales_cycle_stage), ''), opportunity_count, trim_scale(estimated_value), trim_scale(weighted_value)), ', ' ORDER BY dimension_key COLLATE "C", deal.key(dimension, dimension_key, sales_cycle_stage) COLLATE "C"), '')
	FROM crm.pipeline_asof(at) WHERE dimension = of_dimension $$;
-- A row 'group movement times (moved value): count estimated weighted' for each movement
CREATE FUNCTION deal.moved(of_dimension text, from_at timestamptz, to_at timestamptz) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat(deal.key(dimension, dimension_key, sales_cycle_stage) || ' ', movement, ' ', movement_count, ' (', trim_scale(moved_value), '): ', count_change, ' ', trim_scale(estimated_change), ' ', trim_scale(weighted_change))
	FROM crm.pipeline_movement(from_at, to_at) WHERE dimension = of_dimension AND movement NOT IN ('opening', 'closing') $$;
CREATE FUNCTION deal.ends(of_dimension text, end_of text, from_at timestamptz, to_at timestamptz) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(concat_ws(' ', nullif(deal.key(dimension, dimension_key, sales_cycle_stage), ''), count_change, trim_scale(estimated_change), trim_scale(weighted_change)), ', ' ORDER BY dimension_key COLLATE "C", deal.key(dimension, dimension_key, sales_cycle_stage) COLLATE "C"), '')
	FROM crm.pipeline_movement(from_at, to_at) WHERE dimension = of_dimension AND movement = end_of AND (count_change, estimated_change, weighted_change) <> (0, 0, 0) $$;
CREATE FUNCTION deal.begin(no text, day date, value numeric, salesperson text, contact text, campaign text, close_date date) RETURNS void LANGUAGE sql AS $$
	SELECT deal.today(day);
	SELECT crm.create_opportunity(no, contact, 'P', salesperson, campaign, opportunity_no => no);
	SELECT crm.opportunity_first(no, value, estimated_close_date => close_date) $$;

SELECT is_empty('SELECT * FROM crm.pipeline', 'without opportunities there is no pipeline');
SELECT is_empty($$SELECT * FROM crm.pipeline_asof('2025-01-01')$$, '... nor was there one');
SELECT is_empty($$SELECT * FROM crm.pipeline_movement('2025-01-01', '2026-01-01')$$, '... nor did it move');

-- A quarter
SELECT deal.begin('D1', '2025-01-10', 1000, 'S1', 'ALFA', 'CP', '2025-04-15'), deal.begin('D2', '2025-01-10', 2000, 'S2', 'BETA', NULL, '2026-04-20'), deal.begin('D3', '2025-01-20', 500, 'S1', 'ANA', 'CP', '2025-05-31');
SELECT deal.today('2025-01-25'), crm.create_opportunity('Not started', 'ALFA', 'P', 'S1', opportunity_no => 'NOT');
SELECT deal.today('2025-02-01'), crm.opportunity_next('D1', 1500, estimated_close_date => '2025-04-15');
SELECT deal.today('2025-02-05'), crm.opportunity_update('D2', 1800, estimated_close_date => '2026-03-01');
SELECT deal.today('2025-02-10'), crm.opportunity_update('D3', 500, estimated_close_date => '2025-06-30');
SELECT deal.today('2025-02-15'), crm.change_opportunity('D1', 'S2');
SELECT deal.begin('D4', '2025-02-20', 100, 'S3', 'GAMMA', NULL, '2025-03-01');
SELECT deal.today('2025-02-25'), crm.opportunity_lost('D4');
SELECT deal.today('2025-03-01'), crm.opportunity_won('D1', sales_value => 1600);
SELECT deal.today('2025-03-05');
UPDATE crm.contact SET territory_code = 'NORTH' WHERE contact_no = 'BETA';
SELECT deal.today('2025-03-10'), crm.change_opportunity('D2', campaign_no => 'CP2');

CREATE FUNCTION deal.check(name text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEXT is(deal.pipeline('total'), '2 2300 230', name || ': total: D2 with 1800 at 10 % and D3 with 500 at 10 %; no won, lost, or not started one');
	RETURN NEXT is(deal.pipeline('sales cycle'), 'P 2 2300 230', name || ': by sales cycle');
	RETURN NEXT is(deal.pipeline('stage'), 'P 1 2 2300 230', name || ': by stage');
	RETURN NEXT is(deal.pipeline('salesperson'), 'S1 1 500 50, S2 1 1800 180', name || ': by salesperson');
	RETURN NEXT is(deal.pipeline('team'), 'T1 2 2300 230, T2 1 1800 180', name || ': by team, each deal in each team of its salesperson');
	RETURN NEXT is(deal.pipeline('campaign'), 'CP 1 500 50, CP2 1 1800 180', name || ': by campaign');
	RETURN NEXT is((SELECT array_agg(concat_ws(' ', deal.key(dimension, dimension_key, NULL), opportunity_count, trim_scale(estimated_value), trim_scale(weighted_value)) ORDER BY deal.key(dimension, dimension_key, NULL)) FROM crm.pipeline WHERE dimension = 'company'),
		'{ALFA 1 500 50,BETA 1 1800 180}', name || ': by company, of which a person''s deal is');
	RETURN NEXT is(deal.pipeline('territory'), 'NORTH 2 2300 230', name || ': by territory');
	RETURN NEXT is(deal.pipeline('month'), '2025-06 1 500 50, 2026-03 1 1800 180', name || ': by expected month');
	-- As of
	RETURN NEXT is(deal.pipeline('total', '2025-01-09 23:59:59.999999Z'), '', name || ': before the first there was none');
	RETURN NEXT is(deal.pipeline('total', '2025-01-10 00:00Z'), '2 3000 300', name || ': a change is in effect from the beginning of its day');
	RETURN NEXT is(deal.pipeline('total', '2025-01-31 12:00Z'), '3 3500 350', name || ': end of January');
	RETURN NEXT is(deal.pipeline('stage', '2025-02-01 00:00Z'), 'P 1 2 2500 250, P 2 1 1500 750', name || ': by stage, with D1 in stage 2');
	RETURN NEXT is(deal.pipeline('month', '2025-01-31 00:00Z'), '2025-04 1 1000 100, 2025-05 1 500 50, 2026-04 1 2000 200', name || ': April 2025 and April 2026 are two months (peers: merged)');
	RETURN NEXT is(deal.pipeline('salesperson', '2025-02-14 23:59Z'), 'S1 2 2000 800, S2 1 1800 180', name || ': before D1 was reassigned');
	RETURN NEXT is(deal.pipeline('salesperson', '2025-02-15 00:00Z'), 'S1 1 500 50, S2 2 3300 930', name || ': and after');
	RETURN NEXT is(deal.pipeline('team', '2025-02-15 00:00Z'), 'T1 3 3800 980, T2 2 3300 930', name || ': by team');
	RETURN NEXT is(deal.pipeline('salesperson', '2025-02-20 08:00Z'), 'S1 1 500 50, S2 2 3300 930, S3 1 100 10', name || ': with the one that was lost later');
	RETURN NEXT is(deal.pipeline('total', '2025-02-25 00:00Z'), '3 3800 980', name || ': lost, it counts nothing (peers: at 100 %)');
	RETURN NEXT is(deal.pipeline('total', '2025-03-01 00:00Z'), '2 2300 230', name || ': won, it counts nothing either (peers: open and won mixed)');
	RETURN NEXT is(deal.pipeline('territory', '2025-03-04 23:59Z'), 'NORTH 1 500 50, SOUTH 1 1800 180', name || ': by territory, as it was');
	RETURN NEXT is(deal.pipeline('campaign', '2025-03-09 23:59Z'), '1 1800 180, CP 1 500 50', name || ': by campaign; deals without one are in the blank group');
	RETURN NEXT is((SELECT array_agg(concat_ws(' ', deal.key(dimension, dimension_key, NULL), opportunity_count, trim_scale(estimated_value), trim_scale(weighted_value)) ORDER BY deal.key(dimension, dimension_key, NULL)) FROM crm.pipeline_asof('2025-02-20 08:00Z') WHERE dimension = 'company'),
		'{ALFA 2 2000 800,BETA 1 1800 180,GAMMA 1 100 10}', name || ': by company, as it was');
	RETURN NEXT is(deal.pipeline('total', now()), '2 2300 230', name || ': as of now');
	RETURN NEXT is(deal.pipeline('total', 'infinity'), '2 2300 230', name || ': as of infinity, the latest');
	RETURN NEXT is(deal.pipeline('total', '-infinity'), '', name || ': as of minus infinity, nothing');
	RETURN NEXT is_empty('SELECT * FROM crm.pipeline_asof(NULL)', name || ': as of null, no rows');
	-- Movement of the quarter
	RETURN NEXT is(deal.ends('total', 'opening', '2025-01-01Z', '2025-04-01Z'), '', name || ': opening with nothing');
	RETURN NEXT is(deal.ends('total', 'closing', '2025-01-01Z', '2025-04-01Z'), '2 2300 230', name || ': closing with 2300');
	RETURN NEXT set_eq($q$SELECT deal.moved('total', '2025-01-01Z', '2025-04-01Z')$q$, ARRAY[' new 4 (3600): 4 3600 360', ' up 1 (1500): 0 500 650', ' down 1 (1800): 0 -200 -20', ' won 1 (1500): -1 -1500 -750', ' lost 1 (100): -1 -100 -10',
		' postponed 1 (500): 0 0 0', ' pulled in 1 (1800): 0 0 0'], name || ': total: won at the value it had in the pipeline, dates change nothing, nothing is reassigned');
	RETURN NEXT set_eq($q$SELECT deal.moved('sales cycle', '2025-01-01Z', '2025-04-01Z')$q$, ARRAY['P new 4 (3600): 4 3600 360', 'P up 1 (1500): 0 500 650', 'P down 1 (1800): 0 -200 -20', 'P won 1 (1500): -1 -1500 -750', 'P lost 1 (100): -1 -100 -10',
		'P postponed 1 (500): 0 0 0', 'P pulled in 1 (1800): 0 0 0'], name || ': by sales cycle');
	RETURN NEXT set_eq($q$SELECT deal.moved('stage', '2025-01-01Z', '2025-04-01Z')$q$, ARRAY['P 1 new 4 (3600): 4 3600 360', 'P 1 up 1 (1500): 0 500 650', 'P 1 reassigned 1 (1500): -1 -1500 -750', 'P 2 reassigned 1 (1500): 1 1500 750', 'P 2 won 1 (1500): -1 -1500 -750',
		'P 1 down 1 (1800): 0 -200 -20', 'P 1 lost 1 (100): -1 -100 -10', 'P 1 postponed 1 (500): 0 0 0', 'P 1 pulled in 1 (1800): 0 0 0'], name || ': by stage, the value changing where the deal was, before it moves');
	RETURN NEXT set_eq($q$SELECT deal.moved('salesperson', '2025-01-01Z', '2025-04-01Z')$q$, ARRAY['S1 new 2 (1500): 2 1500 150', 'S2 new 1 (2000): 1 2000 200', 'S3 new 1 (100): 1 100 10', 'S1 up 1 (1500): 0 500 650', 'S2 down 1 (1800): 0 -200 -20', 'S1 reassigned 1 (1500): -1 -1500 -750',
		'S2 reassigned 1 (1500): 1 1500 750', 'S2 won 1 (1500): -1 -1500 -750', 'S3 lost 1 (100): -1 -100 -10', 'S1 postponed 1 (500): 0 0 0', 'S2 pulled in 1 (1800): 0 0 0'], name || ': by salesperson, who has the deal having all of it (peers: each assignee the full amount)');
	RETURN NEXT set_eq($q$SELECT deal.moved('campaign', '2025-01-01Z', '2025-04-01Z')$q$, ARRAY['CP new 2 (1500): 2 1500 150', ' new 2 (2100): 2 2100 210', 'CP up 1 (1500): 0 500 650', ' down 1 (1800): 0 -200 -20', 'CP won 1 (1500): -1 -1500 -750', ' lost 1 (100): -1 -100 -10',
		' reassigned 1 (1800): -1 -1800 -180', 'CP2 reassigned 1 (1800): 1 1800 180', 'CP postponed 1 (500): 0 0 0', ' pulled in 1 (1800): 0 0 0'], name || ': by campaign');
	RETURN NEXT set_eq($q$SELECT deal.moved('company', '2025-01-01Z', '2025-04-01Z')$q$, ARRAY['ALFA new 2 (1500): 2 1500 150', 'BETA new 1 (2000): 1 2000 200', 'GAMMA new 1 (100): 1 100 10', 'ALFA up 1 (1500): 0 500 650', 'BETA down 1 (1800): 0 -200 -20',
		'ALFA won 1 (1500): -1 -1500 -750', 'GAMMA lost 1 (100): -1 -100 -10', 'ALFA postponed 1 (500): 0 0 0', 'BETA pulled in 1 (1800): 0 0 0'], name || ': by company');
	RETURN NEXT set_eq($q$SELECT deal.moved('territory', '2025-01-01Z', '2025-04-01Z')$q$, ARRAY['NORTH new 2 (1500): 2 1500 150', 'SOUTH new 1 (2000): 1 2000 200', ' new 1 (100): 1 100 10', 'NORTH up 1 (1500): 0 500 650', 'SOUTH down 1 (1800): 0 -200 -20',
		'NORTH won 1 (1500): -1 -1500 -750', ' lost 1 (100): -1 -100 -10', 'SOUTH reassigned 1 (1800): -1 -1800 -180', 'NORTH reassigned 1 (1800): 1 1800 180', 'NORTH postponed 1 (500): 0 0 0', 'SOUTH pulled in 1 (1800): 0 0 0'], name || ': by territory');
	RETURN NEXT set_eq($q$SELECT deal.moved('month', '2025-01-01Z', '2025-04-01Z')$q$, ARRAY['2025-04 new 1 (1000): 1 1000 100', '2026-04 new 1 (2000): 1 2000 200', '2025-05 new 1 (500): 1 500 50', '2025-03 new 1 (100): 1 100 10', '2025-04 up 1 (1500): 0 500 650',
		'2026-04 down 1 (1800): 0 -200 -20', '2026-04 pulled in 1 (1800): -1 -1800 -180', '2026-03 pulled in 1 (1800): 1 1800 180', '2025-05 postponed 1 (500): -1 -500 -50', '2025-06 postponed 1 (500): 1 500 50',
		'2025-03 lost 1 (100): -1 -100 -10', '2025-04 won 1 (1500): -1 -1500 -750'], name || ': by month, postponed and pulled in from one to another');
	RETURN NEXT is((SELECT array_agg(concat_ws(' ', dimension_key, sum) ORDER BY dimension_key) FROM (SELECT dimension_key, trim_scale(sum(estimated_change)) AS sum FROM crm.pipeline_movement('2025-01-01Z', '2025-04-01Z') WHERE dimension = 'team' AND dimension_key <> '' AND movement <> 'closing' GROUP BY 1) s),
		'{T1 2300,T2 1800}', name || ': by team, what moved adds up to the pipeline');
	RETURN NEXT is((SELECT array_agg(concat_ws(' ', dimension_key, movement_count, trim_scale(moved_value), count_change) ORDER BY dimension_key) FROM crm.pipeline_movement('2025-01-01Z', '2025-04-01Z') WHERE dimension = 'team' AND movement = 'won'),
		'{T1 1 1500 -1,T2 1 1500 -1}', name || ': won by teams, once each');
	-- Parts of it: after the one instant until the other
	RETURN NEXT set_eq($q$SELECT deal.moved('total', '2025-01-10Z', '2025-02-01Z')$q$, ARRAY[' new 1 (500): 1 500 50', ' up 1 (1500): 0 500 650'], name || ': what happened at the first instant is not in it, at the second it is');
	RETURN NEXT is(deal.ends('total', 'opening', '2025-01-10Z', '2025-02-01Z'), '2 3000 300', name || ': opening with the first two');
	RETURN NEXT is(deal.ends('total', 'closing', '2025-01-10Z', '2025-02-01Z'), '3 4000 1000', name || ': closing with three');
	RETURN NEXT is(deal.ends('stage', 'opening', '2025-02-28Z', '2025-03-31Z'), 'P 1 2 2300 230, P 2 1 1500 750', name || ': opening by stage');
	RETURN NEXT set_eq($q$SELECT deal.moved('stage', '2025-02-28Z', '2025-03-31Z')$q$, ARRAY['P 2 won 1 (1500): -1 -1500 -750'], name || ': in March one was won');
	RETURN NEXT is_empty($q$SELECT deal.moved('total', '2025-03-11Z', '2025-12-31Z')$q$, name || ': since then nothing moved');
	RETURN NEXT is_empty($q$SELECT deal.moved('total', '2025-02-01Z', '2025-02-01Z')$q$, name || ': nor in no time');
	RETURN NEXT is_empty('SELECT * FROM crm.verify_pipeline()', name || ': it is verified');
END $$;
SELECT deal.check('as changed');
SELECT lives_ok('SELECT crm.compact_pipeline()', 'the pipeline is compacted');
SELECT deal.check('compacted');
SELECT lives_ok('SELECT crm.rebuild_pipeline()', 'the pipeline is made anew');
SELECT deal.check('made anew');
SELECT is_empty('SELECT * FROM reference.entry_problem', 'the entries are as they should be');

-- Averages and the oldest
SELECT results_eq($$SELECT average_estimated_value::double precision, average_weighted_value::double precision, oldest_creation_date FROM crm.pipeline WHERE dimension = 'total'$$, $$VALUES (1150::double precision, 115::double precision, date '2025-01-10')$$, 'averages, and the oldest deal');
SELECT results_eq($$SELECT oldest_creation_date FROM crm.pipeline WHERE dimension = 'salesperson' ORDER BY dimension_key$$, $$VALUES (date '2025-01-20'), ('2025-01-10')$$, 'the oldest deal of each salesperson');
SELECT results_eq($$SELECT DISTINCT oldest_creation_date FROM crm.pipeline WHERE dimension IN ('total', 'sales cycle', 'stage', 'team', 'territory')$$, $$VALUES (date '2025-01-10')$$, '... of each cycle, stage, team and territory');
SELECT results_eq($$SELECT oldest_creation_date FROM crm.pipeline WHERE dimension IN ('campaign', 'month') ORDER BY dimension, dimension_key$$, $$VALUES (date '2025-01-20'), ('2025-01-10'), ('2025-01-20'), ('2025-01-10')$$, '... of each campaign and month');
SELECT results_eq($$SELECT dimension, sales_cycle_code, sales_cycle_stage, salesperson_code, team_code, campaign_no, territory_code, expected_month FROM crm.pipeline WHERE dimension IN ('stage', 'month', 'total') OR dimension_key = 'S1' ORDER BY dimension, dimension_key$$,
	$$VALUES ('month', NULL::text, NULL::integer, NULL::text, NULL::text, NULL::text, NULL::text, date '2025-06-01'), ('month', NULL, NULL, NULL, NULL, NULL, NULL, '2026-03-01'), ('salesperson', NULL, NULL, 'S1', NULL, NULL, NULL, NULL),
	('stage', 'P', 1, NULL, NULL, NULL, NULL, NULL), ('total', NULL, NULL, NULL, NULL, NULL, NULL, NULL)$$, 'a group is named by the column of its dimension');

-- Peers: average probability times sum of values. 990 at 100 % and 10 at 50 % are 995, not 75 % of 1000; probabilities are not rounded to 0 or 100
SELECT deal.begin('AVG1', '2025-04-01', 990, 'S3', 'GAMMA', NULL, '2027-01-01'), deal.begin('AVG2', '2025-04-01', 10, 'S3', 'GAMMA', NULL, '2027-01-31');
SELECT crm.opportunity_update('AVG1', 990, 100, estimated_close_date => '2027-01-01'), crm.opportunity_update('AVG2', 10, 50, estimated_close_date => '2027-01-31');
SELECT is((SELECT trim_scale(weighted_value) FROM crm.pipeline WHERE dimension = 'month' AND expected_month = '2027-01-01'), 995.0, 'weighted is the sum of products, not average probability times sum (peers)');
SELECT crm.opportunity_update('AVG1', 1000000, 0.4, estimated_close_date => '2027-01-01'), crm.opportunity_update('AVG2', 1000000, 99.6, estimated_close_date => '2027-01-31');
SELECT results_eq($$SELECT trim_scale(weighted_value) FROM crm_data.opportunity_entry WHERE active AND opportunity_no LIKE 'AVG_' ORDER BY opportunity_no$$, $$VALUES (4000.0), (996000.0)$$, 'probabilities near 0 and 100 are not rounded to lost and won (peers)');
SELECT is((SELECT trim_scale(weighted_value) FROM crm.pipeline WHERE dimension = 'month' AND expected_month = '2027-01-01'), 1000000.0, '... nor in the sum');
SELECT crm.opportunity_update('AVG1', 0.000001, 33.3333, estimated_close_date => '2027-01-01'), crm.opportunity_update('AVG2', 0.000002, 0.0001, estimated_close_date => '2027-01-31');
SELECT is((SELECT trim_scale(weighted_change) FROM crm.pipeline_movement('2025-01-01', '2025-04-30') WHERE movement = 'closing' AND dimension = 'month' AND expected_month = '2027-01-01'), 0.000000333335, 'weighted sums of movements are not rounded: 0.000000333333 and 0.000000000002');
SELECT is((SELECT weighted_value FROM crm.pipeline WHERE dimension = 'month' AND expected_month = '2027-01-01'), round(0.000000333335, (SELECT (atttypmod - 4) & 65535 FROM pg_attribute WHERE attrelid = 'crm.pipeline'::regclass AND attname = 'weighted_value')), 'K15: ... except by the column of the view');
SELECT crm.opportunity_lost('AVG1'), crm.opportunity_lost('AVG2');
SELECT is_empty($$SELECT * FROM crm.pipeline WHERE dimension = 'month' AND expected_month = '2027-01-01'$$, 'a group without deals has no row');

-- Peers: rates. Two deals in euro at the rates of their days
SELECT deal.today('2025-04-02');
SELECT crm.create_opportunity('Euro', 'GAMMA', 'P', 'S3', currency_code => 'EUR', opportunity_no => no), crm.opportunity_first(no, 100, estimated_close_date => '2028-01-01', currency_rate => rate) FROM (VALUES ('EUR1', 4.9), ('EUR2', 5.1)) v (no, rate);
SELECT is((SELECT trim_scale(estimated_value) FROM crm.pipeline WHERE dimension = 'month' AND expected_month = '2028-01-01'), 1000.0, 'each deal is added at the rate of its event (peers: one rate for a currency)');
SELECT deal.today('2025-04-10'), crm.opportunity_update('EUR1', 100, estimated_close_date => '2028-01-01', currency_rate => 5);
SELECT is((SELECT trim_scale(estimated_value) FROM crm.pipeline_asof('2025-04-05Z') WHERE dimension = 'month' AND expected_month = '2028-01-01'), 1000.0, '... and stays what it was when a later one has another');
SELECT set_eq($$SELECT deal.moved('month', '2025-04-05Z', '2025-04-30Z')$$, ARRAY['2028-01 up 1 (500): 0 10 1'], '... the difference being a movement');
SELECT crm.opportunity_lost('EUR1'), crm.opportunity_lost('EUR2');

-- To and fro, and several movements of one day
SELECT deal.begin('FRO', '2025-05-01', 100, 'S1', 'ALFA', NULL, '2025-12-01');
SELECT deal.today('2025-05-02'), crm.change_opportunity('FRO', 'S3'), crm.change_opportunity('FRO', 'S1');
SELECT set_eq($$SELECT deal.moved('salesperson', '2025-05-01Z', '2025-05-03Z')$$, ARRAY['S1 reassigned 2 (200): 0 0 0', 'S3 reassigned 2 (200): 0 0 0'], 'a deal that goes to and fro shows both ways, and is not netted');
SELECT crm.opportunity_update('FRO', 150, estimated_close_date => '2025-12-31'), crm.opportunity_update('FRO', 100, estimated_close_date => '2025-12-01');
SELECT set_eq($$SELECT deal.moved('month', '2025-05-01Z', '2025-05-03Z')$$, ARRAY['2025-12 up 1 (150): 0 50 5', '2025-12 down 1 (100): 0 -50 -5', '2025-12 postponed 1 (150): 0 0 0', '2025-12 pulled in 1 (100): 0 0 0'], '... nor are values and dates within a month');
SELECT crm.opportunity_update('FRO', 100, 20, estimated_close_date => '2025-12-01');
SELECT set_eq($$SELECT deal.moved('total', '2025-05-01Z', '2025-05-03Z')$$, ARRAY[' up 2 (250): 0 50 15', ' down 1 (100): 0 -50 -5', ' postponed 1 (150): 0 0 0', ' pulled in 1 (100): 0 0 0'], 'where the value stays, up is a weighted value that rises');
SELECT crm.opportunity_update('FRO', 90, 50, estimated_close_date => '2025-12-01');
SELECT set_has($$SELECT deal.moved('total', '2025-05-01Z', '2025-05-03Z')$$, $$VALUES (' down 2 (190): 0 -60 20')$$, '... and a falling value is down, whatever the weighted one does');
SELECT crm.opportunity_next('FRO', 90, 50, estimated_close_date => '2026-01-01');
SELECT set_has($$SELECT deal.moved('stage', '2025-05-01Z', '2025-05-03Z')$$, $$VALUES ('P 1 reassigned 1 (90): -1 -90 -45'), ('P 2 reassigned 1 (90): 1 90 45')$$, 'a stage further');

-- Deleted, and what was before
SELECT crm.opportunity_lost('FRO');
SELECT is((SELECT count(*) FROM crm.pipeline_asof('2025-05-01Z') WHERE dimension = 'month' AND dimension_key = '2025-12'), 1::bigint, 'a lost deal was in the pipeline');
DELETE FROM crm.opportunity WHERE opportunity_no = 'FRO';
SELECT is_empty($$SELECT * FROM crm.pipeline_asof('2025-05-01Z') WHERE dimension = 'month' AND dimension_key = '2025-12'$$, '... and, deleted, never was');
SELECT is_empty($$SELECT * FROM deal.moved('total', '2025-04-30Z', '2025-05-31Z')$$, '... nor moved');
SELECT is_empty('SELECT * FROM crm.verify_pipeline()', '... which is verified');

-- Backdated: a change entered later for an earlier date counts on that date
SELECT deal.begin('BACK', '2025-06-01', 100, 'S1', 'ALFA', NULL, '2025-12-01');
SELECT crm.compact_pipeline();
SELECT deal.today('2025-06-30'), crm.opportunity_update('BACK', 300, date_of_change => '2025-06-10', estimated_close_date => '2025-12-01');
SELECT is((SELECT trim_scale(estimated_value) FROM crm.pipeline_asof(day) WHERE dimension = 'month' AND dimension_key = '2025-12'), value, 'backdated to 10 June, as of ' || day) FROM (VALUES (timestamptz '2025-06-09 23:59Z', 100.0), ('2025-06-10Z', 300.0), ('2025-06-20Z', 300.0)) v (day, value);

-- Legal entities are kept apart
INSERT INTO crm.contact (contact_no, contact_type, name, legal_entity, salesperson_code) VALUES ('RO', 'company', 'Ro', 'RO', 'S1');
SELECT crm.create_opportunity('Ro', 'RO', 'P', legal_entity => 'RO', opportunity_no => 'RO'), crm.opportunity_first('RO', 70, estimated_close_date => '2025-12-31');
SELECT results_eq($$SELECT legal_entity, opportunity_count, trim_scale(estimated_value) FROM crm.pipeline WHERE dimension = 'month' AND expected_month = '2025-12-01' ORDER BY 1$$, $$VALUES ('', 1::bigint, 300.0), ('RO', 1::bigint, 70.0)$$, 'groups are of one legal entity each');
SELECT set_eq($$SELECT legal_entity, movement_count FROM crm.pipeline_movement('2025-06-29Z', '2025-06-30Z') WHERE dimension = 'total' AND movement = 'new'$$, $$VALUES ('RO', 1::bigint)$$, '... so is what moves');

-- Days begin in the time zone of the business
UPDATE crm.setup SET time_zone = 'America/New_York';
SELECT deal.begin('ZONE', '2025-07-01', 100, 'S1', 'ALFA', NULL, '2029-01-01');
SELECT is((SELECT valid_from FROM deal.active WHERE opportunity_no = 'ZONE'), '2025-07-01 04:00Z'::timestamptz, 'a change takes effect when its day begins in the time zone of the business');
SELECT is_empty($$SELECT * FROM crm.pipeline_asof('2025-07-01 03:59Z') WHERE dimension = 'month' AND dimension_key = '2029-01'$$, '... not before');
SELECT is((SELECT opportunity_count FROM crm.pipeline_asof('2025-07-01 04:00Z') WHERE dimension = 'month' AND dimension_key = '2029-01'), 1::bigint, '... but then');

SELECT is_empty($$SELECT * FROM reference.pipeline_problem('2025-01-10 00:00Z', '2025-02-01 00:00Z', '2025-03-01 00:00Z')$$, 'the past stays what it was when the time zone of the business changes');

-- Found and mended
SELECT crm.compact_pipeline();
UPDATE crm_data.pipeline_balance SET estimated_value = estimated_value + 1 WHERE dimension = 'total' AND balance_date = 'infinity';
SELECT isnt_empty('SELECT * FROM crm.verify_pipeline()', 'a wrong balance is found');
SELECT crm.rebuild_pipeline();
SELECT is_empty('SELECT * FROM crm.verify_pipeline()', '... and mended by making the pipeline anew');
SELECT set_config('session_replication_role', 'replica', true);
UPDATE crm_data.opportunity_entry SET estimated_value = estimated_value + 1 WHERE active AND opportunity_no = 'ZONE';
SELECT set_config('session_replication_role', 'origin', true);
SELECT is((SELECT trim_scale(estimated_value) FROM crm.pipeline WHERE dimension = 'month' AND expected_month = '2029-01-01'), 101.0, 'an entry that replication writes counts');
ALTER TABLE crm_data.opportunity_entry DISABLE TRIGGER USER;
UPDATE crm_data.opportunity_entry SET estimated_value = estimated_value + 1 WHERE active AND opportunity_no = 'ZONE';
ALTER TABLE crm_data.opportunity_entry ENABLE TRIGGER USER;
ALTER TABLE crm_data.opportunity_entry ENABLE ALWAYS TRIGGER pipeline_change, ENABLE ALWAYS TRIGGER pipeline_change_update, ENABLE ALWAYS TRIGGER pipeline_truncation;
SELECT isnt_empty('SELECT * FROM crm.verify_pipeline()', 'one that was written while triggers were disabled is found');
SELECT crm.rebuild_pipeline();
SELECT is((SELECT trim_scale(estimated_value) FROM crm.pipeline WHERE dimension = 'month' AND expected_month = '2029-01-01'), 102.0, '... and counted, made anew');
SELECT is_empty('SELECT * FROM crm.verify_pipeline()', '... and verified');

-- Rolled back
SELECT crm.compact_pipeline();
CREATE TEMP TABLE before AS SELECT p::text FROM crm.pipeline p;
SAVEPOINT s;
SELECT deal.begin('GONE', '2025-08-01', 100, 'S1', 'ALFA', NULL, '2025-12-01'), crm.opportunity_won('BACK');
SELECT set_ne('SELECT p::text FROM crm.pipeline p', 'SELECT * FROM before', 'the pipeline has what its own transaction changed');
ROLLBACK TO s;
SELECT set_eq('SELECT p::text FROM crm.pipeline p', 'SELECT * FROM before', '... and no longer, rolled back');

-- Entries of before, loaded as they are
SELECT is((SELECT count(*) FROM crm.pipeline WHERE dimension = 'total' AND legal_entity = 'RO'), 1::bigint, 'a deal of RO is open');
TRUNCATE crm_data.opportunity_entry;
SELECT is_empty('SELECT * FROM crm.pipeline', 'truncated, there is no pipeline');
SELECT is_empty('SELECT * FROM crm.verify_pipeline()', '... which is verified');

-- By days: changes of the first and of the last day belong to the period
UPDATE crm.setup SET time_zone = 'Europe/Bucharest';
SELECT deal.begin('DAY1', '2030-01-01', 100, 'S1', 'ALFA', NULL, '2030-06-01'), deal.begin('DAY2', '2030-03-31', 50, 'S1', 'ALFA', NULL, '2030-06-01'), deal.begin('DAY3', '2030-04-01', 7, 'S1', 'ALFA', NULL, '2030-06-01');
SELECT results_eq($$SELECT movement_count, trim_scale(moved_value) FROM crm.pipeline_movement_between('2030-01-01', '2030-03-31') WHERE dimension = 'total' AND movement = 'new'$$,
	$$VALUES (2::bigint, 150.0)$$, 'a quarter has what its first and its last day brought, and no more');
SELECT is((SELECT sum(opportunity_count) FROM crm.pipeline_on('2030-03-31') WHERE dimension = 'total') - (SELECT coalesce(sum(opportunity_count), 0) FROM crm.pipeline_on('2029-12-31') WHERE dimension = 'total'), 2.0,
	'the pipeline on a day has what the day brought');
SELECT bag_eq($$SELECT dimension, dimension_key, sales_cycle_stage, opportunity_count, estimated_value FROM crm.pipeline_on('2030-03-31')$$,
	$$SELECT dimension, dimension_key, sales_cycle_stage, opportunity_count, estimated_value FROM crm.pipeline_asof('2030-03-31 23:59:59.999999 Europe/Bucharest')$$, '... it is that of the last moment of the day there');
SELECT is_empty($$SELECT FROM crm.pipeline_on(NULL)$$, 'no day, no pipeline');

SELECT * FROM finish();
ROLLBACK;
