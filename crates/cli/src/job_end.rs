//! The end of a command that followed a job: what it brought, or how to go on.

use crate::context::Context;
use crate::exit::ExitStatus;
use crate::job_view::{self, JobView};
use comfyctl_manager::{Code, JobError, JobStatus, Run, RunEnd};

/// Prints outputs and end of a job that was followed, and says how the command ends.
pub(crate) fn show(ran: &Run, context: &Context) -> ExitStatus {
    let open = still_open(ran);
    let mut view = JobView::from(&ran.job);
    view.seed = ran.seed;
    view.error = view.error.or(open.as_ref());
    if context.printer.is_json() {
        context.printer.json(&view);
    } else {
        job_view::print_outputs(&ran.job, context.printer);
        job_view::print_summary(&view, context.printer);
    }
    exit_status(ran)
}

/// What to say of a job whose end we do not know, or whose outputs were not saved.
fn still_open(ran: &Run) -> Option<JobError> {
    let id = ran.job.job_id;
    let watch = format!("`comfyctl jobs watch {id}`");
    let goes_on = match ran.job.status {
        JobStatus::Pending => format!("no server has it yet; send it with {watch}"),
        status if status.is_final() => {
            format!("save its files with `comfyctl jobs show {id} -o DIR`")
        }
        _ => format!("the job goes on; follow it with {watch}"),
    };
    let (code, message, hint) = match &ran.end {
        RunEnd::Ended | RunEnd::Queued => return None,
        RunEnd::Pending(reason) => (
            Code::WaitTimeout,
            format!("it waits {reason}"),
            format!("a `comfyctl worker` sends it, or {watch}"),
        ),
        RunEnd::WaitedLong => {
            let message = "the wait ended before the job did".to_owned();
            (Code::WaitTimeout, message, goes_on)
        }
        RunEnd::Left => {
            let message = "left before the job ended".to_owned();
            (Code::WaitTimeout, message, goes_on)
        }
        RunEnd::Unreachable(error) | RunEnd::Unsaved(error) => {
            (error.code, error.message.clone(), goes_on)
        }
    };
    Some(JobError {
        hint: Some(hint),
        ..JobError::new(code, &message)
    })
}

/// How a command ends that followed this job.
pub(crate) fn exit_status(ran: &Run) -> ExitStatus {
    match (&ran.end, ran.job.status, &ran.job.error) {
        (RunEnd::Left, ..) => ExitStatus::Left,
        (RunEnd::WaitedLong, ..) => ExitStatus::WaitTimeout,
        (RunEnd::Unreachable(error) | RunEnd::Unsaved(error), ..) => error.code.into(),
        (RunEnd::Queued | RunEnd::Pending(_), ..) | (_, JobStatus::Completed, _) => {
            ExitStatus::Success
        }
        (_, _, Some(error)) => error.code.into(),
        (_, _, None) => ExitStatus::JobFailed,
    }
}
