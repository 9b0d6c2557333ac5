#!/usr/bin/env bash
# Builds the Python package for development and tests it against the simulator.
# --where-possible: says so and ends well where there is no Python for it.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! reason=$(scripts/python_env.sh 2>&1); then
    if [ "${1:-}" = --where-possible ]; then
        echo "SKIPPED: the tests of the Python package, because ${reason##*$'\n'}"
        exit 0
    fi
    echo "$reason" >&2
    exit 1
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
