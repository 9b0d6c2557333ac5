//! Waits for a job on behalf of a call: tells of progress, gives up waiting in time, and cancels the
//! job when the client says so. A client that merely goes away leaves its job running.

use crate::call::Call;
use crate::failure::Failure;
use crate::progress::Reporter;
use comfyctl_manager::{
    Code, Error, JobError, JobId, Limits, Notice, Request, Rerun, Run, RunEnd, Submission,
};
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
    let warnings = Warnings::default();
    let watcher = |notice| warnings.note(&notice);
    let submitting = Box::pin(call.manager.submit(request, &watcher));
    let submission = unless_cancelled(submitting, call).await?;
    Ok(warnings.with(submission))
}

/// Stores a job that repeats another.
pub(crate) async fn resubmit(
    before: JobId,
    again: Rerun,
    call: &Call,
) -> Result<Submitted, Failure> {
    let warnings = Warnings::default();
    let watcher = |notice| warnings.note(&notice);
    let submitting = Box::pin(call.manager.rerun(before, again, &watcher));
    let submission = unless_cancelled(submitting, call).await?;
    Ok(warnings.with(submission))
}

async fn unless_cancelled<T>(
    submitting: impl Future<Output = Result<T, Error>>,
    call: &Call,
) -> Result<T, Failure> {
    let Some(submission) = call.cancelled.run_until_cancelled(submitting).await else {
        let message = "cancelled before the job was sent";
        return Err(Failure::new(Code::Cancelled.as_str(), message));
    };
    Ok(submission?)
}

/// What is odd about a workflow that is submitted.
#[derive(Debug, Default)]
struct Warnings(Mutex<Vec<String>>);

impl Warnings {
    fn note(&self, notice: &Notice) {
        let text = match notice {
            Notice::Odd(finding) => finding.to_string(),
            Notice::Converted(warning) => warning.to_string(),
            _ => return,
        };
        let mut warnings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if warnings.len() < WARNINGS {
            warnings.push(text);
        }
    }

    fn with(self, submission: Submission) -> Submitted {
        Submitted {
            job_id: submission.job_id,
            seed: submission.seed,
            warnings: self.0.into_inner().unwrap_or_else(PoisonError::into_inner),
        }
    }
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
    let giving_up = async {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = call.closing.cancelled() => {}
        }
    };
    tokio::select! {
        run = following => {
            let run = run?;
            if run.end != RunEnd::Ended {
                // Nobody waits any more, and the job is to go on all the same.
                call.manager.look_after(job_id).await?;
            }
            Ok(run)
        }
        // This process goes on to follow the job: it was not told to leave it.
        () = giving_up => Ok(Run {
            job: call.manager.job(&job_id.to_string()).await?,
            end: RunEnd::WaitedLong,
            seed: None,
        }),
        end = reporter.tell(call) => match end {},
    }
}

/// Why the end of a job is not known, where that is an error.
pub(crate) fn trouble(end: &RunEnd) -> Option<&JobError> {
    match end {
        RunEnd::Unreachable(error) | RunEnd::Unsaved(error) => Some(error),
        _ => None,
    }
}
