-- Changing and deleting opportunities (domain/2 section 6.10: O12, O40 to O45; E15, E22, E24, E33; domain/1 sections 2.4, 2.5 and 2.9)
\set QUIET 1
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
\ir ../reference/deal.sql
SELECT no_plan();
SELECT deal.today('2025-03-01');
DELETE FROM crm.close_opportunity_code;
INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('BEST', 'won'), ('PRICE', 'lost');
INSERT INTO crm.campaign (campaign_no, activated) VALUES ('CP', true), ('CP2', true);

-- O12, O40: the active entry takes the new value, the others do not
SELECT deal.start('A', contact => 'ANA', salesperson => 'S1', campaign => 'CP');
SELECT crm.opportunity_next('A', 2000, date_of_change => '2025-03-05') AS second \gset
CREATE TEMP TABLE before AS SELECT entry_no, sales_cycle_stage, action_taken, date_of_change, creation_date, estimated_value, chances_pct, completed_pct, probability_pct, calcd_current_value, estimated_close_date, days_open FROM deal.entry WHERE opportunity_no = 'A';
SELECT deal.today('2025-03-10');
SELECT crm.change_opportunity('A', salesperson_code => 'S2');
SELECT is((SELECT salesperson_code FROM crm_data.opportunity WHERE opportunity_no = 'A'), 'S2', 'O40: the card has the new salesperson');
SELECT results_eq($$SELECT salesperson_code, active FROM deal.entry WHERE opportunity_no = 'A' ORDER BY entry_no$$, $$VALUES ('S1', false), ('S2', true)$$, 'O40, O12: the active entry has it, the one before does not');
SELECT set_eq($$SELECT entry_no, sales_cycle_stage, action_taken, date_of_change, creation_date, estimated_value, chances_pct, completed_pct, probability_pct, calcd_current_value, estimated_close_date, days_open FROM deal.entry WHERE opportunity_no = 'A'$$,
	'SELECT * FROM before', 'O40: nothing else of the entries is changed, and there are no more of them');
UPDATE crm.opportunity SET campaign_no = 'CP2' WHERE opportunity_no = 'A';
SELECT results_eq($$SELECT campaign_no, active FROM deal.entry WHERE opportunity_no = 'A' ORDER BY entry_no$$, $$VALUES ('CP', false), ('CP2', true)$$, 'O40: a plain update does the same, here of the campaign');
SELECT crm.change_opportunity('A', contact_no => 'DAN');
SELECT results_eq($$SELECT contact_id, active FROM deal.entry WHERE opportunity_no = 'A' ORDER BY entry_no$$, $$VALUES (deal.contact_id('ANA'), false), (deal.contact_id('DAN'), true)$$, 'O40, O41: so does another contact of the same company');
SELECT results_eq($$SELECT contact_id, company_id, salesperson_code, campaign_no FROM crm_data.opportunity WHERE opportunity_no = 'A'$$, $$VALUES (deal.contact_id('DAN'), deal.contact_id('ALFA'), 'S2', 'CP2')$$, '... the card being as the entry');
SELECT set_eq($$SELECT entry_no, sales_cycle_stage, action_taken, date_of_change, creation_date, estimated_value, chances_pct, completed_pct, probability_pct, calcd_current_value, estimated_close_date, days_open FROM deal.entry WHERE opportunity_no = 'A'$$,
	'SELECT * FROM before', 'O40: nothing else is changed by three of them');
SELECT results_eq($$SELECT sales_cycle_stage, previous_sales_cycle_stage FROM crm.opportunity_entry WHERE opportunity_no = 'A' AND NOT revised ORDER BY entry_no$$, $$VALUES (1, NULL::integer), (2, 1)$$, 'O40, O8: the rewritten entry still says which stage it came from');
SELECT crm.opportunity_update('A', date_of_change => '2025-03-12');
SELECT is(deal.history('A'), '1 first 4, 2 next 7, 2 updated 0', 'O11: the days of a rewritten entry count from its own date of change');
SELECT results_eq($$SELECT salesperson_code, contact_id, campaign_no FROM deal.active WHERE opportunity_no = 'A'$$, $$VALUES ('S2', deal.contact_id('DAN'), 'CP2')$$, 'O12: entries to come have salesperson, contact and campaign of the card');
SELECT lives_ok($$UPDATE crm.opportunity SET salesperson_code = salesperson_code, campaign_no = campaign_no WHERE opportunity_no = 'A'$$, 'an update to the same');
SELECT is((SELECT count(*) FROM crm_data.opportunity_entry WHERE opportunity_no = 'A' AND revised), 3::bigint, '... revises nothing');
SELECT crm.create_opportunity('Not started', 'ANA', 'FOUR', opportunity_no => 'N');
SELECT crm.change_opportunity('N', 'S3', 'CP');
SELECT is_empty($$SELECT * FROM crm_data.opportunity_entry WHERE opportunity_no = 'N'$$, 'O40: one without an entry changes its card alone');
SELECT crm.opportunity_first('N', 10);
SELECT results_eq($$SELECT salesperson_code, campaign_no FROM deal.active WHERE opportunity_no = 'N'$$, $$VALUES ('S3', 'CP')$$, 'O12: ... which its first entry inherits');

-- O40: open tasks that carry the old value
SELECT deal.start('T', contact => 'ANA', salesperson => 'S1', campaign => 'CP');
INSERT INTO crm.task (description, task_date, salesperson_code, contact_id, company_id, campaign_no, opportunity_no) SELECT d, '2025-03-05', s, deal.contact_id(c), deal.contact_id('ALFA'), cp, 'T' FROM (VALUES ('Old', 'S1', 'ANA', 'CP'), ('Other', 'S3', 'DAN', NULL)) v (d, s, c, cp);
INSERT INTO crm.task (description, task_date, salesperson_code, contact_id, campaign_no, opportunity_no, status, closed, date_closed) VALUES ('Done', '2025-03-05', 'S1', deal.contact_id('ANA'), 'CP', 'T', 'completed', true, '2025-03-02');
SELECT crm.change_opportunity('T', 'S2');
SELECT set_eq($$SELECT description, salesperson_code FROM crm_data.task WHERE opportunity_no = 'T'$$, $$VALUES ('Old', 'S1'), ('Other', 'S3'), ('Done', 'S1')$$, 'O40: tasks are left alone unless asked');
SELECT crm.change_opportunity('T', 'S1');
SELECT crm.change_opportunity('T', 'S2', 'CP2', 'DAN', with_open_tasks => true);
SELECT set_eq($$SELECT description, salesperson_code, campaign_no, contact_id FROM crm_data.task WHERE opportunity_no = 'T'$$,
	$$VALUES ('Old', 'S2', 'CP2', deal.contact_id('DAN')), ('Other', 'S3', NULL, deal.contact_id('DAN')), ('Done', 'S1', 'CP', deal.contact_id('ANA'))$$, 'O40: open tasks with the old salesperson, campaign and contact follow; those with another and closed ones do not');

-- O41, E22: contacts of another company
SELECT throws_ok($$SELECT crm.change_opportunity('A', contact_no => 'ZOE')$$, '55000', NULL, 'O41, E22: once started, it does not move to another company');
SELECT throws_ok($$UPDATE crm.opportunity SET contact_id = deal.contact_id('BETA') WHERE opportunity_no = 'A'$$, '55000', NULL, 'O41, E22: ... by an update neither');
SELECT throws_ok($$SELECT crm.change_opportunity('A', contact_no => 'SOLO')$$, '55000', NULL, 'O41, E22: ... nor to a person of no company');
SELECT throws_ok($$SELECT crm.change_opportunity('A', contact_no => 'NOBODY')$$, '42704', NULL, 'the contact must exist');
SELECT lives_ok($$SELECT crm.change_opportunity('A', contact_no => 'ALFA')$$, 'O41: to the company itself it does');
SELECT crm.create_opportunity('Moves', 'ANA', 'FOUR', opportunity_no => 'MOVES');
SELECT lives_ok($$SELECT crm.change_opportunity('MOVES', contact_no => 'ZOE')$$, 'O41: not started, it moves to another company');
SELECT results_eq($$SELECT contact_id, company_id FROM crm_data.opportunity WHERE opportunity_no = 'MOVES'$$, $$VALUES (deal.contact_id('ZOE'), deal.contact_id('BETA'))$$, '... with the company');

-- O43: what can be edited when
SELECT lives_ok($$UPDATE crm.opportunity SET sales_cycle_code = 'ADD' WHERE opportunity_no = 'MOVES'$$, 'O43: the cycle changes while not started');
SELECT throws_ok($$UPDATE crm.opportunity SET sales_cycle_code = 'ADD' WHERE opportunity_no = 'A'$$, '55000', NULL, 'O43: ... not in progress');
SELECT lives_ok($$UPDATE crm.opportunity SET priority = 'high' WHERE opportunity_no = 'A'$$, 'O43: the priority changes in progress');
SELECT deal.start('L', contact => 'ANA'), crm.opportunity_lost('L');
SELECT deal.fails(format($$UPDATE crm.opportunity SET %s WHERE opportunity_no = 'L'$$, assignment), '{55000}', 'O43: not once closed: ' || assignment)
	FROM unnest(ARRAY['salesperson_code = ''S3''', 'campaign_no = ''CP''', 'contact_id = deal.contact_id(''DAN'')', 'priority = ''low''', 'sales_cycle_code = ''ADD''']) assignment;
SELECT throws_ok($$SELECT crm.change_opportunity('L', 'S3')$$, '55000', NULL, 'O43: ... nor by change_opportunity()');
SELECT throws_ok($$SELECT crm.change_opportunity('NONE', 'S3')$$, '42704', NULL, 'an unknown opportunity');
SELECT deal.fails($$UPDATE crm.opportunity SET status = 'won', date_closed = '2025-03-20' WHERE opportunity_no = 'A'$$, '{55000}', 'a status is not set by hand');

-- O44, E24: deleting
SELECT throws_ok($$DELETE FROM crm.opportunity WHERE opportunity_no = 'A'$$, '55000', NULL, 'O44, E24: one in progress is not deleted');
INSERT INTO crm.comment_line (opportunity_no, comment_date, comment_text) VALUES ('L', '2025-03-10', 'Said of L'), ('A', '2025-03-10', 'Said of A');
SELECT lives_ok($$DELETE FROM crm.opportunity WHERE opportunity_no = 'L'$$, 'O44: a closed one is');
SELECT results_eq($$SELECT comment_text FROM crm.comment_line$$, $$VALUES ('Said of A')$$, 'O44: ... with its comments');
SELECT is_empty($$SELECT * FROM crm_data.opportunity_entry WHERE opportunity_no = 'L'$$, 'O44: ... with its entries');
SELECT lives_ok($$DELETE FROM crm.opportunity WHERE opportunity_no = 'MOVES'$$, 'O44: one that is not started is');

-- O45, E15, E33: contacts and salespeople
SELECT throws_ok($$DELETE FROM crm.contact WHERE contact_no = 'ALFA'$$, '23503', NULL, 'O45, E15: a contact with an opportunity in progress is not deleted');
SELECT crm.create_opportunity('Solo', 'SOLO', 'FOUR', opportunity_no => 'SOLO');
SELECT throws_ok($$DELETE FROM crm.contact WHERE contact_no = 'SOLO'$$, '23503', NULL, 'O45: ... nor with one that is not started');
SELECT throws_ok($$DELETE FROM crm.salesperson WHERE salesperson_code = 'S2'$$, '23503', NULL, 'O45, E15: a salesperson with open opportunities is not deleted');
SELECT crm.opportunity_lost('SOLO', date_of_change => '2025-03-14');
SELECT lives_ok($$DELETE FROM crm.contact WHERE contact_no = 'SOLO'$$, 'O45: with closed ones alone a contact is');
SELECT results_eq($$SELECT contact_id, status FROM crm_data.opportunity WHERE opportunity_no = 'SOLO'$$, $$VALUES (NULL::bigint, 'lost')$$, '... and they stay');
SELECT deal.start('DAN', contact => 'DAN'), crm.opportunity_lost('DAN');
SELECT crm.change_opportunity('T', contact_no => 'ALFA', with_open_tasks => true);
UPDATE crm.task SET contact_id = deal.contact_id('ALFA') WHERE contact_id = deal.contact_id('DAN');
SELECT lives_ok($$DELETE FROM crm.contact WHERE contact_no = 'DAN'$$, 'a person without open opportunities is deleted');
SELECT is((SELECT contact_id FROM crm_data.opportunity WHERE opportunity_no = 'DAN'), deal.contact_id('ALFA'), '... the closed ones become the company''s (domain/1 2.9)');
SELECT throws_ok($$UPDATE crm.contact SET contact_type = 'company' WHERE contact_no = 'ANA'$$, '55000', NULL, 'the type of a contact with opportunities does not change (domain/1 2.5)');
SELECT deal.start('ZOE', contact => 'ZOE');
UPDATE crm.contact SET company_id = deal.contact_id('GAMMA') WHERE contact_no = 'ZOE';
SELECT results_eq($$SELECT contact_id, company_id FROM crm_data.opportunity WHERE opportunity_no = 'ZOE'$$, $$VALUES (deal.contact_id('BETA'), deal.contact_id('BETA'))$$, 'a person that moves to another company leaves its opportunities with the old one (domain/1 2.4)');

-- The territory of the entry is that of the contact
SELECT is((SELECT territory_code FROM deal.active WHERE opportunity_no = 'A'), 'NORTH', 'the entry has the territory of the contact');
UPDATE crm.contact SET territory_code = 'SOUTH' WHERE contact_no = 'ALFA';
SELECT is((SELECT territory_code FROM deal.active WHERE opportunity_no = 'A'), 'SOUTH', '... and follows it');
SELECT is((SELECT count(*) FROM crm_data.opportunity_entry WHERE opportunity_no = 'DAN' AND revised), 0::bigint, '... closed ones do not');

SELECT * FROM finish();
ROLLBACK;
