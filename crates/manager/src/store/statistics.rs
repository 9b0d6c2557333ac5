//! Statistics of ended jobs: what is asked for, and what is answered.

use crate::error::Error;
use crate::job::JobStatus;
use crate::store::Store;
use crate::store::database::DatabaseKind;
use crate::store::row;
use crate::store::sketch::Sketch;
use crate::store::tally::{Bucket, Dimension, day_of};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use sqlx::Row;
use std::collections::HashMap;

/// What to count by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StatisticsBy {
    /// All jobs together.
    #[default]
    All,
    /// Each day, by UTC.
    Day,
    /// Each workflow that has a name.
    Workflow,
    /// Each connection.
    Connection,
    /// Each class of nodes: its executions, not jobs.
    Class,
}

/// The days that count: those that the time span touches, by UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StatisticsRange {
    /// From the day of this time; from the first if there is none.
    pub since: Option<Timestamp>,
    /// To the day of this time; to the last if there is none.
    pub until: Option<Timestamp>,
}

/// What is known about the ended jobs of a workflow, a connection, a day, or all. Outlives the jobs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statistics {
    /// The workflow, connection, class or day (`2026-11-22`); `all`.
    pub name: String,
    /// Those that ended well.
    pub completed: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those that were cancelled.
    pub cancelled: u64,
    /// Of a class: nodes that did not run because their result was still there.
    #[serde(skip_serializing_if = "is_zero")]
    pub cached: u64,
    /// Completed ones among those completed or failed, from 0 to 1.
    pub success_rate: Option<f64>,
    /// Time from submission until a server executed it.
    pub waiting: Option<Percentiles>,
    /// Time that completed ones ran.
    pub running: Option<Percentiles>,
    /// Average of that time in seconds, at most 2 % off. Other tools report it; percentiles say more.
    #[serde(skip)]
    pub average: Option<f64>,
}

/// Percentiles of a time, each at most 2 % off.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Percentiles {
    /// Half took at most so many seconds.
    pub median: f64,
    /// 95 of 100 took at most so many seconds.
    pub p95: f64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields over by reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Store {
    /// Statistics of all jobs that ended on the given days: days in order, other things by how many
    /// jobs they had, most first.
    pub(crate) async fn statistics(
        &self,
        by: StatisticsBy,
        range: StatisticsRange,
    ) -> Result<Vec<Statistics>, Error> {
        // One row a thing, not one a day: a row costs more than what is in it.
        let sql = match (by, self.kind) {
            (StatisticsBy::Day, _) => {
                "SELECT CAST(day AS TEXT) AS name, body AS bodies FROM job_statistics
                 WHERE dimension = $1 AND day >= $2 AND day <= $3 ORDER BY day"
            }
            (_, DatabaseKind::Sqlite) => {
                "SELECT name, group_concat(body, ',') AS bodies FROM job_statistics
                 WHERE dimension = $1 AND day >= $2 AND day <= $3 GROUP BY name"
            }
            (_, DatabaseKind::Postgres) => {
                "SELECT name, string_agg(body, ',') AS bodies FROM job_statistics
                 WHERE dimension = $1 AND day >= $2 AND day <= $3 GROUP BY name"
            }
        };
        let rows = sqlx::query(sql)
            .bind(dimension(by).as_str())
            .bind(range.since.map_or(i64::MIN, day_of))
            .bind(range.until.map_or(i64::MAX, day_of))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let name: String = row.try_get("name")?;
            let mut sum = Bucket::default();
            for body in row.try_get::<&str, _>("bodies")?.split(',') {
                sum.absorb(body)?;
            }
            found.push(answer(by, name, &sum));
        }
        if by != StatisticsBy::Day {
            found.sort_by(|one, other| (total(other), &one.name).cmp(&(total(one), &other.name)));
        }
        Ok(found)
    }

    /// How many jobs have not ended, by status.
    pub(crate) async fn open_jobs(&self) -> Result<HashMap<JobStatus, u64>, Error> {
        let rows = sqlx::query(
            "SELECT status, COUNT(*) AS jobs FROM jobs WHERE finished_at IS NULL GROUP BY status",
        )
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let mut open = HashMap::new();
        for row in rows {
            let jobs: i64 = row.try_get("jobs")?;
            open.insert(row::status(&row)?, jobs.unsigned_abs());
        }
        Ok(open)
    }
}

fn dimension(by: StatisticsBy) -> Dimension {
    match by {
        StatisticsBy::All | StatisticsBy::Day => Dimension::All,
        StatisticsBy::Workflow => Dimension::Workflow,
        StatisticsBy::Connection => Dimension::Connection,
        StatisticsBy::Class => Dimension::Class,
    }
}

fn total(statistics: &Statistics) -> u64 {
    let tried = statistics.completed.saturating_add(statistics.failed);
    tried.saturating_add(statistics.cancelled)
}

fn answer(by: StatisticsBy, name: String, sum: &Bucket) -> Statistics {
    let tried = sum.completed.saturating_add(sum.failed);
    Statistics {
        name: match by {
            StatisticsBy::All => "all".to_owned(),
            StatisticsBy::Day => name_of_day(&name).unwrap_or(name),
            _ => name,
        },
        completed: sum.completed,
        failed: sum.failed,
        cancelled: sum.cancelled,
        cached: sum.cached,
        #[expect(
            clippy::cast_precision_loss,
            reason = "a share of so many is good enough"
        )]
        success_rate: (tried > 0).then(|| sum.completed as f64 / tried as f64),
        waiting: percentiles(&sum.waiting),
        running: percentiles(&sum.running),
        average: sum.running.mean().map(|mean| mean.as_secs_f64()),
    }
}

fn percentiles(sketch: &Sketch) -> Option<Percentiles> {
    Some(Percentiles {
        median: sketch.quantile(0.5)?.as_secs_f64(),
        p95: sketch.quantile(0.95)?.as_secs_f64(),
    })
}

/// The date of a day that is counted from 1970.
fn name_of_day(day: &str) -> Option<String> {
    let days = jiff::Span::new().try_days(day.parse::<i64>().ok()?).ok()?;
    let date = Date::constant(1970, 1, 1).checked_add(days).ok()?;
    Some(date.to_string())
}
