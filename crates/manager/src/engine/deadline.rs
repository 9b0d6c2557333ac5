//! How long a job may wait and run: what is left of it by the clock of the history when the job is
//! taken, and from then on by a clock of this process that cannot be set.

use crate::code::Code;
use crate::course::Course;
use crate::job::{Job, JobError, JobStatus};
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The limits of one job.
#[derive(Debug)]
pub(crate) struct Deadlines {
    run_timeout: Option<Duration>,
    queue_timeout: Option<Duration>,
    /// When it must run.
    start_by: Option<Instant>,
    /// When it must have ended.
    end_by: Option<Instant>,
    missed: bool,
}

impl Deadlines {
    /// `now`, by the clock that the job's times are told by, and `instant` are the same moment.
    pub(crate) fn of(job: &Job, now: Timestamp, instant: Instant) -> Self {
        let since =
            |then: Timestamp| Duration::try_from(now.duration_since(then)).unwrap_or_default();
        let left = |limit: Duration, then| instant + limit.saturating_sub(since(then));
        let policy = &job.policy;
        Self {
            run_timeout: policy.run_timeout,
            queue_timeout: policy.queue_timeout,
            start_by: policy
                .queue_timeout
                .map(|limit| left(limit, job.created_at)),
            end_by: job
                .started_at
                .filter(|_| job.status == JobStatus::Running)
                .and_then(|started| Some(left(policy.run_timeout?, started))),
            missed: false,
        }
    }

    /// The job has come to this status.
    pub(crate) fn entered(&mut self, status: JobStatus) {
        self.end_by = match (status, self.run_timeout) {
            (JobStatus::Running, Some(limit)) => Some(Instant::now() + limit),
            _ => None,
        };
    }

    /// When the present limit runs out; each does so once.
    pub(crate) fn next(&self, course: &Course) -> Option<Instant> {
        match course.status() {
            _ if self.missed => None,
            JobStatus::Running => self.end_by,
            _ => self.start_by,
        }
    }

    /// Takes note that it ran out, and says so for the record.
    pub(crate) fn miss(&mut self, course: &Course) -> JobError {
        self.missed = true;
        let seconds = |limit: Option<Duration>| limit.unwrap_or_default().as_secs_f64();
        let message = match course.status() {
            JobStatus::Running => {
                format!("it ran for longer than {} s", seconds(self.run_timeout))
            }
            _ => waited_too_long(seconds(self.queue_timeout)),
        };
        JobError::new(Code::DeadlineExceeded, &message)
    }
}

/// The reason of a job that did not get to run in time.
pub(crate) fn waited_too_long(seconds: f64) -> String {
    format!("it waited for longer than {seconds} s")
}

/// Waits until then, or for ever.
pub(crate) async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
