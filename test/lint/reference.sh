#!/bin/bash
# Documents that show what the server says show what it says today
. test/lint/lib/check.sh

# The code of README.md that begins where the comment says how it was made
shown_tour() {
	sed -n '/doc\/tour.sql/,/^```$/p' README.md | sed '1,2d; $d'
}

real_tour() {
	psql -X -q -a -v ON_ERROR_STOP=1 -c BEGIN -f doc/tour.sql 2>&1 | sed '1d; s/ *$//'
}

check "doc/reference.md is what doc/generate prints" diff <(doc/generate 2>&1) doc/reference.md
check "the tour of README.md is what doc/tour.sql prints" diff <(real_tour) <(shown_tour)
echo "1..$checks"
