#!/usr/bin/env bash
# The tests that need MPI: built and run where there is an MPI library and libclang, else skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v mpicc mpirun > /dev/null || ! ls /usr/lib/llvm-*/lib/libclang*.so* > /dev/null 2>&1; then
    echo "skipped: no MPI (Debian: apt install libopenmpi-dev openmpi-bin libclang-dev)"
    if [ -n "${WAYFARE_SKIPPED:-}" ]; then
        printf 'program\ttests/mpi.rs\tMPI and libclang\n' >> "$WAYFARE_SKIPPED"
    fi
    exit 0
fi
exec "${CARGO:-cargo}" test --release --features mpi --test mpi
