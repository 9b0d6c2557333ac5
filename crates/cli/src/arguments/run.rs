use super::submission::{ChangeArguments, TermsArguments, output_folder, parse_seconds};
use super::workflow_convert::SeedModeChoice;
use clap::Args;
use comfyctl_manager::{Changes, Error, JobId, Policy, Terms};
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

    #[command(flatten)]
    change: ChangeArguments,

    /// What becomes of seeds that their author did not fix, in a file that the editor saved
    #[arg(
        long,
        value_name = "MODE",
        default_value = "saved",
        conflicts_with = "seed"
    )]
    seed_mode: SeedModeChoice,

    /// Save every output file there; never overwrites
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    /// Return as soon as the server has the job, or as it has to wait for a free slot
    #[arg(long)]
    pub(crate) no_wait: bool,

    #[command(flatten)]
    pub(crate) terms: TermsArguments,

    /// The same key gives the same job, however often it is submitted
    #[arg(long, value_name = "KEY", help_heading = "Job options")]
    key: Option<String>,

    /// Wait so long at most; the job goes on
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub(crate) timeout: Option<Duration>,
}

impl RunArguments {
    pub(crate) fn changes(&self) -> Changes {
        Changes {
            seed_mode: self.seed_mode.into(),
            ..self.change.changes()
        }
    }

    /// What the job is granted; it runs after the given ones.
    pub(crate) fn terms(&self, usual: Policy, after: Vec<JobId>) -> Result<Terms, Error> {
        Ok(Terms {
            idempotency_key: self.key.clone(),
            output_folder: output_folder(self.output.as_deref())?,
            // Nobody waits to hear that the address is wrong.
            ..self.terms.terms(usual, self.no_wait, after)
        })
    }
}
