-- Quotes, orders and invoices of the ERP and their opportunities (domain/2 section 6.11, O16, O46-O51, E25, K26, K27)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(163);
SET LOCAL crm.work_date = '2026-03-10';

INSERT INTO crm.salesperson (salesperson_code, salesperson_name) VALUES ('JO', 'Jo');
INSERT INTO crm.activity (activity_code) VALUES ('CALL');
INSERT INTO crm.activity_step (activity_code, step_no) VALUES ('CALL', 10);
INSERT INTO crm.sales_cycle (sales_cycle_code, probability_calculation) VALUES ('C', 'chances of success');
INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, completed_pct, chances_pct, quote_required, activity_code)
VALUES ('C', 1, 10, 10, false, 'CALL'), ('C', 2, 50, 40, true, NULL), ('C', 3, 90, 80, true, NULL);
INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('PRICE', 'won'), ('DEAR', 'lost');

-- A small ERP: quotes turn into orders in one table, invoices and credit memos are in another, and letters name no opportunity
CREATE TABLE customer (id integer PRIMARY KEY, name text NOT NULL);
SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', 'SELECT id AS card_key, name FROM customer');
INSERT INTO customer VALUES (1, 'A');
CREATE TABLE sale (id integer PRIMARY KEY, state text NOT NULL DEFAULT 'quote', opportunity text, total numeric DEFAULT 900, dated date DEFAULT '2026-03-10', customer_id integer DEFAULT 1);
SELECT crm.attach_document('sales', 'sale', 'id', $$SELECT id AS document_key, 'S' || id AS document_no, 'sales ' || state AS document_type, dated AS posting_date,
	customer_id AS partner_key, total AS amount, opportunity AS opportunity_no FROM sale WHERE state <> 'draft'$$);
CREATE TABLE invoice (id integer PRIMARY KEY, opportunity text, total numeric, dated date DEFAULT '2026-03-20');
SELECT crm.attach_document('invoices', 'invoice', 'id', $$SELECT id AS document_key, 'I' || id AS document_no, CASE WHEN total < 0 THEN 'sales credit memo' ELSE 'sales invoice' END AS document_type,
	dated AS posting_date, 1 AS partner_key, total AS amount, opportunity AS opportunity_no FROM invoice$$);
CREATE TABLE letter (id integer PRIMARY KEY, kind text NOT NULL DEFAULT 'quote', total numeric DEFAULT 500, text text, posted boolean NOT NULL DEFAULT true);
SELECT crm.attach_document('letters', 'letter', 'id', $$SELECT id AS document_key, 'sales ' || kind AS document_type, date '2026-03-10' AS posting_date,
	1 AS partner_key, total AS amount, text AS description FROM letter WHERE posted$$);

CREATE FUNCTION open_deal(deal text, customer text DEFAULT 'A', value numeric DEFAULT 1000, currency text DEFAULT NULL, rate numeric DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT crm.create_opportunity(deal, (SELECT contact_no FROM crm.contact WHERE name = customer), 'C', 'JO', opportunity_no => deal, currency_code => currency,
		activate_first_stage => true, estimated_value => value, chances_pct => 10, estimated_close_date => '2026-04-30', currency_rate => rate) $$;
-- Status, document type and number, value of the active entry
CREATE FUNCTION deal(text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', o.status, '|', o.sales_document_type, o.sales_document_no, '|', trim_scale(e.calcd_current_value)) FROM crm_data.opportunity o
	LEFT JOIN crm_data.opportunity_entry e ON e.opportunity_no = o.opportunity_no AND e.active WHERE o.opportunity_no = $1 $$;
-- The problems of a document
CREATE FUNCTION problem(source text, key text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(sqlstate || ' ' || message, ', ' ORDER BY posting_problem_id) FROM crm_data.posting_problem JOIN crm_data.source s USING (source_id)
	WHERE s.source_name = source AND document_key = key $$;
CREATE FUNCTION error(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

-- A quote gives the value
SELECT open_deal('D1');
SELECT is(deal('D1'), 'in progress | | 100', 'a deal in progress');
SELECT is(crm_data.quote_value('D1'), NULL, '... without a quote');
SELECT throws_ok($$SELECT crm.opportunity_next('D1')$$, '55000', NULL, 'O25: the next stage needs a quote');
INSERT INTO sale VALUES (1, 'quote', 'D1');
SELECT is(deal('D1'), 'in progress | quote S1 | 100', 'a quote appears: it is linked');
SELECT results_eq($$SELECT s.source_name, o.document_key FROM crm.opportunity o JOIN crm.source s USING (source_id) WHERE opportunity_no = 'D1'$$,
	$$VALUES ('sales', '1')$$, '... as what it is in the ERP');
SELECT is(crm_data.quote_value('D1'), 900.0, '... and its total is known');
SELECT results_eq($$SELECT * FROM crm_data.linked_quote('D1')$$, $$VALUES ('S1', 900.0)$$, '... and its number');
SELECT lives_ok($$SELECT crm.opportunity_next('D1')$$, 'O25: with a quote it goes on');
SELECT is(deal('D1'), 'in progress | quote S1 | 360', 'O24: at the value of the quote');
UPDATE sale SET total = 950 WHERE id = 1;
SELECT is(crm_data.quote_value('D1'), 950.0, 'the quote changes: its value is read live');
SELECT is(deal('D1'), 'in progress | quote S1 | 360', '... the entry stays');
UPDATE sale SET total = 900 WHERE id = 1;
SELECT crm.opportunity_won('D1', sales_value => 1000);
SELECT is(deal('D1'), 'won | quote S1 | 900', 'O16, acceptance 22: typed 1000, quote 900: it is won at 900');
UPDATE sale SET state = 'order', total = 920 WHERE id = 1;
SELECT is(deal('D1'), 'won | order S1 | 920', 'O49: won by hand, then the quote becomes an order: order, number and total');
SELECT is((SELECT count(*) FROM crm_data.opportunity_entry WHERE opportunity_no = 'D1' AND action_taken = 'won' AND NOT revised), 1::bigint, '... of the one closing entry');
SELECT is_empty('SELECT * FROM crm.posting_problem', 'no problem so far');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');

-- Quote deleted, unposted, renamed
SELECT open_deal('D2');
INSERT INTO sale VALUES (2, 'quote', 'D2');
DELETE FROM sale WHERE id = 2;
SELECT is(deal('D2'), 'in progress | | 100', 'O51: a deleted quote clears the link');
INSERT INTO sale VALUES (2, 'quote', 'D2');
UPDATE sale SET state = 'draft' WHERE id = 2;
SELECT is(deal('D2'), 'in progress | | 100', '... an unposted one too');
UPDATE sale SET state = 'quote' WHERE id = 2;
SELECT is(deal('D2'), 'in progress | quote S2 | 100', '... posted again, it is linked again');
UPDATE sale SET id = 3 WHERE id = 2;
SELECT is(deal('D2'), 'in progress | quote S3 | 100', 'a quote with another key');
UPDATE sale SET opportunity = NULL WHERE id = 3;
SELECT is(deal('D2'), 'in progress | | 100', 'a quote that names it no more');
UPDATE sale SET opportunity = 'D2' WHERE id = 3;
SELECT is(deal('D2'), 'in progress | quote S3 | 100', '... and again');

-- One document, one opportunity
INSERT INTO sale VALUES (4, 'quote', 'D2');
SELECT is(problem('sales', '4'), '55000 opportunity "D2" of quote "4" is linked with quote "S3" already', 'E25: a second quote is a problem');
SELECT is(deal('D2'), 'in progress | quote S3 | 100', '... the first one stays');
SELECT is(crm.replay_problems(), 0::bigint, '... as long as it is there');
SELECT is(problem('sales', '4'), '55000 opportunity "D2" of quote "4" is linked with quote "S3" already', '... the problem is said again');
DELETE FROM sale WHERE id = 3;
SELECT is(deal('D2'), 'in progress | | 100', '... it goes');
SELECT is(crm.replay_problems(), 1::bigint, '... and the problem with it');
SELECT is(deal('D2'), 'in progress | quote S4 | 100', '... the second one takes its place');
SELECT open_deal('D3');
UPDATE sale SET opportunity = 'D3' WHERE id = 4;
SELECT is(deal('D2') || ', ' || deal('D3'), 'in progress | | 100, in progress | quote S4 | 100', 'O47: the ERP moves a quote to another opportunity');
SELECT open_deal('D4');
INSERT INTO sale VALUES (5, 'quote', 'D4');
UPDATE sale SET opportunity = CASE opportunity WHEN 'D3' THEN 'D4' ELSE 'D3' END WHERE id IN (4, 5);
SELECT is(deal('D3') || ', ' || deal('D4'), 'in progress | quote S5 | 100, in progress | quote S4 | 100', '... two change places in one statement');

-- The order wins
UPDATE sale SET state = 'order', dated = '2026-03-12' WHERE id = 4;
SELECT is(deal('D4'), 'won | order S4 | 900', 'O49: the quote becomes an order, which wins');
SELECT results_eq($$SELECT date_of_change, date_closed, close_opportunity_code, trim_scale(estimated_value), completed_pct::int, chances_pct::int FROM crm_data.opportunity_entry WHERE opportunity_no = 'D4' AND active$$,
	$$VALUES (date '2026-03-12', date '2026-03-12', 'PRICE', 1000.0, 100, 100)$$, '... at the order''s date, with the only code');
SELECT is((SELECT date_closed FROM crm.opportunity WHERE opportunity_no = 'D4'), date '2026-03-12', '... the opportunity too');
SELECT is((SELECT bool_and(canceled) FROM crm.task WHERE opportunity_no = 'D4'), true, '... and cancels its tasks');
UPDATE sale SET state = 'order', total = 980 WHERE id = 5;
SELECT is(deal('D3'), 'won | order S5 | 980', 'a quote of 900 becomes an order of 980');
SELECT is((SELECT trim_scale(calcd_current_value) FROM crm_data.opportunity_entry WHERE opportunity_no = 'D3' AND action_taken = 'won' AND revised), 900.0, '... it was won with the quote');
UPDATE sale SET total = 990 WHERE id = 5;
SELECT is(deal('D3'), 'won | order S5 | 990', '... and follows the order');
SELECT open_deal('D5');
INSERT INTO sale VALUES (6, 'order', 'D5', 700);
SELECT is(deal('D5'), 'won | order S6 | 700', 'an order without a quote');
SELECT open_deal('D6');
INSERT INTO sale VALUES (7, 'quote', 'D6', 800), (8, 'order', 'D6', 810);
SELECT is(deal('D6'), 'won | order S8 | 810', 'quote and order are two records');
SELECT is((SELECT trim_scale(calcd_current_value) FROM crm_data.opportunity_entry WHERE opportunity_no = 'D6' AND action_taken = 'won' AND revised), 800.0, '... it was won with the quote');
DELETE FROM sale WHERE id = 7;
SELECT is(deal('D6'), 'won | order S8 | 810', '... which may go');
SELECT open_deal('D7');
INSERT INTO sale VALUES (9, 'order', 'D7', 700, '2026-01-01');
SELECT is((SELECT date_of_change FROM crm_data.opportunity_entry WHERE opportunity_no = 'D7' AND active), date '2026-03-10', 'an order older than the last stage wins at that stage''s date');
SELECT open_deal('D8', value => 1000, currency => 'EUR', rate => 3);
INSERT INTO sale VALUES (10, 'order', 'D8', 700);
SELECT is(deal('D8'), 'won | order S10 | 700', 'an opportunity in a currency: the order''s total in local currency');
SELECT is(problem('sales', '10'), NULL, '... without a problem');
SELECT is_empty('SELECT * FROM crm.posting_problem', 'no problem is left');

-- Invoices
INSERT INTO invoice VALUES (1, 'D4', 300);
SELECT is(deal('D4'), 'won | posted invoice I1 | 900', 'O50, K26: an invoice of the order; the value is that of the whole order');
INSERT INTO invoice VALUES (2, 'D4', 400, '2026-03-21');
SELECT is(deal('D4'), 'won | posted invoice I2 | 900', '... the newest one');
INSERT INTO invoice VALUES (3, 'D4', -50);
SELECT is(crm_data.invoiced_value('D4'), 650.0, 'invoiced: invoices less credit memos');
SELECT is(crm_data.invoiced_value('D5'), 0.0, '... of none');
SELECT results_eq($$SELECT document_type, document_no, amount::integer FROM crm.opportunity_document WHERE opportunity_no = 'D4' ORDER BY document_no$$,
	$$VALUES ('sales invoice', 'I1', 300), ('sales invoice', 'I2', 400), ('sales credit memo', 'I3', -50), ('sales order', 'S4', 900)$$, 'all documents of an opportunity');
UPDATE sale SET total = 1200 WHERE id = 4;
SELECT is(deal('D4'), 'won | posted invoice I2 | 1200', 'the order is edited after the invoice');
DELETE FROM invoice WHERE id = 2;
SELECT is(deal('D4'), 'won | posted invoice I1 | 1200', 'an invoice goes: the one before stands for it');
DELETE FROM invoice WHERE id = 1;
SELECT is(deal('D4'), 'won | order S4 | 1200', '... and then the order');
INSERT INTO invoice VALUES (1, 'D4', 1200);
DELETE FROM sale WHERE id = 4;
SELECT is(deal('D4'), 'won | posted invoice I1 | 1200', 'an order that is deleted when it is invoiced');
UPDATE sale SET state = 'invoice' WHERE id = 5;
SELECT is(deal('D3'), 'won | posted invoice S5 | 990', 'an order that becomes an invoice');

-- The order goes
SET LOCAL crm.work_date = '2026-03-25';
DELETE FROM sale WHERE id = 6;
SELECT is(deal('D5'), 'lost | | 0', 'O51, K27: deleting the order of a won opportunity loses it');
SELECT results_eq($$SELECT action_taken, active, sales_cycle_stage, completed_pct::int, chances_pct::int, probability_pct::int, estimated_value::int, weighted_value::int
	FROM crm_data.opportunity_entry WHERE opportunity_no = 'D5' AND NOT revised ORDER BY opportunity_entry_id$$,
	$$VALUES (NULL, false, 1, 10, 10, 10, 1000, 100), ('won', false, 0, 100, 100, 100, 1000, 0), ('lost', true, 0, 100, 0, 0, 1000, 0)$$,
	'... with a new lost entry, of the value that was estimated');
SELECT is((SELECT array_agg(days_open) FROM crm_data.opportunity_entry WHERE opportunity_no = 'D5' AND action_taken IN ('won', 'lost')), ARRAY[0, 0], '... and no days open');
SELECT is((SELECT date_closed FROM crm_data.opportunity WHERE opportunity_no = 'D5'), date '2026-03-25', '... today');
UPDATE sale SET state = 'draft' WHERE id = 8;
SELECT is(deal('D6'), 'lost | | 0', '... unposting it too');
UPDATE sale SET id = 90 WHERE id = 9;
SELECT is(deal('D7'), 'won | order S90 | 700', '... but not giving it another key');
INSERT INTO sale VALUES (11, 'order', 'D7', 710);
SELECT is(problem('sales', '11'), '55000 opportunity "D7" of order "11" is linked with order "S90" already', 'E25: a second order');
DELETE FROM sale WHERE id = 90;
SELECT is(deal('D7'), 'won | order S11 | 710', '... which stands in for the first');
UPDATE sale SET customer_id = 99 WHERE id = 11;
SELECT is(deal('D7'), 'won | order S11 | 710', 'an order that cannot be logged any more is not lost');
UPDATE sale SET customer_id = 1, total = 720 WHERE id = 11;
SELECT is(deal('D7'), 'won | order S11 | 720', '... and goes on when it can');
SELECT open_deal('D9');
INSERT INTO sale VALUES (12, 'quote', 'D9');
UPDATE sale SET customer_id = 99 WHERE id = 12;
DELETE FROM sale WHERE id = 12;
INSERT INTO sale VALUES (13, 'quote', 'D9');
SELECT is(deal('D9'), 'in progress | quote S13 | 100', 'a link with a document that is no more gives way');
DELETE FROM crm_data.posting_problem;

-- What goes wrong is a problem, never an error
INSERT INTO sale VALUES (20, 'quote', 'NONE');
SELECT is(problem('sales', '20'), '42704 opportunity "NONE" of quote "20" does not exist', 'an unknown opportunity');
SELECT crm.create_opportunity('new', (SELECT contact_no FROM crm.contact WHERE name = 'A'), 'C', 'JO', opportunity_no => 'N1');
INSERT INTO sale VALUES (21, 'quote', 'N1'), (22, 'order', 'N1');
SELECT is(problem('sales', '21'), '55000 opportunity "N1" of quote "21" is not started', 'a quote of one not started');
SELECT is(problem('sales', '22'), '55000 opportunity "N1" of order "22" is not started', '... an order too');
SELECT is(deal('N1'), 'not started | |', '... which changes nothing');
SELECT crm.opportunity_first('N1', 100);
SELECT is(crm.replay_problems('sales'), 2::bigint, '... when it is started, replaying links and wins');
SELECT is(deal('N1'), 'won | order S22 | 900', '... in the right order');
SELECT is(problem('sales', '20'), '42704 opportunity "NONE" of quote "20" does not exist', '... the other problem is still there');
INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('QUALITY', 'won');
SELECT open_deal('D10');
INSERT INTO sale VALUES (23, 'order', 'D10');
SELECT is(deal('D10'), 'in progress | | 100', 'two close codes and none in the setup');
SELECT alike(problem('sales', '23'), '23502 %', '... is a problem');
UPDATE crm_data.setup SET won_close_opportunity_code = 'QUALITY';
SELECT crm.replay_problems('sales');
SELECT is(deal('D10'), 'won | order S23 | 900', '... until the setup says one');
SELECT is((SELECT close_opportunity_code FROM crm_data.opportunity_entry WHERE opportunity_no = 'D10' AND active), 'QUALITY', '... which it is');
INSERT INTO crm.contact (name) VALUES ('B');
SELECT open_deal('D11', 'B');
INSERT INTO sale VALUES (24, 'order', 'D11');
SELECT alike(problem('sales', '24'), '55000 %', 'O37: no customer');
SELECT is(deal('D11'), 'in progress | | 100', '... is not won');
INSERT INTO sale VALUES (25, 'order', 'D11', 0);
SELECT is(problem('sales', '25') IS NOT NULL, true, 'an order of nothing');
INSERT INTO invoice VALUES (10, 'D11', 10);
SELECT is(problem('invoices', '10'), '55000 opportunity "D11" of invoice "10" is in progress', 'an invoice without an order');
SELECT open_deal('D12');
SELECT crm.opportunity_lost('D12');
INSERT INTO sale VALUES (26, 'quote', 'D12', 900, '2026-03-26');
SELECT is(problem('sales', '26'), '55000 opportunity "D12" of quote "26" is lost', 'a quote of a lost one');
INSERT INTO sale VALUES (28, 'quote', 'D12', 900, '2026-03-25');
SELECT is(problem('sales', '28'), NULL, '... but not one that was made before');
SELECT open_deal('D13');
INSERT INTO sale VALUES (27, 'quote', 'D13');
SELECT crm.opportunity_lost('D13');
SELECT is(deal('D13'), 'lost | quote S27 | 0', 'acceptance 22: lost with a quote');
UPDATE sale SET total = 1 WHERE id = 27;
SELECT is(problem('sales', '27'), NULL, '... which may be edited');
UPDATE sale SET state = 'order' WHERE id = 27;
SELECT is(deal('D13'), 'lost | | 0', 'O49: it becomes an order all the same: the link is dropped');
INSERT INTO sale VALUES (29, 'quote', 'D13', 900, '2026-03-25');
SELECT crm.backfill('sales');
SELECT is(problem('sales', '29'), NULL, '... logging all anew finds nothing wrong with the quotes of closed ones');
SELECT is(deal('D13') || ', ' || deal('D10') || ', ' || deal('D8'), 'lost | | 0, won | order S23 | 900, won | order S10 | 700', '... and changes nothing');
SELECT is((SELECT count(*) FROM crm_data.interaction WHERE document_key IN ('20', '21', '22', '23', '24', '25', '26', '27', '28') AND posted), 9::bigint, 'all of them are in the log');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');
SELECT open_deal('E' || n) FROM generate_series(1, 4) AS n;
INSERT INTO sale SELECT 100 + n, 'order', CASE WHEN n = 3 THEN 'NONE' ELSE 'E' || n END, n FROM generate_series(1, 4) AS n;
SELECT is((SELECT string_agg(deal('E' || n), ', ' ORDER BY n) FROM generate_series(1, 4) AS n),
	'won | order S101 | 1, won | order S102 | 2, in progress | | 100, won | order S104 | 4', 'one of many that is wrong keeps nobody back');
SELECT is(problem('sales', '103'), '42704 opportunity "NONE" of order "103" does not exist', '... and is named');
SAVEPOINT before;
SELECT open_deal('E5');
INSERT INTO sale VALUES (105, 'order', 'E5');
ROLLBACK TO before;
SELECT is_empty($$SELECT FROM crm_data.opportunity_entry WHERE opportunity_no = 'E5'$$, 'a posting that is rolled back');

-- The number as users may write it, or as an ERP says that there is none
SELECT open_deal('E6');
INSERT INTO sale VALUES (106, 'quote', ' e6 ');
SELECT is(deal('E6'), 'in progress | quote S106 | 100', 'a number in another case, with blanks');
INSERT INTO sale VALUES (107, 'quote', ''), (108, 'quote', '  ');
SELECT results_eq($$SELECT DISTINCT opportunity_no FROM crm_data.interaction WHERE document_key IN ('107', '108')$$, 'VALUES (NULL::text)', 'a blank one is none');
SELECT is_empty($$SELECT FROM crm_data.posting_problem WHERE document_key IN ('106', '107', '108')$$, '... and no problem');
SELECT crm.link_document('E3', 'sales', '107');
UPDATE sale SET total = 1 WHERE id = 107;
SELECT is((SELECT opportunity_no FROM crm_data.interaction WHERE document_key = '107'), 'E3', '... so that a link by hand stays');
INSERT INTO sale VALUES (109, 'quote', (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 1000) AS n));
SELECT is(problem('sales', '109'), '22001 opportunity number "' || left(upper(md5('1') || md5('2')), 40) || '..." of document "109" is too long', 'a number that is none');
SELECT is((SELECT opportunity_no IS NULL FROM crm_data.interaction WHERE document_key = '109' AND posted), true, '... the document is logged without it');
INSERT INTO sale VALUES (111, 'quote', rpad('', 100, 'é')), (112, 'quote', rpad('', 100, 'x'));
SELECT alike(problem('sales', '111'), '22001 opportunity number "ÉÉÉÉÉÉÉÉÉÉÉÉÉÉÉÉÉÉÉÉ..." %', '... bytes count');
SELECT alike(problem('sales', '112'), '42704 %', '... of which there may be 100');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');
UPDATE sale SET opportunity = 'E6' WHERE id = 109;
SELECT is(problem('sales', '109') LIKE '%, 55000 opportunity "E6" of quote "109" is linked with quote "S106" already', true, 'the number is mended');
DELETE FROM sale WHERE id BETWEEN 106 AND 112;
SELECT crm.replay_problems('sales');
SELECT is_empty($$SELECT FROM crm_data.posting_problem WHERE document_key IN ('109', '111', '112')$$, '... or the document goes');

-- Whoever posts needs no right to anything of ours
CREATE ROLE test_clerk;
GRANT ALL ON sale, invoice, letter TO test_clerk;
SELECT open_deal('F1');
SET LOCAL ROLE test_clerk;
INSERT INTO sale VALUES (110, 'quote', 'F1', 90);
UPDATE sale SET state = 'order' WHERE id = 110;
RESET ROLE;
SELECT is(deal('F1'), 'won | order S110 | 90', 'a clerk of the ERP wins an opportunity');
SELECT crm.grant_role('test_clerk', 'user');
SELECT open_deal('F2');
INSERT INTO letter VALUES (50);
SET LOCAL ROLE test_clerk;
SELECT lives_ok($$SELECT crm.link_document('F2', 'letters', '50')$$, 'a user of the CRM links');
SELECT is(crm_data.quote_value('F2'), 500.0, '... reads');
SELECT lives_ok($$SELECT crm.unlink_document('F2')$$, '... and unlinks');
RESET ROLE;

-- Quotes and orders in two attachments of one table, looked at when the transaction commits, reversed when they go
CREATE TABLE trade (id integer PRIMARY KEY, state text, opportunity text, total numeric);
SELECT crm.attach_document(kind || 's', 'trade', 'id', format($$SELECT id AS document_key, 'sales %1$s' AS document_type, date '2026-03-25' AS posting_date,
	1 AS partner_key, total AS amount, opportunity AS opportunity_no FROM trade WHERE state = '%1$s'$$, kind), timing => 'commit', on_unpost => 'reverse')
FROM unnest(ARRAY['quote', 'order']) AS kind;
SELECT open_deal('T1');
INSERT INTO trade VALUES (1, 'quote', 'T1', 70);
SELECT is(deal('T1'), 'in progress | | 100', 'at commit: nothing yet');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(deal('T1'), 'in progress | quote 1 | 100', '... the quote');
SET CONSTRAINTS ALL DEFERRED;
UPDATE trade SET state = 'order', total = 75;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(deal('T1'), 'won | order 1 | 75', '... which goes as the order comes');
DELETE FROM trade;
SELECT is(deal('T1'), 'lost | | 0', '... and goes, too');
SELECT is((SELECT count(*) FROM crm_data.interaction WHERE opportunity_no = 'T1'), 4::bigint, '... each with its reversal');
SELECT is_empty($$SELECT FROM crm.opportunity_document WHERE opportunity_no = 'T1'$$, '... so that there are no documents left');
SET CONSTRAINTS ALL DEFERRED;

-- By hand
SELECT open_deal('H1'), open_deal('H2');
INSERT INTO letter VALUES (1);
SELECT crm.link_document('h1', 'letters', '1');
SELECT is(deal('H1'), 'in progress | quote 1 | 100', 'a quote that names no opportunity is linked by hand');
SELECT is(crm_data.quote_value('H1'), 500.0, '... and gives its value');
UPDATE letter SET total = 510, text = 'edited' WHERE id = 1;
SELECT is(deal('H1') || ' ' || crm_data.quote_value('H1')::integer, 'in progress | quote 1 | 100 510', '... the link stays when the quote is edited');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... and verified');
SELECT crm.backfill('letters');
SELECT is(deal('H1'), 'in progress | quote 1 | 100', '... and logged again');
SELECT is(error($$SELECT crm.link_document('H2', 'letters', '1')$$), '55000 document "1" is linked with opportunity "H1"', 'E25: it has an opportunity');
SELECT crm.link_document('H2', 'letters', '1', move => true);
SELECT is(deal('H1') || ', ' || deal('H2'), 'in progress | | 100, in progress | quote 1 | 100', '... and is moved');
INSERT INTO letter VALUES (2);
SELECT is(error($$SELECT crm.link_document('H2', 'letters', '2')$$), '55000 opportunity "H2" of quote "2" is linked with quote "1" already', 'E25: the opportunity has a quote');
SELECT is((SELECT count(*) FROM crm.opportunity_document WHERE source_id = (SELECT source_id FROM crm.source WHERE source_name = 'letters')), 1::bigint, '... nothing is left of it');
SELECT crm.unlink_document('H2');
SELECT is(deal('H2'), 'in progress | | 100', 'unlinked');
SELECT is(error($$SELECT crm.unlink_document('H2')$$), '55000 opportunity "H2" is linked with no document', '... there is nothing more to unlink');
SELECT crm.link_document('H2', 'letters', '2');
UPDATE letter SET kind = 'order', total = 600 WHERE id = 2;
SELECT is(deal('H2'), 'won | order 2 | 600', 'a quote linked by hand becomes an order, which wins');
UPDATE letter SET posted = false WHERE id = 2;
SELECT is(deal('H2'), 'lost | | 0', '... and goes');
SELECT is(error(format('SELECT crm.link_document(%s)', arguments)), message, 'link_document(' || arguments || ')')
FROM (VALUES ($$'NONE', 'letters', '1'$$, '42704 opportunity "NONE" does not exist'),
	($$'H1', 'none', '1'$$, '42704 nothing is attached under the name "none"'),
	($$'H1', 'letters', '99'$$, '42704 "letters" has no document "99" in the log'),
	($$'H1', 'invoices', '3'$$, '55000 document "3" is a sales credit memo'),
	($$'H1', 'sales', '20'$$, '55000 document "20" names opportunity "NONE" itself'),
	($$'H1', 'sales', '20', true$$, '55000 document "20" names opportunity "NONE" itself'),
	($$'H2', 'letters', '1'$$, '55000 opportunity "H2" of quote "1" is lost')) AS t (arguments, message);
SELECT open_deal('H3');
INSERT INTO sale VALUES (30, 'quote', 'H3');
SELECT is(error($$SELECT crm.unlink_document('H3')$$), '55000 document "30" names opportunity "H3" itself', 'what the ERP says is changed there');
INSERT INTO sale VALUES (31, 'quote', NULL);
SELECT crm.link_document('H1', 'sales', '31');
SELECT open_deal('H4');
UPDATE sale SET opportunity = 'H4' WHERE id = 31;
SELECT is(deal('H1') || ', ' || deal('H4'), 'in progress | | 100, in progress | quote S31 | 100', 'the document''s own word wins over the hand');
UPDATE sale SET opportunity = NULL WHERE id = 31;
SELECT is(deal('H4'), 'in progress | | 100', '... and may be taken back');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');

-- An order of nothing is no value
SELECT open_deal('W1'), open_deal('W2');
INSERT INTO sale VALUES (200, 'order', 'W1', 700);
UPDATE sale SET total = 0 WHERE id = 200;
SELECT is(deal('W1'), 'won | order S200 | 700', 'an order edited to 0: the value stays');
SELECT is(problem('sales', '200'), '23514 opportunity "W1": the total of order "200" must be greater than 0', '... and the order has a problem');
UPDATE sale SET total = -500 WHERE id = 200;
SELECT is(deal('W1'), 'won | order S200 | 700', '... to less than 0');
INSERT INTO invoice VALUES (200, 'W1', 100);
SELECT is(deal('W1'), 'won | posted invoice I200 | 700', '... which is invoiced');
UPDATE sale SET total = NULL WHERE id = 200;
SELECT is(deal('W1'), 'won | posted invoice I200 | 700', '... of no total');
SELECT is(problem('sales', '200'), '23514 opportunity "W1": the total of order "200" must be greater than 0', '... with the same problem, said once');
UPDATE sale SET total = 710 WHERE id = 200;
SELECT crm.replay_problems();
SELECT is(deal('W1') || problem('sales', '200'), NULL, 'mended: no problem is left');
SELECT is(deal('W1'), 'won | posted invoice I200 | 710', '... and the value is the order''s');
INSERT INTO sale VALUES (201, 'quote', 'W2', 300);
UPDATE sale SET state = 'order', total = 0 WHERE id = 201;
SELECT is(deal('W2'), 'won | order S201 | 300', 'a quote becomes an order of nothing: won with the quote');
SELECT is(problem('sales', '201'), '23514 opportunity "W2": the total of order "201" must be greater than 0', '... the order has a problem');
DELETE FROM crm_data.posting_problem;

-- Many invoices of one opportunity
SELECT open_deal('M1'), open_deal('M2'), open_deal('M3');
INSERT INTO sale VALUES (210, 'order', 'M1', 700), (211, 'order', 'M2', 700);
SELECT pg_stat_get_xact_tuples_updated('crm_data.opportunity'::regclass) AS updated \gset
INSERT INTO invoice SELECT 1000 + n, CASE WHEN n % 2 = 0 THEN 'M1' ELSE 'M2' END, 1, date '2026-04-01' + n FROM generate_series(1, 90) AS n;
SELECT is(pg_stat_get_xact_tuples_updated('crm_data.opportunity'::regclass) - :updated, 2::bigint, 'many invoices of one statement: an opportunity is written once');
SELECT is(deal('M1') || ', ' || deal('M2'), 'won | posted invoice I1090 | 700, won | posted invoice I1089 | 700', '... with the newest one');
INSERT INTO invoice SELECT 2000 + n, 'M3', 1 FROM generate_series(1, 3) AS n;
SELECT is((SELECT count(*) FROM crm_data.posting_problem WHERE message LIKE 'opportunity "M3" of invoice % is in progress'), 3::bigint, '... but each has its own problem');
DELETE FROM invoice WHERE id BETWEEN 1001 AND 1089 OR id > 2000;
SELECT is(deal('M1') || ', ' || deal('M2'), 'won | posted invoice I1090 | 700, won | order S211 | 700', 'many go');
DELETE FROM crm_data.posting_problem;
CREATE FUNCTION reads_in_order(direction text) RETURNS SETOF text LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
	RETURN QUERY EXECUTE format('EXPLAIN (COSTS off) SELECT FROM crm_data.interaction WHERE opportunity_no = ''M1'' AND posted AND document_type = ''sales invoice''
		ORDER BY posting_date %1$s, interaction_id %1$s LIMIT 1', direction);
END $$;
SELECT is((SELECT bool_or(line LIKE '%interaction_opportunity_idx%') AND NOT bool_or(line LIKE '%Sort%' OR line LIKE '%Filter%') FROM reads_in_order(direction) AS line), true,
	'the index finds the first document of an opportunity, ' || direction) FROM unnest(ARRAY['asc', 'desc']) AS direction;

-- History, each attachment by itself
CREATE TABLE old_sale (id integer PRIMARY KEY, state text NOT NULL, opportunity text, total numeric, dated date);
SELECT open_deal('B' || n) FROM generate_series(1, 3) AS n;
INSERT INTO old_sale VALUES (1, 'invoice', 'B1', 150, '2026-02-03'), (2, 'order', 'B1', 200, '2026-02-02'), (3, 'quote', 'B1', 190, '2026-02-01'),
	(4, 'quote', 'B2', 50, '2026-02-01'), (5, 'order', 'B3', 60, '2026-02-01'), (6, 'order', 'NONE', 60, '2026-02-01');
SELECT crm.attach_document('old sales', 'old_sale', 'id', $$SELECT id AS document_key, 'sales ' || state AS document_type, dated AS posting_date,
	1 AS partner_key, total AS amount, opportunity AS opportunity_no FROM old_sale$$);
SELECT is(crm.backfill('old sales'), 6::bigint, 'the history is logged');
SELECT is(deal('B1'), 'won | posted invoice 1 | 200', '... quotes before orders before invoices');
SELECT is((SELECT trim_scale(calcd_current_value) FROM crm_data.opportunity_entry WHERE opportunity_no = 'B1' AND action_taken = 'won' AND revised), 190.0, '... so that the quote tells the value');
SELECT is(deal('B2') || ', ' || deal('B3'), 'in progress | quote 4 | 100, won | order 5 | 60', '... all opportunities');
SELECT is(problem('old sales', '6'), '42704 opportunity "NONE" of order "6" does not exist', '... and all problems');
SELECT crm.backfill('old sales');
SELECT is(deal('B1') || ', ' || deal('B2'), 'won | posted invoice 1 | 200, in progress | quote 4 | 100', 'once more');
TRUNCATE old_sale;
SELECT is(deal('B1') || ', ' || deal('B2') || ', ' || deal('B3'), 'won | | 200, in progress | | 100, lost | | 0', 'TRUNCATE');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');

SELECT * FROM finish();
ROLLBACK;
