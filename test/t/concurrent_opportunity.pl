# Eight clients work on the same few opportunities at random, at all isolation levels, with everything that moves the pipeline
# from elsewhere, beside others who compact it and read it. They meet no error but refusals, and, above READ COMMITTED, those
# that a retry is the answer to; the entries follow each other, and the pipeline is what they say.
use strict;
use warnings FATAL => 'all';
use lib 'test/t/lib';
use Crm;
use PostgreSQL::Test::Utils;
use IPC::Run;
use Test::More;

my $seconds = $ENV{CRM_SECONDS} // 20;
my $node = start_cluster('concurrent_opportunity', conf => [ 'deadlock_timeout = 20ms', 'synchronous_commit = off', 'log_min_messages = notice', 'log_statement = none', 'jit = off' ]);
query($node, q{
	CREATE EXTENSION crm;
	SELECT crm.install_defaults();
	INSERT INTO crm.territory (territory_code) VALUES ('T0'), ('T1');
	INSERT INTO crm.salesperson (salesperson_code) VALUES ('S0'), ('S1'), ('S2');
	INSERT INTO crm.campaign (campaign_no, activated) VALUES ('CP', true);
	INSERT INTO crm.activity (activity_code) VALUES ('ACT');
	INSERT INTO crm.activity_step (activity_code, step_no, task_type, description, date_formula) VALUES ('ACT', 1, 'phone call', 'Call', '2D');
	INSERT INTO crm.close_opportunity_code (close_opportunity_code, close_type) VALUES ('W', 'won'), ('L', 'lost') ON CONFLICT DO NOTHING;
	INSERT INTO crm.sales_cycle (sales_cycle_code, probability_calculation) VALUES ('C', 'multiply');
	INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, completed_pct, chances_pct, allow_skip, activity_code) SELECT 'C', n, 20 * n, 15 * n, n < 4, CASE WHEN n % 2 = 0 THEN 'ACT' END FROM generate_series(1, 5) AS n;
	INSERT INTO crm.contact (contact_id, contact_no, name) SELECT n, 'K' || n, 'K' || n FROM generate_series(1, 3) AS n;
	INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, link_type, card_no) SELECT n, 'CUST', 'customer', n FROM generate_series(1, 3) AS n;
	CREATE TABLE done (action text, refused text);

	/* One action on an opportunity that may be in any state. It is refused, or done, or it was not expected to fail so */
	CREATE FUNCTION act(no text, dice integer, amount integer) RETURNS void LANGUAGE plpgsql AS $$
	DECLARE
		actions text[] := ARRAY['create', 'create', 'first', 'next', 'next', 'next', 'previous', 'update', 'update', 'update', 'skip', 'jump', 'won', 'lost', 'delete', 'reassign', 'campaign', 'contact', 'by hand', 'territory', 'stage'];
		wanted text := actions[1 + dice % cardinality(actions)];
		seller text := 'S' || amount % 3;
	BEGIN
		CASE wanted
			WHEN 'create' THEN PERFORM crm.create_opportunity('Deal', 'K' || 1 + amount % 3, 'C', seller, opportunity_no => no, activate_first_stage => amount % 2 = 0, estimated_value => amount);
			WHEN 'first' THEN PERFORM crm.opportunity_first(no, amount);
			WHEN 'next' THEN PERFORM crm.opportunity_next(no, amount, cancel_old_tasks => amount % 2 = 0);
			WHEN 'previous' THEN PERFORM crm.opportunity_previous(no);
			WHEN 'update' THEN PERFORM crm.opportunity_update(no, amount, estimated_close_date => crm.work_date() + amount);
			WHEN 'skip' THEN PERFORM crm.opportunity_skip(no, 1 + amount % 5);
			WHEN 'jump' THEN PERFORM crm.opportunity_jump(no, 1 + amount % 5);
			WHEN 'won' THEN PERFORM crm.opportunity_won(no, 'W', cancel_open_tasks => amount % 2 = 0);
			WHEN 'lost' THEN PERFORM crm.opportunity_lost(no, 'L');
			WHEN 'delete' THEN DELETE FROM crm.opportunity WHERE opportunity_no = no;
			WHEN 'reassign' THEN PERFORM crm.change_opportunity(no, salesperson_code => seller, with_open_tasks => true);
			WHEN 'campaign' THEN UPDATE crm.opportunity SET campaign_no = CASE WHEN campaign_no IS NULL THEN 'CP' END WHERE opportunity_no = no;
			WHEN 'contact' THEN PERFORM crm.change_opportunity(no, contact_no => 'K' || 1 + amount % 3);
			WHEN 'by hand' THEN UPDATE crm.opportunity SET contact_id = 1 + amount % 3, salesperson_code = seller WHERE opportunity_no = no;
			WHEN 'territory' THEN UPDATE crm.contact SET territory_code = 'T' || amount % 2 WHERE contact_id = 1 + amount % 3;
			WHEN 'stage' THEN
				DELETE FROM crm.sales_cycle_stage WHERE sales_cycle_stage = 5;
				INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, completed_pct, chances_pct) VALUES ('C', 5, 90, 90);
		END CASE;
		INSERT INTO done VALUES (wanted);
	EXCEPTION
		/* In the wrong state, a date before the last one, not there any more, there already; a stage that deals are at */
		WHEN SQLSTATE '55000' OR SQLSTATE '23514' OR SQLSTATE '42704' OR SQLSTATE '23505' THEN
			INSERT INTO done VALUES (wanted, SQLSTATE);
		WHEN foreign_key_violation THEN
			IF wanted <> 'stage' THEN RAISE; END IF;
			INSERT INTO done VALUES (wanted, SQLSTATE);
	END $$;
	CREATE VIEW wrong AS
		SELECT 'pipeline' AS what, v::text AS wrong FROM crm.verify_pipeline() AS v UNION ALL SELECT 'opportunity', v::text FROM crm.verify_opportunity() AS v
		UNION ALL SELECT 'total', dimension FROM crm.pipeline WHERE dimension <> 'team' GROUP BY 2 HAVING (sum(opportunity_count)::bigint, sum(estimated_value)) IS DISTINCT FROM
			(SELECT (count(*), sum(estimated_value)) FROM crm_data.opportunity_entry WHERE active AND sales_cycle_stage > 0)
		UNION ALL SELECT 'active', opportunity_no FROM crm_data.opportunity_entry WHERE active GROUP BY 2 HAVING count(*) > 1
		UNION ALL SELECT 'card', opportunity_no FROM crm_data.opportunity AS o JOIN crm_data.opportunity_entry AS e USING (opportunity_no) JOIN crm_data.contact AS c ON c.contact_id = o.contact_id
			WHERE e.active AND e.sales_cycle_stage > 0 AND (o.status, o.salesperson_code, o.campaign_no, o.contact_id, c.territory_code) IS DISTINCT FROM ('in progress', e.salesperson_code, e.campaign_no, e.contact_id, e.territory_code)
		UNION ALL SELECT 'status', o.opportunity_no FROM crm_data.opportunity AS o LEFT JOIN crm_data.opportunity_entry AS e ON e.opportunity_no = o.opportunity_no AND e.active
			WHERE o.status <> CASE WHEN e.active IS NULL THEN 'not started' WHEN e.sales_cycle_stage > 0 THEN 'in progress' ELSE e.action_taken END
		UNION ALL SELECT 'days', opportunity_no FROM (SELECT *, lead(date_of_change) OVER (PARTITION BY opportunity_no ORDER BY entry_no) AS until FROM crm_data.opportunity_entry WHERE NOT revised) AS e
			WHERE days_open <> CASE WHEN sales_cycle_stage > 0 THEN coalesce(until - date_of_change, 0) ELSE 0 END
		UNION ALL SELECT 'stage', opportunity_no FROM crm_data.opportunity_entry AS e WHERE active AND sales_cycle_stage > 0
			AND NOT EXISTS (SELECT FROM crm_data.sales_cycle_stage AS s WHERE (s.sales_cycle_code, s.sales_cycle_stage) = (e.sales_cycle_code, e.sales_cycle_stage))
		UNION ALL SELECT 'task', task_id::text FROM crm_data.task AS t WHERE opportunity_no IS NOT NULL AND NOT EXISTS (SELECT FROM crm_data.opportunity_entry AS e WHERE e.entry_no = t.opportunity_entry_no);
});
is(query($node, 'SELECT * FROM wrong'), '', 'nothing is wrong at first');

my $random = "\\set deal random(1, 12)\n\\set dice random(0, 20)\n\\set amount random(1, 1000)\n\\set day random(1, 28)\nSET crm.work_date = '2026-03-:day';\n";
my $act = "SELECT act('D' || :deal, :dice, :amount);\n";
my $read = "SELECT left(string_agg(w::text, ' '), 1000)::date AS wrong FROM wrong w;\n";
my %script = (
	# Who does two things at once leaves stages alone: removing one locks all entries. What a reader finds is in the text of its error
	committed => [ 5, $random . $act ],
	levels => [ 2, $random . "\\if :day > 14\nBEGIN ISOLATION LEVEL REPEATABLE READ;\n\\else\nBEGIN ISOLATION LEVEL SERIALIZABLE;\n\\endif\nSELECT FROM crm.setup;\n\\set dice random(0, 19)\n${act}SAVEPOINT s;\n${act}ROLLBACK TO s;\nCOMMIT;\n" ],
	compacting => [ 1, "\\set way random(1, 4)\n\\set wait random(1, 30)\nBEGIN;\nSELECT crm.compact_pipeline();\n\\if :way = 1\nROLLBACK;\n\\else\nCOMMIT;\n\\endif\n\\sleep :wait ms\n" ],
	reading => [ 1, "BEGIN ISOLATION LEVEL REPEATABLE READ;\n$read\\sleep 20 ms\n${read}COMMIT;\n\\sleep 50 ms\n" ]);

my $directory = PostgreSQL::Test::Utils::tempdir();
my (@clients, %output);
for my $name (sort keys %script)
{
	my ($count, $sql) = @{ $script{$name} };
	append_to_file("$directory/$name", $sql);
	local $ENV{PGAPPNAME} = $name;
	$output{$name} = '';
	push @clients, IPC::Run::start([ 'pgbench', '-n', '-c', $count, '-j', '1', '-T', $seconds, ($name eq 'levels' ? '--max-tries=0' : ()), '-h', $node->host, '-p', $node->port, '-f', "$directory/$name", 'erp' ], '<', \undef, '>', \$output{$name}, '2>&1');
}
is(scalar(grep { $_->finish } @clients), scalar keys %script, 'all clients went on to the end') or diag join "\n", values %output;

my @errors = grep { /ERROR:|WARNING:|FATAL:|PANIC:/ && !/ levels ERROR:  could not serialize access/ } split /\n/, slurp_file($node->logfile);
is(join("\n", splice @errors, 0, 5), '', 'nobody met an error but those to be retried; above all no deadlock');
is(query($node, 'SELECT * FROM wrong LIMIT 10'), '', 'all is right in the end');
query($node, 'SELECT crm.compact_pipeline()');
is(query($node, 'SELECT * FROM wrong LIMIT 10'), '', '... and when all is compacted');
is(query($node, q{SELECT string_agg(DISTINCT wanted, ' ') FROM unnest('{create,first,next,previous,update,skip,jump,won,lost,delete,reassign,campaign,contact,by hand,territory,stage}'::text[]) AS wanted WHERE wanted NOT IN (SELECT action FROM done WHERE refused IS NULL)}), '', 'all that can be done was done');
my ($done, $refused) = split /\|/, query($node, 'SELECT count(*) - count(refused), count(refused) FROM done');
cmp_ok($done, '>', 300, "much was done: $done; refused: $refused");
diag "$done done, $refused refused";

done_testing();
