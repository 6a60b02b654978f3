-- Finding a contact by text, and the numbers to call it by (domain/1 sections 2.10 and 2.11)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(23);
INSERT INTO crm.contact (contact_no, name, city, phone_no, post_code) VALUES ('K1', 'Cronus Romania', 'Sibiu', '0369100', '550100'),
	('K2', 'Cronus', 'Sibiu', '0369200', '550200'), ('K3', 'K1 Fashion', 'Arad', '0257300', '310300'), ('K4', 'fabrikam', 'Deva', '0254400', '330400'),
	('K5', 'Contoso Electronics', 'Zalau', '0260500', '450500'), ('K6', 'A%B', 'Zalau', NULL, NULL);

SELECT is(crm.find_contact('K1'), 'K1', 'a number beats a name that begins with it');
SELECT is(crm.find_contact('Cronus'), 'K2', 'a name beats a longer name that begins with it');
SELECT is(crm.find_contact('FABRIKAM'), 'K4', 'a name in any case');
SELECT is(crm.find_contact('Cont'), 'K5', 'the beginning of a name');
SELECT is(crm.find_contact('cont'), 'K5', '... in any case');
SELECT is(crm.find_contact('romania'), 'K1', 'a part of one name');
SELECT is(crm.find_contact('Deva'), 'K4', 'a city of one contact');
SELECT is(crm.find_contact('0257'), 'K3', 'a phone number of one contact');
SELECT is(crm.find_contact('310300'), 'K3', 'a post code of one contact');
SELECT is(crm.find_contact('Sibiu'), NULL, 'a city of two contacts finds none');
SELECT is(crm.find_contact('Contoso Electronisc'), 'K5', 'a slip of the pen: two edits in nineteen characters');
SELECT is(crm.find_contact('Fabricam'), 'K4', '... one in eight');
SELECT is(crm.find_contact('Kontozo Elegtroniks'), NULL, 'too many slips find none');
SELECT is(crm.find_contact('%'), 'K6', 'signs of patterns are plain text');
SELECT is(crm.find_contact('_'), NULL, '... all of them');
SELECT is(crm.find_contact(''), NULL, 'nothing finds nothing');
SELECT is(crm.find_contact(NULL), NULL, '... nor does NULL');
SELECT is(crm.find_contact('Nobody at all'), NULL, 'nobody');

-- Callable numbers. Assumption: one row per number, position 1 is the default number
INSERT INTO crm.contact (contact_no, name, phone_no, mobile_phone_no) VALUES ('C', 'Company', '100', '200');
INSERT INTO crm.contact (contact_no, contact_type, name, company_id, phone_no, mobile_phone_no)
	SELECT 'P', 'person', 'Person', contact_id, '300', '400' FROM crm.contact WHERE contact_no = 'C';
INSERT INTO crm.contact_alt_address (contact_id, alt_address_code, phone_no, mobile_phone_no)
	SELECT contact_id, 'ALT', CASE contact_no WHEN 'P' THEN '500' ELSE '700' END, CASE contact_no WHEN 'P' THEN '600' ELSE '800' END
	FROM crm.contact WHERE contact_no IN ('C', 'P');
INSERT INTO crm.contact_alt_address_date_range (contact_id, starting_date, ending_date, alt_address_code)
	SELECT contact_id, '2026-07-01', '2026-08-31', 'ALT' FROM crm.contact WHERE contact_no IN ('C', 'P');
CREATE FUNCTION numbers(text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(n.phone_no, ' ' ORDER BY n.position_no) FROM crm.callable_number n JOIN crm.contact c USING (contact_id) WHERE c.contact_no = $1 $$;
SET LOCAL crm.work_date = '2026-03-08';
SELECT is(numbers('P'), '300 400 100 200', 'own numbers, then the company''s');
SELECT is(numbers('C'), '100 200', 'a company has just its own');
SET LOCAL crm.work_date = '2026-07-08';
SELECT is(numbers('P'), '300 400 500 600 100 200 700 800', 'with those of the addresses that apply today');
SELECT is(numbers('C'), '100 200 700 800', '... for a company too');
UPDATE crm.contact SET phone_no = NULL WHERE contact_no = 'P';
SELECT is(split_part(numbers('P'), ' ', 1), '400', 'without a phone the mobile comes first');

SELECT * FROM finish();
ROLLBACK;
