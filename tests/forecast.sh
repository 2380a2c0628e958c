#!/usr/bin/env bash
# How close `wayfare check` comes to what a run then takes of memory and time: every scenario at 1, 10 and 100 %, on request
# (an hour on two quiet processors; the figures are in scenarios/FORECAST.md). A run of the Bay Area is cut to a few
# days, which both sides then know; a run that reaches its gap early is compared by its days.
#   bash tests/forecast.sh [OUT]
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-out/forecast}
wayfare=${WAYFARE:-target/release/wayfare}
mkdir -p "$out"
[ -d "$out/county" ] || "$wayfare" new --synthetic "$out/county" --persons 20000
equil=${WAYFARE_DATA:-data}/matsim/equil
if [ -d "$equil" ]; then
    mkdir -p "$out/equil"
    cat > "$out/equil/scenario.toml" <<TOML
title = "MATSim equil"
[data]
folder = "$(realpath "$equil")"
[network]
format = "matsim"
file = "network.xml"
[people]
source = "plans"
file = "plans2000.xml.gz"
TOML
fi
for sample in 0.01 0.1 1; do
    for scenario in sioux-falls anaheim bay-area bay-bridge-closed county matsim-equil; do
        path=scenarios/$scenario && more=()
        case $scenario in
            bay-*) more=(--set assign.iterations=2) ;;
            county) path=$out/county ;;
            matsim-equil) path=$out/equil && [ "$sample" = 1 ] || continue ;;
        esac
        [ -e "$path/scenario.toml" ] || continue
        "$wayfare" run "$path" --sample "$sample" --out "$out/$scenario-$sample" --overwrite "${more[@]}" 2> "$out/$scenario-$sample.log"
    done
done
python3 - "$out" <<'PYTHON'
import json, pathlib, sys
print("| scenario | memory: expected | measured | | seconds: expected | measured | |\n|---|---|---|---|---|---|---|")
for file in sorted(pathlib.Path(sys.argv[1]).glob("*/run.json")):
    run = json.loads(file.read_text())
    expected, days = run["expected"], run["summary"]["iterations"]
    # Days that were not needed, since the gap was reached; the last was then simulated twice.
    spared = run["config"]["assign"]["iterations"] - days
    seconds = expected["seconds"] - spared * expected["day_s"]
    memory, needed = expected["memory_bytes"] / 1e9, run["peak_memory_bytes"] / 1e9
    print(f"| {file.parent.name} | {memory:.2f} GB | {needed:.2f} GB | {memory / needed - 1:+.0%} "
          f"| {seconds:.1f} | {run['seconds']:.1f} | {seconds / run['seconds'] - 1:+.0%} |")
PYTHON
