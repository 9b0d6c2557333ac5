//! The history of version 2.0.0, `job_history.json`, as jobs of this one.
//!
//! Version 2.0.0 kept no graphs and no account of what happened, and its times are those of a clock
//! on the wall. Importing the same file again adds nothing.

use crate::code::Code;
use crate::error::{Error, ErrorKind};
use crate::event::{Change, JobEvent, Seq};
use crate::job::{JobError, JobId, JobStatus, Output};
use crate::placement::{Placement, Policy};
use crate::progress::Progress;
use crate::store::Store;
use crate::store::archive::Archived;
use crate::store::import::Imported;
use comfyctl_workflow::NodeId;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Tag of what was imported.
const TAG: &str = "imported-from-2.0.0";

#[derive(Debug, Deserialize)]
struct History {
    jobs: Vec<OldJob>,
}

#[derive(Debug, Deserialize)]
pub(super) struct OldJob {
    job_id: String,
    #[serde(default)]
    prompt_id: Option<String>,
    #[serde(default)]
    workflow_name: Option<String>,
    pub(super) status: JobStatus,
    #[serde(default)]
    connection_name: Option<String>,
    #[serde(default)]
    inputs: Option<Box<RawValue>>,
    #[serde(default)]
    outputs: Vec<OldOutput>,
    #[serde(default)]
    error: Option<String>,
    created_at: String,
    #[serde(default)]
    started_at: Option<String>,
    #[serde(default)]
    completed_at: Option<String>,
    #[serde(default)]
    progress: f64,
    #[serde(default)]
    current_node: Option<NodeId>,
}

impl OldJob {
    /// How far it is, if anything is known of that.
    pub(super) fn progress(&self) -> Option<Progress> {
        let node = self.current_node.clone();
        (self.progress > 0.0 || node.is_some()).then_some(Progress {
            nodes_done: 0,
            nodes_total: 0,
            node,
            class: None,
            steps: None,
            fraction: self.progress,
        })
    }
}

#[derive(Debug, Deserialize)]
struct OldOutput {
    node_id: String,
    output_type: String,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    filename: Option<String>,
}

impl Store {
    /// Adds the jobs of a `job_history.json`, whose text is given; its times are those of the zone.
    pub(crate) async fn import_version_2(
        &self,
        text: &str,
        zone: &TimeZone,
    ) -> Result<Imported, Error> {
        let refused = |line, what| ErrorKind::Import { line, what };
        let history: History = serde_json::from_str(text)
            .map_err(|error| refused(error.line() as u64, error.to_string()))?;
        let mut jobs = Vec::with_capacity(history.jobs.len());
        // They stand newest first.
        for old in history.jobs.into_iter().rev() {
            let id = old.job_id.clone();
            let job = read(old, zone).map_err(|what| refused(1, format!("job `{id}`: {what}")))?;
            jobs.push(job);
        }
        let mut imported = Imported::default();
        self.add(&mut imported, jobs).await?;
        Ok(imported)
    }
}

/// A job of version 2.0.0 that has ended, or of which nobody will learn how.
pub(super) fn read(old: OldJob, zone: &TimeZone) -> Result<Archived, String> {
    let created = time(&old.created_at, zone)?;
    let optional = |text: &Option<String>| text.as_deref().map(|text| time(text, zone)).transpose();
    let started = optional(&old.started_at)?;
    let ended = optional(&old.completed_at)?;
    let finished = ended.or(started).unwrap_or(created);
    let connection = old.connection_name.unwrap_or_else(|| "default".to_owned());
    let job_id = JobId::of_version_2(&old.job_id);
    let (status, error, change) = ending(old.status, old.error);
    let events = story(created, started, finished, change);
    let took = started.zip(ended).map(|(from, to)| to.duration_since(from));
    Ok(Archived {
        job_id,
        prompt_id: old.prompt_id.unwrap_or_else(|| job_id.to_string()),
        number: created.as_microsecond(),
        status,
        workflow_name: old.workflow_name.filter(|name| !name.is_empty()),
        source: "2.0.0".to_owned(),
        submitted_by: String::new(),
        placement: Placement::Connection(connection.clone()),
        connection: Some(connection),
        server_url: None,
        client_id: None,
        policy: Policy::default(),
        priority: 0,
        held: false,
        ready_at: None,
        idempotency_key: None,
        group: None,
        rerun_of: None,
        attempts: 1,
        posts: 1,
        retries: 0,
        cancel_requested: false,
        event_seq: Seq(events.len() as u64),
        progress: None,
        outputs: old.outputs.into_iter().map(output).collect(),
        output_folder: None,
        unsaved: false,
        error,
        nodes: None,
        queued_at: None,
        started_at: started.map(Timestamp::as_millisecond),
        finished_at: Some(finished.as_millisecond()),
        duration_ms: took.and_then(|took| i64::try_from(took.as_millis()).ok()),
        prompt: RawValue::from_string("{}".to_owned()).map_err(|error| error.to_string())?,
        editor: None,
        overrides: old.inputs.filter(|inputs| inputs.get() != "null"),
        tags: vec![TAG.to_owned()],
        after: Vec::new(),
        events,
    })
}

/// With a time zone as it is, without one as the clock on the wall showed it.
fn time(text: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let local: DateTime = text.parse().map_err(|_| format!("`{text}` is no time"))?;
    let zoned = local
        .to_zoned(zone.clone())
        .map_err(|error| error.to_string())?;
    Ok(zoned.timestamp())
}

/// Version 2.0.0 forgot jobs that had not ended when it stopped.
fn ending(status: JobStatus, error: Option<String>) -> (JobStatus, Option<JobError>, Change) {
    match status {
        JobStatus::Completed => (status, None, Change::Completed),
        JobStatus::Cancelled => {
            let message = error.unwrap_or_else(|| "cancelled".to_owned());
            let error = JobError::new(Code::Cancelled, &message);
            let change = Change::Cancelled {
                error: error.clone(),
            };
            (status, Some(error), change)
        }
        _ => {
            let error = match (status, error) {
                (JobStatus::Failed, Some(message)) => JobError::new(Code::NodeError, &message),
                (JobStatus::Failed, None) => JobError::new(Code::NodeError, "no reason is known"),
                _ => JobError::new(
                    Code::ServerLostJob,
                    "version 2.0.0 never learned how it ended",
                ),
            };
            let change = Change::Failed {
                error: error.clone(),
            };
            (JobStatus::Failed, Some(error), change)
        }
    }
}

fn story(
    created: Timestamp,
    started: Option<Timestamp>,
    finished: Timestamp,
    end: Change,
) -> Vec<JobEvent> {
    let running = started.map(|at| (at, Change::Running));
    let told = [(created, Change::Submitted)].into_iter().chain(running);
    let told = told.chain([(finished, end)]).zip(1..);
    told.map(|((at, change), seq)| JobEvent {
        seq: Seq(seq),
        at,
        change,
    })
    .collect()
}

fn output(old: OldOutput) -> Output {
    let text = |key: &str| old.data.get(key).and_then(Value::as_str).map(str::to_owned);
    let filename = old.filename.clone().or_else(|| text("filename"));
    let folder = old.data.get("type").cloned();
    Output {
        subfolder: text("subfolder"),
        folder: folder.and_then(|folder| serde_json::from_value(folder).ok()),
        text: old
            .data
            .as_str()
            .filter(|_| filename.is_none())
            .map(str::to_owned),
        filename,
        ..Output::new(&NodeId::from(old.node_id.as_str()), &old.output_type)
    }
}
