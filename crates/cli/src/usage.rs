//! A command line that is wrong, told as clap tells it or, with `--json`, as the one JSON value.
//! Called when the command line is read, and by commands for what clap cannot check.

use crate::arguments::ColorChoice;
use crate::exit::ExitStatus;
use crate::printer::Printer;
use clap::Error;
use serde_json::json;
use std::env::args_os;

/// A printer for a command line that could not be read.
pub(crate) fn printer() -> Printer {
    let mut options = args_os().skip(1).take_while(|argument| argument != "--");
    Printer::new(
        options.any(|argument| argument == "--json"),
        ColorChoice::Auto,
    )
}

/// Says what is wrong; or the help or the version, when that was asked for.
pub(crate) fn report(error: &Error, printer: Printer) -> ExitStatus {
    let is_wrong = error.use_stderr();
    if is_wrong && printer.is_json() {
        let error = json!({ "code": "usage", "message": message(error) });
        printer.json(&json!({ "error": error }));
    } else {
        // A reader that has gone is no error of ours.
        let _ = error.print();
    }
    if is_wrong {
        ExitStatus::Usage
    } else {
        ExitStatus::Success
    }
}

/// What is wrong in a line, without the usage and the help that follow.
fn message(error: &Error) -> String {
    let text = error.render().to_string();
    let reason = text.split("\n\n").next().unwrap_or_default();
    let reason = reason.strip_prefix("error: ").unwrap_or(reason);
    reason.split_whitespace().collect::<Vec<_>>().join(" ")
}
