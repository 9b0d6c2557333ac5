//! Wakes those who wait for changes of the history: of one job, or by other processes.
//!
//! A wake-up says only that it is worth looking again. Changes of this process wake at once and
//! only whom they concern; those of other processes wake everybody, after a fifth of a second on
//! SQLite, where the writer asks for them, and by a notification on PostgreSQL.

use crate::job::JobId;
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgListener;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::debug;
use uuid::Uuid;

/// Channel of the notifications on PostgreSQL.
pub(crate) const CHANNEL: &str = "comfyctl_jobs";
/// Wait before a lost connection for notifications is made again.
const RECONNECT: Duration = Duration::from_secs(1);

/// Where changes are announced. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Feed {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Tells the changes of this process from those of others.
    name: String,
    jobs: Mutex<HashMap<JobId, watch::Sender<()>>>,
    others: watch::Sender<()>,
    all: watch::Sender<()>,
    closed: CancellationToken,
}

/// Waits for changes.
#[derive(Debug)]
pub(crate) struct Wake(watch::Receiver<()>);

impl Wake {
    /// Returns at once if something changed since the last call. Never returns when no more can
    /// come: those who wait also wait for other things.
    pub(crate) async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Feed {
    pub(crate) fn new() -> Self {
        Self {
            inner: Arc::new(Inner {
                name: Uuid::new_v4().to_string(),
                jobs: Mutex::default(),
                others: watch::Sender::new(()),
                all: watch::Sender::new(()),
                closed: CancellationToken::new(),
            }),
        }
    }

    /// Name that this process marks its changes with.
    pub(crate) fn name(&self) -> &str {
        &self.inner.name
    }

    /// Changes of one job from now on.
    pub(crate) fn job(&self, id: JobId) -> Wake {
        let mut jobs = self.jobs();
        // Those that nobody watches any more go when another comes.
        jobs.retain(|_, sender| sender.receiver_count() > 0);
        let sender = jobs.entry(id).or_insert_with(|| watch::Sender::new(()));
        Wake(sender.subscribe())
    }

    /// Changes by other processes from now on.
    pub(crate) fn others(&self) -> Wake {
        Wake(self.inner.others.subscribe())
    }

    /// Changes of any job by any process from now on.
    pub(crate) fn all(&self) -> Wake {
        Wake(self.inner.all.subscribe())
    }

    /// Whether anybody waits.
    pub(crate) fn is_watched(&self) -> bool {
        let watched = [&self.inner.others, &self.inner.all];
        watched.iter().any(|each| each.receiver_count() > 0) || !self.jobs().is_empty()
    }

    /// These jobs were changed by this process.
    pub(crate) fn touched(&self, ids: &[JobId]) {
        self.inner.all.send_replace(());
        let mut jobs = self.jobs();
        for id in ids {
            if let Entry::Occupied(entry) = jobs.entry(*id)
                && entry.get().send(()).is_err()
            {
                entry.remove();
            }
        }
    }

    /// Other processes changed something.
    pub(crate) fn wake_all(&self) {
        self.jobs().retain(|_, sender| sender.send(()).is_ok());
        self.inner.others.send_replace(());
        self.inner.all.send_replace(());
    }

    /// Returns when the history is closed by this process: nothing changes any more that is seen
    /// here.
    pub(crate) async fn closed(&self) {
        self.inner.closed.cancelled().await;
    }

    /// Ends the listening.
    pub(crate) fn close(&self) {
        self.inner.closed.cancel();
    }

    /// Listens for what other processes commit to a PostgreSQL history.
    pub(crate) fn listen(&self, url: SecretString) {
        let feed = self.clone();
        tokio::spawn(async move {
            let closed = feed.inner.closed.clone();
            closed.run_until_cancelled(feed.hear(url)).await;
        });
    }

    async fn hear(&self, url: SecretString) {
        loop {
            if let Err(error) = self.hear_until_lost(&url).await {
                debug!(%error, "notifications of the job history are interrupted");
            }
            // What was announced meanwhile is not told again.
            self.wake_all();
            sleep(RECONNECT).await;
        }
    }

    async fn hear_until_lost(&self, url: &SecretString) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect(url.expose_secret()).await?;
        listener.listen(CHANNEL).await?;
        self.wake_all();
        while let Some(notification) = listener.try_recv().await? {
            if notification.payload() != self.name() {
                self.wake_all();
            }
        }
        Ok(())
    }

    fn jobs(&self) -> std::sync::MutexGuard<'_, HashMap<JobId, watch::Sender<()>>> {
        self.inner
            .jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn a_change_wakes_those_of_the_job_and_one_of_others_everybody() {
        let feed = Feed::new();
        let (one, other) = (JobId::generate(), JobId::generate());
        let (mut first, mut second, mut others) = (feed.job(one), feed.job(other), feed.others());
        let mut all = feed.all();
        feed.touched(&[one]);
        assert!(all.changed().now_or_never().is_some());
        assert!(first.changed().now_or_never().is_some());
        assert!(second.changed().now_or_never().is_none());
        assert!(others.changed().now_or_never().is_none());
        feed.wake_all();
        assert!(others.changed().now_or_never().is_some());
        assert!(all.changed().now_or_never().is_some());
        assert!(second.changed().now_or_never().is_some());
    }

    #[test]
    fn a_change_before_the_wait_is_not_missed_and_those_gone_are_forgotten() {
        let feed = Feed::new();
        let id = JobId::generate();
        let mut wake = feed.job(id);
        feed.touched(&[id]);
        feed.touched(&[id]);
        assert!(wake.changed().now_or_never().is_some());
        assert!(wake.changed().now_or_never().is_none());
        drop(wake);
        feed.touched(&[id]);
        assert!(!feed.is_watched());
    }
}
