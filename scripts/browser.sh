# What a comparison or a test in the real editor needs: Node.js, Chromium with its driver, and the editor
# itself. Sourced by the run.sh of each, from the root of the repository. Nothing is installed outside of
# target/ and of node_modules/ beside scripts/editor_truth/package.json.

scratch=target/editor-truth
mkdir -p "$scratch"
what="this" where_possible=

# A machine that cannot is a failure, unless the caller asked for what is possible.
cannot() {
    if [ -n "$where_possible" ]; then
        echo "SKIPPED: $what, because $1"
        exit 0
    fi
    echo "failed to begin $what: $1" >&2
    exit 1
}

# Sets `chromium`.
need_browser() {
    local driver=scripts/editor_truth program name installed
    for program in node npm python3; do
        command -v "$program" >/dev/null || cannot "there is no \`$program\`"
    done
    chromium=${CHROMIUM:-}
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        [ -n "$chromium" ] || chromium=$(command -v "$name" || true)
    done
    [ -n "$chromium" ] || cannot "there is no Chromium; name one in \`CHROMIUM\`"
    installed=$driver/node_modules/.package-lock.json
    if [ ! "$installed" -nt "$driver/package-lock.json" ]; then
        npm ci --prefix "$driver" --ignore-scripts --no-audit --no-fund --fetch-retries 1 \
            >"$scratch/npm.log" 2>&1 ||
            cannot "npm cannot install playwright-core, see $scratch/npm.log"
        touch "$installed"
    fi
}

# Sets `frontend` to the folder of a version of the editor: a wheel is an archive, so nothing is
# installed into Python.
need_frontend() {
    local version=$1 wheels
    frontend=$scratch/frontend-$version
    [ -d "$frontend" ] && return
    wheels=$(mktemp -d "$scratch/wheels.XXXXXX")
    python3 -m pip download --quiet --retries 1 --no-deps --only-binary :all: --dest "$wheels" \
        "comfyui-frontend-package==$version" >"$scratch/pip.log" 2>&1 ||
        { rm -rf "$wheels" && cannot "pip cannot get comfyui-frontend-package $version, see $scratch/pip.log"; }
    python3 -m zipfile -e "$wheels"/*.whl "$wheels/unpacked"
    mv "$wheels/unpacked/comfyui_frontend_package/static" "$frontend"
    rm -rf "$wheels"
}
