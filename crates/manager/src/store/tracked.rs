//! Jobs that a program runs by its own means and only tells of, through the job tracker of version
//! 2.0.0. Each time it says how one stands, the job is written anew.
//!
//! No engine takes them: they are held from the start, and no server was given them by us.

use crate::error::{Error, ErrorKind};
use crate::event::Seq;
use crate::identity;
use crate::job::JobId;
use crate::store::Store;
use crate::store::archive::Archived;
use crate::store::clean::remove;
use crate::store::import::add;
use crate::store::import_version_2::{OldJob, read};
use crate::store::turn::Turn;
use jiff::tz::TimeZone;
use serde_json::value::RawValue;
use sqlx::Row;
use std::sync::Arc;

/// What such jobs have as their source.
pub(super) const SOURCE: &str = "tracker";

/// What the history had of a job.
struct Former {
    number: i64,
    overrides: Option<String>,
}

impl Store {
    /// Writes how a job stands, which is given in the form of `job_history.json`; its times are those
    /// of the zone. One that has ended stays as it is, and so does one that we run.
    pub(crate) async fn track(&self, text: &str, zone: &TimeZone) -> Result<(), Error> {
        let job = read_tracked(text, zone).map_err(|what| ErrorKind::Import { line: 1, what })?;
        let job = Arc::new(job);
        self.writer
            .write(move |turn| {
                let job = Arc::clone(&job);
                Box::pin(async move { track(turn, &job).await })
            })
            .await
    }

    /// Forgets a job that is tracked and has not ended; whether there was one.
    pub(crate) async fn untrack(&self, id: JobId) -> Result<bool, Error> {
        self.writer
            .write(move |turn| {
                Box::pin(async move {
                    turn.touched.push(id);
                    Ok(take_out(turn, id).await?.is_some())
                })
            })
            .await
    }
}

async fn track(turn: &mut Turn<'_>, job: &Archived) -> Result<(), Error> {
    let former = take_out(turn, job.job_id).await?;
    let mut job = job.clone();
    // Another process that goes on with the job does not know what its inputs were.
    if job
        .overrides
        .as_ref()
        .is_none_or(|given| given.get() == "{}")
    {
        let known = former.and_then(|former| former.overrides);
        job.overrides = known.and_then(|text| RawValue::from_string(text).ok());
    }
    // Does nothing where a job of that id is left.
    add(turn, &job).await.map(|_| ())
}

async fn take_out(turn: &mut Turn<'_>, id: JobId) -> Result<Option<Former>, Error> {
    let found = sqlx::query(
        "SELECT jobs.number, overrides FROM jobs
         JOIN job_graphs ON job_graphs.number = jobs.number
         WHERE job_id = $1 AND source = $2 AND finished_at IS NULL",
    )
    .bind(id.to_string())
    .bind(SOURCE)
    .fetch_optional(&mut *turn.connection)
    .await?;
    let Some(row) = found else { return Ok(None) };
    let former = Former {
        number: row.try_get("number")?,
        overrides: row.try_get("overrides")?,
    };
    remove(turn, &[former.number]).await?;
    Ok(Some(former))
}

fn read_tracked(text: &str, zone: &TimeZone) -> Result<Archived, String> {
    let old: OldJob = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let (status, progress) = (old.status, old.progress());
    let mut job = Archived {
        source: SOURCE.to_owned(),
        submitted_by: identity::user_at_host(),
        tags: Vec::new(),
        ..read(old, zone)?
    };
    if !status.is_final() {
        // Its story has no end yet.
        job.events.pop();
        job.event_seq = Seq(job.events.len() as u64);
        job = Archived {
            status,
            progress,
            held: true,
            attempts: 0,
            posts: 0,
            error: None,
            finished_at: None,
            ..job
        };
    }
    Ok(job)
}
