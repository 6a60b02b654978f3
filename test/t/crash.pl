# A backend is killed, the server is stopped at once, the postmaster is killed, each in the
# middle of postings: after recovery every committed document is logged exactly once.
use strict;
use warnings FATAL => 'all';
use lib 'test/t/lib';
use Crm;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_cluster('crash', conf => [ 'restart_after_crash = on', 'wal_level = replica' ]);
create_erp($node);
query($node, 'CREATE SEQUENCE no START 1000');
my $script = PostgreSQL::Test::Utils::tempdir() . '/load';
append_to_file($script, q{
\set id random(1, 1000)
\set customer random(1, 5)
BEGIN;
INSERT INTO invoice VALUES (nextval('no'), :customer, '2026-02-01');
INSERT INTO invoice_line VALUES (currval('no'), 1, 'A', 10), (currval('no'), 2, 'B', :id);
COMMIT;
INSERT INTO ledger SELECT 'L' || currval('no') || '-' || n, 1 + n % 2, :customer, n FROM generate_series(1, 20) n;
INSERT INTO sales_order (customer_id, amount) VALUES (:customer, :id);
UPDATE invoice SET posted_on = NULL WHERE id = currval('no') AND :id % 5 = 0;
UPDATE ledger SET region = 3 - region WHERE no = 'L' || currval('no') || '-1';
UPDATE customer SET city = 'City ' || :id WHERE id = :customer;
});

sub start_load
{
	my ($output, $errors) = ('', '');
	return IPC::Run::start([ 'pgbench', '-n', '-c', '4', '-T', '60', '-h', $node->host, '-p', $node->port, '-f', $script, 'erp' ], '<', \undef, '>', \$output, '2>', \$errors);
}

# Documents and entries, once there are more than before
sub wait_for_documents
{
	my ($more_than) = @_;
	$node->poll_query_until('erp', "SELECT count(*) > $more_than FROM ledger") or die 'no documents';
}

my $documents = q{SELECT (SELECT count(*) FROM invoice WHERE posted_on IS NOT NULL), (SELECT count(*) FROM ledger WHERE posted), (SELECT count(*) FROM sales_order WHERE confirmed)};
my $entries = q{SELECT (SELECT count(*) FROM crm_data.interaction JOIN crm.source USING (source_id) WHERE posted AND source_name = 'invoices'),
	(SELECT count(*) FROM crm_data.interaction JOIN crm.source USING (source_id) WHERE posted AND source_name = 'ledger'),
	(SELECT count(*) FROM crm_data.interaction JOIN crm.source USING (source_id) WHERE posted AND source_name = 'orders')};
my ($size, $prepared) = (0, 0);

sub recovers
{
	my ($name, $crash) = @_;
	my $load = start_load();
	wait_for_documents($size + 400);
	query($node, "BEGIN; INSERT INTO invoice VALUES (" . ++$prepared . ", 1, '2026-01-01'); INSERT INTO sales_order (customer_id, amount) VALUES (1, -1); PREPARE TRANSACTION '$name'");
	$crash->();
	$load->kill_kill;
	$node->poll_query_until('erp', 'SELECT true') or die 'no recovery';
	is_verified($node, $name);
	query($node, "COMMIT PREPARED '$name'");
	is_verified($node, "$name, prepared transaction");
	my $expected = query($node, $documents);
	is(query($node, $entries), $expected, "$name: documents and entries are as many ($expected)");
	is(query($node, 'SELECT source_id, document_key FROM crm_data.interaction WHERE posted GROUP BY 1, 2 HAVING count(*) > 1'), '', "$name: none is logged twice");
	is(query($node, 'SELECT c.name FROM customer k JOIN crm.contact c USING (name) WHERE k.city <> c.city'), '', "$name: cards and contacts agree");
	$size = query($node, 'SELECT count(*) FROM ledger');
}

# The server cannot start while a process of the former one is left
sub kill_postmaster
{
	my @pids = split /\n/, query($node, 'SELECT pid FROM pg_stat_activity');
	$node->kill9;
	for (1 .. 300)
	{
		@pids = grep { kill 0, $_ } @pids or last;
		select undef, undef, undef, 0.1;
	}
	$node->start;
}

recovers('killed backend', sub {
	my $pid = query($node, q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1});
	kill 'KILL', $pid;
	$node->poll_query_until('postgres', "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)"); });
recovers('immediate stop', sub { $node->stop('immediate'); $node->start; });
recovers('killed postmaster', \&kill_postmaster);

$node->restart;
is_verified($node, 'restarted');
query($node, q{REINDEX TABLE crm_data.interaction; INSERT INTO invoice VALUES (100, 1, '2026-01-01')});
is_verified($node, 'posting goes on');

done_testing();
