/*
 * A small ERP: customers, and the same document table once for every way of logging.
 * What a document becomes is the same row each time.
 *
 *		plain			no trigger
 *		again			no trigger either: its distance to plain is the noise
 *		compiled		crm, mapping evaluated on the trigger's tuple
 *		planned			crm, mapping run as a query
 *		row_trigger		PL/pgSQL, AFTER ... FOR EACH ROW
 *		statement_trigger	PL/pgSQL, FOR EACH STATEMENT with a transition table
 *		empty			PL/pgSQL, a row trigger that does nothing, for updates
 *
 * bench.floor is crm's log with its indexes, constraints and sequence, and nothing else.
 */
CREATE EXTENSION crm;
SELECT crm.install_defaults();
ALTER SYSTEM SET autovacuum = off;
SELECT pg_reload_conf();

CREATE SCHEMA bench;
SET search_path = bench;

CREATE TABLE result (test text, variant text, round integer, value numeric);

CREATE TABLE customer (customer_id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO customer SELECT i, 'Customer ' || i FROM generate_series(1, 5000) AS i;

CREATE TABLE plain (
	document_id		integer PRIMARY KEY,
	document_no		text NOT NULL,
	state			text NOT NULL DEFAULT 'draft',
	customer_id		integer NOT NULL,
	posting_date	date,
	due_date		date,
	currency_code	text,
	salesperson_code	text,
	net_amount		numeric(16,2),
	margin			numeric(16,2),
	printed			integer NOT NULL DEFAULT 0
);
CREATE TABLE again (LIKE plain INCLUDING ALL);
CREATE TABLE compiled (LIKE plain INCLUDING ALL);
CREATE TABLE planned (LIKE plain INCLUDING ALL);
CREATE TABLE row_trigger (LIKE plain INCLUDING ALL);
CREATE TABLE statement_trigger (LIKE plain INCLUDING ALL);
CREATE TABLE empty (LIKE plain INCLUDING ALL);
CREATE TABLE history (LIKE plain INCLUDING ALL);
CREATE TABLE line (document_id integer, line_no integer, item_no text, quantity numeric(12,3), price numeric(12,2), PRIMARY KEY (document_id, line_no));
CREATE SEQUENCE document_id START 10000001;

CREATE TABLE floor (LIKE crm_data.interaction INCLUDING ALL);
CREATE TABLE row_log (LIKE crm_data.interaction INCLUDING ALL);
CREATE TABLE statement_log (LIKE crm_data.interaction INCLUDING ALL);

SELECT crm.attach_partner('customers', 'customer', 'customer_id', 'customer',
	'SELECT customer_id AS card_key, name FROM bench.customer');
SELECT crm.backfill('customers');

/* The planner dissolves this function; it only keeps the mapping from being compiled */
CREATE FUNCTION local(amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN amount;

CREATE FUNCTION mapping(on_table text, amount text) RETURNS text LANGUAGE sql RETURN format($$
	SELECT document_id AS document_key, 'sales invoice' AS document_type, document_no, customer_id AS partner_key,
		posting_date, due_date, currency_code, salesperson_code, %s AS amount, net_amount AS document_amount, margin AS profit
	FROM bench.%I WHERE state = 'posted'$$, amount, on_table);
SELECT crm.attach_document('compiled', 'compiled', 'document_id', mapping('compiled', 'net_amount'));
SELECT crm.attach_document('planned', 'planned', 'document_id', mapping('planned', 'bench.local(net_amount)'));
SELECT crm.attach_document('history', 'history', 'document_id', mapping('history', 'net_amount'));

/*
 * The same by PL/pgSQL: contact and company of the partner, template of the document
 * type, exactly once. It does not guard the posting against errors, which crm does.
 */
CREATE FUNCTION log_row_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	partner record;
	template record;
BEGIN
	SELECT c.contact_id, c.company_id INTO partner
	FROM crm_data.contact_business_relation AS r JOIN crm_data.contact AS c USING (contact_id)
	WHERE r.source_id = 1 AND r.card_key = NEW.customer_id::text;
	IF NOT FOUND THEN
		INSERT INTO crm_data.posting_problem (source_id, document_key, sqlstate, message)
		VALUES (1, NEW.document_id::text, '02000', format('partner "%s" is not known', NEW.customer_id));
		RETURN NULL;
	END IF;

	SELECT t.* INTO template
	FROM crm_data.interaction_template_setup AS s JOIN crm_data.interaction_template AS t USING (interaction_template_code)
	WHERE s.purpose = 'sales invoice';
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;

	INSERT INTO bench.row_log (contact_id, company_id, interaction_date, interaction_at, description, information_flow, initiated_by,
		cost, duration_minutes, interaction_group_code, interaction_template_code, campaign_no, campaign_target, campaign_response,
		correspondence_type, salesperson_code, user_name, source_id, document_key, posted, document_type, document_no,
		partner_key, posting_date, due_date, currency_code, amount, document_amount, profit)
	VALUES (partner.contact_id, partner.company_id, NEW.posting_date, now(), template.description, template.information_flow, template.initiated_by,
		template.unit_cost, template.unit_duration_minutes, template.interaction_group_code, template.interaction_template_code,
		template.campaign_no, template.campaign_target, template.campaign_response,
		template.correspondence_type, NEW.salesperson_code, session_user, 1, NEW.document_id::text, true, 'sales invoice', NEW.document_no,
		NEW.customer_id::text, NEW.posting_date, NEW.due_date, NEW.currency_code, NEW.net_amount, NEW.net_amount, NEW.margin)
	ON CONFLICT (source_id, document_key) WHERE posted DO NOTHING;
	RETURN NULL;
END $$;
CREATE TRIGGER log_insert AFTER INSERT ON row_trigger FOR EACH ROW
	WHEN (NEW.state = 'posted') EXECUTE FUNCTION log_row_trigger();
CREATE TRIGGER log_update AFTER UPDATE ON row_trigger FOR EACH ROW
	WHEN (NEW.state = 'posted' AND OLD.state <> 'posted') EXECUTE FUNCTION log_row_trigger();

CREATE FUNCTION log_statement_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO bench.statement_log (contact_id, company_id, interaction_date, interaction_at, description, information_flow, initiated_by,
		cost, duration_minutes, interaction_group_code, interaction_template_code, campaign_no, campaign_target, campaign_response,
		correspondence_type, salesperson_code, user_name, source_id, document_key, posted, document_type, document_no,
		partner_key, posting_date, due_date, currency_code, amount, document_amount, profit)
	SELECT c.contact_id, c.company_id, d.posting_date, now(), t.description, t.information_flow, t.initiated_by,
		t.unit_cost, t.unit_duration_minutes, t.interaction_group_code, t.interaction_template_code,
		t.campaign_no, t.campaign_target, t.campaign_response,
		t.correspondence_type, d.salesperson_code, session_user, 1, d.document_id::text, true, 'sales invoice', d.document_no,
		d.customer_id::text, d.posting_date, d.due_date, d.currency_code, d.net_amount, d.net_amount, d.margin
	FROM new_document AS d
	JOIN crm_data.contact_business_relation AS r ON r.source_id = 1 AND r.card_key = d.customer_id::text
	JOIN crm_data.contact AS c USING (contact_id)
	JOIN crm_data.interaction_template_setup AS s ON s.purpose = 'sales invoice'
	JOIN crm_data.interaction_template AS t USING (interaction_template_code)
	WHERE d.state = 'posted'
	ON CONFLICT (source_id, document_key) WHERE posted DO NOTHING;
	RETURN NULL;
END $$;
CREATE TRIGGER log_insert AFTER INSERT ON statement_trigger REFERENCING NEW TABLE AS new_document
	FOR EACH STATEMENT EXECUTE FUNCTION log_statement_trigger();

CREATE FUNCTION do_nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER do_nothing AFTER INSERT OR UPDATE OR DELETE ON empty FOR EACH ROW EXECUTE FUNCTION do_nothing();

/* Empty documents and logs, unseen by triggers */
CREATE FUNCTION reset() RETURNS void LANGUAGE plpgsql SET session_replication_role = replica AS $$
BEGIN
	ASSERT (SELECT count(*) FROM crm_data.posting_problem) = 0, 'crm met a problem';
	TRUNCATE bench.plain, bench.again, bench.compiled, bench.planned, bench.row_trigger, bench.statement_trigger, bench.empty, bench.history, bench.line,
		bench.floor, bench.row_log, bench.statement_log, crm_data.interaction CASCADE;
END $$;

/* A block that runs the statements and records their time in microseconds for each of n rows */
CREATE FUNCTION timed(test text, variant text, round integer, n integer, statements text) RETURNS text LANGUAGE sql RETURN format($$
	DO $do$
	DECLARE
		started timestamptz := clock_timestamp();
	BEGIN
		%s
		INSERT INTO bench.result VALUES (%L, %L, %s, 1e6 * extract(epoch FROM clock_timestamp() - started) / %s);
	END
	$do$ $$, statements, test, variant, round, n);

/* An error unless the variant logged n documents */
CREATE FUNCTION check_log(variant text, n integer) RETURNS text LANGUAGE sql RETURN CASE
	WHEN variant IN ('compiled', 'planned', 'row_trigger', 'statement_trigger', 'floor') THEN format(
		$$DO $do$ BEGIN ASSERT (SELECT count(*) FROM %s) = %s, 'documents are missing in the log'; END $do$ $$,
		CASE variant WHEN 'row_trigger' THEN 'bench.row_log' WHEN 'statement_trigger' THEN 'bench.statement_log'
			WHEN 'floor' THEN 'bench.floor' ELSE 'crm_data.interaction' END, n) END;

/* Insert posted documents; source makes the i in a SELECT or VALUES list */
CREATE FUNCTION insert_documents(into_table text, source text) RETURNS text LANGUAGE sql RETURN format($$
	INSERT INTO bench.%I (document_id, document_no, state, customer_id, posting_date, due_date, currency_code, salesperson_code, net_amount, margin)
	%s;$$, into_table, format(source, $$i, 'INV' || i, 'posted', 1 + i * 7919::bigint % 5000, date '2026-01-01' + i % 365, date '2026-02-01' + i % 365,
		'EUR', 'S' || i % 20, i % 10000 + 0.25, i % 1000 + 0.5$$));

/* The entry of the same document, from constants: the floor */
CREATE FUNCTION insert_entries(source text) RETURNS text LANGUAGE sql RETURN format($$
	INSERT INTO bench.floor (contact_id, company_id, interaction_date, interaction_at, description, information_flow, initiated_by,
		cost, duration_minutes, interaction_group_code, interaction_template_code, campaign_target, campaign_response,
		salesperson_code, user_name, attempt_failed, canceled, postponed, source_id, document_key, posted, document_type, document_no,
		partner_key, posting_date, due_date, currency_code, amount, document_amount, profit, legal_entity)
	%s;$$, format(source, $$1 + i * 7919::bigint % 5000, 1 + i * 7919::bigint % 5000, date '2026-01-01' + i % 365, now(), 'Sales invoices', 'outbound', 'us',
		8.00, 1, 'SALES', 'SINV', false, false,
		'S' || i % 20, 'postgres', false, false, false, 1, i::text, true, 'sales invoice', 'INV' || i,
		(1 + i * 7919::bigint % 5000)::text, date '2026-01-01' + i % 365, date '2026-02-01' + i % 365, 'EUR',
		i % 10000 + 0.25, i % 10000 + 0.25, i % 1000 + 0.5, ''$$));

/* The floor of bulk: keep the finished entries of a log, and copy them */
CREATE FUNCTION entry_columns() RETURNS text LANGUAGE sql STABLE RETURN (
	SELECT string_agg(attname, ', ' ORDER BY attnum)
	FROM pg_attribute WHERE attrelid = 'bench.floor'::regclass AND attnum > 1 AND NOT attisdropped);
CREATE FUNCTION keep_entries() RETURNS text LANGUAGE sql STABLE RETURN format(
	'DROP TABLE IF EXISTS bench.entry; CREATE TABLE bench.entry AS SELECT %s FROM crm_data.interaction', bench.entry_columns());
CREATE FUNCTION copy_entries() RETURNS text LANGUAGE sql STABLE RETURN format(
	'INSERT INTO bench.floor (%s) SELECT * FROM bench.entry;', bench.entry_columns());

ANALYZE crm_data.contact, crm_data.contact_business_relation, crm_data.interaction_template, crm_data.interaction_template_setup;
