-- Statistics of opportunities (domain/2 section 7, S1-S13, K19, K29; domain/1 section 12; C23), reckoned by hand
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT plan(81);
SET crm.work_date = '2026-04-01';
INSERT INTO crm.contact (contact_id, contact_no, contact_type, name, company_id) VALUES (1, 'K1', 'company', 'One', NULL), (2, 'K2', 'company', 'Two', NULL), (3, 'P1', 'person', 'Ann Orr', 1);
INSERT INTO crm.salesperson (salesperson_code) VALUES ('A'), ('B'), ('IDLE');
INSERT INTO crm.business_relation (business_relation_code) VALUES ('CUST');
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, link_type, card_no) VALUES (1, 'CUST', 'customer', '1'), (2, 'CUST', 'customer', '2');
INSERT INTO crm.campaign (campaign_no, description, activated) VALUES ('SPRING', 'Spring', true), ('NONE', 'Nothing', false);
INSERT INTO crm.activity (activity_code) VALUES ('CALL');
INSERT INTO crm.activity_step (activity_code, step_no, task_type, description, date_formula) VALUES ('CALL', 10, 'phone call', 'Ring up', '1D'), ('CALL', 20, NULL, 'Think', NULL);
INSERT INTO crm.sales_cycle (sales_cycle_code, probability_calculation) VALUES ('C', 'completed');
INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, description, completed_pct, chances_pct, activity_code, date_formula) VALUES
	('C', 10, 'First', 10, 50, 'CALL', '2M'), ('C', 20, 'Second', 25, 50, NULL, '1M'), ('C', 30, 'Third', 80, 50, 'CALL', '2W'), ('C', 40, 'Fourth', 95, 50, NULL, NULL);
INSERT INTO crm.close_opportunity_code (close_opportunity_code, description, close_type) VALUES ('BEST', 'Best', 'won'), ('PRICE', 'Too dear', 'lost'), ('UNUSED', '', 'lost');

-- Deals, each action on its day
CREATE FUNCTION deal(no text, salesperson text, contact text, campaign text, created date) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
	PERFORM set_config('crm.work_date', created::text, true);
	RETURN crm.create_opportunity('Deal ' || no, contact, 'C', salesperson, campaign, opportunity_no => no); END $$;
CREATE FUNCTION act(no text, action text, day date, value numeric DEFAULT NULL, closing date DEFAULT NULL, code text DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN
	PERFORM set_config('crm.work_date', day::text, true);
	RETURN CASE action
		WHEN 'first' THEN crm.opportunity_first(no, value, estimated_close_date => closing)
		WHEN 'next' THEN crm.opportunity_next(no, value, estimated_close_date => closing)
		WHEN 'previous' THEN crm.opportunity_previous(no, value, estimated_close_date => closing)
		WHEN 'update' THEN crm.opportunity_update(no, value, estimated_close_date => closing)
		WHEN 'won' THEN crm.opportunity_won(no, code, value)
		WHEN 'lost' THEN crm.opportunity_lost(no, code) END; END $$;
SELECT deal('OP1', 'A', 'P1', 'SPRING', '2026-03-01'), act('OP1', 'first', '2026-03-01', 1000, '2026-03-31'), act('OP1', 'next', '2026-03-04', 1000, '2026-03-31'),
	act('OP1', 'next', '2026-03-10', 1000, '2026-03-31'), act('OP1', 'won', '2026-03-15', 900, NULL, 'BEST');
SELECT deal('OP2', 'A', 'K1', NULL, '2026-03-01'), act('OP2', 'first', '2026-03-01', 500, '2026-03-31'), act('OP2', 'update', '2026-03-03', 500, '2026-03-31'),
	act('OP2', 'next', '2026-03-07', 500, '2026-03-31'), act('OP2', 'previous', '2026-03-08', 500, '2026-03-31'), act('OP2', 'next', '2026-03-18', 500, '2026-03-31'),
	act('OP2', 'lost', '2026-03-20', NULL, NULL, 'PRICE');
-- A's at first: the entry that this revises counts in no statistic
SELECT deal('OP3', 'A', 'K2', 'SPRING', '2026-03-02'), act('OP3', 'first', '2026-03-02', 2000, '2026-04-05'), act('OP3', 'next', '2026-03-12', 2000, '2026-04-05');
SELECT crm.change_opportunity('OP3', salesperson_code => 'B');
SELECT deal('OP4', 'B', 'K2', NULL, '2026-03-22'), act('OP4', 'first', '2026-03-22', 300, '2026-03-31');
SELECT deal('OP5', 'A', 'K1', NULL, '2026-03-30');
SELECT deal('OP6', 'B', 'K2', NULL, '2026-03-05'), act('OP6', 'lost', '2026-03-05', NULL, NULL, 'PRICE');
SELECT deal('OP7', 'A', 'K1', NULL, '2025-03-01'), act('OP7', 'first', '2025-03-01', 700, '2025-03-31'), act('OP7', 'won', '2025-03-11', 700, NULL, 'BEST');
SET crm.work_date = '2026-04-01';
SELECT is((SELECT count(*) FROM crm.opportunity_entry WHERE opportunity_no = 'OP3' AND revised), 1::bigint, 'an entry is revised');
SELECT is((SELECT array_agg(days_open ORDER BY entry_no) FROM crm_data.opportunity_entry WHERE opportunity_no = 'OP1'), '{3,6,5,0}', '21: days open of 1, 4, 10, closed 15 March');

-- Figures without the zeros that come with their types
CREATE FUNCTION mixed(wanted text, from_date date DEFAULT NULL, to_date date DEFAULT NULL) RETURNS TABLE (key text, figures text) LANGUAGE sql AS $$
	SELECT coalesce(contact_id::text, salesperson_code, campaign_no, close_opportunity_code, concat_ws(' ', sales_cycle_code, sales_cycle_stage)),
		concat_ws(' ', mixed_count, trim_scale(mixed_estimated_value), trim_scale(mixed_calcd_current_value), trim_scale(mixed_average_estimated_value), trim_scale(mixed_average_calcd_current_value))
	FROM crm.opportunity_statistics_between(from_date, to_date) WHERE dimension = wanted ORDER BY 1 $$;
CREATE FUNCTION apart(wanted text) RETURNS TABLE (key text, opened text, won text, lost bigint, success numeric) LANGUAGE sql AS $$
	SELECT coalesce(contact_id::text, salesperson_code, campaign_no, close_opportunity_code, concat_ws(' ', sales_cycle_code, sales_cycle_stage)),
		concat_ws(' ', open_count, trim_scale(open_estimated_value), trim_scale(open_calcd_current_value), trim_scale(open_weighted_value)),
		concat_ws(' ', won_count, trim_scale(won_value)), lost_count, success_pct
	FROM crm.opportunity_statistics WHERE dimension = wanted ORDER BY 1 $$;

-- What the original counts (section 7.1)
SELECT results_eq($$SELECT * FROM mixed('sales cycle')$$, $$VALUES ('C', '2 2300 530 1150 265')$$, 'cycles: the open ones');
SELECT results_eq($$SELECT * FROM mixed('stage')$$, $$VALUES ('C 10', '1 300 30 300 30'), ('C 20', '1 2000 500 2000 500'), ('C 30', '0 0 0 0 0')$$, 'S1: stages: those that stand there; 24: closed ones vanish');
SELECT results_eq($$SELECT * FROM mixed('salesperson')$$, $$VALUES ('A', '3 2200 1600 733.333333 533.333333'), ('B', '3 2300 530 766.666667 176.666667')$$,
	'salespeople: 24: open and closed, never those of revised entries');
SELECT results_eq($$SELECT * FROM mixed('contact')$$, $$VALUES ('1', '3 2200 1600 733.333333 533.333333'), ('2', '3 2300 530 766.666667 176.666667'), ('3', '1 1000 900 1000 900')$$,
	'contacts: a company has its persons'' too');
SELECT results_eq($$SELECT * FROM mixed('campaign')$$, $$VALUES ('SPRING', '2 3000 1400 1500 700')$$, 'campaigns: open and closed');
SELECT results_eq($$SELECT * FROM mixed('close code')$$, $$VALUES ('BEST', '2 1700 1600 850 800'), ('PRICE', '2 500 0 250 0')$$, 'close codes');
SELECT results_eq($$SELECT sales_cycle_stage, entry_count, trim_scale(average_days) FROM crm.opportunity_statistics WHERE dimension = 'stage' ORDER BY 1$$,
	'VALUES (10, 7::bigint, 6.5), (20, 4, 3), (30, 1, 5)', 'S5: all entries of a stage; S2: mean days of those that left, an update splits a stay');
SELECT is_empty($$SELECT FROM crm.opportunity_statistics WHERE dimension <> 'stage' AND average_days IS NOT NULL$$, '... of stages only');

-- What it mixes, apart
SELECT results_eq($$SELECT * FROM apart('sales cycle')$$, $$VALUES ('C', '2 2300 530 530', '2 1600', 2::bigint, 50.0000)$$, 'open, won and lost apart: cycles');
SELECT results_eq($$SELECT * FROM apart('stage')$$, $$VALUES ('C 10', '1 300 30 30', '1 700', 0::bigint, 100.0000), ('C 20', '1 2000 500 500', '0 0', 1, 0), ('C 30', '0 0 0 0', '1 900', 0, 100)$$,
	'... stages, where they were closed from');
SELECT results_eq($$SELECT * FROM apart('salesperson')$$, $$VALUES ('A', '0 0 0 0', '2 1600', 1::bigint, 66.6667), ('B', '2 2300 530 530', '0 0', 1, 0)$$, '... salespeople');
SELECT results_eq($$SELECT * FROM apart('contact')$$, $$VALUES ('1', '0 0 0 0', '2 1600', 1::bigint, 66.6667), ('2', '2 2300 530 530', '0 0', 1, 0), ('3', '0 0 0 0', '1 900', 0, 100)$$, 'S8: ... contacts');
SELECT results_eq($$SELECT * FROM apart('campaign')$$, $$VALUES ('SPRING', '1 2000 500 500', '1 900', 0::bigint, 100.0000)$$, '... campaigns');
SELECT results_eq($$SELECT * FROM apart('close code')$$, $$VALUES ('BEST', '0 0 0 0', '2 1600', 0::bigint, 100.0000), ('PRICE', '0 0 0 0', '0 0', 2, 0)$$, '... close codes');
SELECT is((SELECT trim_scale(open_weighted_value) FROM crm.opportunity_statistics WHERE salesperson_code = 'B'), 530::numeric,
	'sums of products (2000 * 25 % + 300 * 10 %), not products of sums and means (402.5)');
SELECT is_empty($$SELECT FROM crm.opportunity_statistics WHERE dimension <> 'close code' AND mixed_count <> open_count + won_count + lost_count
	AND dimension NOT IN ('sales cycle', 'stage')$$, 'open, won and lost make up the mixed count');

-- The period is of the estimated closing dates
SELECT results_eq($$SELECT * FROM mixed('salesperson', '2026-03-01', '2026-03-31')$$, $$VALUES ('A', '2 1500 900 750 450'), ('B', '2 300 30 150 15')$$, 'a period: deals of this March');
SELECT results_eq($$SELECT * FROM mixed('salesperson', '2026-03-15', '2026-03-20')$$, $$VALUES ('A', '2 1500 900 750 450')$$, '... both ends included');
SELECT results_eq($$SELECT * FROM mixed('sales cycle', '2026-04-01')$$, $$VALUES ('C', '1 2000 500 2000 500')$$, '... open at the end');
SELECT results_eq($$SELECT * FROM mixed('campaign', NULL, '2026-03-31')$$, $$VALUES ('SPRING', '1 1000 900 1000 900')$$, 'K29: ... of campaigns');
SELECT results_eq($$SELECT sales_cycle_stage, entry_count, trim_scale(average_days) FROM crm.opportunity_statistics_between('2026-03-01', '2026-03-31') WHERE dimension = 'stage' ORDER BY 1$$,
	'VALUES (10, 5::bigint, 4.75), (20, 3, 3), (30, 1, 5)', '... and of the entries that have left a stage');

-- Matrix (S3)
CREATE FUNCTION matrix(VARIADIC argument text[]) RETURNS TABLE (row_key text, period_start date, period_end date, figure numeric) LANGUAGE sql AS $$
	SELECT row_key, period_start, period_end, trim_scale(figure_value)
	FROM crm.opportunity_matrix(argument[1], argument[2], argument[3], argument[4], argument[5]::date, argument[6]::date, argument[7]::integer) ORDER BY 1, 2 $$;
SELECT results_eq($$SELECT * FROM matrix('salesperson', 'month', 'estimated value')$$,
	$$VALUES ('A', date '2025-03-01', date '2025-03-31', 700.0), ('A', '2026-03-01', '2026-03-31', 1500), ('B', '2026-03-01', '2026-03-31', 300), ('B', '2026-04-01', '2026-04-30', 2000)$$,
	'months of different years stay apart');
SELECT results_eq($$SELECT * FROM matrix('salesperson', 'month', 'calculated current value', 'lost')$$,
	$$VALUES ('A', date '2026-03-01', date '2026-03-31', 0.0), ('B', '2026-03-01', '2026-03-31', 0)$$, 'lost deals are worth nothing');
SELECT results_eq($$SELECT * FROM matrix('salesperson', 'year', 'calculated current value', 'won')$$,
	$$VALUES ('A', date '2025-01-01', date '2025-12-31', 700.0), ('A', '2026-01-01', '2026-12-31', 900)$$, 'won ones what they were won for');
SELECT results_eq($$SELECT * FROM matrix('salesperson', 'quarter', 'count', 'in progress')$$,
	$$VALUES ('B', date '2026-01-01', date '2026-03-31', 1.0), ('B', '2026-04-01', '2026-06-30', 1)$$, 'quarters; those in progress');
SELECT results_eq($$SELECT * FROM matrix('contact', 'week', 'count', NULL, '2026-03-10', '2026-03-31')$$,
	$$VALUES ('K1', date '2026-03-09', date '2026-03-15', 1.0), ('K1', '2026-03-16', '2026-03-22', 1), ('K2', '2026-03-30', '2026-04-05', 1), ('P1', '2026-03-09', '2026-03-15', 1)$$, 'weeks; contacts; a period');
SELECT results_eq($$SELECT * FROM matrix('campaign', 'day', 'average estimated value')$$,
	$$VALUES ('SPRING', date '2026-03-15', date '2026-03-15', 1000.0), ('SPRING', '2026-04-05', '2026-04-05', 2000)$$, 'days; campaigns');
SELECT results_eq($$SELECT * FROM matrix('salesperson', 'year', 'average calculated current value', NULL, NULL, NULL, NULL)$$,
	$$VALUES ('A', date '2025-01-01', date '2025-12-31', 700.0), ('A', '2026-01-01', '2026-12-31', 450), ('B', '2026-01-01', '2026-12-31', 176.666666666666666667)$$, 'not rounded');
SELECT results_eq($$SELECT figure FROM matrix('salesperson', 'year', 'average calculated current value', NULL, NULL, NULL, '1')$$, 'VALUES (700.0), (450), (177)', 'whole amounts');
SELECT results_eq($$SELECT figure FROM matrix('salesperson', 'year', 'estimated value', NULL, NULL, NULL, '1000')$$, 'VALUES (0.7), (1.5), (2.3)', 'thousands');
SELECT results_eq($$SELECT figure FROM matrix('salesperson', 'year', 'count', NULL, NULL, NULL, '1000000')$$, 'VALUES (1.0), (2), (3)', 'counts are not rounded');
SELECT throws_ok(format('SELECT * FROM crm.opportunity_matrix(%s)', a), '22023', NULL, 'unknown option: ' || a)
FROM (VALUES ('row_type => ''team'''), ('period_type => ''hour'''), ('figure => ''profit'''), ('status => ''open'''), ('rounding_factor => 10')) AS t (a);

-- Chart (S4), the greatest (S6), cues (S7)
SELECT results_eq($$SELECT * FROM crm.opportunity_chart('2026-03-01', '2026-03-31') ORDER BY 1, 2$$,
	$$VALUES ('A', 'lost', 1::bigint), ('A', 'not started', 1), ('A', 'won', 1), ('B', 'in progress', 2), ('B', 'lost', 1)$$, 'S4: closed in the period, open ones created until its end');
SELECT results_eq($$SELECT * FROM crm.opportunity_chart('2026-03-16', '2026-03-21') ORDER BY 1, 2$$, $$VALUES ('A', 'lost', 1::bigint), ('B', 'in progress', 1)$$, '... another period');
SELECT results_eq('SELECT opportunity_no, contact_no, sales_cycle_stage, trim_scale(estimated_value) FROM crm.top_opportunity()',
	$$VALUES ('OP3', 'K2', 20, 2000.0), ('OP4', 'K2', 10, 300)$$, 'S6: open ones, the greatest first');
SELECT results_eq('SELECT opportunity_no FROM crm.top_opportunity(1)', $$VALUES ('OP3')$$, '... as many as asked for');
SELECT is_empty($$SELECT FROM crm.top_opportunity(salesperson_code => 'a')$$, '... of one salesperson');
SELECT results_eq('SELECT * FROM crm.opportunity_cue ORDER BY 1', $$VALUES ('A', '', 1::bigint, 3::bigint, 0::bigint, 0::bigint), ('B', '', 2, 1, 1, 1)$$, 'S7: open, closed, due within a week, overdue');
SET crm.work_date = '2026-03-31';
SELECT results_eq($$SELECT due_within_week_count, overdue_count FROM crm.opportunity_cue WHERE salesperson_code = 'B'$$, 'VALUES (2::bigint, 0::bigint)', '... what closes today is due');
SET crm.work_date = '2026-04-01';

-- Funnel
SELECT results_eq('SELECT sales_cycle_stage, deal_count, entry_count, enter_count, forward_count, back_count, won_count, lost_count, open_count FROM crm.sales_funnel ORDER BY 1',
	'VALUES (10, 5::bigint, 7::bigint, 6::bigint, 3::bigint, 0::bigint, 1::bigint, 0::bigint, 1::bigint), (20, 3, 4, 4, 1, 1, 0, 1, 1), (30, 1, 1, 1, 0, 0, 1, 0, 0), (40, 0, 0, 0, 0, 0, 0, 0, 0)',
	'the funnel counts a deal once however often it comes, lost ones too');
SELECT results_eq('SELECT sales_cycle_stage, trim_scale(next_stage_pct), finally_won_count, finally_lost_count, trim_scale(won_pct) FROM crm.sales_funnel ORDER BY 1',
	'VALUES (10, 100.0, 2::bigint, 1::bigint, 66.6667), (20, 50, 1, 1, 50), (30, 100, 1, 0, 100), (40, 0, 0, 0, 0)', 'conversion: to what comes next; to won, of those decided');
SELECT results_eq('SELECT sales_cycle_stage, trim_scale(average_days), trim_scale(median_days), trim_scale(open_average_days), trim_scale(open_median_days) FROM crm.sales_funnel ORDER BY 1',
	'VALUES (10, 9.75, 10.0, 10.0, 10.0), (20, 4.5, 4.5, 20, 20), (30, 5, 5, 0, 0), (40, 0, 0, 0, 0)', 'K19: days of deals, all stays together; those that stand there apart');
SELECT results_eq($$SELECT sales_cycle_stage, status, outcome, entered_on, entry_count, enter_count, forward_count, back_count, days FROM crm.opportunity_stage WHERE opportunity_no = 'OP2' ORDER BY 1$$,
	$$VALUES (10, 'lost', NULL::text, date '2026-03-01', 3::bigint, 2::bigint, 2::bigint, 0::bigint, 16::bigint), (20, 'lost', 'lost', '2026-03-07', 2, 2, 0, 1, 3)$$, 'an update does not split a stay');

-- Reasons
SELECT results_eq('SELECT close_opportunity_code, outcome, sales_cycle_stage, salesperson_code, deal_count, trim_scale(deal_value), trim_scale(share_pct), trim_scale(average_days_to_close) FROM crm.win_loss_reason ORDER BY 1, 3, 4',
	$$VALUES ('BEST', 'won', 10, 'A', 1::bigint, 700.0, 50.0, 10.0), ('BEST', 'won', 30, 'A', 1, 900, 50, 14), ('PRICE', 'lost', 20, 'A', 1, 500, 100, 19), ('PRICE', 'lost', NULL, 'B', 1, 0, 100, 0)$$,
	'why, how much, from where, after how long');

-- Deals that have come to a halt
INSERT INTO crm_data.interaction (contact_id, company_id, opportunity_no, interaction_date, canceled, attempt_failed) VALUES
	(2, 2, 'OP4', '2026-03-25', false, false), (2, 2, 'OP4', '2026-03-28', true, false), (2, 2, 'OP4', '2026-03-29', false, true), (2, 2, 'OP3', '2026-03-30', false, false);
CREATE FUNCTION stalled(day date) RETURNS TABLE (no text, stage integer, days bigint, usual numeric, deals bigint, overdue integer, too_long boolean, passed boolean, last_interaction date)
	LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('crm.work_date', day::text, true); RETURN QUERY SELECT opportunity_no, sales_cycle_stage, days_in_stage, trim_scale(usual_days), usual_deal_count, days_overdue,
	stands_too_long, closing_date_passed, last_interaction_date FROM crm.stalled_opportunity ORDER BY 1; END $$;
SELECT results_eq($$SELECT * FROM stalled('2026-04-01')$$, $$VALUES ('OP4', 10, 10::bigint, 9.75, 4::bigint, 1, false, true, date '2026-03-25')$$, 'a closing date has passed');
SELECT act('OP4', 'update', '2026-04-01', 300, '2026-12-31');
SELECT is_empty($$SELECT * FROM stalled('2026-04-01')$$, '... or not');
SELECT is_empty($$SELECT * FROM stalled('2026-04-05')$$, 'four deals do not say what is usual');
SELECT deal('OP8', 'A', 'K1', NULL, '2025-06-01'), act('OP8', 'first', '2025-06-01', 1, '2025-06-30'), act('OP8', 'won', '2025-06-07', 1, NULL, 'BEST');
SELECT is_empty($$SELECT * FROM stalled('2026-04-04')$$, '13 days are not more than 1.5 times 9');
SELECT results_eq($$SELECT * FROM stalled('2026-04-05')$$, $$VALUES ('OP4', 10, 14::bigint, 9.0, 5::bigint, 0, true, false, date '2026-03-25')$$, '14 days are');
SET crm.work_date = '2026-04-01';

-- Statistics of contacts, salespeople, campaigns (S9, S10)
SELECT results_eq($$SELECT contact_no, mixed_opportunity_count, trim_scale(mixed_estimated_value), trim_scale(mixed_average_calcd_current_value), won_opportunity_count, lost_opportunity_count, trim_scale(success_pct)
	FROM crm.contact_statistics ORDER BY 1$$, $$VALUES ('K1', 4::bigint, 2201.0, 400.25, 3::bigint, 1::bigint, 75.0), ('K2', 3, 2300, 176.666667, 0, 1, 0), ('P1', 1, 1000, 900, 1, 0, 100)$$, 'contacts');
INSERT INTO crm_data.interaction (contact_id, company_id, salesperson_code, campaign_no, campaign_target, campaign_response, cost, duration_minutes)
	SELECT 1 + i % 3, 1, CASE i WHEN 1 THEN 'A' END, 'SPRING', true, i <= 7, CASE i WHEN 1 THEN 350 ELSE 0 END, CASE i WHEN 1 THEN 415 ELSE 0 END FROM generate_series(1, 24) AS i;
INSERT INTO crm_data.interaction (contact_id, company_id, salesperson_code, campaign_no, campaign_target, campaign_response, cost, canceled, postponed) VALUES
	(1, 1, 'A', 'SPRING', true, true, 9, true, false), (1, 1, 'A', 'SPRING', true, true, 9, false, true);
INSERT INTO crm_data.interaction (contact_id, company_id, salesperson_code, cost, duration_minutes) VALUES (1, 1, 'A', 0.01, 0), (1, 1, 'A', 0, 0);
SELECT results_eq($$SELECT salesperson_code, interaction_count, trim_scale(average_cost), trim_scale(average_duration_minutes), mixed_opportunity_count, trim_scale(mixed_average_estimated_value),
	open_opportunity_count, trim_scale(open_weighted_value), trim_scale(won_value) FROM crm.salesperson_statistics ORDER BY 1$$,
	$$VALUES ('A', 3::bigint, 116.67, 138.33, 4::bigint, 550.25, 0::bigint, 0.0, 1601.0), ('B', 0, 0, 0, 3, 766.666667, 2, 530, 0), ('IDLE', 0, 0, 0, 0, 0, 0, 0, 0)$$, 'S10: salespeople');
SELECT results_eq($$SELECT campaign_no, target_count, response_count, target_contact_count, trim_scale(response_pct), trim_scale(average_cost_per_response), trim_scale(average_duration_per_response),
	mixed_opportunity_count, trim_scale(mixed_calcd_current_value), open_opportunity_count, trim_scale(won_value) FROM crm.campaign_statistics ORDER BY 1$$,
	$$VALUES ('NONE', 0::bigint, 0::bigint, 0::bigint, 0.0, 0.0, 0.0, 0::bigint, 0.0, 0::bigint, 0.0), ('SPRING', 24, 7, 3, 29.2, 50, 59.29, 2, 1400, 1, 900)$$,
	'S9: campaigns: 24 targets, 7 responses, cost 350, duration 415');

-- O51: a won deal whose order is deleted is lost, at no value
SELECT deal('OP9', 'IDLE', 'K2', NULL, '2026-01-01'), act('OP9', 'first', '2026-01-01', 80, '2026-01-31'), act('OP9', 'won', '2026-01-05', 80, NULL, 'BEST');
SET session_replication_role = replica;
UPDATE crm_data.opportunity SET status = 'lost' WHERE opportunity_no = 'OP9';
UPDATE crm_data.opportunity_entry SET active = false, valid_to = valid_from WHERE opportunity_no = 'OP9' AND active;
INSERT INTO crm_data.opportunity_entry (entry_no, opportunity_no, sales_cycle_code, contact_id, company_id, salesperson_code, date_of_change, creation_date, date_closed, action_taken, estimated_value, estimated_close_date, valid_from, effective_date)
	VALUES (999999, 'OP9', 'C', 2, 2, 'IDLE', '2026-01-05', '2026-01-01', '2026-01-05', 'lost', 80, '2026-01-05', '2026-01-05', '2026-01-05');
RESET session_replication_role;
SET crm.work_date = '2026-04-01';
SELECT results_eq($$SELECT * FROM apart('salesperson') WHERE key = 'IDLE'$$, $$VALUES ('IDLE', '0 0 0 0', '0 0', 1::bigint, 0.0000)$$, 'a won deal that turned lost is lost');
SELECT results_eq($$SELECT outcome, sales_cycle_stage, deal_count FROM crm.win_loss_reason WHERE salesperson_code = 'IDLE'$$, $$VALUES ('lost', 10, 1::bigint)$$, '... from the stage it stood on');
SELECT results_eq('SELECT won_count, lost_count FROM crm.sales_funnel WHERE sales_cycle_stage = 10', 'VALUES (2::bigint, 1::bigint)', '... in the funnel');

-- Planned dates (S11-S13)
SELECT results_eq($$SELECT * FROM crm.opportunity_plan('op4')$$,
	$$VALUES (10, NULL::integer, 'First', NULL::text, date '2026-03-22'), (10, 10, 'Ring up', 'phone call', '2026-03-23'), (10, 20, 'Think', NULL, '2026-03-22'), (20, NULL, 'Second', NULL, '2026-04-22'),
	(30, NULL, 'Third', NULL, '2026-05-06'), (30, 10, 'Ring up', 'phone call', '2026-05-07'), (30, 20, 'Think', NULL, '2026-05-06'), (40, NULL, 'Fourth', NULL, '2026-05-06')$$,
	'S12: each stage from the one before, each step from its stage');
UPDATE crm_data.task SET task_date = task_date + CASE description WHEN 'Think' THEN 4 ELSE 1 END WHERE opportunity_no = 'OP4';
SELECT results_eq($$SELECT sales_cycle_stage, planned_date FROM crm.opportunity_plan('OP4') WHERE step_no IS NULL$$,
	$$VALUES (10, date '2026-03-24'), (20, '2026-04-24'), (30, '2026-05-08'), (40, '2026-05-08')$$, 'S11: from the first task of the stage, whatever was updated');
SELECT results_eq($$SELECT sales_cycle_stage, planned_date FROM crm.opportunity_plan('OP5') WHERE step_no IS NULL$$,
	$$VALUES (10, date '2026-04-01'), (20, '2026-05-01'), (30, '2026-05-15'), (40, '2026-05-15')$$, 'S11: from the work date when not started');
SELECT is_empty($$SELECT FROM unnest('{OP1,NONE}'::text[]) AS no, crm.opportunity_plan(no)$$, 'nothing is planned for what is closed, or unknown');

-- Legal entities stay apart, currencies are local at the rate of their day
SELECT crm.create_opportunity('Abroad', 'K2', 'C', 'IDLE', currency_code => 'EUR', opportunity_no => 'OP10', legal_entity => 'EU');
SELECT crm.opportunity_first('OP10', 100, currency_rate => 5, estimated_close_date => '2026-05-01');
SELECT crm.opportunity_update('OP10', 110, estimated_close_date => '2026-05-01', currency_rate => 4);
SELECT results_eq($$SELECT legal_entity, mixed_count, trim_scale(mixed_estimated_value), trim_scale(open_calcd_current_value) FROM crm.opportunity_statistics WHERE salesperson_code = 'IDLE' ORDER BY 1$$,
	$$VALUES ('', 1::bigint, 80.0, 0.0), ('EU', 1, 440, 44)$$, 'legal entities apart; local currency at the rate of the entry');
SELECT results_eq($$SELECT mixed_opportunity_count, trim_scale(mixed_estimated_value), trim_scale(mixed_average_estimated_value) FROM crm.salesperson_statistics WHERE salesperson_code = 'IDLE'$$,
	'VALUES (2::bigint, 520.0, 260.0)', '... and together');
SELECT results_eq($$SELECT row_key, trim_scale(figure_value) FROM crm.opportunity_matrix(row_type => 'contact', period_type => 'year', from_date => '2026-05-01', legal_entity => 'EU')$$,
	$$VALUES ('K2', 440.0)$$, '... in the matrix');

-- Whatever moves, each dimension has what the active entries have
SELECT is_empty($$SELECT s.* FROM (SELECT dimension, sum(open_count), sum(open_estimated_value), sum(won_count), sum(won_value), sum(lost_count) FROM crm.opportunity_statistics
		WHERE dimension IN ('sales cycle', 'salesperson') GROUP BY 1) AS s (d, opened, estimated, won, won_value, lost),
	(SELECT count(*) FILTER (WHERE sales_cycle_stage > 0) AS opened, sum(estimated_value) FILTER (WHERE sales_cycle_stage > 0) AS estimated, count(*) FILTER (WHERE action_taken = 'won') AS won,
		sum(calcd_current_value) FILTER (WHERE action_taken = 'won') AS won_value, count(*) FILTER (WHERE action_taken = 'lost') AS lost FROM crm_data.opportunity_entry WHERE active) AS e
	WHERE (s.opened, s.estimated, s.won, s.won_value, s.lost) IS DISTINCT FROM (e.opened, e.estimated, e.won, e.won_value, e.lost)$$, 'dimensions add up to the active entries');
SELECT is((SELECT sum(open_count) FROM crm.sales_funnel), (SELECT sum(open_count)::numeric FROM crm.opportunity_statistics WHERE dimension = 'stage'), '... the funnel too');

-- A reader reads all of it
CREATE ROLE regress_crm_reader;
SELECT crm.grant_role('regress_crm_reader', 'reader');
GRANT ALL ON ALL TABLES IN SCHEMA pg_temp TO public;
GRANT ALL ON ALL SEQUENCES IN SCHEMA pg_temp TO public;
SET ROLE regress_crm_reader;
SELECT is_empty('SELECT FROM crm.stalled_opportunity', 'a reader reads stalled_opportunity');
SELECT isnt_empty(format('SELECT FROM crm.%s', r), 'a reader reads ' || r) FROM unnest('{opportunity_statistics,opportunity_cue,opportunity_stage,sales_funnel,win_loss_reason,campaign_statistics,
	top_opportunity(),"opportunity_chart(NULL, NULL)",opportunity_plan(''OP4''),opportunity_matrix()}'::text[]) AS r;
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
