#!/usr/bin/env bash
# Prints the Python that has comfy-cli, whose converter the benchmark `rivals` runs beside ours;
# installs a pinned version below target/ first. Where that cannot be had it prints nothing, says
# why, and the benchmark leaves the comparison out. Called by `make bench` and `make bench-convert`.
set -euo pipefail

version=1.23.0
folder=target/comfy-cli-$version
log=target/comfy-cli.log
mkdir -p target
if [ ! -e "$folder/complete" ]; then
    rm -rf "$folder"
    if ! { python3 -m venv "$folder" &&
        "$folder/bin/pip" install --quiet "comfy-cli==$version" && touch "$folder/complete"; } >"$log" 2>&1; then
        echo "comfy-cli $version cannot be installed, see $log" >&2
        exit 0
    fi
fi
echo "$PWD/$folder/bin/python"
