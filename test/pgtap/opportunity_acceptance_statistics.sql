-- Statistics of opportunities, as far as acceptance 24 of domain/2 section 14, K19, K28 and the mistakes of others (peers.md 2.4) ask for them
\set QUIET 1
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
\ir ../reference/deal.sql
SELECT no_plan();
DELETE FROM crm.close_opportunity_code;
INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('BEST', 'won'), ('PRICE', 'lost');
INSERT INTO crm.sales_cycle (sales_cycle_code, probability_calculation) VALUES ('P', 'chances of success');
INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, chances_pct) VALUES ('P', 1, 10), ('P', 2, 50), ('P', 3, 80);
CREATE FUNCTION deal.statistics(of_dimension text, key text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', mixed_count, trim_scale(mixed_estimated_value), trim_scale(mixed_calcd_current_value), '| open', open_count, trim_scale(open_estimated_value), trim_scale(open_calcd_current_value), '| won', won_count, trim_scale(won_value), '| lost', lost_count)
	FROM crm.opportunity_statistics WHERE dimension = of_dimension AND key = CASE dimension WHEN 'salesperson' THEN salesperson_code WHEN 'stage' THEN sales_cycle_code || ' ' || sales_cycle_stage WHEN 'sales cycle' THEN sales_cycle_code END $$;

-- Three deals of S3: one open in stage 1, one won and one lost from stage 2
SELECT deal.today('2025-03-01'), deal.start(no, 'P', value, 'BETA', 'S3', close_date => '2025-06-30') FROM (VALUES ('O', 1000), ('W', 2000), ('L', 4000)) v (no, value);
SELECT crm.opportunity_next(no, date_of_change => '2025-03-04', estimated_close_date => '2025-06-30') FROM unnest('{W,L}'::text[]) no;
SELECT is(deal.statistics('stage', 'P 2'), '2 6000 3000 | open 2 6000 3000 | won 0 0 | lost 0', 'two deals of 2000 and 4000 stand on stage 2, at 50 %');
SELECT is(deal.statistics('salesperson', 'S3'), '3 7000 3100 | open 3 7000 3100 | won 0 0 | lost 0', 'the salesperson has all three');
SELECT crm.opportunity_won('W', sales_value => 1800, date_of_change => '2025-03-15'), crm.opportunity_lost('L', date_of_change => '2025-03-15');
SELECT is((SELECT concat_ws(' ', mixed_count, trim_scale(mixed_estimated_value), trim_scale(mixed_calcd_current_value)) FROM crm.opportunity_statistics WHERE dimension = 'stage' AND sales_cycle_stage = 2), '0 0 0', 'acceptance 24, S1: closed, they are lost to the stage');
SELECT is(deal.statistics('stage', 'P 1'), '1 1000 100 | open 1 1000 100 | won 0 0 | lost 0', '... the open one is not');
SELECT is(deal.statistics('salesperson', 'S3'), '3 7000 1900 | open 1 1000 100 | won 1 1800 | lost 1', 'acceptance 24, S1: ... but not to the salesperson, where lost ones add 0 and won ones their sales value; open, won and lost are also told apart (peers)');
SELECT is((SELECT concat_ws(' ', mixed_count, trim_scale(mixed_estimated_value), trim_scale(mixed_calcd_current_value)) FROM crm.opportunity_statistics WHERE dimension = 'sales cycle' AND sales_cycle_code = 'P'), '1 1000 100', '7.1: of the cycle open ones are counted alone');

-- K19, S2: average days of a stage, which an update lowers; per deal it does not
SELECT is((SELECT trim_scale(average_days) FROM crm.opportunity_statistics WHERE dimension = 'stage' AND sales_cycle_code = 'P' AND sales_cycle_stage = 2), 11.0, 'S2: two entries left stage 2 after 11 days');
SELECT deal.start('U', 'P', 100, 'BETA', 'S3', close_date => '2025-06-30');
SELECT crm.opportunity_next('U', date_of_change => '2025-03-04', estimated_close_date => '2025-06-30'), crm.opportunity_update('U', date_of_change => '2025-03-10', estimated_close_date => '2025-06-30'), crm.opportunity_next('U', date_of_change => '2025-03-15', estimated_close_date => '2025-06-30');
SELECT is((SELECT round(average_days, 4) FROM crm.opportunity_statistics WHERE dimension = 'stage' AND sales_cycle_code = 'P' AND sales_cycle_stage = 2), 8.25, 'K19: a stay of 11 days, updated after 6, counts as 6 and 5: (11 + 11 + 6 + 5) / 4');
SELECT is((SELECT round(average_days, 4) FROM crm.sales_funnel WHERE sales_cycle_code = 'P' AND sales_cycle_stage = 2), 11.0, 'K19: ... per deal all three stayed 11 days');
SELECT crm.change_opportunity('U', 'S2');
SELECT is((SELECT round(average_days, 4) FROM crm.opportunity_statistics WHERE dimension = 'stage' AND sales_cycle_code = 'P' AND sales_cycle_stage = 2), 8.25, 'O40: a changed card is no entry of the stage');
SELECT is(deal.statistics('salesperson', 'S2'), '1 100 80 | open 1 100 80 | won 0 0 | lost 0', 'O12, O40: ... but moves the deal to the new salesperson');
SELECT is((SELECT mixed_count FROM crm.opportunity_statistics WHERE dimension = 'salesperson' AND salesperson_code = 'S3'), 3::bigint, '... away from the old one');
SELECT is((SELECT trim_scale(average_days) FROM crm.opportunity_statistics WHERE dimension = 'stage' AND sales_cycle_code = 'P' AND sales_cycle_stage = 1), 3.0, 'days of a stage are not carried over to the next (peers): stage 1 was left after 3 days by three');

-- The funnel counts lost deals, and a deal that comes back once (peers)
SELECT crm.opportunity_previous('U', date_of_change => '2025-03-20', estimated_close_date => '2025-06-30'), crm.opportunity_next('U', date_of_change => '2025-03-22', estimated_close_date => '2025-06-30');
SELECT is((SELECT deal_count FROM crm.sales_funnel WHERE sales_cycle_code = 'P' AND sales_cycle_stage = 2), 3::bigint, 'three deals have entered stage 2, a lost one among them, one twice');
SELECT is((SELECT concat_ws(' ', won_count, lost_count) FROM crm.sales_funnel WHERE sales_cycle_code = 'P' AND sales_cycle_stage = 2), '1 1', '... of which one was won and one lost');

-- K28: a closed one is counted on the day that it was closed, whenever it was expected
SELECT is((SELECT count(*) FROM crm_data.opportunity_entry WHERE active AND action_taken IN ('won', 'lost') AND estimated_close_date = '2025-03-15'), 2::bigint, 'K28: the closing date of closing entries is the day of closing');

SELECT * FROM finish();
ROLLBACK;
