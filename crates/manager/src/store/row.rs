//! Rows of the history as values, and values as columns.

use crate::error::{Error, ErrorKind};
use crate::event::{Change, JobEvent, Seq};
use crate::job::{Job, JobId, JobStatus};
use crate::placement::Membership;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::path::PathBuf;

pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| ErrorKind::StoredJson(error).into())
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| ErrorKind::StoredJson(error).into())
}

pub(crate) fn job_id(text: &str) -> Result<JobId, Error> {
    text.parse()
        .map_err(|error: uuid::Error| corrupt(format!("`{text}` as a job id: {error}")))
}

pub(crate) fn corrupt(what: String) -> Error {
    ErrorKind::StoreCorrupt { what }.into()
}

pub(crate) fn status(row: &AnyRow) -> Result<JobStatus, Error> {
    row.try_get::<&str, _>("status")?.parse().map_err(corrupt)
}

/// A count, which is never negative.
pub(crate) fn count(row: &AnyRow, column: &'static str) -> Result<u32, Error> {
    let value: i64 = row.try_get(column)?;
    u32::try_from(value).map_err(|_| corrupt(format!("{value} as `{column}`")))
}

pub(crate) fn seq(row: &AnyRow, column: &'static str) -> Result<Seq, Error> {
    Ok(Seq(row.try_get::<i64, _>(column)?.unsigned_abs()))
}

pub(crate) fn flag(row: &AnyRow, column: &'static str) -> Result<bool, Error> {
    Ok(row.try_get::<i64, _>(column)? != 0)
}

pub(crate) fn time(row: &AnyRow, column: &'static str) -> Result<Option<Timestamp>, Error> {
    let milliseconds: Option<i64> = row.try_get(column)?;
    Ok(milliseconds.and_then(|value| Timestamp::from_millisecond(value).ok()))
}

pub(crate) fn json<T: DeserializeOwned>(
    row: &AnyRow,
    column: &'static str,
) -> Result<Option<T>, Error> {
    let text: Option<&str> = row.try_get(column)?;
    text.map(from_json).transpose()
}

/// An event, from its columns `seq`, `at` and `body`.
pub(crate) fn event(row: &AnyRow) -> Result<JobEvent, Error> {
    Ok(JobEvent {
        seq: seq(row, "seq")?,
        at: time(row, "at")?.unwrap_or_default(),
        change: from_json::<Change>(row.try_get("body")?)?,
    })
}

/// The columns that a job is read from: not the times of its nodes, which can be long.
macro_rules! job_columns {
    () => {
        "jobs.number, jobs.job_id, jobs.prompt_id, jobs.status, jobs.workflow_name, jobs.source,
         jobs.submitted_by, jobs.placement, jobs.connection, jobs.server_url, jobs.client_id,
         jobs.policy, jobs.priority, jobs.held, jobs.ready_at, jobs.waiting_for,
         jobs.idempotency_key, jobs.group_id, jobs.group_index, jobs.attempts, jobs.posts,
         jobs.retries, jobs.cancel_requested, jobs.event_seq, jobs.progress, jobs.outputs,
         jobs.output_folder, jobs.error, jobs.queued_at, jobs.started_at, jobs.finished_at,
         jobs.duration_ms, jobs.unsaved, jobs.rerun_of"
    };
}
pub(crate) use job_columns;

/// A job, from [`job_columns`].
pub(crate) fn job(row: &AnyRow) -> Result<Job, Error> {
    let number: i64 = row.try_get("number")?;
    let group_id: Option<String> = row.try_get("group_id")?;
    let index: Option<i64> = row.try_get("group_index")?;
    let duration_ms: Option<i64> = row.try_get("duration_ms")?;
    let priority: i64 = row.try_get("priority")?;
    let missing = |column: &str| corrupt(format!("no `{column}`"));
    Ok(Job {
        job_id: job_id(row.try_get("job_id")?)?,
        prompt_id: row.try_get("prompt_id")?,
        connection: row.try_get("connection")?,
        server_url: row.try_get("server_url")?,
        client_id: row.try_get("client_id")?,
        workflow_name: row.try_get("workflow_name")?,
        status: status(row)?,
        source: row.try_get("source")?,
        submitted_by: row.try_get("submitted_by")?,
        placement: json(row, "placement")?.ok_or_else(|| missing("placement"))?,
        policy: json(row, "policy")?.ok_or_else(|| missing("policy"))?,
        priority: i32::try_from(priority).unwrap_or_default(),
        held: flag(row, "held")?,
        ready_at: time(row, "ready_at")?,
        waiting_for: row.try_get("waiting_for")?,
        idempotency_key: row.try_get("idempotency_key")?,
        group: group_id.map(|group_id| Membership {
            group_id,
            index: index
                .and_then(|index| index.try_into().ok())
                .unwrap_or_default(),
        }),
        rerun_of: row
            .try_get::<Option<&str>, _>("rerun_of")?
            .map(job_id)
            .transpose()?,
        attempts: count(row, "attempts")?,
        posts: count(row, "posts")?,
        retries: count(row, "retries")?,
        cancel_requested: flag(row, "cancel_requested")?,
        event_seq: seq(row, "event_seq")?,
        progress: json(row, "progress")?,
        created_at: Timestamp::from_microsecond(number).unwrap_or_default(),
        queued_at: time(row, "queued_at")?,
        started_at: time(row, "started_at")?,
        finished_at: time(row, "finished_at")?,
        duration_seconds: duration_ms.map(|ms| SignedDuration::from_millis(ms).as_secs_f64()),
        outputs: json(row, "outputs")?.unwrap_or_default(),
        output_folder: row
            .try_get::<Option<String>, _>("output_folder")?
            .map(PathBuf::from),
        unsaved: flag(row, "unsaved")?,
        error: json(row, "error")?,
    })
}
