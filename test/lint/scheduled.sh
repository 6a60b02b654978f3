#!/bin/bash
# A test that nobody runs, or that has nothing to compare with, is no test
. test/lint/lib/check.sh

unscheduled() {
	local variable=$1 file
	shift
	for file; do
		file=$(basename "${file%.*}")
		make -s -f - <<<"include Makefile
\$(info \$($variable))
none:" none | tr ' ' '\n' | grep -qx "$file" || echo "$file is not in $variable"
	done
}

unexpected() {
	local file
	for file in sql/*.sql; do [ -e "expected/$(basename "$file" .sql).out" ] || echo "$file"; done
	for file in test/isolation/specs/*.spec; do [ -e "test/isolation/expected/$(basename "$file" .spec).out" ] || echo "$file"; done
}

check "every file of sql/ is in REGRESS" unscheduled REGRESS sql/*.sql
check "every spec is in ISOLATION" unscheduled ISOLATION test/isolation/specs/*.spec
check "every regression and isolation test has an expected output" unexpected
check "no test is skipped or expected to fail" grep -rnE 'SELECT (skip|todo)|\bskip\(|SKIP:|TODO:' test/pgtap test/t
echo "1..$checks"
