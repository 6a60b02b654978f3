# Four clients write the same documents, cards and contacts at random, at all isolation
# levels, beside backfills. They meet no error but those that a retry is the answer to,
# and the log is right when they are done.
use strict;
use warnings FATAL => 'all';
use lib 'test/t/lib';
use Crm;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = $ENV{CRM_SECONDS} // 12;
my $node = start_cluster('concurrent', conf => [ 'deadlock_timeout = 20ms', 'synchronous_commit = off', 'log_min_messages = notice' ]);
create_erp($node);
query($node, q{
	INSERT INTO invoice SELECT n, 1 + n % 5, CASE WHEN n % 2 = 0 THEN date '2026-02-01' END, NULL FROM generate_series(1, 12) n;
	INSERT INTO invoice_line SELECT n, 1, 'A', n FROM generate_series(1, 12) n;
	INSERT INTO ledger SELECT 'L' || n, 1 + n % 2, 1 + n % 5, n FROM generate_series(1, 12) n;
	INSERT INTO sales_order SELECT lpad(n::text, 32, '0')::uuid, 1 + n % 5, n FROM generate_series(1, 12) n;
	CREATE SEQUENCE no START 1000;
});

# A backfill of several batches, whose contacts have left dead rows behind
query($node, q{
	SET session_replication_role = replica;
	INSERT INTO invoice SELECT n, 1 + n % 5, date '2026-02-01', NULL FROM generate_series(100001, 102500) n;
	UPDATE customer SET no = no || 'x';
	SET session_replication_role = origin;
});
query($node, "UPDATE customer SET name = name || '$_', no = no || '$_'") for 1 .. 3;
query($node, q{UPDATE customer SET name = 'Customer ' || id WHERE id < 6});
is(query($node, q{SELECT crm.backfill('invoices')}), '2500', 'a backfill of several batches');

my $begin = q{
\set level random(1, 3)
\set id random(1, 12)
\set other random(1, 12)
\set customer random(1, 5)
\set amount random(1, 1000)
\if :level = 1
BEGIN ISOLATION LEVEL READ COMMITTED;
\elif :level = 2
BEGIN ISOLATION LEVEL REPEATABLE READ;
\else
BEGIN ISOLATION LEVEL SERIALIZABLE;
\endif
};
my %script = (
	invoice => [ 4, q{
UPDATE invoice SET posted_on = CASE WHEN posted_on IS NULL THEN date '2026-02-02' END, customer_id = :customer WHERE id = :id;
INSERT INTO invoice_line VALUES (:other, nextval('no'), 'B', :amount);
INSERT INTO invoice VALUES (nextval('no'), :customer, '2026-02-03') ON CONFLICT DO NOTHING;
COMMIT;} ],
	lines => [ 4, q{
UPDATE invoice_line SET amount = :amount WHERE invoice_id = :id;
DELETE FROM invoice_line WHERE invoice_id = :other AND line_no > 1;
INSERT INTO invoice_line VALUES (:id, nextval('no'), 'C', :amount);
COMMIT;} ],
	ledger => [ 4, q{
UPDATE ledger SET region = 3 - region, amount = :amount WHERE no = 'L' || :id;
SAVEPOINT s;
UPDATE ledger SET posted = NOT posted WHERE no = 'L' || :other;
ROLLBACK TO s;
UPDATE ledger_1 SET posted = NOT posted WHERE no = 'L' || :other;
INSERT INTO ledger_2 (no, region, customer_id, amount) VALUES (nextval('no'), 2, :customer, :amount);
COMMIT;} ],
	orders => [ 4, q{
UPDATE sales_order SET amount = :amount, confirmed = NOT confirmed WHERE id = lpad(:id::text, 32, '0')::uuid;
UPDATE sales_order SET confirmed = true WHERE id = lpad(:other::text, 32, '0')::uuid;
INSERT INTO sales_order (customer_id, amount) VALUES (:customer, :amount);
DELETE FROM sales_order WHERE amount = :amount AND id > 'f0000000-0000-0000-0000-000000000000';
COMMIT;} ],
	card => [ 1, q{
UPDATE customer SET city = 'City ' || :amount, seller = 'S' || :id WHERE id = :customer;
INSERT INTO customer (id, name) VALUES (nextval('no'), 'New');
COMMIT;} ],
	contact => [ 1, q{
DO $$ BEGIN
	UPDATE crm.contact SET phone_no = 1 + random() WHERE name = 'Customer ' || (1 + floor(random() * 5));
	INSERT INTO crm.contact (name) VALUES ('By hand');
EXCEPTION WHEN lock_not_available THEN
	NULL;
END $$;
COMMIT;} ],
	backfill => [ 1, q{
SELECT crm.backfill(CASE :customer WHEN 1 THEN 'ledger' WHEN 2 THEN 'orders' ELSE 'invoices' END);
COMMIT;} ]);

my $directory = PostgreSQL::Test::Utils::tempdir();
my @files;
for my $name (sort keys %script)
{
	my ($weight, $sql) = @{ $script{$name} };
	append_to_file("$directory/$name", $begin . $sql . "\n");
	push @files, '-f', "$directory/$name\@$weight";
}
$node->command_ok([ 'pgbench', '-n', '-c', '4', '-j', '1', '-T', $seconds, '--max-tries=0', '-h', $node->host, '-p', $node->port, @files, 'erp' ], 'four clients');

my $log = slurp_file($node->logfile);
my @unexpected = grep { /ERROR:|WARNING:|FATAL:|PANIC:/ && !/could not serialize access|deadlock detected|already moved to another partition/ } split /\n/, $log;
is("@unexpected[0 .. ($#unexpected < 4 ? $#unexpected : 4)]", '', 'nobody met an error but those to be retried');
is_verified($node, 'concurrent clients');
is(query($node, 'SELECT source_name, document_key, message FROM crm.posting_problem LIMIT 5'), '', 'no problems');
is(query($node, 'SELECT source_id, document_key, count(*) FROM crm_data.interaction WHERE posted GROUP BY 1, 2 HAVING count(*) > 1'), '', 'each document is logged once');
is(query($node, q{SELECT c.name, k.name, c.city, k.city, c.phone_no, k.phone, c.salesperson_code, k.seller FROM customer k JOIN crm.contact_business_relation r ON r.card_key = k.id::text
	JOIN crm.contact c USING (contact_id) WHERE (c.city, c.phone_no, c.salesperson_code) IS DISTINCT FROM (k.city, k.phone, k.seller)}), '', 'cards and contacts agree');
is(query($node, 'SELECT count(*) FROM customer k LEFT JOIN crm.contact_business_relation r ON r.card_key = k.id::text WHERE r.card_key IS NULL'), '0', 'each card has its contact');
my $documents = query($node, q{SELECT (SELECT count(*) FROM invoice WHERE posted_on IS NOT NULL) + (SELECT count(*) FROM ledger WHERE posted) + (SELECT count(*) FROM sales_order WHERE confirmed)});
is(query($node, 'SELECT count(*) FROM crm_data.interaction WHERE posted'), $documents, "all $documents documents are logged");
cmp_ok($documents, '>', 2700, 'there were many');

done_testing();
