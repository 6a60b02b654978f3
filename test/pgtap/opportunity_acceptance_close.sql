-- Opportunities won and lost (domain/2 section 6.9: O16 to O18, O34 to O39; acceptance 22 to 24; E17, E20, E21; K18, K28)
\set QUIET 1
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
\ir ../reference/deal.sql
SELECT no_plan();
SELECT deal.today('2025-03-01');
DELETE FROM crm.close_opportunity_code;

-- O35, E21: the close code
SELECT deal.start('A', contact => 'ANA', salesperson => 'S2'), deal.start('B', contact => 'BETA');
SELECT deal.fails($$SELECT crm.opportunity_lost('A')$$, '{23502,22004}', 'O35, E21: a close code is required');
INSERT INTO crm.close_opportunity_code (close_opportunity_code, description, close_type) VALUES ('PRICE', 'Too dear', 'lost'), ('BEST', 'The best', 'won');
SELECT throws_ok($$SELECT crm.opportunity_lost('A', 'BEST')$$, '22023', NULL, 'O35, E21: a code for won is not for lost');
SELECT throws_ok($$SELECT crm.opportunity_won('A', 'PRICE')$$, '22023', NULL, 'O35, E21: ... nor the other way round');
SELECT throws_ok($$SELECT crm.opportunity_lost('A', 'NONE')$$, '42704', NULL, 'O35: the code must exist');

-- O17, O36: lost
SELECT crm.opportunity_next('A', 2000, date_of_change => '2025-03-04');
SELECT crm.opportunity_lost('A', date_of_change => '2025-03-15') AS entry \gset
SELECT is(deal.stands('A'), '0 lost 0 100 0 0', 'O17, acceptance 22: lost: chances 0, completed 100, probability 0, value 0');
SELECT results_eq($$SELECT entry_no, previous_sales_cycle_stage, close_opportunity_code, date_of_change, date_closed, estimated_close_date, active, days_open, estimated_value::numeric, weighted_value::double precision FROM deal.active WHERE opportunity_no = 'A'$$,
	format($$VALUES (%s::bigint, 2, 'PRICE', date '2025-03-15', date '2025-03-15', date '2025-03-15', true, 0, 2000.0, 0::double precision)$$, :entry),
	'O36, O8, K28: closing entry from stage 2, closed and estimated to close that day, with the estimated value; O35: the only code of its type is filled in');
SELECT results_eq($$SELECT salesperson_code, contact_id, company_id, sales_cycle_code FROM deal.active WHERE opportunity_no = 'A'$$, $$VALUES ('S2', deal.contact_id('ANA'), deal.contact_id('ALFA'), 'FOUR')$$, 'O8: salesperson, contact, company and cycle are kept');
SELECT is(deal.history('A'), '1 first 3, 2 next 11, 0 lost 0', 'O36: the entry before gets its days');
SELECT results_eq($$SELECT status, date_closed FROM crm_data.opportunity WHERE opportunity_no = 'A'$$, $$VALUES ('lost', date '2025-03-15')$$, 'O36, O10: the opportunity is lost, closed that day');
SELECT throws_ok($$SELECT crm.opportunity_lost('A')$$, '55000', NULL, 'O35, E20: a closed one is not closed again');
SELECT throws_ok($$SELECT crm.opportunity_won('A')$$, '55000', NULL, 'O35, E20: ... nor won');

-- O16, O35, O36: won
SELECT crm.opportunity_next('B', 2000, date_of_change => '2025-03-04');
SELECT throws_ok($$SELECT crm.opportunity_won('B', sales_value => 0)$$, '23514', NULL, 'O35, E21: won needs a value');
SELECT throws_ok($$SELECT crm.opportunity_won('B', sales_value => -1)$$, '23514', NULL, 'O35, E21: ... of more than 0');
SELECT throws_ok($$SELECT crm.opportunity_won('B', date_of_change => '2025-03-03')$$, '23514', NULL, 'K18, O35, E17: not closed before the last change');
SELECT throws_ok($$SELECT crm.opportunity_lost('B', date_of_change => '2025-03-03')$$, '23514', NULL, 'K18, O35, E17: ... nor lost');
SELECT crm.opportunity_won('B', sales_value => 1800.505, date_of_change => '2025-03-04');
SELECT is(deal.stands('B'), '0 won 100 100 100 1800.505', 'O16: won: completed, chances and probability 100, the value as typed');
SELECT is((SELECT estimated_value::numeric FROM deal.active WHERE opportunity_no = 'B'), 2000.0, 'O8: the estimated value is that of the entry before');
SELECT results_eq($$SELECT previous_sales_cycle_stage, close_opportunity_code, date_closed, estimated_close_date FROM deal.active WHERE opportunity_no = 'B'$$, $$VALUES (2, 'BEST', date '2025-03-04', date '2025-03-04')$$, 'O36, O18: stage 0 after stage 2, the code filled in, no closing date by formula');
SELECT results_eq($$SELECT status, date_closed FROM crm_data.opportunity WHERE opportunity_no = 'B'$$, $$VALUES ('won', date '2025-03-04')$$, 'O36: the opportunity is won');
SELECT is(deal.history('B'), '1 first 3, 2 next 0, 0 won 0', 'closed on the day of the last change: 0 days');
SELECT deal.start('B2', value => 777);
SELECT crm.opportunity_won('B2');
SELECT is(deal.stands('B2'), '0 won 100 100 100 777', 'O34: without a value, that of the entry before');
SELECT is((SELECT date_of_change FROM deal.active WHERE opportunity_no = 'B2'), date '2025-03-01', 'O9: closed on the work date');
INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('SECOND', 'won'), ('LATE', 'lost');
SELECT deal.start('B3');
SELECT deal.fails($$SELECT crm.opportunity_won('B3')$$, '{23502,22004}', 'O35, E21: of several codes none is filled in');
SELECT deal.fails($$SELECT crm.opportunity_lost('B3')$$, '{23502,22004}', 'O35, E21: ... for lost neither');
SELECT is(deal.history('B3'), '1 first 0', 'what fails leaves no entry');

-- O37: won needs a customer
SELECT deal.start('G', contact => 'GAMMA'), deal.start('SOLO', contact => 'SOLO'), deal.start('ZOE', contact => 'ZOE');
SELECT throws_ok($$SELECT crm.opportunity_won('G', 'BEST')$$, '55000', NULL, 'O37: a company that is no customer does not win');
SELECT throws_ok($$SELECT crm.opportunity_won('SOLO', 'BEST')$$, '55000', NULL, 'O37: a person alone neither');
SELECT lives_ok($$SELECT crm.opportunity_won('ZOE', 'BEST')$$, 'O37: a person of a customer does');
SELECT lives_ok($$SELECT crm.opportunity_lost('G', 'LATE')$$, 'O37: losing needs none');
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, link_type, card_no) VALUES (deal.contact_id('SOLO'), 'CUST', 'customer', 'C-SOLO');
SELECT lives_ok($$SELECT crm.opportunity_won('SOLO', 'BEST')$$, 'O37: a person alone that is a customer does');
INSERT INTO crm.contact (contact_no, contact_type, name, company_id) VALUES ('GIL', 'person', 'Gil', deal.contact_id('GAMMA'));
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, link_type, card_no) VALUES (deal.contact_id('GIL'), 'CUST', 'customer', 'C-GIL');
SELECT deal.start('GIL', contact => 'GIL', salesperson => 'S1');
SELECT throws_ok($$SELECT crm.opportunity_won('GIL', 'BEST')$$, '55000', NULL, 'O37: it is the company that must be the customer');
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, link_type, card_no) VALUES (deal.contact_id('GAMMA'), 'VEND', 'vendor', 'V-GAMMA');
SELECT throws_ok($$SELECT crm.opportunity_won('GIL', 'BEST')$$, '55000', NULL, 'O37: ... not a vendor');

-- O38: closed without having been started
SELECT crm.create_opportunity('Not started', 'ALFA', 'FOUR', opportunity_no => no) FROM unnest('{N1,N2,N3}'::text[]) no;
SELECT crm.opportunity_lost('N1', 'LATE', '2025-03-09');
SELECT is(deal.history('N1'), '0 lost 0', 'O38: one that is not started is lost with one entry');
SELECT results_eq($$SELECT previous_sales_cycle_stage, salesperson_code, contact_id, date_closed, active FROM deal.entry WHERE opportunity_no = 'N1'$$, $$VALUES (NULL::integer, 'S1', deal.contact_id('ALFA'), date '2025-03-09', true)$$, 'O38: ... of the card''s salesperson and contact, no stage before');
SELECT crm.opportunity_won('N2', 'BEST', 500);
SELECT is(deal.stands('N2'), '0 won 100 100 100 500', 'O38: ... or won');
SELECT is((SELECT estimated_value::numeric FROM deal.entry WHERE opportunity_no = 'N2'), 500.0, 'O38: ... the estimated value being what is typed');
SELECT deal.fails($$SELECT crm.opportunity_won('N3', 'BEST')$$, '{23514,23502,22004}', 'O35, E21: ... which must be typed, as there is no entry before');

-- O39, acceptance 23: open tasks
SELECT deal.start('T', contact => 'ANA'), deal.start('T2', contact => 'ANA');
INSERT INTO crm.task (description, task_date, salesperson_code, opportunity_no, recurring, recurring_date_interval, calc_due_date_from) VALUES ('Recurring', '2025-03-05', 'S1', 'T', true, '1W', 'due date'), ('Plain', '2025-03-05', 'S1', 'T', false, NULL, NULL),
	('Other deal', '2025-03-05', 'S1', 'T2', false, NULL, NULL);
INSERT INTO crm.task (description, task_date, salesperson_code, opportunity_no, status, closed, date_closed) VALUES ('Done', '2025-03-05', 'S1', 'T', 'completed', true, '2025-03-02');
SELECT crm.opportunity_won('T', 'BEST', date_of_change => '2025-03-20');
SELECT results_eq($$SELECT description, recurring, canceled, closed, status, date_closed = crm_data.today() FROM crm_data.task WHERE opportunity_no = 'T' ORDER BY description COLLATE "C"$$,
	$$VALUES ('Done', false, false, true, 'completed', false), ('Plain', false, true, true, 'completed', true), ('Recurring', false, true, true, 'completed', true)$$, 'O39, acceptance 23: open tasks are canceled, no longer recurring, with no new occurrence; done ones stay');
SELECT is(deal.open_tasks('T2'), 'Other deal 2025-03-05', 'O39: ... of this opportunity alone');
SELECT crm.opportunity_lost('T2', 'LATE', cancel_open_tasks => false);
SELECT is(deal.open_tasks('T2'), 'Other deal 2025-03-05', 'O34: canceling can be declined');
SELECT deal.start('T3');
UPDATE crm.sales_cycle_stage SET activity_code = 'STEPS' WHERE sales_cycle_code = 'FOUR';
SELECT crm.opportunity_lost('T3', 'LATE');
SELECT is_empty($$SELECT * FROM crm_data.task WHERE opportunity_no = 'T3'$$, 'O32: closing makes no tasks');

-- S8 and others that read closing entries
SELECT is((SELECT count(*) FROM crm_data.opportunity_entry WHERE active AND sales_cycle_stage = 0), (SELECT count(*) FROM crm_data.opportunity WHERE status IN ('won', 'lost')), 'S1: the active entry of a closed opportunity has no stage');

SELECT * FROM finish();
ROLLBACK;
