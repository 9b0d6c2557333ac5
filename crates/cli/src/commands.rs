//! What each command does, one file each.

mod batch;
mod completions;
mod connections_change;
mod connections_list;
mod connections_test;
mod download;
mod file_report;
mod free;
mod interrupt;
mod jobs_cancel;
mod jobs_clear;
mod jobs_diff;
mod jobs_files;
mod jobs_line;
mod jobs_list;
mod jobs_rerun;
mod jobs_show;
mod jobs_stats;
mod jobs_tag;
mod jobs_wait;
mod jobs_watch;
mod mcp;
mod mcp_config;
mod models;
mod node_class;
mod node_input;
mod nodes;
mod not_on_server;
mod queue;
mod queue_delete;
mod run;
mod settings_change;
mod settings_files;
mod settings_show;
mod simulator;
mod system;
mod transfer_bar;
mod upload;
mod worker;
mod workflow_analyze;
mod workflow_changed;
mod workflow_convert;
mod workflow_delete;
mod workflow_diff;
mod workflow_edit;
mod workflow_extract;
mod workflow_list;
mod workflow_save;
mod workflow_set;
mod workflow_show;
mod workflow_source;
mod workflow_target;
mod workflow_tool;
mod workflow_validate;

use crate::arguments::{
    Command, ConnectionsCommand, JobsCommand, SettingsCommand, SystemArguments, WorkerArguments,
    WorkflowCommand,
};
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;

pub(crate) async fn dispatch(command: Command, context: Context) -> Result<ExitStatus, Failure> {
    match command {
        Command::Run(arguments) => run::run(arguments, &context).await,
        Command::Batch(arguments) => batch::run(*arguments, &context).await,
        Command::Jobs { command } => jobs(command, &context).await,
        Command::Mcp(arguments) => mcp::run(arguments, &context).await,
        Command::Worker(WorkerArguments {}) => worker::run(&context).await,
        Command::Workflow { command } => workflow(command, &context).await,
        Command::Connections { command } => connections(command, &context).await,
        Command::Settings { command } => settings(command, &context),
        Command::Upload(arguments) => upload::run(arguments, &context).await,
        Command::Download(arguments) => download::run(arguments, &context).await,
        Command::Queue(arguments) => queue::run(arguments, &context).await,
        Command::Interrupt(arguments) => interrupt::run(arguments, &context).await,
        Command::Free(arguments) => free::run(&arguments, &context).await,
        Command::System(SystemArguments {}) => system::run(&context).await,
        Command::Models(arguments) => models::run(arguments, &context).await,
        Command::Nodes(arguments) => nodes::run(arguments, &context).await,
        Command::Simulator(arguments) => simulator::run(arguments, &context).await,
        Command::Completions(arguments) => completions::run(&arguments, &context),
    }
}

async fn jobs(command: JobsCommand, context: &Context) -> Result<ExitStatus, Failure> {
    match command {
        JobsCommand::List(arguments) => jobs_list::list(arguments, context).await,
        JobsCommand::Search(arguments) => jobs_list::search(arguments, context).await,
        JobsCommand::Show(arguments) => jobs_show::run(arguments, context).await,
        JobsCommand::Watch(arguments) => jobs_watch::run(arguments, context).await,
        JobsCommand::Cancel(arguments) => jobs_cancel::run(arguments, context).await,
        JobsCommand::Wait(arguments) => jobs_wait::run(arguments, context).await,
        JobsCommand::Hold(arguments) => jobs_line::hold(arguments, context).await,
        JobsCommand::Release(arguments) => jobs_line::release(arguments, context).await,
        JobsCommand::Move(arguments) => jobs_line::relocate(arguments, context).await,
        JobsCommand::Rerun(arguments) => jobs_rerun::run(arguments, context).await,
        JobsCommand::Diff(arguments) => jobs_diff::run(&arguments, context).await,
        JobsCommand::Stats(arguments) => jobs_stats::run(&arguments, context).await,
        JobsCommand::Tag(arguments) => jobs_tag::run(&arguments, context).await,
        JobsCommand::Clear(arguments) => jobs_clear::run(arguments, context).await,
        JobsCommand::Backup(arguments) => jobs_files::backup(&arguments, context).await,
        JobsCommand::Check(arguments) => jobs_files::check(&arguments, context).await,
        JobsCommand::Export(arguments) => jobs_files::export(&arguments, context).await,
        JobsCommand::Import(arguments) => jobs_files::import(&arguments, context).await,
    }
}

async fn workflow(command: WorkflowCommand, context: &Context) -> Result<ExitStatus, Failure> {
    match command {
        WorkflowCommand::Validate(arguments) => workflow_validate::run(arguments, context).await,
        WorkflowCommand::Convert(arguments) => workflow_convert::run(arguments, context).await,
        WorkflowCommand::Extract(arguments) => workflow_extract::run(&arguments, context),
        WorkflowCommand::List(arguments) => workflow_list::run(arguments, context).await,
        WorkflowCommand::Save(arguments) => workflow_save::run(arguments, context).await,
        WorkflowCommand::Delete(arguments) => workflow_delete::run(arguments, context).await,
        WorkflowCommand::Tool(arguments) => workflow_tool::run(arguments, context).await,
        WorkflowCommand::Analyze(arguments) => workflow_analyze::run(arguments, context).await,
        WorkflowCommand::Show(arguments) => workflow_show::run(arguments, context).await,
        WorkflowCommand::Schema(arguments) => workflow_analyze::schema(arguments, context).await,
        WorkflowCommand::Set(arguments) => workflow_set::run(arguments, context).await,
        WorkflowCommand::Edit(arguments) => workflow_edit::run(arguments, context).await,
        WorkflowCommand::Diff(arguments) => workflow_diff::run(&arguments, context).await,
    }
}

async fn connections(
    command: ConnectionsCommand,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    match command {
        ConnectionsCommand::List(arguments) => connections_list::run(&arguments, context).await,
        ConnectionsCommand::Test(arguments) => connections_test::run(arguments, context).await,
        ConnectionsCommand::Add(arguments) => connections_change::add(&arguments, context),
        ConnectionsCommand::Update(arguments) => connections_change::update(&arguments, context),
        ConnectionsCommand::Remove(arguments) => connections_change::remove(&arguments, context),
        ConnectionsCommand::Rename(arguments) => connections_change::rename(&arguments, context),
        ConnectionsCommand::Default(arguments) => connections_change::default(&arguments, context),
        ConnectionsCommand::Pause(arguments) => {
            connections_change::pause(&arguments.names, context)
        }
        ConnectionsCommand::Resume(arguments) => {
            connections_change::resume(&arguments.names, context)
        }
    }
}

fn settings(command: SettingsCommand, context: &Context) -> Result<ExitStatus, Failure> {
    match command {
        SettingsCommand::Show(arguments) => settings_show::show(&arguments, context),
        SettingsCommand::Get(arguments) => settings_show::get(&arguments, context),
        SettingsCommand::Set(arguments) => settings_change::set(&arguments, context),
        SettingsCommand::Unset(arguments) => settings_change::unset(&arguments, context),
        SettingsCommand::Path(_) => settings_files::path(context),
        SettingsCommand::Schema(_) => Ok(settings_files::schema(context)),
        SettingsCommand::Import(arguments) => settings_change::import(&arguments, context),
        SettingsCommand::Export(_) => settings_files::export(context),
    }
}
