#!/usr/bin/env bash
# Counts and names the tests that left something out: tests/skipped.sh FILE, the file that WAYFARE_SKIPPED named.
set -euo pipefail
touch "$1"
for kind in data program; do
    tests=$(awk -F'\t' -v kind="$kind" '$1 == kind { print $2 " (" $3 ")" }' "$1" | sort -u)
    names=$(awk -F'\t' -v kind="$kind" '$1 == kind { print $2 }' "$1" | sort -u | wc -l)
    echo "skipped, no $kind: $names"
    [ -z "$tests" ] || sed 's/^/    /' <<< "$tests"
done
