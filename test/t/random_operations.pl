# Random statements over four attachments of the same documents - compiled, planned with a
# line table, at commit, and partitioned - at three isolation levels. After every
# transaction the log is right, and the same for all four.
#
# CRM_SEED repeats a run; CRM_STATEMENTS says how long it is.
use strict;
use warnings FATAL => 'all';
use lib 'test/t/lib';
use Crm;
use Test::More;

my $seed = $ENV{CRM_SEED} || int(time) ^ $$;
my $wanted = $ENV{CRM_STATEMENTS} // 8000;
my @tables = qw(compiled planned at_commit partitioned);
my $next_id = 100;
my $statements = 0;
my $script = '';
diag "CRM_SEED=$seed";
srand($seed);

sub any { return $_[ rand @_ ] }
sub id { return 1 + int rand 40 }
sub new_id { return $next_id++ }
sub state { return any(qw(draft posted posted paid)) }
# Some have no card yet
sub customer { return any(1, 1, 2, 3, 4, 4, 11, 'NULL', 90 + int rand 10) }
sub amount { return sprintf '%.3f', rand 1000 }
sub region { return 1 + int rand 3 }

# Documents that a statement concerns
sub some
{
	my $id = id();
	return any("id = $id", "id = $id", "id = $id", "id BETWEEN $id AND $id + 4", 'id % 7 = ' . int rand 7, "id > $next_id - 6", "state = 'draft' AND id < 30");
}

# (id, region, state, customer, amount, total, seller, kind)
sub row
{
	my ($id) = @_;
	return "($id, " . join(', ', region(), "'" . state() . "'", customer(), amount(), 0, any('NULL', "'S1'", "'S2'"), any("'sales invoice'", "'sales credit memo'", "'sales order'")) . ')';
}

# A row of a key that may be there, then in its own region: the partitioned table's key has the region too
sub conflicting
{
	my ($row) = @_;
	return 'INSERT INTO %t (' . our $columns . ') SELECT v.id, coalesce(t.region, v.region), v.state, v.customer::integer, v.amount, v.total, v.seller, v.kind'
		. " FROM (VALUES $row) v($columns) LEFT JOIN %t t USING (id)";
}

our $columns = 'id, region, state, customer, amount, total, seller, kind';
my %operation = (
	insert => sub { "INSERT INTO %t ($columns) VALUES " . join ', ', map { row(new_id()) } 1 .. 1 + rand 3 },
	insert_many => sub { my $first = $next_id; $next_id += 12; "INSERT INTO %t ($columns) SELECT n, 1 + n % 3, CASE n % 3 WHEN 0 THEN 'draft' ELSE 'posted' END, 1 + n % 4, n, 0, NULL, 'sales invoice' FROM generate_series($first, $first + 11) n" },
	do_nothing => sub { conflicting(row(id())) . ' ON CONFLICT DO NOTHING' },
	upsert => sub { conflicting(row(id())) . ' ON CONFLICT (%k) DO UPDATE SET state = EXCLUDED.state, amount = EXCLUDED.amount' },
	post => sub { "UPDATE %t SET state = 'posted' WHERE " . some() },
	unpost => sub { "UPDATE %t SET state = 'draft' WHERE " . some() },
	toggle => sub { q{UPDATE %t SET state = CASE state WHEN 'draft' THEN 'posted' WHEN 'posted' THEN 'paid' ELSE 'draft' END WHERE } . some() },
	edit => sub { 'UPDATE %t SET amount = ' . any(amount(), 'amount', 'amount + 1') . ' WHERE ' . some() },
	note => sub { 'UPDATE %t SET note = ' . "'note " . id() . "' WHERE " . some() },
	kind => sub { 'UPDATE %t SET kind = ' . any("'sales invoice'", "'sales credit memo'", "'sales quote'") . ', seller = ' . any('NULL', "'S3'") . ' WHERE ' . some() },
	partner => sub { 'UPDATE %t SET customer = ' . customer() . ' WHERE ' . some() },
	key => sub { my $id = new_id(); "UPDATE %t SET id = $id, state = " . any('state', "'posted'", "'draft'") . ' WHERE id = ' . id() },
	old_key => sub { my $id = id(); "UPDATE %t SET id = $id WHERE id = (SELECT max(id) FROM %t) AND NOT EXISTS (SELECT FROM %t o WHERE o.id = $id)" },
	move => sub { 'UPDATE %t SET region = ' . region() . any('', ', amount = amount + 1', ", state = 'posted'", ", state = 'draft'") . ' WHERE ' . some() },
	delete => sub { 'DELETE FROM %t WHERE ' . some() },
	move_key => sub { "WITH gone AS (DELETE FROM %t WHERE id = " . id() . " RETURNING *) INSERT INTO %t SELECT " . new_id() . ', region, state, customer, amount, 0, seller, kind FROM gone' },
	merge => sub { my ($a, $b, $c) = (id(), id(), new_id()); "MERGE INTO %t t USING (SELECT DISTINCT v FROM (VALUES ($a), ($b), ($c)) x(v)) s ON t.id = s.v"
			. " WHEN MATCHED AND t.state = 'draft' THEN DELETE WHEN MATCHED THEN UPDATE SET amount = t.amount + 2"
			. ' WHEN NOT MATCHED THEN INSERT (' . $columns . ") VALUES (s.v, 1 + s.v % 3, 'posted', 2, s.v, 0, NULL, 'sales invoice')" },
	do_fails => sub { my $inner = operation(qw(post unpost edit delete insert)); "DO \$do\$ BEGIN $inner; RAISE 'no'; EXCEPTION WHEN raise_exception THEN NULL; END \$do\$" },
	do_part => sub { my ($outer, $inner) = (operation(qw(post toggle edit insert)), operation(qw(unpost delete partner move)));
			"DO \$do\$ BEGIN $outer; BEGIN $inner; RAISE 'no'; EXCEPTION WHEN raise_exception THEN NULL; END; END \$do\$" },
);

# Text of one of these operations, where %t is the table and %k its key
sub operation { my $name = any(@_); return $operation{$name}->() }

my @usual = ((qw(insert post unpost edit toggle)) x 3, (qw(partner delete move note kind)) x 2, grep { !/^do_fails$/ } sort keys %operation);

sub put
{
	my ($sql) = @_;
	$script .= "$sql;\n";
	$statements++;
}

sub for_all
{
	my ($sql) = @_;
	for my $table (@tables)
	{
		my $key = $table eq 'partitioned' ? 'id, region' : 'id';
		put($sql =~ s/%t/$table/gr =~ s/%k/$key/gr);
	}
}

# COPY brings its data along
sub put_copy
{
	my $rows = join '', map { join("\t", new_id(), region(), state(), 1 + int rand 4, amount(), 0, '\N', 'sales invoice') . "\n" } 1 .. 3;
	for my $table (@tables)
	{
		$script .= "COPY $table ($columns) FROM stdin;\n$rows\\.\n";
		$statements++;
	}
}

# A partition is written directly; the other tables do the same by region
sub put_leaf
{
	my $region = region();
	my $sql = any('UPDATE %t SET amount = amount + 3, state = ' . any('state', "'posted'", "'draft'") . ' WHERE %r AND ' . some(),
		'DELETE FROM %t WHERE %r AND ' . some(),
		'INSERT INTO %t (' . $columns . ') VALUES (' . new_id() . ", $region, 'posted', 1, 5, 0, NULL, 'sales invoice')",
		'DELETE FROM %t WHERE %r');
	for my $table (@tables)
	{
		my $leaf = $table eq 'partitioned' ? "leaf_$region" : $table;
		my $statement = $sql =~ s/%t/$leaf/gr =~ s/%r/region = $region/gr;
		$statement = "TRUNCATE $leaf" if $statement eq "DELETE FROM leaf_$region WHERE region = $region";
		put($statement);
	}
}

# Lines belong to the planned documents; the others hold their total
sub put_line
{
	my $id = id();
	put(any("INSERT INTO line (doc_id, amount) VALUES ($id, " . amount() . '), (' . id() . ', 1)',
		"UPDATE line SET amount = amount + 1 WHERE doc_id = $id", "UPDATE line SET note = 'x'",
		"UPDATE line SET doc_id = $id WHERE doc_id = " . id(), "DELETE FROM line WHERE doc_id = $id", 'DELETE FROM line WHERE line_id % 5 = 1',
		rand() < 0.1 ? 'TRUNCATE line' : 'DELETE FROM line WHERE doc_id > 100'));
}

# Totals follow the lines at the end of each transaction
sub put_totals
{
	for my $table (grep { $_ ne 'planned' } @tables)
	{
		put("UPDATE $table t SET total = s.total FROM (SELECT d.id, coalesce(sum(l.amount), 0) AS total FROM $table d LEFT JOIN line l ON l.doc_id = d.id GROUP BY d.id) s WHERE s.id = t.id AND s.total <> t.total");
	}
}

# A card that documents name already appears, in a transaction of its own
sub put_card
{
	put(any('UPDATE customer SET name = name || 1 WHERE id = 2', "INSERT INTO customer VALUES (" . (90 + int rand 10) . ", 'Late') ON CONFLICT DO NOTHING"));
	put('SELECT crm.replay_problems()');
}

# Written while no trigger fires, and then put right by the backfill
sub put_unseen
{
	put("SET LOCAL session_replication_role = replica");
	for_all(operation(qw(delete edit insert unpost post))) for 1 .. 2;
	put("SET LOCAL session_replication_role = origin");
	put("SELECT crm.backfill('$_')") for @tables;
}

sub put_operation
{
	my $dice = rand 100;
	return put_line() if $dice < 12;
	return put_leaf() if $dice < 20;
	return put_copy() if $dice < 23;
	return put_unseen() if $dice < 26;
	return for_all('TRUNCATE %t') if $dice < 26.4;
	return for_all('INSERT INTO %t (' . $columns . ') VALUES (NULL, 1, NULL, 1, 1, 0, NULL, NULL)') if $dice < 26.6;
	return for_all(operation(@usual));
}

sub put_savepoint
{
	put('SAVEPOINT s');
	put_operation() for 1 .. 1 + rand 3;
	put(any('ROLLBACK TO s', 'ROLLBACK TO s', 'RELEASE s'));
}

my $transactions = 0;
while ($statements < $wanted)
{
	put_card() if rand() < 0.05;
	put('BEGIN ISOLATION LEVEL ' . any('READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'));
	put(any('SET CONSTRAINTS ALL IMMEDIATE', 'SET CONSTRAINTS ALL DEFERRED')) if rand() < 0.1;
	for (1 .. 1 + rand 6)
	{
		rand() < 0.2 ? put_savepoint() : put_operation();
	}
	put_totals();
	put(rand() < 0.9 ? 'COMMIT' : 'ROLLBACK');
	$script .= "SELECT difference('transaction " . ++$transactions . "') ;\n";
}

my $node = start_cluster('random');
query($node, q{
	CREATE EXTENSION crm;
	SELECT crm.install_defaults();
	CREATE TABLE customer (id integer PRIMARY KEY, name text, kind text DEFAULT 'company', parent integer);
	SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', 'SELECT id AS card_key, name, kind AS contact_type, parent AS company_key FROM customer');
	INSERT INTO customer VALUES (1, 'A'), (2, 'B'), (3, 'C'), (4, 'D');
	INSERT INTO customer VALUES (11, 'P', 'person', 1);

	CREATE TABLE compiled (id integer PRIMARY KEY, region integer NOT NULL, state text, customer integer, amount numeric, total numeric DEFAULT 0, seller text, kind text, note text);
	CREATE TABLE planned (LIKE compiled INCLUDING ALL);
	CREATE TABLE at_commit (LIKE compiled INCLUDING ALL);
	CREATE TABLE partitioned (LIKE compiled INCLUDING DEFAULTS, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
	CREATE TABLE leaf_1 PARTITION OF partitioned FOR VALUES IN (1);
	CREATE TABLE leaf_2 (note text, kind text, seller text, gone integer, total numeric DEFAULT 0, amount numeric, customer integer, state text, region integer NOT NULL, id integer NOT NULL);
	ALTER TABLE leaf_2 DROP gone;
	ALTER TABLE partitioned ATTACH PARTITION leaf_2 FOR VALUES IN (2);
	CREATE TABLE leaf_3 PARTITION OF partitioned FOR VALUES IN (3) PARTITION BY LIST (region);
	CREATE TABLE leaf_3_3 PARTITION OF leaf_3 FOR VALUES IN (3);
	CREATE TABLE line (line_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, doc_id integer, amount numeric, note text);

	CREATE FUNCTION entry(crm_data.interaction) RETURNS jsonb LANGUAGE sql AS $$
		SELECT to_jsonb($1) - '{interaction_id,source_id,interaction_at,reversal_of}'::text[] $$;

	-- What differs between the log and the documents, and between one table's log and another's
	CREATE FUNCTION difference(text) RETURNS SETOF text LANGUAGE sql AS $$
		SELECT $1 || ': ' || v::text FROM crm.verify_posting() v
		UNION ALL (SELECT $1 || ': not the same as compiled: ' || source_name || ' ' || row::text
			FROM crm.source CROSS JOIN (SELECT source_name AS name, entry(i) AS row FROM crm_data.interaction i JOIN crm.source USING (source_id) WHERE posted) e
			WHERE source_kind = 'document' GROUP BY source_name, row HAVING bool_or(name = 'compiled') <> bool_or(name = source_name) LIMIT 5) $$;
});
my $mapping = q{SELECT id AS document_key, kind AS document_type, date '2026-01-01' + id AS posting_date, customer AS partner_key,
	amount, %s AS discount, seller AS salesperson_code, 'Doc ' || id AS document_no FROM %s t WHERE state IN ('posted', 'paid')};
for my $table (@tables)
{
	my $planned = $table eq 'planned';
	my $query = sprintf $mapping, $planned ? 'coalesce((SELECT sum(l.amount) FROM line l WHERE l.doc_id = t.id), 0)' : 'total', $table;
	query($node, "SELECT crm.attach_document('$table', '$table', 'id', \$\$$query\$\$, timing => '"
		. ($table eq 'at_commit' ? 'commit' : 'statement') . "', also => " . ($planned ? q{'{"line": "doc_id"}'} : 'NULL') . ')');
}

my ($output, $errors) = ('', '');
$node->psql('erp', $script, stdout => \$output, stderr => \$errors, on_error_stop => 0, timeout => 300);

my @differences = grep { /^transaction/ } split /\n/, $output;
is(scalar @differences, 0, "$statements statements in $transactions transactions leave no difference") or diag join "\n", @differences[0 .. ($#differences < 9 ? $#differences : 9)];
my @unexpected = grep { /ERROR|FATAL|PANIC|WARNING/ && !/duplicate key|null value in column|current transaction is aborted|cannot TRUNCATE|there is no transaction|savepoint "s" does not exist/ } split /\n/, $errors;
is("@unexpected", '', 'no error but those of the documents\' own tables');

my $failed = () = $errors =~ /ERROR:  (?:duplicate|null)/g;
cmp_ok($failed, '<', $transactions / 3, "few transactions fail ($failed)");
cmp_ok(query($node, q{SELECT count(*) FROM crm_data.interaction i JOIN crm.source USING (source_id) WHERE posted AND source_name = 'compiled'}), '>', 0, 'documents are posted at the end');
cmp_ok(query($node, q{SELECT count(*) FROM crm_data.interaction i JOIN crm.source USING (source_id) WHERE canceled AND source_name = 'compiled'}), '>', $transactions / 10, 'many were canceled');

# The history too: what was canceled, how often and with which figures; but totals are right only when a transaction ends
my $history = q{SELECT entry(i) - 'discount' FROM crm_data.interaction i JOIN crm.source USING (source_id) WHERE source_name = '%s' AND NOT posted ORDER BY document_key COLLATE "C", interaction_id};
my @canceled = split /\n/, query($node, sprintf $history, 'compiled');
for my $table (qw(planned partitioned))
{
	my @other = split /\n/, query($node, sprintf $history, $table);
	my ($differs) = grep { ($other[$_] // '') ne ($canceled[$_] // '') } 0 .. ($#canceled > $#other ? $#canceled : $#other);
	is($differs, undef, "$table documents were canceled as compiled ones") or diag "compiled: $canceled[$differs]\n$table: $other[$differs]";
}

done_testing();
