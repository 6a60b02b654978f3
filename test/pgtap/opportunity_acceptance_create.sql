-- Opportunities, created and activated (domain/2 sections 6.1, 6.2 and 6.7: O1 to O7, O29 to O31, O42; E14, E15, E18, E23; K14)
\set QUIET 1
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
\ir ../reference/deal.sql
SELECT no_plan();
SELECT deal.today('2025-03-14');

-- Created, not activated
SELECT crm.create_opportunity('A deal', 'ALFA', 'FOUR') AS deal \gset
SELECT is(:'deal'::text, 'OP000001', 'the number comes from the series that install_defaults() makes');
SELECT results_eq('SELECT description, salesperson_code, contact_id, company_id, sales_cycle_code, status, priority, creation_date, date_closed FROM crm_data.opportunity',
	$$VALUES ('A deal', 'S1', deal.contact_id('ALFA'), deal.contact_id('ALFA'), 'FOUR', 'not started', 'normal', date '2025-03-14', NULL::date)$$, 'O5: salesperson of the contact, its company, created today, priority normal');
SELECT is_empty('SELECT * FROM crm_data.opportunity_entry', 'O31, O7: without activation it is not started and has no entry');
SELECT is_empty('SELECT * FROM crm_data.task', 'O31: ... and no tasks');
SELECT is(crm.create_opportunity('Numbered', 'ANA', 'FOUR', opportunity_no => 'MINE'), 'MINE', 'a number can be given');
SELECT results_eq($$SELECT contact_id, company_id, salesperson_code FROM crm_data.opportunity WHERE opportunity_no = 'MINE'$$, $$VALUES (deal.contact_id('ANA'), deal.contact_id('ALFA'), 'S1')$$,
	'the company is that of the person, the salesperson what the person has from it');
SELECT throws_ok($$SELECT crm.create_opportunity('Again', 'ANA', 'FOUR', opportunity_no => 'MINE')$$, '23505', NULL, 'a number is given once');
SELECT crm.create_opportunity('Solo', 'SOLO', 'FOUR', 'S2', priority => 'high', lead_source => 'fair', opportunity_no => 'SOLO');
SELECT results_eq($$SELECT company_id, salesperson_code, priority, lead_source FROM crm_data.opportunity WHERE opportunity_no = 'SOLO'$$, $$VALUES (NULL::bigint, 'S2', 'high', 'fair')$$,
	'a person alone has no company; what is given wins');
UPDATE crm.setup SET default_sales_cycle_code = 'ADD';
SELECT crm.create_opportunity('Default cycle', 'ALFA', opportunity_no => 'DEFAULT');
SELECT is((SELECT sales_cycle_code FROM crm_data.opportunity WHERE opportunity_no = 'DEFAULT'), 'ADD', 'O5: the cycle of the setup');

-- K14, O4: the creation date
INSERT INTO crm.opportunity (opportunity_no, description, contact_id, salesperson_code, sales_cycle_code, creation_date) VALUES ('TYPED', 'Typed', deal.contact_id('ALFA'), 'S1', 'FOUR', '2020-01-01');
SELECT is((SELECT creation_date FROM crm_data.opportunity WHERE opportunity_no = 'TYPED'), date '2025-03-14', 'O4, K14: the creation date is the work date, whatever was passed');
SELECT is((SELECT status FROM crm_data.opportunity WHERE opportunity_no = 'TYPED'), 'not started', 'O31: an inserted one is not started');

-- O1: blocked cycles
UPDATE crm.sales_cycle SET blocked = true WHERE sales_cycle_code IN ('ADD', 'FOUR');
SELECT throws_ok($$SELECT crm.create_opportunity('Blocked', 'ALFA', 'ADD')$$, '55000', NULL, 'O1, E14: a blocked cycle cannot be chosen');
SELECT deal.fails($$SELECT crm.create_opportunity('Blocked default', 'ALFA')$$, '{23502,22004}', 'O5: the default cycle is not taken when it is blocked, so one is missing');
SELECT throws_ok($$UPDATE crm.opportunity SET sales_cycle_code = 'ADD' WHERE opportunity_no = 'MINE'$$, '55000', NULL, 'O1, E14: ... nor by an update');
SELECT lives_ok($$SELECT crm.opportunity_first('MINE', 100)$$, 'O1: opportunities that are in it are activated');
SELECT lives_ok($$SELECT crm.opportunity_next('MINE')$$, 'O1: ... and continue');
SELECT lives_ok($$UPDATE crm.opportunity SET description = 'Still editable' WHERE opportunity_no = 'TYPED'$$, 'O1: ... and can be edited');
UPDATE crm.sales_cycle SET blocked = false;

-- O2, E15: deleting cycles and stages
SELECT throws_ok($$DELETE FROM crm.sales_cycle WHERE sales_cycle_code = 'FOUR'$$, '23503', NULL, 'O2, E15: a cycle with open opportunities is not deleted');
SELECT throws_ok($$DELETE FROM crm.sales_cycle_stage WHERE sales_cycle_code = 'FOUR' AND sales_cycle_stage = 2$$, '23503', NULL, 'O2, E15: a stage that an active entry stands on is not deleted');
SELECT lives_ok($$DELETE FROM crm.sales_cycle_stage WHERE sales_cycle_code = 'FOUR' AND sales_cycle_stage = 1$$, 'O2: a stage that was left can be');
INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, description, completed_pct, chances_pct, date_formula, allow_skip) VALUES ('FOUR', 1, 'First', 10, 20, '2W', true);
SELECT lives_ok($$DELETE FROM crm.sales_cycle WHERE sales_cycle_code = 'COMPLETED'$$, 'O2: a cycle without opportunities is deleted');
SELECT is_empty($$SELECT * FROM crm_data.sales_cycle_stage WHERE sales_cycle_code = 'COMPLETED'$$, 'O2: ... with its stages');

-- O3: stages go by order
INSERT INTO crm.sales_cycle (sales_cycle_code, probability_calculation) VALUES ('GAPS', 'chances of success');
INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, chances_pct) VALUES ('GAPS', 40, 60), ('GAPS', 7, 10), ('GAPS', 25, 30);
SELECT deal.start('GAPS', 'GAPS');
SELECT is((SELECT sales_cycle_stage FROM deal.active WHERE opportunity_no = 'GAPS'), 7, 'O3: the first stage is the lowest');
SELECT crm.opportunity_next('GAPS');
SELECT is((SELECT sales_cycle_stage FROM deal.active WHERE opportunity_no = 'GAPS'), 25, 'O3: the next one goes by order, not by number');
SELECT crm.opportunity_next('GAPS');
SELECT crm.opportunity_previous('GAPS');
SELECT is((SELECT sales_cycle_stage FROM deal.active WHERE opportunity_no = 'GAPS'), 25, 'O3: ... as the previous one');

-- O7
SELECT throws_ok($$INSERT INTO crm_data.opportunity_entry (entry_no, opportunity_no, sales_cycle_code, date_of_change, creation_date, valid_from, effective_date) SELECT 0, opportunity_no, sales_cycle_code, date_of_change, creation_date, valid_from, effective_date
	FROM deal.active WHERE opportunity_no = 'GAPS'$$, '23505', NULL, 'O7: an opportunity has at most one active entry');

-- O29, O30: required, and activated
SELECT throws_ok($$SELECT crm.create_opportunity(NULL, 'ALFA', 'FOUR')$$, '23502', NULL, 'O29: a description is required');
SELECT deal.fails($$SELECT crm.create_opportunity('', 'ALFA', 'FOUR')$$, '{23502,23514}', 'O29: ... that says something');
SELECT throws_ok($$SELECT crm.create_opportunity('No contact', NULL, 'FOUR')$$, '23502', NULL, 'O29: a contact is required');
SELECT throws_ok($$SELECT crm.create_opportunity('Unknown', 'NOBODY', 'FOUR')$$, '42704', NULL, 'O29: ... one that exists');
UPDATE crm.setup SET default_sales_cycle_code = NULL;
SELECT throws_ok($$SELECT crm.create_opportunity('No cycle', 'ALFA')$$, '23502', NULL, 'O29: a sales cycle is required');
SELECT throws_ok($$SELECT crm.create_opportunity('Unknown', 'ALFA', 'NONE')$$, '42704', NULL, 'O29: ... one that exists');
UPDATE crm.contact SET salesperson_code = NULL WHERE contact_no = 'GAMMA';
SELECT throws_ok($$SELECT crm.create_opportunity('No salesperson', 'GAMMA', 'FOUR')$$, '23502', NULL, 'O29: a salesperson is required');
SELECT throws_ok($$SELECT crm.create_opportunity('Unknown', 'ALFA', 'FOUR', 'NONE')$$, '42704', NULL, 'O29: ... one that exists');
SELECT throws_ok($$SELECT crm.create_opportunity('Blocked', 'ALFA', 'FOUR', 'BLOCKED')$$, '55000', NULL, 'E14: a blocked salesperson cannot be chosen');
SELECT throws_ok($$UPDATE crm.opportunity SET salesperson_code = 'BLOCKED' WHERE opportunity_no = 'TYPED'$$, '55000', NULL, 'E14: ... nor by an update');
SELECT throws_ok($$SELECT crm.change_opportunity('TYPED', 'BLOCKED')$$, '55000', NULL, 'E14: ... nor by change_opportunity()');
INSERT INTO crm.salesperson (salesperson_code, user_name) VALUES ('ME', session_user);
SELECT crm.create_opportunity('Mine', 'GAMMA', 'FOUR', opportunity_no => 'ME');
SELECT is((SELECT salesperson_code FROM crm_data.opportunity WHERE opportunity_no = 'ME'), 'ME', 'O5: the salesperson that the user is, for a contact without one');
SELECT crm.create_opportunity('The contact''s', 'BETA', 'FOUR', opportunity_no => 'BETAS');
SELECT is((SELECT salesperson_code FROM crm_data.opportunity WHERE opportunity_no = 'BETAS'), 'S2', 'O5: the salesperson of the contact when a contact is given');
SELECT deal.fails($$SELECT crm.create_opportunity('Bad', 'ALFA', 'FOUR', priority => 'urgent')$$, '{22023,23514}', 'the priority is low, normal or high');

SELECT crm.create_opportunity('Activated', 'ALFA', 'FOUR', activate_first_stage => true, estimated_value => 5000, opportunity_no => 'ACTIVE');
SELECT results_eq($$SELECT sales_cycle_stage, previous_sales_cycle_stage, action_taken, date_of_change, estimated_value::numeric, estimated_close_date, active, days_open FROM deal.entry WHERE opportunity_no = 'ACTIVE'$$,
	$$VALUES (1, NULL::integer, NULL::text, date '2025-03-14', 5000.0, date '2025-03-28', true, 0)$$, 'O30: activated in the lowest stage, action blank, changed on the work date');
SELECT is((SELECT status FROM crm_data.opportunity WHERE opportunity_no = 'ACTIVE'), 'in progress', 'O30, O10: ... and in progress');
SELECT crm.create_opportunity('Typed', 'ALFA', 'FOUR', activate_first_stage => true, estimated_value => 5000, chances_pct => 33, estimated_close_date => '2025-12-31', opportunity_no => 'ACTIVE2');
SELECT results_eq($$SELECT trim_scale(chances_pct), estimated_close_date FROM deal.entry WHERE opportunity_no = 'ACTIVE2'$$, $$VALUES (33.0, date '2025-12-31')$$, 'O29: chances and closing date as typed');
SELECT throws_ok($$SELECT crm.create_opportunity('No value', 'ALFA', 'FOUR', activate_first_stage => true, estimated_value => 0)$$, '23514', NULL, 'O29, E18: activating needs a value');
SELECT deal.fails($$SELECT crm.create_opportunity('No value', 'ALFA', 'FOUR', activate_first_stage => true)$$, '{23514,23502}', 'O29, E18: ... that is given');
SELECT throws_ok($$SELECT crm.create_opportunity('Early', 'ALFA', 'FOUR', activate_first_stage => true, estimated_value => 5, estimated_close_date => '2025-03-13')$$, '23514', NULL, 'O29, E18: the closing date is not before the activation');
SELECT is((SELECT count(*) FROM crm_data.opportunity WHERE description IN ('No value', 'Early', 'Blocked', 'Unknown')), 0::bigint, 'what fails leaves no opportunity');

-- O42, E23: campaigns
INSERT INTO crm.campaign (campaign_no, activated, starting_date, ending_date) VALUES ('ON', true, '2025-03-01', '2025-03-14'), ('OFF', false, '2025-03-01', '2025-03-31'), ('PAST', true, '2025-03-01', '2025-03-13'),
	('LATER', true, '2025-03-15', '2025-04-01'), ('OPEN', true, NULL, NULL), ('HALF', true, '2025-03-14', NULL);
SELECT lives_ok($$SELECT crm.create_opportunity('Campaign', 'ALFA', 'FOUR', campaign_no => 'ON', opportunity_no => 'CAMPAIGN')$$, 'O42: a campaign that is activated, on its last day');
SELECT lives_ok($$SELECT crm.create_opportunity('Campaign', 'ALFA', 'FOUR', campaign_no => 'HALF')$$, 'O42: ... on its first day, without an end');
SELECT lives_ok($$SELECT crm.create_opportunity('Campaign', 'ALFA', 'FOUR', campaign_no => 'OPEN')$$, 'O42: ... without dates');
SELECT throws_ok($$SELECT crm.create_opportunity('Campaign', 'ALFA', 'FOUR', campaign_no => 'OFF')$$, '55000', NULL, 'O42, E23: the campaign must be activated');
SELECT throws_ok($$SELECT crm.create_opportunity('Campaign', 'ALFA', 'FOUR', campaign_no => 'PAST')$$, '55000', NULL, 'O42, E23: the campaign must not have ended');
SELECT throws_ok($$SELECT crm.create_opportunity('Campaign', 'ALFA', 'FOUR', campaign_no => 'LATER')$$, '55000', NULL, 'O42, E23: the campaign must have started');
SELECT throws_ok($$SELECT crm.create_opportunity('Campaign', 'ALFA', 'FOUR', campaign_no => 'NONE')$$, '42704', NULL, 'O42: the campaign must exist');
SELECT deal.today('2025-03-20');
SELECT throws_ok($$UPDATE crm.opportunity SET campaign_no = 'LATER' WHERE opportunity_no = 'CAMPAIGN'$$, '55000', NULL, 'O42: it is the creation date that must be in the dates of the campaign, not the day of the change');
SELECT lives_ok($$UPDATE crm.opportunity SET description = 'Renamed' WHERE opportunity_no = 'CAMPAIGN'$$, 'O42: a campaign that the opportunity has is not checked again');
SELECT is((SELECT creation_date FROM crm_data.opportunity WHERE opportunity_no = 'CAMPAIGN'), date '2025-03-14', 'O4: an update leaves the creation date');

-- O6: from an interaction
SELECT deal.today('2025-03-14');
INSERT INTO crm.interaction_template (interaction_template_code, interaction_group_code, description) VALUES ('TALK', (SELECT min(interaction_group_code) FROM crm_data.interaction_group), 'A talk');
UPDATE crm.setup SET default_sales_cycle_code = 'FOUR';
SELECT crm.log_interaction('ANA', 'TALK', salesperson_code => 'S2', campaign_no => 'ON', information_flow => 'outbound', initiated_by => 'us') AS talk \gset
INSERT INTO crm.comment_line (interaction_id, comment_date, comment_text) VALUES (:talk, '2025-03-13', 'Will buy');
SELECT crm.opportunity_from_interaction(:talk) AS deal \gset
SELECT results_eq(format('SELECT description, contact_id, company_id, salesperson_code, campaign_no, sales_cycle_code, status FROM crm_data.opportunity WHERE opportunity_no = %L', :'deal'),
	$$VALUES ('A talk', deal.contact_id('ANA'), deal.contact_id('ALFA'), 'S2', 'ON', 'FOUR', 'not started')$$, 'O6: an opportunity takes description, contact, salesperson and campaign of its interaction, and the default cycle');
SELECT is((SELECT opportunity_no FROM crm_data.interaction WHERE interaction_id = :talk), :'deal'::text, 'O6: ... to which it is linked');
SELECT results_eq(format('SELECT comment_date, comment_text FROM crm.comment_line WHERE opportunity_no = %L', :'deal'), $$VALUES (date '2025-03-13', 'Will buy')$$, 'comments of the interaction are copied to it (domain/1 8.14)');
SELECT throws_ok(format('SELECT crm.opportunity_from_interaction(%s)', :talk), '55000', NULL, 'an interaction makes one opportunity (domain/1 E18)');
SELECT crm.log_interaction('ANA', 'TALK', information_flow => 'outbound', initiated_by => 'us') AS talk \gset
SELECT crm.cancel_interaction(ARRAY[:talk]::bigint[]);
SELECT throws_ok(format('SELECT crm.opportunity_from_interaction(%s)', :talk), '55000', NULL, '... one that is not canceled (domain/1 E18)');
SELECT crm.log_interaction('SOLO', 'TALK', information_flow => 'outbound', initiated_by => 'us') AS talk, crm.log_interaction('DAN', 'TALK', information_flow => 'outbound', initiated_by => 'us') AS persons_talk \gset
UPDATE crm.contact SET privacy_blocked = true WHERE contact_no IN ('SOLO', 'ALFA');
SELECT throws_ok(format('SELECT crm.opportunity_from_interaction(%s)', :talk), '55000', NULL, '... of a contact that is not blocked for privacy (domain/1 E18)');
SELECT throws_ok(format('SELECT crm.opportunity_from_interaction(%s)', :persons_talk), '55000', NULL, '... nor its company (domain/1 E18)');
SELECT throws_ok('SELECT crm.opportunity_from_interaction(-1)', '42704', NULL, '... and that exists');

-- Section 6.12: the demo cycles
SELECT lives_ok('SELECT crm.install_sales_cycles()', 'demo cycles can be installed');
SELECT results_eq($$SELECT sales_cycle_stage, description, completed_pct::numeric, chances_pct::numeric, CASE WHEN sales_cycle_stage < 3 THEN activity_code END, allow_skip, quote_required FROM crm_data.sales_cycle_stage WHERE sales_cycle_code = 'EXISTING' ORDER BY 1$$,
	$$VALUES (1, 'Initial', 2.0, 10.0, 'INIT', true, false), (2, 'Presentation', 50, 40, 'P-WORK', true, false), (3, 'Proposal', 80, 80, NULL, false, true), (4, 'Sign', 95, 100, NULL, false, true)$$, '6.12: the stages of EXISTING');
SELECT is((SELECT array_agg(trim_scale(completed_pct) ORDER BY sales_cycle_stage) FROM crm_data.sales_cycle_stage WHERE sales_cycle_code = 'NEW'), '{2,5,40,60,95}'::numeric[], '6.12: the five stages of NEW');
SELECT results_eq($$SELECT sales_cycle_code, probability_calculation FROM crm_data.sales_cycle WHERE sales_cycle_code IN ('EXISTING', 'NEW') ORDER BY 1$$, $$VALUES ('EXISTING', 'completed'), ('NEW', 'chances of success')$$, '6.12: by completed, and by chances of success');
SELECT lives_ok('SELECT crm.install_sales_cycles()', '... and again');

SELECT * FROM finish();
ROLLBACK;
