//! The command line as clap sees it. Nothing here does anything.

mod batch;
mod completions;
mod connections;
mod files;
mod jobs;
mod jobs_again;
mod jobs_history;
mod jobs_line;
mod jobs_list;
mod library;
mod mcp;
mod queue;
mod run;
mod server;
mod settings;
mod simulator;
mod submission;
mod time;
mod worker;
mod workflow;
mod workflow_analyze;
mod workflow_change;
mod workflow_convert;
mod workflow_edit;

pub(crate) use batch::{BatchArguments, BatchCommand, ListBatches, NewBatch};
pub(crate) use completions::CompletionsArguments;
pub(crate) use connections::{
    AddConnection, ConnectionsCommand, DefaultConnection, ListConnections, RemoveConnections,
    RenameConnection, TestConnections, UpdateConnection,
};
pub(crate) use files::{DownloadArguments, UploadArguments};
pub(crate) use jobs::{CancelJobs, JobsCommand, ShowJob, WatchJob};
pub(crate) use jobs_again::{DiffJobs, RerunJob, WaitForJobs};
pub(crate) use jobs_history::{BackupJobs, CheckJobs, ClearJobs, ExportJobs, ImportJobs, TagJob};
pub(crate) use jobs_line::{HoldJobs, MoveJobs, ReleaseJobs};
pub(crate) use jobs_list::{JobStatistics, ListJobs, SearchJobs};
pub(crate) use library::{DeleteWorkflows, ListWorkflows, SaveWorkflow, WorkflowTool};
pub(crate) use mcp::{ClientName, McpArguments, McpCommand, McpServing, McpToolSet};
pub(crate) use queue::{InterruptArguments, QueueArguments};
pub(crate) use run::RunArguments;
pub(crate) use server::{FreeArguments, ModelsArguments, NodesArguments, SystemArguments};
pub(crate) use settings::{
    GetSetting, ImportSettings, SetSetting, SettingsCommand, ShowSettings, UnsetSetting,
};
pub(crate) use simulator::SimulatorArguments;
pub(crate) use worker::WorkerArguments;
pub(crate) use workflow::{
    DefinitionsArguments, ExtractArguments, Part, ValidateArguments, WorkflowCommand,
};
pub(crate) use workflow_analyze::{AnalyzeArguments, SchemaArguments, ShowWorkflow};
pub(crate) use workflow_change::{Assignment, ChangedOutput, DiffArguments, Place, SetArguments};
pub(crate) use workflow_convert::{ConvertArguments, Format};
pub(crate) use workflow_edit::{EditArguments, Operation};

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Run ComfyUI workflows from the command line, and keep a record of every job
#[derive(Debug, Parser)]
#[command(
    name = "comfyctl",
    version,
    propagate_version = true,
    after_help = "\
Examples:
  comfyctl run workflow.json -o out
  comfyctl run workflow.json --set 6.text='a red fox' --seed random -o out
  comfyctl --url http://gpu:8188 system
  comfyctl jobs list

Environment:
  COMFYCTL_URL             address of the server, as --url
  COMFYCTL_CONNECTION      connection that is meant when none is named
  COMFYCTL_CONFIG          settings file, as --config
  COMFYCTL_DATA            folder of the job history
  COMFYCTL_STORE_URL       where jobs are kept, as `store.url` of the settings
  COMFYCTL_WORKFLOWS_DIR   folder of saved workflows
  COMFYCTL_MCP_AUTH_TOKEN  token of the MCP server
  COMFYCTL_LOG             log filter, such as comfyctl_client=debug
  NO_COLOR                 no colours"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: GlobalArguments,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Taken by every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArguments {
    #[expect(clippy::doc_markdown, reason = "shown as it is in the help")]
    /// Address of the server, such as 192.168.1.5:8188 or https://host/comfy
    #[arg(long, global = true, value_name = "URL", conflicts_with = "connection")]
    pub(crate) url: Option<String>,

    /// Connection of the settings, by name; `any` is each of them
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) connection: Option<String>,

    /// Settings file
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Print one JSON value on stdout and nothing else
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Say more on stderr; repeat for more
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorChoice {
    pub(crate) fn forced(self) -> Option<bool> {
        match self {
            Self::Auto => None,
            Self::Always => Some(true),
            Self::Never => Some(false),
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(RunArguments),
    Batch(Box<BatchArguments>),
    /// The history of all jobs
    Jobs {
        #[command(subcommand)]
        command: JobsCommand,
    },
    Worker(WorkerArguments),
    Mcp(McpArguments),
    /// Look at workflows and change them, without running them
    Workflow {
        #[command(subcommand)]
        command: WorkflowCommand,
    },
    /// The ComfyUI servers of the settings
    Connections {
        #[command(subcommand)]
        command: ConnectionsCommand,
    },
    /// The settings: what is in effect, where from, and changing it
    Settings {
        #[command(subcommand)]
        command: SettingsCommand,
    },
    Upload(UploadArguments),
    Download(DownloadArguments),
    Queue(QueueArguments),
    Interrupt(InterruptArguments),
    Free(FreeArguments),
    System(SystemArguments),
    Models(ModelsArguments),
    Nodes(NodesArguments),
    Completions(CompletionsArguments),
    Simulator(SimulatorArguments),
}
