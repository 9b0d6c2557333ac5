//! `comfyctl workflow list`, `save`, `delete` and `tool`: saved workflows.

use clap::{Args, ValueEnum};
use comfyctl_manager::{Source, WorkflowName};
use std::path::PathBuf;

/// Which library is changed.
#[derive(Debug, Args)]
pub(crate) struct LibraryArguments {
    /// Those that the editor on the server shows, instead of those of this machine
    #[arg(long)]
    server: bool,
}

impl LibraryArguments {
    pub(crate) fn source(&self) -> Source {
        if self.server {
            Source::Server
        } else {
            Source::Local
        }
    }
}

/// List saved workflows, templates and blueprints
#[derive(Debug, Args)]
#[command(after_help = "\
Saved workflows lie in the folder that `workflows_dir` of the settings names (local), or in the editor's
folder on the server (server). A server also brings templates of its editor and of its node packs
(template), and subgraphs for every workflow (blueprint). Commands that take a workflow take the names
that are listed: portrait, server:portrait, template:default, blueprint:Sharpen.

Examples:
  comfyctl workflow list
  comfyctl workflow list --source template 'flux image'
  comfyctl workflow list --source all --json

JSON: {\"workflows\": [{\"source\", \"name\", \"title\", \"description\", \"tags\", \"size\", \"modified\",
\"content_hash\"}]}, size in bytes; content_hash changes with the content. What is not known is left out.")]
pub(crate) struct ListWorkflows {
    /// Only those with all of these words in their name, title, description or tags
    #[arg(value_name = "TEXT")]
    pub(crate) text: Option<String>,

    /// Where to look
    #[arg(long, value_name = "SOURCE", default_value = "local")]
    pub(crate) source: SourceChoice,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SourceChoice {
    /// The folder of this machine
    Local,
    /// The editor's folder on the server
    Server,
    /// Templates of the editor and of node packs
    Template,
    /// Subgraphs that every workflow of the server can use
    Blueprint,
    /// Everywhere
    All,
}

impl SourceChoice {
    pub(crate) fn sources(self) -> &'static [Source] {
        match self {
            Self::Local => &[Source::Local],
            Self::Server => &[Source::Server],
            Self::Template => &[Source::Template],
            Self::Blueprint => &[Source::Blueprint],
            Self::All => &Source::ALL,
        }
    }
}

/// Save a workflow under a name
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl workflow save portrait.json
  comfyctl workflow save download.json --name clients/acme/banner --server

JSON: {\"name\"}.")]
pub(crate) struct SaveWorkflow {
    /// A workflow in either format
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Its name, with / for folders; by default that of the file
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<WorkflowName>,

    /// Replace a saved workflow of that name
    #[arg(long)]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) library: LibraryArguments,
}

/// Delete saved workflows
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl workflow delete portrait
  comfyctl workflow delete clients/acme/banner --server

JSON: {\"deleted\": [name]}.")]
pub(crate) struct DeleteWorkflows {
    /// Their names
    #[arg(value_name = "NAME", required = true)]
    pub(crate) names: Vec<WorkflowName>,

    #[command(flatten)]
    pub(crate) library: LibraryArguments,
}

/// Offer a saved workflow to agents as a tool of its own
#[derive(Debug, Args)]
#[command(after_help = "\
`comfyctl mcp` then lists a tool for it, whose parameters are those that `workflow analyze` finds, or only
those that its author marked with placeholders such as {{subject}}. Servers that run notice by themselves.
The mark stands in the settings, under `mcp.workflow_tools`.

Examples:
  comfyctl workflow tool portrait --description 'A portrait of a person in the style of our house'
  comfyctl workflow tool portrait --off

JSON: {\"workflow\", \"tool\"}, the latter null with --off.")]
pub(crate) struct WorkflowTool {
    /// Name of the workflow
    #[arg(value_name = "NAME")]
    pub(crate) name: WorkflowName,

    /// What it is for, so that agents know when to use it
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) description: String,

    /// Offer it no more
    #[arg(long, conflicts_with = "description")]
    pub(crate) off: bool,
}
