//! What there is to tell of one job beside its row: for whoever looks at it closely.

use crate::error::Error;
use crate::job::{Job, JobId};
use crate::progress::NodeTime;
use crate::store::Store;
use crate::store::row;
use serde_json::Value;
use sqlx::Row;

/// What is recorded of a job and not read with every list.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Details {
    /// What each of its nodes took.
    pub(crate) nodes: Vec<NodeTime>,
    /// What was changed in its workflow, selector by selector.
    pub(crate) overrides: Option<Value>,
    /// Name of its batch.
    pub(crate) batch: Option<String>,
    /// Jobs that it still has to wait for.
    pub(crate) after: Vec<JobId>,
}

/// Jobs of a workflow that come before another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ahead {
    pub(crate) workflow: Option<String>,
    pub(crate) jobs: u64,
}

impl Store {
    /// The details of a job; `None` if it is gone.
    pub(crate) async fn details(&self, id: JobId) -> Result<Option<Details>, Error> {
        let mut reader = self.reader().await?;
        let found = sqlx::query(
            "SELECT jobs.number, jobs.nodes, job_graphs.overrides, job_groups.name AS batch FROM jobs
             JOIN job_graphs ON job_graphs.number = jobs.number
             LEFT JOIN job_groups ON job_groups.group_id = jobs.group_id WHERE job_id = $1",
        )
        .bind(id.to_string())
        .fetch_optional(&mut *reader)
        .await?;
        let Some(found) = found else { return Ok(None) };
        let after: Vec<String> = sqlx::query_scalar(
            "SELECT job_id FROM job_dependencies JOIN jobs ON jobs.number = job_dependencies.after
             WHERE job_dependencies.number = $1 AND finished_at IS NULL ORDER BY jobs.number",
        )
        .bind(found.try_get::<i64, _>("number")?)
        .fetch_all(&mut *reader)
        .await?;
        Ok(Some(Details {
            // Of an unknown form are only those of other versions.
            nodes: row::json(&found, "nodes")
                .ok()
                .flatten()
                .unwrap_or_default(),
            overrides: row::json(&found, "overrides")?,
            batch: found.try_get("batch")?,
            after: after
                .iter()
                .map(|id| row::job_id(id))
                .collect::<Result<_, _>>()?,
        }))
    }

    /// The jobs that come before one that waits: those that its connection was sent, and those that
    /// are sent first. Jobs without a connection are one line.
    pub(crate) async fn ahead_of(&self, job: &Job) -> Result<Vec<Ahead>, Error> {
        let rows = sqlx::query(
            "SELECT workflow_name, count(*) AS jobs FROM jobs
             WHERE finished_at IS NULL
               AND (connection = $1 OR (connection IS NULL AND CAST($1 AS TEXT) IS NULL))
               AND (posts > 0
                    OR (held = 0 AND (priority > $2
                                      OR (priority = $2 AND number < (SELECT number FROM jobs
                                                                      WHERE job_id = $3)))))
               AND job_id <> $3
             GROUP BY workflow_name",
        )
        .bind(job.connection.as_deref())
        .bind(i64::from(job.priority))
        .bind(job.job_id.to_string())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let ahead = rows.iter().map(|row| {
            let jobs: i64 = row.try_get("jobs")?;
            Ok(Ahead {
                workflow: row.try_get("workflow_name")?,
                jobs: jobs.unsigned_abs(),
            })
        });
        ahead.collect()
    }
}
