//! `comfyctl completions`.

use crate::arguments::{Arguments, CompletionsArguments};
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use clap::CommandFactory;
use serde_json::json;

#[expect(clippy::unnecessary_wraps, reason = "the form of every command")]
pub(crate) fn run(
    arguments: &CompletionsArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    // Into memory first: clap_complete panics when the reader of stdout has gone.
    let mut script = Vec::new();
    let mut command = Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "comfyctl", &mut script);
    let script = String::from_utf8_lossy(&script);
    let script = script.trim_end();
    let result = json!({ "shell": arguments.shell.to_string(), "script": script });
    context.printer.result(&result, || script.to_owned());
    Ok(ExitStatus::Success)
}
