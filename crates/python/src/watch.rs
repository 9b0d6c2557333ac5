//! The story of a job, one event at a time.

use crate::call::{Answer, Call};
use crate::error::Failure;
use comfyctl_manager::{Glimpse, JobWatch, Manager, Seq, Update};
use pyo3::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Mutex;

/// Opened with the first event that is asked for.
#[pyclass(frozen, module = "comfyui_api_manager._native")]
pub(crate) struct Watch {
    state: Arc<State>,
}

struct State {
    manager: Arc<Manager>,
    id: String,
    seen: Seq,
    watch: Mutex<Option<JobWatch>>,
}

impl Watch {
    pub(crate) fn new(manager: Arc<Manager>, id: String, seen: Seq) -> Self {
        Self {
            state: Arc::new(State {
                manager,
                id,
                seen,
                watch: Mutex::new(None),
            }),
        }
    }
}

#[pymethods]
impl Watch {
    /// The next event as a dictionary; `None` when the job has ended.
    fn next(&self) -> Call {
        let state = Arc::clone(&self.state);
        Call::new(async move {
            match state.next().await? {
                Some(update) => Ok(Answer::Json(view(update)?)),
                None => Ok(Answer::Nothing),
            }
        })
    }
}

impl State {
    async fn next(&self) -> Result<Option<Update>, Failure> {
        let mut watch = self.watch.lock().await;
        if watch.is_none() {
            let job = self.manager.job(&self.id).await?;
            let opened = self.manager.watch(job.job_id, self.seen).await?;
            if !job.status.is_final() {
                self.manager.look_after(job.job_id).await?;
            }
            *watch = Some(opened);
        }
        match watch.as_mut() {
            Some(watch) => Ok(watch.next().await?),
            None => Ok(None),
        }
    }
}

fn view(update: Update) -> Result<Value, serde_json::Error> {
    Ok(match update {
        Update::Event(event) => serde_json::to_value(event)?,
        Update::Glimpse(Glimpse::Waiting(reason)) => json!({ "type": "waiting", "reason": reason }),
        Update::Glimpse(Glimpse::Ahead(ahead)) => json!({ "type": "ahead", "ahead": ahead }),
        Update::Glimpse(Glimpse::GaveUp(error)) => json!({ "type": "gave_up", "error": error }),
        Update::Glimpse(Glimpse::Progress(progress)) => {
            let mut view = serde_json::to_value(progress)?;
            view["type"] = "progress".into();
            view
        }
    })
}
