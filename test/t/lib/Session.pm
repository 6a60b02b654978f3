# Sessions that stay: psql, spoken to line by line
package Session;

use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use IPC::Open2;

our @EXPORT = qw(open_session ask close_session);

my %session;

# By a name of the test's own, from here on
sub open_session
{
	my ($name, $node, $database) = @_;
	my $pid = open2(my $out, my $in, 'psql -XqAt -v VERBOSITY=verbose -d "' . $node->connstr($database) . '" 2>&1');
	$session{$name} = { in => $in, out => $out, pid => $pid };
	return;
}

# What the session answers, errors included
sub ask
{
	my ($name, $sql) = @_;
	my $s = $session{$name};
	print { $s->{in} } "$sql;\n\\echo end of answer\n";
	$s->{in}->flush;
	my @lines;
	while (defined(my $line = readline $s->{out}))
	{
		chomp $line;
		last if $line eq 'end of answer';
		push @lines, $line;
	}
	return join "\n", @lines;
}

sub close_session
{
	for my $s (delete @session{@_})
	{
		close $s->{in};
		close $s->{out};
		waitpid $s->{pid}, 0;
	}
	return;
}

1;
