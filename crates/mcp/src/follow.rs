//! Waits for a job on behalf of a call: tells of progress, gives up waiting in time, and cancels the
//! job when the client says so. A client that merely goes away leaves its job running.

use crate::call::Call;
use crate::failure::Failure;
use crate::progress::Reporter;
use comfyctl_manager::{Code, JobError, JobId, Limits, Notice, Request, Run, RunEnd};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A job that was submitted.
#[derive(Debug)]
pub(crate) struct Submitted {
    pub(crate) job_id: JobId,
    pub(crate) seed: Option<u64>,
    /// What is odd about the workflow.
    pub(crate) warnings: Vec<String>,
}

/// Most warnings that are told.
const WARNINGS: usize = 10;

/// Stores a job. A client that does not want it any more by then gets none.
pub(crate) async fn submit(request: Request, call: &Call) -> Result<Submitted, Failure> {
    let warnings = Mutex::new(Vec::new());
    let watcher = |notice| {
        let text = match notice {
            Notice::Odd(finding) => finding.to_string(),
            Notice::Converted(warning) => warning.to_string(),
            _ => return,
        };
        let mut warnings = warnings.lock().unwrap_or_else(PoisonError::into_inner);
        if warnings.len() < WARNINGS {
            warnings.push(text);
        }
    };
    let submitting = Box::pin(call.manager.submit(request, &watcher));
    let Some(submission) = call.cancelled.run_until_cancelled(submitting).await else {
        let message = "cancelled before the job was sent";
        return Err(Failure::new(Code::Cancelled.as_str(), message));
    };
    let submission = submission?;
    Ok(Submitted {
        job_id: submission.job_id,
        seed: submission.seed,
        warnings: warnings
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner),
    })
}

/// Waits until a server has the job, or it is clear that it has to wait for one.
pub(crate) async fn until_queued(job_id: JobId, call: &Call) -> Result<Run, Failure> {
    let limits = Limits {
        until_queued: true,
        cancel: call.cancelled.clone(),
        ..Limits::default()
    };
    follow(job_id, &limits, call.wait_without_progress, call).await
}

/// Waits until the job ends, but no longer than asked for, nor than the client likely waits.
pub(crate) async fn until_ended(
    job_id: JobId,
    timeout: Duration,
    call: &Call,
) -> Result<Run, Failure> {
    let wait = match call.progress_token() {
        Some(_) => timeout,
        None => timeout.min(call.wait_without_progress),
    };
    let limits = Limits {
        cancel: call.cancelled.clone(),
        ..Limits::default()
    };
    follow(job_id, &limits, wait, call).await
}

async fn follow(
    job_id: JobId,
    limits: &Limits,
    wait: Duration,
    call: &Call,
) -> Result<Run, Failure> {
    let reporter = Reporter::new(call);
    let watcher = |notice| reporter.notice(notice);
    let following = Box::pin(call.manager.follow(job_id, limits, &watcher));
    let leaving = async {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = call.closing.cancelled() => {}
        }
        limits.leave.cancel();
        std::future::pending::<()>().await;
    };
    let run = tokio::select! {
        run = following => run?,
        () = leaving => return Err(closed()),
        () = reporter.tell(call) => return Err(closed()),
    };
    if run.end != RunEnd::Ended && !call.closing.is_cancelled() {
        // Nobody waits any more, and the job is to go on all the same.
        call.manager.look_after(job_id).await?;
    }
    Ok(run)
}

/// Never seen: neither waiting nor telling ends by itself.
fn closed() -> Failure {
    Failure::new(Code::StoreError.as_str(), "the server is closing")
}

/// Why the end of a job is not known, where that is an error.
pub(crate) fn trouble(end: &RunEnd) -> Option<&JobError> {
    match end {
        RunEnd::Unreachable(error) | RunEnd::Unsaved(error) => Some(error),
        _ => None,
    }
}
