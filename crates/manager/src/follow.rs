//! Takes one job from stored to ended: carries out what [`Course`] decides, and tells it what
//! happens. All of one job's requests, timers and socket signals meet in one loop here.

use crate::course::{Action, Course, Observation, Patience, PostAnswer, Sighting};
use crate::error::Error;
use crate::job::{JobError, JobId, JobStatus};
use crate::look::{look, look_for_end};
use crate::notice::{Notice, Watcher};
use crate::post::post;
use crate::progress::ProgressTracker;
use crate::server::Server;
use crate::store::Store;
use comfyctl_client::{Disconnection, Event, NodeErrors, PromptId, Signal};
use comfyctl_workflow::Prompt;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::debug;

/// When to stop following a job that has not ended.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// Stop as soon as a server has the job.
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
    /// A server has it, and that was all that was asked for.
    Queued,
    /// The wait ended before the job did.
    WaitedLong,
    /// The caller left.
    Left,
    /// The server stopped answering.
    Unreachable(JobError),
}

/// One job on its way.
pub(crate) struct Follower<'a> {
    pub(crate) server: &'a Server,
    pub(crate) store: &'a Store,
    pub(crate) job_id: JobId,
    pub(crate) prompt: &'a Prompt,
    /// The graph of the editor that the prompt was made from.
    pub(crate) editor: Option<&'a Value>,
    pub(crate) patience: Patience,
    pub(crate) watcher: Watcher<'a>,
}

/// What came back from a request.
enum Answer {
    Posted(PostAnswer, NodeErrors),
    Looked(Sighting),
    CancelSent,
}

/// The state of the loop.
struct Journey<'a> {
    course: Course,
    started: Instant,
    tracker: ProgressTracker,
    requests: FuturesUnordered<BoxFuture<'a, Answer>>,
    post_at: Option<(Instant, u32)>,
    look_at: Option<Instant>,
    looking: bool,
    end_heard: bool,
    in_trouble: bool,
    end: Option<RunEnd>,
}

impl<'a> Follower<'a> {
    /// Posts the job and follows it.
    pub(crate) async fn run(&'a self, limits: &Limits) -> Result<RunEnd, Error> {
        let prompt_id = PromptId::new(self.job_id.to_string());
        let mut signals = self.server.listener().subscribe(prompt_id);
        let mut journey = Journey::begin(self);
        let deadline = limits.wait.map(|wait| journey.started + wait);
        // The first signal says whether there is a socket; posting before it would miss events.
        let mut ready = false;
        let mut cancelling = false;
        let mut waited_long = false;
        loop {
            if let Some(end) = journey.end.take() {
                return Ok(end);
            }
            let (post_at, look_at) = (journey.post_at, journey.look_at);
            tokio::select! {
                biased;
                () = limits.leave.cancelled() => return Ok(RunEnd::Left),
                () = at(deadline), if !waited_long => waited_long = true,
                () = limits.cancel.cancelled(), if !cancelling => {
                    cancelling = true;
                    let unsent = journey.post_at.take().is_some();
                    self.observe(&mut journey, Observation::CancelWanted { unsent }).await?;
                }
                Some(signal) = signals.next() => {
                    ready = true;
                    self.hear(&mut journey, signal).await?;
                }
                Some(answer) = journey.requests.next() => self.take(&mut journey, answer).await?,
                () = at(post_at.map(|(at, _)| at)), if ready => self.start_post(&mut journey).await?,
                () = at(look_at), if ready && !journey.looking => self.start_look(&mut journey),
            }
            // A job that no server has yet would not go on without us.
            if journey.course.status() != JobStatus::Pending {
                if limits.until_queued {
                    journey.end.get_or_insert(RunEnd::Queued);
                } else if waited_long {
                    journey.end.get_or_insert(RunEnd::WaitedLong);
                }
            }
        }
    }

    /// Tells the course what happened, records what that means, and starts what is to be done.
    async fn observe(
        &'a self,
        journey: &mut Journey<'a>,
        observation: Observation,
    ) -> Result<(), Error> {
        let before = journey.course.status();
        let now = journey.started.elapsed();
        let actions = journey.course.observe(observation, now);
        let status = journey.course.status();
        if status != before {
            self.record(status).await?;
        }
        for action in actions {
            self.begin(journey, action).await?;
        }
        Ok(())
    }

    async fn record(&self, status: JobStatus) -> Result<(), Error> {
        match status {
            JobStatus::Queued => {
                self.store
                    .record_queued(self.job_id, Timestamp::now())
                    .await
            }
            JobStatus::Running => {
                self.store
                    .record_running(self.job_id, Timestamp::now())
                    .await
            }
            // A new attempt is recorded when it is posted, an end with what it brought.
            _ => Ok(()),
        }
    }

    async fn begin(&'a self, journey: &mut Journey<'a>, action: Action) -> Result<(), Error> {
        match action {
            Action::Post { after, attempt } => {
                journey.post_at = Some((Instant::now() + after, attempt));
            }
            Action::Look { after } => {
                let due = Instant::now() + after;
                journey.look_at = Some(journey.look_at.map_or(due, |at| at.min(due)));
            }
            Action::Cancel => journey.requests.push(Box::pin(self.cancel())),
            Action::End(ending) => {
                self.store
                    .record_end(self.job_id, &ending, Timestamp::now())
                    .await?;
                journey.end = Some(RunEnd::Ended);
            }
            Action::GiveUp(error) => journey.end = Some(RunEnd::Unreachable(error)),
        }
        Ok(())
    }

    async fn start_post(&'a self, journey: &mut Journey<'a>) -> Result<(), Error> {
        let Some((_, attempt)) = journey.post_at.take() else {
            return Ok(());
        };
        if attempt > 1 {
            self.store.record_attempt(self.job_id, attempt).await?;
            journey.end_heard = false;
            (self.watcher)(Notice::Resubmitted { attempt });
        }
        journey.requests.push(Box::pin(self.post()));
        Ok(())
    }

    fn start_look(&'a self, journey: &mut Journey<'a>) {
        (journey.look_at, journey.looking) = (None, true);
        journey
            .requests
            .push(Box::pin(self.look(journey.end_heard)));
    }

    async fn post(&self) -> Answer {
        let (client, id) = (self.server.client(), self.prompt_id());
        let client_id = self.server.client_id();
        let (answer, node_errors) = post(client, self.prompt, &id, client_id, self.editor).await;
        Answer::Posted(answer, node_errors)
    }

    async fn look(&self, end_heard: bool) -> Answer {
        let (client, id) = (self.server.client(), self.prompt_id());
        Answer::Looked(if end_heard {
            look_for_end(client, &id).await
        } else {
            look(client, &id).await
        })
    }

    /// Whether it worked shows in the next look, so a failure needs no handling here.
    async fn cancel(&self) -> Answer {
        if let Err(error) = self.server.client().cancel(&self.prompt_id()).await {
            debug!(job.id = %self.job_id, %error, "failed to cancel; it is tried again");
        }
        Answer::CancelSent
    }

    fn prompt_id(&self) -> PromptId {
        PromptId::new(self.job_id.to_string())
    }

    async fn take(&'a self, journey: &mut Journey<'a>, answer: Answer) -> Result<(), Error> {
        match answer {
            Answer::CancelSent => Ok(()),
            Answer::Posted(answer, node_errors) => {
                if !node_errors.is_empty() {
                    let reasons = node_errors.iter().map(|(id, node, error)| {
                        format!("node `{id}` ({}): {error}", node.class_type)
                    });
                    (self.watcher)(Notice::Partial {
                        reasons: reasons.collect(),
                    });
                }
                self.observe(journey, Observation::Posted(answer)).await
            }
            Answer::Looked(sighting) => {
                journey.looking = false;
                match &sighting {
                    Sighting::Queued { ahead } => (self.watcher)(Notice::Queued { ahead: *ahead }),
                    Sighting::NoAnswer { error, .. } => {
                        self.trouble(journey, error.message.clone());
                    }
                    _ => {}
                }
                if journey.in_trouble && !matches!(sighting, Sighting::NoAnswer { .. }) {
                    journey.in_trouble = false;
                    (self.watcher)(Notice::Recovered);
                }
                self.observe(journey, Observation::Looked(sighting)).await
            }
        }
    }

    async fn hear(&'a self, journey: &mut Journey<'a>, signal: Signal) -> Result<(), Error> {
        let observation = match signal {
            // After a lag too, what was missed is in the queue and the history.
            Signal::Connected { .. } | Signal::Lagged { .. } => Observation::SocketUp,
            // The listener renews a socket that may be deaf; a node that works for long is no trouble.
            Signal::Disconnected { reason } if matches!(*reason, Disconnection::Quiet { .. }) => {
                return Ok(());
            }
            Signal::Disconnected { reason } => {
                self.trouble(journey, reason.to_string());
                Observation::SocketDown
            }
            Signal::Event(event) => {
                let now = journey.started.elapsed();
                if let Some(progress) = journey.tracker.observe(&event, now) {
                    (self.watcher)(Notice::Progress(progress));
                }
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

    fn trouble(&self, journey: &mut Journey<'a>, reason: String) {
        journey.in_trouble = true;
        (self.watcher)(Notice::Trouble { reason });
    }
}

impl<'a> Journey<'a> {
    fn begin(follower: &Follower<'a>) -> Self {
        let started = Instant::now();
        Self {
            course: Course::start(follower.patience.clone()),
            started,
            tracker: ProgressTracker::new(follower.prompt),
            requests: FuturesUnordered::new(),
            post_at: Some((started, 1)),
            look_at: None,
            looking: false,
            end_heard: false,
            in_trouble: false,
            end: None,
        }
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
async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
