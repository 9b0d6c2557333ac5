//! What each command does, one file each.

mod completions;
mod download;
mod file_report;
mod free;
mod interrupt;
mod jobs_list;
mod jobs_show;
mod models;
mod node_class;
mod node_input;
mod nodes;
mod not_on_server;
mod queue;
mod queue_delete;
mod run;
mod simulator;
mod system;
mod transfer_bar;
mod upload;
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
mod workflow_validate;

use crate::arguments::{Command, JobsCommand, SystemArguments, WorkflowCommand};
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;

pub(crate) async fn dispatch(command: Command, context: Context) -> Result<ExitStatus, Failure> {
    match command {
        Command::Run(arguments) => run::run(arguments, &context).await,
        Command::Jobs {
            command: JobsCommand::List(arguments),
        } => jobs_list::run(arguments, &context).await,
        Command::Jobs {
            command: JobsCommand::Show(arguments),
        } => jobs_show::run(arguments, &context).await,
        Command::Workflow { command } => workflow(command, &context).await,
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

async fn workflow(command: WorkflowCommand, context: &Context) -> Result<ExitStatus, Failure> {
    match command {
        WorkflowCommand::Validate(arguments) => workflow_validate::run(arguments, context).await,
        WorkflowCommand::Convert(arguments) => workflow_convert::run(arguments, context).await,
        WorkflowCommand::Extract(arguments) => workflow_extract::run(&arguments, context),
        WorkflowCommand::List(arguments) => workflow_list::run(arguments, context).await,
        WorkflowCommand::Save(arguments) => workflow_save::run(arguments, context).await,
        WorkflowCommand::Delete(arguments) => workflow_delete::run(arguments, context).await,
        WorkflowCommand::Analyze(arguments) => workflow_analyze::run(arguments, context).await,
        WorkflowCommand::Show(arguments) => workflow_show::run(arguments, context).await,
        WorkflowCommand::Schema(arguments) => workflow_analyze::schema(arguments, context).await,
        WorkflowCommand::Set(arguments) => workflow_set::run(arguments, context).await,
        WorkflowCommand::Edit(arguments) => workflow_edit::run(arguments, context).await,
        WorkflowCommand::Diff(arguments) => workflow_diff::run(&arguments, context).await,
    }
}
