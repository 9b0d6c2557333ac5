//! `comfyctl jobs hold`, `release` and `move`: jobs that no server has yet.

use clap::{ArgGroup, Args};
use comfyctl_manager::{ConnectionChoice, Move, Rank};

/// Keep jobs from being sent
#[derive(Debug, Args)]
#[command(after_help = "\
Only while no server has them; `comfyctl jobs cancel` stops the others. What is held already stays so.

Examples:
  comfyctl jobs hold 019a3c52-7c1e 019a3c52-7d04
  comfyctl jobs list --status pending

JSON: {\"jobs\": [...]}, each as of `jobs show`.")]
pub(crate) struct HoldJobs {
    /// Ids of jobs, or the starts of them
    #[arg(value_name = "ID", required = true)]
    pub(crate) ids: Vec<String>,
}

/// Let jobs be sent that were held
#[derive(Debug, Args)]
#[command(after_help = "\
Jobs are held by `comfyctl jobs hold` and by `comfyctl jobs import`. A worker sends them when their turn
comes.

Examples:
  comfyctl jobs release 019a3c52-7c1e
  comfyctl jobs list --status pending --json | jq -r '.jobs[].job_id' | xargs comfyctl jobs release

JSON: {\"jobs\": [...]}, each as of `jobs show`.")]
pub(crate) struct ReleaseJobs {
    /// Ids of jobs, or the starts of them
    #[arg(value_name = "ID", required = true)]
    pub(crate) ids: Vec<String>,
}

/// Give jobs that wait another connection or another place in the line
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("place").required(true).multiple(true)), after_help = "\
Only while no server has them. The new connection must be able to run them, as its server says now.
With --first, several jobs keep the order in which they are given.

Examples:
  comfyctl jobs move 019a3c52-7c1e --to gpu
  comfyctl jobs move 019a3c52-7c1e 019a3c52-7d04 --first
  comfyctl jobs move 019a3c52-7c1e --to any --priority 5

JSON: {\"jobs\": [...]}, each as of `jobs show`.")]
pub(crate) struct MoveJobs {
    /// Ids of jobs, or the starts of them
    #[arg(value_name = "ID", required = true)]
    pub(crate) ids: Vec<String>,

    /// Connection of the settings; `any` is each of them
    #[arg(long, value_name = "CONNECTION", group = "place")]
    to: Option<String>,

    /// Send jobs of higher priority first; 0 is usual
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        group = "place",
        conflicts_with = "first"
    )]
    priority: Option<i32>,

    /// Before all that wait for that connection now
    #[arg(long, group = "place")]
    pub(crate) first: bool,
}

impl MoveJobs {
    /// Where each of them goes.
    pub(crate) fn place(&self) -> Move {
        Move {
            connection: self.to.clone().map(ConnectionChoice::Named),
            rank: match self.priority {
                Some(priority) => Some(Rank::Priority(priority)),
                None => self.first.then_some(Rank::First),
            },
        }
    }
}
