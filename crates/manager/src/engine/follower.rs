//! Takes one job from claimed or adopted to its end: carries out what [`Course`] decides, and tells
//! it what happens. All of one job's requests, timers and socket signals meet in one loop here.

mod asking;
mod finish;
mod hearing;
mod journey;

use crate::course::{Action, Observation, Patience};
use crate::engine::Shared;
use crate::engine::deadline::at;
use crate::engine::errand::Errand;
use crate::engine::glimpse::Glimpse;
use crate::error::{Error, ErrorKind};
use crate::event::Change;
use crate::job::{Job, JobStatus};
use crate::server::Server;
use crate::store::{Claimed, Lease};
use comfyctl_client::{ClientId, Listener, PromptId};
use comfyctl_workflow::Prompt;
use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};
use journey::Journey;
use std::sync::Arc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

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
