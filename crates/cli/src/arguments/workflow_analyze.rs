//! `comfyctl workflow analyze`, `show` and `schema`: what a workflow is.

use super::DefinitionsArguments;
use clap::Args;
use std::path::PathBuf;

/// Say what can be changed in a workflow, what comes out, and what it needs
#[derive(Debug, Args)]
#[command(after_help = "\
Parameters that the author marked come first: {{name}} and {{name:default}} in a text, the value
PARAM_NAME, a title $name.input, and the input nodes of Comfy Deploy and comfy-pack.

Ranges, choices and what the server lacks come from the definitions of --object-info, or of the
server that --url, --connection or COMFYCTL_URL names; without any, only the structure is looked at.
What the editor saves also names the node packs of its nodes. They are told even when the server lacks
classes, so that the workflow cannot be converted.

Examples:
  comfyctl workflow analyze workflow.json
  comfyctl workflow analyze workflow.json --url http://gpu:8188 --json | jq '.models[].file'

JSON: {\"with_definitions\", \"fingerprint\", \"parameters\": [{\"name\", \"kind\", \"type\", \"role\", \"value\",
\"default\", \"minimum\", \"maximum\", \"step\", \"choices\", \"description\", \"required\", \"advanced\",
\"origin\", \"targets\": [{\"node\", \"class\", \"title\", \"input\"}]}], \"outputs\": [{\"node\", \"class\", \"title\",
\"kind\"}], \"models\": [{\"file\", \"folder\", \"node\", \"class\", \"input\", \"available\"}], \"classes\":
[{\"class\", \"count\", \"available\"}], \"order\": [nodes], \"faults\": [{\"code\", \"node\", \"input\",
\"message\"}], \"packs\": {\"core\", \"needed\": [{\"id\", \"origin\", \"versions\", \"classes\", \"missing\"}],
\"unknown\": [classes]}, \"definitions_as_of\", \"error\"}. What is not known is left out.")]
pub(crate) struct AnalyzeArguments {
    /// Workflow, or a file that carries one; - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) definitions: DefinitionsArguments,
}

/// Show the nodes of a workflow in the order in which they run
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl workflow show workflow.json
  comfyctl workflow show workflow.json --mermaid > graph.mmd

JSON: {\"nodes\": [{\"node\", \"class\", \"title\", \"inputs\": {...}}]}, or {\"mermaid\"}.")]
pub(crate) struct ShowWorkflow {
    /// Workflow, or a file that carries one; - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Draw it in Mermaid, which GitHub and many editors show as a picture
    #[arg(long)]
    pub(crate) mermaid: bool,

    #[command(flatten)]
    pub(crate) definitions: DefinitionsArguments,
}

/// Print a JSON Schema of what can be changed in a workflow
#[derive(Debug, Args)]
#[command(after_help = "\
Where the author marked parameters, such as {{name}} in a text, only these are in the schema.
With definitions (see `comfyctl workflow analyze --help`) it has ranges and choices.

Examples:
  comfyctl workflow schema workflow.json --url http://gpu:8188 > form.json

JSON: the schema (draft 2020-12), with and without --json.")]
pub(crate) struct SchemaArguments {
    /// Workflow, or a file that carries one; - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Everything that can be changed, also where the author marked parameters
    #[arg(long)]
    pub(crate) all: bool,

    #[command(flatten)]
    pub(crate) definitions: DefinitionsArguments,
}
