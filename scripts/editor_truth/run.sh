#!/usr/bin/env bash
# Compares our conversion with the real editor: installs what that takes, then runs main.js.
# Called by `make editor-truth` and, with a few workflows and --where-possible, by `make test`:
# then a machine without browser, Node.js or network is no failure.
#
#   run.sh [--where-possible] COMFYCTL FRONTEND_VERSION DEFINITIONS [WORKFLOWS...]
#
# Without WORKFLOWS, those of short.txt are compared. Nothing is installed outside of target/ and
# of node_modules/ beside this file.
set -euo pipefail

where_possible=
if [ "${1:-}" = --where-possible ]; then
    where_possible=yes
    shift
fi
comfyctl=$1 version=$2 definitions=$3
shift 3
here=$(dirname "$0")
scratch=target/editor-truth
mkdir -p "$scratch"

cannot() {
    if [ -n "$where_possible" ]; then
        echo "SKIPPED: the comparison with the real editor, because $1"
        exit 0
    fi
    echo "failed to compare with the real editor: $1" >&2
    exit 1
}

for program in node npm python3; do
    command -v "$program" >/dev/null || cannot "there is no \`$program\`"
done
chromium=${CHROMIUM:-}
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    [ -n "$chromium" ] || chromium=$(command -v "$name" || true)
done
[ -n "$chromium" ] || cannot "there is no Chromium; name one in \`CHROMIUM\`"

# The driver of the browser.
installed=$here/node_modules/.package-lock.json
if [ ! "$installed" -nt "$here/package-lock.json" ]; then
    npm ci --prefix "$here" --ignore-scripts --no-audit --no-fund --fetch-retries 1 >"$scratch/npm.log" 2>&1 ||
        cannot "npm cannot install playwright-core, see $scratch/npm.log"
    touch "$installed"
fi

# The editor: a wheel is an archive, so nothing is installed into Python.
frontend=$scratch/frontend-$version
if [ ! -d "$frontend" ]; then
    wheels=$(mktemp -d "$scratch/wheels.XXXXXX")
    python3 -m pip download --quiet --retries 1 --no-deps --only-binary :all: --dest "$wheels" \
        "comfyui-frontend-package==$version" >"$scratch/pip.log" 2>&1 ||
        { rm -rf "$wheels" && cannot "pip cannot get comfyui-frontend-package $version, see $scratch/pip.log"; }
    python3 -m zipfile -e "$wheels"/*.whl "$wheels/unpacked"
    mv "$wheels/unpacked/comfyui_frontend_package/static" "$frontend"
    rm -rf "$wheels"
fi

# The real workflows and their definitions come packed.
unpacked() {
    case $1 in
    *.tar.xz)
        mkdir -p "$scratch/unpacked"
        tar -xJf "$1" -C "$scratch/unpacked" && echo "$scratch/unpacked/inputs"
        ;;
    *.xz) xz --decompress --stdout "$1" >"$scratch/object_info.json" && echo "$scratch/object_info.json" ;;
    *) echo "$1" ;;
    esac
}

workflows=()
for each in "$@"; do workflows+=("$(unpacked "$each")"); done
if [ ${#workflows[@]} -eq 0 ]; then
    while read -r name; do
        workflows+=("crates/workflow/tests/conversion/inputs/$name.json")
    done <"$here/short.txt"
fi

definitions=$(unpacked "$definitions")
[ -z "$where_possible" ] || node --test --test-reporter=dot "$here"
# The settings and the job record of whoever runs this stay out of it.
export COMFYCTL_CONFIG=$scratch/settings.json COMFYCTL_DATA=$scratch/data
exec node "$here/main.js" --comfyctl "$comfyctl" --chromium "$chromium" --frontend "$version" \
    --frontend-folder "$frontend" --definitions "$definitions" --scratch "$scratch" \
    "${workflows[@]}"
