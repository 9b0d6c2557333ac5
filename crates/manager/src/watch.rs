//! Watching a job: its story from any point, then live, with no gap and no event twice.

use crate::engine::{Engine, Glimpse};
use crate::error::{Error, ErrorKind};
use crate::event::{JobEvent, Seq};
use crate::job::JobId;
use crate::progress::Progress;
use crate::store::{Store, Wake};
use std::collections::VecDeque;
use tokio::sync::watch;

/// What a watcher sees.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// The next line of the story.
    Event(JobEvent),
    /// How the job stands between two events; may be skipped.
    Glimpse(Glimpse),
}

/// A watcher of one job, whichever process looks after it.
#[derive(Debug)]
pub struct JobWatch {
    store: Store,
    job_id: JobId,
    /// The last event that was given out.
    seen: Seq,
    events: VecDeque<JobEvent>,
    wake: Wake,
    local: watch::Receiver<Option<Glimpse>>,
    /// As another process recorded it last.
    recorded: Option<Progress>,
    /// The same, if it was not given out yet.
    progress: Option<Progress>,
    look: bool,
    over: bool,
}

impl JobWatch {
    /// Watches from the event after `seen` on.
    pub(crate) fn new(store: Store, engine: &Engine, job_id: JobId, seen: Seq) -> Self {
        Self {
            // Both before the first look, so that nothing falls between.
            wake: store.feed().job(job_id),
            local: engine.glimpses(job_id),
            store,
            job_id,
            seen,
            events: VecDeque::new(),
            recorded: None,
            progress: None,
            look: true,
            over: false,
        }
    }

    /// The job.
    pub fn job_id(&self) -> JobId {
        self.job_id
    }

    /// The next update; `None` when the job has ended and what was to be saved is saved. Nothing is
    /// lost when the future is dropped.
    pub async fn next(&mut self) -> Result<Option<Update>, Error> {
        loop {
            // What was seen before the end comes before it.
            if let Some(glimpse) = self.local_glimpse() {
                return Ok(Some(Update::Glimpse(glimpse)));
            }
            if let Some(event) = self.events.pop_front() {
                self.seen = event.seq;
                return Ok(Some(Update::Event(event)));
            }
            if let Some(progress) = self.progress.take() {
                return Ok(Some(Update::Glimpse(Glimpse::Progress(progress))));
            }
            if self.over {
                return Ok(None);
            }
            if self.look {
                // Boxed, so that the thousands that may wait are small.
                Box::pin(self.look()).await?;
                continue;
            }
            tokio::select! {
                biased;
                () = self.wake.changed() => self.look = true,
                () = self.store.feed().closed() => return Err(ErrorKind::StoreClosed.into()),
                Ok(()) = self.local.changed() => self.local.mark_changed(),
            }
        }
    }

    fn local_glimpse(&mut self) -> Option<Glimpse> {
        let new = self.local.has_changed().unwrap_or(false);
        new.then(|| self.local.borrow_and_update().clone())?
    }

    /// Reads what is new.
    async fn look(&mut self) -> Result<(), Error> {
        let news = self.store.news(self.job_id, self.seen).await?;
        self.look = false;
        self.over = news.is_over;
        self.events.extend(news.events);
        let is_local = self.local.borrow().is_some();
        let progress = news.progress.filter(|_| !is_local && !self.over);
        if progress != self.recorded {
            self.recorded.clone_from(&progress);
            self.progress = progress;
        }
        Ok(())
    }
}
