//! `comfyctl batch`.

use super::run::{parse_seconds, parse_seed};
use clap::{Args, Subcommand};
use comfyctl_manager::{
    Changes, Error, ErrorKind, ImageOverride, JobId, Policy, SeedChoice, Sweep, SweepError, Terms,
};
use comfyctl_workflow::Override;
use std::path::PathBuf;
use std::time::Duration;

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
    pub(crate) new: Option<NewBatch>,
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
    #[arg(value_name = "WORKFLOW")]
    pub(crate) workflow: PathBuf,

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

    /// Set an input in all jobs; the value is JSON or text
    #[arg(long, value_name = "SELECTOR=VALUE")]
    set: Vec<Override>,

    /// Upload an image and set it in all jobs; a node alone means its input `image`
    #[arg(long, value_name = "SELECTOR=FILE")]
    image: Vec<ImageOverride>,

    /// Set every seed; a random one is drawn for each job
    #[arg(long, value_name = "N|random", value_parser = parse_seed)]
    seed: Option<SeedChoice>,

    /// Leave all checks of values to the server
    #[arg(long)]
    no_validate: bool,

    /// Save every output file there; never overwrites
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    /// Return when the jobs are stored; a worker sends them
    #[arg(long)]
    pub(crate) no_wait: bool,

    /// Try so often again after an error that may pass
    #[arg(long, value_name = "N", help_heading = "Job options")]
    retries: Option<u32>,

    /// Fail a job that does not run within so long, from when the batch was stored
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds, help_heading = "Job options")]
    queue_timeout: Option<Duration>,

    /// Stop a job when it runs for longer
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds, help_heading = "Job options")]
    run_timeout: Option<Duration>,

    /// Send jobs of higher priority first
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        allow_negative_numbers = true,
        help_heading = "Job options"
    )]
    priority: i32,

    /// Send them only when this job has completed; repeat for more
    #[arg(long, value_name = "ID", help_heading = "Job options")]
    pub(crate) after: Vec<String>,

    /// A word to find the jobs by
    #[arg(long, value_name = "WORD", help_heading = "Job options")]
    tag: Vec<String>,
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
        Changes {
            overrides: self.set.clone(),
            images: self.image.clone(),
            seed: self.seed.unwrap_or_default(),
            unchecked: self.no_validate,
            ..Changes::default()
        }
    }

    /// What each job is granted; all run after the given ones. A batch is patient: a server that is
    /// away for an hour costs an hour.
    pub(crate) fn terms(&self, usual: Policy, after: Vec<JobId>) -> Result<Terms, Error> {
        let folder = self.output.as_deref().map(std::path::absolute);
        Ok(Terms {
            policy: Policy {
                retries: self.retries.unwrap_or(usual.retries),
                queue_timeout: self.queue_timeout.or(usual.queue_timeout),
                run_timeout: self.run_timeout.or(usual.run_timeout),
                patient: true,
                ..usual
            },
            priority: self.priority,
            after,
            tags: self.tag.clone(),
            output_folder: folder.transpose().map_err(ErrorKind::File)?,
            ..Terms::default()
        })
    }
}

fn read_sweep(text: &str) -> Result<Sweep, SweepError> {
    Sweep::read(text)
}
