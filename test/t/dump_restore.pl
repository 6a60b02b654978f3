# A database with everything in it is dumped and restored, as plain SQL and in parallel:
# all public views are equal, numbers go on, posting goes on.
use strict;
use warnings FATAL => 'all';
use lib 'test/t/lib';
use Crm;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_cluster('dump');
create_erp($node);
query($node, q{
	-- Documents in all states, and problems
	INSERT INTO invoice SELECT n, 1 + n % 5, date '2026-01-01' + n, NULLIF('EUR', left('EUR', n % 4)) FROM generate_series(1, 20) n;
	INSERT INTO invoice_line SELECT 1 + n % 20, n, 'Item ' || n % 3, n * 1.25 FROM generate_series(1, 60) n;
	INSERT INTO ledger SELECT 'L' || n, 1 + n % 2, 1 + n % 5, n FROM generate_series(1, 10) n;
	INSERT INTO sales_order (customer_id, amount) VALUES (11, 5), (2, 6), (99, 7);
	INSERT INTO invoice VALUES (100, 77, '2026-02-02', NULL);
	UPDATE invoice SET posted_on = NULL WHERE id IN (3, 4);
	UPDATE ledger SET posted = false WHERE no = 'L5';
	DELETE FROM ledger WHERE no = 'L6';

	-- Setup of one's own
	INSERT INTO crm.salesperson (salesperson_code, salesperson_name) VALUES ('JR', 'Jon Rad');
	INSERT INTO crm.territory (territory_code) VALUES ('NORTH');
	INSERT INTO crm.mailing_group (mailing_group_code, description) VALUES ('NEWS', 'Newsletter');
	INSERT INTO crm.industry_group (industry_group_code, description) VALUES ('STEEL', 'Steel');
	INSERT INTO crm.interaction_group (interaction_group_code, description) VALUES ('FAIR', 'Fairs');
	INSERT INTO crm.interaction_template (interaction_template_code, interaction_group_code, description, unit_cost) VALUES ('STAND', 'FAIR', 'Talk at the stand', 12.5), ('BILL', 'FAIR', 'Bill of the fair', 1);
	INSERT INTO crm.interaction_template_language (interaction_template_code, language_code, description) VALUES ('STAND', 'RO', 'Discutie');
	UPDATE crm.interaction_template_setup SET interaction_template_code = 'BILL' WHERE purpose = 'purchase invoice';
	UPDATE crm.setup SET default_country_code = 'RO', default_salesperson_code = 'JR';
	SELECT crm.create_number_series('OWN', 'X-0500', 'Numbers of our own');
	SELECT crm.next_no('OWN'), crm.next_no('OWN');

	-- By hand
	INSERT INTO crm.contact (name) VALUES ('By hand');
	INSERT INTO crm.contact (contact_type, name, company_id) SELECT 'person', 'Dan Ene', contact_id FROM crm.contact WHERE name = 'By hand';
	INSERT INTO crm.contact_mailing_group (contact_id, mailing_group_code) SELECT contact_id, 'NEWS' FROM crm.contact WHERE name = 'By hand';
	INSERT INTO crm.contact_alt_address (contact_id, alt_address_code, city) SELECT contact_id, 'SUMMER', 'Roman' FROM crm.contact WHERE name = 'By hand';
	INSERT INTO crm.contact_alt_address_date_range (contact_id, alt_address_code, starting_date, ending_date)
		SELECT contact_id, 'SUMMER', '2026-06-01', '2026-08-31' FROM crm.contact WHERE name = 'By hand';
	SELECT crm.log_interaction(contact_no, 'STAND', description => 'Met', comment => 'Remember this') FROM crm.contact WHERE name = 'Dan Ene';
	SELECT crm.log_interaction(contact_no, 'STAND', postponed => true) FROM crm.contact WHERE name = 'By hand';
	SELECT crm.attach_file(min(interaction_id), 'offer.txt', 'text/plain', '\x0041ff'), crm.attach_file(min(interaction_id), 'plan.pdf', 'application/pdf', location => 's3://plan')
		FROM crm_data.interaction WHERE source_id IS NULL;
	SELECT crm.evaluate_interaction(ARRAY[min(interaction_id)], 'very positive') FROM crm_data.interaction WHERE source_id IS NULL;
	SELECT crm.cancel_interaction(ARRAY[max(interaction_id)]) FROM crm_data.interaction WHERE source_id IS NULL;

	-- Profiles: answers of now and once, given by hand and found by a run; points; lines that lack what new ones get
	SELECT crm.install_sales_questionnaire();
	INSERT INTO crm.questionnaire (questionnaire_code, contact_type) VALUES ('LEADS', 'person');
	INSERT INTO crm.questionnaire_line (questionnaire_code, line_type, description) VALUES ('LEADS', 'question', 'Position'), ('LEADS', 'answer', 'Boss'), ('LEADS', 'answer', 'Clerk');
	UPDATE crm.questionnaire_line SET sorting_method = NULL WHERE questionnaire_code = 'CUSTOMER' AND line_no = 50000;
	UPDATE crm.questionnaire_line SET classification_method = NULL WHERE questionnaire_code = 'CUSTOMER' AND line_no = 100000;
	SET crm.work_date = '2026-02-01';
	INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) SELECT contact_id, 'LEADS', 20000 FROM crm.contact WHERE name = 'Dan Ene';
	SET crm.work_date = '2026-02-03';
	DELETE FROM crm.contact_profile_answer;
	INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) SELECT contact_id, 'LEADS', 30000 FROM crm.contact WHERE name = 'Dan Ene';
	RESET crm.work_date;
	INSERT INTO crm_data.contact_profile_answer (contact_id, questionnaire_code, line_no, valid_from) SELECT contact_id, 'CUSTOMER', 20000, '2026-01-31' FROM crm.contact WHERE contact_type = 'company';
	INSERT INTO crm_data.question_classification (questionnaire_code, line_no, as_of, classified_on, contact_count, total_value) VALUES ('CUSTOMER', 10000, '2026-01-31', '2026-02-01', 5, 99.5);
	SELECT crm.create_rating('LEADS', 'Lead', 'high/low', '[{"from": 1}, {"to": -1}]', '[{"line_no": 20000, "points": 5}]');

	-- Deals in all states, what is expected of them and what came of them
	SELECT crm.install_sales_cycles();
	INSERT INTO crm.team (team_code) VALUES ('EAST');
	INSERT INTO crm.team_salesperson (team_code, salesperson_code) VALUES ('EAST', 'JR');
	INSERT INTO crm.campaign (campaign_no, description, activated) VALUES ('FAIR26', 'Fair', true);
	INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, link_type, card_no) SELECT contact_id, 'CUST', 'customer', 'H-1' FROM crm.contact WHERE name = 'By hand';
	SELECT crm.create_opportunity('Deal ' || n, (SELECT contact_no FROM crm.contact WHERE name = 'By hand'), 'NEW', 'JR', 'FAIR26', lead_source => 'WEB',
		activate_first_stage => n > 1, estimated_value => 100 * n, chances_pct => 10, opportunity_no => 'D' || n) FROM generate_series(1, 6) AS n;
	SELECT crm.opportunity_next('D3'), crm.opportunity_next('D4'), crm.opportunity_next('D5');
	SELECT crm.opportunity_won('D4', 'W-PRICE', 450), crm.opportunity_lost('D5', 'L-PRICE');
	INSERT INTO crm.opportunity_split (opportunity_no, salesperson_code, split_pct) VALUES ('D4', 'JR', 100);
	INSERT INTO crm.sales_target (period_start, period_end, salesperson_code, target_value) VALUES ('2026-01-01', '2026-12-31', 'JR', 1000);
	INSERT INTO crm.forecast_override (period_start, period_end, salesperson_code, forecast_category, amount, reason) VALUES ('2026-10-01', '2026-12-31', 'JR', 'commit', 300, 'Gut');
	SELECT crm.calibrate_stages();

	-- Objects and rights of the administrator's
	CREATE ROLE reader;
	SELECT crm.grant_role('reader', 'reader');
	SELECT crm.create_number_series('Free text', 'F1');
});
is_verified($node, 'before');
cmp_ok(query($node, 'SELECT count(*) FROM crm.posting_problem'), '>=', 2, 'there are problems');

my $before = dump_views($node);
my @filled = grep { $before->{$_} ne '' } sort keys %$before;
cmp_ok(scalar @filled, '>', @{[ keys %$before ]} * 0.75, 'most views have rows: ' . scalar(@filled) . ' of ' . scalar keys %$before)
	or diag 'empty: ' . join ' ', grep { $before->{$_} eq '' } sort keys %$before;

my $directory = PostgreSQL::Test::Utils::tempdir();
my @server = ('-h', $node->host, '-p', $node->port);
query($node, "CREATE DATABASE $_", 'postgres') for qw(plain custom parallel);
$node->command_ok([ 'pg_dump', @server, '-f', "$directory/plain.sql", 'erp' ], 'plain dump');
$node->command_ok([ 'psql', @server, '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', "$directory/plain.sql", 'plain' ], '... restored');
$node->command_ok([ 'pg_dump', @server, '-Fc', '-f', "$directory/custom", 'erp' ], 'custom dump');
$node->command_ok([ 'pg_restore', @server, '--exit-on-error', '-d', 'custom', "$directory/custom" ], '... restored');
$node->command_ok([ 'pg_dump', @server, '-Fd', '-j2', '-f', "$directory/parallel", 'erp' ], 'parallel dump');
{
	# Jobs do not wait for the rows that theirs refer to
	local $ENV{PGOPTIONS} = '-c session_replication_role=replica';
	$node->command_ok([ 'pg_restore', @server, '-j2', '--exit-on-error', '-d', 'parallel', "$directory/parallel" ], '... restored by two jobs');
}

# What each database says to the same questions after the same work
sub go_on
{
	my ($database) = @_;
	return query($node, q{
		SELECT crm.next_no('OWN');
		INSERT INTO crm.contact (name) VALUES ('After') RETURNING contact_no, contact_id;
		INSERT INTO customer VALUES (6, 'C6', 'New customer');
		INSERT INTO invoice VALUES (200, 6, '2026-03-03', NULL);
		INSERT INTO invoice_line VALUES (200, 1, 'A', 10), (1, 100, 'A', 100);
		UPDATE ledger SET amount = 1000, region = 3 - region WHERE no = 'L1';
		UPDATE ledger_2 SET posted = false WHERE no = 'L2';
		UPDATE invoice SET posted_on = '2026-03-03' WHERE id = 3;
		INSERT INTO customer (id, name) VALUES (77, 'Late');
		SELECT crm.replay_problems();
		UPDATE crm.contact SET city = 'Bacau' WHERE name = 'Customer 1';
		SELECT city FROM customer WHERE id = 1;
		TRUNCATE sales_order;
		SELECT source_name, document_key, trim_scale(amount), posted, canceled FROM crm_data.interaction LEFT JOIN crm.source USING (source_id) WHERE source_name <> 'orders' ORDER BY 1, 2, 3, 4, 5;
		SELECT crm.detach('orders');
		SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'crm_data'::regnamespace AND relkind = 'S' GROUP BY 1;
		SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'zz_crm%';
		SELECT has_table_privilege('reader', 'crm.contact', 'SELECT'), has_table_privilege('reader', 'crm.contact', 'INSERT'), has_function_privilege('public', 'crm.backfill(text)', 'EXECUTE');
	}, $database);
}

my %restored = map { $_ => dump_views($node, $_) } qw(plain custom parallel);
my $expected = go_on('erp');
for my $database (qw(plain custom parallel))
{
	are_views($restored{$database}, $before, "$database: all public views are equal");
	is_verified($node, $database, $database);
	is(go_on($database), $expected, "$database: numbers and posting go on as in the original");
	is_verified($node, "$database, later", $database);
	is(query($node, q{DROP EXTENSION crm CASCADE; SELECT count(*) FROM pg_class WHERE relnamespace::regnamespace::text LIKE 'crm%'}, $database), '0', "$database: the extension leaves nothing behind");
}

done_testing();
