//! Clean-up: old jobs go, their statistics stay.

use crate::error::Error;
use crate::job::{JobId, JobStatus};
use crate::store::Store;
use crate::store::database::DatabaseKind;
use crate::store::row;
use crate::store::turn::Turn;
use jiff::{SignedDuration, Timestamp};
use sqlx::{AssertSqlSafe, Row};

/// What is kept of the history.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// So many of the newest jobs that ended, of those that may go; all if it is `None`.
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
    /// Removes what is not to be kept; gives back the jobs that are gone. Jobs that have not ended,
    /// whose files are still to be fetched, or that others wait for stay.
    pub(crate) async fn clean_up(&self, retention: Retention) -> Result<Vec<JobId>, Error> {
        let bounds = self.bounds(retention).await?;
        let (mut removed, mut after) = (Vec::new(), i64::MIN);
        loop {
            let batch = self
                .writer
                .write(move |turn| Box::pin(async move { clean(turn, bounds, after).await }))
                .await?;
            let Some((last, _)) = batch.last() else { break };
            after = *last;
            removed.extend(batch.into_iter().map(|(_, id)| id));
        }
        if !removed.is_empty() {
            self.writer
                .write(|turn| Box::pin(remove_empty_groups(turn)))
                .await?;
        }
        Ok(removed)
    }

    /// How many jobs would be removed.
    pub(crate) async fn count_to_clean_up(&self, retention: Retention) -> Result<u64, Error> {
        let bounds = self.bounds(retention).await?;
        let count: i64 = sqlx::query_scalar(concat!("SELECT count(*) FROM jobs WHERE ", to_go!()))
            .bind(i64::MIN)
            .bind(bounds.furthest())
            .bind(bounds.number)
            .bind(bounds.finished_before)
            .bind(bounds.only.map(JobStatus::as_str))
            .fetch_one(&mut *self.reader().await?)
            .await?;
        Ok(count.unsigned_abs())
    }

    /// Takes away what is known of the outputs of jobs that ended longer ago than this; of those that
    /// were submitted then or later, if a time is given. Outputs whose files are still to be fetched
    /// stay.
    pub(crate) async fn forget_outputs(
        &self,
        since: Option<Timestamp>,
        settled: SignedDuration,
    ) -> Result<(), Error> {
        let mut after = since.map_or(i64::MIN, Timestamp::as_microsecond);
        loop {
            let last = self
                .writer
                .write(move |turn| {
                    Box::pin(async move { forget_outputs(turn, after, settled).await })
                })
                .await?;
            match last {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
    }

    /// Takes away what is known of the outputs of one job, if it ended and its files are fetched.
    pub(crate) async fn forget_outputs_of(&self, id: JobId) -> Result<(), Error> {
        self.writer
            .write(move |turn| {
                Box::pin(async move {
                    sqlx::query(
                        "UPDATE jobs SET outputs = '[]'
                         WHERE job_id = $1 AND finished_at IS NOT NULL AND unsaved = 0",
                    )
                    .bind(id.to_string())
                    .execute(&mut *turn.connection)
                    .await?;
                    Ok(())
                })
            })
            .await
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
        let mut reader = self.reader().await?;
        if let Some(max_jobs) = retention.max_jobs {
            let number: Option<i64> = sqlx::query_scalar(
                "SELECT number FROM jobs
                 WHERE finished_at IS NOT NULL AND (CAST($2 AS TEXT) IS NULL OR status = $2)
                 ORDER BY number DESC LIMIT 1 OFFSET $1",
            )
            .bind(i64::from(max_jobs))
            .bind(retention.only.map(JobStatus::as_str))
            .fetch_optional(&mut *reader)
            .await?;
            bounds.number = number.unwrap_or(i64::MIN);
        }
        if let Some(age) = retention.max_age {
            let oldest = self.now(&mut reader).await?.checked_sub(age);
            bounds.finished_before = oldest.map_or(i64::MIN, Timestamp::as_millisecond);
        }
        Ok(bounds)
    }
}

impl Bounds {
    /// No job ends before it was submitted, and the number is the time of that.
    fn furthest(self) -> i64 {
        self.number.max(self.finished_before.saturating_mul(1000))
    }
}

/// Which jobs go: those after `$1` and up to `$2` that ended and are not kept by `$3` to `$5`.
macro_rules! to_go {
    () => {
        "number > $1 AND number <= $2 AND finished_at IS NOT NULL AND unsaved = 0
           AND (number <= $3 OR finished_at < $4)
           AND (CAST($5 AS TEXT) IS NULL OR status = $5)
           AND NOT EXISTS (SELECT 1 FROM job_dependencies
                           JOIN jobs AS later ON later.number = job_dependencies.number
                           WHERE job_dependencies.after = jobs.number
                             AND later.finished_at IS NULL)"
    };
}
use to_go;

async fn remove_one(turn: &mut Turn<'_>, id: JobId) -> Result<bool, Error> {
    let number: Option<i64> = sqlx::query_scalar(concat!(
        "SELECT number FROM jobs WHERE ",
        to_go!(),
        " AND job_id = $6"
    ))
    .bind(i64::MIN)
    .bind(i64::MAX)
    .bind(i64::MAX)
    .bind(i64::MIN)
    .bind(None::<&str>)
    .bind(id.to_string())
    .fetch_optional(&mut *turn.connection)
    .await?;
    remove(turn, number.as_slice()).await?;
    remove_empty_groups(turn).await?;
    Ok(number.is_some())
}

/// Removes the next few after a number.
async fn clean(
    turn: &mut Turn<'_>,
    bounds: Bounds,
    after: i64,
) -> Result<Vec<(i64, JobId)>, Error> {
    if turn.kind == DatabaseKind::Postgres {
        let oldest = turn.now.checked_sub(WRITER_AGE).unwrap_or(Timestamp::MIN);
        sqlx::query("DELETE FROM writers WHERE at < $1")
            .bind(oldest.as_millisecond())
            .execute(&mut *turn.connection)
            .await?;
    }
    let found = sqlx::query(concat!(
        "SELECT number, job_id FROM jobs WHERE ",
        to_go!(),
        " ORDER BY number LIMIT $6"
    ))
    .bind(after)
    .bind(bounds.furthest())
    .bind(bounds.number)
    .bind(bounds.finished_before)
    .bind(bounds.only.map(JobStatus::as_str))
    .bind(BATCH)
    .fetch_all(&mut *turn.connection)
    .await?;
    let jobs = found
        .iter()
        .map(|row| Ok((row.try_get("number")?, row::job_id(row.try_get("job_id")?)?)));
    let jobs: Vec<(i64, JobId)> = jobs.collect::<Result<_, Error>>()?;
    let numbers: Vec<i64> = jobs.iter().map(|(number, _)| *number).collect();
    remove(turn, &numbers).await?;
    Ok(jobs)
}

/// A batch is there for its jobs.
async fn remove_empty_groups(turn: &mut Turn<'_>) -> Result<(), Error> {
    sqlx::query(
        "DELETE FROM job_groups
         WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.group_id = job_groups.group_id)",
    )
    .execute(&mut *turn.connection)
    .await?;
    Ok(())
}

/// The next few after a number; gives back the last of them.
async fn forget_outputs(
    turn: &mut Turn<'_>,
    after: i64,
    settled: SignedDuration,
) -> Result<Option<i64>, Error> {
    let before = turn.now.saturating_sub(settled).unwrap_or(turn.now);
    let forgotten: Vec<i64> = sqlx::query_scalar(
        "UPDATE jobs SET outputs = '[]' WHERE number IN (
             SELECT number FROM jobs
             WHERE number > $1 AND finished_at <= $3 AND unsaved = 0 AND outputs <> '[]'
             ORDER BY number LIMIT $2)
         RETURNING number",
    )
    .bind(after)
    .bind(BATCH)
    .bind(before.as_millisecond())
    .fetch_all(&mut *turn.connection)
    .await?;
    Ok(forgotten.into_iter().max())
}

/// Removes jobs and all that belongs to them.
pub(super) async fn remove(turn: &mut Turn<'_>, numbers: &[i64]) -> Result<(), Error> {
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
