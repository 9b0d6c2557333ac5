//! `comfyctl batch`.

use super::submission::{ChangeArguments, TermsArguments, output_folder};
use clap::{Args, Subcommand};
use comfyctl_manager::{Changes, Error, JobId, Policy, Sweep, SweepError, Terms};
use std::path::PathBuf;

/// Run a workflow with many values: every combination, or value by value
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
NAME is a parameter, as `comfyctl workflow analyze` lists it, or a selector such as 6.text. VALUES are
a range with both ends (1..50, 0.1..0.9/0.1), a list (a,b,c or a JSON list), or the lines of a file.

All jobs are stored before the first is sent. Ctrl-C, or whatever ends this program, loses none:
`comfyctl batch resume` goes on, and so does a `comfyctl worker`. With --connection any, each job goes
where a slot is free.

Examples:
  comfyctl batch workflow.json --sweep seed=1..50 -o out
  comfyctl batch workflow.json --sweep seed=1..4 --sweep 'positive_prompt=@prompts.txt' --name hats
  comfyctl batch workflow.json --sweep 3.cfg=4,6,8 --sweep 3.steps=20,30,40 --zip --connection any
  comfyctl batch resume hats

JSON: {\"group_id\", \"name\", \"created_at\", \"sweeps\", \"pending\", \"queued\", \"running\", \"completed\",
\"failed\", \"cancelled\"}; `jobs list --group` lists the jobs. Exit code 1 when one has failed."
)]
pub(crate) struct BatchArguments {
    #[command(subcommand)]
    pub(crate) command: Option<BatchCommand>,

    #[command(flatten)]
    pub(crate) new: NewBatch,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BatchCommand {
    /// Go on with a batch and show how it stands
    Resume(ResumeBatch),
    /// List batches, newest first
    List(ListBatches),
    /// Show how a batch stands
    Show(ShowBatch),
}

#[derive(Debug, Args)]
pub(crate) struct NewBatch {
    /// Workflow, file that carries one, or name of a saved one; - for standard input
    #[arg(value_name = "WORKFLOW", required = true)]
    pub(crate) workflow: Option<PathBuf>,

    /// What to vary; repeat for more
    #[arg(long, value_name = "NAME=VALUES", required = true, value_parser = read_sweep)]
    pub(crate) sweep: Vec<Sweep>,

    /// Take the first values of all, then the second ones, and so on
    #[arg(long)]
    pub(crate) zip: bool,

    /// What to call it; no two batches have the same name
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// On connections with this label; repeat for more, all of which they must have
    #[arg(long, value_name = "WORD", conflicts_with = "url")]
    pub(crate) label: Vec<String>,

    #[command(flatten)]
    change: ChangeArguments,

    /// Save every output file there; never overwrites
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    /// Return when the jobs are stored; a worker sends them
    #[arg(long)]
    pub(crate) no_wait: bool,

    #[command(flatten)]
    pub(crate) terms: TermsArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ResumeBatch {
    /// Name of the batch, or the start of its id
    #[arg(value_name = "BATCH")]
    pub(crate) batch: String,
}

#[derive(Debug, Args)]
pub(crate) struct ShowBatch {
    /// Name of the batch, or the start of its id
    #[arg(value_name = "BATCH")]
    pub(crate) batch: String,
}

#[derive(Debug, Args)]
pub(crate) struct ListBatches {
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: u32,
}

impl NewBatch {
    pub(crate) fn changes(&self) -> Changes {
        self.change.changes()
    }

    /// What each job is granted; all run after the given ones. A batch is patient: a server that is
    /// away for an hour costs an hour.
    pub(crate) fn terms(&self, usual: Policy, after: Vec<JobId>) -> Result<Terms, Error> {
        Ok(Terms {
            output_folder: output_folder(self.output.as_deref())?,
            ..self.terms.terms(usual, true, after)
        })
    }
}

fn read_sweep(text: &str) -> Result<Sweep, SweepError> {
    Sweep::read(text)
}
