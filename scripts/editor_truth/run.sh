#!/usr/bin/env bash
# Compares our conversion with the real editor: installs what that takes, then runs main.js.
# Called by `make editor-truth` and, with a few workflows and --where-possible, by `make test`:
# then a machine without browser, Node.js or network is no failure.
#
#   run.sh [--where-possible] COMFYCTL FRONTEND_VERSION DEFINITIONS [WORKFLOWS...]
#
# Without WORKFLOWS, those of short.txt are compared. With MUTATE=SEED:COUNT in the environment it is so
# many variants of them, which stay in target/editor-truth/variants-SEED to be looked at.
set -euo pipefail

here=$(dirname "$0")
source "$here/../browser.sh"

what="the comparison with the real editor"
if [ "${1:-}" = --where-possible ]; then
    where_possible=yes
    shift
fi
comfyctl=$1 version=$2 definitions=$3
shift 3
need_browser
need_frontend "$version"

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
if [ -n "${MUTATE:-}" ]; then
    variants=$scratch/variants-${MUTATE%%:*}
    rm -rf "$variants"
    node "$here/variants.js" --seed "${MUTATE%%:*}" --count "${MUTATE##*:}" \
        --definitions "$definitions" --out "$variants" "${workflows[@]}"
    workflows=("$variants")
fi
[ -z "$where_possible" ] || node --test --test-reporter=dot "$here"
# The settings and the job record of whoever runs this stay out of it.
export COMFYCTL_CONFIG=$scratch/settings.json COMFYCTL_DATA=$scratch/data
exec node "$here/main.js" --comfyctl "$comfyctl" --chromium "$chromium" --frontend "$version" \
    --frontend-folder "$frontend" --definitions "$definitions" --scratch "$scratch" \
    "${workflows[@]}"
