-- Opportunities: the interface, and every error in the user's words
SET client_min_messages = warning;
SET datestyle = ISO;
BEGIN;
CREATE EXTENSION IF NOT EXISTS crm;
\set ON_ERROR_ROLLBACK on
\pset null -
SELECT crm.install_defaults();
SET LOCAL crm.work_date = '2026-03-02';
CREATE FUNCTION pg_temp.refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' - ', SQLSTATE, SQLERRM, CASE WHEN detail !~ '^Failing row' THEN nullif(detail, '') END, nullif(hint, ''));
END $$;
INSERT INTO crm.salesperson (salesperson_code, blocked, privacy_blocked) VALUES ('ANN', false, false), ('BOB', false, false), ('GONE', true, false), ('HIDDEN', false, true);
INSERT INTO crm.territory VALUES ('NORTH', 'North'), ('SOUTH', 'South');
INSERT INTO crm.contact (contact_id, contact_no, contact_type, name, salesperson_code, territory_code) VALUES (1001, 'ACME', 'company', 'Acme', 'ANN', 'NORTH'), (1002, 'BETA', 'company', 'Beta', 'GONE', NULL);
INSERT INTO crm.contact (contact_id, contact_no, name, company_id) VALUES (1003, 'TIM', 'Tim', 1001);
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, link_type, card_no) VALUES (1001, 'CUST', 'customer', 'C1');
INSERT INTO crm.activity VALUES ('CALL', 'Call'), ('BARE', 'Something to do');
INSERT INTO crm.activity_step (activity_code, step_no, task_type, description, priority, date_formula) VALUES ('CALL', 1, 'phone call', 'Ask', 'high', '1D'), ('CALL', 2, NULL, 'Note', 'low', 'CM');
INSERT INTO crm.sales_cycle (sales_cycle_code, probability_calculation, blocked) VALUES ('C', 'multiply', false), ('OLD', 'add', true), ('EMPTY', 'add', false);
INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, description, completed_pct, chances_pct, activity_code, allow_skip, quote_required, tasks_closed_required, date_formula) VALUES
	('C', 10, 'Initial', 10, 20, 'CALL', true, false, false, '1M'), ('C', 20, 'Offer', 40, 0, 'BARE', true, false, true, NULL), ('C', 30, 'Proposal', 70, 60, NULL, false, false, false, '2W'),
	('C', 40, 'Quote', 90, 80, NULL, false, true, false, NULL);
INSERT INTO crm.close_opportunity_code VALUES ('PRICE', 'Best price', 'won'), ('BAD', 'Too dear', 'lost'), ('LATE', 'Too late', 'lost');
INSERT INTO crm.campaign (campaign_no, starting_date, ending_date, activated) VALUES ('SPRING', '2026-03-01', '2026-03-31', true), ('PAST', NULL, '2026-03-01', true), ('IDLE', NULL, NULL, false);
CREATE TEMP VIEW entry AS SELECT entry_no, revised, active, sales_cycle_stage AS stage, previous_sales_cycle_stage AS previous, action_taken, date_of_change, days_open, estimated_value::double precision AS value,
	chances_pct::double precision AS chances, probability_pct::double precision AS probability, calcd_current_value::double precision AS calcd, estimated_close_date, salesperson_code, territory_code FROM crm.opportunity_entry ORDER BY opportunity_entry_id;
CREATE TEMP VIEW task AS SELECT task_type, description, priority, status, canceled, task_date, date_closed = crm_data.today() AS closed_today, opportunity_entry_no FROM crm.task ORDER BY task_id;
ALTER TABLE crm_data.opportunity_entry ALTER opportunity_entry_id RESTART WITH 101;

-- Creating
SELECT crm.create_opportunity('First deal', ' acme ', 'c', campaign_no => 'spring', lead_source => 'fair');
INSERT INTO crm.opportunity (description, contact_id, sales_cycle_code, creation_date, priority) VALUES ('Second deal', 1003, 'C', '1999-01-01', 'high');
SELECT opportunity_no, contact_no, company_id, salesperson_code, campaign_no, sales_cycle_code, status, priority, creation_date, lead_source FROM crm.opportunity;
SELECT pg_temp.refused(statement) FROM unnest(ARRAY[
	$$SELECT crm.create_opportunity('', 'ACME', 'C')$$,
	$$SELECT crm.create_opportunity('Deal', NULL, 'C')$$,
	$$SELECT crm.create_opportunity('Deal', 'ACME')$$,
	$$SELECT crm.create_opportunity('Deal', 'BETA', 'C')$$,
	$$SELECT crm.create_opportunity('Deal', 'NOBODY', 'C')$$,
	$$SELECT crm.create_opportunity('Deal', 'ACME', 'NONE')$$,
	$$SELECT crm.create_opportunity('Deal', 'ACME', 'OLD')$$,
	$$SELECT crm.create_opportunity('Deal', 'ACME', 'C', 'NOONE')$$,
	$$SELECT crm.create_opportunity('Deal', 'ACME', 'C', 'GONE')$$,
	$$SELECT crm.create_opportunity('Deal', 'ACME', 'C', 'HIDDEN')$$,
	$$SELECT crm.create_opportunity('Deal', 'ACME', 'C', campaign_no => 'NONE')$$,
	$$SELECT crm.create_opportunity('Deal', 'ACME', 'C', campaign_no => 'PAST')$$,
	$$SELECT crm.create_opportunity('Deal', 'ACME', 'C', campaign_no => 'IDLE')$$,
	$$SELECT crm.create_opportunity('Deal', 'ACME', 'C', opportunity_no => 'op000001')$$,
	$$SELECT crm.create_opportunity('Deal', 'ACME', 'C', priority => 'urgent')$$,
	$$SELECT crm.create_opportunity('Deal', 'ACME', 'C', activate_first_stage => true)$$,
	$$SELECT crm.create_opportunity('Deal', 'ACME', 'EMPTY', activate_first_stage => true, estimated_value => 1)$$,
	$$INSERT INTO crm.opportunity (description, contact_id, sales_cycle_code, status) VALUES ('Deal', 1001, 'C', 'in progress')$$,
	$$INSERT INTO crm.opportunity (description, contact_id, sales_cycle_code, document_key) VALUES ('Deal', 1001, 'C', '1')$$]) AS statement;
UPDATE crm.number_series SET manual_numbers = false WHERE number_series_code = 'OPPORTUNITY';
SELECT pg_temp.refused($$SELECT crm.create_opportunity('Deal', 'ACME', 'C', opportunity_no => 'MINE')$$);
UPDATE crm.setup SET opportunity_number_series_code = NULL;
SELECT pg_temp.refused($$SELECT crm.create_opportunity('Deal', 'ACME', 'C')$$);
UPDATE crm.setup SET opportunity_number_series_code = 'opportunity', default_sales_cycle_code = 'c', won_close_opportunity_code = NULL;
UPDATE crm.number_series SET manual_numbers = true;

-- From stage to stage
SELECT * FROM crm.opportunity_action('op000001');
SELECT crm.opportunity_first('op000001', 1000);
SELECT * FROM crm.opportunity_action('OP000001');
SELECT pg_temp.refused(statement) FROM unnest(ARRAY[
	$$SELECT crm.opportunity_first('OP000001', 1000)$$,
	$$SELECT crm.opportunity_previous('OP000001')$$,
	$$SELECT crm.opportunity_jump('OP000001')$$,
	$$SELECT crm.opportunity_next('NONE')$$,
	$$SELECT crm.opportunity_next(NULL)$$,
	$$SELECT crm.opportunity_skip('OP000001', NULL)$$,
	$$SELECT crm.opportunity_skip('OP000001', 25)$$,
	$$SELECT crm.opportunity_skip('OP000001', 40)$$,
	$$SELECT crm.opportunity_skip('OP000001', 10)$$,
	$$SELECT crm.opportunity_update('OP000001', 0)$$,
	$$SELECT crm.opportunity_update('OP000001', -1)$$,
	$$SELECT crm.opportunity_update('OP000001', 'NaN')$$,
	$$SELECT crm.opportunity_update('OP000001', 1e20)$$,
	$$SELECT crm.opportunity_update('OP000001', chances_pct => -1)$$,
	$$SELECT crm.opportunity_update('OP000001', chances_pct => 100.0001)$$,
	$$SELECT crm.opportunity_update('OP000001', date_of_change => '2026-03-01')$$,
	$$SELECT crm.opportunity_update('OP000001', date_of_change => 'infinity')$$,
	$$SELECT crm.opportunity_update('OP000001', estimated_close_date => '2026-03-01')$$,
	$$SELECT crm.opportunity_update('OP000001', estimated_close_date => 'infinity')$$,
	$$SELECT crm.opportunity_update('OP000001', currency_rate => 2)$$]) AS statement;
SET LOCAL crm.work_date = '2026-03-05';
SELECT crm.opportunity_next('OP000001');
SELECT * FROM crm.opportunity_action('OP000001');
SELECT pg_temp.refused($$SELECT crm.opportunity_next('OP000001')$$);
SELECT crm.opportunity_next('OP000001', cancel_old_tasks => true);
SELECT * FROM crm.opportunity_action('OP000001');
SELECT pg_temp.refused($$SELECT crm.opportunity_next('OP000001')$$);
SELECT crm.opportunity_jump('OP000001', 10, chances_pct => 99);
SELECT crm.opportunity_skip('OP000001', 30, chances_pct => 99);
SELECT crm.opportunity_update('OP000001', 900, 50, '2026-03-09', '2026-04-01');

-- The card
SELECT crm.change_opportunity('op000001', 'bob', contact_no => 'tim', with_open_tasks => true);
UPDATE crm.contact SET territory_code = 'SOUTH' WHERE contact_no = 'TIM';
SELECT pg_temp.refused(statement) FROM unnest(ARRAY[
	$$SELECT crm.change_opportunity('NONE', 'BOB')$$,
	$$SELECT crm.change_opportunity('OP000001', 'GONE')$$,
	$$SELECT crm.change_opportunity('OP000001', 'NOONE')$$,
	$$SELECT crm.change_opportunity('OP000001', campaign_no => 'IDLE')$$,
	$$SELECT crm.change_opportunity('OP000001', contact_no => 'BETA')$$,
	$$SELECT crm.change_opportunity('OP000001', contact_no => 'NOBODY')$$,
	$$UPDATE crm.opportunity SET status = 'won' WHERE opportunity_no = 'OP000001'$$,
	$$UPDATE crm.opportunity SET creation_date = '2026-01-01' WHERE opportunity_no = 'OP000001'$$,
	$$UPDATE crm.opportunity SET opportunity_no = 'X' WHERE opportunity_no = 'OP000002'$$,
	$$UPDATE crm.opportunity SET sales_document_type = 'order', sales_document_no = 'X' WHERE opportunity_no = 'OP000001'$$,
	$$UPDATE crm.opportunity SET sales_cycle_code = 'EMPTY' WHERE opportunity_no = 'OP000001'$$,
	$$UPDATE crm.opportunity SET currency_code = 'EUR' WHERE opportunity_no = 'OP000001'$$,
	$$UPDATE crm.opportunity SET salesperson_code = NULL WHERE opportunity_no = 'OP000001'$$,
	$$UPDATE crm.opportunity SET contact_id = NULL WHERE opportunity_no = 'OP000001'$$,
	$$UPDATE crm.opportunity SET description = ' ' WHERE opportunity_no = 'OP000001'$$,
	$$UPDATE crm.opportunity SET sales_cycle_code = 'OLD' WHERE opportunity_no = 'OP000002'$$,
	$$DELETE FROM crm.opportunity WHERE opportunity_no = 'OP000001'$$,
	$$DELETE FROM crm.contact WHERE contact_no = 'ACME'$$,
	$$DELETE FROM crm.contact WHERE contact_no = 'TIM'$$,
	$$DELETE FROM crm.salesperson WHERE salesperson_code = 'BOB'$$,
	$$DELETE FROM crm.campaign WHERE campaign_no = 'SPRING'$$,
	$$UPDATE crm.contact SET contact_type = 'company', company_id = NULL WHERE contact_no = 'TIM'$$]) AS statement;
SELECT * FROM entry;
SELECT * FROM task;

-- Closing
SELECT pg_temp.refused(statement) FROM unnest(ARRAY[
	$$SELECT crm.opportunity_won('NONE')$$,
	$$SELECT crm.opportunity_won('OP000001', 'NONE')$$,
	$$SELECT crm.opportunity_won('OP000001', 'BAD')$$,
	$$SELECT crm.opportunity_won('OP000001', sales_value => 0)$$,
	$$SELECT crm.opportunity_won('OP000001', date_of_change => '2026-03-08')$$,
	$$SELECT crm.opportunity_won('OP000001', currency_rate => 2)$$,
	$$SELECT crm.opportunity_lost('OP000001')$$,
	$$SELECT crm.opportunity_lost('OP000001', 'PRICE')$$,
	$$SELECT crm.opportunity_won('OP000002')$$]) AS statement;
SELECT crm.opportunity_won('OP000001', sales_value => 850, date_of_change => '2026-03-12');
SELECT crm.opportunity_lost('OP000002', 'bad');
SELECT * FROM crm.opportunity_action('OP000001');
SELECT pg_temp.refused(statement) FROM unnest(ARRAY[
	$$SELECT crm.opportunity_won('OP000001')$$,
	$$SELECT crm.opportunity_update('OP000001', 1)$$,
	$$SELECT crm.change_opportunity('OP000001', 'ANN')$$,
	$$UPDATE crm.opportunity SET priority = 'low' WHERE opportunity_no = 'OP000001'$$]) AS statement;
SELECT * FROM entry WHERE stage = 0;
SELECT opportunity_no, status, date_closed, priority, sales_cycle_stage, estimated_value, probability_pct, calcd_current_value, weighted_value, close_opportunity_code FROM crm.opportunity_card;
SELECT crm.create_opportunity('Third deal', 'BETA', 'C', 'ANN', activate_first_stage => true, estimated_value => 5, opportunity_no => 'THREE');
SELECT pg_temp.refused($$SELECT crm.opportunity_won('THREE')$$);

-- From an interaction
SELECT crm.log_interaction('TIM', 'ONSITE', description => 'Wants a machine', comment => 'Blue', campaign_no => 'SPRING') AS visit \gset
SELECT crm.opportunity_from_interaction(:visit);
SELECT o.opportunity_no, o.description, o.contact_no, o.salesperson_code, o.campaign_no, l.comment_text, i.opportunity_no AS of_interaction FROM crm.opportunity AS o JOIN crm.comment_line AS l USING (opportunity_no), crm.interaction AS i WHERE i.interaction_id = :visit;
SELECT regexp_replace(pg_temp.refused('SELECT crm.opportunity_from_interaction(' || :visit || ')'), 'interaction \d+', 'interaction N');
SELECT crm.log_interaction('TIM', 'ONSITE', description => 'Second') AS visit \gset
SELECT crm.cancel_interaction(ARRAY[:visit]);
SELECT regexp_replace(pg_temp.refused('SELECT crm.opportunity_from_interaction(' || :visit || ')'), 'interaction \d+', 'interaction N');
SELECT crm.log_interaction('TIM', 'ONSITE', description => 'Third') AS visit \gset
UPDATE crm.contact SET privacy_blocked = true WHERE contact_no = 'ACME';
SELECT regexp_replace(pg_temp.refused('SELECT crm.opportunity_from_interaction(' || :visit || ')'), 'interaction \d+', 'interaction N');
SELECT pg_temp.refused('SELECT crm.opportunity_from_interaction(-1)'), pg_temp.refused('SELECT crm.opportunity_from_interaction(NULL)');

-- Deleting
DELETE FROM crm.opportunity WHERE status <> 'in progress';
SELECT opportunity_no, (SELECT count(*) FROM crm.opportunity_entry), (SELECT count(*) FROM crm.comment_line WHERE opportunity_no IS NOT NULL) FROM crm.opportunity;

-- Triggers are triggers
SELECT pg_temp.refused(format('SELECT crm_data.%I()', proname)) FROM pg_proc WHERE pronamespace = 'crm_data'::regnamespace AND prorettype = 'trigger'::regtype
	AND proname IN ('opportunity_insert', 'opportunity_update', 'opportunity_changed', 'opportunity_delete', 'opportunity_entry_insert', 'contact_opportunity_delete', 'contact_opportunity_moved', 'contact_territory_changed', 'salesperson_delete') ORDER BY proname;
ROLLBACK;
