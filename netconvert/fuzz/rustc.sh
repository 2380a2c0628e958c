#!/usr/bin/env bash
# A rustc that counts which branches are taken, as libFuzzer needs it, in our own crates only: instrumented, polars alone
# takes a quarter of an hour and 5 GB to build. (What cargo-fuzz does to all crates.)
set -euo pipefail
rustc=$1
shift
for name in engine netconvert readers binary canary; do
    if [[ " $* " == *" --crate-name $name "* ]]; then
        llvm() { printf -- '-Cllvm-args=-sanitizer-coverage-%s\n' "$@"; }
        mapfile -t counts < <(llvm level=4 inline-8bit-counters pc-table trace-compares)
        exec "$rustc" "$@" --cfg fuzzing -Cpasses=sancov-module -Ccodegen-units=1 "${counts[@]}"
    fi
done
exec "$rustc" "$@"
