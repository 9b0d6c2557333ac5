//! Leases: who looks after a job, until when, and with which right to write.

use crate::error::Error;
use crate::job::JobId;
use crate::store::Store;
use crate::store::turn::Turn;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// A process that looks after jobs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct WorkerId(String);

impl WorkerId {
    /// A new one, for people to recognise: process and host, and a part that is drawn.
    pub(crate) fn generate(host: &str) -> Self {
        let unique = Uuid::new_v4().simple().to_string();
        let unique = unique.get(..8).unwrap_or_default();
        Self(format!("{}@{host}-{unique}", std::process::id()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The right to write to a job. Given anew each time the job changes hands, with a higher token, so
/// that a late write of a former owner fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) job_id: JobId,
    /// Key of the job's row.
    pub(crate) number: i64,
    pub(crate) token: i64,
}

impl Store {
    /// Renews the leases of a worker; gives back those jobs that it still owns.
    pub(crate) async fn renew(&self, worker: &WorkerId) -> Result<Vec<JobId>, Error> {
        let worker = worker.as_str().to_owned();
        self.writer
            .write(move |turn| {
                let worker = worker.clone();
                Box::pin(async move { renew(turn, &worker).await })
            })
            .await
    }

    /// Gives a job back: whoever comes next may take it at once.
    pub(crate) async fn release(&self, lease: &Lease) -> Result<(), Error> {
        let lease = lease.clone();
        self.writer
            .write(move |turn| {
                let lease = lease.clone();
                Box::pin(async move {
                    sqlx::query(
                        "UPDATE jobs SET lease_owner = NULL, lease_expires_at = NULL
                         WHERE number = $1 AND lease_token = $2",
                    )
                    .bind(lease.number)
                    .bind(lease.token)
                    .execute(&mut *turn.connection)
                    .await?;
                    turn.touched.push(lease.job_id);
                    Ok(())
                })
            })
            .await
    }
}

impl Store {
    /// Gives back those of the jobs that are still a worker's: whoever comes next may take them.
    pub(crate) async fn give_back(&self, worker: &WorkerId, jobs: Vec<JobId>) -> Result<(), Error> {
        let both: Arc<(WorkerId, Vec<JobId>)> = Arc::new((worker.clone(), jobs));
        self.writer
            .write(move |turn| {
                let both = Arc::clone(&both);
                Box::pin(async move {
                    let (worker, jobs) = &*both;
                    for id in jobs {
                        sqlx::query(
                            "UPDATE jobs SET lease_owner = NULL, lease_expires_at = NULL
                             WHERE job_id = $1 AND lease_owner = $2",
                        )
                        .bind(id.to_string())
                        .bind(worker.as_str())
                        .execute(&mut *turn.connection)
                        .await?;
                        turn.touched.push(*id);
                    }
                    Ok(())
                })
            })
            .await
    }
}

async fn renew(turn: &mut Turn<'_>, worker: &str) -> Result<Vec<JobId>, Error> {
    let ids: Vec<String> = sqlx::query_scalar(
        "UPDATE jobs SET lease_expires_at = $1 WHERE lease_owner = $2 RETURNING job_id",
    )
    .bind(expiry(turn))
    .bind(worker)
    .fetch_all(&mut *turn.connection)
    .await?;
    ids.iter().map(|id| super::row::job_id(id)).collect()
}

/// When a lease that is given now ends, in milliseconds since 1970.
pub(crate) fn expiry(turn: &Turn<'_>) -> i64 {
    turn.now_ms() + lease_ms(turn.lease)
}

/// The latest end of a lease that can be true: one beyond it was given before the clock was set
/// back, and counts as ended.
pub(crate) fn latest_expiry(now: Timestamp, lease: Duration) -> i64 {
    now.as_millisecond() + 2 * lease_ms(lease)
}

fn lease_ms(lease: Duration) -> i64 {
    i64::try_from(lease.as_millis()).unwrap_or(i64::MAX)
}

impl Store {
    /// Says that a worker is alive, for as long as a lease lasts.
    pub(crate) async fn announce(&self, worker: &WorkerId) -> Result<(), Error> {
        let worker = worker.as_str().to_owned();
        self.writer
            .write(move |turn| {
                let worker = worker.clone();
                Box::pin(async move {
                    sqlx::query("DELETE FROM workers WHERE expires_at <= $1 OR expires_at > $2")
                        .bind(turn.now_ms())
                        .bind(latest_expiry(turn.now, turn.lease))
                        .execute(&mut *turn.connection)
                        .await?;
                    sqlx::query(
                        "INSERT INTO workers (worker_id, started_at, expires_at) VALUES ($1, $2, $3)
                         ON CONFLICT (worker_id) DO UPDATE SET expires_at = excluded.expires_at",
                    )
                    .bind(worker)
                    .bind(turn.now_ms())
                    .bind(expiry(turn))
                    .execute(&mut *turn.connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Takes a worker off the list.
    pub(crate) async fn retire(&self, worker: &WorkerId) -> Result<(), Error> {
        let worker = worker.as_str().to_owned();
        self.writer
            .write(move |turn| {
                let worker = worker.clone();
                Box::pin(async move {
                    sqlx::query("DELETE FROM workers WHERE worker_id = $1")
                        .bind(worker)
                        .execute(&mut *turn.connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Workers that are alive.
    pub(crate) async fn workers(&self) -> Result<u32, Error> {
        let mut reader = self.reader().await?;
        let now = self.now(&mut reader).await?;
        let alive: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM workers WHERE expires_at > $1 AND expires_at <= $2",
        )
        .bind(now.as_millisecond())
        .bind(latest_expiry(now, self.clock.lease()))
        .fetch_one(&mut *reader)
        .await?;
        Ok(u32::try_from(alive).unwrap_or(u32::MAX))
    }
}
