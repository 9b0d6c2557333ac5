//! The command line: parses arguments, calls the manager, prints. A library with a thin binary, so
//! that the Python package ships the same command.
//!
//! Data goes to stdout, everything else to stderr; with `--json` stdout holds exactly one JSON
//! value. What a command does lives in `commands/`, one file each; only `arguments` knows clap.

mod arguments;
mod batch_bar;
mod commands;
mod context;
mod definitions;
mod exit;
mod failure;
mod file_name;
mod graph;
mod interrupt;
mod job_end;
mod job_screen;
mod job_view;
mod library;
mod log;
mod no_worker;
mod printer;
mod progress_bar;
mod table;
mod usage;

pub use exit::ExitStatus;
pub use log::log_by;

use arguments::{Arguments, Command};
use clap::Parser;
use context::Context;
use failure::Failure;
use printer::Printer;
use std::ffi::OsString;
use std::process::ExitCode;
use tokio::runtime::{Builder, Runtime};

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    run_arguments(std::env::args_os()).into()
}

/// Runs the command that these arguments are, the program's own name first.
pub fn run_arguments(arguments: impl IntoIterator<Item = OsString>) -> ExitStatus {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return usage::report(&error, usage::printer()),
    };
    let printer = Printer::new(arguments.global.json, arguments.global.color);
    if let Some(problem) = log::start(arguments.global.verbose, arguments.global.config.clone()) {
        printer.warning(&problem);
    }
    match run(arguments, printer) {
        Ok(ExitStatus::Success) if printer.has_lost_output() => ExitStatus::File,
        Ok(status) => status,
        Err(failure) => {
            printer.failure(&failure);
            failure.exit_status()
        }
    }
}

fn run(arguments: Arguments, printer: Printer) -> Result<ExitStatus, Failure> {
    let runtime = runtime(&arguments.command).map_err(Failure::runtime)?;
    let context = Context::new(arguments.global, printer);
    let status = runtime.block_on(commands::dispatch(arguments.command, context));
    // A name lookup that hangs must not keep the command from ending.
    runtime.shutdown_background();
    status
}

/// A command waits for a server most of the time, for which one thread is best; servers have clients
/// to answer while they work.
fn runtime(command: &Command) -> std::io::Result<Runtime> {
    match command {
        Command::Simulator(_) | Command::Mcp(_) => Builder::new_multi_thread().enable_all().build(),
        _ => Builder::new_current_thread().enable_all().build(),
    }
}
