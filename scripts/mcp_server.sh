# Sourced by scripts that talk to `comfyctl mcp --http`: starts one over a simulated ComfyUI, with
# nothing in its history, and sets `simulator`, `url` and
# `server_process`. Both end with the script. Whoever sources
# this sets
#
#   scratch   folder for its files
#   content   folder with its settings and saved workflows; without it, there are none
#
# serve COMFYCTL [OPTIONS of the simulator...]
serve() {
    local comfyctl=$1 line
    shift
    home=$(mktemp -d "$scratch/home.XXXXXX")
    [ -z "${content:-}" ] || cp -r "$content/." "$home"
    export COMFYCTL_DATA=$home/data COMFYCTL_CONFIG=$home/settings.json
    unset COMFYCTL_URL COMFYCTL_CONNECTION COMFYCTL_STORE_URL COMFYCTL_MCP_AUTH_TOKEN
    started=()
    trap 'kill "${started[@]}" 2>/dev/null; wait; rm -rf "$home"' EXIT
    # Their first lines say where they listen.
    mkfifo "$home/simulator" "$home/mcp"
    "$comfyctl" simulator --port 0 "$@" >"$home/simulator" 2>"$scratch/simulator.log" &
    started+=($!)
    read -r simulator <"$home/simulator"
    (cd "$home" && exec "$comfyctl" --url "$simulator" mcp --http 127.0.0.1:0) 2>"$home/mcp" &
    started+=($!)
    server_process=$!
    exec 3<"$home/mcp"
    read -r line <&3
    url=$(grep -o 'http://[^;]*' <<<"$line")
}
