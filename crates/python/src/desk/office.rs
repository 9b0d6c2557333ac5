//! The manager by the settings as they are now: opened anew when the file has changed, by this process or
//! by another.

use comfyctl_manager::{
    ConnectionChoice, Error, JobFilter, JobStatus, Locations, Manager, Settings,
};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::warn;

/// The face that submits jobs here.
pub(super) const SOURCE: &str = "comfyui";

/// Statuses of jobs that have not ended.
pub(super) const OPEN: [JobStatus; 3] = [JobStatus::Pending, JobStatus::Queued, JobStatus::Running];

/// Owner of the present manager.
pub(super) struct Office {
    locations: Locations,
    own: Option<String>,
    present: Mutex<Present>,
    /// Held by whoever submits a job that counts towards `api.max_concurrent_jobs`.
    pub(super) admission: tokio::sync::Mutex<()>,
}

struct Present {
    manager: Arc<Manager>,
    /// The settings file as it was read; `None` where there was none.
    file: Option<Vec<u8>>,
}

impl Office {
    pub(super) fn open(locations: Locations, own: Option<String>) -> Result<Self, Error> {
        let file = fs::read(&locations.settings_file).ok();
        let manager = Arc::new(Manager::open(locations.clone())?.with_source(SOURCE));
        log(&manager);
        Ok(Self {
            locations,
            own,
            present: Mutex::new(Present { manager, file }),
            admission: tokio::sync::Mutex::default(),
        })
    }

    /// The manager. A file that is broken now leaves the one of before, with a warning in the log. Must
    /// be called within the runtime.
    pub(super) fn manager(&self) -> Arc<Manager> {
        let file = fs::read(&self.locations.settings_file).ok();
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        if file == present.file {
            return Arc::clone(&present.manager);
        }
        present.file = file;
        match Manager::open(self.locations.clone()) {
            Ok(manager) => {
                // Whoever still works with the old one holds it until that is done.
                present.manager = Arc::new(manager.with_source(SOURCE));
                log(&present.manager);
                tokio::spawn(look_after_open_jobs(Arc::clone(&present.manager)));
            }
            Err(error) => warn!("{error}; the settings stay as they were"),
        }
        Arc::clone(&present.manager)
    }

    pub(super) fn locations(&self) -> &Locations {
        &self.locations
    }

    pub(super) fn settings_file(&self) -> &Path {
        &self.locations.settings_file
    }

    /// The ComfyUI that this is part of: under the name that the settings have for its address, if any.
    pub(super) fn own(&self, settings: &Settings) -> ConnectionChoice {
        let Some(own) = &self.own else {
            return ConnectionChoice::Default;
        };
        let address = ConnectionChoice::Address(own.clone());
        let Ok(here) = settings.connection(&address) else {
            return address;
        };
        let url = here.connection.url.to_string();
        let mut connections = settings.connections().into_iter();
        let same = |(name, found): (&str, Result<comfyctl_manager::NamedConnection, Error>)| {
            let is_same = found.is_ok_and(|found| found.connection.url.to_string() == url);
            is_same.then(|| ConnectionChoice::Named(name.to_owned()))
        };
        connections.find_map(same).unwrap_or(address)
    }
}

/// Logs as the settings say.
fn log(manager: &Manager) {
    if let Some(problem) = comfyctl::log_by(manager.settings().logging()) {
        warn!("{problem}");
    }
}

/// Goes on with the jobs of this face that an earlier manager or process left.
pub(super) async fn look_after_open_jobs(manager: Arc<Manager>) {
    let filter = JobFilter {
        statuses: OPEN.to_vec(),
        source: Some(SOURCE.to_owned()),
        ..JobFilter::default()
    };
    let found = match manager.jobs(&filter).await {
        Ok(found) => found,
        Err(error) => return warn!("{error}; jobs that have not ended wait for another process"),
    };
    for job in found.jobs {
        if let Err(error) = manager.look_after(job.job_id).await {
            warn!("{error}; job {} waits for another process", job.job_id);
        }
    }
}
