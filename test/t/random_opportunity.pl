# Random actions on opportunities in several sessions at once, against test/reference/pipeline.sql, which knows nothing but the
# entries: the pipeline by each dimension, as of random instants, and what moved between them, seen in the changing transaction,
# after savepoints are rolled back, by sessions that see none of it, and after the end; with compacting at any moment.
#
# CRM_SEED chooses another run than the one that is always made; CRM_CASES says how long it is; CRM_CASE runs that case alone.
use strict;
use warnings FATAL => 'all';
use lib 'test/t/lib';
use Crm;
use IPC::Open2;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{CRM_SEED} || 4004;
my $cases = $ENV{CRM_CASES} // 40;
my $log = "$PostgreSQL::Test::Utils::log_path/random_opportunity.sql";
diag "CRM_SEED=$seed";

# Random choices

sub any { return $_[ rand @_ ] }
sub chance { return rand() < $_[0] }
sub quote { return defined $_[0] ? "'$_[0]'" : 'NULL' }
my @edges = qw(2025-01-31 2025-02-01 2025-02-28 2025-03-01 2025-03-31 2025-04-01 2025-12-31 2026-01-01);
sub any_date { return chance(0.3) ? any(@edges) : sprintf '2025-%02d-%02d', 1 + rand 9, 1 + rand 28 }
sub value { return any(1, 10, 100, 100, 250, 1000, 999.99, 0.01, 33.333333, 123456789.123456, sprintf('%.2f', 1 + rand 5000), sprintf('%.6f', 0.000001 + rand 10)) }

# Sessions: psql, spoken to line by line. Each writes deals of its own while it is in a transaction, so that nobody waits

my ($node, $case, %session, $deals, %deals_of, $tried, $done, $checks);
my @writers = qw(a b c);

sub open_session
{
	my ($name) = @_;
	my $pid = open2(my $out, my $in, 'psql -XqAt -v VERBOSITY=verbose -d "' . $node->connstr('erp') . '" 2>&1');
	$session{$name} = { in => $in, out => $out, pid => $pid, transaction => 0 };
	ask($name, 'SET client_min_messages = warning; SET lock_timeout = 500');
	return;
}

sub close_session
{
	my $s = delete $session{ $_[0] };
	close $s->{in};
	close $s->{out};
	waitpid $s->{pid}, 0;
	return;
}

open my $script, '>', $log or die "$log: $!";
$script->autoflush(1);

sub answer
{
	my ($name, $sql) = @_;
	my $s = $session{$name};
	print $script "$sql; -- $name\n";
	print { $s->{in} } "$sql;\n\\echo end of answer\n";
	$s->{in}->flush;
	my @lines;
	while (defined(my $line = readline $s->{out}))
	{
		chomp $line;
		last if $line eq 'end of answer';
		push @lines, $line;
	}
	return @lines;
}

my $failed = qr/^(ERROR|FATAL|PANIC|WARNING|server closed|psql:)/;

# The lines that a session answers; an error ends the test
sub ask
{
	my ($name, $sql) = @_;
	my @lines = answer($name, $sql);
	fail_with("an error in session $name", "$sql\n", join "\n", @lines) if grep { /$failed/ } @lines;
	return @lines;
}

# Whether a statement was done; it may be refused, but only with one of the SQLSTATEs, and then nothing has happened
sub try
{
	my ($name, $sql, @states) = @_;
	ask($name, 'SAVEPOINT t') if $session{$name}{transaction};
	my @lines = answer($name, $sql);
	my @errors = grep { /$failed/ } @lines;
	my ($state) = map { /^ERROR:  (\w{5}):/ ? $1 : () } @errors;
	fail_with("an error in session $name", "$sql\n", join "\n", @lines) if @errors && !(@errors == 1 && defined $state && grep { $_ eq $state } @states);
	ask($name, @errors ? 'ROLLBACK TO t' : 'RELEASE t') if $session{$name}{transaction};
	return !@errors;
}

sub fail_with
{
	my ($name, @details) = @_;
	close $script;
	fail("seed $seed, case $case: $name");
	diag join "\n", @details, "The statements are in $log; CRM_SEED=$seed CRM_CASE=$case repeats them.";
	done_testing();
	exit 1;
}

# What is compared

sub any_instant
{
	return any("'2024-12-31'", "'" . any_date() . "'", "'" . any_date() . " 00:00Z'::timestamptz - interval '1 us'", "'" . any_date() . " 12:34Z'", "'" . any_date() . " 00:00Z'",
		"(SELECT valid_from FROM crm_data.opportunity_entry ORDER BY md5(opportunity_entry_id || '" . int(rand 1e6) . "') LIMIT 1)", 'now()', "now() - interval '1 us'", "'2030-01-01'");
}

sub check
{
	my ($name, $where) = @_;
	my ($instants) = ask($name, 'SELECT string_agg(quote_literal(instant), \', \' ORDER BY instant) FROM (VALUES ' . join(', ', map { "(($_)::timestamptz)" } any_instant(), any_instant(), any_instant()) . ') v (instant) WHERE instant IS NOT NULL');
	my @instants = split /, /, $instants;
	push @instants, $instants[-1] while @instants < 3;
	for my $sql ("SELECT * FROM reference.pipeline_problem(@{[ join ', ', @instants ]})", "SELECT * FROM reference.movement_problem(@{[ join ', ', @instants ]})", 'SELECT * FROM reference.entry_problem', 'SELECT * FROM crm.verify_pipeline()', 'SELECT * FROM crm.verify_opportunity()')
	{
		my @lines = ask($name, $sql);
		fail_with("$where, session $name", $sql, @lines) if @lines;
		$checks++;
	}
	return;
}

# What is done

sub any_deal { my ($name) = @_; return any(@{ $deals_of{$name} }) }
# Other deals than one's own are left to whoever has a transaction
sub idle { return !grep { $session{$_}{transaction} } @writers }

sub create
{
	my ($name) = @_;
	my $no = sprintf '%s%03d', uc $name, ++$deals;
	my $currency = chance(0.2);
	my $active = chance(0.85);
	push @{ $deals_of{$name} }, $no;
	return "SELECT crm.create_opportunity('Deal', '" . uc($name) . any(1 .. 4) . "', '" . any('FOUR', 'FOUR', 'TWO', 'SKIP') . "', " . any("'S1'", "'S2'", "'S3'", "'S4'") . ', ' . any('NULL', 'NULL', "'CP1'", "'CP2'") . ", opportunity_no => '$no'"
		. ($currency ? ", currency_code => 'EUR', currency_rate => " . any(4.9, 5, 0.333333) : '') . ($active ? ', activate_first_stage => true, estimated_value => ' . value() . any('', ', chances_pct => ' . any(0.01, 33, 50, 99.99), ", estimated_close_date => crm.work_date() + @{[ int rand 400 ]}") : '') . ')';
}

sub figures
{
	my ($no) = @_;
	my $date = "(SELECT greatest(date_of_change, " . quote(any_date()) . ") FROM crm_data.opportunity_entry WHERE active AND opportunity_no = '$no')";
	my $day = chance(0.5) ? $date : undef;
	my $base = $day // "greatest(crm.work_date(), (SELECT date_of_change FROM crm_data.opportunity_entry WHERE active AND opportunity_no = '$no'))";
	return (chance(0.6) ? ', estimated_value => ' . value() : '') . (chance(0.4) ? ', chances_pct => ' . any(0.01, 10, 33.3333, 50, 99.99, 100) : '') . (defined $day ? ", date_of_change => $day" : '')
		. (chance(0.8) ? ", estimated_close_date => $base + " . any(0, 1, 10, 30, 31, 100, 366) : '');
}

sub rate { my ($name, $no) = @_; return chance(0.3) && (ask($name, "SELECT 1 FROM crm_data.opportunity WHERE opportunity_no = '$no' AND currency_code IS NOT NULL")) ? ', currency_rate => ' . any(4.95, 5.1, 2) : '' }

# An action that is available
sub act
{
	my ($name) = @_;
	my $no = any_deal($name);
	my ($row) = ask($name, "SELECT action, sales_cycle_stage FROM crm.opportunity_action('$no') ORDER BY md5(action || sales_cycle_stage || '" . int(rand 1e6) . "') LIMIT 1");
	my ($action, $stage) = split /\|/, $row // 'update|1';
	return "SELECT crm.opportunity_$action('$no'" . ($action =~ /skip|jump/ ? ", $stage" : '') . ($action eq 'first' ? ', ' . value() . ', 20' . rate_of_first($name, $no) : figures($no) . rate($name, $no)) . ')';
}
sub rate_of_first { my ($name, $no) = @_; return (ask($name, "SELECT 1 FROM crm_data.opportunity WHERE opportunity_no = '$no' AND currency_code IS NOT NULL")) ? ', currency_rate => 5' : ', currency_rate => NULL' }

# One that may not be
sub act_blindly
{
	my ($no) = any_deal($_[0]);
	my $action = any(qw(first next previous update skip jump));
	return "SELECT crm.opportunity_$action('$no'" . ($action =~ /skip|jump/ ? ', ' . int(rand 6) : '') . any('', ', estimated_value => 0', ', date_of_change => \'2024-01-01\'', ', estimated_close_date => \'2024-01-01\'', ', chances_pct => -1', ', estimated_value => 5, chances_pct => 50') . ')';
}

sub close_deal
{
	my ($no) = any_deal($_[0]);
	my $date = chance(0.5) ? ", date_of_change => (SELECT greatest(date_of_change, " . quote(any_date()) . ") FROM crm_data.opportunity_entry WHERE active AND opportunity_no = '$no')" : '';
	return chance(0.5) ? "SELECT crm.opportunity_won('$no', 'BEST'" . any('', ', ' . value()) . "$date)" : "SELECT crm.opportunity_lost('$no', '" . any('PRICE', 'LATE') . "'$date)";
}

sub change_card
{
	my ($name) = @_;
	my $no = any_deal($name);
	my $campaign = any('CP1', 'CP2', 'CP3');
	return any("SELECT crm.change_opportunity('$no', salesperson_code => '" . any('S1', 'S2', 'S3', 'S4') . "')", "SELECT crm.change_opportunity('$no', campaign_no => '$campaign')",
		"UPDATE crm.opportunity SET campaign_no = " . any('NULL', "'$campaign'") . ", salesperson_code = '" . any('S1', 'S2', 'S3', 'S4') . "' WHERE opportunity_no = '$no'",
		"SELECT crm.change_opportunity('$no', contact_no => '" . uc($name) . any(1 .. 4) . "')");
}

sub change_territory { my ($name) = @_; return "UPDATE crm.contact SET territory_code = " . any('NULL', "'NORTH'", "'SOUTH'", "'EAST'") . " WHERE contact_no = '" . uc($name) . any(1 .. 4) . "'" }

# A person joins a company, leaves it, or goes to another: its deals stay with the company, if there was one
sub move_person { my ($name) = @_; my $s = uc $name; return "UPDATE crm.contact SET company_id = " . any('NULL', map { "(SELECT contact_id FROM crm_data.contact WHERE contact_no = '$s$_')" } 1, 2) . " WHERE contact_no = '$s" . any(3, 4) . "'" }

sub reassign_many
{
	my ($name) = @_;
	return "UPDATE crm.opportunity SET salesperson_code = '" . any('S1', 'S2', 'S3', 'S4') . "' WHERE salesperson_code = '" . any('S1', 'S2', 'S3', 'S4') . "' AND opportunity_no LIKE '" . uc($name) . "%' AND status IN ('not started', 'in progress')";
}

sub delete_deal { return "DELETE FROM crm.opportunity WHERE opportunity_no = '" . any_deal($_[0]) . "'" }

# What is wrong with an opportunity for an action
my @refused = qw(55000 23514 42704 23502 22004);
my %change = (
	create => [ 10, \&create, '23514' ],
	act => [ 45, \&act, @refused ],
	act_blindly => [ 5, \&act_blindly, @refused ],
	close_deal => [ 8, \&close_deal, @refused ],
	change_card => [ 12, \&change_card, '55000', '42704' ],
	change_territory => [ 4, \&change_territory ],
	move_person => [ 2, \&move_person ],
	reassign_many => [ 2, \&reassign_many ],
	delete_deal => [ 3, \&delete_deal, '55000' ],
);
my @weighted = map { ($_) x $change{$_}[0] } sort keys %change;

sub work_date
{
	my ($name) = @_;
	return ask($name, 'SET crm.work_date = ' . quote(chance(0.12) ? '' : any_date()));
}

sub change
{
	my ($name) = @_;
	work_date($name) if chance(0.3);
	my $kind = @{ $deals_of{$name} } < 3 ? 'create' : any(@weighted);
	my (undef, $statement, @states) = @{ $change{$kind} };
	my $sql = $statement->($name);
	$tried++;
	my $is_done = try($name, $sql, @states);
	$done++ if $is_done;
	# What was not created, or no longer is
	$deals_of{$name} = [ grep { $_ ne sprintf '%s%03d', uc $name, $deals } @{ $deals_of{$name} } ] if $kind eq 'create' && !$is_done;
	return;
}

sub compact
{
	my ($name) = @_;
	try($name, 'SELECT crm.compact_pipeline()', '55P03', '40001');
	return;
}

sub begin
{
	my ($name) = @_;
	ask($name, 'BEGIN' . any('', '', ' ISOLATION LEVEL REPEATABLE READ'));
	$session{$name}{transaction} = 1;
	$session{$name}{deals} = [ @{ $deals_of{$name} } ];
	return;
}

sub end
{
	my ($name) = @_;
	my $end = any('COMMIT', 'COMMIT', 'COMMIT', 'ROLLBACK');
	ask($name, $end);
	$session{$name}{transaction} = 0;
	$deals_of{$name} = $session{$name}{deals} if $end eq 'ROLLBACK';
	return $end;
}

# Changes within a savepoint, which may be undone
sub savepoint
{
	my ($name) = @_;
	my @before = @{ $deals_of{$name} };
	ask($name, 'SAVEPOINT s');
	change($name) for 1 .. 1 + rand 4;
	compact($name) if chance(0.15);
	check($name, 'after a savepoint') if chance(0.2);
	my $end = any('ROLLBACK TO s', 'RELEASE s');
	ask($name, $end);
	$deals_of{$name} = \@before if $end =~ /ROLLBACK/;
	check($name, "after $end") if chance(0.2);
	return;
}

sub step
{
	my ($name) = @_;
	my $s = $session{$name};
	if (!$s->{transaction})
	{
		return begin($name) if chance(0.3);
		change($name);
	}
	elsif (chance(0.15)) { savepoint($name) }
	elsif (chance(0.15)) { my $end = end($name); check(any($name, 'reader'), "after $end") if chance(0.4) }
	else { change($name) }
	compact($name) if chance(0.04);
	check(any($name, 'reader'), $s->{transaction} ? 'in a transaction' : 'after a change') if chance(0.06);
	return;
}

sub clear
{
	ask('a', $_) for ('TRUNCATE crm_data.opportunity, crm_data.opportunity_entry, crm_data.task CASCADE', 'TRUNCATE crm_data.stage_probability', "UPDATE crm.setup SET time_zone = '@{[ any('UTC', 'UTC', 'Europe/Bucharest', 'America/New_York', 'Pacific/Kiritimati') ]}'",
		map({ "UPDATE crm.sales_cycle SET rolls_up = '" . any('typed', 'calibrated') . "' WHERE sales_cycle_code = '$_'" } qw(FOUR TWO SKIP)), 'UPDATE crm.contact SET territory_code = NULL WHERE territory_code IS NOT NULL',
		map({ my $s = uc; "UPDATE crm.contact SET company_id = (SELECT contact_id FROM crm_data.contact WHERE contact_no = '${s}1') WHERE contact_no = '${s}3'", "UPDATE crm.contact SET company_id = NULL WHERE contact_no = '${s}4'" } @writers), 'DELETE FROM crm.team_salesperson',
		"INSERT INTO crm.team_salesperson (team_code, salesperson_code) VALUES ('T1', 'S1'), ('T1', 'S2'), ('T2', 'S2'), ('T2', 'S3')", "SELECT setval(pg_get_serial_sequence('crm_data.opportunity_entry', 'opportunity_entry_id'), $case * 10000)");
	ask($_, 'DISCARD SEQUENCES') for @writers;
	$deals = 0;
	%deals_of = map { $_ => [] } @writers;
	work_date($_) for @writers;
	return;
}

sub play
{
	clear();
	for my $round (1 .. 4)
	{
		step(any(@writers)) for 1 .. 15 + rand 15;
		end($_) for grep { $session{$_}{transaction} } @writers;
		ask('a', "INSERT INTO crm.team_salesperson (team_code, salesperson_code) VALUES ('" . any('T1', 'T2') . "', '" . any('S1', 'S2', 'S3', 'S4') . "') ON CONFLICT DO NOTHING") if chance(0.2);
		ask('a', 'DELETE FROM crm.team_salesperson WHERE salesperson_code = \'' . any('S1', 'S2') . "'") if chance(0.1);
		ask('a', "SELECT crm.calibrate_stages(" . quote(any_date()) . ", '" . any('stage', 'stage', 'salesperson', 'size') . "')") if chance(0.3);
		ask('a', 'SELECT crm.rebuild_pipeline()') if chance(0.1);
		compact(any(@writers)) if chance(0.4);
		if (chance(0.2))
		{
			open_session('new');
			check('new', 'in a new session');
			close_session('new');
		}
	}
	check('reader', 'in the end');
	return;
}

$node = start_cluster('random_opportunity', conf => [ 'fsync = off', 'synchronous_commit = off', 'jit = off' ]);
query($node, q{
	CREATE EXTENSION crm;
	SELECT crm.install_defaults();
	INSERT INTO crm.territory (territory_code) VALUES ('NORTH'), ('SOUTH'), ('EAST');
	INSERT INTO crm.salesperson (salesperson_code) VALUES ('S1'), ('S2'), ('S3'), ('S4');
	INSERT INTO crm.team (team_code) VALUES ('T1'), ('T2');
	INSERT INTO crm.campaign (campaign_no, activated) VALUES ('CP1', true), ('CP2', true), ('CP3', true);
	INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('BEST', 'won'), ('PRICE', 'lost'), ('LATE', 'lost') ON CONFLICT DO NOTHING;
	INSERT INTO crm.activity (activity_code) VALUES ('ACT');
	INSERT INTO crm.sales_cycle (sales_cycle_code, probability_calculation) VALUES ('FOUR', 'multiply'), ('TWO', 'add'), ('SKIP', 'chances of success');
	INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, completed_pct, chances_pct, date_formula, allow_skip, activity_code) VALUES ('FOUR', 1, 2, 10, '2W', true, 'ACT'), ('FOUR', 3, 33.3333, 40, '1M', true, NULL), ('FOUR', 4, 70, 66.6667, NULL, false, NULL), ('FOUR', 9, 95, 90, '5D', false, NULL),
		('TWO', 1, 10, 20, '1M', false, NULL), ('TWO', 2, 90, 80, '1W', false, 'ACT'), ('SKIP', 1, 10, 10, 'CM', true, NULL), ('SKIP', 2, 20, 20, 'CQ', true, NULL), ('SKIP', 3, 30, 30.5, '1Y', true, NULL), ('SKIP', 4, 40, 99.9, '1D', true, NULL), ('SKIP', 5, 50, 1, 'CY', true, NULL);
	INSERT INTO crm.contact (contact_no, contact_type, name) SELECT s || n, 'company', s || n FROM unnest('{A,B,C}'::text[]) s, generate_series(1, 2) n;
	INSERT INTO crm.contact (contact_no, contact_type, name, company_id) SELECT s || '3', 'person', s || '3', (SELECT contact_id FROM crm_data.contact WHERE contact_no = s || '1') FROM unnest('{A,B,C}'::text[]) s;
	INSERT INTO crm.contact (contact_no, contact_type, name) SELECT s || '4', 'person', s || '4' FROM unnest('{A,B,C}'::text[]) s;
	INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, link_type, card_no) SELECT contact_id, 'CUST', 'customer', 'C' || contact_id FROM crm_data.contact WHERE company_id IS NULL OR contact_type = 'company';
});
$node->command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('erp'), '-f', 'test/reference/pipeline.sql' ], 'the reference can be created');

open_session($_) for @writers, 'reader';
for my $number ($ENV{CRM_CASE} ? $ENV{CRM_CASE} : 1 .. $cases)
{
	$case = $number;
	srand($seed + $case);
	print $script "-- case $case\n";
	play();
}
close_session($_) for @writers, 'reader';

# Eight at once, on the same deals, salespeople and stages, on one contact
query($node, q{TRUNCATE crm_data.opportunity, crm_data.opportunity_entry, crm_data.task CASCADE; SELECT crm.create_opportunity('Shared', 'A1', 'FOUR', 'S1', activate_first_stage => true, estimated_value => 100, opportunity_no => 'SHARED' || n) FROM generate_series(1, 5) n});
my $pgbench = "$PostgreSQL::Test::Utils::tmp_check/writer.pgbench";
PostgreSQL::Test::Utils::append_to_file($pgbench, q{
\set deal random(1, 5)
\set value random(1, 300)
\set new random(1, 1000000000000)
\set choice random(1, 12)
\if :choice <= 4
SELECT crm.opportunity_update('SHARED' || :deal, :value, estimated_close_date => crm.work_date() + 500 + :value);
\elif :choice <= 6
SELECT crm.change_opportunity('SHARED' || :deal, 'S' || 1 + :value % 4);
\elif :choice = 7
UPDATE crm.contact SET territory_code = (ARRAY['NORTH', 'SOUTH'])[1 + :value % 2] WHERE contact_no = 'A1';
\elif :choice = 8
SELECT crm.compact_pipeline();
\else
BEGIN;
SELECT crm.create_opportunity('New', 'A1', 'SKIP', 'S1', activate_first_stage => true, estimated_value => :value, opportunity_no => :new::text);
SELECT crm.opportunity_skip(:new::text, 3);
SELECT CASE WHEN :value < 100 THEN crm.opportunity_won(:new::text, 'BEST') WHEN :value < 200 THEN crm.opportunity_lost(:new::text, 'LATE') END;
COMMIT;
\endif
});
$node->command_ok([ 'pgbench', '-n', '-f', $pgbench, '-c', 8, '-j', 2, '-t', 40, '--max-tries=1', 'erp' ], 'eight writers have no deadlock and no serialization failure');
is(query($node, "SELECT * FROM $_"), '', "... and $_ finds nothing") for 'crm.verify_pipeline()', 'crm.verify_opportunity()', 'reference.entry_problem', q{reference.pipeline_problem(now() - interval '2 s', now() - interval '1 s', now())},
	q{reference.movement_problem('2025-01-01', now() - interval '1 s', now())};

pass("$checks comparisons in $cases cases; $tried changes, of which $done were not refused");
cmp_ok($done, '>', $tried / 2, 'most changes could be made');
done_testing();
