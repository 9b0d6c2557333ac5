#!/usr/bin/env bash
# Builds the Python package for development and tests it against the simulator.
# --where-possible: says so and ends well where there is no Python for it.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! scripts/python_env.sh; then
    [ "${1:-}" = --where-possible ] || exit 1
    echo "the Python package is not tested"
    exit 0
fi
# Only what went wrong is worth reading.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export VIRTUAL_ENV=$PWD/target/venv
export PATH=$VIRTUAL_ENV/bin:$PATH
if ! maturin develop --quiet --profile dev >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
python -m pytest --quiet
