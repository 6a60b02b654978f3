-- Splits of deals among salespeople, targets, and how far they are reached
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT plan(44);
SELECT crm.install_defaults();
\ir ../reference/deal.sql
SELECT deal.today('2026-01-10');
SELECT setseed(0.2);

-- Parts of an amount add up to it
SELECT is(crm.split_amount(amount, parts), result, format('%s in parts of %s', amount, parts)) FROM (VALUES (100, '{50,50}'::numeric[], '{50,50}'::numeric[]), (100, '{33.3333,33.3333,33.3334}', '{33.33,33.33,33.34}'), (0.01, '{50,50}', '{0.01,0}'),
	(0.05, '{50,30,20}', '{0.03,0.01,0.01}'), (10.001, '{50,50}', '{5.001,5}'), (0, '{60,40}', '{0,0}'), (100, '{100}', '{100}'), (-0.01, '{50,50}', '{0,-0.01}'), (99999999999999999.999999, '{99.9999,0.0001}', '{99999899999999999.999999,100000000000}'), (1, '{}', '{}')) AS v (amount, parts, result);
SELECT is(crm.split_amount(NULL, '{100}'), NULL, 'nothing in parts');
CREATE TEMP TABLE random_split AS SELECT amount, ARRAY[a, b - a, 100 - b] AS parts, crm.split_amount(amount, ARRAY[a, b - a, 100 - b]) AS split FROM generate_series(1, 2000) AS i,
	LATERAL (SELECT round((random() * 10 ^ (i % 9))::numeric, i % 7) AS amount, least(x, y) AS a, greatest(x, y) AS b FROM (SELECT round((100 * random())::numeric, 4) + 0 * i AS x, round((100 * random())::numeric, 4) + 0 * i AS y) AS r) AS v;
SELECT is_empty('SELECT * FROM random_split WHERE amount <> (SELECT sum(s) FROM unnest(split) AS s)', 'thousands of random ones add up');
SELECT is_empty($$SELECT * FROM random_split, unnest(parts, split) AS p (part, share) WHERE abs(share - amount * part / 100) >= greatest(power(10::numeric, -greatest(2, scale(trim_scale(amount)))), 1e-6)$$, '... none farther off than a unit');

-- Deals
CREATE FUNCTION pg_temp.open(no text, value numeric, pct numeric, close_date date, salesperson text) RETURNS text LANGUAGE sql AS
	$$ SELECT crm.create_opportunity(no, 'ALFA', 'CHANCES', salesperson, opportunity_no := no, activate_first_stage := true, estimated_value := value, chances_pct := pct, estimated_close_date := close_date) $$;
SELECT pg_temp.open('WHOLE', 1000, 50, '2026-02-10', 'S1'), pg_temp.open('SHARED', 100.01, 50, '2026-03-31', 'S1'), pg_temp.open('LATER', 500, 50, '2026-04-01', 'S1'), pg_temp.open('OTHER', 300, 40, '2026-03-01', 'S3');
SET CONSTRAINTS ALL DEFERRED;
SELECT lives_ok($$INSERT INTO crm.opportunity_split (opportunity_no, salesperson_code, split_pct) VALUES ('shared', 's1', 50)$$, 'a part may come before the others');
SELECT throws_ok('SET CONSTRAINTS ALL IMMEDIATE', '23514', 'opportunity "SHARED" is split into parts that add up to 50 percent', '... but not stay alone');
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO crm.opportunity_split (opportunity_no, salesperson_code, split_pct) VALUES ('SHARED', 'S2', 50);
SELECT lives_ok('SET CONSTRAINTS ALL IMMEDIATE', '100 percent');
SELECT throws_ok($$UPDATE crm.opportunity_split SET split_pct = 50.0001 WHERE salesperson_code = 'S2'$$, '23514', 'opportunity "SHARED" is split into parts that add up to 100.0001 percent');
SELECT throws_ok($$INSERT INTO crm.opportunity_split VALUES ('SHARED', 'S3', 1)$$, '23514', 'opportunity "SHARED" is split into parts that add up to 101 percent');
SELECT throws_ok($$DELETE FROM crm.opportunity_split WHERE salesperson_code = 'S2'$$, '23514', 'opportunity "SHARED" is split into parts that add up to 50 percent');
SELECT throws_ok($$UPDATE crm.opportunity_split SET opportunity_no = 'WHOLE' WHERE salesperson_code = 'S2'$$, '23514', 'opportunity "SHARED" is split into parts that add up to 50 percent');
SELECT throws_ok($$INSERT INTO crm.opportunity_split VALUES ('WHOLE', 'S1', 0)$$, '23514', NULL, 'no part of 0');
SELECT throws_ok($$INSERT INTO crm.opportunity_split VALUES ('NONE', 'S1', 100)$$, '23503', NULL, 'an unknown opportunity');
SELECT results_eq('SELECT salesperson_code, credited_value FROM crm.opportunity_split', $$VALUES ('S1', 50.01), ('S2', 50.00)$$, 'parts of the value, to the cent');
SELECT lives_ok($$DELETE FROM crm.opportunity_split$$, 'no parts at all');
SELECT lives_ok($$INSERT INTO crm.opportunity_split VALUES ('WHOLE', 'S1', 100)$$, 'one part of 100');
SELECT lives_ok($$UPDATE crm.opportunity_split SET opportunity_no = 'OTHER', salesperson_code = 'S3'$$, 'moved as a whole');
SET CONSTRAINTS ALL DEFERRED;
DELETE FROM crm.opportunity_split;
INSERT INTO crm.opportunity_split VALUES ('SHARED', 'S1', 50), ('SHARED', 'S2', 50);
SET CONSTRAINTS ALL IMMEDIATE;

-- Targets
INSERT INTO crm.team (team_code) VALUES ('T');
INSERT INTO crm.team_salesperson (team_code, salesperson_code) VALUES ('T', 'S1'), ('T', 'S2');
INSERT INTO crm.sales_target (period_start, period_end, salesperson_code, team_code, target_value) VALUES ('2026-01-01', '2026-03-31', 's1', NULL, 1000), ('2026-01-01', '2026-03-31', 'S2', NULL, 40), ('2026-01-01', '2026-03-31', NULL, 't', 1100),
	('2026-04-01', '2026-04-30', 'S1', NULL, 600), ('2026-01-01', '2026-03-31', 'S3', NULL, 300);
CREATE FUNCTION pg_temp.attained(owner text, start date DEFAULT '2026-01-01') RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', trim_scale(won_value), trim_scale(round(attainment_pct, 2)), trim_scale(gap), open_deals, trim_scale(open_value), trim_scale(weighted_value), trim_scale(expected_gap), trim_scale(round(probability_of_target, 6)))
	FROM crm.target_attainment WHERE coalesce(salesperson_code, team_code) = owner AND period_start = start $$;
SELECT is(pg_temp.attained(owner, start), result, format('%s from %s', owner, start)) FROM (VALUES ('S1', date '2026-01-01', '0 0 1000 2 1050.01 525.005 474.995 0.5'), ('S2', '2026-01-01', '0 0 40 1 50 25 15 0.5'), ('T', '2026-01-01', '0 0 1100 2 1100.01 550.005 549.995 0.25'),
	('S1', '2026-04-01', '0 0 600 1 500 250 350 0'), ('S3', '2026-01-01', '0 0 300 1 300 120 180 0.4')) AS v (owner, start, result);
INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('WON', 'won'), ('LOST', 'lost');
SELECT deal.today('2026-03-20');
SELECT crm.opportunity_won('WHOLE', sales_value := 1200), crm.opportunity_won('SHARED', sales_value := 99.99), crm.opportunity_lost('OTHER');
SELECT is(pg_temp.attained(owner, start), result, format('%s from %s, after closing', owner, start)) FROM (VALUES ('S1', date '2026-01-01', '1250 125 -250 0 0 0 -250 1'), ('S2', '2026-01-01', '49.99 124.98 -9.99 0 0 0 -9.99 1'), ('T', '2026-01-01', '1299.99 118.18 -199.99 0 0 0 -199.99 1'),
	('S1', '2026-04-01', '0 0 600 1 500 250 350 0'), ('S3', '2026-01-01', '0 0 300 0 0 0 300 0')) AS v (owner, start, result);
SELECT results_eq('SELECT salesperson_code, credited_value FROM crm.opportunity_split', $$VALUES ('S1', 50.00), ('S2', 49.99)$$, 'parts of what was won');
SELECT throws_ok(format('INSERT INTO crm.sales_target (period_start, period_end, salesperson_code, team_code, target_value) VALUES %s', v), sqlstate, NULL, title) FROM (VALUES
	($$('2026-01-01', '2026-03-31', 'S1', 'T', 1)$$, '23514', 'a target of both'), ($$('2026-01-01', '2026-03-31', NULL, NULL, 1)$$, '23514', '... of neither'), ($$('2026-01-01', '2025-12-31', 'S1', NULL, 1)$$, '23514', 'a period that ends before it starts'),
	($$('2026-01-01', '2026-03-31', 'S1', NULL, 0)$$, '23514', 'a target of 0'), ($$('2026-01-01', '2026-03-31', 'S1', NULL, 5)$$, '23505', 'a target twice'), ($$('2026-01-01', '2026-03-31', 'NONE', NULL, 5)$$, '23503', 'an unknown salesperson')) AS e (v, sqlstate, title);
SELECT deal.today('2026-05-01');
DELETE FROM crm.opportunity WHERE opportunity_no = 'SHARED';
SELECT is(count(*), 0::bigint, 'parts go with their opportunity') FROM crm.opportunity_split;

SELECT * FROM finish();
ROLLBACK;
