//! Running one job for a caller who waits: submitted, looked after and watched to its end.

use crate::engine::{Engine, Glimpse};
use crate::error::Error;
use crate::event::{Change, Seq};
use crate::job::{Job, JobError, JobId, JobStatus};
use crate::notice::{Notice, Watcher};
use crate::store::Store;
use crate::watch::{JobWatch, Update};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// When to stop following a job that has not ended.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// Stop as soon as a server has the job, or as it is clear that it has to wait for one.
    pub until_queued: bool,
    /// Stop after so long, but not before a server has the job. The job goes on.
    pub wait: Option<Duration>,
    /// Cancels the job on the server; following ends when the server has done so.
    pub cancel: CancellationToken,
    /// Stops following at once. The job goes on.
    pub leave: CancellationToken,
}

/// Whether a job has ended, or why we do not know its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunEnd {
    /// It has, well or not, which is recorded.
    Ended,
    /// It has, and its files could not be saved.
    Unsaved(JobError),
    /// A server has it, and that was all that was asked for.
    Queued,
    /// It waits to be sent, for this reason, and more was not asked for.
    Pending(String),
    /// The wait ended before the job did.
    WaitedLong,
    /// The caller left.
    Left,
    /// The server stopped answering.
    Unreachable(JobError),
}

/// What came of running a workflow.
#[derive(Debug)]
pub struct Run {
    /// The job as it stands now.
    pub job: Job,
    /// Whether the job has ended, or why we do not know its end.
    pub end: RunEnd,
    /// The seed that was set, when one was asked for.
    pub seed: Option<u64>,
}

/// Looks after a job with this process's engine if nobody else does, until it ends or the limits
/// say otherwise, and tells the watcher its story.
pub(crate) async fn follow(
    store: &Store,
    engine: &Engine,
    job_id: JobId,
    limits: &Limits,
    watcher: Watcher<'_>,
) -> Result<RunEnd, Error> {
    let mut watch = JobWatch::new(store.clone(), engine, job_id, Seq::default());
    engine.want(job_id).await;
    let deadline = limits.wait.map(|wait| Instant::now() + wait);
    let mut standing = Standing::default();
    let mut cancelling = false;
    let end = loop {
        if let Some(end) = standing.end(limits) {
            break end;
        }
        tokio::select! {
            biased;
            () = limits.leave.cancelled() => break RunEnd::Left,
            () = crate::engine::at(deadline), if !standing.waited_long => standing.waited_long = true,
            () = limits.cancel.cancelled(), if !cancelling => {
                cancelling = true;
                store.request_cancel(job_id, "the caller").await?;
                engine.look().await;
            }
            update = watch.next() => match update? {
                None => return Ok(RunEnd::Ended),
                Some(Update::Event(event)) => standing.event(event.change, watcher),
                Some(Update::Glimpse(glimpse)) => standing.glimpse(glimpse, watcher),
            },
        }
    };
    engine.leave(job_id).await;
    Ok(end)
}

/// What a caller knows of the job so far.
#[derive(Default)]
struct Standing {
    status: Option<JobStatus>,
    waited_long: bool,
    waits_for: Option<String>,
    gave_up: Option<JobError>,
}

impl Standing {
    /// Why to stop following now, if there is reason to.
    fn end(&mut self, limits: &Limits) -> Option<RunEnd> {
        let status = self.status.unwrap_or(JobStatus::Pending);
        if let Some(error) = self.gave_up.take() {
            return Some(if status.is_final() {
                RunEnd::Unsaved(error)
            } else {
                RunEnd::Unreachable(error)
            });
        }
        match status {
            // A job that no server has yet would not go on without us.
            JobStatus::Pending if limits.until_queued => self.waits_for.take().map(RunEnd::Pending),
            JobStatus::Queued | JobStatus::Running if limits.until_queued => Some(RunEnd::Queued),
            JobStatus::Queued | JobStatus::Running if self.waited_long => Some(RunEnd::WaitedLong),
            _ => None,
        }
    }

    fn event(&mut self, change: Change, watcher: Watcher<'_>) {
        match change {
            Change::Queued => self.status = Some(JobStatus::Queued),
            Change::Running => self.status = Some(JobStatus::Running),
            Change::Completed => self.status = Some(JobStatus::Completed),
            Change::Failed { .. } => self.status = Some(JobStatus::Failed),
            Change::Cancelled { .. } => self.status = Some(JobStatus::Cancelled),
            Change::Sending {
                attempt, reason, ..
            } => {
                self.status = Some(JobStatus::Pending);
                if let Some(reason) = reason {
                    watcher(Notice::Resubmitted { attempt, reason });
                }
            }
            Change::Retrying { error, ready_at } => {
                self.status = Some(JobStatus::Pending);
                watcher(Notice::Retrying { error, ready_at });
            }
            Change::Unsent { error } => watcher(Notice::Trouble {
                reason: error.message,
            }),
            Change::Partial { reasons } => watcher(Notice::Partial { reasons }),
            Change::Trouble { reason } => watcher(Notice::Trouble { reason }),
            Change::Recovered => watcher(Notice::Recovered),
            _ => {}
        }
    }

    fn glimpse(&mut self, glimpse: Glimpse, watcher: Watcher<'_>) {
        match glimpse {
            Glimpse::Ahead(ahead) => watcher(Notice::Queued { ahead }),
            Glimpse::Progress(progress) => watcher(Notice::Progress(progress)),
            Glimpse::Waiting(reason) => {
                watcher(Notice::Waiting {
                    reason: reason.clone(),
                });
                self.waits_for = Some(reason);
            }
            Glimpse::GaveUp(error) => self.gave_up = Some(error),
        }
    }
}
