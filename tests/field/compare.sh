#!/usr/bin/env bash
# Compares Wayfare's readers with the field's own tools: `bash tests/field/compare.sh [--all]`. README.md tells more.
# Needs target/release/wayfare, Python 3.11 or later with pip, and the data folder that WAYFARE_DATA names.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=${WAYFARE_DATA:-data}
if [ ! -d "$data/osm" ] || [ ! -x target/release/wayfare ]; then
    echo "needs target/release/wayfare (make run) and WAYFARE_DATA: a folder with osm/, gmns/ and tntp/" >&2
    exit 2
fi
tools=out/field/tools
if ! cmp -s tests/field/requirements.txt "$tools/requirements.txt"; then
    python3 -m venv --clear "$tools"
    "$tools/bin/pip" install --quiet --requirement tests/field/requirements.txt
    cp tests/field/requirements.txt "$tools"
fi
exec "$tools/bin/python" tests/field/compare.py target/release/wayfare "$data" out/field/work "$@"
