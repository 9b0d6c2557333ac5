//! What watchers in this process see of a job besides its story: the latest only, never stored.

use crate::job::{JobError, JobId};
use crate::progress::Progress;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

/// The latest that is known of a job between two events.
#[derive(Debug, Clone, PartialEq)]
pub enum Glimpse {
    /// It waits to be sent, for this reason.
    Waiting(String),
    /// It waits in the server's queue behind so many others, running ones included.
    Ahead(usize),
    /// It runs.
    Progress(Progress),
    /// The server did not answer for too long, and this process stopped asking. The job is open.
    GaveUp(JobError),
}

/// Channels of the jobs that somebody in this process watches or follows.
#[derive(Debug, Default)]
pub(crate) struct Glimpses {
    jobs: Mutex<HashMap<JobId, watch::Sender<Option<Glimpse>>>>,
}

impl Glimpses {
    /// What is seen of a job from now on.
    pub(crate) fn watch(&self, id: JobId) -> watch::Receiver<Option<Glimpse>> {
        let mut jobs = self.jobs();
        // Those that nobody watches any more go when another comes.
        jobs.retain(|_, sender| sender.receiver_count() > 0);
        let sender = jobs.entry(id).or_insert_with(|| watch::Sender::new(None));
        let mut receiver = sender.subscribe();
        receiver.mark_changed();
        receiver
    }

    /// Shows something to those who watch.
    pub(crate) fn show(&self, id: JobId, glimpse: Glimpse) {
        if let Some(sender) = self.jobs().get(&id) {
            sender.send_if_modified(|last| {
                let new = last.as_ref() != Some(&glimpse);
                *last = Some(glimpse);
                new
            });
        }
    }

    fn jobs(&self) -> std::sync::MutexGuard<'_, HashMap<JobId, watch::Sender<Option<Glimpse>>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
