use super::workflow_convert::SeedModeChoice;
use clap::Args;
use comfyctl_manager::{
    Changes, Error, ErrorKind, ImageOverride, JobId, Policy, SeedChoice, Terms,
};
use comfyctl_workflow::Override;
use std::path::PathBuf;
use std::time::Duration;

/// Run a workflow and wait for its outputs
#[derive(Debug, Args)]
#[command(after_help = "\
WORKFLOW is a JSON file in API format or as the editor saves it, or an image (PNG, WebP), video (MP4, WebM), audio file (FLAC,
MP3, Opus) or latent that ComfyUI saved with its workflow in it.

A selector names an input: NODE.INPUT, where NODE is an id, a title or a class.
  6.text    \"Positive Prompt\".text    CLIPTextEncode[1].text

Examples:
  comfyctl run workflow.json -o out
  comfyctl run workflow.json --set 6.text='a red fox' --set KSampler.steps=30 --seed random
  comfyctl run workflow.json --image LoadImage=photo.png -o out
  comfyctl run ComfyUI_00012_.png --seed 7 --json
  cat workflow.json | comfyctl run - --no-wait

Ctrl-C cancels the job on the server; a second one leaves it running.
Exit codes: 0 done, 1 failed, 10 refused by the server, 11 wait timed out, 13 cancelled.")]
pub(crate) struct RunArguments {
    /// Workflow, file that carries one, or name of a saved one; - for standard input
    #[arg(value_name = "WORKFLOW")]
    pub(crate) workflow: PathBuf,

    /// On a connection with this label; repeat for more, all of which it must have
    #[arg(long, value_name = "WORD", conflicts_with = "url")]
    pub(crate) label: Vec<String>,

    /// Set an input before the run; the value is JSON or text
    #[arg(long, value_name = "SELECTOR=VALUE")]
    set: Vec<Override>,

    /// Upload an image and set it; a node alone means its input `image`
    #[arg(long, value_name = "SELECTOR=FILE")]
    image: Vec<ImageOverride>,

    /// Set every seed
    #[arg(long, value_name = "N|random", value_parser = parse_seed)]
    seed: Option<SeedChoice>,

    /// What becomes of seeds that their author did not fix, in a file that the editor saved
    #[arg(
        long,
        value_name = "MODE",
        default_value = "saved",
        conflicts_with = "seed"
    )]
    seed_mode: SeedModeChoice,

    /// Leave all checks of values to the server
    #[arg(long)]
    no_validate: bool,

    /// Save every output file there; never overwrites
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    /// Return as soon as the server has the job, or as it has to wait for a free slot
    #[arg(long)]
    pub(crate) no_wait: bool,

    /// Try so often again after an error that may pass
    #[arg(long, value_name = "N", help_heading = "Job options")]
    retries: Option<u32>,

    /// Fail when it does not run within so long
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

    /// The same key gives the same job, however often it is submitted
    #[arg(long, value_name = "KEY", help_heading = "Job options")]
    key: Option<String>,

    /// Send it only when this job has completed
    #[arg(long, value_name = "ID", help_heading = "Job options")]
    pub(crate) after: Vec<String>,

    /// A word to find the job by
    #[arg(long, value_name = "WORD", help_heading = "Job options")]
    tag: Vec<String>,

    /// Wait so long at most; the job goes on
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub(crate) timeout: Option<Duration>,
}

impl RunArguments {
    pub(crate) fn changes(&self) -> Changes {
        Changes {
            overrides: self.set.clone(),
            images: self.image.clone(),
            seed: self.seed.unwrap_or_default(),
            seed_mode: self.seed_mode.into(),
            unchecked: self.no_validate,
        }
    }

    /// What the job is granted; it runs after the given ones. Its files are saved by whichever process sees its end, so that the
    /// folder is absolute.
    pub(crate) fn terms(&self, usual: Policy, after: Vec<JobId>) -> Result<Terms, Error> {
        let folder = self.output.as_deref().map(std::path::absolute);
        Ok(Terms {
            policy: Policy {
                retries: self.retries.unwrap_or(usual.retries),
                queue_timeout: self.queue_timeout.or(usual.queue_timeout),
                run_timeout: self.run_timeout.or(usual.run_timeout),
                // Nobody waits to hear that the address is wrong.
                patient: self.no_wait,
                ..usual
            },
            priority: self.priority,
            idempotency_key: self.key.clone(),
            after,
            tags: self.tag.clone(),
            output_folder: folder.transpose().map_err(ErrorKind::File)?,
            ..Terms::default()
        })
    }
}

pub(super) fn parse_seed(text: &str) -> Result<SeedChoice, String> {
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
