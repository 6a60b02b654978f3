# Two-phase commit: what a prepared transaction posted is logged when it is committed, not
# when it is rolled back, and other sessions wait for it as for any other.
use strict;
use warnings FATAL => 'all';
use lib 'test/t/lib';
use Crm;
use Test::More;

my $node = start_cluster('prepared');
create_erp($node);
query($node, q{INSERT INTO invoice VALUES (1, 1, '2026-02-01'); INSERT INTO ledger VALUES ('L1', 1, 1, 10)});

my $work = q{
	INSERT INTO invoice VALUES (%d, 1, '2026-02-01');
	INSERT INTO invoice_line VALUES (%d, 1, 'A', 10);
	INSERT INTO sales_order (customer_id, amount) VALUES (2, %d);
	SAVEPOINT s;
	INSERT INTO ledger VALUES ('gone', 2, 1, 10);
	ROLLBACK TO s;
	INSERT INTO ledger VALUES ('L%d', 2, 1, 10);
	UPDATE ledger SET region = 2 WHERE no = 'L1';
	INSERT INTO customer (id, name) VALUES (%d, 'Prepared');
};
my $log = q{SELECT source_name, count(*), sum(amount::numeric(10)) FROM crm_data.interaction JOIN crm.source USING (source_id) WHERE posted GROUP BY 1 ORDER BY 1};
my $start = query($node, $log);

sub prepare
{
	my ($number) = @_;
	query($node, 'BEGIN;' . ($work =~ s/%d/$number/gr) . "PREPARE TRANSACTION 'p$number'");
	return;
}

prepare(10);
is(query($node, $log), $start, 'prepared: nothing is seen of it');
is_verified($node, 'prepared');
query($node, q{ROLLBACK PREPARED 'p10'});
is(query($node, $log), $start, 'rolled back: nothing is left');
is_verified($node, 'rolled back');

prepare(20);
my ($status, $output, $errors) = $node->psql('erp', q{SET lock_timeout = '100ms'; UPDATE ledger SET amount = 11 WHERE no = 'L1'});
like($errors, qr/canceling statement due to lock timeout/, 'another writer of the document waits');
query($node, q{INSERT INTO invoice VALUES (21, 1, '2026-02-01')});
query($node, q{COMMIT PREPARED 'p20'});
is(query($node, $log), "invoices|3|10\nledger|2|-20\norders|1|20", 'committed: all is logged');
is_verified($node, 'committed');
is(query($node, q{SELECT count(*) FROM crm.contact WHERE name = 'Prepared'}), '1', '... and the card has its contact');

prepare(30);
$node->stop('immediate');
$node->start;
is_verified($node, 'prepared, after a crash');
query($node, q{COMMIT PREPARED 'p30'; UPDATE ledger SET posted = false WHERE no = 'L30'});
is_verified($node, 'committed after a crash');

# The session that prepares goes on
query($node, q{
	BEGIN; INSERT INTO invoice VALUES (40, 1, '2026-02-01'); INSERT INTO sales_order (customer_id, amount) VALUES (1, 1); PREPARE TRANSACTION 'same';
	INSERT INTO invoice VALUES (41, 1, '2026-02-01'); INSERT INTO sales_order (customer_id, amount) VALUES (1, 2);
	COMMIT PREPARED 'same';
	UPDATE invoice SET posted_on = NULL WHERE id IN (40, 41)});
is_verified($node, 'one session');

done_testing();
