//! Takes one job from claimed or adopted to its end: carries out what [`Course`] decides, and tells
//! it what happens. All of one job's requests, timers and socket signals meet in one loop here.

use crate::code::Code;
use crate::course::{Action, Course, Observation, Patience, Sighting};
use crate::ending::Ending;
use crate::engine::Shared;
use crate::engine::deadline::Deadlines;
use crate::engine::errand::{Answer, Errand};
use crate::engine::glimpse::Glimpse;
use crate::engine::retry::retry;
use crate::error::{Error, ErrorKind};
use crate::event::Change;
use crate::job::{Job, JobError, JobStatus};
use crate::progress::{Progress, ProgressTracker};
use crate::server::Server;
use crate::store::{Claimed, Lease};
use comfyctl_client::{ClientId, Disconnection, Event, Listener, PromptId, Signal};
use comfyctl_workflow::Prompt;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::debug;

/// Time between two records of how far a job is, for watchers in other processes.
const PROGRESS_RECORD: Duration = Duration::from_secs(1);
/// Wait before files that could not be fetched are asked for again.
const SAVE_WAIT: Duration = Duration::from_secs(30);
/// Wait before a job whose server could not be reached is sent again.
const UNSENT_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// Why a job is not followed any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FollowEnd {
    /// It ended, and what was to be saved is saved.
    Done,
    /// It waits for a further attempt.
    Retrying,
    /// It waits until its server can be reached.
    Unsent,
    /// It goes on without us; the lease is given back.
    Left,
    /// Another process looks after it, or may by now.
    LeaseLost,
}

/// How a job can be influenced from outside.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reins {
    /// Stops it on the server.
    pub(crate) cancel: CancellationToken,
    /// Stops following it; it goes on.
    pub(crate) leave: CancellationToken,
}

/// One job on its way.
pub(crate) struct Follower {
    shared: Arc<Shared>,
    job: Job,
    lease: Lease,
    /// When it was taken, by the clock of the history.
    taken_at: Timestamp,
    reins: Reins,
    errand: Arc<Errand>,
    listener: Arc<Listener>,
}

/// The state of the loop.
struct Journey {
    course: Course,
    started: Instant,
    tracker: ProgressTracker,
    requests: FuturesUnordered<BoxFuture<'static, Answer>>,
    /// When to post, as which attempt, and why if not for the first time.
    post_at: Option<(Instant, u32, Option<&'static str>)>,
    look_at: Option<Instant>,
    looking: bool,
    end_heard: bool,
    in_trouble: bool,
    progress: Option<Progress>,
    /// When the progress is to be recorded, if it is new.
    record_at: Option<Instant>,
    recorded: Instant,
    deadlines: Deadlines,
    end: Option<FollowEnd>,
}

impl Follower {
    /// Fails when the stored graph is unreadable.
    pub(crate) fn new(
        shared: Arc<Shared>,
        server: Arc<Server>,
        claimed: Claimed,
        reins: Reins,
    ) -> Result<Self, Error> {
        let json = ErrorKind::StoredJson;
        let prompt = serde_json::from_str(&claimed.prompt).map_err(json)?;
        let editor = claimed.editor.as_deref().map(serde_json::from_str);
        let job = claimed.job;
        let client_id = match &job.client_id {
            Some(id) => ClientId::new(id.as_str()),
            None => server.client_id().clone(),
        };
        let prompt =
            Prompt::from_value(prompt).map_err(|error| crate::store::corrupt(error.to_string()))?;
        let listener = server.listener_of(&client_id);
        let errand = Errand {
            server,
            prompt,
            editor: editor.transpose().map_err(ErrorKind::StoredJson)?,
            prompt_id: PromptId::new(job.prompt_id.clone()),
            client_id,
        };
        Ok(Self {
            shared,
            job,
            lease: claimed.lease,
            taken_at: claimed.at,
            reins,
            errand: Arc::new(errand),
            listener,
        })
    }

    /// Follows the job. `adopted` when somebody else may have posted it.
    pub(crate) async fn run(&self, adopted: bool) -> Result<FollowEnd, Error> {
        if self.job.status.is_final() {
            return self.save_outputs().await;
        }
        let mut signals = self.listener.subscribe(self.errand.prompt_id.clone());
        let mut journey = Journey::begin(self, adopted);
        // The first signal says whether there is a socket; posting before it would miss events.
        let mut ready = false;
        let mut cancelling = false;
        loop {
            if let Some(end) = journey.end.take() {
                return Ok(end);
            }
            let post_at = journey.post_at.map(|(at, ..)| at);
            let (look_at, record_at) = (journey.look_at, journey.record_at);
            let overdue_at = journey.deadlines.next(&journey.course);
            tokio::select! {
                biased;
                () = self.reins.leave.cancelled() => return self.leave().await,
                () = self.reins.cancel.cancelled(), if !cancelling => {
                    cancelling = true;
                    let unsent = journey.post_at.take().is_some();
                    self.observe(&mut journey, Observation::CancelWanted { unsent }).await?;
                }
                () = at(overdue_at) => {
                    let error = journey.deadlines.miss(&journey.course);
                    let unsent = journey.post_at.take().is_some();
                    self.observe(&mut journey, Observation::Overdue { error, unsent }).await?;
                }
                Some(signal) = signals.next() => {
                    ready = true;
                    self.hear(&mut journey, signal).await?;
                }
                Some(answer) = journey.requests.next() => self.take(&mut journey, answer).await?,
                () = at(post_at), if ready => self.start_post(&mut journey).await?,
                () = at(look_at), if ready && !journey.looking => self.start_look(&mut journey),
                () = at(record_at) => self.record_progress(&mut journey).await?,
            }
        }
    }

    /// Tells the course what happened, records what that means, and starts what is to be done.
    async fn observe(&self, journey: &mut Journey, observation: Observation) -> Result<(), Error> {
        let before = journey.course.status();
        let now = journey.started.elapsed();
        let actions = journey.course.observe(observation, now);
        let status = journey.course.status();
        if status != before {
            journey.deadlines.entered(status);
            match status {
                JobStatus::Queued => self.record(Change::Queued).await?,
                JobStatus::Running => self.record(Change::Running).await?,
                // A new attempt is recorded when it is posted, an end with what it brought.
                _ => {}
            }
        }
        for action in actions {
            self.begin(journey, action).await?;
        }
        Ok(())
    }

    async fn record(&self, change: Change) -> Result<(), Error> {
        self.shared.store.record(&self.lease, change).await
    }

    async fn begin(&self, journey: &mut Journey, action: Action) -> Result<(), Error> {
        match action {
            Action::Post {
                after,
                attempt,
                reason,
            } => journey.post_at = Some((Instant::now() + after, attempt, Some(reason))),
            Action::Look { after } => {
                let due = Instant::now() + after;
                journey.look_at = Some(journey.look_at.map_or(due, |at| at.min(due)));
            }
            Action::Cancel => journey
                .requests
                .push(Box::pin(Arc::clone(&self.errand).cancel())),
            Action::End(ending) => journey.end = Some(self.finish(journey, ending).await?),
            Action::Unsend(error) => {
                self.shared
                    .store
                    .unsent(&self.lease, error, UNSENT_WAIT)
                    .await?;
                journey.end = Some(FollowEnd::Unsent);
            }
            Action::GiveUp(error) => {
                self.glimpse(Glimpse::GaveUp(error));
                journey.end = Some(self.leave().await?);
            }
        }
        Ok(())
    }

    /// Records how the job ended, or lets it wait for a further attempt.
    async fn finish(&self, journey: &mut Journey, ending: Ending) -> Result<FollowEnd, Error> {
        let store = &self.shared.store;
        if let Some(error) = &ending.error
            && !self.reins.cancel.is_cancelled()
            && let Some(retry) = retry(error, &self.job.policy, self.job.retries)
        {
            if retry.free_memory
                && let Err(error) = self.errand.server.client().free(true, true).await
            {
                debug!(job.id = %self.job.job_id, %error, "failed to free memory before a retry");
            }
            let wait = SignedDuration::try_from(retry.after).unwrap_or(SignedDuration::MAX);
            let prompt_id = PromptId::generate().as_str().to_owned();
            store
                .retry(&self.lease, error.clone(), prompt_id, wait)
                .await?;
            return Ok(FollowEnd::Retrying);
        }
        let nodes = crate::store::to_json(&journey.tracker.node_times())?;
        store.end(&self.lease, ending, Some(nodes)).await?;
        if self.job.output_folder.is_none() {
            return Ok(FollowEnd::Done);
        }
        self.save_outputs().await
    }

    /// Fetches the files of the ended job if it says where to, and lets go of it. Goes on trying
    /// while the server or the folder is out of reach.
    async fn save_outputs(&self) -> Result<FollowEnd, Error> {
        let store = &self.shared.store;
        let ended = store.job(self.job.job_id).await?;
        let Some(mut job) = ended.filter(|job| job.unsaved) else {
            store.release(&self.lease).await?;
            return Ok(FollowEnd::Done);
        };
        let folder = job.output_folder.take().unwrap_or_default();
        loop {
            let saving =
                crate::artifact::save(self.errand.server.client(), &mut job.outputs, &folder);
            let Some(saved) = self.reins.leave.run_until_cancelled(saving).await else {
                return self.leave().await;
            };
            match saved {
                Ok(()) => break,
                Err(error) => self.glimpse(Glimpse::GaveUp(error.to_job_error())),
            }
            let waiting = tokio::time::sleep(SAVE_WAIT);
            if self
                .reins
                .leave
                .run_until_cancelled(waiting)
                .await
                .is_none()
            {
                return self.leave().await;
            }
        }
        if self.shared.servers.settings().job_history().store_images {
            let folder = self.shared.locations.kept_thumbnails(job.job_id);
            let keeping = crate::thumbnail::keep(&mut job.outputs, &folder);
            // Those that are not made when it is time to leave are missed by nobody.
            self.reins.leave.run_until_cancelled(keeping).await;
        }
        store.saved(&self.lease, job.outputs).await?;
        Ok(FollowEnd::Done)
    }

    async fn leave(&self) -> Result<FollowEnd, Error> {
        self.shared.store.release(&self.lease).await?;
        Ok(FollowEnd::Left)
    }

    /// A request is only sent while nobody else can have taken the job over.
    async fn start_post(&self, journey: &mut Journey) -> Result<(), Error> {
        let Some((_, attempt, reason)) = journey.post_at.take() else {
            return Ok(());
        };
        // The first was recorded when the job was claimed.
        if let Some(reason) = reason {
            let sending = Change::Sending {
                attempt,
                connection: self.errand.server.name().to_owned(),
                worker: self.shared.worker.to_string(),
                reason: Some(reason.to_owned()),
            };
            self.record(sending).await?;
            journey.end_heard = false;
            journey.tracker = ProgressTracker::new(&self.errand.prompt);
        }
        if !self.shared.holdings.is_safe(self.job.job_id) {
            journey.end = Some(FollowEnd::LeaseLost);
            return Ok(());
        }
        journey
            .requests
            .push(Box::pin(Arc::clone(&self.errand).post()));
        Ok(())
    }

    fn start_look(&self, journey: &mut Journey) {
        (journey.look_at, journey.looking) = (None, true);
        let since = journey.course.turns();
        let look = Arc::clone(&self.errand).look(journey.end_heard, since);
        journey.requests.push(Box::pin(look));
    }

    async fn take(&self, journey: &mut Journey, answer: Answer) -> Result<(), Error> {
        match answer {
            Answer::CancelSent => Ok(()),
            Answer::Posted(answer, node_errors) => {
                if !node_errors.is_empty() {
                    let reasons = node_errors.iter().map(|(id, node, error)| {
                        format!("node `{id}` ({}): {error}", node.class_type)
                    });
                    let reasons = reasons.collect();
                    self.record(Change::Partial { reasons }).await?;
                }
                self.observe(journey, Observation::Posted(answer)).await
            }
            Answer::Looked(sighting, since) => {
                journey.looking = false;
                if let Sighting::Queued { ahead } = sighting {
                    self.glimpse(Glimpse::Ahead(ahead));
                }
                match &sighting {
                    Sighting::NoAnswer { error, .. } => {
                        self.trouble(journey, &error.message).await?;
                    }
                    _ if journey.in_trouble => {
                        journey.in_trouble = false;
                        self.record(Change::Recovered).await?;
                    }
                    _ => {}
                }
                let looked = Observation::Looked { sighting, since };
                self.observe(journey, looked).await
            }
        }
    }

    async fn hear(&self, journey: &mut Journey, signal: Signal) -> Result<(), Error> {
        let observation = match signal {
            // After a lag too, what was missed is in the queue and the history.
            Signal::Connected { .. } | Signal::Lagged { .. } => Observation::SocketUp,
            // The listener renews a socket that may be deaf; a node that works for long is no trouble.
            Signal::Disconnected { reason } if matches!(*reason, Disconnection::Quiet { .. }) => {
                return Ok(());
            }
            Signal::Disconnected { reason } => {
                self.trouble(journey, &reason.to_string()).await?;
                Observation::SocketDown
            }
            Signal::Event(event) => {
                journey.track(&event, self);
                match meaning(&event) {
                    Some(observation) => observation,
                    None => return Ok(()),
                }
            }
            _ => return Ok(()),
        };
        journey.end_heard |= observation == Observation::EndHeard;
        self.observe(journey, observation).await
    }

    /// The story tells of each outage once. While nothing is posted, none concerns the job.
    async fn trouble(&self, journey: &mut Journey, reason: &str) -> Result<(), Error> {
        if std::mem::replace(&mut journey.in_trouble, true) || journey.post_at.is_some() {
            return Ok(());
        }
        let reason = reason.to_owned();
        self.record(Change::Trouble { reason }).await
    }

    async fn record_progress(&self, journey: &mut Journey) -> Result<(), Error> {
        journey.record_at = None;
        journey.recorded = Instant::now();
        match &journey.progress {
            Some(progress) => self.shared.store.progress(&self.lease, progress).await,
            None => Ok(()),
        }
    }

    fn glimpse(&self, glimpse: Glimpse) {
        self.shared.glimpses.show(self.job.job_id, glimpse);
    }

    /// What this job is granted beats what the process usually does. A worker has time.
    fn patience(&self) -> Patience {
        let usual = self.shared.patience.clone();
        let patient = self.job.policy.patient || self.shared.is_working();
        Patience {
            resubmissions: self.job.policy.resubmissions,
            waits_for_server: patient,
            outage: if patient { None } else { usual.outage },
            ..usual
        }
    }
}

impl Journey {
    fn begin(follower: &Follower, adopted: bool) -> Self {
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

    fn track(&mut self, event: &Event, follower: &Follower) {
        let Some(progress) = self.tracker.observe(event, self.started.elapsed()) else {
            return;
        };
        follower.glimpse(Glimpse::Progress(progress.clone()));
        self.progress = Some(progress);
        self.record_at
            .get_or_insert(self.recorded + PROGRESS_RECORD);
    }
}

/// What an event says about where the job stands. Only the end marker means that the history has
/// it: it follows success, error and interruption alike, and an error alone may be survived.
fn meaning(event: &Event) -> Option<Observation> {
    match event {
        Event::Executing(executing) if executing.node.is_none() => Some(Observation::EndHeard),
        Event::ExecutionStart(_) | Event::Executing(_) | Event::ProgressState(_) => {
            Some(Observation::StartHeard)
        }
        _ => None,
    }
}

/// Waits until then, or for ever.
pub(crate) async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// An error that ends a job which nobody can send: its stored graph is unreadable.
pub(crate) fn unreadable(error: &Error) -> Ending {
    let error: JobError = error.to_job_error();
    Ending::failed(JobError {
        code: Code::StoreError,
        ..error
    })
}
