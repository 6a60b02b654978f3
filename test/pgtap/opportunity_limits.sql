-- What opportunities, pipeline and forecast do not take: from far dates to nulls in a composite; and what a profile may not say
\set QUIET 1
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
\ir ../reference/deal.sql
SELECT plan(32);
DELETE FROM crm.close_opportunity_code;
INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('BEST', 'won'), ('PRICE', 'lost');
UPDATE crm.setup SET local_currency_code = 'RON';
SELECT deal.today('2025-03-01');
SELECT deal.start('A'), deal.start('B');

-- Dates and rates
SELECT throws_ok($$SELECT crm.opportunity_update('A', 10, 10, date_of_change => '4000-01-01', estimated_close_date => '4000-01-02')$$, '23514',
	'opportunity "A": date of change is not between 1900 and 2999', 'a change in another age is refused');
SELECT throws_ok($$SELECT crm.opportunity_update('A', 10, 10, date_of_change => 'infinity', estimated_close_date => 'infinity')$$, '23514', NULL, '... or never');
SELECT throws_ok($$SELECT crm.opportunity_update('A', 10, 10, estimated_close_date => '3000-01-01')$$, '23514', NULL, 'a closing date in another age is refused');
SELECT throws_ok($$SELECT crm.create_opportunity('x', 'ALFA', 'FOUR', currency_code => 'EUR', activate_first_stage => true, estimated_value => 10, chances_pct => 5, estimated_close_date => '2025-04-01', currency_rate => 1e-13)$$,
	'23514', NULL, 'a rate of nothing is refused');
SELECT throws_ok($$SELECT crm.create_opportunity('x', 'ALFA', 'FOUR', currency_code => 'EUR', activate_first_stage => true, estimated_value => 10, chances_pct => 5, estimated_close_date => '2025-04-01', currency_rate => 'Infinity')$$,
	'23514', NULL, '... and one that is no number');
SELECT lives_ok($$SELECT crm.create_opportunity('x', 'ALFA', 'FOUR', opportunity_no => 'E', currency_code => 'EUR', activate_first_stage => true, estimated_value => 10, chances_pct => 5, estimated_close_date => '2025-04-01', currency_rate => 4.97534567890123)$$, 'a long rate is taken');
SELECT is((SELECT estimated_value FROM deal.active WHERE opportunity_no = 'E'), (SELECT round(document_value * currency_rate, 6) FROM deal.active WHERE opportunity_no = 'E'), '... and the value is computed with the rate that is kept');

-- The sum of changes, called by hand
SELECT throws_ok($$SELECT crm_data.pipeline_sum(ROW(1, '2025-01-01', NULL, NULL, 'A', 1, NULL, NULL, NULL, NULL, NULL, 1, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::crm_data.pipeline_change, 'total')$$,
	'22004', 'a change of the pipeline is not complete', 'a change without what the table requires is refused');
SELECT throws_ok($$SELECT crm_data.pipeline_sum(ROW(1, '2025-01-01', '', NULL, 'A', 1, NULL, NULL, NULL, NULL, NULL, 1e60, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::crm_data.pipeline_change, 'total')$$,
	'22003', NULL, 'a value of sixty digits is refused');
SELECT throws_ok($$SELECT crm_data.pipeline_sum(ROW(1, '2025-01-01', '', NULL, 'A', 1, NULL, NULL, NULL, NULL, NULL, 'NaN', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::crm_data.pipeline_change, 'total')$$,
	'22003', NULL, '... and one that is no number');
SELECT is(crm_data.check_option('a', 'b', VARIADIC NULL::text[]), NULL, 'no options, no answer');
SELECT is(crm_data.check_option('a', NULL, 'b'), NULL, 'no name, no answer');
SELECT throws_ok($$SELECT crm_data.check_option('a', 'b', 'c', NULL)$$, '22023', NULL, 'an option that is null is none');
SELECT throws_ok($$SELECT crm_data.add_arrays('{1,2}', '{1}')$$, '2202E', NULL, 'arrays of different lengths are not added');

-- Instants without end, backwards and unknown
SELECT is((SELECT sum(opportunity_count) FROM crm.pipeline_asof('infinity') WHERE dimension = 'company'), (SELECT sum(opportunity_count) FROM crm.pipeline WHERE dimension = 'total'),
	'as of infinity is the present, by company too');
SELECT is_empty($$SELECT dimension, dimension_key, legal_entity, sales_cycle_stage FROM crm.pipeline_movement('-infinity', 'infinity') GROUP BY 1, 2, 3, 4
	HAVING sum(estimated_change) FILTER (WHERE movement <> 'closing') <> sum(estimated_change) FILTER (WHERE movement = 'closing')$$, '... and the movement of all time adds up in every dimension');
SELECT is_empty($$SELECT FROM crm.pipeline_movement('2025-04-01', '2025-03-01')$$, 'nothing moves backwards in time');
SELECT is_empty($$SELECT FROM crm.pipeline_movement(NULL, now())$$, '... or since nobody knows when');
SELECT cmp_ok((SELECT count(*) FROM crm.forecast_backtest('-infinity', '1901-12-01')), '<=', 24::bigint, 'a back-test does not begin before 1900');

-- What was closed with a code
SELECT crm.opportunity_won('A', 'BEST');
SELECT throws_ok($$UPDATE crm.close_opportunity_code SET close_type = 'lost' WHERE close_opportunity_code = 'BEST'$$, '55000',
	'type of close opportunity code "BEST" cannot be changed', 'a code of won deals stays one');
SELECT lives_ok($$UPDATE crm.close_opportunity_code SET close_type = 'won' WHERE close_opportunity_code = 'PRICE'$$, '... one that no deal has may change');

-- Cards as they were, and overrides of others
CREATE ROLE limits_user;
SELECT crm.grant_role('limits_user', 'user');
SET ROLE limits_user;
SELECT throws_ok($$INSERT INTO crm.opportunity (opportunity_no, description, contact_id, salesperson_code, sales_cycle_code, status, creation_date, date_closed, last_modified_at)
	VALUES ('WON', 'x', 1, 'S1', 'FOUR', 'won', '2020-01-01', '2020-01-02', now())$$, '42501', 'permission denied to insert an opportunity with last_modified_at', 'a user does not bring won deals');
SELECT lives_ok($$INSERT INTO crm.forecast_override (period_start, period_end, salesperson_code, forecast_category, amount, user_name, recorded_at)
	VALUES ('2025-01-01', '2025-03-31', 'S1', 'commit', 10, 'ceo', '2030-01-01')$$, 'a user says what he thinks');
RESET ROLE;
SELECT is((SELECT user_name FROM crm.forecast_override), session_user::text, '... in his own name');
SELECT cmp_ok((SELECT recorded_at FROM crm.forecast_override), '<=', clock_timestamp(), '... and not before it was said');

-- Which probability rolls up
INSERT INTO crm_data.stage_probability (calibration_no, calibrated_on, sales_cycle_code, sales_cycle_stage, probability_pct, lower_pct, upper_pct, sample_size, won_count, lost_count, open_count)
	VALUES (1, '2025-03-01', 'FOUR', 1, 33, 20, 40, 9, 3, 6, 0);
UPDATE crm.sales_cycle SET rolls_up = 'calibrated' WHERE sales_cycle_code = 'FOUR';
SELECT is((SELECT weighted_value FROM deal.active WHERE opportunity_no = 'B'), (SELECT estimated_value * 0.33 FROM deal.active WHERE opportunity_no = 'B'), 'choosing the calibrated probability weighs open deals by it');
SELECT is((SELECT sum(weighted_value) FROM crm.pipeline WHERE dimension = 'total'), (SELECT sum(estimated_value * 0.33)::numeric(30,6) FROM deal.active WHERE sales_cycle_stage > 0), '... and so the pipeline');
UPDATE crm.sales_cycle SET rolls_up = 'typed' WHERE sales_cycle_code = 'FOUR';
SELECT is((SELECT weighted_value FROM deal.active WHERE opportunity_no = 'B'), (SELECT calcd_current_value FROM deal.active WHERE opportunity_no = 'B'), '... and back');
SELECT throws_ok($$INSERT INTO crm.sales_target (period_start, period_end, salesperson_code, target_value) VALUES ('2025-01-01', '2025-12-31', 'S1', 'NaN')$$, '23514', NULL, 'a target is a number');

-- A card that its entries do not say
SELECT is_empty($$SELECT * FROM crm.verify_opportunity()$$, 'cards and entries agree');
INSERT INTO crm.opportunity (opportunity_no, description, salesperson_code, sales_cycle_code, status, creation_date, date_closed, last_modified_at)
	VALUES ('Z', 'x', 'S1', 'FOUR', 'won', '2020-01-01', '2020-01-02', now());
SELECT results_eq($$SELECT opportunity_no, difference FROM crm.verify_opportunity()$$, $$VALUES ('Z', 'the opportunity is won, as its active entry does not say')$$, 'a won one without entries is found');

-- The setup is gone
DELETE FROM crm.setup;
SELECT throws_ok($$SELECT crm.opportunity_next('B')$$, 'XX000', NULL, 'without a setup there is an error, and no crash');

SELECT * FROM finish();
ROLLBACK;
