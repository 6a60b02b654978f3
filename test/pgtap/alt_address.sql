-- Alternative addresses and when they apply (domain/1 section 6, E10; golden 14)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(19);
INSERT INTO crm.salesperson (salesperson_code) VALUES ('S');
INSERT INTO crm.contact (contact_id, contact_no, name, salesperson_code) VALUES (1001, 'A', 'A', 'S');
INSERT INTO crm.contact_alt_address (contact_id, alt_address_code, city, email) VALUES (1001, 'HOME', 'Iasi', NULL), (1001, 'SEA', 'Mangalia', 'sea@x');
INSERT INTO crm.contact_alt_address_date_range (contact_id, starting_date, ending_date, alt_address_code) VALUES
	(1001, '2026-01-01', NULL, 'HOME'), (1001, '2026-07-01', '2026-08-31', 'SEA');

SELECT is(crm.alt_address_on('A', '2026-07-15'), 'SEA', 'golden 14: the latest start wins');
SELECT is(crm.alt_address_on('A', '2026-09-01'), 'HOME', 'golden 14: after its end the open one applies');
SELECT is(crm.alt_address_on('A', '2025-12-31'), NULL, 'golden 14: before all, none');
SELECT is(crm.alt_address_on('A', '2026-07-01'), 'SEA', 'the first day counts');
SELECT is(crm.alt_address_on('A', '2026-08-31'), 'SEA', 'the last day counts');
SELECT is(crm.alt_address_on('A', NULL), NULL, 'no date, no address');
INSERT INTO crm.contact_alt_address (contact_id, alt_address_code) VALUES (1001, 'CITY');
SELECT lives_ok($$INSERT INTO crm.contact_alt_address_date_range (contact_id, starting_date, ending_date, alt_address_code) VALUES (1001, '2026-08-01', '2026-08-10', 'CITY')$$, 'ranges may overlap');
SELECT is(crm.alt_address_on('A', '2026-08-05'), 'CITY', '... the latest start wins');
SELECT is(crm.alt_address_on('A', '2026-08-11'), 'SEA', '... then the other again');

SELECT throws_ok($$INSERT INTO crm.contact_alt_address_date_range (contact_id, starting_date, ending_date, alt_address_code) VALUES (1001, '2026-10-02', '2026-10-01', 'SEA')$$, '23514', NULL, 'E10: start after end');
SELECT throws_ok($$UPDATE crm.contact_alt_address_date_range SET ending_date = '2026-06-30' WHERE alt_address_code = 'SEA'$$, '23514', NULL, 'E10: end before start');
SELECT throws_ok($$INSERT INTO crm.contact_alt_address_date_range (contact_id, starting_date, ending_date, alt_address_code) VALUES (1001, '2026-07-01', NULL, 'HOME')$$, '23505', NULL, 'E10: one range per start');
SELECT throws_ok($$INSERT INTO crm.contact_alt_address_date_range (contact_id, starting_date, ending_date, alt_address_code) VALUES (1001, '2026-10-01', NULL, 'MOON')$$, '23503', NULL, 'a range has an address');
SELECT throws_ok($$UPDATE crm.contact_alt_address SET phone_no = 'x' WHERE alt_address_code = 'SEA'$$, '23514', NULL, 'no letters in phone numbers here either');
SELECT throws_ok($$UPDATE crm.contact_alt_address SET email = 'x' WHERE alt_address_code = 'SEA'$$, '23514', NULL, 'e-mail addresses are checked here too');

-- Interactions store the address of their date
SELECT crm.log_interaction('A', 'ABSTRACT', interaction_date => '2026-07-15', description => 'summer');
SELECT crm.log_interaction('A', 'ABSTRACT', interaction_date => '2026-09-15', description => 'autumn');
SELECT crm.log_interaction('A', 'ABSTRACT', interaction_date => '2026-09-15', contact_alt_address_code => 'SEA', description => 'chosen');
SELECT results_eq('SELECT description, contact_alt_address_code FROM crm_data.interaction ORDER BY description',
	$$VALUES ('autumn', 'HOME'), ('chosen', 'SEA'), ('summer', 'SEA')$$, 'interactions store the active address, or the one chosen');

UPDATE crm.contact_alt_address SET alt_address_code = 'BEACH' WHERE alt_address_code = 'SEA';
SELECT is(crm.alt_address_on('A', '2026-07-15'), 'BEACH', 'ranges follow a renamed address');
DELETE FROM crm.contact_alt_address WHERE alt_address_code = 'BEACH';
SELECT is(crm.alt_address_on('A', '2026-07-15'), 'HOME', 'deleting an address deletes its ranges');
SELECT is((SELECT count(*) FROM crm.contact_alt_address_date_range), 2::bigint, '... and only those');

SELECT * FROM finish();
ROLLBACK;
