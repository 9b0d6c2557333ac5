//! What the settings keep of the history, put into effect: by a worker every hour, and by every
//! process that saw a job end, when it closes. Jobs that have not ended are never touched.

use crate::error::Error;
use crate::job::JobId;
use crate::locations::Locations;
use crate::settings::HistorySettings;
use crate::store::{Retention, Store};
use fs_err::tokio as fs;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::io::ErrorKind::NotFound;
use std::path::Path;
use tracing::warn;

/// Whoever waited for a job has read by then how it ended.
const SETTLED: SignedDuration = SignedDuration::from_secs(10);

/// What a clean-up removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// Jobs.
    #[serde(rename = "removed")]
    pub jobs: u64,
    /// Files that only the history kept, thumbnails among them.
    pub files: u64,
    /// Their size.
    pub bytes: u64,
}

impl HistorySettings {
    /// What is kept; `None` when all of it is.
    pub(crate) fn retention(&self) -> Option<Retention> {
        if !self.enabled {
            return Some(Retention {
                max_age: Some(SETTLED),
                ..Retention::default()
            });
        }
        let days = i64::from(self.auto_cleanup_days);
        let max_jobs = u32::try_from(self.max_jobs).ok().filter(|jobs| *jobs > 0);
        let retention = Retention {
            max_jobs,
            max_age: (days > 0).then(|| SignedDuration::from_hours(24 * days)),
            only: None,
        };
        (retention != Retention::default()).then_some(retention)
    }
}

/// Removes what is not to be kept; says how many jobs that were. Of jobs that were submitted before
/// `since`, outputs are left as they are.
pub(crate) async fn tidy(
    store: &Store,
    kept: &HistorySettings,
    locations: &Locations,
    since: Option<Timestamp>,
) -> Result<u64, Error> {
    let mut removed = 0;
    if let Some(retention) = kept.retention() {
        removed = clean_up(store, retention, locations).await?.jobs;
    }
    if !kept.store_outputs {
        store.forget_outputs(since, SETTLED).await?;
    }
    Ok(removed)
}

/// Removes what is not to be kept of jobs that this process ran, which nobody waits for any more.
pub(crate) async fn tidy_own(
    store: &Store,
    kept: &HistorySettings,
    locations: &Locations,
    own: &[JobId],
) -> Result<(), Error> {
    for id in own {
        if !kept.enabled {
            remove(store, *id, locations).await?;
        } else if !kept.store_outputs {
            store.forget_outputs_of(*id).await?;
        }
    }
    Ok(())
}

/// Removes jobs, and those of their files that only the history kept.
pub(crate) async fn clean_up(
    store: &Store,
    retention: Retention,
    locations: &Locations,
) -> Result<Removed, Error> {
    let mut removed = Removed::default();
    for id in store.clean_up(retention).await? {
        removed.jobs += 1;
        remove_kept_files(locations, id, &mut removed).await;
    }
    Ok(removed)
}

/// Removes one job if it may go, and those of its files that only the history kept.
pub(crate) async fn remove(store: &Store, id: JobId, locations: &Locations) -> Result<bool, Error> {
    let is_gone = store.remove(id).await?;
    if is_gone {
        remove_kept_files(locations, id, &mut Removed::default()).await;
    }
    Ok(is_gone)
}

/// The job is gone: files that cannot be removed are only told of.
async fn remove_kept_files(locations: &Locations, id: JobId, removed: &mut Removed) {
    for folder in [locations.kept_outputs(id), locations.kept_thumbnails(id)] {
        match remove_folder(&folder).await {
            Ok((files, bytes)) => {
                removed.files += files;
                removed.bytes += bytes;
            }
            Err(error) if error.kind() == NotFound => {}
            Err(error) => warn!(job.id = %id, %error, "the files of a removed job stay"),
        }
    }
}

/// How many files there were in it, and of how many bytes.
async fn remove_folder(folder: &Path) -> std::io::Result<(u64, u64)> {
    let (mut files, mut bytes) = (0, 0);
    let mut entries = fs::read_dir(folder).await?;
    while let Some(entry) = entries.next_entry().await? {
        files += 1;
        bytes += entry.metadata().await?.len();
    }
    fs::remove_dir_all(folder).await?;
    Ok((files, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(change: impl FnOnce(&mut HistorySettings)) -> Option<Retention> {
        let mut settings = HistorySettings::default();
        change(&mut settings);
        settings.retention()
    }

    #[test]
    fn what_is_kept_is_what_the_settings_say() {
        let month = Some(SignedDuration::from_hours(24 * 30));
        let usual = Retention {
            max_jobs: Some(1000),
            max_age: month,
            only: None,
        };
        assert_eq!(kept(|_| ()), Some(usual));
        let none = Retention {
            max_age: Some(SETTLED),
            ..Retention::default()
        };
        assert_eq!(kept(|settings| settings.enabled = false), Some(none));
        let by_age = Retention {
            max_jobs: None,
            ..usual
        };
        assert_eq!(kept(|settings| settings.max_jobs = 0), Some(by_age));
        let all = kept(|settings| (settings.max_jobs, settings.auto_cleanup_days) = (0, 0));
        assert_eq!(all, None);
    }
}
