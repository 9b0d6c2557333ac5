//! `comfyctl jobs wait`, `rerun` and `diff`: what came of jobs, and doing it again.

use super::submission::{ChangeArguments, output_folder, parse_seconds};
use clap::Args;
use comfyctl_manager::{ConnectionChoice, Error, Rerun};
use std::path::PathBuf;
use std::time::Duration;

/// Wait until jobs have ended, and say how
#[derive(Debug, Args)]
#[command(after_help = "\
Tells each job in a line when it ends. Looks after jobs that nobody else looks after. Ctrl-C ends the
waiting; the jobs go on.

Exit code: 0 when all have completed; else that of the first, in the order given, that has not: 1 failed,
11 the wait ended before, 13 cancelled.

Examples:
  comfyctl jobs wait 019a3c52-7c1e 019a3c52-7d04
  comfyctl jobs wait 019a3c52-7c1e --timeout 600 --json

JSON: {\"jobs\": [...]}, each as of `jobs show`, in the order given.")]
pub(crate) struct WaitForJobs {
    /// Ids of jobs, or the starts of them
    #[arg(value_name = "ID", required = true)]
    pub(crate) ids: Vec<String>,

    /// Wait so long at most; the jobs go on
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub(crate) timeout: Option<Duration>,
}

/// Run a job again, as it was or with changes
#[derive(Debug, Args)]
#[command(after_help = "\
Sends the prompt that the job sent, under a new id, to where that job might run, or to --connection or
--url. Without changes it is the same to the letter, and servers may have all its results still. The new
job tells in `jobs show` which one it repeats.

Examples:
  comfyctl jobs rerun 019a3c52-7c1e -o out
  comfyctl jobs rerun 019a3c52-7c1e --seed random
  comfyctl jobs rerun 019a3c52-7c1e --set KSampler.steps=30 --connection gpu --no-wait
  comfyctl jobs diff 019a3c52-7c1e 019a3c52-7d04

JSON and exit codes: as of `run`.")]
pub(crate) struct RerunJob {
    /// Id of the job, or the start of it
    #[arg(value_name = "ID")]
    pub(crate) id: String,

    #[command(flatten)]
    change: ChangeArguments,

    /// Save every output file there instead of where those of the job went; never overwrites
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    /// Return as soon as the server has the job, or as it has to wait for a free slot
    #[arg(long)]
    pub(crate) no_wait: bool,

    /// Wait so long at most; the job goes on
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub(crate) timeout: Option<Duration>,
}

impl RerunJob {
    /// What is to be different.
    pub(crate) fn again(&self, connection: Option<ConnectionChoice>) -> Result<Rerun, Error> {
        Ok(Rerun {
            changes: self.change.changes(),
            connection,
            output_folder: output_folder(self.output.as_deref())?,
            // Nobody waits to hear that the address is wrong.
            patient: self.no_wait,
        })
    }
}

/// Show how two jobs differ: what they sent, what came of it, and how long it took
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl jobs diff 019a3c52-7c1e 019a3c52-7d04
  comfyctl jobs diff 019a3c52-7c1e 019a3c52-7d04 --json | jq .prompt.changed

JSON: {\"older\", \"newer\", \"prompt\": {\"equal\", \"added\", \"removed\", \"changed\", \"unchanged\"}}, where
older is the first job and newer the second, each as of `jobs show`.")]
pub(crate) struct DiffJobs {
    /// Id of the first job, or the start of it
    #[arg(value_name = "ID")]
    pub(crate) older: String,

    /// Id of the second job, or the start of it
    #[arg(value_name = "ID")]
    pub(crate) newer: String,
}
