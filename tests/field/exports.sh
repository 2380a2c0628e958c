#!/usr/bin/env bash
# Reads every export of a run with the programs it is for: `bash tests/field/exports.sh [PERSONS]`. README.md tells more.
# Needs target/release/wayfare and Python 3.11 or later with pip; no data.
set -euo pipefail
cd "$(dirname "$0")/../.."
wayfare=target/release/wayfare
if [ ! -x "$wayfare" ]; then
    echo "needs $wayfare (make run)" >&2
    exit 2
fi
tools=${WAYFARE_READERS:-out/field/readers}
if ! cmp -s tests/field/readers.txt "$tools/requirements.txt"; then
    python3 -m venv --clear "$tools"
    "$tools/bin/pip" install --quiet --requirement tests/field/readers.txt
    cp tests/field/readers.txt "$tools/requirements.txt"
fi
work=out/field/exports
rm -rf "$work"
mkdir -p "$work"
"$wayfare" new "$work/county" --synthetic --persons "${1:-5000}" --quiet
"$wayfare" run "$work/county" --sample 0.1 --set assign.iterations=1 --out "$work/plane" --quiet
# The county lies on a plane: put it somewhere on Earth, so that maps have something to project.
sed -i 's/,plane$/,EPSG:32610/' "$work/county/nodes.csv"
mkdir "$work/closure"
cat > "$work/closure/scenario.toml" <<'END'
extends = "../county"
title = "A freeway closed"
[[policy]]
kind = "close"
on = { links = ["l1089"] }
END
for scenario in county closure; do
    "$wayfare" run "$work/$scenario" --sample 0.5 --set assign.iterations=2 --out "$work/run-$scenario" --quiet
done
"$wayfare" compare "$work/run-county" "$work/run-closure" --out "$work/difference" --quiet
"$wayfare" run scenarios/sioux-falls --sample 0.1 --set assign.iterations=2 --out "$work/sioux-falls" --quiet
for folder in run-county difference sioux-falls plane; do
    "$wayfare" export "$work/$folder" --csv --xlsx --gpkg --geojson --out "$work/tables-$folder" --quiet
done
"$wayfare" export "$work/run-county" --matsim --out "$work/matsim" --quiet
exec "$tools/bin/python" tests/field/exports.py "$work"
