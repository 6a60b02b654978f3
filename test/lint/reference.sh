#!/bin/bash
# The reference is what the catalog says; doc/generate tells how to make it so
. test/lint/lib/check.sh

check "doc/reference.md is what doc/generate prints" diff <(doc/generate 2>&1) doc/reference.md
echo "1..$checks"
