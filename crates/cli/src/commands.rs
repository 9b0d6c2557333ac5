//! What each command does, one file each.

mod jobs_list;
mod jobs_show;
mod run;

use crate::arguments::{Command, JobsCommand};
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
    }
}
