//! A job with everything that belongs to it, as it is written to a file and read from one.

use crate::error::Error;
use crate::event::{Change, JobEvent, Seq};
use crate::job::{JobError, JobId, JobStatus, Output};
use crate::placement::{Membership, Placement, Policy};
use crate::progress::{NodeTime, Progress};
use crate::store::row::{self, corrupt};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sqlx::Row;
use sqlx::any::AnyRow;

/// All that the history knows of a job, but for leases, which mean nothing elsewhere. One line of a
/// file: a released field is never renamed, a new one gets a default.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Archived {
    pub(crate) job_id: JobId,
    pub(crate) prompt_id: String,
    /// Microseconds since 1970 at which it was submitted, made unique: its place in the history.
    pub(crate) number: i64,
    pub(crate) status: JobStatus,
    pub(crate) workflow_name: Option<String>,
    pub(crate) source: String,
    pub(crate) submitted_by: String,
    pub(crate) placement: Placement,
    pub(crate) connection: Option<String>,
    pub(crate) server_url: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) policy: Policy,
    pub(crate) priority: i64,
    pub(crate) held: bool,
    pub(crate) ready_at: Option<i64>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) group: Option<Membership>,
    #[serde(default)]
    pub(crate) rerun_of: Option<JobId>,
    pub(crate) attempts: u32,
    pub(crate) posts: u32,
    pub(crate) retries: u32,
    pub(crate) cancel_requested: bool,
    pub(crate) event_seq: Seq,
    pub(crate) progress: Option<Progress>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) output_folder: Option<String>,
    pub(crate) unsaved: bool,
    pub(crate) error: Option<JobError>,
    pub(crate) nodes: Option<Vec<NodeTime>>,
    pub(crate) queued_at: Option<i64>,
    pub(crate) started_at: Option<i64>,
    pub(crate) finished_at: Option<i64>,
    pub(crate) duration_ms: Option<i64>,
    /// The graphs and what was changed in them, letter by letter as they were stored.
    pub(crate) prompt: Box<RawValue>,
    pub(crate) editor: Option<Box<RawValue>>,
    pub(crate) overrides: Option<Box<RawValue>>,
    pub(crate) tags: Vec<String>,
    /// Jobs that it runs after.
    pub(crate) after: Vec<JobId>,
    pub(crate) events: Vec<JobEvent>,
}

/// A batch, whose jobs name it by its id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ArchivedGroup {
    pub(crate) group_id: String,
    pub(crate) name: String,
    /// Milliseconds since 1970.
    pub(crate) created_at: i64,
    /// What its jobs vary.
    pub(crate) sweeps: Box<RawValue>,
}

impl ArchivedGroup {
    /// From the columns of `job_groups`.
    pub(crate) fn from_row(row: &AnyRow) -> Result<Self, Error> {
        let group_id: String = row.try_get("group_id")?;
        let sweeps = RawValue::from_string(row.try_get("body")?);
        Ok(Self {
            name: row.try_get("name")?,
            created_at: row.try_get("created_at")?,
            sweeps: sweeps
                .map_err(|error| corrupt(format!("`body` of batch {group_id}: {error}")))?,
            group_id,
        })
    }
}

impl Archived {
    /// From all columns of `jobs` and `job_graphs`; tags, dependencies and events come separately.
    pub(crate) fn from_row(row: &AnyRow) -> Result<Self, Error> {
        let job = row::job(row)?;
        let raw = |column: &'static str| -> Result<Option<Box<RawValue>>, Error> {
            let text: Option<String> = row.try_get(column)?;
            let raw = text.map(RawValue::from_string).transpose();
            raw.map_err(|error| corrupt(format!("`{column}` of job {}: {error}", job.job_id)))
        };
        Ok(Self {
            number: row.try_get("number")?,
            priority: row.try_get("priority")?,
            ready_at: row.try_get("ready_at")?,
            nodes: row::json(row, "nodes")?,
            output_folder: row.try_get("output_folder")?,
            queued_at: row.try_get("queued_at")?,
            started_at: row.try_get("started_at")?,
            finished_at: row.try_get("finished_at")?,
            duration_ms: row.try_get("duration_ms")?,
            prompt: raw("prompt")?
                .ok_or_else(|| corrupt(format!("no prompt of {}", job.job_id)))?,
            editor: raw("editor")?,
            overrides: raw("overrides")?,
            tags: Vec::new(),
            after: Vec::new(),
            events: Vec::new(),
            job_id: job.job_id,
            prompt_id: job.prompt_id,
            status: job.status,
            workflow_name: job.workflow_name,
            source: job.source,
            submitted_by: job.submitted_by,
            placement: job.placement,
            connection: job.connection,
            server_url: job.server_url,
            client_id: job.client_id,
            policy: job.policy,
            held: job.held,
            idempotency_key: job.idempotency_key,
            group: job.group,
            rerun_of: job.rerun_of,
            attempts: job.attempts,
            posts: job.posts,
            retries: job.retries,
            cancel_requested: job.cancel_requested,
            event_seq: job.event_seq,
            progress: job.progress,
            outputs: job.outputs,
            unsaved: job.unsaved,
            error: job.error,
        })
    }

    /// What contradicts itself in it, if anything.
    pub(crate) fn contradiction(&self) -> Option<&'static str> {
        let told = self.events.iter().enumerate();
        let mut told = told.map(|(place, event)| event.seq.0 == place as u64 + 1);
        if !told.all(|right| right) {
            return Some("its story has gaps");
        }
        if !self.events.is_empty() && self.events.len() as u64 != self.event_seq.0 {
            return Some("its story ends too early");
        }
        if self.status.is_final() != self.finished_at.is_some() {
            return Some("its status contradicts its end");
        }
        None
    }

    /// Keeps a job that no server has from being sent unasked by whoever imports it.
    pub(crate) fn hold_if_waiting(&mut self) {
        if self.status.is_final() || self.posts > 0 || self.held {
            return;
        }
        self.held = true;
        let at = self.events.last().map(|event| event.at);
        if let Some(at) = at {
            self.event_seq = Seq(self.event_seq.0 + 1);
            self.events.push(JobEvent {
                seq: self.event_seq,
                at,
                change: Change::Held,
            });
        }
    }
}
