-- Actions on opportunities where the acceptance tests do not look: currencies, revisions and their validity, weights, what triggers leave alone, rights
\set QUIET 1
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
\ir ../reference/deal.sql
SELECT no_plan();
SELECT deal.today('2025-03-14');
INSERT INTO crm.close_opportunity_code VALUES ('WIN', 'Won', 'won'), ('LOSS', 'Lost', 'lost');
-- The position that active entries came from, and what they say
CREATE FUNCTION left_by(no text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', previous_sales_cycle_stage, previous_salesperson_code, previous_territory_code, trim_scale(previous_estimated_value), trim_scale(previous_weighted_value), previous_estimated_close_date)
	FROM crm_data.opportunity_entry WHERE active AND opportunity_no = no $$;
CREATE FUNCTION worth(no text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', trim_scale(estimated_value), currency_code, trim_scale(currency_rate), trim_scale(document_value), trim_scale(calcd_current_value)) FROM deal.active WHERE opportunity_no = no $$;

-- Currencies: values come in the opportunity's, entries have both
SELECT crm.create_opportunity('Euro', 'ALFA', 'CHANCES', currency_code => 'eur', opportunity_no => 'EURO');
SELECT throws_ok($$SELECT crm.opportunity_first('EURO', 100)$$, '23502', 'opportunity "EURO" needs a currency_rate', 'a currency needs a rate');
SELECT throws_ok($$SELECT crm.opportunity_first('EURO', 100, currency_rate => 0)$$, '23514', NULL, '... above 0');
SELECT throws_ok($$SELECT crm.opportunity_first('EURO', 100, currency_rate => 'NaN')$$, '23514', NULL, '... and a number');
SELECT crm.opportunity_first('EURO', 100, currency_rate => 4.97);
SELECT is(worth('EURO'), '497 EUR 4.97 100 198.8', 'the value is converted, and the probability applies to what it is in local currency');
SELECT crm.opportunity_update('EURO', 200);
SELECT is(worth('EURO'), '994 EUR 4.97 200 397.6', 'the rate stays');
SELECT crm.opportunity_update('EURO', currency_rate => 5);
SELECT is(worth('EURO'), '1000 EUR 5 200 400', 'another rate revalues');
SELECT crm.opportunity_won('EURO', 'WIN', 190, currency_rate => 5.1);
SELECT is(worth('EURO'), '1020 EUR 5.1 200 969', 'the sales value is at the rate of the day; the estimate is kept in its currency');
UPDATE crm.setup SET local_currency_code = 'RON';
SELECT crm.create_opportunity('Lei', 'ALFA', 'CHANCES', currency_code => 'RON', activate_first_stage => true, estimated_value => 10, opportunity_no => 'RON');
SELECT is(worth('RON'), '10 RON 1 10 4', 'the local currency is at par');
SELECT crm.create_opportunity('No rate', 'ALFA', 'CHANCES', currency_code => 'USD', opportunity_no => 'USD');
SELECT lives_ok($$SELECT crm.opportunity_lost('USD', 'LOSS')$$, 'losing needs no rate');
SELECT is(worth('USD'), '0 USD 0', '... nor money');
SELECT throws_ok($$SELECT crm.create_opportunity('Rate', 'ALFA', 'CHANCES', activate_first_stage => true, estimated_value => 10, currency_rate => 2)$$, '22023', NULL, 'a rate without a currency is a mistake');

-- Figures are those that are stored: products of what is kept
SELECT deal.start('EXACT', 'MULTIPLY', 1);
SELECT crm.opportunity_update('EXACT', 0.000001, 33.33333333);
SELECT is(deal.stands('EXACT'), '1 updated 33.3333 50 16.66665 0.0000001666665', 'typed chances are kept to four places; what follows from them is not rounded');
SELECT is((SELECT string_agg(opportunity_no, ' ') FROM deal.active WHERE calcd_current_value <> estimated_value * probability_pct / 100), 'EURO', '... of none but those that are won');

-- Validity: chains without a gap, for each deal
SELECT deal.start('CHAIN');
SELECT deal.today('2025-03-20'), crm.opportunity_next('CHAIN');
SELECT deal.today('2025-04-02'), crm.opportunity_next('CHAIN'), crm.opportunity_jump('CHAIN'), crm.opportunity_won('CHAIN', 'WIN', 7, '2025-04-30');
SELECT results_eq($$SELECT sales_cycle_stage, valid_from::date, nullif(valid_to, 'infinity')::date, effective_date, days_open FROM deal.entry WHERE opportunity_no = 'CHAIN' ORDER BY entry_no$$,
	$$VALUES (1, date '2025-03-14', date '2025-03-20', date '2025-03-14', 6), (2, '2025-03-20', '2025-04-02', '2025-03-20', 13), (3, '2025-04-02', '2025-04-02', '2025-04-02', 0), (2, '2025-04-02', '2025-04-30', '2025-04-02', 28),
	(0, '2025-04-30', NULL, '2025-04-30', 0)$$, 'an entry holds until the next one does');
UPDATE crm.setup SET time_zone = 'Asia/Tokyo';
SELECT deal.today('2025-05-01'), deal.start('TOKYO');
SELECT results_eq($$SELECT valid_from, effective_date FROM deal.active WHERE opportunity_no = 'TOKYO'$$, $$VALUES (timestamptz '2025-05-01 00:00+09', date '2025-05-01')$$, 'days begin where the business is');
UPDATE crm.setup SET time_zone = 'UTC';
SELECT deal.today(crm_data.today()), deal.start('TODAY');
SELECT is((SELECT valid_from FROM deal.active WHERE opportunity_no = 'TODAY'), now(), 'a change of today holds from now on');
SELECT crm.opportunity_next('TODAY', date_of_change => crm_data.today() + 10);
SELECT is((SELECT valid_from FROM deal.active WHERE opportunity_no = 'TODAY'), (crm_data.today() + 10)::timestamp AT TIME ZONE 'UTC', '... and one to come from its day on');
UPDATE crm.opportunity SET salesperson_code = 'S2' WHERE opportunity_no = 'TODAY';
SELECT is((SELECT valid_from FROM deal.active WHERE opportunity_no = 'TODAY'), (crm_data.today() + 10)::timestamp AT TIME ZONE 'UTC', '... which what revises it does not precede');

-- Revisions: one for each change, with the position that was left, and the number of what they take the place of
SELECT deal.today('2025-06-01'), deal.start('REVISE');
SELECT is(left_by('REVISE'), '', 'the first entry left no position');
SELECT deal.today('2025-06-10');
UPDATE crm.opportunity SET salesperson_code = 's3', campaign_no = NULL, description = 'Other', priority = 'high' WHERE opportunity_no = 'REVISE';
SELECT is(left_by('REVISE'), '1 S1 NORTH 1000 200 2025-06-15', 'a revision leaves the position of what it takes the place of');
UPDATE crm.opportunity SET description = 'Third', priority = 'low', forecast_category = 'commit', salesperson_code = 'S3' WHERE opportunity_no = 'REVISE';
UPDATE crm.contact SET name = 'Alpha', territory_code = 'NORTH' WHERE contact_no = 'ALFA';
SELECT is((SELECT count(*) FROM crm_data.opportunity_entry WHERE opportunity_no = 'REVISE'), 2::bigint, 'nothing else revises');
UPDATE crm.contact SET territory_code = 'SOUTH' WHERE contact_no = 'ALFA';
UPDATE crm.contact SET territory_code = NULL WHERE contact_no = 'ALFA';
SELECT results_eq($$SELECT entry_no = min(opportunity_entry_id) OVER (), revised, active, salesperson_code, territory_code, valid_from::date, days_open, previous_sales_cycle_stage FROM crm.opportunity_entry WHERE opportunity_no = 'REVISE' ORDER BY opportunity_entry_id$$,
	$$VALUES (true, true, false, 'S1', 'NORTH', date '2025-06-01', 0, NULL::integer), (true, true, false, 'S3', 'NORTH', '2025-06-10', 0, NULL), (true, true, false, 'S3', 'SOUTH', '2025-06-10', 0, NULL), (true, false, true, 'S3', NULL, '2025-06-10', 0, NULL)$$,
	'the territory of the contact revises too; to the domain all of them are one entry');
SELECT is(left_by('REVISE'), '1 S3 SOUTH 1000 200 2025-06-15', '... each leaving the one before');
SELECT crm.opportunity_next('REVISE');
SELECT is((SELECT string_agg(days_open::text, ' ' ORDER BY entry_no) FROM deal.entry WHERE opportunity_no = 'REVISE'), '9 0', 'days count from the change on, whatever was revised');
SELECT is(crm_data.revise_entries('{REVISE,EURO,NONE}'), 0::bigint, 'nothing to revise');
SELECT is(crm_data.revise_entries(NULL), 0::bigint, '... of none');
SELECT is(crm_data.revise_entries('{REVISE}', 777.5), 1::bigint, 'another value revises');
SELECT is((SELECT concat_ws(' ', trim_scale(calcd_current_value), trim_scale(weighted_value)) FROM deal.active WHERE opportunity_no = 'REVISE'), '777.5 777.5', '... and weighs');
SELECT crm_data.revise_entries('{EURO}', 950);
SELECT is(worth('EURO'), '1020 EUR 5.1 200 950', '... of closed deals too');
SELECT is((SELECT weighted_value FROM deal.active WHERE opportunity_no = 'EURO'), 0.0, '... which weigh nothing');
SELECT is(left_by('EURO'), '', '... and leave no position');

-- Weights by calibrated probabilities
UPDATE crm.sales_cycle SET rolls_up = 'calibrated' WHERE sales_cycle_code = 'ADD';
SELECT deal.start('WEIGHT', 'ADD');
SELECT results_eq($$SELECT calibrated_pct IS NULL, weighted_value = calcd_current_value FROM deal.active WHERE opportunity_no = 'WEIGHT'$$, 'VALUES (true, true)', 'without a calibrated probability the typed one weighs');

-- Contacts that move
SELECT crm.create_opportunity('Ana', 'ANA', 'FOUR', opportunity_no => 'ANA', activate_first_stage => true, estimated_value => 1);
INSERT INTO crm.task (description, task_date, contact_id, company_id) VALUES ('Visit', '2025-06-10', deal.contact_id('ANA'), deal.contact_id('ALFA'));
UPDATE crm.contact SET company_id = deal.contact_id('BETA') WHERE contact_no = 'ANA';
SELECT results_eq($$SELECT o.contact_id, o.company_id, e.contact_id FROM crm_data.opportunity AS o JOIN deal.active AS e USING (opportunity_no) WHERE o.opportunity_no = 'ANA'$$,
	$$VALUES (deal.contact_id('ALFA'), deal.contact_id('ALFA'), deal.contact_id('ALFA'))$$, 'opportunities stay with the company that a person leaves, in its name; the active entry says so');
SELECT is((SELECT contact_id FROM crm_data.task WHERE description = 'Visit'), deal.contact_id('ALFA'), '... and so do tasks');
SELECT crm.create_opportunity('Solo', 'SOLO', 'FOUR', opportunity_no => 'SOLO', activate_first_stage => true, estimated_value => 1);
UPDATE crm.contact SET company_id = deal.contact_id('BETA') WHERE contact_no = 'SOLO';
SELECT results_eq($$SELECT o.contact_id, o.company_id, e.company_id FROM crm_data.opportunity AS o JOIN deal.active AS e USING (opportunity_no) WHERE o.opportunity_no = 'SOLO'$$,
	$$VALUES (deal.contact_id('SOLO'), deal.contact_id('BETA'), deal.contact_id('BETA'))$$, 'who had no company brings them along');
SELECT throws_ok($$UPDATE crm.contact SET contact_type = 'company' WHERE contact_no = 'SOLO'$$, '55000', NULL, 'the type of who has opportunities stays');
SELECT throws_ok($$DELETE FROM crm.contact WHERE contact_no = 'BETA'$$, '23503', NULL, 'a company whose person has an open opportunity stays');
SELECT crm.opportunity_lost('SOLO', 'LOSS');
DELETE FROM crm.contact WHERE contact_no = 'BETA';
SELECT results_eq($$SELECT contact_id, company_id, status FROM crm_data.opportunity WHERE opportunity_no = 'SOLO'$$, $$VALUES (NULL::bigint, NULL::bigint, 'lost')$$, 'closed ones survive without a name');
SELECT lives_ok($$UPDATE crm.opportunity SET description = 'Nobody''s' WHERE opportunity_no = 'SOLO'$$, '... and can be described');

-- Rows that come from elsewhere are taken as they are
CREATE TEMP TABLE card AS SELECT * FROM crm_data.opportunity WHERE opportunity_no = 'CHAIN';
CREATE TEMP TABLE entry AS SELECT * FROM crm_data.opportunity_entry WHERE opportunity_no = 'CHAIN';
ALTER TABLE entry DROP expected_month;
DELETE FROM crm.opportunity WHERE opportunity_no = 'CHAIN';
SELECT is_empty($$SELECT FROM crm_data.opportunity_entry WHERE opportunity_no = 'CHAIN'$$, 'entries go with their opportunity');
UPDATE crm.sales_cycle SET blocked = true;
INSERT INTO crm_data.opportunity SELECT * FROM card;
SELECT format('INSERT INTO crm_data.opportunity_entry (%1$s) SELECT %1$s FROM entry', string_agg(attname, ', ')) FROM pg_attribute WHERE attrelid = 'entry'::regclass AND attnum > 0 AND NOT attisdropped \gexec
SELECT results_eq($$SELECT o::text FROM crm_data.opportunity AS o WHERE opportunity_no = 'CHAIN'$$, 'SELECT card::text FROM card', 'a restored opportunity is what it was');
ALTER TABLE entry ADD expected_month date;
SELECT bag_eq($$SELECT to_jsonb(e) - 'expected_month' FROM crm_data.opportunity_entry AS e WHERE opportunity_no = 'CHAIN'$$, $$SELECT to_jsonb(e) - 'expected_month' FROM entry AS e$$, '... and so are its entries');
UPDATE crm.sales_cycle SET blocked = false;
SELECT throws_ok($$UPDATE crm.opportunity SET status = 'in progress', date_closed = NULL, last_modified_at = clock_timestamp() WHERE opportunity_no = 'CHAIN'$$, '55000', NULL, 'a stamp does not make up for it when it is updated');

-- Rights
CREATE ROLE opportunity_user;
CREATE ROLE opportunity_reader;
SELECT crm.grant_role('opportunity_user', 'user'), crm.grant_role('opportunity_reader', 'reader');
GRANT USAGE ON SCHEMA deal TO opportunity_user, opportunity_reader;
GRANT SELECT ON deal.active TO opportunity_user;
SET LOCAL ROLE opportunity_user;
SELECT lives_ok($$SELECT crm.create_opportunity('Mine', 'ALFA', 'CHANCES', opportunity_no => 'MINE', activate_first_stage => true, estimated_value => 10)$$, 'a user creates and starts');
SELECT lives_ok($$UPDATE crm.opportunity SET salesperson_code = 'S2' WHERE opportunity_no = 'MINE'$$, '... changes the card, which revises the entry');
SELECT is((SELECT salesperson_code FROM deal.active WHERE opportunity_no = 'MINE'), 'S2', '... as asked');
SELECT lives_ok($$UPDATE crm.contact SET territory_code = 'NORTH' WHERE contact_no = 'ALFA'$$, '... or the territory');
SELECT lives_ok($$INSERT INTO crm.opportunity (description, contact_id, sales_cycle_code) SELECT 'Inserted', contact_id, 'CHANCES' FROM crm.contact WHERE contact_no = 'ALFA'$$, '... inserts');
SELECT lives_ok($$SELECT crm.opportunity_won('MINE', 'WIN')$$, '... and wins');
SELECT throws_ok($$INSERT INTO crm.opportunity_entry (opportunity_no, date_of_change) VALUES ('MINE', '2025-01-01')$$, '42501', NULL, 'entries are written by actions only');
SELECT throws_ok($$UPDATE crm.opportunity_entry SET estimated_value = 1$$, '42501', NULL, '... and changed by nobody');
SELECT throws_ok($$DELETE FROM crm_data.opportunity_entry$$, '42501', NULL, '... nor deleted');
SELECT throws_ok($$SELECT crm_data.revise_entries('{MINE}', 1)$$, '42501', NULL, '... nor given another value');
SELECT lives_ok($$DELETE FROM crm.opportunity WHERE opportunity_no = 'MINE'$$, '... but with their opportunity');
SET LOCAL ROLE opportunity_reader;
SELECT lives_ok($$SELECT * FROM crm.opportunity_card, crm.opportunity_action('EURO'), crm.opportunity_entry, crm.task$$, 'a reader reads');
SELECT throws_ok($$SELECT crm.opportunity_next('ANA')$$, '42501', NULL, '... and does nothing');
SELECT throws_ok($$UPDATE crm.opportunity SET description = ''$$, '42501', NULL, '... nor writes');
RESET ROLE;

-- One active entry, whose chain is whole, of all deals of this test
SELECT is_empty($$SELECT opportunity_no FROM crm_data.opportunity AS o WHERE (SELECT count(*) FROM crm_data.opportunity_entry AS e WHERE e.opportunity_no = o.opportunity_no AND e.active) <> (status <> 'not started')::integer$$, 'O7: one active entry, none before the start');
SELECT is_empty($$SELECT * FROM (SELECT opportunity_no, valid_to, active, lead(valid_from) OVER (PARTITION BY opportunity_no ORDER BY opportunity_entry_id) AS next FROM crm_data.opportunity_entry) AS e
	WHERE active <> (next IS NULL) OR valid_to <> coalesce(next, 'infinity')$$, 'what ends, the next one begins');

SELECT * FROM finish();
ROLLBACK;
