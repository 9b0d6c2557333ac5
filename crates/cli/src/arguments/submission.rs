//! What `run`, `batch` and `jobs rerun` have in common: what is changed in a workflow, and what its job
//! is granted.

use clap::Args;
use comfyctl_manager::{
    Changes, Error, ErrorKind, ImageOverride, JobId, Policy, SeedChoice, Terms,
};
use comfyctl_workflow::Override;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, Args)]
pub(crate) struct ChangeArguments {
    /// Set an input before the run; the value is JSON or text
    #[arg(long, value_name = "SELECTOR=VALUE")]
    set: Vec<Override>,

    /// Upload an image and set it; a node alone means its input `image`
    #[arg(long, value_name = "SELECTOR=FILE")]
    image: Vec<ImageOverride>,

    /// Set every seed; a random one is drawn for each job
    #[arg(long, value_name = "N|random", value_parser = parse_seed)]
    seed: Option<SeedChoice>,

    /// Leave all checks of values to the server
    #[arg(long)]
    no_validate: bool,
}

impl ChangeArguments {
    pub(crate) fn changes(&self) -> Changes {
        Changes {
            overrides: self.set.clone(),
            images: self.image.clone(),
            seed: self.seed.unwrap_or_default(),
            unchecked: self.no_validate,
            ..Changes::default()
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct TermsArguments {
    /// Try so often again after an error that may pass
    #[arg(long, value_name = "N", help_heading = "Job options")]
    retries: Option<u32>,

    /// Fail when it does not run within so long from now
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds, help_heading = "Job options")]
    queue_timeout: Option<Duration>,

    /// Stop it when it runs for longer
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

    /// Send it only when this job has completed; repeat for more
    #[arg(long, value_name = "ID", help_heading = "Job options")]
    pub(crate) after: Vec<String>,

    /// A word to find it by; repeat for more
    #[arg(long, value_name = "WORD", help_heading = "Job options")]
    tag: Vec<String>,
}

impl TermsArguments {
    /// What a job is granted that runs after the given ones; a patient one outlasts a server that is
    /// away.
    pub(crate) fn terms(&self, usual: Policy, patient: bool, after: Vec<JobId>) -> Terms {
        Terms {
            policy: Policy {
                retries: self.retries.unwrap_or(usual.retries),
                queue_timeout: self.queue_timeout.or(usual.queue_timeout),
                run_timeout: self.run_timeout.or(usual.run_timeout),
                patient,
                ..usual
            },
            priority: self.priority,
            after,
            tags: self.tag.clone(),
            ..Terms::default()
        }
    }
}

/// Files are saved by whichever process sees the end of a job, so that their folder is absolute.
pub(super) fn output_folder(folder: Option<&Path>) -> Result<Option<PathBuf>, Error> {
    let folder = folder.map(std::path::absolute).transpose();
    Ok(folder.map_err(ErrorKind::File)?)
}

fn parse_seed(text: &str) -> Result<SeedChoice, String> {
    if text == "random" {
        return Ok(SeedChoice::Random);
    }
    let seed = text
        .parse()
        .map_err(|_| format!("neither `random` nor 0 to {}", u64::MAX))?;
    Ok(SeedChoice::Fixed(seed))
}

pub(super) fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
