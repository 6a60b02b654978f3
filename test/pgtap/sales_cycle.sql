-- Sales cycles, stages, activities, close codes, teams, campaigns (domain/2 sections 6.1, 6.9, 6.12, 8.1, 9; O1-O3, E15)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT plan(43);
INSERT INTO crm.contact (contact_id, contact_no, name) VALUES (1, 'CT1', 'A');
INSERT INTO crm.salesperson (salesperson_code, salesperson_name) VALUES ('jo', 'Jo');
CREATE FUNCTION message(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; detail text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN foreign_key_violation THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	RETURN message || ': ' || detail;
END $$;

-- Entering them: codes, defaults, options
INSERT INTO crm.activity (activity_code, description) VALUES (' call ', 'Call');
INSERT INTO crm.activity_step (activity_code, step_no) VALUES ('call', 10);
SELECT results_eq('SELECT activity_code, step_no, task_type, description, priority, date_formula FROM crm.activity_step',
	$$VALUES ('CALL', 10, NULL::text, '', 'low', NULL::text)$$, 'steps: no type, low priority, on the first day');
INSERT INTO crm.sales_cycle (sales_cycle_code) VALUES ('c');
SELECT results_eq('SELECT * FROM crm.sales_cycle', $$VALUES ('C', '', 'multiply', 'typed', false)$$, 'cycles multiply, roll typed figures up, are not blocked');
INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, activity_code) VALUES ('c', 10, 'call'), ('c', 20, NULL), ('c', 7, NULL);
SELECT results_eq('SELECT * FROM crm.sales_cycle_stage WHERE sales_cycle_stage = 10',
	$$VALUES ('C', 10, '', 0.0000, 0.0000, 'CALL', false, false, false, NULL::text)$$, 'O3: numbers are free; nothing is required');
SELECT throws_ok(format('INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, %s) VALUES (''C'', 30, %s)', c, v), '23514', NULL, format('%s %s is out of range', c, v))
FROM (VALUES ('completed_pct', '100.1'), ('completed_pct', '-1'), ('chances_pct', '101'), ('chances_pct', '-0.1')) AS t (c, v);
SELECT throws_ok($$INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage) VALUES ('C', 0)$$, '23514', NULL, 'stages begin with 1');
SELECT throws_ok($$INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, date_formula) VALUES ('C', 30, '2Z')$$, '22007', NULL, 'E1: a formula is valid');
SELECT throws_ok($$INSERT INTO crm.activity_step (activity_code, step_no, date_formula) VALUES ('CALL', 30, 'soon')$$, '22007', NULL, '... of steps, too');
SELECT throws_ok($$INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, activity_code) VALUES ('C', 30, 'NONE')$$, '23503', NULL, 'activities exist');
SELECT throws_ok($$INSERT INTO crm.sales_cycle (sales_cycle_code, probability_calculation) VALUES ('X', 'guess')$$, '23514', NULL, 'four ways to a probability');
SELECT throws_ok($$INSERT INTO crm.sales_cycle (sales_cycle_code, rolls_up) VALUES ('X', 'both')$$, '23514', NULL, 'two probabilities to weigh with');
SELECT throws_ok($$INSERT INTO crm.activity_step (activity_code, step_no, task_type) VALUES ('CALL', 30, 'letter')$$, '23514', NULL, 'types of tasks are known');
SELECT throws_ok($$INSERT INTO crm.close_opportunity_code VALUES ('X', '', 'drawn')$$, '23514', NULL, 'deals are won or lost');
SELECT throws_ok($$INSERT INTO crm.close_opportunity_code VALUES ('X', '', NULL)$$, '23502', NULL, '... one of the two');
INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('best', 'won');
SELECT results_eq('SELECT * FROM crm.close_opportunity_code', $$VALUES ('BEST', '', 'won', 0::bigint)$$, 'close codes, in upper case');
INSERT INTO crm.campaign (campaign_no, salesperson_code) VALUES ('spring', 'jo');
SELECT results_eq('SELECT campaign_no, salesperson_code, activated FROM crm.campaign', $$VALUES ('SPRING', 'JO', false)$$, 'campaigns are not activated');
SELECT throws_ok($$UPDATE crm.campaign SET starting_date = '2026-02-01', ending_date = '2026-01-31'$$, '23514', NULL, 'they end after they start');
INSERT INTO crm.team VALUES ('east', 'East');
INSERT INTO crm.team_salesperson VALUES ('east', 'jo');
SELECT results_eq('SELECT * FROM crm.team_salesperson', $$VALUES ('EAST', 'JO')$$, 'teams have members');
UPDATE crm.salesperson SET salesperson_code = 'joe', blocked = true;
SELECT results_eq('SELECT salesperson_code, blocked FROM crm.salesperson JOIN crm.team_salesperson USING (salesperson_code)', $$VALUES ('JOE', true)$$,
	'membership follows a new code; salespeople can be blocked');
DELETE FROM crm.team;
SELECT is_empty('SELECT FROM crm.team_salesperson', 'P2: without the team no membership');
SELECT is(message('DELETE FROM crm.activity'), 'update or delete on table "activity" violates foreign key constraint "sales_cycle_stage_activity_fk" on table "sales_cycle_stage": Key (activity_code)=(CALL) is still referenced from table "sales_cycle_stage".',
	'an activity that a stage gives stays');

-- O2: what deals stand on
SELECT lives_ok($$UPDATE crm.sales_cycle_stage SET sales_cycle_stage = 5 WHERE sales_cycle_stage = 7$$, 'an unused stage gets another number');
SELECT lives_ok($$DELETE FROM crm.sales_cycle_stage WHERE sales_cycle_stage = 5$$, '... and goes');
INSERT INTO crm_data.opportunity (opportunity_no, contact_id, sales_cycle_code, salesperson_code, status, creation_date, date_closed, last_modified_at) VALUES
	('OP1', 1, 'C', 'JOE', 'in progress', '2026-03-01', NULL, now()), ('OP2', 1, 'C', 'JOE', 'won', '2026-03-01', '2026-03-09', now());
INSERT INTO crm_data.opportunity_entry (opportunity_entry_id, entry_no, opportunity_no, sales_cycle_code, sales_cycle_stage, date_of_change, creation_date, action_taken, active, valid_from, valid_to, effective_date, close_opportunity_code) VALUES
	(1, 1, 'OP1', 'C', 10, '2026-03-01', '2026-03-01', NULL, false, '2026-03-01', '2026-03-02', '2026-03-01', NULL),
	(2, 2, 'OP1', 'C', 20, '2026-03-02', '2026-03-01', 'next', true, '2026-03-02', 'infinity', '2026-03-02', NULL),
	(3, 3, 'OP2', 'C', 0, '2026-03-09', '2026-03-01', 'won', true, '2026-03-09', 'infinity', '2026-03-09', 'BEST');
SELECT is((SELECT entry_count FROM crm.close_opportunity_code), 1::bigint, 'a deal was closed for this reason');
SELECT is(message('DELETE FROM crm.sales_cycle_stage WHERE sales_cycle_stage = 20'), 'stage 20 of sales cycle "C" has open opportunities: Opportunity "OP1" stands on it.',
	'E15: a stage on which a deal stands is not deleted');
SELECT throws_ok('UPDATE crm.sales_cycle_stage SET sales_cycle_stage = 15 WHERE sales_cycle_stage = 20', '23503', NULL, '... nor renumbered');
SELECT lives_ok($$UPDATE crm.sales_cycle_stage SET description = 'End', completed_pct = 90 WHERE sales_cycle_stage = 20$$, '... but described');
SELECT is(message('DELETE FROM crm.sales_cycle'), 'sales cycle "C" has opportunities: Opportunity "OP1" goes through it.', 'E15: nor a cycle with an open opportunity');
SELECT throws_ok($$UPDATE crm.sales_cycle SET sales_cycle_code = 'D'$$, '23503', NULL, '... nor recoded');
SELECT lives_ok('DELETE FROM crm.sales_cycle_stage WHERE sales_cycle_stage = 10', 'a stage that all have left goes');
SELECT lives_ok('UPDATE crm.sales_cycle SET blocked = true', 'a cycle in use can be blocked');
INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('WORST', 'lost');
ALTER TABLE crm_data.opportunity_entry ALTER opportunity_entry_id RESTART WITH 4;
SELECT crm.opportunity_lost('OP1', 'WORST');
DELETE FROM crm_data.opportunity WHERE opportunity_no = 'OP1';
SELECT is(message('DELETE FROM crm.sales_cycle'), 'sales cycle "C" has opportunities: Opportunity "OP2" goes through it.', 'closed opportunities keep their cycle');
SELECT throws_ok('DELETE FROM crm.close_opportunity_code', '23503', NULL, '... and their reason');
DELETE FROM crm_data.opportunity;
SELECT lives_ok('DELETE FROM crm.sales_cycle', 'a cycle without opportunities goes');
SELECT is_empty('SELECT FROM crm.sales_cycle_stage', 'O2: ... with its stages');

-- The cycles to begin with (section 6.12)
INSERT INTO crm.activity (activity_code, description) VALUES ('SIGN', 'My own');
SELECT crm.install_sales_cycles();
SELECT results_eq($$SELECT s.description, completed_pct, chances_pct, activity_code, quote_required, allow_skip FROM crm.sales_cycle JOIN crm.sales_cycle_stage AS s USING (sales_cycle_code)
	WHERE sales_cycle_code = 'EXISTING' AND probability_calculation = 'completed' ORDER BY sales_cycle_stage$$,
	$$VALUES ('Initial', 2.0000, 10.0000, 'INIT', false, true), ('Presentation', 50, 40, 'P-WORK', false, true),
	('Proposal', 80, 80, 'PROPOSAL', true, false), ('Sign', 95, 100, 'SIGN', true, false)$$, 'EXISTING: probability is what is completed');
SELECT results_eq($$SELECT completed_pct FROM crm.sales_cycle JOIN crm.sales_cycle_stage USING (sales_cycle_code)
	WHERE sales_cycle_code = 'NEW' AND probability_calculation = 'chances of success' ORDER BY sales_cycle_stage$$,
	'VALUES (2.0000), (5), (40), (60), (95)', 'NEW: probability is the chances of success');
SELECT is_empty('SELECT FROM crm.sales_cycle_stage WHERE chances_pct = 0 OR activity_code IS NULL OR date_formula IS NULL', 'every stage has chances, an activity, a date');
SELECT bag_eq('SELECT DISTINCT close_type FROM crm.close_opportunity_code', $$VALUES ('won'), ('lost')$$, 'reasons of both kinds');
SELECT results_eq($$SELECT description, (SELECT count(*) FROM crm.activity_step WHERE activity_code = 'SIGN') FROM crm.activity WHERE activity_code = 'SIGN'$$,
	$$VALUES ('My own', 0::bigint)$$, 'what is there stays as it is');
DELETE FROM crm.sales_cycle_stage WHERE sales_cycle_code = 'NEW' AND sales_cycle_stage = 5;
SELECT crm.install_sales_cycles();
SELECT is((SELECT count(*) FROM crm.sales_cycle_stage), 8::bigint, '... also when installed again');

SELECT * FROM finish();
ROLLBACK;
