//! What happens to jobs, whichever process looks after them, as messages for the editor.

use super::Shared;
use super::job_view;
use super::jobs::{open_jobs, tidy};
use super::office::look_after_open_jobs;
use crate::call::{Answer, Call};
use crate::error::Failure;
use comfyctl_manager::{HistoryWatch, Job, JobFilter, JobId, Manager};
use jiff::Timestamp;
use pyo3::prelude::*;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Changes within this time are looked at together.
const PERIOD: Duration = Duration::from_millis(200);

/// With thousands of open jobs a look takes a while: so many times as long passes before the next.
const REST: u32 = 4;

/// How often what the settings no longer keep is removed, as workers do.
const TIDY: Duration = Duration::from_hours(1);

/// Gives out messages, one call after another.
#[pyclass(frozen, module = "comfyui_api_manager._native")]
pub(crate) struct Feed {
    shared: Arc<Shared>,
    state: Arc<Mutex<Option<State>>>,
}

struct State {
    watch: HistoryWatch,
    /// Open jobs, as they were last told of.
    open: HashMap<JobId, Value>,
    /// Jobs submitted since then may have begun and ended unseen.
    since: Timestamp,
    /// Ended ones that the last look told of.
    told: HashSet<JobId>,
    tidied: Instant,
    messages: VecDeque<Value>,
}

impl Feed {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            state: Arc::default(),
        }
    }
}

#[pymethods]
impl Feed {
    /// The next `[name, detail]`. Waits for it.
    fn next(&self) -> Call {
        let (shared, state) = (Arc::clone(&self.shared), Arc::clone(&self.state));
        Call::new(async move {
            let mut state = state.lock().await;
            let manager = shared.office.manager();
            if state.is_none() {
                look_after_open_jobs(Arc::clone(&manager)).await;
                *state = Some(State::begin(&manager).await?);
            }
            match state.as_mut() {
                Some(state) => Ok(Answer::Json(state.next(&shared).await?)),
                None => Ok(Answer::Nothing),
            }
        })
    }
}

impl State {
    async fn begin(manager: &Manager) -> Result<Self, Failure> {
        let since = Timestamp::now();
        let watch = manager.history_changes().await?;
        let open = open_jobs(manager).await?;
        Ok(Self {
            watch,
            open: open
                .iter()
                .map(|job| (job.job_id, job_view::view(job)))
                .collect(),
            since,
            told: HashSet::new(),
            tidied: Instant::now(),
            messages: VecDeque::new(),
        })
    }

    async fn next(&mut self, shared: &Shared) -> Result<Value, Failure> {
        loop {
            if let Some(message) = self.messages.pop_front() {
                return Ok(message);
            }
            if !self.watch.changed().await {
                // The settings were changed: this watch is of a history that was closed.
                self.watch = shared.office.manager().history_changes().await?;
            }
            let began = Instant::now();
            self.look(&shared.office.manager()).await?;
            let rest = PERIOD.max(began.elapsed() * REST);
            if self.tidied.elapsed() > TIDY {
                self.tidied = Instant::now();
                tidy(&shared.office.manager()).await?;
            }
            tokio::time::sleep(rest).await;
        }
    }

    /// Compares the history with what was last told of it.
    async fn look(&mut self, manager: &Manager) -> Result<(), Failure> {
        let now = Timestamp::now();
        let mut found = open_jobs(manager).await?;
        let young = JobFilter {
            since: Some(self.since),
            ..JobFilter::default()
        };
        self.since = now;
        let mut seen: HashSet<JobId> = found.iter().map(|job| job.job_id).collect();
        for job in manager.jobs(&young).await?.jobs {
            if job.status.is_final() && seen.insert(job.job_id) {
                found.push(job);
            }
        }
        for id in self.open.keys().filter(|id| !seen.contains(id)) {
            if let Ok(job) = manager.job(&id.to_string()).await {
                found.push(job);
            }
        }
        let ended = found.iter().filter(|job| job.status.is_final());
        let ended = ended.map(|job| job.job_id).collect();
        let told = std::mem::replace(&mut self.told, ended);
        for job in found.iter().filter(|job| !told.contains(&job.job_id)) {
            self.tell(job);
        }
        if self.messages.is_empty() {
            self.messages
                .push_back(json!(["api-manager.history", null]));
        }
        Ok(())
    }

    fn tell(&mut self, job: &Job) {
        let view = job_view::view(job);
        if self.open.get(&job.job_id) == Some(&view) {
            return;
        }
        if job.status.is_final() {
            self.open.remove(&job.job_id);
        } else {
            self.open.insert(job.job_id, view.clone());
        }
        self.messages.push_back(json!(["api-manager.job", view]));
    }
}
