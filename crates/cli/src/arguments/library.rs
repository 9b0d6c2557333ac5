//! `comfyctl workflow list`, `save` and `delete`: saved workflows.

use clap::Args;
use comfyctl_manager::WorkflowName;
use std::path::PathBuf;

/// Which library is meant.
#[derive(Debug, Args)]
pub(crate) struct LibraryArguments {
    /// Those that the editor on the server shows, instead of those of this machine
    #[arg(long)]
    pub(crate) server: bool,
}

/// List saved workflows
#[derive(Debug, Args)]
#[command(after_help = "\
Saved workflows lie in the folder that `workflows_dir` of the settings names, or with --server in the
editor's folder on the server. `comfyctl run` takes their names.

Examples:
  comfyctl workflow list
  comfyctl workflow list --server --json

JSON: {\"workflows\": [{\"name\", \"size\", \"modified\"}]}, size in bytes.")]
pub(crate) struct ListWorkflows {
    #[command(flatten)]
    pub(crate) library: LibraryArguments,
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
