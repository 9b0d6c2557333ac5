//! Jobs as `/api/jobs` shows them: one form for those that wait, run and are finished.
//!
//! Called by the routes with a snapshot of the queue.

use crate::history::Finished;
use crate::job::Job;
use crate::queue::Snapshot;
use serde_json::{Map, Value, json};

/// The server fails on `extra_pnginfo` (or its `workflow`) that is no object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unreadable;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Pending,
    InProgress,
    Completed,
    Failed,
    Cancelled,
}

impl Status {
    pub(crate) const ALL: [Self; 5] = [
        Self::Pending,
        Self::InProgress,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One job, with what lists are sorted and filtered by.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) shown: Map<String, Value>,
    pub(crate) status: Status,
    pub(crate) create_time: i64,
    pub(crate) duration: i64,
}

/// All jobs: running, waiting, finished.
pub(crate) fn all(snapshot: &Snapshot) -> Result<Vec<Entry>, Unreadable> {
    let running = snapshot
        .running
        .iter()
        .map(|job| queued(job, Status::InProgress));
    let pending = snapshot
        .pending
        .iter()
        .map(|job| queued(job, Status::Pending));
    let finished = snapshot.finished.iter().map(|finished| summary(finished));
    running.chain(pending).chain(finished).collect()
}

/// One job by its id; finished ones with all details.
pub(crate) fn one(snapshot: &Snapshot, id: &str) -> Result<Option<Value>, Unreadable> {
    let shown = |entry: Entry| Value::Object(entry.shown);
    if let Some(finished) = snapshot
        .finished
        .iter()
        .find(|finished| finished.job.id == id)
    {
        return detail(finished).map(Some);
    }
    if let Some(job) = snapshot.running.as_ref().filter(|job| job.id == id) {
        return queued(job, Status::InProgress).map(shown).map(Some);
    }
    let pending = snapshot.pending.iter().find(|job| job.id == id);
    pending
        .map(|job| queued(job, Status::Pending).map(shown))
        .transpose()
}

fn queued(job: &Job, status: Status) -> Result<Entry, Unreadable> {
    let mut shown = head(job, status);
    shown.insert("outputs_count".into(), 0.into());
    add_workflow_id(&mut shown, job)?;
    Ok(entry(shown, job, status, 0))
}

fn entry(shown: Map<String, Value>, job: &Job, status: Status, duration: i64) -> Entry {
    Entry {
        shown,
        status,
        create_time: job.create_time().as_i64().unwrap_or_default(),
        duration,
    }
}

fn head(job: &Job, status: Status) -> Map<String, Value> {
    let mut shown = Map::new();
    shown.insert("id".into(), job.id.as_str().into());
    shown.insert("status".into(), status.name().into());
    shown.insert("priority".into(), job.number.to_json());
    shown.insert("create_time".into(), job.create_time());
    shown
}

fn summary(finished: &Finished) -> Result<Entry, Unreadable> {
    let job = &finished.job;
    let status = match finished.message("execution_interrupted") {
        _ if finished.success => Status::Completed,
        Some(_) => Status::Cancelled,
        None => Status::Failed,
    };
    let mut shown = head(job, status);
    let time = |event: &str| {
        let message = finished.message(event)?;
        message.get("timestamp").and_then(Value::as_i64)
    };
    let start = time("execution_start");
    let end = [
        "execution_success",
        "execution_error",
        "execution_interrupted",
    ];
    let end = end.into_iter().find_map(time);
    for (key, time) in [("execution_start_time", start), ("execution_end_time", end)] {
        if let Some(time) = time {
            shown.insert(key.into(), time.into());
        }
    }
    if let Some(error) = finished.message("execution_error") {
        shown.insert("execution_error".into(), error.clone());
    }
    let (count, preview) = outputs(&finished.outputs);
    shown.insert("outputs_count".into(), count.into());
    if let Some(preview) = preview {
        shown.insert("preview_output".into(), preview);
    }
    add_workflow_id(&mut shown, job)?;
    let duration = end.unwrap_or_default() - start.unwrap_or_default();
    Ok(entry(shown, job, status, duration))
}

fn detail(finished: &Finished) -> Result<Value, Unreadable> {
    let mut shown = summary(finished)?.shown;
    shown.insert("outputs".into(), Value::Object(finished.outputs.clone()));
    shown.insert("execution_status".into(), finished.status());
    let job = &finished.job;
    let workflow = json!({"prompt": job.prompt, "extra_data": job.extra_data});
    shown.insert("workflow".into(), workflow);
    Ok(Value::Object(shown))
}

fn add_workflow_id(shown: &mut Map<String, Value>, job: &Job) -> Result<(), Unreadable> {
    let Some(info) = job.extra_data.get("extra_pnginfo") else {
        return Ok(());
    };
    let Some(workflow) = info.as_object().ok_or(Unreadable)?.get("workflow") else {
        return Ok(());
    };
    match workflow.as_object().ok_or(Unreadable)?.get("id") {
        None | Some(Value::Null) => {}
        Some(id) => {
            shown.insert("workflow_id".into(), id.clone());
        }
    }
    Ok(())
}

/// How many files there are, and which one a list shows: a saved one if there is one. Texts are
/// shown, but do not count.
fn outputs(outputs: &Map<String, Value>) -> (usize, Option<Value>) {
    let mut count = 0;
    let mut saved = None;
    let mut other = None;
    for (node, kinds) in outputs {
        for (kind, items) in kinds.as_object().into_iter().flatten() {
            if kind == "animated" {
                continue;
            }
            for item in items.as_array().into_iter().flatten() {
                let Some(file) = item.as_object() else {
                    if kind == "text" && other.is_none() {
                        let text = json!({"content": item, "nodeId": node, "mediaType": kind});
                        other = Some(text);
                    }
                    continue;
                };
                count += 1;
                let mut file = file.clone();
                let is_saved = file.get("type") == Some(&json!("output"));
                file.insert("nodeId".into(), node.as_str().into());
                file.insert("mediaType".into(), kind.as_str().into());
                let place = if is_saved { &mut saved } else { &mut other };
                place.get_or_insert(Value::Object(file));
            }
        }
    }
    (count, saved.or(other))
}
