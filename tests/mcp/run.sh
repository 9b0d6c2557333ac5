#!/usr/bin/env bash
# Lets the official SDKs of the Model Context Protocol, in Python and in TypeScript, drive
# `comfyctl mcp` over a simulated ComfyUI. Called by `make mcp-clients` and, with --where-possible, by
# `make test`: then a machine without Python, Node.js or network is no failure. `make load-mcp` and
# `make bench-mcp` run only what they are called for.
#
#   run.sh [--where-possible] COMFYCTL
#   run.sh --load SECONDS COMFYCTL
#   run.sh --bench COMFYCTL
#
# Nothing is installed outside of target/ and of node_modules/ beside this file.
set -euo pipefail

where_possible=
if [ "${1:-}" = --where-possible ]; then
    where_possible=yes
    shift
fi
load=2 part=story
case "${1:-}" in
--load)
    load=$2 part=load
    shift 2
    ;;
--bench)
    part=bench
    shift
    ;;
esac
comfyctl=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
scratch=$(realpath -m target/mcp-clients)
mkdir -p "$scratch"

missing() {
    if [ -n "$where_possible" ]; then
        echo "SKIPPED: the story of the $1 SDK of MCP, because $2"
    else
        echo "failed to run the story of the $1 SDK of MCP: $2" >&2
        exit 1
    fi
}

# Each of the two succeeds when its SDK is installed.
python_sdk() {
    python=$scratch/python/bin/python
    command -v python3 >/dev/null || { missing Python "there is no \`python3\`"; return 1; }
    if [ ! "$scratch/python/installed" -nt "$here/requirements.txt" ]; then
        {
            python3 -m venv --clear "$scratch/python" &&
                "$python" -m pip install --quiet --retries 1 -r "$here/requirements.txt" &&
                touch "$scratch/python/installed"
        } >"$scratch/pip.log" 2>&1 || { missing Python "pip cannot install it, see $scratch/pip.log"; return 1; }
    fi
}

typescript_sdk() {
    command -v npm >/dev/null || { missing TypeScript "there is no \`npm\`"; return 1; }
    local installed=$here/node_modules/.package-lock.json
    if [ ! "$installed" -nt "$here/package-lock.json" ]; then
        npm ci --prefix "$here" --ignore-scripts --no-audit --no-fund --fetch-retries 1 >"$scratch/npm.log" 2>&1 ||
            { missing TypeScript "npm cannot install it, see $scratch/npm.log"; return 1; }
        touch "$installed"
    fi
}

if [ "$part" = bench ]; then
    typescript_sdk && node "$here/bench.mjs" "$comfyctl"
    exit
fi
# shellcheck source=scripts/mcp_server.sh
. "$here/../../scripts/mcp_server.sh"
serve "$comfyctl" --step-time 20
if [ "$part" = story ] && python_sdk; then
    "$python" "$here/story.py" "$comfyctl" "$simulator" "$url"
fi
if typescript_sdk; then
    if [ "$part" = story ]; then
        node "$here/story.mjs" "$comfyctl" "$simulator" "$url"
        node "$here/tokens.mjs" "$comfyctl" "$simulator"
    fi
    node "$here/load.mjs" "$url" "$server_process" "$load"
fi
