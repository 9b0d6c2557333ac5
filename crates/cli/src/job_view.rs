//! How a job is shown, to programs and to people.

use crate::file_name;
use crate::printer::Printer;
use comfyctl_manager::{Job, JobError, JobId, JobStatus, Output};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::path::Path;
use std::time::Duration;

/// A job as `--json` gives it.
#[derive(Debug, Serialize)]
pub(crate) struct JobView<'a> {
    job_id: String,
    /// Equal to the job id until it is retried; named as ComfyUI's own API names it.
    prompt_id: &'a str,
    status: JobStatus,
    /// `null` until one is chosen.
    connection: Option<&'a str>,
    server_url: Option<&'a str>,
    workflow: Option<&'a str>,
    attempts: u32,
    #[serde(skip_serializing_if = "is_zero")]
    priority: i32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    held: bool,
    /// The job that it runs again.
    #[serde(skip_serializing_if = "Option::is_none")]
    rerun_of: Option<JobId>,
    created_at: String,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    duration_seconds: Option<f64>,
    /// The seed that was set for this run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u64>,
    outputs: &'a [Output],
    pub(crate) error: Option<&'a JobError>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields over by reference"
)]
fn is_zero(priority: &i32) -> bool {
    *priority == 0
}

impl<'a> From<&'a Job> for JobView<'a> {
    fn from(job: &'a Job) -> Self {
        Self {
            job_id: job.job_id.to_string(),
            prompt_id: &job.prompt_id,
            status: job.status,
            connection: job.connection.as_deref(),
            server_url: job.server_url.as_deref(),
            workflow: job.workflow_name.as_deref(),
            attempts: job.attempts,
            priority: job.priority,
            held: job.held,
            rerun_of: job.rerun_of,
            created_at: job.created_at.to_string(),
            started_at: job.started_at,
            finished_at: job.finished_at,
            duration_seconds: job.duration_seconds,
            seed: None,
            outputs: &job.outputs,
            error: job.error.as_ref(),
        }
    }
}

/// One line for each output: the text, the path where it was saved, or the server's name for it,
/// which `comfyctl download` takes.
pub(crate) fn print_outputs(job: &Job, printer: Printer) {
    for output in &job.outputs {
        if let Some(text) = &output.text {
            printer.data(text);
        } else if let Some(path) = &output.path {
            printer.data(nearby(path).display());
        } else if let Some(file) = output.file() {
            printer.data(file_name::show(&file));
        }
    }
}

/// A path below the working folder as people type it.
pub(crate) fn nearby(path: &Path) -> &Path {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| path.strip_prefix(here).ok());
    below.unwrap_or(path)
}

/// How it ended, on stderr.
pub(crate) fn print_summary(view: &JobView<'_>, printer: Printer) {
    let after = view
        .duration_seconds
        .map(|seconds| format!(" in {}", duration(seconds)));
    let seed = view
        .seed
        .map(|seed| format!(", seed {seed}"))
        .unwrap_or_default();
    let after = after.unwrap_or_default();
    printer.note(format_args!(
        "job {} {}{after}{seed}",
        view.job_id, view.status
    ));
    if let Some(error) = view.error {
        printer.job_error(error);
    }
}

/// Seconds from submission until a server executed it.
pub(crate) fn waited(job: &Job) -> Option<f64> {
    let waited = job.started_at?.duration_since(job.created_at);
    Some(waited.as_secs_f64().max(0.0))
}

/// A time by the clock of this machine.
pub(crate) fn local_time(time: Timestamp) -> String {
    let zoned = time.to_zoned(TimeZone::system());
    zoned.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `0.03 s`, `12.4 s`, `2 min 5 s`, `1 h 3 min`.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = Duration::try_from_secs_f64(seconds)
        .unwrap_or_default()
        .as_secs();
    match whole {
        0..10 => format!("{seconds:.2} s"),
        10..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn durations_read_well() {
        let shown = [0.034, 12.44, 125.0, 3780.0].map(super::duration);
        assert_eq!(shown, ["0.03 s", "12.4 s", "2 min 5 s", "1 h 3 min"]);
    }
}
