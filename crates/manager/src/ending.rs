//! How a job ended, from what the server recorded, and errors as a job keeps them.

use crate::code::Code;
use crate::event::Change;
use crate::job::{JobError, JobStatus, Output};
use comfyctl_client::{
    Error, ErrorKind, ExecutionError, HistoryEntry, Interruption, OutputValue, Outputs, Verdict,
};

/// Bytes of a traceback that are kept.
const LONGEST_TRACEBACK: usize = 16 << 10;

/// How a job ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ending {
    /// One of the final ones.
    pub(crate) status: JobStatus,
    /// What it produced, on a failure until then.
    pub(crate) outputs: Vec<Output>,
    /// Why it did not end well.
    pub(crate) error: Option<JobError>,
    /// Execution time in milliseconds by the server's own clock.
    pub(crate) duration_ms: Option<i64>,
}

impl Ending {
    pub(crate) fn failed(error: JobError) -> Self {
        Self {
            error: Some(error),
            ..Self::plain(JobStatus::Failed)
        }
    }

    pub(crate) fn cancelled(message: &str) -> Self {
        let error = Some(JobError::new(Code::Cancelled, message));
        Self {
            error,
            ..Self::plain(JobStatus::Cancelled)
        }
    }

    /// The event that tells it.
    pub(crate) fn change(&self) -> Change {
        let error = || {
            let unknown = || JobError::new(Code::NodeError, "no reason is known");
            self.error.clone().unwrap_or_else(unknown)
        };
        match self.status {
            JobStatus::Completed => Change::Completed,
            JobStatus::Cancelled => Change::Cancelled { error: error() },
            _ => Change::Failed { error: error() },
        }
    }

    fn plain(status: JobStatus) -> Self {
        Self {
            status,
            outputs: Vec::new(),
            error: None,
            duration_ms: None,
        }
    }
}

/// Reads the record of an execution.
pub(crate) fn ending_of(entry: &HistoryEntry) -> Ending {
    let (status, error) = match entry.verdict() {
        Verdict::Success => (JobStatus::Completed, None),
        Verdict::Interrupted(stop) => (JobStatus::Cancelled, Some(interrupted(&stop))),
        Verdict::Failed(error) => (JobStatus::Failed, Some(node_error(&error))),
    };
    let times = entry.status.started_at().zip(entry.status.ended_at());
    let duration_ms = times.map(|(start, end)| end.saturating_sub(start).max(0));
    Ending {
        status,
        outputs: outputs_of(&entry.outputs),
        error,
        duration_ms,
    }
}

/// Files and texts; what else nodes say is for the editor.
fn outputs_of(outputs: &Outputs) -> Vec<Output> {
    let convert = |item: comfyctl_client::Output<'_>| {
        let output = Output::new(item.node, item.kind);
        match item.value {
            OutputValue::File(found) => Some(Output {
                filename: Some(found.file.filename),
                subfolder: Some(found.file.subfolder),
                folder: Some(found.file.folder),
                ..output
            }),
            OutputValue::Text(text) => Some(Output {
                text: Some(text.to_owned()),
                ..output
            }),
            OutputValue::Other(_) => None,
        }
    };
    outputs.iter().filter_map(convert).collect()
}

fn interrupted(stop: &Interruption) -> JobError {
    JobError {
        node: stop.node_id.as_ref().map(ToString::to_string),
        class: stop.node_type.clone(),
        ..JobError::new(Code::Cancelled, "interrupted on the server")
    }
}

fn node_error(error: &ExecutionError) -> JobError {
    let message = match (
        error.exception_type.as_str(),
        error.exception_message.as_str(),
    ) {
        ("", "") => "the server gives no reason".to_owned(),
        ("", message) => message.to_owned(),
        (kind, "") => kind.to_owned(),
        (kind, message) => format!("{kind}: {message}"),
    };
    let out_of_memory = ["outofmemory", "out of memory"];
    let lower = message.to_lowercase();
    let (code, hint) = if out_of_memory.iter().any(|words| lower.contains(words)) {
        let hint = "free memory with `comfyctl free`, or ask for a smaller size or batch";
        (Code::OutOfMemory, Some(hint.to_owned()))
    } else {
        (Code::NodeError, None)
    };
    JobError {
        node: error.node_id.as_ref().map(ToString::to_string),
        class: error.node_type.clone(),
        hint,
        traceback: traceback(&error.traceback),
        ..JobError::new(code, &message)
    }
}

/// Its end, where the error is, if it is longer than anybody reads.
fn traceback(lines: &[String]) -> Option<String> {
    let text = lines.concat();
    let text = text.trim_end();
    let start = text.len().saturating_sub(LONGEST_TRACEBACK);
    let start = (start..text.len()).find(|at| text.is_char_boundary(*at));
    start.map(|start| text[start..].to_owned())
}

/// An error of the client as a job keeps it. Of a rejected prompt, the first node at fault is named.
pub(crate) fn job_error(error: &Error) -> JobError {
    let (node, class) = match error.kind() {
        ErrorKind::Rejected(rejection) => match rejection.node_errors.0.first() {
            Some((id, node)) => (Some(id.to_string()), Some(node.class_type.clone())),
            None => (None, None),
        },
        _ => (None, None),
    };
    let code = Code::of_client_error(error);
    JobError {
        node,
        class,
        hint: error.hint(),
        ..JobError::new(code, &error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceback_is_kept_without_its_line_breaks_at_the_end_and_without_a_flood() {
        let lines =
            |lines: &[&str]| traceback(&lines.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(lines(&[]), None);
        let told = lines(&[
            "  File \"nodes.py\", line 1\n    x()\n",
            "  File \"b.py\"\n",
        ]);
        assert_eq!(
            told.as_deref(),
            Some("  File \"nodes.py\", line 1\n    x()\n  File \"b.py\"")
        );
        let flood = "é".repeat(LONGEST_TRACEBACK) + "the end";
        let kept = lines(&[&flood]).unwrap_or_default();
        assert!(kept.len() <= LONGEST_TRACEBACK && kept.ends_with("the end"));
    }
}
