//! Reads of the history. They see what is committed and hold nobody up.

use crate::error::{Error, ErrorKind};
use crate::event::{JobEvent, Seq};
use crate::job::{Job, JobId};
use crate::progress::Progress;
use crate::store::Store;
use crate::store::lease::WorkerId;
use crate::store::row::{self, job_columns};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use std::collections::HashSet;

/// A place that jobs wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// For a slot of this connection, at this address.
    Connection { name: String, server_url: String },
    /// For any connection that has what they need: the first of them.
    Any(Vec<JobId>),
}

/// What is new of a job, at one moment.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) events: Vec<JobEvent>,
    /// The last that was recorded of how far it is.
    pub(crate) progress: Option<Progress>,
    /// Whether it has ended, and what was to be saved is saved.
    pub(crate) is_over: bool,
}

/// What a job sends and where that comes from, as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Graphs {
    pub(crate) prompt: String,
    /// The editor's graph.
    pub(crate) editor: Option<String>,
    /// What was changed, selector by selector.
    pub(crate) overrides: Option<String>,
}

/// Jobs without a connection that are looked at in one go.
const HEADS: i64 = 64;

impl Store {
    /// One job.
    pub(crate) async fn job(&self, id: JobId) -> Result<Option<Job>, Error> {
        let row = sqlx::query(concat!(
            "SELECT ",
            job_columns!(),
            " FROM jobs WHERE job_id = $1"
        ))
        .bind(id.to_string())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        row.as_ref().map(row::job).transpose()
    }

    /// Jobs whose id starts with the given text, newest first, at most so many.
    pub(crate) async fn jobs_starting_with(
        &self,
        prefix: &str,
        limit: u32,
    ) -> Result<Vec<Job>, Error> {
        let prefix = prefix.to_lowercase();
        // Of the characters of an id `f` is the highest.
        let rows = sqlx::query(concat!(
            "SELECT ",
            job_columns!(),
            " FROM jobs WHERE job_id >= $1 AND job_id <= $2 ORDER BY job_id DESC LIMIT $3"
        ))
        .bind(&prefix)
        .bind(format!("{prefix}g"))
        .bind(i64::from(limit))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(row::job).collect()
    }

    /// Those of the prompt ids that are of jobs.
    pub(crate) async fn known(&self, prompt_ids: &[&str]) -> Result<HashSet<String>, Error> {
        let places: Vec<String> = (1..=prompt_ids.len()).map(|n| format!("${n}")).collect();
        let sql = format!(
            "SELECT prompt_id FROM jobs WHERE prompt_id IN ({})",
            places.join(", ")
        );
        let mut query = sqlx::query_scalar(AssertSqlSafe(sql));
        for id in prompt_ids {
            query = query.bind(*id);
        }
        Ok(query
            .fetch_all(&mut *self.reader().await?)
            .await?
            .into_iter()
            .collect())
    }

    /// The graph of a job, as JSON.
    pub(crate) async fn prompt(&self, id: JobId) -> Result<Option<String>, Error> {
        let query = sqlx::query_scalar(
            "SELECT prompt FROM job_graphs JOIN jobs ON jobs.number = job_graphs.number
             WHERE job_id = $1",
        );
        Ok(query
            .bind(id.to_string())
            .fetch_optional(&mut *self.reader().await?)
            .await?)
    }

    /// All graphs of a job.
    pub(crate) async fn graphs(&self, id: JobId) -> Result<Option<Graphs>, Error> {
        let found = sqlx::query(
            "SELECT prompt, editor, overrides FROM job_graphs
             JOIN jobs ON jobs.number = job_graphs.number WHERE job_id = $1",
        )
        .bind(id.to_string())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        let Some(row) = found else { return Ok(None) };
        Ok(Some(Graphs {
            prompt: row.try_get("prompt")?,
            editor: row.try_get("editor")?,
            overrides: row.try_get("overrides")?,
        }))
    }

    /// The story of a job after the given event.
    pub(crate) async fn events(&self, id: JobId, after: Seq) -> Result<Vec<JobEvent>, Error> {
        let rows = sqlx::query(
            "SELECT seq, at, body FROM job_events
             WHERE number = (SELECT number FROM jobs WHERE job_id = $1) AND seq > $2 ORDER BY seq",
        )
        .bind(id.to_string())
        .bind(after.stored())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(row::event).collect()
    }

    /// What is new of a job after the given event.
    pub(crate) async fn news(&self, id: JobId, after: Seq) -> Result<News, Error> {
        let rows = sqlx::query(
            "SELECT finished_at, unsaved, progress, seq, at, body FROM jobs
             LEFT JOIN job_events ON job_events.number = jobs.number AND seq > $2
             WHERE job_id = $1 ORDER BY seq",
        )
        .bind(id.to_string())
        .bind(after.stored())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let Some(job) = rows.first() else {
            return Err(ErrorKind::NoSuchJob(id.to_string()).into());
        };
        // A job without news is one row that has no event.
        let has_event = |row: &&AnyRow| row::time(row, "at").is_ok_and(|at| at.is_some());
        let events = rows.iter().filter(has_event).map(row::event);
        Ok(News {
            events: events.collect::<Result<_, _>>()?,
            progress: row::json(job, "progress")?,
            is_over: row::time(job, "finished_at")?.is_some() && !row::flag(job, "unsaved")?,
        })
    }

    /// Jobs of a worker that somebody wants to stop.
    pub(crate) async fn cancel_requests(&self, worker: &WorkerId) -> Result<Vec<JobId>, Error> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT job_id FROM jobs
             WHERE lease_owner = $1 AND cancel_requested = 1 AND finished_at IS NULL",
        )
        .bind(worker.as_str())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        ids.iter().map(|id| row::job_id(id)).collect()
    }

    /// What the jobs that are not sent yet wait for.
    pub(crate) async fn waiting(&self) -> Result<Vec<Waiting>, Error> {
        let rows = sqlx::query(
            "SELECT DISTINCT connection, server_url FROM jobs
             WHERE status = 'pending' AND posts = 0 AND held = 0 AND connection IS NOT NULL",
        )
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let mut waiting = Vec::with_capacity(rows.len() + 1);
        for row in rows {
            waiting.push(Waiting::Connection {
                name: row.try_get("connection")?,
                server_url: row
                    .try_get::<Option<_>, _>("server_url")?
                    .unwrap_or_default(),
            });
        }
        let heads: Vec<String> = sqlx::query_scalar(
            "SELECT job_id FROM jobs
             WHERE status = 'pending' AND posts = 0 AND held = 0 AND connection IS NULL
             ORDER BY priority DESC, number LIMIT $1",
        )
        .bind(HEADS)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        if !heads.is_empty() {
            let ids: Result<_, Error> = heads.iter().map(|id| row::job_id(id)).collect();
            waiting.push(Waiting::Any(ids?));
        }
        Ok(waiting)
    }
}
