-- Opportunities with a quote (domain/2 O16, O25, acceptance 19 and 22) and in other currencies
\set QUIET 1
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
CREATE TABLE card (id integer PRIMARY KEY, no text, name text NOT NULL);
CREATE TABLE quote (id integer PRIMARY KEY, no text, card integer, day date, amount numeric);
SELECT crm.attach_partner('cards', 'card', 'id', 'customer', 'SELECT id AS card_key, no AS card_no, name FROM card');
SELECT crm.attach_document('quotes', 'quote', 'id', $$SELECT id AS document_key, 'sales quote' AS document_type, day AS posting_date, no AS document_no, card AS partner_key, amount FROM quote$$);
INSERT INTO card VALUES (1, 'C1', 'Customer');
INSERT INTO quote SELECT n, 'Q' || n, 1, '2025-03-01', n * 900 FROM generate_series(1, 5) n;
\ir ../reference/deal.sql
SELECT no_plan();
SELECT deal.today('2025-03-01');
DELETE FROM crm.close_opportunity_code;
INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('BEST', 'won'), ('PRICE', 'lost');
SELECT contact_no AS customer FROM crm_data.contact WHERE name = 'Customer' \gset
UPDATE crm.contact SET salesperson_code = 'S1' WHERE contact_no = :'customer';
UPDATE crm.sales_cycle_stage SET quote_required = true WHERE sales_cycle_code = 'FOUR' AND sales_cycle_stage IN (2, 3);

SELECT deal.start('Q', contact => :'customer');
SELECT throws_ok($$SELECT crm.opportunity_next('Q')$$, '55000', NULL, 'E19, acceptance 19: next without a quote is refused');
SELECT crm.link_document('Q', 'quotes', '1');
SELECT results_eq($$SELECT sales_document_type, sales_document_no FROM crm_data.opportunity WHERE opportunity_no = 'Q'$$, $$VALUES ('quote', 'Q1')$$, 'a quote is linked');
SELECT lives_ok($$SELECT crm.opportunity_next('Q')$$, 'O25: with a quote next is possible');
SELECT is((SELECT estimated_value::numeric FROM deal.active WHERE opportunity_no = 'Q'), 900.0, 'O24: the value is prefilled with the total of the quote');
SELECT crm.opportunity_update('Q', 1000);
SELECT is((SELECT estimated_value::numeric FROM deal.active WHERE opportunity_no = 'Q'), 1000.0, 'O24: ... unless it is typed');
SELECT crm.opportunity_won('Q', sales_value => 1000);
SELECT is(deal.stands('Q'), '0 won 100 100 100 900', 'O16, acceptance 22: won with a quote of 900 while 1000 is typed: 900');
SELECT deal.start('L', contact => :'customer');
SELECT crm.link_document('L', 'quotes', '2');
SELECT crm.opportunity_lost('L');
SELECT is(deal.stands('L'), '0 lost 0 100 0 0', 'O17, acceptance 22: lost with a quote: 0, 100, 0 and 0');
SELECT deal.start('U', contact => :'customer');
SELECT crm.link_document('U', 'quotes', '3');
SELECT crm.unlink_document('U');
SELECT throws_ok($$SELECT crm.opportunity_next('U')$$, '55000', NULL, 'E19: a quote that is no longer linked does not help');
SELECT deal.start('D', contact => :'customer');
SELECT crm.link_document('D', 'quotes', '4');
DELETE FROM quote WHERE id = 4;
SELECT throws_ok($$SELECT crm.opportunity_next('D')$$, '55000', NULL, 'O25, E19: the quote must exist');
SELECT crm.create_opportunity('Not started', :'customer', 'FOUR', opportunity_no => 'N');
SELECT throws_ok($$SELECT crm.link_document('N', 'quotes', '5')$$, '55000', NULL, 'O43: a document is linked only while in progress');
SELECT throws_ok($$SELECT crm.link_document('L', 'quotes', '5')$$, '55000', NULL, 'O43: ... not to a closed one');
SELECT throws_ok($$SELECT crm.link_document('D', 'quotes', '99')$$, '42704', NULL, 'a document that is linked must exist');

-- Other currencies, at the rate of the event (peers.md 2.4: rates cached, amounts unconverted)
SELECT crm.create_opportunity('Euro', 'ALFA', 'MULTIPLY', currency_code => 'EUR', opportunity_no => 'EUR');
SELECT deal.fails($$SELECT crm.opportunity_first('EUR', 100)$$, '{23502,22004}', 'the first value in a currency needs a rate');
SELECT crm.opportunity_first('EUR', 100, currency_rate => 4.9763);
SELECT results_eq($$SELECT estimated_value::numeric, document_value::numeric, trim_scale(currency_rate), currency_code, trim_scale(calcd_current_value) FROM deal.active WHERE opportunity_no = 'EUR'$$, $$VALUES (497.63, 100.0, 4.9763, 'EUR', 99.526)$$,
	'the value is kept in the currency and converted at the given rate');
SELECT crm.opportunity_update('EUR', 200);
SELECT results_eq($$SELECT estimated_value::numeric, document_value::numeric FROM deal.active WHERE opportunity_no = 'EUR'$$, $$VALUES (995.26, 200.0)$$, 'without a rate that of the entry before is kept');
SELECT crm.opportunity_update('EUR', 200, currency_rate => 5);
SELECT results_eq($$SELECT estimated_value::numeric, trim_scale(currency_rate) FROM deal.entry WHERE opportunity_no = 'EUR' ORDER BY entry_no$$, $$VALUES (497.63, 4.9763), (995.26, 4.9763), (1000.0, 5.0)$$, 'each entry keeps the rate of its event');
SELECT crm.opportunity_update('EUR', currency_rate => 6);
SELECT results_eq($$SELECT estimated_value::numeric, document_value::numeric FROM deal.active WHERE opportunity_no = 'EUR'$$, $$VALUES (1200.0, 200.0)$$, 'a new rate converts the kept value anew');
SELECT crm.opportunity_update('EUR', 1.1, currency_rate => 0.3333333);
SELECT is((SELECT trim_scale(estimated_value) FROM deal.active WHERE opportunity_no = 'EUR'), 0.366667, 'local values are rounded to 6 places');
SELECT deal.fails($$SELECT crm.opportunity_update('EUR', currency_rate => 0)$$, '{23514,22023}', 'a rate is more than 0');
SELECT crm.opportunity_won('EUR', sales_value => 210, currency_rate => 7);
SELECT is((SELECT trim_scale(calcd_current_value) FROM deal.active WHERE opportunity_no = 'EUR'), 1470.0, 'the sales value of won is converted too');
SELECT deal.start('LOCAL');
SELECT results_eq($$SELECT currency_code, currency_rate, document_value FROM deal.active WHERE opportunity_no = 'LOCAL'$$, $$VALUES (NULL::text, NULL::numeric, NULL::numeric)$$, 'without a currency there is no rate and no value in it');

SELECT * FROM finish();
ROLLBACK;
