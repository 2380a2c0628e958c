#!/usr/bin/env bash
# Fuzzes every reader of foreign formats with libFuzzer for so many CPU seconds (a tenth of them for PBF and shapefiles),
# after a canary that must be found. Ends with 0 when the canary was found and nothing else.
#   bash netconvert/fuzz/run.sh 3600
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:?usage: run.sh SECONDS}
data=$(realpath "${WAYFARE_DATA:-../../data}")
RUSTC_WRAPPER=$PWD/rustc.sh cargo build --release
# Readers read files: in memory, there are thousands a second.
scratch=$(mktemp -d /dev/shm/wayfare-fuzz.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
mkdir -p corpus/canary corpus/readers corpus/binary artifacts
fuzz() { # target, then what libFuzzer is told
    TMPDIR=$scratch "target/release/$1" "corpus/$1" -artifact_prefix="artifacts/$1-" -timeout=20 -rss_limit_mb=4096 "${@:2}"
}

printf 'link,speed\n1,30\n2,50\n' > corpus/canary/good
rm -f artifacts/canary-*
if fuzz canary -max_total_time=120 > "$scratch/canary.log" 2>&1 || ! ls artifacts/canary-crash-* > /dev/null 2>&1; then
    tail -20 "$scratch/canary.log"
    echo "the canary was not found: this fuzzer finds nothing" >&2
    exit 1
fi
echo "canary found"

WAYFARE_FUZZ_CORPUS=corpus/readers fuzz readers -runs=0 > /dev/null 2>&1
fuzz readers -max_len=4096 -max_total_time="$((seconds * 9 / 10))" -print_final_stats=1 -verbosity=0
seed() { # first byte, file
    [ ! -f "$2" ] || { printf "$1" && cat "$2"; } > "corpus/binary/$(basename "$2")"
}
seed '\0' "$data/osm/test.osm.pbf"
seed '\1' "$data/bay-area/bayarea_rtaz1454_rev1_WGS84.zip"
fuzz binary -max_len=2000000 -max_total_time="$((seconds / 10))" -print_final_stats=1 -verbosity=0
