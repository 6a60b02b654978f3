-- Triggers of the ERP's own on the attached table, and documents that cannot be evaluated for a while
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(18);
CREATE FUNCTION entries(text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(concat(document_key, '=', trim_scale(amount)), ', ' ORDER BY document_key), '')
	FROM crm_data.interaction JOIN crm.source USING (source_id) WHERE source_name = $1 AND posted $$;
CREATE TABLE invoice (id integer PRIMARY KEY, posted boolean DEFAULT true, amount numeric, quantity numeric DEFAULT 1);
SELECT crm.attach_document('compiled', 'invoice', 'id', $$SELECT id AS document_key, 'sales invoice' AS document_type, date '2026-02-01' AS posting_date,
	amount / quantity AS amount FROM invoice WHERE posted AND 1 / quantity > 0$$);
SELECT crm.attach_document('planned', 'invoice', 'id', $$SELECT id AS document_key, 'sales invoice' AS document_type, date '2026-02-01' AS posting_date,
	(SELECT amount / quantity) AS amount FROM invoice WHERE posted AND 1 / quantity > 0$$);
SELECT crm.attach_document('commit', 'invoice', 'id', $$SELECT id AS document_key, 'sales invoice' AS document_type, date '2026-02-01' AS posting_date,
	amount / quantity AS amount FROM invoice WHERE posted AND 1 / quantity > 0$$, timing => 'commit');

-- A document that cannot be evaluated keeps its entry, until it can or is gone
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO invoice VALUES (1, true, 10);
UPDATE invoice SET quantity = 0;
SELECT results_eq($$SELECT source_name, sqlstate FROM crm.posting_problem ORDER BY 1$$,
	$$VALUES ('commit', '22012'), ('compiled', '22012'), ('planned', '22012')$$, 'a mapping that fails is a problem');
SELECT is(entries('compiled'), '1=10', '... and the entry stays');
DELETE FROM invoice;
SELECT is(entries('compiled') || entries('planned') || entries('commit'), '', 'a document that could not be evaluated is deleted');
INSERT INTO invoice VALUES (2, true, 20);
UPDATE invoice SET quantity = 0, id = 3;
SELECT is(entries('compiled') || entries('planned') || entries('commit'), '', '... or gets another key with the failure');
UPDATE invoice SET quantity = 2;
SELECT is(entries('compiled'), '3=10', '... and is logged when it can be');
UPDATE invoice SET quantity = 0;
UPDATE invoice SET quantity = 1, posted = false;
SELECT is(entries('compiled') || entries('planned') || entries('commit'), '', '... or is unposted with the mend');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');
DELETE FROM invoice;

-- A trigger that changes the row again: its event comes before that of the statement that fired it
CREATE FUNCTION erp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	UPDATE invoice SET amount = amount + 1 WHERE id = NEW.id AND amount = 10;
	UPDATE invoice SET posted = false WHERE id = NEW.id AND amount = 30;
	DELETE FROM invoice WHERE id = NEW.id AND amount = 40;
	RETURN NULL; END $$;
CREATE TRIGGER a_erp AFTER INSERT ON invoice FOR EACH ROW EXECUTE FUNCTION erp();
INSERT INTO invoice VALUES (1, true, 10), (2, true, 20), (3, true, 30), (4, true, 40);
SELECT is(entries('compiled'), '1=11, 2=20', 'an ERP that updates, unposts and deletes in its own trigger');
SELECT is(entries('planned'), '1=11, 2=20', '... planned');
SELECT is(entries('commit'), '1=11, 2=20', '... and at commit');
SET CONSTRAINTS ALL DEFERRED;
UPDATE invoice SET amount = 50 WHERE id = 1;
UPDATE invoice SET amount = 51 WHERE id = 1;
INSERT INTO invoice VALUES (5, true, 10);
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(entries('commit'), '1=51, 2=20, 5=11', 'several events of one document at commit');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');
DELETE FROM invoice;

-- A trigger that writes and rolls back inside the statement takes nothing of the statement with it
CREATE OR REPLACE FUNCTION erp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF NEW.id = 2 THEN
		BEGIN
			UPDATE invoice SET amount = 99 WHERE id = 1;
			RAISE 'no';
		EXCEPTION WHEN raise_exception THEN
			NULL;
		END;
	ELSIF NEW.id = 4 THEN
		BEGIN
			UPDATE invoice SET amount = 99 WHERE id = 3;
		EXCEPTION WHEN raise_exception THEN
			NULL;
		END;
	END IF;
	RETURN NULL; END $$;
INSERT INTO invoice VALUES (1, true, 10), (2, true, 20);
SELECT is(entries('compiled'), '1=10, 2=20', 'a subtransaction inside the statement that fails');
SELECT is(entries('planned'), '1=10, 2=20', '... planned');
SELECT is(entries('commit'), '1=10, 2=20', '... and at commit');
INSERT INTO invoice VALUES (3, true, 30), (4, true, 40);
SELECT is(entries('compiled'), '1=10, 2=20, 3=99, 4=40', 'one that succeeds');
SELECT is(entries('planned'), '1=10, 2=20, 3=99, 4=40', '... planned');
SELECT is_empty('SELECT * FROM crm.verify_posting()', 'verified');
SELECT * FROM finish();
ROLLBACK;
