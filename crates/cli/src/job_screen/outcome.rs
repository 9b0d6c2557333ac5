//! What came of a job: its outputs and where they are, and why it failed.

use super::{Frame, Shown, under};
use crate::file_name;
use crate::job_view::nearby;
use comfyctl_manager::{Code, JobError, Output};
use console::Style;
use indicatif::BinaryBytes;

/// Lines of a text that are shown; the JSON has all.
const LINES: usize = 20;

pub(super) fn outputs(shown: &Shown<'_>, frame: &Frame) -> Option<String> {
    let outputs = &shown.job.outputs;
    if outputs.is_empty() {
        return None;
    }
    let lines: Vec<String> = outputs.iter().map(output).collect();
    Some(under("outputs", &lines.join("\n"), frame))
}

/// A file with where it is, or a text. Never cut: it is there to be copied.
fn output(output: &Output) -> String {
    let of = format!("{} of node {}", output.kind, output.node);
    if let Some(text) = &output.text {
        let shown: Vec<String> = text
            .lines()
            .take(LINES)
            .map(|line| format!("  {line}"))
            .collect();
        let more = text.lines().count().saturating_sub(LINES);
        let more = if more > 0 {
            format!("\n  … {more} more lines, all with --json")
        } else {
            String::new()
        };
        return format!("{of}:\n{}{more}", shown.join("\n"));
    }
    let place = match (&output.path, output.file()) {
        (Some(path), _) => nearby(path).display().to_string(),
        (None, Some(file)) => format!("{} on the server", file_name::show(&file)),
        (None, None) => return of,
    };
    let size = output.size.map(|size| format!("  {}", BinaryBytes(size)));
    format!("{place}{}  {of}", size.unwrap_or_default())
}

/// The reason last, where the eye is when the screen has scrolled.
pub(super) fn error(shown: &Shown<'_>, frame: &Frame) -> Option<String> {
    let error = shown.job.error.as_ref()?;
    let mut text = String::new();
    if let Some(traceback) = &error.traceback {
        for line in traceback.lines().filter(|line| !is_marker(line)) {
            text = format!("{text}{line}\n");
        }
    }
    text += &frame.paint(&Style::new().red(), &reason(error)).to_string();
    if let Some(hint) = &error.hint {
        text = format!("{text}\nhint: {hint}");
    }
    let heading = format!("error: {}", error.code);
    Some(under(&heading, &text, frame))
}

/// Whether a line only points at the one above, which it does not where that is wrapped.
fn is_marker(line: &str) -> bool {
    !line.trim().is_empty() && line.trim().chars().all(|mark| matches!(mark, '^' | '~'))
}

fn reason(error: &JobError) -> String {
    let message = &error.message;
    match (&error.node, &error.class) {
        // The message of a refused workflow names its nodes itself.
        _ if error.code == Code::ValidationFailed => message.clone(),
        (Some(node), Some(class)) => format!("node `{node}` ({class}): {message}"),
        (Some(node), None) => format!("node `{node}`: {message}"),
        (None, _) => message.clone(),
    }
}
