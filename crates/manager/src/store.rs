//! The job history in SQLite: one function per transition, each in one statement or transaction.
//!
//! Called by the engine and by the readers of the history. Every function leaves a final job as it
//! is, so a late or repeated write can never turn an ended job back into a living one.

use crate::ending::Ending;
use crate::error::{Error, ErrorKind};
use crate::job::{Job, JobId, JobStatus, Output};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::error::DatabaseError;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{Row, SqlStr};
use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long to wait for other processes that write.
const LOCK_WAIT: Duration = Duration::from_secs(10);
/// Time between two tries where SQLite does not wait.
const LOCK_RETRY: Duration = Duration::from_millis(20);

/// The history of this user, shared by all processes.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pool: SqlitePool,
}

/// A job as it is first stored.
#[derive(Debug)]
pub(crate) struct NewJob<'a> {
    /// Our id.
    pub(crate) job_id: JobId,
    /// Name of the connection.
    pub(crate) connection: &'a str,
    /// Address of the server, without credentials.
    pub(crate) server_url: &'a str,
    /// WebSocket client id of this process.
    pub(crate) client_id: &'a str,
    /// Name of the workflow.
    pub(crate) workflow_name: Option<&'a str>,
    /// The graph, as JSON.
    pub(crate) prompt: &'a str,
    /// Now.
    pub(crate) created_at: Timestamp,
}

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Only this status.
    pub status: Option<JobStatus>,
    /// Only this connection.
    pub connection: Option<String>,
    /// At most so many, newest first.
    pub limit: u32,
}

impl Store {
    /// Opens the file and brings it up to date, creating it and its folder when missing.
    pub(crate) async fn open(file: &Path) -> Result<Self, Error> {
        let failed = |source| ErrorKind::StoreOpen {
            path: file.to_owned(),
            source,
        };
        if let Some(folder) = file.parent() {
            fs_err::tokio::create_dir_all(folder)
                .await
                .map_err(ErrorKind::File)?;
        }
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A job must be on disk before it is sent, also when the power fails.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(LOCK_WAIT)
            .foreign_keys(true);
        let pool = connect(&options).await.map_err(failed)?;
        migrate(&pool).await.map_err(failed)?;
        Ok(Self { pool })
    }

    /// Stores a job that is about to be sent for the first time.
    pub(crate) async fn insert(&self, job: &NewJob<'_>) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO jobs (job_id, connection, server_url, client_id, workflow_name, status,
                               attempts, prompt, created_at)
             VALUES (?, ?, ?, ?, ?, 'pending', 1, ?, ?)",
        )
        .bind(job.job_id.to_string())
        .bind(job.connection)
        .bind(job.server_url)
        .bind(job.client_id)
        .bind(job.workflow_name)
        .bind(job.prompt)
        .bind(job.created_at.as_millisecond())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Counts a further attempt, before the prompt is posted again.
    pub(crate) async fn record_attempt(&self, id: JobId, attempt: u32) -> Result<(), Error> {
        sqlx::query(
            "UPDATE jobs SET status = 'pending', attempts = max(attempts, ?)
             WHERE job_id = ? AND finished_at IS NULL",
        )
        .bind(attempt)
        .bind(id.to_string())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// A server has it.
    pub(crate) async fn record_queued(&self, id: JobId, now: Timestamp) -> Result<(), Error> {
        sqlx::query(
            "UPDATE jobs SET status = 'queued', queued_at = coalesce(queued_at, ?)
             WHERE job_id = ? AND finished_at IS NULL",
        )
        .bind(now.as_millisecond())
        .bind(id.to_string())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// A server executes it.
    pub(crate) async fn record_running(&self, id: JobId, now: Timestamp) -> Result<(), Error> {
        sqlx::query(
            "UPDATE jobs SET status = 'running', started_at = coalesce(started_at, ?1),
                             queued_at = coalesce(queued_at, ?1)
             WHERE job_id = ?2 AND finished_at IS NULL",
        )
        .bind(now.as_millisecond())
        .bind(id.to_string())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The end. The first end recorded stays.
    pub(crate) async fn record_end(
        &self,
        id: JobId,
        ending: &Ending,
        now: Timestamp,
    ) -> Result<(), Error> {
        sqlx::query(
            "UPDATE jobs SET status = ?, outputs = ?, error = ?, duration_ms = ?, finished_at = ?
             WHERE job_id = ? AND finished_at IS NULL",
        )
        .bind(ending.status.as_str())
        .bind(to_json(&ending.outputs)?)
        .bind(ending.error.as_ref().map(to_json).transpose()?)
        .bind(ending.duration_ms)
        .bind(now.as_millisecond())
        .bind(id.to_string())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes where outputs of an ended job were saved.
    pub(crate) async fn record_artifacts(
        &self,
        id: JobId,
        outputs: &[Output],
    ) -> Result<(), Error> {
        sqlx::query("UPDATE jobs SET outputs = ? WHERE job_id = ?")
            .bind(to_json(outputs)?)
            .bind(id.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// One job.
    pub(crate) async fn job(&self, id: JobId) -> Result<Option<Job>, Error> {
        let row = sqlx::query("SELECT * FROM jobs WHERE job_id = ?")
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read_job).transpose()
    }

    /// Jobs whose id starts with the given text, at most two: enough to know whether it is enough.
    pub(crate) async fn jobs_starting_with(&self, prefix: &str) -> Result<Vec<Job>, Error> {
        let rows = sqlx::query("SELECT * FROM jobs WHERE substr(job_id, 1, ?) = ? LIMIT 2")
            .bind(i64::try_from(prefix.len()).unwrap_or(i64::MAX))
            .bind(prefix)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read_job).collect()
    }

    /// Those of the ids that are jobs.
    pub(crate) async fn known(&self, ids: &[&str]) -> Result<HashSet<String>, Error> {
        let found = sqlx::query_scalar(
            "SELECT job_id FROM jobs WHERE job_id IN (SELECT value FROM json_each(?))",
        )
        .bind(to_json(ids)?)
        .fetch_all(&self.pool)
        .await?;
        Ok(found.into_iter().collect())
    }

    /// The graph of a job, as JSON.
    pub(crate) async fn prompt(&self, id: JobId) -> Result<Option<String>, Error> {
        let query = sqlx::query_scalar("SELECT prompt FROM jobs WHERE job_id = ?");
        Ok(query
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Jobs, newest first.
    pub(crate) async fn jobs(&self, filter: &JobFilter) -> Result<Vec<Job>, Error> {
        let rows = sqlx::query(
            "SELECT * FROM jobs
             WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR connection = ?2)
             ORDER BY job_id DESC LIMIT ?3",
        )
        .bind(filter.status.map(JobStatus::as_str))
        .bind(filter.connection.as_deref())
        .bind(filter.limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read_job).collect()
    }

    /// Finishes all writes.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// SQLite waits for the locks of other processes by itself, except where several that are the first
/// turn the write-ahead log on at once.
async fn connect(options: &SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    let started = Instant::now();
    loop {
        let pool = SqlitePoolOptions::new().max_connections(1);
        match pool.connect_with(options.clone()).await {
            Err(error) if is_locked(&error) && started.elapsed() < LOCK_WAIT => {
                sleep(LOCK_RETRY).await;
            }
            result => return result,
        }
    }
}

/// `SQLITE_BUSY`, which the lowest byte of its extended codes says.
fn is_locked(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| code & 0xff == 5)
}

/// In one transaction that takes the lock for writing first: several processes may come upon the
/// same old or missing history at once, and one of them is to bring it up to date.
async fn migrate(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    migrations().run(&mut *transaction).await?;
    transaction.commit().await
}

/// In order, append only: a released one is never edited.
fn migrations() -> Migrator {
    const JOBS: &str = include_str!("store/0001_jobs.sql");
    let simple = MigrationType::Simple;
    Migrator::with_migrations(vec![Migration::new(
        1,
        "jobs".into(),
        simple,
        SqlStr::from_static(JOBS),
        false,
    )])
}

fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| ErrorKind::StoredJson(error).into())
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| ErrorKind::StoredJson(error).into())
}

fn read_job(row: &SqliteRow) -> Result<Job, Error> {
    let time = |column| -> Result<Option<Timestamp>, Error> {
        let milliseconds: Option<i64> = row.try_get(column)?;
        Ok(milliseconds.and_then(|value| Timestamp::from_millisecond(value).ok()))
    };
    let outputs: &str = row.try_get("outputs")?;
    let error: Option<&str> = row.try_get("error")?;
    let duration_ms: Option<i64> = row.try_get("duration_ms")?;
    let corrupt = |what: String| ErrorKind::StoreCorrupt { what };
    Ok(Job {
        job_id: row
            .try_get::<&str, _>("job_id")?
            .parse()
            .map_err(|error: uuid::Error| corrupt(error.to_string()))?,
        connection: row.try_get("connection")?,
        server_url: row.try_get("server_url")?,
        client_id: row.try_get("client_id")?,
        workflow_name: row.try_get("workflow_name")?,
        status: row.try_get::<&str, _>("status")?.parse().map_err(corrupt)?,
        attempts: row.try_get("attempts")?,
        created_at: time("created_at")?.unwrap_or_default(),
        queued_at: time("queued_at")?,
        started_at: time("started_at")?,
        finished_at: time("finished_at")?,
        duration_seconds: duration_ms.map(|ms| SignedDuration::from_millis(ms).as_secs_f64()),
        outputs: from_json(outputs)?,
        error: error.map(from_json).transpose()?,
    })
}
