# The classification after crashes, on a standby, in a restored database, around prepared
# transactions, and with everybody at work at once: what is stored is of whole runs, and
# what is shown is what the log says.
use strict;
use warnings FATAL => 'all';
use lib 'test/t/lib';
use Crm;
use Session;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

$ENV{PGOPTIONS} = '-c crm.work_date=2026-03-01 -c client_min_messages=warning';
my $directory = PostgreSQL::Test::Utils::tempdir();
my $node = start_cluster('classification', init => { allows_streaming => 1 }, conf => [ 'restart_after_crash = on', 'deadlock_timeout = 20ms', 'max_wal_senders = 4', 'log_min_messages = notice' ]);

# A database: the small ERP with 305 customers, entries made straight, three questionnaires (shipped, by hand, rating),
# and reports of runs, each written by the transaction of its run
sub create_database
{
	my ($database) = @_;
	query($node, "CREATE DATABASE $database", 'postgres');
	create_erp($node, $database);
	query($node, q{
		INSERT INTO customer SELECT n, 'C' || n, 'Customer ' || n, 'company', NULL, 'Iasi', '0' || n, 'S' || n % 2 FROM generate_series(101, 400) n;
		INSERT INTO invoice SELECT n, CASE WHEN n <= 200 THEN 1 + n % 5 ELSE 100 + n % 300 + 1 END, date '2025-02-01' + n % 390 FROM generate_series(1, 600) n;
		INSERT INTO invoice_line SELECT id, 1, 'A', 100 + id FROM invoice;
		INSERT INTO ledger SELECT 'L' || n, 1 + n % 2, 1 + n % 5, n FROM generate_series(1, 20) n;
		CREATE SEQUENCE no START 1000;
		CREATE TABLE run (run_no serial, as_of date, questionnaire_code text, line_no integer, contact_count bigint, added bigint, removed bigint);
		CREATE FUNCTION run() RETURNS void LANGUAGE sql AS $$
			WITH date AS (SELECT coalesce(max(as_of), '2026-02-01') + 1 AS as_of FROM run)
			INSERT INTO run (as_of, questionnaire_code, line_no, contact_count, added, removed)
			SELECT d.as_of, r.questionnaire_code, r.line_no, r.contact_count, r.answers_added, r.answers_removed FROM date AS d CROSS JOIN LATERAL crm.classify(as_of => d.as_of) AS r $$;
		CREATE FUNCTION post(customer_id integer, amount numeric) RETURNS void LANGUAGE sql AS $$
			INSERT INTO invoice VALUES (nextval('no'), customer_id, date '2026-01-01' + amount::integer % 59);
			INSERT INTO invoice_line VALUES (currval('no'), 1, 'A', amount), (currval('no'), 2, 'B', 10);
			INSERT INTO crm_data.interaction (contact_id, company_id, document_type, document_no, posting_date, interaction_date, amount, discount)
				SELECT contact_id, company_id, CASE WHEN amount::integer % 5 = 0 THEN 'sales credit memo' ELSE 'sales invoice' END, 'D', '2026-02-02', '2026-02-02', amount, 1 FROM crm_data.contact WHERE name LIKE 'Customer ' || customer_id || '%' $$;
		SELECT crm.install_sales_questionnaire();
		INSERT INTO crm.questionnaire (questionnaire_code) VALUES ('HAND'), ('TOTAL'), ('POINTS');
		INSERT INTO crm.questionnaire_line (questionnaire_code, line_type, description, multiple_answers) VALUES ('HAND', 'question', 'Likes', true), ('HAND', 'answer', 'Phone', false), ('HAND', 'answer', 'Mail', false);
		INSERT INTO crm.questionnaire_line (questionnaire_code, line_type, auto_classification, customer_class_field, starting_date_formula, ending_date_formula)
			VALUES ('TOTAL', 'question', true, 'sales', 'CD-10Y', 'CD+10Y');
		INSERT INTO crm.questionnaire_line (questionnaire_code, line_type, from_value, to_value) VALUES ('TOTAL', 'answer', NULL, 500), ('TOTAL', 'answer', 500.01, NULL);
		INSERT INTO crm.questionnaire_line (questionnaire_code, line_type, contact_class_field) VALUES ('POINTS', 'question', 'rating');
		INSERT INTO crm.questionnaire_line (questionnaire_code, line_type, from_value, to_value) VALUES ('POINTS', 'answer', NULL, 9), ('POINTS', 'answer', 10, NULL);
		INSERT INTO crm.rating (questionnaire_code, line_no, source_questionnaire_code, source_line_no, points) VALUES
			('POINTS', 10000, 'HAND', 20000, 5), ('POINTS', 10000, 'HAND', 30000, 5), ('POINTS', 10000, 'CUSTOMER', 380000, 5), ('POINTS', 10000, 'TOTAL', 30000, 5);
		INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) SELECT contact_id, 'HAND', 20000 FROM crm.contact WHERE name LIKE 'Customer 1%';
		SELECT run();
	}, $database);
	return;
}

# Questions

# Classes by the view, and what the log says of the sales without the engine
my $classes = q{SELECT contact_id, questionnaire_code, line_no FROM crm.contact_classification ORDER BY 2, 3, 1};
my $stored = q{SELECT a.contact_id, a.questionnaire_code, a.line_no FROM crm.contact_profile_answer a WHERE a.questionnaire_code <> 'HAND' ORDER BY 2, 3, 1};
my $wrong_sales = q{WITH shown AS MATERIALIZED (SELECT contact_id, value FROM crm.contact_classification WHERE questionnaire_code = 'TOTAL'),
		customer AS MATERIALIZED (SELECT DISTINCT contact_id FROM crm_data.contact_business_relation WHERE link_type = 'customer'),
		entry AS MATERIALIZED (SELECT coalesce(company_id, contact_id) AS contact_id, sum(sales_lcy) AS sales FROM crm.sales_entry GROUP BY 1)
	SELECT contact_id, value, sales FROM shown FULL JOIN (SELECT contact_id, coalesce(sales, 0) AS sales FROM customer LEFT JOIN entry USING (contact_id)) s USING (contact_id)
		JOIN crm_data.contact k USING (contact_id) WHERE k.contact_type = 'company' AND value IS DISTINCT FROM sales};
my $wrong = "SELECT 'shown', v::text FROM crm.verify_classification() v UNION ALL SELECT 'sales', w::text FROM ($wrong_sales) w";
# The reports of the runs that are committed against what is stored
my $torn = q{SELECT questionnaire_code, question_line_no, stored, reported FROM
		(SELECT questionnaire_code, question_line_no, count(*) AS stored FROM crm.contact_profile_answer WHERE questionnaire_code IN ('CUSTOMER', 'TOTAL') AND question_line_no < 360000 GROUP BY 1, 2) a
		FULL JOIN (SELECT questionnaire_code, line_no AS question_line_no, sum(added - removed) AS reported FROM run WHERE questionnaire_code IN ('CUSTOMER', 'TOTAL') AND line_no < 360000 GROUP BY 1, 2) r USING (questionnaire_code, question_line_no)
		WHERE stored IS DISTINCT FROM nullif(reported, 0)
	UNION ALL SELECT q.questionnaire_code, q.line_no, q.contact_count, r.contact_count FROM run r FULL JOIN crm.question_classification q USING (questionnaire_code, line_no)
		WHERE r.run_no = (SELECT max(m.run_no) FROM run m WHERE (m.questionnaire_code, m.line_no) = (r.questionnaire_code, r.line_no)) AND (q.as_of, q.contact_count) IS DISTINCT FROM (r.as_of, r.contact_count)};
my $overlaps = q{WITH a AS (SELECT contact_id, questionnaire_code, line_no, daterange(valid_from, NULL) AS validity FROM crm_data.contact_profile_answer
		UNION ALL SELECT contact_id, questionnaire_code, line_no, daterange(valid_from, valid_to) FROM crm_data.contact_profile_answer_history WHERE withdrawn_at IS NULL)
	SELECT contact_id, questionnaire_code, line_no FROM a GROUP BY 1, 2, 3 HAVING count(*) > 1 AND sum(coalesce(upper(validity), '2100-01-01') - lower(validity)) > (SELECT sum(upper(r) - lower(r)) FROM unnest(range_agg(daterange(lower(validity), coalesce(upper(validity), '2100-01-01')))) r)
	UNION ALL SELECT contact_id, questionnaire_code, line_no FROM a WHERE isempty(validity)};

# Two lists; only what differs is told
sub same
{
	my ($got, $expected, $name) = @_;
	are_views({ list => $got }, { list => $expected }, $name);
	return;
}

sub is_right
{
	my ($name, $database) = @_;
	is(query($node, $wrong, $database), '', "$name: what is shown is what the log says");
	is(query($node, $torn, $database), '', "$name: what is stored is of whole runs");
	is(query($node, $overlaps, $database), '', "$name: no two answers hold at once");
	return;
}

# A new run stores what is shown
sub run_stores
{
	my ($name, $database) = @_;
	my $next = query($node, 'SELECT max(as_of) + 1 FROM run', $database);
	my $shown = query($node, "SET crm.work_date = '$next'; $classes", $database);
	query($node, 'SELECT run()', $database);
	same(query($node, $stored, $database), $shown, "$name: a run stores what was shown (" . ($shown =~ tr/\n//) . ' answers)');
	return;
}

# Scripts for pgbench, and psql, in the background

sub pgbench
{
	my ($database, $seconds, %script) = @_;
	my @files;
	for my $name (sort keys %script)
	{
		append_to_file("$directory/$database-$name", $script{$name}) if !-e "$directory/$database-$name";
		push @files, '-f', "$directory/$database-$name";
	}
	return [ 'pgbench', '-n', '-j', '1', '-T', $seconds, '-h', $node->host, '-p', $node->port, @files ];
}

my %output;

sub start
{
	my ($command) = @_;
	$output{"@$command"} = '';
	return IPC::Run::start($command, '<', \undef, '>', \$output{"@$command"}, '2>&1');
}

sub start_psql { my ($database, @sql) = @_; return start([ 'psql', '-Xq', '-d', $node->connstr($database), map { ('-c', $_) } @sql ]) }

sub wait_until
{
	my ($database, $condition) = @_;
	$node->poll_query_until($database, "SELECT $condition") or die "never: $condition";
	return;
}

# 1. Crashes

create_database('crash');
my %work = (
	post => q{
\set customer random(101, 400)
\set amount random(1, 1000)
BEGIN;
SELECT post(:customer, :amount);
INSERT INTO ledger VALUES ('K' || currval('no'), 1 + :amount % 2, :customer, :amount);
COMMIT;
UPDATE invoice SET posted_on = NULL WHERE id = currval('no') AND :amount % 7 = 0;
UPDATE ledger SET posted = false WHERE no = 'K' || currval('no') AND :amount % 7 = 0;
},
	contact => q{
\set customer random(101, 400)
\set amount random(1, 1000)
UPDATE crm.contact SET name = 'Customer ' || :customer || ' of ' || :amount WHERE name LIKE 'Customer ' || :customer || '%';
INSERT INTO crm.contact (contact_type, name, company_id) SELECT 'person', 'Employee ' || :amount, contact_id FROM crm.contact WHERE name LIKE 'Customer ' || :customer || '%';
INSERT INTO customer VALUES (nextval('no'), NULL, 'New one');
SELECT post(currval('no')::integer, :amount);
},
	answer => q{
\set customer random(101, 400)
INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) SELECT contact_id, 'HAND', 30000 FROM crm.contact c WHERE name LIKE 'Customer ' || :customer || '%' ON CONFLICT DO NOTHING;
DELETE FROM crm.contact_profile_answer WHERE (questionnaire_code, line_no) = ('HAND', 20000) AND contact_id % 300 = :customer - 101;
});

# The server crashes at any time, while a run waits to write a table, or before it commits
sub recovers
{
	my ($name, $crash, $hold) = @_;
	my $load = start([ @{ pgbench('crash', 60, post => $work{post}, contact => $work{contact}, $hold ? () : (run => "BEGIN;\nSELECT run();\nCOMMIT;\n", answer => $work{answer})) }, '-c', 3, 'crash' ]);
	my ($documents, $runs) = split /\|/, query($node, 'SELECT (SELECT count(*) FROM crm_data.interaction), (SELECT count(DISTINCT as_of) FROM run)', 'crash');
	wait_until('crash', "count(*) > $documents + 200 FROM crm_data.interaction");
	my @sessions;
	if ($hold && $hold ne 'commit')
	{
		push @sessions, start_psql('crash', 'BEGIN', "LOCK TABLE $hold IN SHARE MODE", 'SELECT pg_sleep(100)');
		wait_until('crash', "count(*) > 0 FROM pg_locks WHERE relation = '$hold'::regclass AND mode = 'ShareLock' AND granted");
	}
	if ($hold)
	{
		push @sessions, start_psql('crash', 'BEGIN', 'SELECT run()', 'SELECT pg_sleep(100)', 'COMMIT');
		wait_until('crash', $hold eq 'commit' ? q{count(*) > 0 FROM pg_stat_activity a JOIN pg_locks l USING (pid) WHERE relation = 'run'::regclass AND mode = 'RowExclusiveLock' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()}
			: "count(*) > 0 FROM pg_locks WHERE relation = '$hold'::regclass AND NOT granted");
	}
	$crash->();
	$_->kill_kill for @sessions, $load;
	wait_until('crash', 'true');
	is(query($node, 'SELECT count(DISTINCT as_of) FROM run', 'crash'), $runs, "$name: the run is gone") if $hold;
	cmp_ok(query($node, 'SELECT count(DISTINCT as_of) FROM run', 'crash'), '>', $runs, "$name: there were runs") if !$hold;
	is_right($name, 'crash');
	run_stores($name, 'crash');
	return;
}

sub stop { $node->stop('immediate'); $node->start; return }
sub kill_run
{
	my $pid = query($node, q{SELECT pid FROM pg_stat_activity WHERE query = 'SELECT run()' AND state = 'active'}, 'crash');
	kill 'KILL', $pid;
	$node->poll_query_until('postgres', "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)");
	return;
}

recovers('stopped in the middle of a run', \&stop, 'crm_data.question_classification');
recovers('backend killed while its run keeps the state', \&kill_run, 'crm_data.classification_state');
recovers('stopped between run and commit', \&stop, 'commit');
recovers('stopped at any time', \&stop);
is_verified($node, 'after the crashes', 'crash');

# 2. A standby

my $standby = PostgreSQL::Test::Cluster->new('classification_standby');
$node->backup('base');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;

sub catches_up
{
	my ($name) = @_;
	$node->wait_for_catchup($standby, 'replay', $node->lsn('flush'));
	my $expected = query($node, $classes, 'crash');
	same(ask('standby', $classes), $expected, "standby, $name: the session that has looked sees the same classes");
	same(query($standby, $classes, 'crash'), $expected, "standby, $name: ... and so does a new one");
	is(ask('standby', $wrong), '', "standby, $name: and they are right");
	return;
}

open_session('standby', $standby, 'crash');
catches_up('at first');
for my $step ([ 'postings', 'SELECT post(n, n) FROM generate_series(101, 120) n; DELETE FROM ledger WHERE no = (SELECT min(no) FROM ledger)' ],
	[ 'many postings', 'SELECT post(n, 2 * n) FROM generate_series(101, 400) n' ], [ 'a run', 'SELECT run()' ], [ 'postings after it', 'SELECT post(n, n) FROM generate_series(111, 120) n' ],
	[ 'a changed question', q{UPDATE crm.questionnaire_line SET to_value = to_value + 100 WHERE questionnaire_code = 'TOTAL' AND line_no = 20000} ], [ 'nothing kept', 'SELECT crm.rebuild_classification()' ],
	[ 'answers by hand', q{DELETE FROM crm.contact_profile_answer WHERE questionnaire_code = 'HAND' AND contact_id % 2 = 0} ], [ 'two runs', q{SELECT run(); SELECT post(101, 5); SELECT run()} ],
	[ 'a change that is rolled back', 'BEGIN; SELECT post(n, 99) FROM generate_series(101, 400) n; SELECT run(); ROLLBACK' ])
{
	query($node, $step->[1], 'crash');
	catches_up($step->[0]);
}
query($node, "BEGIN; SELECT post($_, 1000); PREPARE TRANSACTION 'p$_'", 'crash') for 101 .. 103;
query($node, 'SELECT post(104, 1)', 'crash');
$node->wait_for_catchup($standby, 'replay', $node->lsn('flush'));
ask('standby', "BEGIN; SELECT count(*) FROM crm.contact_classification");
query($node, q{COMMIT PREPARED 'p102'}, 'crash');
$node->wait_for_catchup($standby, 'replay', $node->lsn('flush'));
is(ask('standby', $wrong), '', 'standby: a transaction sees what is committed meanwhile');
ask('standby', 'COMMIT');
query($node, "COMMIT PREPARED 'p$_'", 'crash') for 101, 103;
catches_up('committed prepared transactions');
for my $question (q{SELECT e.* FROM crm.contact c, LATERAL crm.explain_class(c.contact_no, 'CUSTOMER', 10000) e WHERE c.name LIKE 'Customer 11%' ORDER BY 1}, q{SELECT e.* FROM crm.contact c, LATERAL crm.explain_class(c.contact_no, 'TOTAL', 10000, '2026-01-01') e WHERE c.name LIKE 'Customer 11%' ORDER BY 1},
	q{SELECT * FROM crm.classification_totals('CUSTOMER')}, q{SELECT * FROM crm.class_movement('2026-02-02', '2026-02-20')})
{
	my $expected = query($node, $question, 'crash');
	cmp_ok(length $expected, '>', 100, "there is an answer: $question");
	is(ask('standby', $question), $expected, '... the same on the standby');
}
like(ask('standby', q{\set VERBOSITY sqlstate
SELECT * FROM crm.classify()}), qr/ERROR:  25006$/, 'a run is refused on the standby');
same(ask('standby', $classes), query($node, $classes, 'crash'), '... which does no harm');

$standby->promote;
same(ask('standby', $classes), query($node, $classes, 'crash'), 'promoted: the classes are as before');
is(ask('standby', 'SELECT count(*) FROM (SELECT post(n, 3 * n) FROM generate_series(101, 130) n) p'), '30', '... the session posts');
is(ask('standby', $wrong), '', '... and sees what it posted');
is(query($standby, $wrong, 'crash'), '', '... as another one does');
is(ask('standby', 'BEGIN; SELECT count(*) FROM (SELECT run()) r; COMMIT'), '1', '... it runs');
is(ask('standby', $torn), '', '... on top of the runs of the primary');
is(ask('standby', $overlaps), '', '... with a history to match');
is(ask('standby', "SET crm.work_date = '" . query($standby, 'SELECT max(as_of) FROM run', 'crash') . "'; $classes"), query($standby, $stored, 'crash'), '... and stores what is shown');
close_session('standby');
$standby->stop('fast');

# 3. Dump and restore

create_database('dump');
query($node, q{
	SELECT post(n, n) FROM generate_series(101, 400, 3) n;
	SELECT FROM crm.classify(as_of => '2026-02-20', updated_on => '2026-02-21');
	SELECT post(n, 3 * n) FROM generate_series(101, 400, 2) n;
	SELECT FROM crm.classify(as_of => '2026-03-15', updated_on => '2026-03-15');
	UPDATE invoice_line SET amount = -amount WHERE invoice_id % 3 = 0;
	SELECT FROM crm.classify(as_of => '2026-03-10', updated_on => '2026-03-15');
	SELECT FROM crm.classify('TOTAL', as_of => '2026-02-25', updated_on => '2026-03-16');
	DELETE FROM crm.contact_profile_answer WHERE questionnaire_code = 'HAND' AND contact_id % 2 = 0;
	SET crm.work_date = '2026-03-12';
	INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) SELECT contact_id, 'HAND', 30000 FROM crm.contact WHERE contact_id % 3 = 0;
	DELETE FROM crm.contact_profile_answer WHERE questionnaire_code = 'HAND' AND line_no = 20000 AND contact_id % 5 = 0;
	SELECT FROM crm.classify(as_of => '2026-03-12', updated_on => '2026-03-16');
	ANALYZE;
}, 'dump');
my @dates = qw(2026-02-02 2026-02-03 2026-02-20 2026-02-25 2026-03-01 2026-03-10 2026-03-11 2026-03-12 2026-03-15);
my $as_of = join ' UNION ALL ', map { "SELECT '$_', a::text FROM crm.contact_class_asof('$_') a UNION ALL SELECT 'to $_', m::text FROM crm.class_movement('2026-02-02', '$_') m" } @dates;
$as_of = "SELECT * FROM ($as_of) a (d, t) ORDER BY d, t COLLATE \"C\"";
my $views = dump_views($node, 'dump');
my $history = query($node, $as_of, 'dump');
cmp_ok(query($node, 'SELECT count(*) FROM crm_data.contact_profile_answer_history WHERE withdrawn_at IS NOT NULL', 'dump'), '>', 50, 'some answers were withdrawn');
ok($views->{$_} =~ tr/\n// > 1, "there are rows in $_") for qw(contact_profile_answer contact_profile_answer_history contact_class_movement contact_classification question_classification rating questionnaire_line);
my $tables = join ' UNION ALL ', map { "SELECT '$_', t::text FROM crm_data.$_ t" } qw(contact_profile_answer contact_profile_answer_history question_classification);
my $rows = query($node, "SELECT * FROM ($tables) a (n, t) ORDER BY n, t COLLATE \"C\"", 'dump');

my @server = ('-h', $node->host, '-p', $node->port);
query($node, "CREATE DATABASE $_", 'postgres') for qw(plain custom);
$node->command_ok([ 'pg_dump', @server, '-f', "$directory/plain.sql", 'dump' ], 'plain dump');
$node->command_ok([ 'psql', @server, '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', "$directory/plain.sql", 'plain' ], '... restored');
$node->command_ok([ 'pg_dump', @server, '-Fc', '-f', "$directory/custom", 'dump' ], 'custom dump');
$node->command_ok([ 'pg_restore', @server, '--exit-on-error', '-d', 'custom', "$directory/custom" ], '... restored');
for my $database (qw(plain custom))
{
	query($node, 'ANALYZE', $database);
	is(query($node, 'SELECT (SELECT count(*) FROM crm_data.contact_change), (SELECT count(*) FROM crm_data.classification_state), (SELECT count(*) FROM crm_data.classification_state_chunk)', $database), '0|0|0', "$database: nothing is left of changes and states");
	are_views(dump_views($node, $database), $views, "$database: all views are equal");
	ok(query($node, $as_of, $database) eq $history, "$database: so are the answers of earlier days");
	is(query($node, $wrong, $database), '', "$database: what is shown is what the log says");
	is(query($node, q{SELECT * FROM crm.classify(as_of => '2026-03-12', updated_on => '2026-03-16') WHERE answers_added + answers_removed > 0}, $database), '', "$database: the first run finds all as it is");
	ok(query($node, "SELECT * FROM ($tables) a (n, t) ORDER BY n, t COLLATE \"C\"", $database) eq $rows, "$database: ... and changes nothing");
	query($node, 'SELECT post(n, n) FROM generate_series(101, 110) n', $database);
	is(query($node, $wrong, $database), '', "$database: later postings show");
	is(query($node, q{SELECT sum(answers_added) > 0 FROM crm.classify(as_of => '2026-03-12')}, $database), 't', "$database: ... and are stored");
	is(query($node, $overlaps, $database), '', "$database: no two answers hold at once");
}

# 4. Prepared transactions

create_database('prepared');
open_session($_, $node, 'prepared') for qw(reader writer);

# The same classes for all who look, and right; they are returned
sub all_see
{
	my ($name) = @_;
	my $seen = ask('reader', $classes);
	same(ask('writer', $classes), $seen, "$name: two sessions see the same classes");
	same(query($node, $classes, 'prepared'), $seen, "$name: ... and so does a new one");
	is(ask($_, $wrong), '', "$name: and they are right in session $_") for qw(reader writer);
	is(query($node, $torn, 'prepared'), '', "$name: what is stored is of whole runs");
	return $seen;
}

my $few = 'SELECT count(*) FROM (SELECT post(n, 7 * n) FROM generate_series(101, 105) n) p';
my $many = 'SELECT count(*) FROM (SELECT post(n, 7 * n) FROM generate_series(101, 400) n) p';
my $card = q{INSERT INTO customer SELECT nextval('no'), NULL, 'Prepared'; INSERT INTO invoice VALUES (nextval('no'), (SELECT max(id) FROM customer), '2026-02-01'); INSERT INTO invoice_line VALUES (currval('no'), 1, 'A', 50)};
for my $work ([ 'few postings', $few, 'ROLLBACK', 'COMMIT after a run' ], [ 'many postings', $many, 'ROLLBACK', 'COMMIT' ], [ 'a new customer', $card, 'COMMIT after a run' ],
	[ 'postings and a run', "$few; SELECT count(*) FROM (SELECT run()) r; $few", 'ROLLBACK', 'COMMIT' ], [ 'a run and many postings', "SELECT count(*) FROM (SELECT run()) r; $many", 'COMMIT' ],
	[ 'a question', q{UPDATE crm.questionnaire_line SET to_value = to_value + 50 WHERE questionnaire_code = 'TOTAL' AND line_no = 20000}, 'COMMIT' ],
	[ 'answers', q{INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) SELECT contact_id, 'HAND', 30000 FROM crm.contact WHERE contact_id % 10 = 0}, 'ROLLBACK', 'COMMIT' ])
{
	my ($name, $sql, @ends) = @$work;
	my $runs = $name =~ /run/;
	for my $end (@ends)
	{
		my $before = all_see("before $name, $end");
		ask('writer', "BEGIN; $sql");
		my $inside = ask('writer', $classes);
		is(ask('writer', $wrong), '', "$name: right in the transaction");
		is(ask('writer', q{PREPARE TRANSACTION 'p'}), '', "$name: prepared");
		same(all_see("$name prepared"), $before, "$name prepared: nothing is seen of it");
		if ($runs)
		{
			like(ask('reader', q{SET lock_timeout = '50ms'; SELECT FROM crm.classify(); RESET lock_timeout}), qr/lock timeout/, "$name prepared: another run waits");
		}
		elsif ($end =~ /run/ && $name !~ /question/)
		{
			ask('reader', 'SELECT count(*) FROM (SELECT run()) r');
			same(all_see("$name prepared, then a run"), $before, "$name prepared, then a run: nothing is seen of it");
		}
		(my $command = $end) =~ s/ .*//;
		ask('reader', "$command PREPARED 'p'");
		same(all_see("$name, $end prepared"), $end eq 'ROLLBACK' ? $before : $inside, "$name, $end prepared: all or nothing of it is seen");
		run_stores("$name, $end prepared", 'prepared');
		is(query($node, $overlaps, 'prepared'), '', "$name, $end prepared: no two answers hold at once");
	}
}
query($node, "BEGIN; $few; SELECT run(); PREPARE TRANSACTION 'p'", 'prepared');
close_session(qw(reader writer));
stop();
open_session($_, $node, 'prepared') for qw(reader writer);
all_see('prepared run after a crash');
query($node, q{COMMIT PREPARED 'p'}, 'prepared');
all_see('prepared run after a crash, committed');
run_stores('prepared run after a crash, committed', 'prepared');
close_session(qw(reader writer));

# 5. All at once

create_database('busy');
my $log_size = -s $node->logfile;
my $begin = q{\set level random(1, 2)
\set amount random(1, 1000)
\if :level = 1
BEGIN ISOLATION LEVEL READ COMMITTED;
\else
BEGIN ISOLATION LEVEL REPEATABLE READ;
\endif
};
# What the reader finds is in the text of its error. Each client has customers of its own, so that nothing but the classification can be in its way
my @clients = (
	[ 2, post => "$begin\\set customer 101 + :client_id + 2 * (:amount % 100)\n" . q{SELECT post(:customer, :amount);
INSERT INTO ledger VALUES ('B' || currval('no'), 1 + :amount % 2, :customer, :amount);
UPDATE invoice SET posted_on = NULL WHERE id = currval('no') AND :amount % 5 = 0;
UPDATE crm.contact SET phone_no = :amount, city = 'City ' || :amount WHERE name = 'Customer ' || :customer;
SAVEPOINT s;
SELECT post(:customer, 17);
ROLLBACK TO s;
INSERT INTO crm.contact (contact_type, name, company_id) SELECT 'person', 'Employee', contact_id FROM crm.contact WHERE name = 'Customer ' || :customer;
COMMIT;
} ],
	[ 1, run => "$begin SELECT run();\nCOMMIT;\n" ],
	[ 1, read => "$begin SELECT left(string_agg(w::text, ' '), 1000)::date AS wrong FROM (" . ($wrong =~ s/\s+/ /gr) . ") w;\nSELECT left(string_agg(t::text, ' '), 1000)::date AS torn FROM (" . ($torn =~ s/\s+/ /gr) . ") t;\nSELECT count(*) FROM crm.contact_classification;\nCOMMIT;\n" ]);
my @pgbenches = map { my ($count, $name, $script) = @$_; start([ @{ pgbench('busy', $ENV{CRM_SECONDS} // 5, $name => $script) }, '-c', $count, 'busy' ]) } @clients;
is(scalar(grep { $_->finish } @pgbenches), 3, 'all clients went on to the end') or diag join "\n", values %output;
my $log = substr slurp_file($node->logfile), $log_size;
my @errors = grep { /ERROR:|WARNING:|FATAL:|PANIC:|deadlock/ } split /\n/, $log;
is(join("\n", splice @errors, 0, 5), '', 'and nobody met an error');
my ($runs, $posted) = split /\|/, query($node, q{SELECT (SELECT count(DISTINCT as_of) FROM run), (SELECT last_value - 1000 FROM no)}, 'busy');
cmp_ok($runs, '>', 5, "there were runs: $runs");
cmp_ok($posted, '>', 100, "and postings: $posted");
diag "$runs runs, $posted postings";
is_right('after all', 'busy');
run_stores('after all', 'busy');
is_verified($node, 'after all', 'busy');

done_testing();
