//! `comfyctl jobs`: its commands, and those about a few jobs.

use super::{
    BackupJobs, CheckJobs, ClearJobs, DiffJobs, ExportJobs, HoldJobs, ImportJobs, JobStatistics,
    ListJobs, MoveJobs, ReleaseJobs, RerunJob, SearchJobs, TagJob, WaitForJobs,
};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    List(ListJobs),
    Search(SearchJobs),
    Show(ShowJob),
    Watch(WatchJob),
    Wait(WaitForJobs),
    Cancel(CancelJobs),
    Hold(HoldJobs),
    Release(ReleaseJobs),
    Move(MoveJobs),
    Rerun(RerunJob),
    Diff(DiffJobs),
    Stats(JobStatistics),
    Tag(TagJob),
    Clear(ClearJobs),
    Backup(BackupJobs),
    Check(CheckJobs),
    Export(ExportJobs),
    Import(ImportJobs),
}

/// Show a job: how it stands, where its time went, what it brought, why it failed
#[derive(Debug, Args)]
#[command(after_help = "\
Asks the server how a job stands that has not ended. Of a job that waits it tells what for, how many are
before it, and when it is expected to start, if those take as long as such jobs usually do.

Examples:
  comfyctl jobs show 019a3c52-7c1e
  comfyctl jobs show 019a3c52-7c1e --events
  comfyctl jobs show 019a3c52-7c1e -o out
  comfyctl jobs show 019a3c52-7c1e --prompt > prompt.json

JSON: the job, and \"submitted_by\", \"source\", \"retries\", \"tags\", \"overrides\", \"nodes\": [{\"node\", \"class\",
\"seconds\", \"cached\"}], \"times\": {\"waiting\", \"sending\", \"running\", \"loading\"} in seconds, \"usual\" (as of
`jobs stats`), \"line\": {\"ahead\", \"starts_in\"} while it waits, with --events also \"events\".")]
pub(crate) struct ShowJob {
    /// Id of the job, or the start of it
    #[arg(value_name = "ID")]
    pub(crate) id: String,

    /// Save every output file there; never overwrites
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    /// Tell the whole story
    #[arg(long)]
    pub(crate) events: bool,

    /// Print what it sends, as JSON, and nothing else
    #[arg(long, conflicts_with_all = ["workflow", "events", "output"])]
    pub(crate) prompt: bool,

    /// Print the editor's graph that it was made from, as JSON, and nothing else
    #[arg(long, conflicts_with_all = ["events", "output"])]
    pub(crate) workflow: bool,
}

/// Follow a job to its end, and look after it if nobody else does
#[derive(Debug, Args)]
#[command(after_help = "\
The files of a job that was run with `-o` are saved at its end, whoever follows it.
Ctrl-C ends the watching; the job goes on.

Examples:
  comfyctl jobs watch 019a3c52-7c1e
  comfyctl jobs watch 019a3c52-7c1e --timeout 60 --json")]
pub(crate) struct WatchJob {
    /// Id of the job, or the start of it
    #[arg(value_name = "ID")]
    pub(crate) id: String,

    /// Wait so long at most; the job goes on
    #[arg(long, value_name = "SECONDS", value_parser = super::submission::parse_seconds)]
    pub(crate) timeout: Option<std::time::Duration>,
}

/// Stop jobs: those that run, and those that wait
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl jobs cancel 019a3c52-7c1e
  comfyctl jobs cancel 019a3c52-7c1e 019a3c52-7d04 --json")]
pub(crate) struct CancelJobs {
    /// Ids of jobs, or the starts of them
    #[arg(value_name = "ID", required = true)]
    pub(crate) ids: Vec<String>,
}
