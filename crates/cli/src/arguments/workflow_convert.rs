//! `comfyctl workflow convert`.

use super::DefinitionsArguments;
use clap::{Args, ValueEnum};
use comfyctl_workflow::convert::{Dialect, SeedMode};
use std::path::PathBuf;

/// Turn what the editor saves into prompts, exactly as the editor sends them, or the other way round
#[derive(Debug, Args)]
#[command(after_help = "\
Takes the definitions of --object-info, or of the server that --url, --connection or COMFYCTL_URL
names. Without --frontend it converts as the editor of that server does, or as the newest one.
With --to ui a prompt becomes a workflow to open in the editor, which sends the same prompt again;
what the editor cannot hold is named in a warning. A file in the wanted format stays as it is.

Examples:
  comfyctl workflow convert workflow.json --url http://gpu:8188 > prompt.json
  comfyctl workflow convert flows/*.json --object-info nodes.json --frontend 1.45.21 --out prompts
  comfyctl workflow convert prompt.json --to ui --url http://gpu:8188 > workflow.json

JSON: {\"files\": [{\"file\", \"output\", \"prompt\" or \"workflow\", \"warnings\": [{\"code\", \"node\",
\"input\", \"message\"}], \"error\": {\"code\", \"message\", \"hint\"}}]}. The exit code is that of the first file that failed.")]
pub(crate) struct ConvertArguments {
    /// Workflows in either format, or files that carry one; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Format to convert to
    #[arg(long, value_name = "FORMAT", default_value = "api")]
    pub(crate) to: Format,

    #[command(flatten)]
    pub(crate) definitions: DefinitionsArguments,

    /// Version of the editor to convert like, such as 1.45.21
    #[arg(long, value_name = "VERSION")]
    pub(crate) frontend: Option<Dialect>,

    /// What becomes of seeds that their author did not fix
    #[arg(long, value_name = "MODE", default_value = "saved")]
    pub(crate) seed_mode: SeedModeChoice,

    /// Folder for the results, each under the name of its file
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// What a server runs
    Api,
    /// What the editor saves
    Ui,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SeedModeChoice {
    /// They stay
    Saved,
    /// They are drawn anew
    Randomize,
    /// They go up by one step
    Increment,
}

impl From<SeedModeChoice> for SeedMode {
    fn from(choice: SeedModeChoice) -> Self {
        match choice {
            SeedModeChoice::Saved => Self::Saved,
            SeedModeChoice::Randomize => Self::Randomize,
            SeedModeChoice::Increment => Self::Increment,
        }
    }
}
