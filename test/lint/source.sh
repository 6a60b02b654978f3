#!/bin/bash
# House rules that can be read off the source
. test/lint/lib/check.sh

# A function runs from { to } in column 0
long_functions() {
	awk 'FNR == 1 { start = 0 } /^{/ { start = FNR } /^}/ && start { if (FNR - start - 1 > 100) print FILENAME ":" start; start = 0 }' src/*.c
}

check "no PL/pgSQL in the product" grep -rniE 'plpgsql|DO \$' src/sql
check "nothing left to do" grep -rnIE 'TODO|FIXME|XXX' src adapters demo doc README.md test/pgtap test/t test/isolation
check "an installation replaces nothing it finds" grep -nE '^ *CREATE OR REPLACE' crm--*.sql
check "no function over 100 lines" long_functions
check "PostgreSQL versions are compared in compat.h only" grep -ln PG_VERSION_NUM src/*.c $(ls src/*.h | grep -v compat.h)
check "lines end in text" grep -rnIE '[[:blank:]]$' src demo doc test/pgtap test/t test/lint test/run test/suites adapters Makefile README.md CHANGELOG.md
echo "1..$checks"
