-- timing 'commit': many lines of a document are one look at it, and what other deferred triggers do is still seen
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(8);
CREATE TABLE doc (id integer PRIMARY KEY, posted boolean NOT NULL DEFAULT true);
CREATE TABLE line (id integer PRIMARY KEY, doc_id integer, amount numeric);
SELECT crm.attach_document('docs', 'doc', 'id', 'SELECT d.id AS document_key, ''sales invoice'' AS document_type, date ''2026-01-01'' AS posting_date,
	(SELECT sum(l.amount) FROM line l WHERE l.doc_id = d.id) AS amount FROM doc d WHERE posted', timing => 'commit', also => '{"line": "doc_id"}');
CREATE FUNCTION amounts() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(document_key || ':' || amount::integer, ' ' ORDER BY document_key::integer) FROM crm_data.interaction WHERE posted $$;

INSERT INTO doc VALUES (1), (2);
INSERT INTO line SELECT g, 1 + g % 2, 1 FROM generate_series(1, 3000) g;
SELECT is(amounts(), NULL, 'nothing is logged before the end');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(amounts(), '1:1500 2:1500', 'the end logs headers with their lines');
INSERT INTO line VALUES (3001, 1, 5);
SELECT is(amounts(), '1:1505 2:1500', 'immediate: a statement is seen');
INSERT INTO line VALUES (3002, 1, 5);
SELECT is(amounts(), '1:1510 2:1500', '... and the next one of the same document, which wrote nothing between');
SET CONSTRAINTS ALL DEFERRED;

-- Another deferred trigger changes lines while the events are dealt with
CREATE FUNCTION round_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	INSERT INTO line SELECT 10000 + NEW.id, NEW.doc_id, 100 WHERE NEW.id < 10000; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER zzz_round_off AFTER INSERT ON line DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION round_off();
INSERT INTO line VALUES (4001, 2, 1), (4002, 2, 1), (4003, 1, 1);
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(amounts(), '1:1611 2:1702', 'what it adds is seen');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... and all is right');
SET CONSTRAINTS ALL DEFERRED;

SAVEPOINT s;
INSERT INTO line VALUES (5001, 1, 1000);
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK TO s;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO line VALUES (5002, 1, 1);
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(amounts(), '1:1712 2:1702', 'what is rolled back settles nothing');
SELECT is_empty('SELECT * FROM crm.verify_posting()', '... verified');
SELECT * FROM finish();
ROLLBACK;
