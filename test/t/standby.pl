# A streaming standby shows what the primary shows, answers, and goes on when it is promoted.
use strict;
use warnings FATAL => 'all';
use lib 'test/t/lib';
use Crm;
use Test::More;

my $primary = start_cluster('primary', init => { allows_streaming => 1 });
create_erp($primary);
query($primary, q{INSERT INTO invoice SELECT n, 1 + n % 5, '2026-02-01' FROM generate_series(1, 50) n});
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

query($primary, q{
	INSERT INTO invoice SELECT n, 1 + n % 6, '2026-02-01' FROM generate_series(51, 100) n;
	INSERT INTO invoice_line SELECT id, 1, 'Item', id FROM invoice;
	UPDATE invoice SET posted_on = NULL WHERE id % 7 = 0;
	INSERT INTO ledger SELECT 'L' || n, 1 + n % 2, 1 + n % 5, n FROM generate_series(1, 500) n;
	UPDATE ledger SET posted = false WHERE no LIKE 'L%1';
	INSERT INTO sales_order (customer_id, amount) VALUES (1, 10), (11, 20);
	UPDATE customer SET city = 'Roman';
	INSERT INTO crm.salutation (salutation_code, description) VALUES ('DEAR', 'Dear');
	INSERT INTO crm.salutation_formula (salutation_code, formality, formula, name_1) VALUES ('DEAR', 'formal', 'Dear %1', 'surname');
	UPDATE crm.contact SET salutation_code = 'DEAR' WHERE name = 'Ana Rus';
	SELECT crm.log_call(contact_no, salesperson_code => 'S1') FROM crm.contact WHERE name = 'Ana Rus';
	UPDATE crm.setup SET default_country_code = 'RO';
});
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));

my $expected = dump_views($primary);
cmp_ok(scalar keys %$expected, '>', 30, 'there are views: ' . scalar keys %$expected);
are_views(dump_views($standby), $expected, 'all public views are equal');
my $tables = q{SELECT string_agg(format('SELECT %L, md5(string_agg(t::text, '','' ORDER BY t::text COLLATE "C")) FROM crm_data.%I t', relname, relname), ' UNION ALL ' ORDER BY relname)
	FROM pg_class WHERE relnamespace = 'crm_data'::regnamespace AND relkind = 'r'};
my $sums = query($primary, $tables);
is(query($standby, $sums), query($primary, $sums), '... and all tables behind them');

# Questions that write nothing
for my $question (q{SELECT crm.find_contact('Ana'), crm.find_company('Customer 2')},
	q{SELECT crm.work_date(), crm.salutation_line(contact_no) FROM crm.contact WHERE name = 'Ana Rus'},
	q{SELECT crm.alt_address_on(contact_no, '2026-01-01') FROM crm.contact WHERE name = 'Ana Rus'},
	q{SELECT * FROM crm.contact_card WHERE name = 'Customer 2'},
	q{SELECT * FROM crm.verify_posting()})
{
	is(query($standby, $question), query($primary, $question), "on the standby: $question");
}

# What writes is refused, and says so
for my $write (q{SELECT crm.next_no('CONTACT')}, q{SELECT crm.backfill('invoices')}, q{INSERT INTO crm.contact (name) VALUES ('X')}, q{SELECT crm.replay_problems()},
	q{SELECT crm.log_call(min(contact_no), salesperson_code => 'S1') FROM crm.contact}, q{INSERT INTO invoice VALUES (1000, 1, '2026-01-01')}, q{SELECT crm.detach('orders')})
{
	my ($status, $output, $errors) = $standby->psql('erp', "\\set VERBOSITY sqlstate\n$write");
	like($errors, qr/ERROR:  (25006|55000)$/m, "refused on the standby: $write");
}

# Classes follow a posting that was under way when the standby looked first
query($primary, q{
	INSERT INTO crm.questionnaire (questionnaire_code) VALUES ('Q');
	INSERT INTO crm.questionnaire_line (questionnaire_code, line_type, description, auto_classification, contact_class_field, starting_date_formula, ending_date_formula, from_value, to_value) VALUES
		('Q', 'question', 'Calls', true, 'interaction quantity', '-CY', 'CY', 0, 0), ('Q', 'answer', 'Many', false, NULL, NULL, NULL, 1000, 0);
});
my $many = q{SELECT count(*) FROM crm.contact_classification WHERE answer = 'Many'};
my $posting = $primary->background_psql('erp');
$posting->query_safe(q{BEGIN; INSERT INTO crm_data.interaction (contact_id, company_id, interaction_date)
	SELECT c.contact_id, c.company_id, crm.work_date() FROM (SELECT * FROM crm_data.contact WHERE contact_type = 'company' LIMIT 1) c, generate_series(1, 1000)});
query($primary, q{UPDATE crm.contact SET name_2 = 'later' WHERE name = 'Ana Rus'});
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
my $reader = $standby->background_psql('erp', extra_params => ['-At']);
is($reader->query_safe($many), '0', 'a posting under way');
$posting->query_safe('COMMIT');
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
is($reader->query_safe($many), '1', '... seen once it is committed');
$_->quit for $posting, $reader;

$standby->promote;
query($standby, q{INSERT INTO invoice VALUES (2000, 1, '2026-03-01'); INSERT INTO invoice_line VALUES (2000, 1, 'A', 5), (1, 2, 'B', 5); INSERT INTO crm.contact (name) VALUES ('X')});
is_verified($standby, 'promoted');
is(query($standby, q{SELECT count(*) FROM crm_data.interaction WHERE posted AND document_key = '2000'}), '1', 'posting goes on after promotion');

done_testing();
