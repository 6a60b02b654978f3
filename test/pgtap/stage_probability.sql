-- Calibrated probabilities of stages from deals that were won, lost or are open; how good they and the typed ones were
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT plan(48);
SELECT crm.install_defaults();
\ir ../reference/deal.sql
SELECT deal.today('2026-06-30');
UPDATE crm.sales_cycle SET rolls_up = 'calibrated' WHERE sales_cycle_code = 'FOUR';

-- A deal of salesperson and source with a value that came to stages on days and was closed on one, as rows that bring everything
CREATE FUNCTION pg_temp.deal(no text, cycle text, stages integer[], days date[], closed date, won boolean, value numeric, salesperson text, source text, pct numeric DEFAULT 50) RETURNS void LANGUAGE sql AS $$
	INSERT INTO crm_data.opportunity (opportunity_no, sales_cycle_code, status, salesperson_code, lead_source, contact_id, creation_date, date_closed, last_modified_at)
		VALUES (no, cycle, CASE WHEN won THEN 'won' WHEN NOT won THEN 'lost' ELSE 'in progress' END, salesperson, source, deal.contact_id('ALFA'), days[1], closed, now());
	INSERT INTO crm_data.opportunity_entry (entry_no, opportunity_no, sales_cycle_code, sales_cycle_stage, salesperson_code, contact_id, company_id, territory_code, action_taken, date_of_change, creation_date, active, estimated_value, probability_pct,
			calcd_current_value, weighted_value, estimated_close_date, date_closed, valid_from, valid_to, effective_date)
		SELECT 1000000 + row_number() OVER () + (SELECT count(*) FROM crm_data.opportunity_entry), no, cycle, s, salesperson, deal.contact_id('ALFA'), deal.contact_id('ALFA'), 'NORTH', CASE WHEN s = 0 THEN CASE WHEN won THEN 'won' ELSE 'lost' END WHEN i > 1 THEN 'next' END,
			d, days[1], next IS NULL, value, CASE WHEN s > 0 THEN pct ELSE 0 END, CASE WHEN s > 0 THEN value * pct / 100 WHEN won THEN value ELSE 0 END, CASE WHEN s > 0 THEN value * pct / 100 ELSE 0 END, coalesce(closed, '2026-12-31'), CASE WHEN s = 0 THEN closed END,
			d::timestamp AT TIME ZONE 'UTC', coalesce(next::timestamp AT TIME ZONE 'UTC', 'infinity'), d
		FROM (SELECT s, d, i, lead(d) OVER (ORDER BY i) AS next FROM unnest(stages || CASE WHEN closed IS NOT NULL THEN 0 END, days || closed) WITH ORDINALITY AS u (s, d, i) WHERE s IS NOT NULL) AS e $$;

-- 60 closed deals of cycle FOUR: all came to stage 1, two of three to stage 2 ten days later
SELECT count(pg_temp.deal('D' || i, 'FOUR', CASE WHEN i % 3 > 0 THEN '{1,2}'::integer[] ELSE '{1}' END, CASE WHEN i % 3 > 0 THEN ARRAY[date '2026-01-01' + i, date '2026-01-11' + i] ELSE ARRAY[date '2026-01-01' + i] END,
	date '2026-01-21' + i, i % 3 = 1 OR i % 12 = 2, CASE WHEN i % 2 = 0 THEN 1000 ELSE 50 * i END, 'S' || 1 + i % 2, (ARRAY['WEB', 'FAIR', NULL])[1 + i % 3], 50)) FROM generate_series(1, 60) AS i;
CREATE TEMP TABLE found AS SELECT * FROM crm.stage_probability_asof();
SELECT results_eq($$SELECT sales_cycle_stage, group_level, won_count, lost_count, open_count FROM found WHERE sales_cycle_code = 'FOUR'$$,
	$$VALUES (1, 0, 25::bigint, 35::bigint, 0::bigint), (2, 0, 25, 15, 0), (3, 0, 0, 0, 0), (4, 0, 0, 0, 0)$$, 'deals count in each stage that they were in');
SELECT ok(abs(f.probability_pct - 100 * c.probability) < 1e-6 AND abs(f.lower_pct - 100 * c.lower_bound) < 1e-6 AND abs(f.upper_pct - 100 * c.upper_bound) < 1e-6 AND abs(f.sample_size - c.sample_size) < 1e-5,
	format('stage %s: without open deals, as crm.calibrated_probability() of won and lost', group_no)) FROM crm.calibrated_probability('{25,25,0,0}', '{35,15,0,0}') AS c JOIN found AS f ON sales_cycle_code = 'FOUR' AND sales_cycle_stage = group_no;
SELECT ok(probability_pct > 25 / 0.6 AND probability_pct < 25 / 0.4, 'a stage without deals is as its cycle') FROM found WHERE sales_cycle_code = 'FOUR' AND sales_cycle_stage = 3;
SELECT is((SELECT probability_pct FROM found WHERE sales_cycle_code = 'ADD'), 50.0, 'a cycle without deals: nothing is known');
SELECT results_eq($$SELECT won_count + lost_count, open_count FROM crm.stage_probability_asof('2026-02-01') WHERE sales_cycle_code = 'FOUR' AND sales_cycle_stage = 1$$, 'VALUES (11::bigint, 20::bigint)', 'as of a day: what had been closed, and open, by then');
SELECT is(sum(won_count + lost_count + open_count), 0::numeric, 'before everything') FROM crm.stage_probability_asof('2025-12-31');

-- Open deals past the age at which others are won or lost say little; young ones nothing
SAVEPOINT open_deals;
SELECT count(pg_temp.deal('O' || i, 'FOUR', '{1}', ARRAY[date '2026-06-30'], NULL, NULL, 100, 'S1', 'WEB')) FROM generate_series(1, 100) AS i;
SELECT ok(abs(a.probability_pct - f.probability_pct) < 1e-6 AND a.open_count = 100, 'deals opened today change nothing') FROM crm.stage_probability_asof() AS a JOIN found AS f USING (sales_cycle_code, sales_cycle_stage) WHERE sales_cycle_code = 'FOUR' AND sales_cycle_stage = 1;
ROLLBACK TO open_deals;
-- Deals lost early, won late: those open in between have survived the losses, and will be won
SELECT count(pg_temp.deal('L' || i, 'COMPLETED', '{1}', ARRAY[date '2026-01-01'], date '2026-01-06', false, 10, 'S1', NULL)) FROM generate_series(1, 30) AS i;
SELECT count(pg_temp.deal('W' || i, 'COMPLETED', '{1}', ARRAY[date '2026-01-01'], date '2026-04-11', true, 10, 'S1', NULL)) FROM generate_series(1, 30) AS i;
SELECT count(pg_temp.deal('P' || i, 'COMPLETED', '{1}', ARRAY[date '2026-05-01'], NULL, NULL, 10, 'S1', NULL)) FROM generate_series(1, 30) AS i;
SELECT cmp_ok(probability_pct, '>', 55.0, 'censored deals count: more than the 50 percent of the closed ones') FROM crm.stage_probability_asof() WHERE sales_cycle_code = 'COMPLETED';
SELECT ok(bool_and(probability_pct > 0 AND probability_pct < 100 AND lower_pct <= probability_pct AND probability_pct <= upper_pct), 'never 0 or 100') FROM crm.stage_probability_asof(by := 'salesperson, lead source, size');

-- Groups
CREATE TEMP TABLE grouped AS SELECT * FROM crm.stage_probability_asof(by := 'salesperson, size') WHERE sales_cycle_code = 'FOUR';
SELECT results_eq($$SELECT salesperson_code, won_count, lost_count FROM grouped WHERE sales_cycle_stage = 1 AND group_level = 1$$, $$VALUES ('S1', 15::bigint, 15::bigint), ('S2', 10, 20)$$, 'salespeople of a stage');
SELECT ok(abs(g.probability_pct - 100 * c.probability) < 1e-6, salesperson_code || ' learns from the other') FROM crm.calibrated_probability('{15,10}', '{15,20}') AS c JOIN grouped AS g ON salesperson_code = 'S' || group_no WHERE sales_cycle_stage = 1 AND group_level = 1;
SELECT is(sum(won_count + lost_count), 60::numeric, 'sizes of salespeople: thirds of the values, without gaps') FROM grouped WHERE sales_cycle_stage = 1 AND group_level = 2;
SELECT is(array_agg(DISTINCT from_value), ARRAY[1000.0, NULL]::numeric[], '... here only one bound, as half of the deals have the same value') FROM grouped WHERE group_level = 2 AND to_value IS NULL OR from_value IS NULL AND group_level = 2;
SELECT is(count(*), 2::bigint, 'a source that is not known is no group') FROM crm.stage_probability_asof(by := 'lead source') WHERE sales_cycle_code = 'FOUR' AND sales_cycle_stage = 2 AND group_level = 1 AND lead_source IN ('WEB', 'FAIR') OR group_level = 1 AND lead_source IS NULL
	OR sales_cycle_code = 'FOUR' AND sales_cycle_stage = 1 AND group_level = 1 AND lead_source = 'WEB';
SELECT is((SELECT array_agg(g ORDER BY g::text) FROM (SELECT row(sales_cycle_stage, salesperson_code, probability_pct)::text FROM crm.stage_probability_asof(by := list) WHERE group_level = 1 AND sales_cycle_code = 'FOUR') AS s (g)),
	(SELECT array_agg(g ORDER BY g::text) FROM (SELECT row(sales_cycle_stage, salesperson_code, probability_pct)::text FROM grouped WHERE group_level = 1) AS s (g)), list) FROM unnest(ARRAY['salesperson', 'salesperson,salesperson', 'stage, salesperson', 'salesperson ,  size']) AS list;
SELECT throws_ok($$SELECT * FROM crm.stage_probability_asof(by := 'salesperson, colour')$$, '22023', 'unknown group "colour"');

-- Runs are appended; the newest counts, of the most specific group
SELECT is(crm_data.calibrated_pct('FOUR', 1, 'S1', NULL, 10), NULL, 'before a run, there is none');
SELECT is(crm.calibrate_stages('2026-02-01'), 0::bigint, 'a run');
SELECT is(crm_data.calibrated_pct('FOUR', 1, 'S1', NULL, 10), probability_pct, 'the percentage of the stage') FROM crm.stage_probability WHERE sales_cycle_code = 'FOUR' AND sales_cycle_stage = 1;
SELECT lives_ok($$SELECT crm.calibrate_stages(by := 'salesperson')$$, 'another');
SELECT is(crm_data.calibrated_pct('FOUR', 1, 'S2', NULL, 10), probability_pct, 'that of the salesperson') FROM grouped WHERE sales_cycle_stage = 1 AND group_level = 1 AND salesperson_code = 'S2';
SELECT is(crm_data.calibrated_pct('FOUR', 1, 'S3', NULL, 10), probability_pct, 'of another one, that of the stage') FROM grouped WHERE sales_cycle_stage = 1 AND group_level = 0;
SELECT results_eq('SELECT DISTINCT calibration_no - min(calibration_no) OVER (), calibrated_on FROM crm.stage_probability ORDER BY 2', $$VALUES (0::bigint, date '2026-02-01'), (1, '2026-06-30')$$, 'both runs are kept');
SELECT throws_ok('UPDATE crm.stage_probability SET probability_pct = 100, upper_pct = 100', '23514');

-- Deals are weighed by them where the cycle says so
SELECT crm.create_opportunity('new', 'ALFA', 'FOUR', 'S2', opportunity_no := 'NEW', activate_first_stage := true, estimated_value := 1000, chances_pct := 70, estimated_close_date := '2026-08-01'),
	crm.create_opportunity('typed', 'ALFA', 'CHANCES', 'S2', opportunity_no := 'TYPED', activate_first_stage := true, estimated_value := 1000, chances_pct := 70, estimated_close_date := '2026-08-01');
SELECT is(calibrated_pct, (SELECT probability_pct FROM grouped WHERE sales_cycle_stage = 1 AND group_level = 1 AND salesperson_code = 'S2'), 'a new entry has the calibrated percentage') FROM deal.active WHERE opportunity_no = 'NEW';
SELECT is(mean, (SELECT round(sum(weighted_value), 6) FROM deal.active WHERE opportunity_no = 'NEW'), 'the forecast is by it') FROM crm.forecast(sales_cycle_code := 'FOUR');
SELECT is(mean, 700.0, 'or by the typed one') FROM crm.forecast(sales_cycle_code := 'FOUR', probability := 'typed');
SELECT is(mean, 700.0, 'a cycle that rolls up the typed one') FROM crm.forecast(sales_cycle_code := 'CHANCES');
SELECT is(mean, 10 * (SELECT probability_pct FROM found WHERE sales_cycle_code = 'CHANCES'), '... can be forecast by the calibrated one') FROM crm.forecast(sales_cycle_code := 'CHANCES', probability := 'calibrated');
SELECT count(pg_temp.deal('M' || i, 'FOUR', '{1}', ARRAY[date '2026-03-01'], date '2026-03-21', true, 10, 'S2', NULL)) FROM generate_series(1, 40) AS i;
SELECT is(crm.calibrate_stages(), 1::bigint, 'a run weighs open deals anew');
SELECT is(calibrated_pct, crm_data.calibrated_pct('FOUR', 1, 'S2', NULL, 1000), '... with what it found') FROM deal.active WHERE opportunity_no = 'NEW';
SELECT is(weighted_value, 10 * calibrated_pct, '... which is the weight in the pipeline') FROM deal.active WHERE opportunity_no = 'NEW';
SELECT is(count(*), 2::bigint, '... by an entry that revises the other') FROM crm_data.opportunity_entry WHERE opportunity_no = 'NEW';
SELECT is(count(*), 1::bigint, 'the typed one stays as it is') FROM crm_data.opportunity_entry WHERE opportunity_no = 'TYPED';
SELECT is(crm.calibrate_stages(), 0::bigint, 'nothing new, nothing weighed');

-- How good: 100 entries of closed FOUR deals, half predicted by hand at 50 %
SELECT is(ARRAY[prediction_count, deal_count, impossible_count], ARRAY[140, 100, 0]::bigint[], 'predictions of closed deals') FROM crm.probability_score WHERE source = 'typed' AND sales_cycle_code = 'FOUR';
SELECT is(ARRAY[brier_score, round(log_loss, 6)], ARRAY[0.25, round(ln(2.0), 6)], 'an even chance scores 0.25 and log 2') FROM crm.probability_score WHERE source = 'typed' AND sales_cycle_code = 'FOUR';
SELECT ok(from_pct = 50 AND to_pct = 60 AND mean_pct = 50 AND round(won_pct, 6) = round(9000 / 140.0, 6) AND lower_pct < won_pct AND upper_pct > won_pct AND upper_pct - lower_pct BETWEEN 14 AND 18, 'reliability')
	FROM crm.probability_reliability WHERE source = 'typed' AND sales_cycle_code = 'FOUR';
INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('GONE', 'lost');
SELECT crm.opportunity_lost('NEW', 'GONE');
SELECT is(mean_pct, (SELECT calibrated_pct FROM crm_data.opportunity_entry WHERE opportunity_no = 'NEW' AND sales_cycle_stage > 0 AND NOT revised), 'calibrated ones as they were stored') FROM crm.probability_score WHERE source = 'calibrated' AND sales_cycle_code = 'FOUR';
-- On a time split
SELECT results_eq($$SELECT source, prediction_count, deal_count FROM crm.score_calibration('2026-03-01') WHERE source <> 'typed'$$, $$SELECT s, n, d FROM unnest(ARRAY['calibrated', 'share won before']) AS s,
	(SELECT count(*) AS n, count(DISTINCT opportunity_no) AS d FROM crm_data.stage_outcome('2026-06-30') WHERE closed_on >= '2026-03-01') AS t$$, 'what was closed since');
SELECT ok(abs(brier_score - (SELECT avg(power(a.probability_pct / 100 - o.won::integer, 2)) FROM crm_data.stage_outcome('2026-06-30') AS o JOIN crm.stage_probability_asof('2026-02-28') AS a USING (sales_cycle_code, sales_cycle_stage) WHERE closed_on >= '2026-03-01')::double precision) < 1e-9,
	'scored by what was known the day before') FROM crm.score_calibration('2026-03-01') WHERE source = 'calibrated';

SELECT * FROM finish();
ROLLBACK;
