# crm.forecast() of random open deals against all their outcomes, and crm.forecast_what_if() against the forecast after the
# changes have been made. Each case is a legal entity of its own. Deals are up to 20, whose outcomes are enumerated, or
# thousands, of which mean and variance are known.
#
# CRM_SEED chooses other cases than those that are always made; CRM_CASES says how many.
use strict;
use warnings FATAL => 'all';
use lib 'test/t/lib';
use Crm;
use List::Util qw(sum0 min max);
use Test::More;

my $seed = $ENV{CRM_SEED} || 4004;
my $cases = $ENV{CRM_CASES} // 3000;
my @percentiles = (5, 10, 25, 50, 75, 90, 95);
diag "CRM_SEED=$seed";
srand $seed;

sub any { return $_[ rand @_ ] }

# [value in units, percentage], of which some are certain or impossible
sub random_deal
{
	my ($greatest) = @_;
	return [ 1 + int rand $greatest, any(0, 100, map { sprintf '%.2f', 100 * rand } 1 .. 10) ];
}

sub random_case
{
	my ($no) = @_;
	my $n = $no % 50 == 0 ? 20 : int rand 13;
	my $greatest = any(1, 3, 10, 1000);
	return { no => $no, unit => any(1, 0.01, 50, 1000), deals => [ map { random_deal($greatest) } 1 .. $n ] };
}

# Probability of each revenue, in units: every deal is won or lost
sub enumerate_outcomes
{
	my %outcome = (0 => 1);
	for my $deal (@_)
	{
		my ($value, $p) = ($deal->[0], $deal->[1] / 100);
		my %next;
		while (my ($revenue, $probability) = each %outcome)
		{
			$next{$revenue} += $probability * (1 - $p) if $p < 1;
			$next{ $revenue + $value } += $probability * $p if $p > 0;
		}
		%outcome = %next;
	}
	return \%outcome;
}

# The same as crm.forecast(): percentiles, then the probability of a target; revenues in units
sub expected
{
	my ($outcome, $target) = @_;
	my ($sum, @quantile) = (0);
	for my $revenue (sort { $a <=> $b } keys %$outcome)
	{
		$sum += $outcome->{$revenue};
		push @quantile, $revenue while @quantile < @percentiles && $sum >= $percentiles[@quantile] / 100 - 1e-7;
	}
	return (@quantile, sum0 map { $outcome->{$_} } grep { $_ >= $target } keys %$outcome);
}

sub near { return abs($_[0] - $_[1]) <= $_[2] }

my $node = start_cluster('forecast');
query($node, q{
	CREATE EXTENSION crm;
	INSERT INTO crm_data.sales_cycle (sales_cycle_code) VALUES ('C');
	INSERT INTO crm_data.sales_cycle_stage (sales_cycle_code, sales_cycle_stage) VALUES ('C', 1), ('C', 2);
	CREATE TABLE deal (entity text, no text, stage integer, value numeric, pct numeric);
	CREATE FUNCTION open_deals() RETURNS void LANGUAGE sql AS $$
		INSERT INTO crm_data.opportunity (opportunity_no, sales_cycle_code, status, creation_date, legal_entity, last_modified_at)
			SELECT no, 'C', 'in progress', '2026-01-01', entity, now() FROM deal;
		INSERT INTO crm_data.opportunity_entry (entry_no, opportunity_no, sales_cycle_code, sales_cycle_stage, legal_entity, date_of_change, creation_date,
			estimated_value, probability_pct, calcd_current_value, weighted_value, estimated_close_date, valid_from, effective_date)
			SELECT row_number() OVER (), no, 'C', stage, entity, '2026-01-01', '2026-01-01', value, pct, value * pct * 0.01, value * pct * 0.01,
				date '2026-02-01' + hashtext(no) % 28, '2026-01-01', '2026-01-01' FROM deal;
		TRUNCATE deal;
	$$;
});

# Instead of those before
sub load_cases
{
	query($node, 'TRUNCATE crm_data.opportunity CASCADE');
	my @rows = map { my $case = $_; my $i = 0;
		map { $i++; "('$case->{no}', '$case->{no}-$i', " . (1 + $i % 2) . ", $_->[0] * $case->{unit}, $_->[1])" } @{ $case->{deals} } } @_;
	query($node, 'INSERT INTO deal VALUES ' . join(', ', splice @rows, 0, 5000)) while @rows;
	query($node, 'SELECT open_deals(); ANALYZE crm_data.opportunity_entry');
	return;
}

# Rows of crm.forecast() by case, with a target of each case in units; a grid of so many units, or an automatic one
sub forecasts
{
	my ($grid, @cases) = @_;
	my $sql = 'SELECT c.no, deals, best_case / unit, mean / unit, standard_deviation / unit, p5 / unit, p10 / unit, p25 / unit, p50 / unit, p75 / unit, p90 / unit, p95 / unit, probability_of_target, grid_error / unit FROM (VALUES '
		. join(', ', map { "('$_->{no}', $_->{unit}::numeric, $_->{target}::numeric)" } @cases) . ') AS c (no, unit, target), '
		. "LATERAL crm.forecast(legal_entity := c.no, target := c.target * c.unit, grid := $grid) AS f";
	return { map { my @row = split /\|/; (shift @row, \@row) } split /\n/, query($node, $sql) };
}

# Full enumeration

my @cases = map { random_case($_) } 1 .. $cases;
for my $case (@cases)
{
	$case->{target} = int rand 1.2 * (1 + sum0 map { $_->[0] } @{ $case->{deals} });
	$case->{outcome} = enumerate_outcomes(@{ $case->{deals} });
}
my (%exact, %automatic);
my @left = @cases;
while (my @some = splice @left, 0, 200)
{
	load_cases(@some);
	%exact = (%exact, %{ forecasts('c.unit', @some) });
	%automatic = (%automatic, %{ forecasts('NULL', @some) });
}
my (@wrong, @wrong_moments, @wrong_automatic);
for my $case (@cases)
{
	my ($no, $outcome) = @$case{qw(no outcome)};
	my @expected = expected($outcome, $case->{target});
	my ($n, $best, $mean, $deviation, @figures) = @{ $exact{$no} };
	my $error = pop @figures;
	push @wrong, $no if $error != 0 || grep { !near($figures[$_], $expected[$_], 1e-6) } 0 .. $#expected;

	my $expected_mean = sum0 map { $_ * $outcome->{$_} } keys %$outcome;
	my $variance = sum0 map { ($_ - $expected_mean)**2 * $outcome->{$_} } keys %$outcome;
	push @wrong_moments, $no if $n != @{ $case->{deals} } || $best != sum0(map { $_->[0] } @{ $case->{deals} })
		|| !near($mean, $expected_mean, 1e-6 * (1 + $expected_mean)) || !near($deviation, sqrt $variance, 1e-4 * (1 + sqrt $variance));

	# On an automatic grid percentiles are no farther off than its error, which is a thousandth of the mean
	my @rounded = @{ $automatic{$no} }[ 4 .. 10 ];
	$error = $automatic{$no}[12];
	push @wrong_automatic, $no if $error > $mean / 1000 + 1e-6 || grep { !near($rounded[$_], $expected[$_], $error + 1e-6) } 0 .. 6;
}
is("@wrong", '', "percentiles and probabilities of $cases cases are those of the enumeration");
is("@wrong_moments", '', '... number, sum, mean and deviation, too');
is("@wrong_automatic", '', '... and on an automatic grid within its error');
cmp_ok(scalar(grep { @{ $_->{deals} } == 20 } @cases), '>=', int $cases / 50, '... some of them of 20 deals');

# Moments of any number of deals, nearly all of which are hardly won in some

my @portfolios = map { my ($n, $hi) = @$_; { no => "P$n-$hi", unit => 0.01, target => 0, deals => [ map { [ int exp(6 + 6 * rand), sprintf '%.4f', $hi * (0.01 + 0.98 * rand) ] } 1 .. $n ] } }
	map { my $n = $_; map { [ $n, $_ ] } 100, 10, 1 } 1, 5, 21, 34, 70, 150, 400, 1000, 3000;
load_cases(@portfolios);
my $found = forecasts('NULL', @portfolios);
for my $case (@portfolios)
{
	my @deals = @{ $case->{deals} };
	my $mean = sum0 map { $_->[0] * $_->[1] / 100 } @deals;
	my $variance = sum0 map { $_->[0]**2 * $_->[1] / 100 * (1 - $_->[1] / 100) } @deals;
	my ($n, $best, $found_mean, $deviation, @figures) = @{ $found->{ $case->{no} } };
	ok($n == @deals && near($found_mean, $mean, 1e-4 + 1e-9 * $mean) && near($deviation, sqrt $variance, 1e-4 + 1e-9 * $mean), "$case->{no}: moments");
	next if $variance < 400 * (max map { $_->[0] } @deals)**2 / 12;
	# Many small deals are nearly normal
	my @normal = map { $mean + $_ * sqrt $variance } -1.644854, -1.281552, -0.67449, 0, 0.67449, 1.281552, 1.644854;
	ok(!(grep { !near($figures[$_], $normal[$_], 0.06 * sqrt($variance) + $figures[8]) } 0 .. 6), "$case->{no}: nearly normal");
}

# What if is what would be

sub random_change
{
	my ($no) = @_;
	my %change = (
		remove => [ '"remove": true', 'DELETE FROM crm_data.opportunity_entry' ],
		pct => do { my $pct = sprintf '%.2f', 100 * rand; [ qq("probability_pct": $pct), "UPDATE crm_data.opportunity_entry SET probability_pct = $pct, calcd_current_value = estimated_value * $pct * 0.01, weighted_value = estimated_value * $pct * 0.01" ] },
		value => do { my $value = int rand 500; [ qq("estimated_value": $value), "UPDATE crm_data.opportunity_entry SET estimated_value = $value, calcd_current_value = $value * probability_pct * 0.01, weighted_value = $value * probability_pct * 0.01" ] },
		date => do { my $date = any('2026-01-15', '2026-02-14', '2026-03-31'); [ qq("estimated_close_date": "$date"), "UPDATE crm_data.opportunity_entry SET estimated_close_date = '$date'" ] },
	);
	my ($json, $sql) = @{ $change{ any(sort keys %change) } };
	return [ qq({"opportunity_no": "$no", $json}), "$sql WHERE opportunity_no = '$no'" ];
}

my @wrong_what_if;
my @changed = grep { @{ $_->{deals} } > 3 } @cases[ 0 .. min($#cases, 400) ];
load_cases(@changed);
for my $case (@changed)
{
	my @changes = map { random_change("$case->{no}-$_") } 1 .. 1 + rand 3;
	my $pct = int rand 101;
	my $overrides = join ', ', qq({"sales_cycle_code": "C", "sales_cycle_stage": 2, "probability_pct": $pct}), map { $_->[0] } @changes;
	my $arguments = "'2026-02-01', '2026-02-28', legal_entity := '$case->{no}', target := $case->{target}";
	my $apply = join '; ', "UPDATE crm_data.opportunity_entry SET probability_pct = $pct, calcd_current_value = estimated_value * $pct * 0.01, weighted_value = estimated_value * $pct * 0.01 WHERE legal_entity = '$case->{no}' AND sales_cycle_stage = 2", map { $_->[1] } @changes;
	# A percentage of the deal's own comes after that of its stage, as in the order of the statements
	my ($what_if, $would_be) = split /\n/, query($node, "BEGIN; SELECT deals, best_case::double precision, mean::double precision, p5::double precision, p50::double precision, p95::double precision, probability_of_target FROM crm.forecast_what_if('[$overrides]', $arguments) WHERE scenario = 'what if'; $apply;"
		. "SELECT deals, best_case::double precision, mean::double precision, p5::double precision, p50::double precision, p95::double precision, probability_of_target FROM crm.forecast($arguments); ROLLBACK");
	push @wrong_what_if, "$case->{no}: [$overrides] $what_if, not $would_be" if $what_if ne $would_be;
}
is(join("\n", @wrong_what_if), '', 'what if is what the forecast would be: ' . @changed . ' cases');

$node->stop;
done_testing;
