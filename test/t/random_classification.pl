# The classification engine against test/reference/classification.sql on random contacts,
# ledgers and questionnaires. Between random changes the classes that are shown without a
# run are as the reference computes them: in the changing transaction, after a savepoint is
# rolled back, after commit and rollback, in a session that has looked before and in a new
# one. Runs store them, and the history says of each earlier date what was stored then.
#
# CRM_SEED chooses another run than the one that is always made; CRM_CASES says how long it is; CRM_CASE runs that
# case alone.
use strict;
use warnings FATAL => 'all';
use lib 'test/t/lib';
use Crm;
use IPC::Open2;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{CRM_SEED} || 2001;
my $cases = $ENV{CRM_CASES} // 40;
my $log = "$PostgreSQL::Test::Utils::log_path/random_classification.sql";
diag "CRM_SEED=$seed";

# Random choices

sub any { return $_[ rand @_ ] }
sub chance { return rand() < $_[0] }
sub quote { return defined $_[0] ? "'$_[0]'" : 'NULL' }
my @edges = qw(2024-02-28 2024-02-29 2024-12-31 2025-01-01 2025-03-31 2025-06-30 2025-07-01 2025-12-30 2025-12-31 2026-01-01 2026-01-31 2026-02-01 2026-02-28 2026-03-01 2026-03-31 2026-04-01);
sub any_date { return chance(0.6) ? any(@edges) : sprintf '%d-%02d-%02d', any(2025, 2025, 2026), 1 + rand 12, 1 + rand 28 }
sub any_run_date { return any(@edges[4 .. $#edges], '2026-12-31', '2027-01-01') }
sub maybe_date { return chance(0.6) ? quote(any_date()) : 'NULL' }
sub amount { return any(0, 0, 0.5, 1, 1, 2.5, 33.33, 99.5, 100, 100, 100, 250, 999.5, 1000.01, 12345.678901, -20, -100, sprintf('%.2f', rand 500), sprintf('%.6f', rand 10)) }
sub bound { return any('NULL', 0, 0, 0, 1, 0.5, 1.5, 5, 20, 25, 33, 33.3, 50, 50, 66.7, 67, 75, 100, 100, 500, -1, -100, 1000) }
# Rows of a table picked by a salt that the seed makes
sub some { my ($table, $key, $count) = @_; return "$key IN (SELECT $key FROM $table ORDER BY md5($key || '" . int(rand 1e6) . "') LIMIT " . ($count // 1) . ')' }
sub one { my ($table, $key, $where) = @_; return "(SELECT $key FROM $table WHERE " . ($where // 'true') . " ORDER BY md5($key || '" . int(rand 1e6) . "') LIMIT 1)" }
sub any_contact { return one('crm_data.contact', 'contact_id', chance(0.3) ? "contact_type = 'person'" : 'true') }

# Sessions: psql, spoken to line by line

my ($node, $case, %session, $checks, $questions);

sub open_session
{
	my ($name) = @_;
	my $pid = open2(my $out, my $in, 'psql -XqAt -v VERBOSITY=terse -d "' . $node->connstr('erp') . '" 2>&1');
	$session{$name} = { in => $in, out => $out, pid => $pid };
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

# The lines that a session answers; an error ends the test
sub ask
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
	fail_with("an error in session $name", "$sql\n", join "\n", @lines) if grep { /^(ERROR|FATAL|PANIC|WARNING|server closed|psql:)/ } @lines;
	return @lines;
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

my $definitions = q{SELECT l.questionnaire_code, l.line_no, l.line_type, h.contact_type, h.business_relation_code, coalesce(customer_class_field, 'vendor ' || vendor_class_field, 'contact ' || contact_class_field), starting_date_formula,
	ending_date_formula, classification_method, sorting_method, no_of_decimals, zero_is_bound, min_pct_questions_answered, from_value, to_value FROM crm_data.questionnaire_line l JOIN crm_data.questionnaire h USING (questionnaire_code) ORDER BY 1, 2};

sub compare
{
	my ($name, $got, $expected) = @_;
	my %had = map { $_ => 1 } @$expected;
	my %has = map { $_ => 1 } @$got;
	my @differences = ((map { "missing: $_" } grep { !$has{$_} } @$expected), (map { "too much: $_" } grep { !$had{$_} } @$got));
	push @differences, 'a row twice' if @$got != keys %has;
	$checks++;
	return if !@differences;
	my ($questionnaire, $line) = $differences[0] =~ /: \S+ (\S+) (\d+)/;
	my @scores;
	@scores = ask('writer', "SELECT 'contact ' || c.contact_no || ' ' || c.contact_id || ' value ' || s.value || coalesce(' percentage ' || s.percentage, '') FROM reference.answer_line a,"
		. " reference.scores(crm.work_date(), a.questionnaire_code, a.question_line_no) s JOIN crm_data.contact c USING (contact_id) WHERE a.questionnaire_code = '$questionnaire' AND a.line_no = $line ORDER BY s.value DESC, 1")
		if defined $questionnaire;
	fail_with($name, "Contact, questionnaire, answer:", @differences, 'Questionnaires:', ask('writer', $definitions), 'Scores of the first now, by the reference:', @scores);
	return;
}

# What is expected and what is shown

my $computed = q{JOIN reference.answer_line l USING (questionnaire_code, line_no) JOIN reference.question q ON q.questionnaire_code = l.questionnaire_code AND q.line_no = l.question_line_no
	WHERE (q.auto_classification OR q.class_field = 'rating')};
my $fresh = qq{SELECT a.contact_id, a.questionnaire_code, a.line_no FROM crm.contact_classification a $computed ORDER BY 2, 3, 1};
my $all = "(SELECT coalesce(array_agg(questionnaire_code), '{}') FROM crm_data.questionnaire)::text[]";

sub lines { return map { s/\|/ /gr } @_ }

sub expected
{
	my ($work_date) = @_;
	ask('writer', "SET crm.work_date = '$work_date'; SELECT reference.classify('$work_date', $all, '$work_date')");
	return [ lines(ask('writer', qq{SELECT a.contact_id, a.questionnaire_code, a.line_no FROM reference.answer a $computed ORDER BY 2, 3, 1})) ];
}

sub shown { my ($name, $work_date) = @_; return [ lines(ask($name, "SET crm.work_date = '$work_date'; $fresh")) ] }

# Reading comes first, as the reference writes
sub check_fresh
{
	my ($where, @readers) = @_;
	for my $work_date (chance(0.3) ? (any_run_date(), any_run_date()) : any_run_date())
	{
		my %shown = map { $_ => shown($_, $work_date) } @readers;
		my $expected = expected($work_date);
		compare("classes on $work_date, $where, session $_", $shown{$_}, $expected) for @readers;
		$questions += @readers * (ask('writer', q{SELECT count(*) FROM reference.question WHERE auto_classification OR class_field = 'rating'}))[0];
	}
	return;
}

# Statements that change something

my @formulas = (([ '-CY-1Y', 'CY-1Y' ], [ '-2Y', 'CD' ], [ '-10Y', 'CD' ]) x 3, [ '-CM', 'CM' ], [ '-CQ-1Q', '-CQ-1D' ], [ 'CD-30D', 'CD' ], [ 'CD', 'CD' ], [ 'CY-1Y+1D', 'CD' ], [ 'CD', '1Y' ], [ '-1Y+1D', 'CD' ], [ '-CW', 'CW' ], [ '-2Y', '-1D' ], [ 'CM-1M', '1M+CM' ]);
my %field = (
	customer => [ 'sales', 'profit', 'sales frequency', 'average invoice amount', 'discount percentage', 'average overdue days', 'return percentage', 'recency days', 'open overdue amount', 'trend percentage', 'rfm score' ],
	vendor => [ 'purchases', 'purchase frequency', 'average ticket size', 'discount percentage', 'average overdue days', 'return percentage', 'recency days', 'open overdue amount', 'trend percentage', 'rfm score' ],
	contact => [ 'interaction quantity', 'interaction frequency', 'average interaction cost', 'average interaction duration', 'opportunity won percentage', 'interaction recency days' ],
);
my @methods = ('defined value', 'defined value', 'percentage of value', 'percentage of contacts', 'cumulative percentage of value', 'quantile');
my $contacts;

sub figures { return join ', ', quote(any_date()), amount(), amount(), amount(), map({ maybe_date() } 1 .. 2), any(0, 0, 'NULL', amount()) }

sub entry
{
	my $type = any(('sales invoice') x 4, ('sales credit memo', 'sales payment') x 2, 'finance charge memo', 'service invoice', ('purchase invoice') x 3, 'purchase credit memo', 'purchase payment', 'sales order');
	return "INSERT INTO crm_data.interaction (contact_id, company_id, document_type, posting_date, amount, profit, discount, due_date, closed_date, remaining_amount, interaction_date, document_no, closed_by_document_no)"
		. " SELECT contact_id, company_id, '$type', " . figures() . ', ' . quote(any_date()) . ", 'D' || " . int(rand 5) . ", 'D' || " . int(rand 5) . ' FROM crm_data.contact WHERE contact_id = ' . any_contact();
}

sub interaction
{
	return 'INSERT INTO crm_data.interaction (contact_id, company_id, interaction_date, cost, duration_minutes, canceled, postponed) SELECT contact_id, company_id, ' . join(', ', quote(any_date()), any(0, 5, 7.25), any(0, 3, 10.5), any('false', 'false', 'true'), any('false', 'false', 'false', 'true'))
		. ' FROM crm_data.contact WHERE contact_id = ' . any_contact();
}

sub document
{
	my ($table) = @_;
	my $type = $table eq 'doc' ? any('sales invoice', 'sales invoice', 'sales credit memo') : any('purchase invoice', 'purchase invoice', 'purchase credit memo');
	return "INSERT INTO $table (type, card, person, no, posted_on, amount, profit, discount, due, closed, remaining) SELECT '$type', id, " . any('NULL', 'NULL', "(SELECT min(p.id) FROM card p WHERE p.parent = c.id)") . ", 'D' || " . int(rand 5) . ', ' . figures() . ' FROM ' . ($table eq 'doc' ? 'card' : 'supplier') . ' c WHERE id = ' . one($table eq 'doc' ? 'card' : 'supplier', 'id');
}

sub card
{
	my ($table) = @_;
	return "INSERT INTO $table (name, kind, parent) VALUES ('Card " . ++$contacts . "', " . (chance(0.6) ? "'company', NULL)" : "'person', " . one($table, 'id', "kind = 'company'") . ')');
}

sub contact
{
	return chance(0.5) ? "INSERT INTO crm.contact (contact_no, contact_type, name) VALUES ('C" . ++$contacts . "', 'company', 'C')"
		: "INSERT INTO crm.contact (contact_no, contact_type, name, company_id) VALUES ('" . any('C', 'A', 'Z') . ++$contacts . "', 'person', 'P', " . any('NULL', (one('crm_data.contact', 'contact_id', "contact_type = 'company'")) x 3) . ')';
}

# Contacts that no card stands behind
my $free = 'NOT EXISTS (SELECT FROM crm_data.contact_business_relation r WHERE r.contact_id = contact.contact_id AND r.source_id IS NOT NULL)';

sub link_by_hand
{
	my ($code, $type) = @{ any([ 'CUST', 'customer' ], [ 'CUST', 'customer' ], [ 'VEND', 'vendor' ]) };
	return "INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, link_type, card_no) SELECT contact_id, '$code', '$type', 'X' || contact_id FROM crm_data.contact WHERE contact_id = " . one('crm_data.contact', 'contact_id', $free)
		. " AND NOT EXISTS (SELECT FROM crm_data.contact_business_relation r WHERE r.contact_id = contact.contact_id AND r.business_relation_code = '$code')";
}

sub relation { return "INSERT INTO crm.contact_business_relation (contact_id, business_relation_code) SELECT contact_id, 'FRIEND' FROM crm_data.contact WHERE contact_id = " . any_contact() . ' ON CONFLICT DO NOTHING' }

sub opportunity
{
	my $no = 'O' . ++$contacts;
	my $valid_to = any([ 'true', 'infinity' ], [ 'true', 'infinity' ], [ 'true', 'infinity' ], [ 'false', '2026-01-01' ]);
	return "WITH o AS (INSERT INTO crm_data.opportunity (opportunity_no, contact_id, company_id, sales_cycle_code, status, creation_date, date_closed, last_modified_at) SELECT '$no', contact_id, company_id, 'C', 'lost', '2026-01-01', '2026-01-01', now()"
		. ' FROM crm_data.contact WHERE contact_id = ' . any_contact() . ' RETURNING *) INSERT INTO crm_data.opportunity_entry (opportunity_no, contact_id, company_id, date_of_change, valid_from, active, valid_to, action_taken, estimated_close_date)'
		. " SELECT opportunity_no, contact_id, company_id, '2026-01-01', '2026-01-01', $valid_to->[0], '$valid_to->[1]', " . any("'won'", "'won'", "'lost'", "'next'", 'NULL') . ', ' . quote(any_date()) . ' FROM o';
}

sub answer_by_hand
{
	return q{INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) SELECT c.contact_id, l.questionnaire_code, l.line_no FROM crm_data.contact c, crm_data.questionnaire_line l
		WHERE l.questionnaire_code = 'HAND' AND l.line_type = 'answer' AND c.contact_id = } . any_contact() . ' AND l.line_no = ' . one('crm_data.questionnaire_line', 'line_no', q{questionnaire_code = 'HAND' AND line_type = 'answer'}) . ' AND NOT EXISTS (SELECT FROM crm_data.contact_profile_answer a WHERE (a.contact_id, a.questionnaire_code, a.line_no) = (c.contact_id, l.questionnaire_code, l.line_no))';
}

sub method_of_question
{
	my $method = any(@methods);
	return "classification_method = '$method', sorting_method = " . ($method eq 'defined value' ? 'NULL' : quote(any('ascending', 'descending'))) . ', no_of_decimals = ' . any(0, 0, 0, 1, 2, 4, -1, -2, -3) . ', zero_is_bound = ' . any('false', 'false', 'true');
}

my $automatic = q{line_type = 'question' AND auto_classification AND contact_class_field IS DISTINCT FROM 'rating'};
my $any_automatic = sub { my $line = one('crm_data.questionnaire_line', "questionnaire_code || ' ' || line_no", $automatic); return "line_type = 'question' AND questionnaire_code || ' ' || line_no = $line" };

my %change = (
	entry => [ 20, \&entry ],
	interaction => [ 5, \&interaction ],
	document => [ 10, sub { document('doc') } ],
	bill => [ 5, sub { document('bill') } ],
	edit_entry => [ 10, sub { 'UPDATE crm_data.interaction SET ' . any('amount = ' . amount(), 'posting_date = ' . quote(any_date()), 'closed_date = ' . maybe_date(), 'remaining_amount = ' . any(0, 'NULL', amount()), 'discount = ' . amount(), 'canceled = NOT canceled', 'postponed = NOT postponed', 'due_date = ' . maybe_date(), 'interaction_date = ' . quote(any_date()), 'profit = ' . amount(),
		"document_type = CASE document_type WHEN 'sales invoice' THEN 'sales credit memo' WHEN 'sales credit memo' THEN 'sales invoice' ELSE document_type END") . ' WHERE source_id IS NULL AND ' . some('crm_data.interaction', 'interaction_id', any(1, 1, 3)) } ],
	move_entry => [ 3, sub { 'UPDATE crm_data.interaction i SET contact_id = c.contact_id, company_id = c.company_id FROM crm_data.contact c WHERE c.contact_id = ' . any_contact() . ' AND i.source_id IS NULL AND i.' . some('crm_data.interaction', 'interaction_id') } ],
	delete_entry => [ 5, sub { 'DELETE FROM crm_data.interaction WHERE source_id IS NULL AND ' . some('crm_data.interaction', 'interaction_id', any(1, 2)) } ],
	edit_document => [ 6, sub { my $table = any('doc', 'doc', 'bill'); "UPDATE $table SET " . any('amount = ' . amount(), 'posted_on = ' . maybe_date(), 'posted_on = ' . quote(any_date()), 'closed = ' . maybe_date(), 'remaining = 0, closed = NULL', 'discount = ' . amount()) . ' WHERE ' . some($table, 'id', any(1, 2)) } ],
	delete_document => [ 2, sub { my $table = any('doc', 'bill'); "DELETE FROM $table WHERE " . some($table, 'id') } ],
	card => [ 2, sub { card(any('card', 'supplier')) } ],
	contact => [ 4, \&contact ],
	rename => [ 2, sub { "UPDATE crm.contact SET contact_no = '" . any('A', 'B', 'Z', 'C') . ++$contacts . "' WHERE contact_id = " . any_contact() } ],
	move => [ 3, sub { 'UPDATE crm.contact SET company_id = ' . any('NULL', (one('crm_data.contact', 'contact_id', "contact_type = 'company'")) x 3) . " WHERE contact_type = 'person' AND $free AND " . some('crm_data.contact', 'contact_id', 4) } ],
	delete_contact => [ 2, sub { 'DELETE FROM crm.contact WHERE contact_id = ' . one('crm_data.contact', 'contact_id', "$free AND NOT EXISTS (SELECT FROM crm_data.contact p JOIN crm_data.contact_business_relation r USING (contact_id) WHERE p.company_id = contact.contact_id AND r.source_id IS NOT NULL)") } ],
	link => [ 3, \&link_by_hand ],
	unlink => [ 2, sub { 'DELETE FROM crm.contact_business_relation WHERE source_id IS NULL AND ' . some('crm_data.contact_business_relation', 'contact_id') } ],
	relation => [ 2, \&relation ],
	opportunity => [ 3, \&opportunity ],
	edit_opportunity => [ 2, sub { any('UPDATE crm_data.opportunity_entry SET ' . any("action_taken = 'won'", "action_taken = 'lost'", 'active = false, valid_to = valid_from', 'estimated_close_date = ' . quote(any_date())), 'DELETE FROM crm_data.opportunity_entry') . ' WHERE ' . some('crm_data.opportunity_entry', 'opportunity_entry_id') } ],
	answer => [ 3, \&answer_by_hand ],
	answer_date => [ 3, sub { 'UPDATE crm_data.contact_profile_answer SET last_date_updated = ' . quote(any_date()) . " WHERE questionnaire_code = 'HAND' AND " . some('crm_data.contact_profile_answer', 'contact_id', 2) } ],
	bounds => [ 4, sub { 'UPDATE crm.questionnaire_line SET from_value = ' . bound() . ', to_value = ' . bound() . " WHERE line_type = 'answer' AND questionnaire_code <> 'HAND' AND " . some('crm_data.questionnaire_line', "(questionnaire_code || ' ' || line_no)", 6) } ],
	method => [ 2, sub { 'UPDATE crm.questionnaire_line SET ' . method_of_question() . ' WHERE ' . $any_automatic->() } ],
	formulas => [ 2, sub { my ($from, $to) = @{ any(@formulas) }; "UPDATE crm.questionnaire_line SET starting_date_formula = '$from', ending_date_formula = '$to' WHERE " . $any_automatic->() } ],
	header => [ 1, sub { 'UPDATE crm.questionnaire SET contact_type = ' . any('NULL', "'company'", "'person'") . ', business_relation_code = ' . any('NULL', 'NULL', "'FRIEND'", "'CUST'") . " WHERE questionnaire_code <> 'HAND' AND " . some('crm_data.questionnaire', 'questionnaire_code') } ],
	points => [ 2, sub { 'UPDATE crm.rating SET points = ' . any(-50, 1, 10, 25, 50, 100) . ' WHERE ' . some('crm_data.rating', "(questionnaire_code || ' ' || source_questionnaire_code || ' ' || source_line_no)") } ],
);
my @weighted = map { my $name = $_; ($name) x $change{$name}[0] } sort keys %change;

# Answers by hand among other changes rate as of dates that the timeline does not know
my $ratings_unknown;

sub change
{
	my $name = any(@weighted);
	$ratings_unknown = 1 if $name eq 'answer';
	return ask('writer', $change{$name}[1]->());
}

# Question -> contact -> date of a run -> answers found
my %timeline;
my $stored = q{SELECT contact_id, questionnaire_code, line_no, round(questions_answered_pct, 4), last_date_updated FROM %s ORDER BY 2, 3, 1};

# A case: contacts, their ledger, questionnaires

sub clear
{
	ask('writer', $_) for (
		"UPDATE crm.questionnaire_line SET from_value = 0, to_value = 0 WHERE line_type = 'answer'", "UPDATE crm.questionnaire_line SET zero_is_bound = false WHERE line_type = 'question' AND zero_is_bound", 'SELECT count(*) FROM crm.classify()',
		'DELETE FROM doc', 'DELETE FROM bill', 'DELETE FROM card', 'DELETE FROM supplier', 'DELETE FROM crm_data.interaction', 'DELETE FROM crm_data.opportunity', "DELETE FROM crm.contact_profile_answer WHERE questionnaire_code = 'HAND'",
		'DELETE FROM crm.rating', "DELETE FROM crm.questionnaire_line WHERE line_type = 'answer'", 'DELETE FROM crm.questionnaire_line', 'DELETE FROM crm.questionnaire', 'DELETE FROM crm.contact_business_relation', 'DELETE FROM crm.contact');
	# Keys, which choose rows, are the same whatever cases came before
	ask('writer', "SELECT setval(pg_get_serial_sequence('$_->[0]', '$_->[1]'), $case * 1000)")
		for [ 'crm_data.contact', 'contact_id' ], [ 'crm_data.interaction', 'interaction_id' ], [ 'crm_data.opportunity_entry', 'opportunity_entry_id' ], map { [ $_, 'id' ] } qw(card supplier doc bill);
	ask('writer', 'DISCARD SEQUENCES');
	return;
}

sub create_question
{
	my ($code, $line_no) = @_;
	my $side = any('customer', 'customer', 'customer', 'vendor', 'contact');
	my ($from, $to) = @{ any(@formulas) };
	my %value = (method_of_question() =~ /(\w+) = ('[^']*'|[^,\s]+)/g);
	ask('writer', "INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, auto_classification, ${side}_class_field, starting_date_formula, ending_date_formula, " . join(', ', sort keys %value)
		. ") VALUES ('$code', $line_no, 'question', true, " . quote(any(@{ $field{$side} })) . ", '$from', '$to', " . join(', ', map { $value{$_} } sort keys %value) . ')');
	return;
}

# Half of the bounds are scores that contacts have
sub create_answers
{
	my ($code, $line_no, $rating) = @_;
	my @bands = @{ any([ map { [ bound(), bound() ] } 1 .. 3 ], [ [ 'NULL', 25 ], [ 26, 75 ], [ 76, 'NULL' ] ], [ [ 'NULL', 0 ], [ 0.01, 99.99 ], [ 100, 0 ] ], [ [ 0, 0 ], [ 1, 0 ] ], [ [ 'NULL', 'NULL' ], [ 50, 50 ] ]) };
	my @scores = chance(0.7) && !$rating ? ask('writer', "SELECT score FROM (SELECT DISTINCT coalesce(percentage, value) FROM reference.scores('" . any_run_date() . "', '$code', $line_no)) s (score) ORDER BY md5(score || '" . rand() . "') LIMIT 6") : ();
	@scores = sort { $a <=> $b } @scores;
	@bands = map { [ $_ ? $scores[ $_ - 1 ] : 'NULL', $scores[$_] // 'NULL' ] } 0 .. @scores if @scores > 1;
	ask('writer', "INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, from_value, to_value) VALUES ('$code', " . ++$line_no . ", 'answer', $_->[0], $_->[1])") for @bands;
	return;
}

# Automatic questionnaires Q1.., one filled in by hand, and ratings R1.., each on those before it
sub create_questionnaires
{
	ask('writer', q{INSERT INTO crm.questionnaire (questionnaire_code) VALUES ('HAND')});
	ask('writer', qq{INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, multiple_answers) VALUES ('HAND', $_, 'question', true), ('HAND', $_ + 1, 'answer', false), ('HAND', $_ + 2, 'answer', false)}) for 10, 20;
	for my $code (map { "Q$_" } 1 .. 1 + rand 3)
	{
		ask('writer', "INSERT INTO crm.questionnaire (questionnaire_code, contact_type, business_relation_code) VALUES ('$code', " . any('NULL', 'NULL', "'company'", "'person'") . ', ' . any('NULL', 'NULL', 'NULL', "'FRIEND'", "'CUST'") . ')');
		for my $line_no (map { 10 * $_ } 1 .. 2 + rand 4)
		{
			create_question($code, $line_no);
			create_answers($code, $line_no);
		}
	}
	for my $number (1 .. rand 4)
	{
		my $code = any('R', 'A') . $number;
		ask('writer', "INSERT INTO crm.questionnaire (questionnaire_code, contact_type, business_relation_code) VALUES ('$code', " . any('NULL', 'NULL', "'company'", "'person'") . ', ' . any('NULL', 'NULL', "'FRIEND'") . ')');
		ask('writer', "INSERT INTO crm.questionnaire_line (questionnaire_code, line_no, line_type, auto_classification, contact_class_field, min_pct_questions_answered, no_of_decimals) VALUES ('$code', 10, 'question', " . any('true', 'false') . ", 'rating', " . any(0, 0, 25, 33.333, 50, 100) . ', ' . any(0, 0, 1, -1) . ')');
		create_answers($code, 10, 'rating');
		ask('writer', "INSERT INTO crm.rating (questionnaire_code, line_no, source_questionnaire_code, source_line_no, points) SELECT '$code', 10, questionnaire_code, line_no, (ARRAY[-50, 1, 25, 50, 100])[1 + ('x' || left(md5(line_no || questionnaire_code || '" . rand() . "'), 4))::bit(16)::integer % 5]"
			. " FROM (SELECT * FROM crm_data.questionnaire_line WHERE line_type = 'answer' AND questionnaire_code <> '$code' ORDER BY md5(questionnaire_code || line_no || '" . rand() . "') LIMIT " . int(rand 7) . ') s');
	}
	return;
}

sub create_case
{
	clear();
	ask('writer', card('card')) for 1 .. 1 + rand 4;
	ask('writer', card('supplier')) for 1 .. 1 + rand 2;
	ask('writer', contact()) for 1 .. 2 + rand 4;
	ask('writer', link_by_hand()) for 1 .. 1 + rand 4;
	ask('writer', relation()) for 1 .. rand 5;
	create_questionnaires() if (my $early = chance(0.2));
	ask('writer', entry()) for 1 .. 10 + rand 40;
	ask('writer', interaction()) for 1 .. rand 8;
	ask('writer', document(any('doc', 'doc', 'bill'))) for 1 .. rand 12;
	ask('writer', opportunity()) for 1 .. rand 4;
	create_questionnaires() if !$early;
	answer_and_rate() for 1 .. rand 6;
	return;
}

# Runs and their history

sub remember
{
	my ($as_of, $questionnaires, $contact_id) = @_;
	my (%now, %contact);
	my @questions = map { join ' ', split /\|/ } ask('writer', "SELECT questionnaire_code, line_no FROM reference.question WHERE (auto_classification OR class_field = 'rating') AND questionnaire_code = ANY ($questionnaires)");
	for (ask('writer', "SELECT questionnaire_code || ' ' || question_line_no, contact_id, string_agg(line_no::text, ',' ORDER BY line_no) FROM reference.stored_answer WHERE computed GROUP BY 1, 2"))
	{
		my ($question, $contact, $lines) = split /\|/;
		$now{$question}{$contact} = $lines;
	}
	for my $question (@questions)
	{
		for my $contact (ask('writer', 'SELECT contact_id FROM crm_data.contact'))
		{
			next if $contact_id && $contact != $contact_id;
			my $line = $timeline{$question}{$contact} //= {};
			delete $line->{$_} for grep { $_ ge $as_of } keys %$line;
			$line->{$as_of} = $now{$question}{$contact} // '';
		}
	}
	return;
}

sub check_history
{
	my %date = map { $_ => 1 } map { keys %$_ } map { values %$_ } values %timeline;
	my %exists = map { $_ => 1 } ask('writer', 'SELECT contact_id FROM crm_data.contact');
	my $known = sub { return !$ratings_unknown || $_[0] =~ /^Q/ };
	for my $date (sort keys %date)
	{
		my @expected;
		for my $question (grep { $known->($_) } keys %timeline)
		{
			for my $contact (grep { $exists{$_} } keys %{ $timeline{$question} })
			{
				my $line = $timeline{$question}{$contact};
				my ($last) = reverse sort grep { $_ le $date } keys %$line;
				push @expected, map { "$contact " . ($question =~ s/ .*//r) . " $_" } split /,/, $line->{$last} if defined $last;
			}
		}
		compare("crm.contact_class_asof('$date')", [ grep { $known->((split)[1]) } lines(ask('writer', "SELECT a.contact_id, a.questionnaire_code, a.line_no FROM crm.contact_class_asof('$date') a $computed")) ], \@expected);
	}
	compare('validity', [ ask('writer', q{WITH a AS (SELECT contact_id, questionnaire_code, line_no, valid_from, NULL::date AS valid_to FROM crm_data.contact_profile_answer
		UNION ALL SELECT contact_id, questionnaire_code, line_no, valid_from, valid_to FROM crm_data.contact_profile_answer_history WHERE withdrawn_at IS NULL)
		SELECT a.contact_id, a.questionnaire_code, a.line_no, a.valid_from, a.valid_to, 'twice or for no time' FROM a JOIN a b USING (contact_id, questionnaire_code, line_no) GROUP BY 1, 2, 3, 4, 5
		HAVING count(*) FILTER (WHERE daterange(a.valid_from, greatest(a.valid_from, a.valid_to)) && daterange(b.valid_from, greatest(b.valid_from, b.valid_to))) > 1 OR a.valid_from >= a.valid_to}) ], []);
	return;
}

sub run
{
	my $as_of = any_run_date();
	my $updated_on = any_run_date();
	my ($one) = chance(0.3) ? ask('writer', 'SELECT ' . one('crm_data.questionnaire', 'questionnaire_code')) : ();
	my $questionnaires = defined $one ? "ARRAY['$one']" : $all;
	ask('writer', 'BEGIN') if (my $transaction = chance(0.3));
	change() if $transaction;
	ask('writer', "SET crm.work_date = '$as_of'; SELECT reference.classify('$as_of', $questionnaires, '$updated_on')");
	my @expected = lines(ask('writer', sprintf $stored, 'reference.answer'));
	ask('writer', 'SELECT count(*) FROM crm.classify(' . quote($one) . ", '$as_of', '$updated_on')");
	compare("answers stored by a run of " . ($one // 'all') . " as of $as_of", [ lines(ask('writer', sprintf $stored, 'crm.contact_profile_answer')) ], \@expected);
	if ($transaction && chance(0.3))
	{
		ask('writer', 'ROLLBACK');
		return;
	}
	remember($as_of, $questionnaires);
	ask('writer', 'COMMIT') if $transaction;
	check_history() if chance(0.5);
	return;
}

# An answer by hand rates its contact, and no other
sub answer_and_rate
{
	my ($row) = ask('writer', q{SELECT c.contact_id, l.line_no FROM crm_data.contact c, crm_data.questionnaire_line l WHERE l.questionnaire_code = 'HAND' AND l.line_type = 'answer' AND NOT c.minor ORDER BY md5(concat(contact_no, line_no, '} . rand() . q{')) LIMIT 1});
	my ($contact_id, $line_no) = split /\|/, $row // return;
	my ($work_date) = any_run_date();
	ask('writer', "SET crm.work_date = '$work_date'");
	my ($held) = ask('writer', "SELECT count(*) FROM crm_data.contact_profile_answer WHERE (contact_id, questionnaire_code, line_no) = ($contact_id, 'HAND', $line_no)");
	ask('writer', $held ? "DELETE FROM crm.contact_profile_answer WHERE (contact_id, questionnaire_code, line_no) = ($contact_id, 'HAND', $line_no)"
		: "INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) VALUES ($contact_id, 'HAND', $line_no)");
	my ($gives_points) = ask('writer', "SELECT count(*) FROM crm_data.rating r JOIN reference.answer_line l ON (l.questionnaire_code, l.line_no) = (r.source_questionnaire_code, r.source_line_no)"
		. " WHERE l.questionnaire_code = 'HAND' AND l.question_line_no = (SELECT question_line_no FROM reference.answer_line WHERE questionnaire_code = 'HAND' AND line_no = $line_no)");
	return if !$gives_points;
	ask('writer', "SELECT reference.rate_contact($contact_id, crm_data.today())");
	compare("answers after one by hand, on $work_date", [ lines(ask('writer', sprintf $stored, 'crm.contact_profile_answer')) ], [ lines(ask('writer', sprintf $stored, 'reference.answer')) ]);
	remember($work_date, "(SELECT array_agg(questionnaire_code) FROM reference.question WHERE class_field = 'rating')::text[]", $contact_id);
	return;
}

# A transaction of changes, looked at from within, and from all sides when it is over
sub transact
{
	ask('writer', 'BEGIN');
	change() for 1 .. 1 + rand 5;
	check_fresh('in the transaction', 'writer') if chance(0.4);
	if (chance(0.4))
	{
		ask('writer', 'SAVEPOINT s');
		change() for 1 .. 1 + rand 4;
		check_fresh('after a savepoint', 'writer') if chance(0.5);
		ask('writer', 'SELECT count(*) FROM crm.classify()') if (my $classified = chance(0.1));
		ask('writer', my $end = $classified ? 'ROLLBACK TO s' : any('ROLLBACK TO s', 'RELEASE s'));
		check_fresh("after $end", 'writer') if chance(0.7);
		change() for 1 .. rand 2;
	}
	ask('writer', my $end = any('COMMIT', 'COMMIT', 'COMMIT', 'ROLLBACK'));
	open_session('new') if (my $new = chance(0.3));
	check_fresh("after $end", 'writer', 'reader', $new ? 'new' : ());
	close_session('new') if $new;
	return;
}

$node = start_cluster('random_classification', conf => [ 'fsync = off', 'synchronous_commit = off', 'jit = off' ]);
query($node, q{
	CREATE EXTENSION crm;
	SELECT crm.install_defaults();
	INSERT INTO crm.business_relation (business_relation_code) VALUES ('FRIEND');
	INSERT INTO crm.sales_cycle (sales_cycle_code) VALUES ('C');
	CREATE TABLE card (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, kind text NOT NULL, parent integer);
	CREATE TABLE supplier (LIKE card INCLUDING ALL);
	CREATE TABLE doc (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, type text, card integer, person integer, no text, posted_on date, amount numeric, profit numeric, discount numeric, due date, closed date, remaining numeric);
	CREATE TABLE bill (LIKE doc INCLUDING ALL);
	SELECT crm.attach_partner('cards', 'card', 'id', 'customer', 'SELECT id AS card_key, name, kind AS contact_type, parent AS company_key FROM card');
	SELECT crm.attach_partner('suppliers', 'supplier', 'id', 'vendor', 'SELECT id AS card_key, name, kind AS contact_type, parent AS company_key FROM supplier');
});
my $mapping = 'SELECT id AS document_key, type AS document_type, posted_on AS posting_date, card AS partner_key, %s no AS document_no, amount, profit, discount, due AS due_date, closed AS closed_date, remaining AS remaining_amount FROM %s WHERE posted_on IS NOT NULL';
query($node, "SELECT crm.attach_document('$_->[0]', '$_->[0]', 'id', \$\$" . sprintf($mapping, $_->[2], $_->[0]) . "\$\$, partner => '$_->[1]')") for [ 'doc', 'cards', 'person AS contact_key,' ], [ 'bill', 'suppliers', '' ];
$node->command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('erp'), '-f', 'test/reference/classification.sql' ], 'the reference can be created');

open_session($_) for qw(writer reader);
ask('writer', 'SET client_min_messages = warning');
for my $number ($ENV{CRM_CASE} ? $ENV{CRM_CASE} : 1 .. $cases)
{
	$case = $number;
	srand($seed + $case);
	print $script "-- case $case\n";
	$contacts = 0;
	%timeline = ();
	$ratings_unknown = 0;
	create_case();
	check_fresh('to begin with', 'writer', 'reader');
	for (1 .. 4)
	{
		transact();
		run() if chance(0.6);
		answer_and_rate() if chance(0.3);
	}
	check_history();
}
close_session($_) for qw(reader writer);
pass("$checks comparisons in $cases cases; $questions times the classes of a question were shown");
cmp_ok($checks, '>', $ENV{CRM_CASE} ? 0 : $cases, 'the cases were compared');
done_testing();
