#!/usr/bin/env bash
# Tests the extension of the editor in a browser: the real editor, served by a simulator, with the
# routes of ComfyUI's side made up. Called by `make panel` and, with --where-possible, by `make test`:
# then a machine without browser, Node.js or network is no failure.
#
#   run.sh [--where-possible] COMFYCTL FRONTEND_VERSION
#
# SCREENSHOTS=FOLDER keeps pictures of what the browser showed.
set -euo pipefail
here=$(dirname "$0")
source "$here/../browser.sh"

what="the test of the panel"
if [ "${1:-}" = --where-possible ]; then
    where_possible=yes
    shift
fi
comfyctl=$1 version=$2
need_browser
need_frontend "$version"

export ADDRESS CHROMIUM=$chromium EXTENSION=python/comfyui_api_manager/web
export COMFYCTL_CONFIG=$scratch/settings.json COMFYCTL_DATA=$scratch/data
coproc simulator { exec "$comfyctl" simulator --port 0 --frontend "$frontend"; }
stop=$simulator_PID
trap 'kill "$stop"' EXIT
read -r ADDRESS <&"${simulator[0]}"
node --test "$here"
