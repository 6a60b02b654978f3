#!/bin/bash
# The version stands in crm.control; who repeats it must agree
. test/lint/lib/check.sh
version=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" crm.control)

check "META.json gives version $version twice" diff - <(grep -o '"version": "[^"]*"' META.json | head -2) \
	< <(printf '"version": "%s"\n' "$version" "$version")
check "CHANGELOG.md begins with $version" diff - <(sed -n 's/^## \([^ ]*\).*/\1/p' CHANGELOG.md | head -1) <<<"$version"
echo "1..$checks"
