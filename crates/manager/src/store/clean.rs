//! Clean-up: old jobs go, their statistics stay.

use crate::error::Error;
use crate::job::{JobId, JobStatus};
use crate::store::Store;
use crate::store::database::DatabaseKind;
use crate::store::turn::Turn;
use jiff::{SignedDuration, Timestamp};
use sqlx::AssertSqlSafe;

/// What is kept of the history.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// So many of the newest jobs; all if it is `None`.
    pub max_jobs: Option<u32>,
    /// Jobs that ended less than this ago; all if it is `None`.
    pub max_age: Option<SignedDuration>,
    /// Jobs that ended otherwise than this are all kept; any may go if it is `None`.
    pub only: Option<JobStatus>,
}

/// Jobs that go at once: writers are not held up for longer than that takes.
const BATCH: i64 = 200;
/// How long a process is remembered that has written nothing since.
const WRITER_AGE: SignedDuration = SignedDuration::from_hours(24);

/// Ended jobs up to a number, or that ended before a time.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    number: i64,
    /// Milliseconds since 1970.
    finished_before: i64,
    only: Option<JobStatus>,
}

impl Store {
    /// Removes what is not to be kept; says how many jobs that were. Jobs that have not ended, whose
    /// files are still to be fetched, or that others wait for stay.
    pub(crate) async fn clean_up(&self, retention: Retention) -> Result<u64, Error> {
        let bounds = self.bounds(retention).await?;
        let (mut removed, mut after) = (0, i64::MIN);
        loop {
            let numbers = self
                .writer
                .write(move |turn| Box::pin(async move { clean(turn, bounds, after).await }))
                .await?;
            removed += numbers.len() as u64;
            match numbers.last() {
                Some(last) => after = *last,
                None => return Ok(removed),
            }
        }
    }

    /// Removes one job if it may go; says whether it did.
    pub(crate) async fn remove(&self, id: JobId) -> Result<bool, Error> {
        self.writer
            .write(move |turn| Box::pin(async move { remove_one(turn, id).await }))
            .await
    }

    async fn bounds(&self, retention: Retention) -> Result<Bounds, Error> {
        let mut bounds = Bounds {
            number: i64::MIN,
            finished_before: i64::MIN,
            only: retention.only,
        };
        if let Some(max_jobs) = retention.max_jobs {
            let number = "SELECT number FROM jobs ORDER BY number DESC LIMIT 1 OFFSET $1";
            let number: Option<i64> = sqlx::query_scalar(number)
                .bind(i64::from(max_jobs))
                .fetch_optional(&mut *self.reader().await?)
                .await?;
            bounds.number = number.unwrap_or(i64::MIN);
        }
        let oldest = |age| self.clock.now().checked_sub::<SignedDuration>(age).ok();
        if let Some(oldest) = retention.max_age.and_then(oldest) {
            bounds.finished_before = oldest.as_millisecond();
        }
        Ok(bounds)
    }
}

async fn remove_one(turn: &mut Turn<'_>, id: JobId) -> Result<bool, Error> {
    let number: Option<i64> = sqlx::query_scalar(
        "SELECT number FROM jobs
         WHERE job_id = $1 AND finished_at IS NOT NULL AND unsaved = 0
           AND NOT EXISTS (SELECT 1 FROM job_dependencies
                           JOIN jobs AS later ON later.number = job_dependencies.number
                           WHERE job_dependencies.after = jobs.number
                             AND later.finished_at IS NULL)",
    )
    .bind(id.to_string())
    .fetch_optional(&mut *turn.connection)
    .await?;
    remove(turn, number.as_slice()).await?;
    Ok(number.is_some())
}

/// Removes the next few after a number.
async fn clean(turn: &mut Turn<'_>, bounds: Bounds, after: i64) -> Result<Vec<i64>, Error> {
    if turn.kind == DatabaseKind::Postgres {
        let oldest = turn.now.checked_sub(WRITER_AGE).unwrap_or(Timestamp::MIN);
        sqlx::query("DELETE FROM writers WHERE at < $1")
            .bind(oldest.as_millisecond())
            .execute(&mut *turn.connection)
            .await?;
    }
    // No job ends before it was submitted, and the number is the time of that.
    let furthest = bounds
        .number
        .max(bounds.finished_before.saturating_mul(1000));
    let numbers: Vec<i64> = sqlx::query_scalar(
        "SELECT number FROM jobs
         WHERE number > $1 AND number <= $2 AND finished_at IS NOT NULL AND unsaved = 0
           AND (number <= $3 OR finished_at < $4)
           AND (CAST($6 AS TEXT) IS NULL OR status = $6)
           AND NOT EXISTS (SELECT 1 FROM job_dependencies
                           JOIN jobs AS later ON later.number = job_dependencies.number
                           WHERE job_dependencies.after = jobs.number
                             AND later.finished_at IS NULL)
         ORDER BY number LIMIT $5",
    )
    .bind(after)
    .bind(furthest)
    .bind(bounds.number)
    .bind(bounds.finished_before)
    .bind(BATCH)
    .bind(bounds.only.map(JobStatus::as_str))
    .fetch_all(&mut *turn.connection)
    .await?;
    remove(turn, &numbers).await?;
    Ok(numbers)
}

/// Removes jobs and all that belongs to them.
async fn remove(turn: &mut Turn<'_>, numbers: &[i64]) -> Result<(), Error> {
    if numbers.is_empty() {
        return Ok(());
    }
    let text = match turn.kind {
        DatabaseKind::Sqlite => ("job_text", "rowid"),
        DatabaseKind::Postgres => ("job_text", "number"),
    };
    let places = [
        ("jobs", "number"),
        ("job_graphs", "number"),
        ("job_events", "number"),
        ("job_tags", "number"),
        ("job_dependencies", "number"),
        ("job_dependencies", "after"),
        text,
    ];
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    let numbers = numbers.join(", ");
    for (table, column) in places {
        let sql = format!("DELETE FROM {table} WHERE {column} IN ({numbers})");
        sqlx::query(AssertSqlSafe(sql))
            .persistent(false)
            .execute(&mut *turn.connection)
            .await?;
    }
    Ok(())
}
