# Opportunities and the pipeline after crashes, on a standby, around prepared transactions, in restored databases, in a
# subscriber: the entries are those that were committed, and the pipeline is what the entries say.
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
my $node = start_cluster('opportunity', init => { allows_streaming => 'logical' },
	conf => [ 'restart_after_crash = on', 'deadlock_timeout = 20ms', 'max_wal_senders = 6', 'max_replication_slots = 6', 'log_min_messages = notice', 'jit = off' ]);
my @server = ('-h', $node->host, '-p', $node->port);

# A database: the small ERP with quotes; 90 deals of a year in two cycles, one of which rolls up calibrated; tasks, targets, splits, overrides
sub create_database
{
	my ($database) = @_;
	query($node, "CREATE DATABASE $database", 'postgres');
	create_erp($node, $database);
	query($node, q{
		CREATE TABLE offer (id integer PRIMARY KEY, customer_id integer, opportunity text, amount numeric);
		SELECT crm.attach_document('offers', 'offer', 'id', $$SELECT id AS document_key, 'sales quote' AS document_type, date '2025-02-01' AS posting_date,
			customer_id AS partner_key, opportunity AS opportunity_no, amount FROM offer$$);
		INSERT INTO crm.salesperson (salesperson_code, salesperson_name) VALUES ('S0', 'Ann'), ('S1', 'Bob'), ('S2', 'Cid'), ('S3', 'Dan') ON CONFLICT DO NOTHING;
		INSERT INTO crm.team (team_code) VALUES ('T1'), ('T2');
		INSERT INTO crm.team_salesperson (team_code, salesperson_code) VALUES ('T1', 'S0'), ('T1', 'S1'), ('T2', 'S1');
		INSERT INTO crm.territory (territory_code) VALUES ('NORTH'), ('SOUTH');
		INSERT INTO crm.campaign (campaign_no, activated) VALUES ('FAIR', true), ('MAIL', true);
		INSERT INTO crm.activity (activity_code) VALUES ('VISIT');
		INSERT INTO crm.activity_step (activity_code, step_no, task_type, description, date_formula) VALUES ('VISIT', 1, 'phone call', 'Call', '2D'), ('VISIT', 2, 'meeting', 'Meet', '1W');
		INSERT INTO crm.sales_cycle (sales_cycle_code, probability_calculation) VALUES ('LONG', 'multiply'), ('SHORT', 'chances of success');
		INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, completed_pct, chances_pct, date_formula, allow_skip, activity_code) VALUES
			('LONG', 10, 2, 10, '2W', true, 'VISIT'), ('LONG', 20, 33.3333, 40, '1M', true, NULL), ('LONG', 30, 70, 66.6667, NULL, false, 'VISIT'), ('LONG', 40, 95, 90, '5D', false, NULL),
			('SHORT', 1, 10, 20, '1M', true, 'VISIT'), ('SHORT', 2, 90, 80, '1W', false, NULL);
		INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('BEST', 'won'), ('PRICE', 'lost'), ('LATE', 'lost') ON CONFLICT DO NOTHING;
		UPDATE crm.contact SET territory_code = 'NORTH' WHERE name LIKE '%1';
		DO $$
		DECLARE
			nos text[] := ARRAY (SELECT contact_no FROM crm.contact WHERE name LIKE 'Customer%' ORDER BY contact_no);
			no text; day date; currency text;
		BEGIN
			FOR n IN 1..90 LOOP
				day := date '2025-01-05' + n * 4;
				currency := CASE WHEN n % 7 = 0 THEN 'EUR' END;
				PERFORM set_config('crm.work_date', day::text, true);
				no := crm.create_opportunity('Deal ' || n, nos[1 + n % 5], CASE WHEN n % 3 = 0 THEN 'SHORT' ELSE 'LONG' END, 'S' || n % 4, CASE n % 5 WHEN 0 THEN 'FAIR' WHEN 1 THEN 'MAIL' END,
					lead_source => CASE n % 2 WHEN 0 THEN 'WEB' END, currency_code => currency);
				CONTINUE WHEN n % 15 = 0;
				PERFORM crm.opportunity_first(no, 100 * n + 0.25, currency_rate => CASE WHEN currency IS NOT NULL THEN 4.9 END);
				CONTINUE WHEN n % 5 = 0;
				PERFORM crm.opportunity_next(no, cancel_old_tasks => n % 2 = 0, date_of_change => day + 7);
				IF n % 4 = 0 THEN PERFORM crm.opportunity_update(no, 333.333333 + n, date_of_change => day + 9, estimated_close_date => day + 60); END IF;
				IF n % 6 = 1 THEN PERFORM crm.opportunity_previous(no, date_of_change => day + 11); END IF;
				IF n % 8 = 2 THEN PERFORM crm.change_opportunity(no, salesperson_code => 'S' || (n + 1) % 4, with_open_tasks => true); END IF;
				IF n % 3 = 1 THEN PERFORM crm.opportunity_won(no, 'BEST', date_of_change => day + 20);
				ELSIF n % 4 = 2 THEN PERFORM crm.opportunity_lost(no, 'PRICE', day + 25, n % 8 = 2); END IF;
			END LOOP;
		END $$;
		UPDATE crm.sales_cycle SET rolls_up = 'calibrated' WHERE sales_cycle_code = 'LONG';
		SELECT crm.compact_pipeline();
		SELECT crm.calibrate_stages(by => 'salesperson');
		SELECT crm.calibrate_stages();
		UPDATE crm.contact SET territory_code = 'SOUTH' WHERE name LIKE '%2';
		INSERT INTO offer SELECT row_number() OVER (ORDER BY opportunity_no), 1, opportunity_no, 77 FROM crm.opportunity WHERE status = 'in progress' ORDER BY opportunity_no LIMIT 3;
		INSERT INTO crm.opportunity_split (opportunity_no, salesperson_code, split_pct) SELECT opportunity_no, s, 50 FROM crm.opportunity, unnest('{S0,S1}'::text[]) s WHERE status = 'in progress';
		UPDATE crm.opportunity SET forecast_category = 'commit' WHERE status = 'in progress' AND salesperson_code = 'S1';
		INSERT INTO crm.sales_target (period_start, period_end, salesperson_code, target_value) VALUES ('2026-01-01', '2026-03-31', 'S0', 10000), ('2026-01-01', '2026-03-31', 'S1', 5000);
		INSERT INTO crm.sales_target (period_start, period_end, team_code, target_value) VALUES ('2026-01-01', '2026-03-31', 'T1', 20000);
		INSERT INTO crm.forecast_override (period_start, period_end, salesperson_code, forecast_category, amount, reason) VALUES ('2026-03-01', '2026-03-31', 'S0', 'commit', 100, 'He says'), ('2026-03-01', '2026-03-31', 'S0', 'commit', 200, 'He says more');
		CREATE TABLE journal (entry_no bigint PRIMARY KEY);
		CREATE FUNCTION act(wanted text) RETURNS void LANGUAGE plpgsql AS $$
		DECLARE
			deal record; entry bigint;
		BEGIN
			SELECT o.opportunity_no, o.status, random() AS dice INTO deal FROM crm.opportunity AS o WHERE o.opportunity_no LIKE wanted AND o.status IN ('not started', 'in progress') ORDER BY random() LIMIT 1;
			IF NOT FOUND OR deal.dice < 0.1 THEN
				entry := crm.opportunity_first(crm.create_opportunity('New', (SELECT min(contact_no) FROM crm.contact WHERE name LIKE 'Customer%'), 'LONG', 'S' || (random() * 3)::integer), 100);
			ELSIF deal.status = 'not started' THEN entry := crm.opportunity_first(deal.opportunity_no, 500, currency_rate => (SELECT 5 FROM crm.opportunity AS o WHERE o.opportunity_no = deal.opportunity_no AND currency_code IS NOT NULL));
			ELSIF deal.dice < 0.2 THEN entry := crm.opportunity_lost(deal.opportunity_no, 'LATE');
			ELSIF deal.dice < 0.3 THEN entry := crm.opportunity_won(deal.opportunity_no, 'BEST');
			ELSIF deal.dice < 0.4 THEN PERFORM crm.change_opportunity(deal.opportunity_no, salesperson_code => 'S' || (random() * 3)::integer);
			ELSE entry := crm.opportunity_update(deal.opportunity_no, 1 + (random() * 1000)::integer);
			END IF;
			INSERT INTO journal SELECT entry WHERE entry IS NOT NULL;
		END $$;
	}, $database);
	return;
}

# Questions; the rows of one that is asked for all dimensions

my @instants = ("'2025-01-01'", "'2025-03-01 12:00Z'", "'2025-06-30'", "'2025-12-31 23:59:59Z'", "'2026-02-01'", 'now()', "'infinity'");
sub rows { return "SELECT r::text FROM $_[0] AS r ORDER BY r::text COLLATE \"C\"" }
my @questions = (rows('crm.pipeline'), (map { rows("crm.pipeline_asof($_)") } @instants),
	(map { rows("crm.pipeline_movement($instants[$_], $instants[$_ + 1])") } 0 .. $#instants - 1), rows('crm.forecast()'), rows('crm.forecast_deal()'));
my $wrong = q{SELECT 'pipeline', v::text FROM crm.verify_pipeline() AS v UNION ALL SELECT 'opportunity', v::text FROM crm.verify_opportunity() AS v
	UNION ALL SELECT 'active', opportunity_no FROM crm_data.opportunity_entry WHERE active GROUP BY 2 HAVING count(*) > 1
	UNION ALL SELECT 'status', opportunity_no FROM crm_data.opportunity AS o LEFT JOIN crm_data.opportunity_entry AS e USING (opportunity_no)
		WHERE coalesce(e.active, true) AND o.status <> CASE WHEN e.active IS NULL THEN 'not started' WHEN e.sales_cycle_stage > 0 THEN 'in progress' ELSE e.action_taken END
	UNION ALL SELECT 'lost', entry_no::text FROM journal LEFT JOIN crm_data.opportunity_entry AS e USING (entry_no) WHERE e.entry_no IS NULL};
my $pipeline = q{SELECT dimension, dimension_key, sales_cycle_stage, opportunity_count, estimated_value, weighted_value, oldest_creation_date FROM crm.pipeline ORDER BY 1, 2, 3};

sub answers
{
	my ($server, $database) = @_;
	return { map { $_ => query($server, "SET TimeZone = 'UTC'; $_", $database) } @questions };
}

sub is_right
{
	my ($name, $database, $server) = @_;
	is(query($server // $node, $wrong, $database), '', "$name: the pipeline is what the entries say, and they follow each other");
	return;
}

sub start_psql { my ($database, @sql) = @_; return IPC::Run::start([ 'psql', '-Xq', '-d', $node->connstr($database), map { ('-c', $_) } @sql ], '<', \undef, '>', \my $output, '2>&1') }

sub wait_until
{
	my ($database, $condition) = @_;
	$node->poll_query_until($database, "SELECT $condition") or die "never: $condition";
	return;
}

# 1. Crashes

create_database('crash');
is_right('before the crashes', 'crash');
query($node, q{SELECT act('%') FROM generate_series(1, 20)}, 'crash');

sub stop { $node->stop('immediate'); $node->start; return }

# The server goes while a session, which waits for what another one holds, is in the middle of a statement
sub crashes_in
{
	my ($name, $statement, $hold, $crash) = @_;
	my $before = query($node, $pipeline, 'crash');
	my $entries = query($node, 'SELECT count(*), max(entry_no) FROM crm_data.opportunity_entry', 'crash');
	my $holder = start_psql('crash', "BEGIN; $hold; SELECT pg_sleep(100)");
	wait_until('crash', q{count(*) > 0 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(100)' AND wait_event = 'PgSleep'});
	my $session = start_psql('crash', "BEGIN; SELECT act('%'); $statement; COMMIT");
	wait_until('crash', q{count(*) > 0 FROM pg_stat_activity WHERE query LIKE 'BEGIN; SELECT act%' AND wait_event_type = 'Lock'});
	my $pid = query($node, q{SELECT pid FROM pg_stat_activity WHERE query LIKE 'BEGIN; SELECT act%'}, 'crash');
	$crash->($pid);
	$_->kill_kill for $session, $holder;
	wait_until('crash', "NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)");
	is(query($node, $pipeline, 'crash'), $before, "$name: the pipeline is as before");
	is(query($node, 'SELECT count(*), max(entry_no) FROM crm_data.opportunity_entry', 'crash'), $entries, "$name: so are the entries");
	is_right($name, 'crash');
	query($node, q{SELECT act('%') FROM generate_series(1, 5)}, 'crash');
	cmp_ok(query($node, 'SELECT crm.compact_pipeline()', 'crash'), '>', 0, "$name: it is compacted now");
	is(query($node, 'SELECT count(*) FROM crm_data.pipeline_change', 'crash'), '0', "$name: ... to the end");
	is_right("$name, compacted", 'crash');
	return;
}

sub kill_backend { kill 'KILL', $_[0]; return }
my $hold_balance = q{SELECT FROM crm_data.pipeline_balance WHERE dimension = 'total' AND balance_date = 'infinity' FOR UPDATE};
my $enter_stage = q{SELECT crm.opportunity_first(crm.create_opportunity('Crash', (SELECT min(contact_no) FROM crm.contact WHERE name LIKE 'Customer%'), 'LONG', 'S1'), 100)};
crashes_in('killed in the middle of compacting', 'SELECT crm.compact_pipeline()', $hold_balance, \&kill_backend);
crashes_in('stopped in the middle of compacting', 'SELECT crm.compact_pipeline()', $hold_balance, \&stop);
crashes_in('killed in the middle of an action', $enter_stage, 'LOCK TABLE crm_data.task', \&kill_backend);
crashes_in('stopped in the middle of an action', $enter_stage, 'LOCK TABLE crm_data.task', \&stop);
crashes_in('killed while building anew', 'SELECT crm.rebuild_pipeline()', $hold_balance, \&kill_backend);

append_to_file("$directory/act", "\\set deal random(0, 9)\nSELECT act('%' || :deal);\n");
append_to_file("$directory/compact", "SELECT crm.compact_pipeline();\n\\sleep 20 ms\n");
for my $round (1 .. 3)
{
	my $entries = query($node, 'SELECT count(*) FROM crm_data.opportunity_entry', 'crash');
	my @load = map { IPC::Run::start([ 'pgbench', '-n', '-c', $_->[1], '-T', '60', @server, '-f', "$directory/$_->[0]", 'crash' ], '<', \undef, '>', \my $output, '2>&1') } [ 'act', 4 ], [ 'compact', 1 ];
	wait_until('crash', "count(*) > $entries + 50 FROM crm_data.opportunity_entry");
	stop();
	$_->kill_kill for @load;
	cmp_ok(query($node, 'SELECT count(*) FROM crm_data.opportunity_entry', 'crash'), '>', $entries, "stopped while all are at work, $round: there were entries");
	is_right("stopped while all are at work, $round", 'crash');
}
query($node, q{SELECT act('%') FROM generate_series(1, 20); SELECT crm.compact_pipeline()}, 'crash');
is_right('after the crashes', 'crash');
is_verified($node, 'after the crashes', 'crash');

# 2. A standby

my $standby = PostgreSQL::Test::Cluster->new('opportunity_standby');
$node->backup('base');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
open_session('standby', $standby, 'crash');

sub catches_up
{
	my ($name) = @_;
	$node->wait_for_catchup($standby, 'replay', $node->lsn('flush'));
	my $expected = query($node, $pipeline, 'crash');
	is(ask('standby', $pipeline), $expected, "standby, $name: the session that has looked sees the same pipeline");
	is(query($standby, $pipeline, 'crash'), $expected, "standby, $name: ... and so does a new one");
	is(ask('standby', $wrong), '', "standby, $name: and it is right");
	return;
}

catches_up('at first');
for my $step ([ 'actions', q{SELECT act('%') FROM generate_series(1, 30)} ], [ 'compacting', 'SELECT crm.compact_pipeline()' ], [ 'building anew', 'SELECT crm.rebuild_pipeline()' ],
	[ 'a changed territory', q{UPDATE crm.contact SET territory_code = 'NORTH' WHERE name = 'Customer 1'; UPDATE crm.contact SET territory_code = 'SOUTH' WHERE name = 'Customer 1'} ],
	[ 'what is rolled back', q{BEGIN; SELECT act('%') FROM generate_series(1, 30); SELECT crm.compact_pipeline(); ROLLBACK} ])
{
	query($node, $step->[1], 'crash');
	catches_up($step->[0]);
}
query($node, 'SELECT crm.compact_pipeline()', 'crash');
query($node, q{SELECT act('%') FROM generate_series(1, 10)}, 'crash');
ask('standby', 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM crm.setup');
my $seen = ask('standby', $pipeline);
query($node, 'SELECT crm.compact_pipeline()', 'crash');
query($node, q{SELECT act('%') FROM generate_series(1, 10)}, 'crash');
$node->wait_for_catchup($standby, 'replay', $node->lsn('flush'));
is(ask('standby', $pipeline), $seen, 'standby: a transaction sees the same before and after compacting');
is(ask('standby', $wrong), '', '... and it is right');
ask('standby', 'COMMIT');
catches_up('with transactions at an end');
my $expected = dump_views($node, 'crash');
are_views(dump_views($standby, 'crash'), $expected, 'standby: all views are equal');
are_views(answers($standby, 'crash'), answers($node, 'crash'), '... and so are the pipeline as it was, how it moved, and the forecast');
like(ask('standby', 'SELECT crm.compact_pipeline()'), qr/ERROR:  25006:|ERROR:  55000:/, 'compacting is refused on the standby');
like(ask('standby', q{SELECT act('%')}), qr/ERROR:  25006:/, '... as actions are');

$standby->promote;
are_views(dump_views($standby, 'crash'), $expected, 'promoted: all views are as before');
unlike(ask('standby', q{SELECT act('%') FROM generate_series(1, 50)}), qr/ERROR/, 'promoted: the session acts');
is(ask('standby', $wrong), '', '... and sees what it did');
cmp_ok(ask('standby', 'SELECT crm.compact_pipeline()'), '>', 0, '... it compacts');
is_right('promoted, another session', 'crash', $standby);
close_session('standby');
$standby->stop('fast');

# 3. Prepared transactions

create_database('prepared');
open_session($_, $node, 'prepared') for qw(reader writer);
my $deal = query($node, q{SELECT min(opportunity_no) FROM crm.opportunity WHERE status = 'in progress'}, 'prepared');
for my $work ([ 'an action', "SELECT crm.opportunity_update('$deal', 4711)" ], [ 'a card that changes', "UPDATE crm.opportunity SET salesperson_code = CASE salesperson_code WHEN 'S2' THEN 'S3' ELSE 'S2' END WHERE opportunity_no = '$deal'" ],
	[ 'compacting', "SELECT crm.opportunity_update('$deal', 4712); SELECT crm.compact_pipeline()" ], [ 'a new deal', $enter_stage ], [ 'a territory', q{UPDATE crm.contact SET territory_code = CASE territory_code WHEN 'NORTH' THEN 'SOUTH' ELSE 'NORTH' END WHERE name = 'Customer 3'} ])
{
	my ($name, $sql) = @$work;
	for my $end ('ROLLBACK', 'COMMIT')
	{
		my $before = ask('reader', $pipeline);
		my $is_compacting = $name eq 'compacting';
		ask('writer', "BEGIN; $sql");
		my $inside = ask('writer', $pipeline);
		isnt($inside, $before, "$name: it moves the pipeline");
		is(ask('writer', $wrong), '', '... and is right in the transaction');
		is(ask('writer', q{PREPARE TRANSACTION 'p'}), '', '... prepared');
		is(ask('reader', $pipeline), $before, "$name prepared: nothing is seen of it");
		ask('reader', q{BEGIN; SET LOCAL lock_timeout = '2s'});
		unlike(ask('reader', "SELECT act('%$_') FROM generate_series(1, 3)"), qr/ERROR/, "$name prepared: others act") for grep { $_ ne substr $deal, -1 } $name eq 'a territory' ? () : (1 .. 4);
		unlike(ask('reader', 'SELECT crm.compact_pipeline()'), qr/ERROR/, "$name prepared: and compact") if !$is_compacting;
		ask('reader', 'ROLLBACK') if $end eq 'ROLLBACK';
		ask('reader', 'COMMIT');
		is(ask('reader', $wrong), '', "$name prepared: what is seen is right");
		like(ask('writer', q{SET lock_timeout = '50ms'; SELECT crm.compact_pipeline(); RESET lock_timeout}), qr/ERROR:  55P03/, "$name prepared: who compacts waits") if $is_compacting;
		ask('reader', "$end PREPARED 'p'");
		is(ask('writer', $wrong), '', "$name, $end prepared: all or nothing of it counts");
		is(ask('writer', $pipeline), $before, "$name, rolled back prepared: the pipeline is as before") if $end eq 'ROLLBACK';
		ask('writer', 'SELECT crm.compact_pipeline()');
		is(ask('reader', $wrong), '', "$name, $end prepared: compacted");
	}
}
ask('writer', "BEGIN; SELECT crm.opportunity_update('$deal', 815); SELECT crm.compact_pipeline(); PREPARE TRANSACTION 'p'");
close_session(qw(reader writer));
stop();
is_right('prepared before a crash', 'prepared');
query($node, q{COMMIT PREPARED 'p'}, 'prepared');
is(query($node, "SELECT estimated_value::integer FROM crm_data.opportunity_entry WHERE active AND opportunity_no = '$deal'", 'prepared'), '815', 'prepared before a crash, and committed');
is_right('prepared before a crash, and committed', 'prepared');
query($node, q{SELECT act('%') FROM generate_series(1, 10); SELECT crm.compact_pipeline()}, 'prepared');
is_right('... compacted', 'prepared');

# 4. Dump and restore

create_database('dump');
query($node, q{SELECT act('%') FROM generate_series(1, 10)}, 'dump');
cmp_ok(query($node, "SELECT count(*) FROM crm_data.$_", 'dump'), '>', 0, "there are rows of $_")
	for qw(opportunity opportunity_entry task opportunity_split sales_target forecast_override stage_probability pipeline_change pipeline_balance);
cmp_ok(query($node, "SELECT count(*) FROM crm_data.$_", 'dump'), '>', 0, "there are: $_")
	for ('opportunity_entry WHERE revised', 'opportunity_entry WHERE currency_rate IS NOT NULL', 'opportunity_entry WHERE calibrated_pct IS NOT NULL AND weighted_value <> calcd_current_value', q{opportunity WHERE sales_document_type = 'quote'}, 'task WHERE canceled', 'task WHERE NOT closed');
my $views = dump_views($node, 'dump');
my $answers = answers($node, 'dump');
my %table = map { $_ => 1 } split /\n/, query($node, q{SELECT relname FROM pg_class WHERE relnamespace = 'crm_data'::regnamespace AND relkind = 'r'
	AND oid = ANY ((SELECT extconfig FROM pg_extension WHERE extname = 'crm')::oid[])}, 'dump');
ok($table{$_}, "$_ is dumped") for qw(opportunity opportunity_entry task opportunity_split sales_target forecast_override stage_probability sales_cycle_stage);
my $stored = join ' UNION ALL ', map { "SELECT '$_', t::text FROM crm_data.$_ t" } sort keys %table;
$stored = "SET TimeZone = 'UTC'; SELECT * FROM ($stored) a (n, t) ORDER BY n, t COLLATE \"C\"";
my $rows = query($node, $stored, 'dump');
my $sequences = q{SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'crm_data' ORDER BY 1};
my $numbers = query($node, $sequences, 'dump');
my @last = split /\|/, query($node, q{SELECT (SELECT max(opportunity_no) FROM crm.opportunity), (SELECT max(opportunity_entry_id) FROM crm_data.opportunity_entry)}, 'dump');

sub dump_to { my ($file, @options) = @_; $node->command_ok([ 'pg_dump', @server, @options, '-f', "$directory/$file", 'dump' ], "dumped: $file"); return }
sub read_sql
{
	my ($database, $file, @options) = @_;
	$node->command_ok([ 'psql', '-Xq', @server, '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', @options, '-f', "$directory/$file", $database ], "$database: $file restored");
	return;
}
dump_to('plain');
dump_to('custom', '-Fc');
dump_to('parallel', '-Fd', '-j2');
dump_to('schema', '-s');
dump_to('data', '-a');
my %restore = (
	plain => sub { read_sql($_[0], 'plain') },
	custom => sub { $node->command_ok([ 'pg_restore', @server, '--exit-on-error', '-d', $_[0], "$directory/custom" ], "$_[0]: restored") },
	parallel => sub { local $ENV{PGOPTIONS} = '-c session_replication_role=replica'; $node->command_ok([ 'pg_restore', @server, '--exit-on-error', '-j2', '-d', $_[0], "$directory/parallel" ], "$_[0]: restored") },
	replica => sub { read_sql($_[0], 'schema'); read_sql($_[0], 'data', '-c', 'SET session_replication_role = replica') },
	untriggered => sub { restore_untriggered($_[0]) });

# Entries that no trigger has seen
sub restore_untriggered
{
	my ($database) = @_;
	read_sql($database, 'schema');
	query($node, 'ALTER TABLE crm_data.opportunity_entry DISABLE TRIGGER USER', $database);
	read_sql($database, 'data', '-c', 'SET session_replication_role = replica');
	query($node, 'ALTER TABLE crm_data.opportunity_entry ENABLE TRIGGER USER; ' . join('; ', map { "ALTER TABLE crm_data.opportunity_entry ENABLE ALWAYS TRIGGER $_" } qw(pipeline_change pipeline_change_update pipeline_truncation)), $database);
	cmp_ok(query($node, 'SELECT count(*) FROM crm.verify_pipeline()', $database), '>', 0, "$database: that is found");
	cmp_ok(query($node, 'SELECT crm.rebuild_pipeline()', $database), '>', 0, '... and mended');
	return;
}

for my $database (sort keys %restore)
{
	query($node, "CREATE DATABASE $database", 'postgres');
	$restore{$database}->($database);
	query($node, 'ANALYZE', $database);
	are_views({ rows => query($node, $stored, $database) }, { rows => $rows }, "$database: all rows are as they were");
	are_views(dump_views($node, $database), $views, "$database: all views are equal");
	are_views(answers($node, $database), $answers, "$database: so are the pipeline as it was, how it moved, and the forecast");
	is_right($database, $database);
	is_verified($node, $database, $database);
	is(query($node, $sequences, $database), $numbers, "$database: sequences stand where they stood");
	query($node, 'SELECT crm.compact_pipeline()', $database);
	are_views(answers($node, $database), $answers, "$database: nothing changes when it is compacted");
	cmp_ok(query($node, $enter_stage, $database), '==', $last[1] + 1, "$database: numbers of entries go on");
	is(query($node, "SELECT max(opportunity_no) > '$last[0]' FROM crm.opportunity", $database), 't', "$database: so do those of opportunities");
	query($node, q{SELECT act('%') FROM generate_series(1, 20)}, $database);
	is_right("$database, going on", $database);
}

# 5. TRUNCATE, and the extension made anew

open_session('old', $node, 'plain');
my $full = ask('old', $pipeline);
ask('old', 'BEGIN; TRUNCATE crm_data.opportunity CASCADE');
is(ask('old', $pipeline), '', 'truncated: there is no pipeline');
is(ask('old', 'SELECT crm.compact_pipeline()'), '0', '... nothing to compact');
ask('old', 'TRUNCATE journal');
is(ask('old', $wrong), '', '... and that is right');
unlike(ask('old', $enter_stage), qr/ERROR/, '... new deals come');
is(ask('old', q{SELECT opportunity_count, estimated_value::integer FROM crm.pipeline WHERE dimension = 'total'}), '1|100', '... into an empty pipeline');
ask('old', 'ROLLBACK');
is(ask('old', $pipeline), $full, '... rolled back: it is as before');
ask('old', 'TRUNCATE crm_data.opportunity_entry, journal');
is(ask('old', q{SELECT count(*) FROM crm.pipeline_asof('2025-06-30')}), '0', 'entries truncated: there was no pipeline either');
unlike(ask('old', 'DROP EXTENSION crm CASCADE; CREATE EXTENSION crm; SELECT crm.install_defaults()'), qr/ERROR/, 'the extension is made anew');
ask('old', q{
	INSERT INTO crm.contact (name) VALUES ('Customer');
	INSERT INTO crm.salesperson (salesperson_code) VALUES ('S1');
	INSERT INTO crm.sales_cycle (sales_cycle_code) VALUES ('LONG');
	INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, completed_pct, chances_pct) VALUES ('LONG', 1, 50, 50), ('LONG', 2, 50, 50)});
for my $count (1 .. 2)
{
	unlike(ask('old', $enter_stage), qr/ERROR/, "made anew: deal $count of the same session");
	is(ask('old', q{SELECT opportunity_count, estimated_value::integer, weighted_value::integer FROM crm.pipeline WHERE dimension = 'total'}), "$count|${count}00|" . 25 * $count, '... is in the pipeline');
	is(ask('old', 'SELECT crm.compact_pipeline()'), '1', '... is compacted');
	unlike(ask('old', q{SELECT crm.rebuild_pipeline()}), qr/ERROR/, '... is built anew');
	is(ask('old', $wrong), '', '... and is right');
}
close_session('old');

# 6. Entries replicated to another database, which makes a pipeline of them

create_database('publisher');
query($node, 'CREATE DATABASE subscriber', 'postgres');
query($node, 'CREATE EXTENSION crm; SELECT crm.install_defaults(); CREATE TABLE journal (entry_no bigint)', 'subscriber');
query($node, q{CREATE PUBLICATION entries FOR TABLE crm_data.opportunity_entry; SELECT pg_create_logical_replication_slot('entries', 'pgoutput')}, 'publisher');
query($node, "CREATE SUBSCRIPTION entries CONNECTION \$\$" . $node->connstr('publisher') . "\$\$ PUBLICATION entries WITH (create_slot = false, slot_name = 'entries')", 'subscriber');
$node->wait_for_subscription_sync($node, 'entries', 'subscriber') if $node->can('wait_for_subscription_sync');
wait_until('subscriber', q{count(*) = 0 FROM pg_subscription_rel WHERE srsubstate NOT IN ('r', 's')});
my $kept = q{SELECT r::text FROM (SELECT * FROM crm.pipeline_asof('infinity') UNION ALL SELECT * FROM crm.pipeline_asof('2025-06-30')) r WHERE dimension <> 'team' ORDER BY r::text COLLATE "C"};

sub replicates
{
	my ($name) = @_;
	$node->wait_for_catchup('entries', 'replay', $node->lsn('flush'));
	is(query($node, $kept, 'subscriber'), query($node, $kept, 'publisher'), "subscriber, $name: the same pipeline, now and then");
	is(query($node, 'SELECT * FROM crm.verify_pipeline()', 'subscriber'), '', "subscriber, $name: it is right");
	return;
}

replicates('at first');
query($node, q{SELECT act('%') FROM generate_series(1, 30)}, 'publisher');
replicates('actions');
query($node, 'SELECT crm.compact_pipeline()', 'subscriber');
replicates('compacted there');
query($node, q{SELECT crm.compact_pipeline(); SELECT act('%') FROM generate_series(1, 30); DELETE FROM journal; DELETE FROM crm.opportunity WHERE status = 'lost'}, 'publisher');
replicates('compacted here, and deleted deals');
query($node, 'SELECT crm.compact_pipeline()', 'subscriber');
replicates('compacted again');
query($node, 'TRUNCATE crm_data.opportunity_entry', 'publisher');
replicates('truncated');
is(query($node, 'SELECT count(*) FROM crm_data.pipeline_balance', 'subscriber'), '0', 'subscriber: nothing is left');
query($node, q{ALTER SUBSCRIPTION entries DISABLE; ALTER SUBSCRIPTION entries SET (slot_name = NONE); DROP SUBSCRIPTION entries}, 'subscriber');

done_testing();
