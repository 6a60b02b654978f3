# A cluster with crm, and a small ERP that is attached to it; shared by the TAP tests
package Crm;

use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use PostgreSQL::Test::Cluster;
use Test::More;

our @EXPORT = qw(start_cluster create_erp query is_verified dump_views are_views);

# A running cluster with database "erp"; options are lines of postgresql.conf
sub start_cluster
{
	my ($name, %option) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(%{ $option{init} // {} });
	$node->append_conf('postgresql.conf', join("\n", 'max_prepared_transactions = 10', 'autovacuum = off', @{ $option{conf} // [] }) . "\n");
	$node->start;
	$node->safe_psql('postgres', 'CREATE DATABASE erp');
	return $node;
}

sub query
{
	my ($node, $sql, $database) = @_;
	return $node->safe_psql($database // 'erp', $sql);
}

sub is_verified
{
	my ($node, $name, $database) = @_;
	is(query($node, 'SELECT * FROM crm.verify_posting()', $database), '', "$name: the log is right");
}

# Customers with persons, invoices with lines, a ledger in partitions, orders logged at commit
sub create_erp
{
	my ($node, $database) = @_;
	query($node, q{
		CREATE EXTENSION crm;
		SELECT crm.install_defaults();
		CREATE TABLE customer (id integer PRIMARY KEY, no text, name text NOT NULL, kind text DEFAULT 'company', parent integer, city text, phone text, seller text);
		CREATE TABLE invoice (id bigint PRIMARY KEY, customer_id integer, posted_on date, currency text);
		CREATE TABLE invoice_line (invoice_id bigint, line_no integer, item text, amount numeric, PRIMARY KEY (invoice_id, line_no));
		CREATE TABLE ledger (no text, region integer, customer_id integer, amount numeric, posted boolean DEFAULT true, PRIMARY KEY (no, region)) PARTITION BY LIST (region);
		CREATE TABLE ledger_1 PARTITION OF ledger FOR VALUES IN (1);
		CREATE TABLE ledger_2 (posted boolean DEFAULT true, amount numeric, customer_id integer, region integer NOT NULL, no text NOT NULL);
		ALTER TABLE ledger ATTACH PARTITION ledger_2 FOR VALUES IN (2);
		CREATE TABLE sales_order (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), customer_id integer, amount numeric, confirmed boolean DEFAULT true);
		SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', $$SELECT id AS card_key, no AS card_no, name, kind AS contact_type,
			parent AS company_key, city, phone AS phone_no, seller AS salesperson_code FROM customer$$);
		SELECT crm.attach_document('invoices', 'invoice', 'id', $$SELECT i.id AS document_key, 'sales invoice' AS document_type, i.posted_on AS posting_date,
			i.customer_id AS partner_key, i.currency AS currency_code, sum(l.amount) AS amount, array_agg(l.item ORDER BY l.line_no) AS item_nos
			FROM invoice i LEFT JOIN invoice_line l ON l.invoice_id = i.id WHERE i.posted_on IS NOT NULL GROUP BY i.id$$, also => '{"invoice_line": "invoice_id"}');
		SELECT crm.attach_document('ledger', 'ledger', 'no', $$SELECT no AS document_key, 'sales credit memo' AS document_type, date '2026-02-01' AS posting_date,
			no AS document_no, customer_id AS partner_key, -amount AS amount FROM ledger WHERE posted$$, on_unpost => 'reverse');
		SELECT crm.attach_document('orders', 'sales_order', 'id', $$SELECT id AS document_key, 'sales order' AS document_type, date '2026-03-01' AS posting_date,
			customer_id AS partner_key, amount FROM sales_order WHERE confirmed$$, timing => 'commit');
		INSERT INTO customer SELECT n, 'C' || n, 'Customer ' || n, 'company', NULL, 'Iasi', '0' || n, 'S' || n % 2 FROM generate_series(1, 5) n;
		INSERT INTO customer VALUES (11, 'C11', 'Ana Rus', 'person', 1);
	}, $database);
	return;
}

sub public_views
{
	my ($node, $database) = @_;
	return split /\n/, query($node, q{SELECT viewname FROM pg_views WHERE schemaname = 'crm' ORDER BY 1}, $database);
}

# Every public view as ordered text, by name
sub dump_views
{
	my ($node, $database) = @_;
	return { map { $_ => query($node, "SET TimeZone = 'UTC'; SELECT t::text FROM crm.$_ t ORDER BY t::text COLLATE \"C\"", $database) } public_views($node, $database) };
}

# The same views with the same rows
sub are_views
{
	my ($got, $expected, $name) = @_;
	my @differences;
	for my $view (sort keys %{ { %$got, %$expected } })
	{
		my %had = map { $_ => 1 } split /\n/, $expected->{$view} // "no view\n";
		my %has = map { $_ => 1 } split /\n/, $got->{$view} // "no view\n";
		push @differences, map { "$view: lost $_" } grep { !$has{$_} } sort keys %had;
		push @differences, map { "$view: new $_" } grep { !$had{$_} } sort keys %has;
	}
	is(scalar @differences, 0, $name) or diag join "\n", splice @differences, 0, 10;
	return;
}

1;
