-- Actions on opportunities (domain/2 sections 6.3 to 6.8: O8 to O15, O18 to O28, O32, O33; acceptance 16 to 21; E16 to E20; K15, K16, K17, K31)
\set QUIET 1
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
\ir ../reference/deal.sql
SELECT no_plan();
SELECT deal.today('2025-03-01');

-- Section 6.4: the four ways to a probability (acceptance 16)
SELECT deal.start(code, code, 10000) FROM unnest('{MULTIPLY,ADD,CHANCES,COMPLETED}'::text[]) code;
SELECT is(deal.stands('MULTIPLY'), '1 first 40 50 20 2000', 'O13: multiply, 40 · 50 / 100 = 20 %, of 10000 2000');
SELECT is(deal.stands('ADD'), '1 first 40 50 45 4500', 'O13: add, (40 + 50) / 2 = 45 %, 4500');
SELECT is(deal.stands('CHANCES'), '1 first 40 50 40 4000', 'O13: chances of success, 40 %, 4000');
SELECT is(deal.stands('COMPLETED'), '1 first 40 50 50 5000', 'O13: completed, 50 %, 5000');
SELECT crm.create_opportunity('Odd', 'ALFA', 'MULTIPLY', opportunity_no => 'ODD');
SELECT crm.opportunity_first('ODD', 999.99, 33);
SELECT is(deal.stands('ODD'), '1 first 33 50 16.5 164.99835', 'O14, K15: 999.99 at 16.5 % is stored as 164.99835, unrounded');
SELECT crm.opportunity_update('ODD', 1.01, 0.01);
SELECT is(deal.stands('ODD'), '1 updated 0.01 50 0.005 0.0000505', 'O14, K15: so is a probability of 0.005 %');
SELECT crm.opportunity_update('ODD', 123456789.123456, 99.99);
SELECT is(deal.stands('ODD'), '1 updated 99.99 50 49.995 61722221.7222718272', 'O14, K15: so are nine digits before the point: 123456789.123456 at 49.995 %');
SELECT crm.opportunity_update('CHANCES', 123456789.123456, 99.99);
SELECT is(deal.stands('CHANCES'), '1 updated 99.99 50 99.99 123444443.4445436544', 'O14, K15: ... and 123456789.123456 at 99.99 %');
SELECT crm.opportunity_update('ODD', 1, 99.99);
SELECT is((SELECT trim_scale(probability_pct) FROM deal.active WHERE opportunity_no = 'ODD'), 49.995, 'O13: typed chances of 99.99 are not rounded to 100');

-- O13, O24: whose chances (acceptance 16). Stages of FOUR: chances 20, 50, 0, 80
SELECT deal.start('C');
SELECT is(deal.stands('C'), '1 first 20 10 20 200', 'O13: chances of the stage when none are typed');
SELECT crm.opportunity_update('C', chances_pct => 33);
SELECT is(deal.stands('C'), '1 updated 33 10 33 330', 'O13: typed chances stay, completed is the stage''s');
SELECT crm.opportunity_update('C', chances_pct => 0);
SELECT is(deal.stands('C'), '1 updated 20 10 20 200', 'O13: chances of 0 give way to those of the stage');
SELECT crm.opportunity_update('C', chances_pct => 34);
SELECT crm.opportunity_next('C');
SELECT is(deal.stands('C'), '2 next 50 40 50 500', 'O24: an action resets the chances to those of its stage');
SELECT crm.opportunity_update('C', chances_pct => 35);
SELECT crm.opportunity_update('C', 1100);
SELECT is(deal.stands('C'), '2 updated 50 40 50 550', 'O24: ... so does an update that types none');
SELECT crm.opportunity_next('C', chances_pct => 36);
SELECT is(deal.stands('C'), '3 next 36 70 36 396', 'O13: a stage without chances keeps the typed ones');
SELECT crm.opportunity_next('C', chances_pct => 37);
SELECT is(deal.stands('C'), '4 next 37 90 37 407', 'O13: next keeps typed chances where the stage has some');
SELECT crm.opportunity_jump('C', 2, chances_pct => 38);
SELECT is(deal.stands('C'), '2 jumped 50 40 50 550', 'O13: jump overwrites typed chances with the stage''s');
SELECT crm.opportunity_previous('C', chances_pct => 39);
SELECT is(deal.stands('C'), '1 previous 39 10 39 429', 'O13: previous keeps typed chances');
SELECT crm.opportunity_skip('C', 3, chances_pct => 41);
SELECT is(deal.stands('C'), '3 jumped 41 70 41 451', 'O13: skip keeps typed chances where the stage has none');
SELECT crm.opportunity_jump('C', 1);
SELECT crm.opportunity_skip('C', 2, chances_pct => 42);
SELECT is(deal.stands('C'), '2 next 50 40 50 550', 'O13: skip overwrites typed chances with the stage''s');

-- O15, O24: the closing date
SELECT crm.create_opportunity('Dates', 'ALFA', 'FOUR', opportunity_no => 'D');
SELECT crm.opportunity_first('D', 1000, date_of_change => '2025-03-14');
SELECT is((SELECT estimated_close_date FROM deal.active WHERE opportunity_no = 'D'), date '2025-03-28', 'O15: a blank closing date is calculated from the date of change, 2W from 14 March');
SELECT crm.opportunity_next('D', date_of_change => '2025-03-31', estimated_close_date => '2025-03-31');
SELECT is((SELECT estimated_close_date FROM deal.active WHERE opportunity_no = 'D'), date '2025-04-30', 'O15: one that is the date of change is calculated too, 1M from 31 March');
SELECT crm.opportunity_update('D', estimated_close_date => '2025-09-01');
SELECT is((SELECT estimated_close_date FROM deal.active WHERE opportunity_no = 'D'), date '2025-09-01', 'O15: any other typed one stays');
SELECT crm.opportunity_next('D', chances_pct => 10, date_of_change => '2025-04-02');
SELECT is((SELECT estimated_close_date FROM deal.active WHERE opportunity_no = 'D'), date '2025-04-02', 'O15, O24, acceptance 17: a stage without a formula leaves it at the date of change');
SELECT crm.opportunity_update('D', chances_pct => 10, estimated_close_date => '2025-06-01');
SELECT throws_ok($$SELECT crm.opportunity_update('D', chances_pct => 10, date_of_change => '2025-06-02', estimated_close_date => '2025-06-01')$$, '23514', NULL, 'acceptance 17, E18: a closing date before the change is refused');
SELECT lives_ok($$SELECT crm.opportunity_update('D', chances_pct => 10, date_of_change => '2025-06-01', estimated_close_date => '2025-06-01')$$, 'O26: on its day it is not');
SELECT crm.opportunity_next('D', date_of_change => '2025-06-10');
SELECT is((SELECT estimated_close_date FROM deal.active WHERE opportunity_no = 'D'), date '2025-06-15', 'O24: an action prefills it by the formula of its stage, 5D from 10 June');
SELECT crm.opportunity_update('D', estimated_close_date => '2025-12-01');
SELECT crm.opportunity_update('D', 2000, date_of_change => '2025-06-20');
SELECT is((SELECT estimated_close_date FROM deal.active WHERE opportunity_no = 'D'), date '2025-06-25', 'O24: ... so does an update that types none');

-- O8, O9, O12: what a new entry has from the one before, and from the card
SELECT deal.today('2025-03-05');
INSERT INTO crm.campaign (campaign_no, activated) VALUES ('CP', true);
SELECT deal.start('H', contact => 'ANA', salesperson => 'S2', campaign => 'CP');
SELECT results_eq($$SELECT sales_cycle_code, contact_id, company_id, salesperson_code, campaign_no, territory_code, date_of_change, creation_date FROM deal.active WHERE opportunity_no = 'H'$$,
	$$VALUES ('FOUR', deal.contact_id('ANA'), deal.contact_id('ALFA'), 'S2', 'CP', 'NORTH', date '2025-03-05', date '2025-03-05')$$, 'O8, O12: the first entry is of the card''s cycle, contact, company, salesperson and campaign; O9: on the work date');
SELECT crm.opportunity_next('H', date_of_change => '2025-03-20') AS next_entry \gset
SELECT results_eq($$SELECT sales_cycle_code, contact_id, company_id, salesperson_code, campaign_no, previous_sales_cycle_stage, sales_cycle_stage, estimated_value::numeric, entry_no FROM deal.active WHERE opportunity_no = 'H'$$,
	format($$VALUES ('FOUR', deal.contact_id('ANA'), deal.contact_id('ALFA'), 'S2', 'CP', 1, 2, 1000.0, %s::bigint)$$, :next_entry), 'O8: the next one has them too, the value, and the stage as the previous one; its number is returned');
SELECT crm.opportunity_update('H');
SELECT is((SELECT date_of_change FROM deal.active WHERE opportunity_no = 'H'), date '2025-03-20', 'O9: the date of change is that of the active entry when the work date is earlier');
SELECT deal.today('2025-03-25');
SELECT crm.opportunity_update('H');
SELECT is((SELECT date_of_change FROM deal.active WHERE opportunity_no = 'H'), date '2025-03-25', 'O9: ... and the work date when that is later');
SELECT is((SELECT count(*) FROM deal.active WHERE opportunity_no = 'H'), 1::bigint, 'O7, O10: one entry is active');
SELECT is((SELECT count(DISTINCT entry_no) FROM deal.entry), (SELECT count(*) FROM deal.entry), 'entries are numbered in one sequence');

-- Acceptance 21, O10, O11: days open
SELECT deal.today('2025-03-01');
SELECT deal.start('DAYS', contact => 'ANA');
SELECT crm.opportunity_next('DAYS', date_of_change => '2025-03-04');
SELECT is(deal.history('DAYS'), '1 first 3, 2 next 0', 'O11: days open are those of the entry that is left, the active one has none');
SELECT crm.opportunity_update('DAYS', date_of_change => '2025-03-10');
SELECT is(deal.history('DAYS'), '1 first 3, 2 next 6, 2 updated 0', 'O10, O27: an update leaves an entry as well; the days of one stage are not carried over to the next');
INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('BETTER', 'won'), ('PRICE', 'lost');
SELECT crm.opportunity_won('DAYS', date_of_change => '2025-03-15');
SELECT is(deal.history('DAYS'), '1 first 3, 2 next 6, 2 updated 5, 0 won 0', 'acceptance 21: changes on 1, 4 and 10 March, closed on 15 March: 3, 6, 5 and 0 days');
SELECT deal.start('SAMEDAY');
SELECT crm.opportunity_next('SAMEDAY'), crm.opportunity_update('SAMEDAY');
SELECT is(deal.history('SAMEDAY'), '1 first 0, 2 next 0, 2 updated 0', 'changes of one day leave 0 days');

-- Section 6.5, acceptance 18: what is available
INSERT INTO crm.sales_cycle (sales_cycle_code, probability_calculation) VALUES ('SNNN', 'add'), ('SSNN', 'add'), ('SSS', 'add'), ('ONE', 'add');
INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, completed_pct, chances_pct, allow_skip, description) SELECT code, stage, 50, 50, substr(code, stage, 1) = 'S', code || stage FROM unnest('{SNNN,SSNN,SSS}'::text[]) code, generate_series(1, length(code)) stage;
INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, completed_pct, chances_pct) VALUES ('ONE', 1, 50, 50);
SELECT crm.create_opportunity('New', 'ALFA', 'SNNN', opportunity_no => 'N');
SELECT is(deal.actions('N'), 'first 1*', 'O7, O23: one that is not started can only be started');
SELECT crm.opportunity_first('N', 100);
SELECT is(deal.actions('N'), 'next 2*, update 1', 'O19: stages s n n n, at 1: the skip list {2} is next, not skip');
SELECT throws_ok($$SELECT crm.opportunity_skip('N', 2)$$, '55000', NULL, 'O19, E16: ... so skip to it is refused');
SELECT crm.opportunity_next('N');
SELECT is(deal.actions('N'), 'next 3*, previous 1, update 2', 'O21: at 2 the jump list {1} is previous, not jump');
SELECT throws_ok($$SELECT crm.opportunity_jump('N', 1)$$, '55000', NULL, 'O21, E16: ... so jump to it is refused');
SELECT throws_ok($$SELECT crm.opportunity_jump('N')$$, '55000', NULL, 'O21, E16: ... with no stage named either');
SELECT deal.start('M', 'SSNN');
SELECT is(deal.actions('M'), 'next 2*, skip 2, skip 3, update 1', 'O19: stages s s n n, at 1: skip to {2, 3}');
SELECT throws_ok($$SELECT crm.opportunity_skip('M', 4)$$, '55000', NULL, 'O19, O20, E16: skip does not pass over stage 3, which does not allow it');
SELECT throws_ok($$SELECT crm.opportunity_skip('M', 99)$$, '42704', NULL, 'E16: there must be such a stage');
SELECT throws_ok($$SELECT crm.opportunity_skip('M', 1)$$, '55000', NULL, 'O19, E16: skip does not stay');
SELECT throws_ok($$SELECT crm.opportunity_jump('M', 3)$$, '55000', NULL, 'O21, E16: jump is backward only');
SELECT crm.opportunity_skip('M', 3);
SELECT is((SELECT action_taken FROM deal.active WHERE opportunity_no = 'M'), 'jumped', 'O20, O22: skip over stage 2, which allows it, is recorded as jumped');
SELECT is(deal.actions('M'), 'next 4*, previous 2, update 3, jump 1, jump 2', 'O21: at 3 jump to {1, 2}');
SELECT crm.opportunity_jump('M', 2);
SELECT is((SELECT concat_ws(' ', sales_cycle_stage, action_taken) FROM deal.active WHERE opportunity_no = 'M'), '2 previous', 'O22, acceptance 18: jump to the stage just before is recorded as previous');
SELECT is(deal.actions('M'), 'next 3*, previous 1, update 2', 'O19: at 2 the skip list {3} is next, not skip');
SELECT crm.opportunity_previous('M');
SELECT crm.opportunity_skip('M', 2);
SELECT is((SELECT concat_ws(' ', sales_cycle_stage, action_taken) FROM deal.active WHERE opportunity_no = 'M'), '2 next', 'O22, acceptance 18: skip to the stage just behind is recorded as next');
SELECT crm.opportunity_next('M'), crm.opportunity_next('M');
SELECT is(deal.actions('M'), 'previous 3, update 4*, jump 1, jump 2, jump 3', 'O23: at the last stage update is the default');
SELECT throws_ok($$SELECT crm.opportunity_next('M')$$, '55000', NULL, 'E16: no next stage');
SELECT crm.opportunity_update('M');
SELECT is((SELECT concat_ws(' ', sales_cycle_stage, action_taken) FROM deal.active WHERE opportunity_no = 'M'), '4 updated', 'K17, O23: an update at the last stage is recorded as updated');
SELECT throws_ok($$SELECT crm.opportunity_jump('M', 4)$$, '55000', NULL, 'O21, E16: jump does not stay');
SELECT crm.opportunity_jump('M', 1);
SELECT is((SELECT concat_ws(' ', sales_cycle_stage, action_taken) FROM deal.active WHERE opportunity_no = 'M'), '1 jumped', 'O22: jump over stages is recorded as jumped');
SELECT throws_ok($$SELECT crm.opportunity_previous('M')$$, '55000', NULL, 'E16: no previous stage');
SELECT crm.opportunity_skip('M', 3), crm.opportunity_next('M');
SELECT crm.opportunity_jump('M');
SELECT is((SELECT concat_ws(' ', sales_cycle_stage, action_taken) FROM deal.active WHERE opportunity_no = 'M'), '3 previous', 'O21: jump without a stage goes to the last listed');
SELECT deal.start('SSS', 'SSS');
SELECT is(deal.actions('SSS'), 'next 2*, skip 2, skip 3, update 1', 'O19: the list ends with the stages');
SELECT deal.start('ONE', 'ONE');
SELECT is(deal.actions('ONE'), 'update 1*', 'a cycle of one stage has update alone');
SELECT is((SELECT description FROM crm.opportunity_action('SSS') WHERE action = 'next'), 'SSS2', 'targets are described by their stages');
SELECT throws_ok($$SELECT crm.opportunity_first('M', 100)$$, '55000', NULL, 'E16: first is for opportunities without an active entry');
SELECT crm.create_opportunity('Not started', 'ALFA', 'FOUR', opportunity_no => 'NOT');
SELECT deal.fails(format('SELECT crm.opportunity_%s(''NOT''%s)', action, CASE WHEN action IN ('skip', 'jump') THEN ', 1' END), '{55000}', 'E20: ' || action || ' is for opportunities in progress') FROM unnest('{next,previous,update,skip,jump}'::text[]) action;
SELECT crm.create_opportunity('Closed', 'ALFA', 'FOUR', activate_first_stage => true, estimated_value => 1, opportunity_no => 'CLOSED');
SELECT crm.opportunity_lost('CLOSED');
SELECT deal.fails(format('SELECT crm.opportunity_%s(''CLOSED''%s)', action, CASE WHEN action IN ('skip', 'jump') THEN ', 1' END), '{55000}', 'E20: ' || action || ' is not for closed opportunities') FROM unnest('{first,next,previous,update,skip,jump}'::text[]) action;
SELECT is(deal.actions('CLOSED'), '', '... which have no action available');
SELECT deal.fails(format('SELECT crm.opportunity_%s(''NONE''%s)', action, CASE WHEN action IN ('skip', 'jump') THEN ', 1' END), '{42704}', action || ' of an unknown opportunity') FROM unnest('{first,next,previous,update,skip,jump,won,lost}'::text[]) action;
INSERT INTO crm.sales_cycle (sales_cycle_code) VALUES ('EMPTY');
SELECT crm.create_opportunity('No stages', 'ALFA', 'EMPTY', opportunity_no => 'EMPTY');
SELECT throws_ok($$SELECT crm.opportunity_first('EMPTY', 100)$$, '55000', NULL, 'E16: a cycle without stages has no first one');

-- O26, E17, E18: checks of all actions
SELECT deal.today('2025-03-10');
SELECT deal.start('E', close_date => '2025-08-01');
SELECT deal.fails(format($$SELECT crm.opportunity_%s('E', date_of_change => '2025-03-09')$$, action), '{23514}', 'O26, E17: ' || action || ' is not before the change before') FROM unnest('{next,update}'::text[]) action;
SELECT deal.fails(format($$SELECT crm.opportunity_%s('E', %s)$$, action, value), '{23514}', 'O26, E18: the value of ' || action || ' must be more than 0, not ' || value) FROM unnest('{next,update}'::text[]) action, unnest('{0,-1}'::numeric[]) value;
SELECT deal.fails(format($$SELECT crm.opportunity_%s('E', chances_pct => -1)$$, action), '{23514}', 'O26, E18: the chances of ' || action || ' must be more than 0') FROM unnest('{next,update}'::text[]) action;
SELECT deal.fails(format($$SELECT crm.opportunity_%s('E', chances_pct => 100.1)$$, action), '{23514}', 'the chances of ' || action || ' are 100 at most') FROM unnest('{next,update}'::text[]) action;
SELECT deal.fails(format($$SELECT crm.opportunity_%s('E', estimated_close_date => '2025-03-09')$$, action), '{23514}', 'O26, E18: the closing date of ' || action || ' is not before its date') FROM unnest('{next,update}'::text[]) action;
SELECT crm.opportunity_next('E');
SELECT deal.fails($$SELECT crm.opportunity_next('E', chances_pct => 0)$$, '{23514}', 'O26, E18: chances of 0 are refused where the stage has none');
SELECT deal.fails(format($$SELECT crm.opportunity_previous('E', %s)$$, argument), '{23514}', 'O26: previous is checked too: ' || argument) FROM unnest(ARRAY['estimated_value => 0', 'date_of_change => ''2025-03-09''', 'estimated_close_date => ''2025-03-09''']) argument;
SELECT deal.start('E2');
SELECT deal.fails(format($$SELECT crm.opportunity_skip('E2', 3, chances_pct => 10, %s)$$, argument), '{23514}', 'O26: skip is checked too: ' || argument) FROM unnest(ARRAY['estimated_value => 0', 'date_of_change => ''2025-03-09''', 'estimated_close_date => ''2025-03-09''']) argument;
SELECT crm.opportunity_skip('E2', 3, chances_pct => 10);
SELECT deal.fails(format($$SELECT crm.opportunity_jump('E2', 1, %s)$$, argument), '{23514}', 'O26: jump is checked too: ' || argument) FROM unnest(ARRAY['estimated_value => 0', 'date_of_change => ''2025-03-09''', 'estimated_close_date => ''2025-03-09''']) argument;
SELECT deal.fails(format($$SELECT crm.opportunity_first('NOT'%s)$$, argument), '{23514,23502,22004}', 'O26, E18: first is checked too' || argument) FROM unnest(ARRAY['', ', 0', ', -5', ', 5, -1', ', 5, estimated_close_date => ''2025-03-09''']) argument;
SELECT is(deal.history('E'), '1 first 0, 2 next 0', 'what fails leaves no entry');
SELECT is((SELECT status FROM crm_data.opportunity WHERE opportunity_no = 'NOT'), 'not started', '... and no status');

-- Acceptance 20, O27, O32, O33: tasks on entering a stage
SELECT deal.today('2025-03-14');
UPDATE crm.sales_cycle_stage SET activity_code = 'STEPS', date_formula = '2W' WHERE sales_cycle_code = 'FOUR' AND sales_cycle_stage = 1;
UPDATE crm.sales_cycle_stage SET activity_code = 'BARE' WHERE sales_cycle_code = 'FOUR' AND sales_cycle_stage IN (2, 3);
SELECT crm.create_opportunity('Tasks', 'ANA', 'FOUR', 'S2', 'CP', segment_no => 'SEG', opportunity_no => 'T');
SELECT crm.opportunity_first('T', 1000) AS first_entry \gset
SELECT is(deal.open_tasks('T'), 'Call 2025-03-15, Meet 2025-03-21, Write 2025-03-31', 'O32, K20, acceptance 20: three steps 1D, 1W and CM from the date of change, whatever the formula of the stage');
SELECT results_eq($$SELECT DISTINCT salesperson_code, contact_id, company_id, campaign_no, segment_no, opportunity_entry_no FROM crm_data.task WHERE opportunity_no = 'T'$$,
	format($$VALUES ('S2', deal.contact_id('ANA'), deal.contact_id('ALFA'), 'CP', 'SEG', %s::bigint)$$, :first_entry), 'O33: tasks carry salesperson, contact, company, campaign, segment and the number of the entry');
SELECT results_eq($$SELECT description, task_type, priority, status, closed, duration_minutes::numeric FROM crm_data.task WHERE opportunity_no = 'T' ORDER BY task_date$$,
	$$VALUES ('Call', 'phone call', 'high', 'not started', false, 1440.0), ('Meet', 'meeting', 'normal', 'not started', false, 1440.0), ('Write', NULL, 'low', 'not started', false, 1440.0)$$, 'T4, T6: type, description and priority of the step, one day, not started');
SELECT crm.opportunity_update('T', 1100);
SELECT is((SELECT count(*) FROM crm_data.task WHERE opportunity_no = 'T'), 3::bigint, 'O27, acceptance 20: an update makes none');
SELECT crm.opportunity_next('T', date_of_change => '2025-03-20');
SELECT is((SELECT count(*) FROM crm_data.task WHERE opportunity_no = 'T' AND task_date = '2025-03-20'), 1::bigint, 'T5: an activity without steps makes one, on the date of change');
SELECT is((SELECT count(*) FROM crm_data.task WHERE opportunity_no = 'T' AND NOT closed), 4::bigint, 'K31, O28: those of the stage before stay open, and do not hinder the change');
SELECT crm.opportunity_previous('T', cancel_old_tasks => true);
SELECT is((SELECT string_agg(concat_ws(' ', status, canceled, date_closed = crm_data.today()), ', ') FROM (SELECT DISTINCT status, canceled, date_closed FROM crm_data.task WHERE opportunity_no = 'T' AND closed) t), 'completed t t', 'O28: cancel old tasks: canceled, so closed and completed, today');
SELECT is(deal.open_tasks('T'), 'Call 2025-03-21, Meet 2025-03-27, Write 2025-03-31', 'O28: ... before the new ones are made; O32: previous makes the tasks of its stage');
SELECT crm.opportunity_update('T', cancel_old_tasks => true);
SELECT is(deal.open_tasks('T'), 'Call 2025-03-21, Meet 2025-03-27, Write 2025-03-31', 'O28: update cancels none');
SELECT crm.opportunity_skip('T', 3, chances_pct => 10, cancel_old_tasks => true);
SELECT is((SELECT count(*) FROM crm_data.task WHERE opportunity_no = 'T' AND NOT closed), 1::bigint, 'O28, O32: skip cancels, and makes the tasks of its stage alone');
SELECT crm.opportunity_jump('T', 1);
SELECT is((SELECT count(*) FROM crm_data.task WHERE opportunity_no = 'T' AND NOT closed), 4::bigint, 'O32: jump makes them too; O28: cancelling is not the default');
INSERT INTO crm.task (description, task_date, salesperson_code, opportunity_no) SELECT 'By hand', '2025-03-15', 'S1', opportunity_no FROM crm.create_opportunity('Tasks before', 'ALFA', 'FOUR', opportunity_no => 'T2') opportunity_no;
SELECT crm.opportunity_first('T2', 1000, cancel_old_tasks => true);
SELECT is((SELECT closed FROM crm_data.task WHERE description = 'By hand'), false, 'O28: first cancels none');

-- K31: stages that must not be left with open tasks
SELECT deal.start('K');
UPDATE crm.sales_cycle_stage SET tasks_closed_required = true WHERE sales_cycle_code = 'FOUR' AND sales_cycle_stage = 1;
SELECT throws_ok($$SELECT crm.opportunity_next('K')$$, '55000', NULL, 'K31: a stage may ask for its tasks to be closed before next');
SELECT throws_ok($$SELECT crm.opportunity_skip('K', 3, chances_pct => 10)$$, '55000', NULL, 'K31: ... before skip');
SELECT throws_ok($$SELECT crm.opportunity_won('K', cancel_open_tasks => false)$$, '55000', NULL, 'K31: ... before won');
SELECT lives_ok($$SELECT crm.opportunity_update('K')$$, 'K31: ... not for an update');
SELECT lives_ok($$SELECT crm.opportunity_next('K', cancel_old_tasks => true)$$, 'K31: tasks that are canceled with it are no hindrance');
SELECT deal.start('K2');
UPDATE crm.task SET status = 'completed', closed = true, date_closed = crm_data.today() WHERE opportunity_no = 'K2';
SELECT lives_ok($$SELECT crm.opportunity_next('K2')$$, 'K31: ... nor are closed ones');
SELECT deal.start('K3');
SELECT lives_ok($$SELECT crm.opportunity_won('K3')$$, 'K31: ... nor those that winning cancels');
SELECT deal.start('K4');
SELECT lives_ok($$SELECT crm.opportunity_lost('K4', cancel_open_tasks => false)$$, 'K31: a deal can be lost whatever is open');

-- O25, acceptance 19, K16: quotes required
SELECT deal.start('Q', 'SSNN');
UPDATE crm.sales_cycle_stage SET quote_required = true WHERE sales_cycle_code = 'SSNN' AND sales_cycle_stage IN (1, 2, 4);
SELECT throws_ok($$SELECT crm.opportunity_next('Q')$$, '55000', NULL, 'O25, E19, acceptance 19: next needs a quote where the stage asks for one');
SELECT throws_ok($$SELECT crm.opportunity_skip('Q', 2)$$, '55000', NULL, 'O25, E19: ... so does skip');
SELECT lives_ok($$SELECT crm.opportunity_update('Q')$$, 'O25, K16: ... update does not');
SELECT lives_ok($$SELECT crm.opportunity_skip('Q', 3)$$, 'O25: it is the target that asks, not what is passed over');
SELECT throws_ok($$SELECT crm.opportunity_next('Q')$$, '55000', NULL, 'O25, E19: ... at the last stage too');
SELECT lives_ok($$SELECT crm.opportunity_previous('Q')$$, 'O25, K16: previous does not');
SELECT crm.opportunity_next('Q');
SELECT lives_ok($$SELECT crm.opportunity_jump('Q', 1)$$, 'acceptance 19, K16: jump back to such a stage does not');
SELECT lives_ok($$SELECT deal.start('Q2', 'SSNN')$$, 'O25, K16: first does not');

SELECT * FROM finish();
ROLLBACK;
