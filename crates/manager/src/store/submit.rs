//! Stores jobs that nobody has sent yet.

use crate::error::{Error, ErrorKind};
use crate::event::{Change, Seq};
use crate::job::{JobId, JobStatus};
use crate::placement::{Placement, Terms};
use crate::store::Store;
use crate::store::database::DatabaseKind;
use crate::store::row::{self, to_json};
use crate::store::tags::insert_tag;
use crate::store::turn::Turn;
use std::sync::Arc;

/// A job as it is first stored.
#[derive(Debug, Clone)]
pub(crate) struct NewJob {
    pub(crate) job_id: JobId,
    pub(crate) workflow_name: Option<String>,
    /// The face that submits it.
    pub(crate) source: &'static str,
    /// User and host.
    pub(crate) submitted_by: String,
    pub(crate) placement: Placement,
    /// Where it will run, if that is decided: name of the connection and address of its server.
    pub(crate) target: Option<(String, String)>,
    pub(crate) terms: Terms,
    /// The graph, as JSON.
    pub(crate) prompt: String,
    /// The editor's graph that it was made from, as JSON.
    pub(crate) editor: Option<String>,
    /// What was changed in the workflow, as JSON.
    pub(crate) overrides: Option<String>,
    /// What it can be found by.
    pub(crate) words: String,
    /// The job that it runs again.
    pub(crate) rerun_of: Option<JobId>,
}

/// What became of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Submitted {
    pub(crate) job_id: JobId,
    /// Whether a job with the same idempotency key was there before.
    pub(crate) existed: bool,
}

impl Store {
    /// Stores the jobs, all or none, in this order.
    pub(crate) async fn submit(&self, jobs: Vec<NewJob>) -> Result<Vec<Submitted>, Error> {
        let jobs: Arc<[NewJob]> = jobs.into();
        self.writer
            .write(move |turn| {
                let jobs = Arc::clone(&jobs);
                Box::pin(async move {
                    let mut submitted = Vec::with_capacity(jobs.len());
                    for job in jobs.iter() {
                        submitted.push(submit(turn, job).await?);
                    }
                    Ok(submitted)
                })
            })
            .await
    }
}

/// Stores one job, unless its key has one already.
pub(super) async fn submit(turn: &mut Turn<'_>, job: &NewJob) -> Result<Submitted, Error> {
    if let Some(key) = &job.terms.idempotency_key {
        let found: Option<String> =
            sqlx::query_scalar("SELECT job_id FROM jobs WHERE idempotency_key = $1")
                .bind(key)
                .fetch_optional(&mut *turn.connection)
                .await?;
        if let Some(found) = found {
            return Ok(Submitted {
                job_id: row::job_id(&found)?,
                existed: true,
            });
        }
    }
    let number = insert(turn, job).await?;
    insert_graph(turn, number, job).await?;
    for tag in &job.terms.tags {
        insert_tag(turn, number, tag).await?;
    }
    for after in &job.terms.after {
        insert_dependency(turn, number, *after).await?;
    }
    turn.tell(job.job_id, number, Seq(1), &Change::Submitted)
        .await?;
    if job.terms.held {
        turn.tell(job.job_id, number, Seq(2), &Change::Held).await?;
    }
    Ok(Submitted {
        job_id: job.job_id,
        existed: false,
    })
}

/// Gives back the number: the time in microseconds, or the next one that is free.
async fn insert(turn: &mut Turn<'_>, job: &NewJob) -> Result<i64, Error> {
    let (connection, server_url) = job.target.clone().unzip();
    let (group_id, group_index) = match &job.terms.membership {
        Some(group) => (Some(group.group_id.as_str()), Some(i64::from(group.index))),
        None => (None, None),
    };
    let folder = job.terms.output_folder.as_deref();
    let placement = to_json(&job.placement)?;
    let policy = to_json(&job.terms.policy)?;
    loop {
        let number = turn.next_number();
        let inserted = sqlx::query(
            "INSERT INTO jobs (number, job_id, prompt_id, status, workflow_name, source,
                               submitted_by, placement, connection, server_url, policy, priority,
                               held, idempotency_key, group_id, group_index, output_folder,
                               rerun_of, event_seq)
             VALUES ($1, $2, $2, 'pending', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
                     $16, 1 + $11)
             ON CONFLICT (number) DO NOTHING",
        )
        .bind(number)
        .bind(job.job_id.to_string())
        .bind(job.workflow_name.as_deref())
        .bind(job.source)
        .bind(&job.submitted_by)
        .bind(&placement)
        .bind(connection.as_deref())
        .bind(server_url.as_deref())
        .bind(&policy)
        .bind(i64::from(job.terms.priority))
        .bind(i64::from(job.terms.held))
        .bind(job.terms.idempotency_key.as_deref())
        .bind(group_id)
        .bind(group_index)
        .bind(folder.map(|folder| folder.to_string_lossy().into_owned()))
        .bind(job.rerun_of.map(|id| id.to_string()))
        .execute(&mut *turn.connection)
        .await?;
        if inserted.rows_affected() == 1 {
            return Ok(number);
        }
    }
}

async fn insert_graph(turn: &mut Turn<'_>, number: i64, job: &NewJob) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO job_graphs (number, prompt, editor, overrides) VALUES ($1, $2, $3, $4)",
    )
    .bind(number)
    .bind(job.prompt.as_str())
    .bind(job.editor.as_deref())
    .bind(job.overrides.as_deref())
    .execute(&mut *turn.connection)
    .await?;
    insert_text(turn, number, &job.words).await
}

/// Makes a job findable by its words.
pub(super) async fn insert_text(
    turn: &mut Turn<'_>,
    number: i64,
    words: &str,
) -> Result<(), Error> {
    let index = match turn.kind {
        DatabaseKind::Sqlite => "INSERT INTO job_text (rowid, words) VALUES ($1, $2)",
        DatabaseKind::Postgres => {
            "INSERT INTO job_text (number, words)
             VALUES ($1, array_to_tsvector(string_to_array($2, ' ')))"
        }
    };
    sqlx::query(index)
        .bind(number)
        .bind(words)
        .execute(&mut *turn.connection)
        .await?;
    Ok(())
}

/// A job that did not end well lets nothing run after it.
async fn insert_dependency(turn: &mut Turn<'_>, number: i64, after: JobId) -> Result<(), Error> {
    let found = sqlx::query("SELECT number, status FROM jobs WHERE job_id = $1")
        .bind(after.to_string())
        .fetch_optional(&mut *turn.connection)
        .await?;
    let found = found.ok_or_else(|| ErrorKind::NoSuchJob(after.to_string()))?;
    match row::status(&found)? {
        JobStatus::Completed => return Ok(()),
        status @ (JobStatus::Failed | JobStatus::Cancelled) => {
            return Err(ErrorKind::DependencyEnded { after, status }.into());
        }
        _ => {}
    }
    sqlx::query(
        "INSERT INTO job_dependencies (number, after) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(number)
    .bind(sqlx::Row::try_get::<i64, _>(&found, "number")?)
    .execute(&mut *turn.connection)
    .await?;
    Ok(())
}
