//! `comfyctl jobs tag`, `clear`, `backup`, `check`, `export` and `import`: the history as a whole.

use super::time::parse_age;
use clap::Args;
use comfyctl_manager::JobStatus;
use jiff::SignedDuration;
use std::path::PathBuf;

/// Give a job words to find it by, or take them away
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl jobs tag 019a3c52-7c1e keep portrait
  comfyctl jobs tag 019a3c52-7c1e best --remove keep
  comfyctl jobs list --tag best

JSON: {\"job_id\", \"tags\"}.")]
pub(crate) struct TagJob {
    /// Id of the job, or the start of it
    #[arg(value_name = "ID")]
    pub(crate) id: String,

    /// Words to add, also as +WORD; -WORD after `--` takes one away
    #[arg(value_name = "WORD")]
    words: Vec<String>,

    /// A word to take away; repeat for more
    #[arg(long, value_name = "WORD")]
    remove: Vec<String>,
}

impl TagJob {
    /// Words to add, and words to take away.
    pub(crate) fn changes(&self) -> (Vec<String>, Vec<String>) {
        let (mut add, mut remove) = (Vec::new(), self.remove.clone());
        for word in &self.words {
            match word.strip_prefix('-') {
                Some(word) => remove.push(word.to_owned()),
                None => add.push(word.strip_prefix('+').unwrap_or(word).to_owned()),
            }
        }
        (add, remove)
    }
}

/// Remove ended jobs from the history; their statistics stay
#[derive(Debug, Args)]
#[command(after_help = "\
Without options, what `job_history` of the settings does not keep; a worker removes that every hour by
itself, and so does whoever ran a job. Tells how many jobs go, and asks. Jobs that have not ended stay, and
files that were saved with -o.

Examples:
  comfyctl jobs clear
  comfyctl jobs clear --older-than 30d --yes
  comfyctl jobs clear --status failed --status cancelled --yes

JSON: {\"removed\", \"files\", \"bytes\"}: jobs, and the files that were kept with them.")]
pub(crate) struct ClearJobs {
    /// Those that ended so long ago: 12h, 30d
    #[arg(long, value_name = "AGE", value_parser = parse_age)]
    pub(crate) older_than: Option<SignedDuration>,

    /// All but so many of the newest that ended
    #[arg(long, value_name = "N")]
    pub(crate) keep: Option<u32>,

    /// Only those that ended like this; repeat for more
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: Vec<JobStatus>,

    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// Copy the history to a file, with its checksum beside it
#[derive(Debug, Args)]
#[command(after_help = "\
The copy is a SQLite database as it stood at one moment; others go on writing meanwhile. A file of that
name is replaced when the copy is whole. FILE.blake3 holds the checksum, as `b3sum --check` reads it.

Examples:
  comfyctl jobs backup jobs-2026-11-22.db
  comfyctl jobs check jobs-2026-11-22.db

JSON: {\"path\", \"bytes\", \"checksum\"}.")]
pub(crate) struct BackupJobs {
    /// Where to
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// Look whether the history, or a backup of it, is sound
#[derive(Debug, Args)]
#[command(after_help = "\
Reads all of it. Exit code 15 when something is wrong.

Examples:
  comfyctl jobs check
  comfyctl jobs check jobs-2026-11-22.db

JSON: {\"sound\", \"findings\"}, of a backup also \"backup\": {\"path\", \"bytes\", \"checksum\"}.")]
pub(crate) struct CheckJobs {
    /// A backup; without it, the history itself
    #[arg(value_name = "FILE")]
    pub(crate) backup: Option<PathBuf>,
}

/// Write all jobs as JSON Lines
#[derive(Debug, Args)]
#[command(after_help = "\
One job a line with its prompt, its workflow, its story and its tags, as they stand at one moment.

Examples:
  comfyctl jobs export jobs.jsonl

JSON: {\"file\", \"exported\"}.")]
pub(crate) struct ExportJobs {
    /// Where to; replaced if it is there
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// Add the jobs of an export, or of the history of version 2.0.0
#[derive(Debug, Args)]
#[command(after_help = "\
Jobs that are there already are passed over. Jobs that were not sent yet come in held: `comfyctl jobs
release` lets them go.

Examples:
  comfyctl jobs import jobs.jsonl
  comfyctl jobs import ComfyUI/custom_nodes/comfyui-api-manager/job_history.json

JSON: {\"added\", \"skipped\"}.")]
pub(crate) struct ImportJobs {
    /// The file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}
