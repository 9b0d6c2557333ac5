//! The only place that writes to stdout and stderr.

use crate::arguments::ColorChoice;
use crate::failure::Failure;
use comfyctl_manager::{Code, JobError};
use comfyctl_workflow::check::Finding;
use console::{Style, StyledObject};
use serde::Serialize;
use serde_json::json;
use std::fmt::Display;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// There is one stdout, whatever printer writes to it.
static OUTPUT_LOST: AtomicBool = AtomicBool::new(false);

/// Writes for people or, with `--json`, for programs. Copied freely.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printer {
    json: bool,
}

impl Printer {
    pub(crate) fn new(json: bool, color: ColorChoice) -> Self {
        if let Some(on) = color.forced() {
            console::set_colors_enabled(on);
            console::set_colors_enabled_stderr(on);
        }
        Self { json }
    }

    /// Whether stdout is to hold one JSON value and nothing else.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Prints a result: as JSON with `--json`, else as the text that is made of it.
    pub(crate) fn result<T: Serialize>(self, value: &T, text: impl FnOnce() -> String) {
        if self.json {
            self.json(value);
        } else {
            self.data(text());
        }
    }

    /// Prints the one JSON value.
    pub(crate) fn json<T: Serialize>(self, value: &T) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.data(text),
            Err(error) => self.warning(&format!("the result cannot be written as JSON: {error}")),
        }
    }

    /// A line of data for people, on stdout. Nothing for empty text.
    pub(crate) fn data(self, text: impl Display) {
        let text = text.to_string();
        if text.is_empty() {
            return;
        }
        if let Err(error) = write_line(&mut io::stdout().lock(), &text) {
            OUTPUT_LOST.store(true, Ordering::Relaxed);
            self.warning(&format!("standard output cannot be written: {error}"));
        }
    }

    /// Whether data did not reach stdout, as on a full disk.
    #[expect(clippy::unused_self, reason = "all output goes through a printer")]
    pub(crate) fn has_lost_output(self) -> bool {
        OUTPUT_LOST.load(Ordering::Relaxed)
    }

    /// A line about what happens, on stderr.
    #[expect(clippy::unused_self, reason = "all output goes through a printer")]
    pub(crate) fn note(self, text: impl Display) {
        // There is nowhere left to say that it failed.
        let _ = write_line(&mut io::stderr().lock(), &text);
    }

    /// Something odd that does no harm by itself.
    pub(crate) fn warning(self, text: &str) {
        self.note(format_args!(
            "{} {text}",
            emphasis(Style::new().yellow().bold(), "warning:")
        ));
    }

    /// Something odd about a workflow, with what to try.
    pub(crate) fn finding(self, finding: &Finding) {
        let suggestion = finding.suggestion.as_ref().map(|text| format!("; {text}"));
        self.warning(&format!("{finding}{}", suggestion.unwrap_or_default()));
    }

    /// What to do next.
    pub(crate) fn hint(self, text: &str) {
        self.note(format_args!(
            "{} {text}",
            emphasis(Style::new().cyan().bold(), "hint:")
        ));
    }

    /// Why the command failed; with `--json` on stdout, as `{"error": ...}`.
    pub(crate) fn failure(self, failure: &Failure) {
        if self.json {
            self.json(&json!({ "error": failure }));
            return;
        }
        self.job_error(failure.error());
    }

    /// Why something failed, for people: the reason, then the next step.
    pub(crate) fn job_error(self, error: &JobError) {
        let label = emphasis(Style::new().red().bold(), "error:");
        // The message of a refused workflow names its nodes itself.
        let node = match (&error.node, &error.class) {
            _ if error.code == Code::ValidationFailed => String::new(),
            (Some(node), Some(class)) => format!("node `{node}` ({class}): "),
            (Some(node), None) => format!("node `{node}`: "),
            (None, _) => String::new(),
        };
        self.note(format_args!("{label} {node}{}", error.message));
        if let Some(hint) = &error.hint {
            self.hint(hint);
        }
    }
}

fn emphasis(style: Style, word: &'static str) -> StyledObject<&'static str> {
    style.for_stderr().apply_to(word)
}

/// A reader that has gone (`comfyctl nodes | head`) is no error of ours.
fn write_line(to: &mut dyn Write, text: &dyn Display) -> io::Result<()> {
    match writeln!(to, "{text}").and_then(|()| to.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}
