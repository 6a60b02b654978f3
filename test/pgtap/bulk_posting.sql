-- Statements with more documents than are written at once (domain/1 section 8.10)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(13);
CREATE TABLE customer (id integer PRIMARY KEY, name text NOT NULL, kind text NOT NULL DEFAULT 'company', company integer);
CREATE TABLE document (id integer PRIMARY KEY, customer integer, amount numeric NOT NULL DEFAULT 1);
SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', 'SELECT id AS card_key, name, kind AS contact_type, company AS company_key FROM customer');
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

-- What a savepoint brought is forgotten with it
DROP TRIGGER make_partner ON document;
SAVEPOINT s;
INSERT INTO customer VALUES (70, 'Rolled back');
INSERT INTO document (id, customer) SELECT i, 70 FROM generate_series(20001, 22500) AS i;
ROLLBACK TO SAVEPOINT s;
INSERT INTO document (id, customer) SELECT i, 70 FROM generate_series(20001, 22500) AS i;
SELECT is((SELECT count(*) FROM entry WHERE id > 20000), 0::bigint, 'a partner who was rolled back is not known');
SELECT is((SELECT count(*) FROM crm.posting_problem), 2500::bigint, '... which is a problem of each of its documents');
SELECT * FROM finish();
ROLLBACK;
