//! `comfyctl system`, `free`, `models` and `nodes`: the server, its memory and what it has.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

/// Version, memory and devices of the server
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl system
  comfyctl --url http://gpu:8188 system --json | jq '.devices[0].vram_free'

JSON: {\"url\", \"latency_ms\", \"queue_remaining\", \"system\": {...}, \"devices\": [...]}, the last
two as the server gives them, sizes in bytes.")]
pub(crate) struct SystemArguments {}

/// Unload models and empty the cache of results
#[derive(Debug, Args)]
#[command(after_help = "\
The server does it as soon as it is idle. With an empty cache the next job runs from the start.

Examples:
  comfyctl free
  comfyctl free --models

JSON: {\"unload_models\": true, \"free_memory\": bool}.")]
pub(crate) struct FreeArguments {
    /// Only the models; cached results stay
    #[arg(long)]
    pub(crate) models: bool,
}

/// List model folders, or the models in one
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl models
  comfyctl models loras

JSON: {\"folders\": [names]}, or {\"folder\", \"models\": [names]}.")]
pub(crate) struct ModelsArguments {
    /// Folder, as `comfyctl models` lists it
    #[arg(value_name = "FOLDER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) folder: Option<String>,
}

/// List node classes, or show the inputs and outputs of one
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl nodes | grep -i upscale
  comfyctl nodes KSampler
  comfyctl nodes KSampler --json | jq '.input.required.sampler_name[0]'

JSON: {\"nodes\": [{\"class\", \"display_name\", \"category\", \"output_node\", \"deprecated\",
\"experimental\"}]}; for one class its definition as the server writes it.")]
pub(crate) struct NodesArguments {
    /// Node class, as `comfyctl nodes` lists it
    #[arg(value_name = "CLASS", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) class: Option<String>,
}
