//! `comfyctl workflow`.

use super::library::{DeleteWorkflows, ListWorkflows, SaveWorkflow, WorkflowTool};
use super::{
    AnalyzeArguments, ConvertArguments, DiffArguments, EditArguments, SchemaArguments,
    SetArguments, ShowWorkflow,
};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum WorkflowCommand {
    Validate(ValidateArguments),
    Convert(ConvertArguments),
    Extract(ExtractArguments),
    List(ListWorkflows),
    Save(SaveWorkflow),
    Delete(DeleteWorkflows),
    Tool(WorkflowTool),
    Analyze(AnalyzeArguments),
    Show(ShowWorkflow),
    Schema(SchemaArguments),
    Set(SetArguments),
    Edit(EditArguments),
    Diff(DiffArguments),
}

/// Where node definitions come from.
#[derive(Debug, Args)]
pub(crate) struct DefinitionsArguments {
    /// Node definitions, as a server's `/object_info` gives them
    #[arg(long, value_name = "FILE", conflicts_with_all = ["url", "connection"])]
    pub(crate) object_info: Option<PathBuf>,
}

/// Say what is wrong with workflows before they run
#[derive(Debug, Args)]
#[command(after_help = "\
Checks against the definitions of --object-info, or of the server that --url, --connection or
COMFYCTL_URL names; without any, the structure only.

Examples:
  comfyctl workflow validate workflow.json --url http://gpu:8188
  comfyctl workflow validate *.json --object-info nodes.json --json

JSON: {\"files\": [{\"file\", \"valid\", \"checked_with_definitions\", \"definitions_as_of\", \"findings\":
[{\"code\", \"severity\", \"node\", \"class\", \"input\", \"message\", \"suggestion\"}]}]}, where definitions_as_of
is the age of what is known of a server that is off. Exit code 10 when a file is not valid.")]
pub(crate) struct ValidateArguments {
    /// Workflows, or files that carry one
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) definitions: DefinitionsArguments,
}

/// Print the workflow that an image, video, audio file or latent carries
#[derive(Debug, Args)]
#[command(after_help = "\
ComfyUI writes two graphs into what it saves: the prompt that ran (API format) and the workflow of
the editor.

Examples:
  comfyctl workflow extract ComfyUI_00001_.png > prompt.json
  comfyctl workflow extract video.mp4 --part workflow > workflow.json

JSON: {\"prompt\": ..., \"workflow\": ...}, null for the one that is not there.")]
pub(crate) struct ExtractArguments {
    /// A file that ComfyUI saved
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Which of the two; by default the prompt, or else the workflow
    #[arg(long, value_name = "PART")]
    pub(crate) part: Option<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// The graph that ran, in API format
    Prompt,
    /// The graph of the editor
    Workflow,
}
