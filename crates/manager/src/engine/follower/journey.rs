//! How far the following of a job is: what is under way, and what is due when.

use super::Follower;
use crate::course::Course;
use crate::engine::deadline::Deadlines;
use crate::engine::errand::Answer;
use crate::engine::follower::FollowEnd;
use crate::engine::glimpse::Glimpse;
use crate::progress::{Progress, ProgressTracker};
use comfyctl_client::Event;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use std::time::Duration;
use tokio::time::Instant;

/// Time between two records of how far a job is, for watchers in other processes.
const PROGRESS_RECORD: Duration = Duration::from_secs(1);

/// The state of the loop.
pub(super) struct Journey {
    pub(super) course: Course,
    pub(super) started: Instant,
    pub(super) tracker: ProgressTracker,
    pub(super) requests: FuturesUnordered<BoxFuture<'static, Answer>>,
    /// When to post, as which attempt, and why if not for the first time.
    pub(super) post_at: Option<(Instant, u32, Option<&'static str>)>,
    pub(super) look_at: Option<Instant>,
    pub(super) looking: bool,
    pub(super) end_heard: bool,
    pub(super) in_trouble: bool,
    pub(super) progress: Option<Progress>,
    /// When the progress is to be recorded, if it is new.
    pub(super) record_at: Option<Instant>,
    pub(super) recorded: Instant,
    pub(super) deadlines: Deadlines,
    pub(super) end: Option<FollowEnd>,
}

impl Journey {
    pub(super) fn begin(follower: &Follower, adopted: bool) -> Self {
        let started = Instant::now();
        let job = &follower.job;
        let patience = follower.patience();
        let resubmissions = job.attempts.saturating_sub(1 + job.retries);
        let (course, post_at, look_at) = if adopted {
            let lease = follower.shared.store.clock().lease();
            let course = Course::resume(patience, job.status, job.attempts, resubmissions, lease);
            (course, None, Some(started))
        } else {
            let course = Course::start(patience, job.attempts, resubmissions);
            (course, Some((started, job.attempts, None)), None)
        };
        let mut tracker = ProgressTracker::new(&follower.errand.prompt);
        if let Some(progress) = &job.progress {
            tracker = tracker.go_on_from(progress);
        }
        Self {
            course,
            started,
            tracker,
            requests: FuturesUnordered::new(),
            post_at,
            look_at,
            looking: false,
            end_heard: false,
            in_trouble: false,
            progress: None,
            record_at: None,
            recorded: started,
            deadlines: Deadlines::of(job, follower.taken_at, started),
            end: None,
        }
    }

    pub(super) fn track(&mut self, event: &Event, follower: &Follower) {
        let Some(progress) = self.tracker.observe(event, self.started.elapsed()) else {
            return;
        };
        follower.glimpse(Glimpse::Progress(progress.clone()));
        self.progress = Some(progress);
        self.record_at
            .get_or_insert(self.recorded + PROGRESS_RECORD);
    }
}
