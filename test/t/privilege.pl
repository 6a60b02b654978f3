# A clerk of the ERP without any right on crm posts documents, and gets no more rights by
# it; nobody attaches what is not his own; nobody's search_path or temporary tables step
# into a mapping; dropping the extension leaves the ERP alone.
use strict;
use warnings FATAL => 'all';
use lib 'test/t/lib';
use Crm;
use Test::More;

my $node = start_cluster('privilege');
query($node, q{
	CREATE EXTENSION crm;
	SELECT crm.install_defaults();
	CREATE ROLE owner LOGIN;
	CREATE ROLE clerk LOGIN;
	CREATE ROLE mallory LOGIN;
	CREATE ROLE agent LOGIN;
	SELECT crm.grant_role('owner', 'admin'), crm.grant_role('agent', 'user');
	CREATE SCHEMA erp AUTHORIZATION owner;
	CREATE SCHEMA mallory AUTHORIZATION mallory;
	GRANT USAGE ON SCHEMA mallory TO public;
	CREATE TABLE public.of_admin (id integer PRIMARY KEY);
	GRANT ALL ON public.of_admin TO owner;
});

# As a user of the server; what he sees, or the SQLSTATE that he meets
sub as
{
	my ($user, $sql) = @_;
	my ($status, $output, $errors) = $node->psql('erp', "\\set VERBOSITY sqlstate\n$sql", extra_params => [ '-U', $user ]);
	return $errors =~ /(?:ERROR|FATAL):  (\w{5})/ ? $1 : $output;
}

my $attach = q{
	SET search_path = erp;
	SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', 'SELECT id AS card_key, name, city FROM customer') > 0,
		crm.attach_document('compiled', 'invoice', 'id', $$SELECT id AS document_key, 'sales invoice' AS document_type, posted_on AS posting_date,
			customer_id AS partner_key, lower(note) AS description, total + 1 AS amount FROM invoice WHERE posted_on > date '2000-01-01'$$) > 0,
		crm.attach_document('planned', 'invoice', 'id', $$SELECT i.id AS document_key, 'sales order' AS document_type, posted_on AS posting_date,
			customer_id AS partner_key, lower(note) AS description, (SELECT sum(l.amount) FROM line l WHERE l.invoice_id = i.id) AS amount
			FROM invoice i WHERE posted_on > date '2000-01-01'$$, also => '{"line": "invoice_id"}') > 0;
};
is(as('owner', q{
	CREATE TABLE erp.customer (id integer PRIMARY KEY, name text, city text);
	CREATE TABLE erp.invoice (id integer PRIMARY KEY, customer_id integer, posted_on date, note text, total numeric DEFAULT 0);
	CREATE TABLE erp.line (invoice_id integer, amount numeric);
	GRANT USAGE ON SCHEMA erp TO clerk;
	GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA erp TO clerk;} . $attach), 't|t|t', 'the owner of the tables attaches them');

my $log = q{SELECT source_name, document_key, description, trim_scale(amount) FROM crm_data.interaction JOIN crm.source USING (source_id) WHERE posted ORDER BY 1, 2};
my $post = q{
	INSERT INTO erp.customer VALUES (1, 'A'), (2, 'B');
	INSERT INTO erp.invoice VALUES (1, 1, '2026-01-01', 'ONE', 9), (2, 2, NULL, 'TWO', 19), (3, 99, '2026-01-01', 'THREE', 29);
	INSERT INTO erp.line VALUES (1, 10), (2, 20), (2, 2);
	UPDATE erp.invoice SET posted_on = '2026-02-02' WHERE id OPERATOR(pg_catalog.=) 2;
};
my $expected = "compiled|1|one|10\ncompiled|2|two|20\nplanned|1|one|10\nplanned|2|two|22";
is(as('clerk', $post), '', 'a clerk posts');
is(query($node, $log), $expected, '... and it is logged');
is_verified($node, 'clerk');
is(query($node, q{SELECT DISTINCT user_name FROM crm_data.interaction UNION SELECT user_name FROM crm.posting_problem}), 'clerk', '... in his name');

# Nothing is his but the ERP
for my $forbidden ('SELECT FROM crm.contact', 'SELECT FROM crm_data.interaction', 'DELETE FROM crm_data.posting_problem', q{SELECT crm.backfill('compiled')},
	'SELECT * FROM crm.verify_posting()', 'SELECT crm.replay_problems()', q{SELECT crm.next_no('CONTACT')}, q{SELECT crm.detach('compiled')},
	q{SELECT crm.attach_document('x', 'erp.invoice', 'id', 'SELECT 1')}, 'SELECT crm_data.log_posting()', q{SELECT crm.grant_role('clerk', 'admin')},
	q{CREATE TEMP TABLE t (id integer PRIMARY KEY); CREATE TRIGGER t AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION crm_data.log_posting('statement')},
	q{SELECT nextval('crm_data.interaction_interaction_id_seq')}, 'CREATE TABLE crm_data.x ()', 'DROP TRIGGER zz_crm_row ON erp.invoice')
{
	is(as('clerk', $forbidden), '42501', "the clerk may not: $forbidden");
}
is(as('clerk', q{SET session_replication_role = replica}), '42501', '... nor switch the triggers off');

# Who has the schema may name the trigger function, because owners add partitions; on another table it does nothing
my $trigger = q{CREATE TEMP TABLE invoice (id integer PRIMARY KEY, customer_id integer, posted_on date, note text, total numeric);
	CREATE TRIGGER t AFTER INSERT OR UPDATE OR DELETE ON invoice FOR EACH %s EXECUTE FUNCTION crm_data.log_posting(%s);
	INSERT INTO invoice VALUES (77, 1, '2026-01-01', 'X', 1); UPDATE invoice SET total = 2; DELETE FROM invoice};
is(as('agent', sprintf $trigger, 'ROW', "'$_'"), '', "a table of one's own with the trigger: $_") for qw(statement row commit x);
is(as('agent', sprintf $trigger, 'STATEMENT', "'statement'"), '', "... of the statement");
is(as('agent', sprintf $trigger, 'ROW', ''), '39P01', '... without its argument');
is(as('agent', $trigger =~ s/AFTER/BEFORE/r =~ s/%s/ROW/r =~ s/%s/'row'/r), '39P01', '... before the event');
is(query($node, $log), $expected, '... and the log knows nothing of it');

# Only one's own tables
as('mallory', q{CREATE TABLE mallory.doc (id integer PRIMARY KEY); CREATE TABLE mallory.secret (id integer); GRANT ALL ON mallory.doc TO owner});
for my $table ('mallory.doc', 'public.of_admin', 'pg_class', 'crm_data.interaction')
{
	is(as('owner', qq{SELECT crm.attach_document('x', '$table', 'id', \$\$SELECT id AS document_key, 'sales order' AS document_type, current_date AS posting_date FROM $table\$\$)}),
		$table =~ /crm_data/ ? '42809' : '42501', "the owner may not attach $table");
}
is(as('owner', q{SELECT crm.attach_document('x', 'erp.line', 'id', 'SELECT 1')}), '42703', 'no such column');
is(as('owner', q{SELECT crm.attach_document('x', 'erp.invoice', 'id', $$SELECT i.id AS document_key, 'sales order' AS document_type, current_date AS posting_date
	FROM erp.invoice i JOIN mallory.secret s USING (id)$$)}), '42501', 'a mapping reads what its owner may read');
is(query($node, q{SELECT crm.grant_role('mallory', 'admin')}) . as('mallory', q{SELECT crm.detach('compiled')}), '42501', 'another administrator may not detach it');
is(as('mallory', q{SELECT crm.attach_document('x', 'mallory.doc', 'id', $$SELECT d.id AS document_key, 'sales order' AS document_type, current_date AS posting_date
	FROM mallory.doc d JOIN erp.invoice i USING (id)$$)}), '42501', '... nor read the tables behind it');

# Traps: functions and operators that say so when they are run, and tables that hold nothing
as('mallory', q{
	CREATE FUNCTION mallory.trap() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'caught %', current_user; END $$;
	CREATE FUNCTION mallory.lower(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.trap(); RETURN 'caught'; END $$;
	CREATE FUNCTION mallory.eq(integer, integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.trap(); RETURN true; END $$;
	CREATE FUNCTION mallory.gt(date, date) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.trap(); RETURN true; END $$;
	CREATE FUNCTION mallory.plus(numeric, integer) RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.trap(); RETURN 0; END $$;
	CREATE FUNCTION mallory.teq(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.trap(); RETURN true; END $$;
	CREATE FUNCTION mallory.coalesce_text(text, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.trap(); RETURN 'caught'; END $$;
	CREATE OPERATOR mallory.= (LEFTARG = integer, RIGHTARG = integer, FUNCTION = mallory.eq);
	CREATE OPERATOR mallory.= (LEFTARG = text, RIGHTARG = text, FUNCTION = mallory.teq);
	CREATE OPERATOR mallory.> (LEFTARG = date, RIGHTARG = date, FUNCTION = mallory.gt);
	CREATE OPERATOR mallory.+ (LEFTARG = numeric, RIGHTARG = integer, FUNCTION = mallory.plus);
	CREATE OPERATOR mallory.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = mallory.coalesce_text);
	CREATE TABLE mallory.invoice (id integer PRIMARY KEY, customer_id integer, posted_on date, note text, total numeric);
	CREATE TABLE mallory.line (invoice_id integer, amount numeric);
	CREATE TABLE mallory.customer (id integer, name text, city text);
	CREATE TABLE mallory.card (card_key text);
	CREATE TABLE mallory.document (document_key text);
	GRANT ALL ON ALL TABLES IN SCHEMA mallory TO public;
});
my $traps = q{
	CREATE TEMP TABLE invoice (LIKE mallory.invoice); CREATE TEMP TABLE line (LIKE mallory.line); CREATE TEMP TABLE customer (LIKE mallory.customer);
	CREATE TEMP TABLE card (LIKE mallory.card); CREATE TEMP TABLE document (LIKE mallory.document); CREATE TEMP TABLE contact (); CREATE TEMP TABLE interaction (); CREATE TEMP TABLE source ();
	INSERT INTO pg_temp.line VALUES (1, 1000), (4, 1000);
};
for my $path ('pg_temp, mallory, pg_catalog, erp', 'mallory, pg_catalog, pg_temp', '')
{
	my $set = $path eq '' ? "SET search_path = '';" : "SET search_path = $path;";
	is(as('clerk', "$traps $set DELETE FROM erp.line WHERE true; DELETE FROM erp.invoice; DELETE FROM erp.customer; $post"), '', "a clerk posts under search_path \"$path\"");
	is(query($node, $log), $expected, '... and the mapping meets no trap');
	is(query($node, q{SELECT message FROM crm.posting_problem WHERE message LIKE '%caught%'}), '', '... nor anything else');
	is(query($node, "$traps $set SELECT * FROM crm.verify_posting()"), '', '... nor does verify_posting()');
	is(query($node, "$traps $set SELECT crm.backfill('planned'), crm.backfill('compiled'), crm.backfill('customers')"), '0|0|0', '... nor backfill()');
}

# The mapping goes on with the rights of the owner as they are
is(as('owner', 'REVOKE SELECT ON erp.line FROM owner') . as('clerk', q{INSERT INTO erp.line VALUES (1, 5)}), '', 'the owner may not read the lines any more: the clerk posts');
is(query($node, q{SELECT DISTINCT source_name, sqlstate FROM crm.posting_problem WHERE sqlstate = '42501'}), 'planned|42501', '... and it is a problem');
as('owner', 'GRANT SELECT ON erp.line TO owner');
is(query($node, 'SELECT crm.replay_problems() > 0'), 't', '... that is solved later');
is_verified($node, 'rights');

# What users write goes into the card as it is, with the owner's rights
is(as('agent', q{SET search_path = mallory; UPDATE crm.contact SET city = $$x'; DROP TABLE erp.customer; --$$ WHERE name OPERATOR(pg_catalog.=) 'A'}), '', 'a user of crm edits a contact');
is(query($node, q{SELECT city FROM erp.customer WHERE id = 1}), q{x'; DROP TABLE erp.customer; --}, '... and the card follows');
is(as('agent', 'UPDATE erp.customer SET city = NULL'), '42501', '... which he may not write himself');
is(as('owner', q{
	CREATE TABLE erp."odd ""name""; --" ("Key ""1""" text PRIMARY KEY);
	SELECT crm.attach_document('odd; --', 'erp."odd ""name""; --"', 'Key "1"', $$SELECT "Key ""1""" AS document_key, 'sales quote' AS document_type, date '2026-01-01' AS posting_date FROM erp."odd ""name""; --" -- $$) > 0;
	INSERT INTO erp."odd ""name""; --" VALUES ('a''b'), ('\"'), ('{x,"y"}'), (' '), ('');
	UPDATE erp."odd ""name""; --" SET "Key ""1""" = "Key ""1""" || '%s' WHERE "Key ""1""" <> '';
	SELECT crm.backfill('odd; --')}), "t\n0", 'odd names and keys');
is(query($node, q{SELECT document_key FROM crm_data.interaction WHERE posted AND document_type = 'sales quote' ORDER BY document_key COLLATE "C"}), "\n %s\n\\\"%s\na'b%s\n{x,\"y\"}%s", '... are taken as they are');
is_verified($node, 'odd names');

# One session sees the extension go and come back
is(as('postgres', 'DROP EXTENSION crm'), '2BP01', 'the extension is not dropped while tables are attached');
is(query($node, qq{
	SET client_min_messages = warning;
	SET SESSION AUTHORIZATION clerk;
	BEGIN; INSERT INTO erp.invoice VALUES (10, 1, '2026-01-01'); COMMIT;
	RESET SESSION AUTHORIZATION;
	DROP EXTENSION crm CASCADE;
	SET SESSION AUTHORIZATION clerk;
	INSERT INTO erp.customer VALUES (3, 'C');
	INSERT INTO erp.invoice VALUES (11, 3, '2026-01-01', 'X', 1);
	INSERT INTO erp.line VALUES (11, 1);
	UPDATE erp.invoice SET posted_on = NULL WHERE id = 11;
	RESET SESSION AUTHORIZATION;
	SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'zz_crm%';
	CREATE EXTENSION crm;
	SELECT crm.install_defaults();
	SELECT crm.grant_role('owner', 'admin');
	SET SESSION AUTHORIZATION owner;
	$attach
	SELECT crm.backfill('customers'), crm.backfill('compiled'), crm.backfill('planned');
	SET SESSION AUTHORIZATION clerk;
	INSERT INTO erp.invoice VALUES (12, 3, '2026-01-01', 'X', 1);
	INSERT INTO erp.line VALUES (12, 1), (1, 1);
	RESET SESSION AUTHORIZATION;
	SELECT * FROM crm.verify_posting();
	SELECT count(*) FROM crm_data.interaction WHERE posted}), "0\n\n\nt|t|t\n3|3|3\n8", 'one session: dropped, the ERP works on; created again, all is logged');

done_testing();
