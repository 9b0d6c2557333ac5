//! `comfyctl queue` and `comfyctl interrupt`.

use clap::Args;

/// What the server runs and what waits
#[derive(Debug, Args)]
#[command(after_help = "\
OURS says whether the job history of this machine has it.

Examples:
  comfyctl queue
  comfyctl queue --delete 0193a1f2-7c1e-7d60-a7a5-3f8d5cf2a001
  comfyctl queue --clear

JSON: {\"running\": [...], \"pending\": [...]}, each of {\"position\", \"prompt_id\", \"number\", \"nodes\",
\"client_id\", \"workflow_id\", \"ours\"}; position is how many run before it. With --clear or --delete
{\"deleted\": [ids]}.")]
pub(crate) struct QueueArguments {
    /// Delete everything that waits; what runs goes on
    #[arg(long, conflicts_with = "delete")]
    pub(crate) clear: bool,

    /// Delete these, if they wait
    #[arg(long, value_name = "PROMPT_ID", num_args = 1..)]
    pub(crate) delete: Vec<String>,
}

/// Stop what the server runs
#[derive(Debug, Args)]
#[command(after_help = "\
The server stops at its next check: between nodes, or between sampling steps.

Examples:
  comfyctl interrupt
  comfyctl interrupt 0193a1f2-7c1e-7d60-a7a5-3f8d5cf2a001

JSON: {\"interrupted\": id}, null when nothing ran.")]
pub(crate) struct InterruptArguments {
    /// Only if this one runs; without it, whatever runs now
    #[arg(value_name = "PROMPT_ID")]
    pub(crate) prompt_id: Option<String>,
}
