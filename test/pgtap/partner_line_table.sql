-- Cards of the ERP that spread over several tables: also => of attach_partner; what the ERP does when a card is written back
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(34);
CREATE SCHEMA erp;
SET LOCAL search_path = erp, public;
CREATE TABLE party (id integer PRIMARY KEY, name text NOT NULL, city text);
CREATE TABLE party_address (id integer PRIMARY KEY, party_id integer, street text, town text);
CREATE TABLE contact_mechanism (party_id integer, kind text, value text);
CREATE TABLE region (id integer PRIMARY KEY, code text);
CREATE TABLE town (name text PRIMARY KEY, region_id integer);
CREATE FUNCTION attach(also jsonb) RETURNS integer LANGUAGE sql AS $$ SELECT crm.attach_partner('parties', 'party', 'id', 'customer', $q$SELECT p.id AS card_key, p.name, p.city,
		(SELECT a.street FROM party_address a WHERE a.party_id = p.id ORDER BY a.id LIMIT 1) AS address,
		(SELECT m.value FROM contact_mechanism m WHERE m.party_id = p.id AND m.kind = 'phone' LIMIT 1) AS phone_no,
		(SELECT r.code FROM party_address a JOIN town t ON t.name = a.town JOIN region r ON r.id = t.region_id WHERE a.party_id = p.id ORDER BY a.id LIMIT 1) AS territory_code
	FROM party p$q$, also => also) $$;
SELECT throws_ok($$SELECT attach('{"nowhere": "party_id"}')$$, '42P01', NULL, 'a table that does not exist');
SELECT throws_ok($$SELECT attach('{"contact_mechanism": "party"}')$$, '42703', NULL, 'a column that the table does not have');
SELECT throws_ok($$SELECT attach('{"contact_mechanism": "value"}')$$, '42804', NULL, 'a column of another type than the key');
SELECT throws_ok($$SELECT attach('{"town": {"column": "region_id"}}')$$, '22023', NULL, 'half an object');
SELECT throws_ok($$SELECT attach('{"town": {"column": "name", "keys": "SELECT name FROM town WHERE name = ANY ($1)"}}')$$, '42804', NULL, 'a query for keys that returns something else');
SELECT throws_ok($$SELECT attach('{"town": {"column": "name", "keys": "SELECT a.party_id FROM no_table a WHERE a.town = ANY ($1)"}}')$$, '42P01', NULL, 'a query for keys that does not work');
SELECT is_empty('SELECT FROM crm.source', 'nothing was attached');
SELECT isnt(attach('{"party_address": "party_id", "contact_mechanism": "party_id",
	"region": {"column": "id", "keys": "SELECT a.party_id FROM party_address a JOIN town t ON t.name = a.town WHERE t.region_id = ANY ($1)"}}'), NULL, 'attached with further tables');

CREATE FUNCTION card(text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(', ', coalesce(address, '-'), coalesce(phone_no, '-'), coalesce(territory_code, '-')) FROM crm.contact WHERE name = $1 $$;
INSERT INTO region VALUES (1, 'N'), (2, 'S');
INSERT INTO town VALUES ('Iasi', 1), ('Craiova', 2);
INSERT INTO party VALUES (1, 'A', NULL), (2, 'B', NULL);
SELECT is(card('A'), '-, -, -', 'a card without its other tables');
INSERT INTO party_address VALUES (1, 1, 'Main St', 'Iasi');
INSERT INTO contact_mechanism VALUES (1, 'phone', '0232'), (1, 'fax', '0233');
SELECT is(card('A'), 'Main St, 0232, N', 'which bring their part');
UPDATE party_address SET street = 'High St' WHERE id = 1;
SELECT is(card('A'), 'High St, 0232, N', '... change it');
UPDATE contact_mechanism SET party_id = 2 WHERE kind = 'phone';
SELECT is(card('A') || '; ' || card('B'), 'High St, -, N; -, 0232, -', '... move it');
UPDATE region SET code = 'NE' WHERE id = 1;
SELECT is(card('A'), 'High St, -, NE', '... and reach cards that they do not name, by a query');
SELECT bag_eq('SELECT territory_code FROM crm.territory', ARRAY['N', 'NE'], 'territories that the ERP uses are known');
DELETE FROM party_address;
SELECT is(card('A'), '-, -, -', '... leave');
TRUNCATE contact_mechanism;
SELECT is(card('B'), '-, -, -', '... also by TRUNCATE');
INSERT INTO party_address VALUES (9, 99, 'Nowhere', NULL), (10, NULL, 'Nowhere', NULL);
SELECT is((SELECT count(*) FROM crm.contact), 2::bigint, 'rows of no card do not matter');
SELECT is_empty('SELECT FROM crm.posting_problem', 'no problems');
-- Changed while nobody looked
SET LOCAL session_replication_role = replica;
INSERT INTO contact_mechanism VALUES (1, 'phone', '0299');
SET LOCAL session_replication_role = origin;
SELECT is(crm.backfill('parties'), 0::bigint, 'backfill makes no contact twice');
SELECT is(card('A'), '-, 0299, -', '... and brings contacts in step');

-- Writing back fires the ERP's own triggers, which find the ERP's tables
CREATE TABLE party_history (party_id integer, city text);
CREATE FUNCTION remember() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO party_history VALUES (NEW.id, NEW.city); RETURN NEW; END $$;
CREATE TRIGGER remember BEFORE UPDATE ON party FOR EACH ROW EXECUTE FUNCTION remember();
SET LOCAL search_path = public;
SELECT lives_ok($$UPDATE crm.contact SET city = 'Iasi' WHERE name = 'A'$$, 'a contact is written back to a card with a trigger of the ERP');
SELECT is((SELECT city FROM erp.party WHERE id = 1), 'Iasi', '... arrives');
SELECT results_eq('SELECT * FROM erp.party_history', $$VALUES (1, 'Iasi')$$, '... and the trigger did its work');
DROP TRIGGER remember ON erp.party;
-- Functions of the ERP with a search_path of their own keep it
CREATE SCHEMA audit;
CREATE TABLE audit.trail (name text);
CREATE FUNCTION erp.follow() RETURNS trigger LANGUAGE plpgsql SET search_path = audit AS $$ BEGIN INSERT INTO trail VALUES (NEW.name); RETURN NEW; END $$;
CREATE TRIGGER follow AFTER UPDATE ON erp.party FOR EACH ROW EXECUTE FUNCTION erp.follow();
SELECT lives_ok($$UPDATE crm.contact SET city = 'Husi' WHERE name = 'B'$$, 'a trigger with a search_path of its own');
SELECT results_eq('TABLE audit.trail', ARRAY['B'], '... keeps it');
DROP TRIGGER follow ON erp.party;
CREATE CONSTRAINT TRIGGER remember AFTER UPDATE ON erp.party DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION erp.remember();
CREATE TABLE erp.seller (code text PRIMARY KEY);
ALTER TABLE erp.party ADD seller text REFERENCES erp.seller DEFERRABLE INITIALLY DEFERRED;
SET LOCAL search_path = erp, public;
SELECT crm.attach_partner('sellers', 'party', 'id', 'vendor', 'SELECT id AS card_key, name, city, seller AS registration_no FROM party');
SELECT lives_ok($$SELECT crm.backfill('sellers')$$, 'the cards once more, as vendors');
SELECT lives_ok($$UPDATE crm.contact SET city = 'Roman' WHERE contact_id = (SELECT min(contact_id) FROM crm.contact)$$, 'a contact is written back to a card with a deferred trigger of the ERP');
SELECT lives_ok($$UPDATE crm.contact SET registration_no = 'S1' WHERE contact_id = (SELECT max(contact_id) FROM crm.contact)$$, '... or a deferred foreign key');
INSERT INTO seller VALUES ('S1');
SELECT lives_ok('SET CONSTRAINTS ALL IMMEDIATE', '... which is checked when the ERP checks it');
SET LOCAL search_path = public;
DROP TRIGGER remember ON erp.party;
DELETE FROM erp.party_history WHERE city <> 'Iasi' OR party_id <> 1;
SELECT crm.detach('sellers');
SELECT lives_ok($$UPDATE crm.contact SET address = 'Other St' WHERE name = 'A'$$, 'what another table holds');
SELECT is((SELECT count(*) FROM erp.party_history), 1::bigint, '... is not written back');
SELECT lives_ok($$SELECT crm.detach('parties')$$, 'detached');
SELECT is_empty($$SELECT tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = 'erp'::regnamespace AND tgname LIKE 'zz%'$$, '... from all tables');
INSERT INTO erp.contact_mechanism VALUES (2, 'phone', '1');
SELECT is_empty($$SELECT FROM crm.contact WHERE phone_no = '1'$$, '... nothing arrives any more');

SELECT * FROM finish();
ROLLBACK;
