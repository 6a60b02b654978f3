-- Statements with more documents than are written at once (domain/1 section 8.10)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(16);
CREATE TABLE customer (id integer PRIMARY KEY, name text NOT NULL, kind text NOT NULL DEFAULT 'company', company integer);
CREATE TABLE document (id integer PRIMARY KEY, customer integer, amount numeric NOT NULL DEFAULT 1);
SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', 'SELECT id AS card_key, name, kind AS contact_type, company AS company_key FROM customer',
	write_back => false);
SELECT crm.attach_document('documents', 'document', 'id', $$SELECT id AS document_key, 'sales invoice' AS document_type,
	date '2026-02-01' AS posting_date, customer AS partner_key, amount FROM document$$);
INSERT INTO customer SELECT i, 'Customer ' || i FROM generate_series(1, 50) AS i;
CREATE VIEW entry AS SELECT i.document_key::integer AS id, i.amount, c.name AS contact, company.name AS company
FROM crm_data.interaction AS i LEFT JOIN crm_data.contact AS c USING (contact_id) LEFT JOIN crm_data.contact AS company ON company.contact_id = i.company_id
WHERE i.posted;

-- 50 partners, named by every batch
INSERT INTO document (id, customer) SELECT i, 1 + i % 50 FROM generate_series(1, 5000) AS i;
SELECT is((SELECT count(*) FROM entry), 5000::bigint, 'every document of a statement is logged');
SELECT is_empty('SELECT FROM entry JOIN document AS d USING (id) WHERE contact IS DISTINCT FROM $$Customer $$ || d.customer', '... on the contact of its partner');
SELECT results_eq('SELECT interaction_id FROM crm_data.interaction ORDER BY document_key::integer', 'SELECT interaction_id FROM crm_data.interaction ORDER BY 1',
	'... in the order of the statement');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... and verified');
UPDATE document SET amount = 2;
SELECT is((SELECT count(*) FROM entry WHERE amount = 2), 5000::bigint, 'every one follows an update');
UPDATE document SET id = id + 100000;
SELECT is((SELECT count(*) FROM entry WHERE id BETWEEN 100001 AND 105000), 5000::bigint, 'every one follows its key');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... and is verified');
DELETE FROM document;

-- The ERP makes partners, and changes them, while the statement runs
CREATE FUNCTION make_partner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.id % 1500 = 0 THEN
		INSERT INTO customer VALUES (NEW.id, 'Customer ' || NEW.id) ON CONFLICT DO NOTHING;
	END IF;
	IF NEW.id = 12500 THEN
		UPDATE customer SET company = 2 WHERE id = 60;
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER make_partner AFTER INSERT ON document FOR EACH ROW EXECUTE FUNCTION make_partner();
INSERT INTO customer VALUES (60, 'Person 60', 'person', 1);
INSERT INTO document (id, customer) SELECT i, CASE i % 3 WHEN 0 THEN 60 WHEN 1 THEN 1 ELSE greatest(1500, i / 1500 * 1500) END FROM generate_series(10500, 14999) AS i;
SELECT is((SELECT count(*) FROM entry), 4500::bigint, 'partners that the ERP makes meanwhile are found');
SELECT is_empty('SELECT FROM entry JOIN document AS d USING (id) JOIN customer AS c ON c.id = d.customer WHERE d.customer <> 60 AND contact IS DISTINCT FROM c.name',
	'... each on its own contact');
-- The history of a person who leaves stays with the company
SELECT results_eq('SELECT DISTINCT contact, company FROM entry JOIN document AS d USING (id) WHERE d.customer = 60 ORDER BY 1',
	$$VALUES ('Customer 1', 'Customer 1'), ('Person 60', 'Customer 2')$$, 'a person changes companies meanwhile');
SELECT is((SELECT company FROM entry JOIN document AS d USING (id) WHERE d.customer = 60 ORDER BY id DESC LIMIT 1), 'Customer 2', '... and what comes after it is logged with the new one');

-- ... or changes their contacts
CREATE FUNCTION move_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE crm.contact SET company_id = (SELECT contact_id FROM crm.contact WHERE name = 'Customer 3') WHERE name = 'Person 60';
	RETURN NULL;
END $$;
CREATE TRIGGER move_contact AFTER INSERT ON document FOR EACH ROW WHEN (NEW.id = 31500) EXECUTE FUNCTION move_contact();
INSERT INTO document (id, customer) SELECT i, 60 FROM generate_series(30001, 33000) AS i;
SELECT results_eq('SELECT company, min(id) > 30001 AS later FROM entry WHERE id > 30000 GROUP BY 1 ORDER BY 1', $$VALUES ('Customer 2', false), ('Customer 3', true)$$,
	'a contact that the ERP moves meanwhile is logged where it is');
DELETE FROM document WHERE id > 30000;

-- What a savepoint brought is forgotten with it
DROP TRIGGER make_partner ON document;
SAVEPOINT s;
INSERT INTO customer VALUES (70, 'Rolled back');
INSERT INTO document (id, customer) SELECT i, 70 FROM generate_series(20001, 22500) AS i;
ROLLBACK TO SAVEPOINT s;
INSERT INTO document (id, customer) SELECT i, 70 FROM generate_series(20001, 22500) AS i;
SELECT is((SELECT count(*) FROM entry WHERE id > 20000), 0::bigint, 'a partner who was rolled back is not known');
SELECT is((SELECT count(*) FROM crm.posting_problem), 2500::bigint, '... which is a problem of each of its documents');

-- ... and what a statement that failed had found
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;
CREATE TRIGGER refuse AFTER INSERT ON document FOR EACH ROW WHEN (NEW.id = 42000) EXECUTE FUNCTION refuse();
SELECT throws_ok($$DO $do$ BEGIN
	INSERT INTO customer VALUES (80, 'Refused');
	INSERT INTO document (id, customer) SELECT i, 80 FROM generate_series(40001, 42500) AS i;
END $do$ $$, 'P0001', 'refused', 'a statement fails after its first batch');
INSERT INTO document (id, customer) SELECT i, 80 FROM generate_series(40001, 41500) AS i;
SELECT is_empty('SELECT FROM entry WHERE id > 40000', 'the next one does not know its partner');
SELECT * FROM finish();
ROLLBACK;
