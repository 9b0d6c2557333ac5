#!/usr/bin/env bash
# Runs the sample workflow on the ComfyUI that is configured, else on the simulator.
# Called by `make demo` with the command to use. Keeps everything in .demo/ of the clone.
set -euo pipefail

comfyctl=$1
workflow=examples/text_to_image.json
checkpoint=v1-5-pruned-emaonly.safetensors
export COMFYCTL_DATA="$PWD/.demo/data"
mkdir -p .demo

if models=$("$comfyctl" models checkpoints --json 2>/dev/null); then
    if grep -qF "\"$checkpoint\"" <<<"$models"; then
        echo "== A ComfyUI answers and has $checkpoint: using it"
        use=real
    else
        echo "== A ComfyUI answers but lacks $checkpoint: using the simulator"
        use=simulator
    fi
else
    echo "== No ComfyUI answers at the configured connection: using the simulator"
    use=simulator
fi

if [ "$use" = simulator ]; then
    # The simulator prints its address as its first line, then runs until it is stopped.
    coproc SIMULATOR {
        exec "$comfyctl" simulator --port 0 --dir .demo/simulator --step-time 60 2>.demo/simulator.log
    }
    simulator=$SIMULATOR_PID
    trap 'kill "$simulator" 2>/dev/null || true' EXIT
    if ! read -r COMFYCTL_URL <&"${SIMULATOR[0]}"; then
        cat .demo/simulator.log >&2
        exit 1
    fi
    export COMFYCTL_URL
fi

echo
echo "\$ comfyctl run $workflow --seed random -o .demo/out"
"$comfyctl" run "$workflow" --seed random -o .demo/out
echo
echo "\$ comfyctl jobs list --limit 3"
"$comfyctl" jobs list --limit 3
