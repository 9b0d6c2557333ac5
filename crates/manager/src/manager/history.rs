//! What faces do with the history as a whole: statistics, tags, clean-up, backups, moving it.

use crate::error::Error;
use crate::history_watch::HistoryWatch;
use crate::job::JobId;
use crate::manager::Manager;
use crate::placement::Policy;
use crate::settings::Seconds;
use crate::store::{self, Backup, Imported, Retention, Statistics, StatisticsBy, StatisticsRange};
use crate::tidying::{self, Removed, tidy, tidy_own};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncBufRead, AsyncWrite};
use tokio::time::timeout;
use tracing::debug;

/// How long a process cleans up before it closes.
const TIDYING: Duration = Duration::from_secs(3);
/// Jobs whose outputs are looked at then: those before were looked at by others.
const RECENT: SignedDuration = SignedDuration::from_hours(24);

impl Manager {
    /// Statistics of all jobs that ended on the given days: days in order, other things by how many
    /// jobs they had, most first. They outlive the jobs.
    pub async fn statistics(
        &self,
        by: StatisticsBy,
        range: StatisticsRange,
    ) -> Result<Vec<Statistics>, Error> {
        self.store().await?.statistics(by, range).await
    }

    /// Watches the history as a whole.
    pub async fn history_changes(&self) -> Result<HistoryWatch, Error> {
        Ok(HistoryWatch::new(self.store().await?.clone()))
    }

    /// The tags of a job, sorted.
    pub async fn tags(&self, id: JobId) -> Result<Vec<String>, Error> {
        self.store().await?.tags(id).await
    }

    /// Adds tags to a job and takes others away; what is there or not there already is left so.
    pub async fn change_tags(
        &self,
        id: JobId,
        add: Vec<String>,
        remove: Vec<String>,
    ) -> Result<(), Error> {
        self.store().await?.change_tags(id, add, remove).await
    }

    /// What the settings grant a job that asks for nothing else.
    pub fn usual_policy(&self) -> Policy {
        let settings = self.settings_now();
        let usual = settings.jobs();
        Policy {
            retries: usual.retries.unwrap_or_default(),
            queue_timeout: usual.queue_timeout_seconds.map(Seconds::duration),
            run_timeout: usual.run_timeout_seconds.map(Seconds::duration),
            ..Policy::default()
        }
    }

    /// What the settings keep of the history; `None` when they keep all of it.
    pub fn retention(&self) -> Option<Retention> {
        self.settings_now().job_history().retention()
    }

    /// Removes what is not to be kept of the history; says how much that was. Jobs that have
    /// not ended, whose files are still to be fetched, or that others wait for stay. Batches go with
    /// the last of their jobs, and with a job those of its files that only the history kept.
    pub async fn clean_up(&self, retention: Retention) -> Result<Removed, Error> {
        tidying::clean_up(self.store().await?, retention, &self.locations).await
    }

    /// How many jobs [`Manager::clean_up`] would remove now.
    pub async fn count_to_clean_up(&self, retention: Retention) -> Result<u64, Error> {
        self.store().await?.count_to_clean_up(retention).await
    }

    /// Cleans up as the settings say, if this process saw a job end. What takes longer than anybody
    /// waits for is left to the next one, or to a worker.
    pub(super) async fn tidy_after_runs(&self) {
        let ran = std::mem::take(&mut *self.ran());
        let Some(store) = self.store.get() else {
            return;
        };
        if ran.jobs.is_empty() && !ran.batches {
            return;
        }
        let settings = self.settings_now();
        let (kept, locations) = (settings.job_history(), &self.locations);
        let since = self.clock.now().checked_sub(RECENT).ok();
        let tidying = async {
            tidy_own(store, kept, locations, &ran.jobs).await?;
            tidy(store, kept, locations, since).await
        };
        match timeout(TIDYING, tidying).await {
            Ok(Ok(_)) | Err(_) => {}
            Ok(Err(error)) => debug!(%error, "the history is not cleaned up"),
        }
    }

    /// Removes one job, and those of its files that only the history kept; its statistics stay. `false` when there is none, when it has not ended or its
    /// files are still to be fetched, and when others wait for it.
    pub async fn remove(&self, id: JobId) -> Result<bool, Error> {
        tidying::remove(self.store().await?, id, &self.locations).await
    }

    /// Copies a history in SQLite to a file, which appears whole or not at all, and writes its
    /// checksum beside it; others go on writing meanwhile. A file of that name is replaced.
    pub async fn backup(&self, path: &Path) -> Result<Backup, Error> {
        self.store().await?.backup(path).await
    }

    /// Tests a backup: its checksum, and whether a history is in it that can be opened.
    pub async fn verify_backup(path: &Path) -> Result<Backup, Error> {
        store::verify(path).await
    }

    /// What is wrong with the history, for people; nothing if it is sound. Reads all of it.
    pub async fn check_history(&self) -> Result<Vec<String>, Error> {
        self.store().await?.check().await
    }

    /// Writes all jobs as JSON Lines, as they stand at one moment; says how many.
    pub async fn export(&self, to: &mut (impl AsyncWrite + Unpin + Send)) -> Result<u64, Error> {
        self.store().await?.export(to).await
    }

    /// Adds the jobs of a file that [`Manager::export`] wrote, but for those that are there. Jobs that
    /// no server has yet come in held: nothing is sent that nobody here asked for. A damaged line
    /// ends the import; the lines before it are in.
    pub async fn import(
        &self,
        from: &mut (impl AsyncBufRead + Unpin + Send),
    ) -> Result<Imported, Error> {
        self.store().await?.import(from).await
    }

    /// Adds the jobs of a `job_history.json` of version 2.0.0, whose text is given, but for those
    /// that are there. Its times are taken for those of this machine.
    pub async fn import_version_2(&self, text: &str) -> Result<Imported, Error> {
        let zone = TimeZone::system();
        self.store().await?.import_version_2(text, &zone).await
    }

    /// Writes how a job stands that a program runs by its own means, in the form that version 2.0.0
    /// had: it is tracked from now on. One that has ended, or that we run, stays as it is.
    pub async fn track(&self, job: &str) -> Result<(), Error> {
        let zone = TimeZone::system();
        self.store().await?.track(job, &zone).await
    }

    /// Forgets a job that is tracked and has not ended; whether there was one.
    pub async fn untrack(&self, job_id: JobId) -> Result<bool, Error> {
        self.store().await?.untrack(job_id).await
    }
}
