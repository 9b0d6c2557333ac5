//! Taking over jobs whose owner is gone.

use crate::error::Error;
use crate::event::Change;
use crate::job::JobId;
use crate::store::Store;
use crate::store::claim::Claimed;
use crate::store::lease::{Lease, WorkerId, expiry, latest_expiry};
use crate::store::record::advance;
use crate::store::row::{self, job_columns};
use crate::store::turn::Turn;
use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};
use std::sync::Arc;
use std::time::Duration;

/// A job that was sent, or whose files are still to be fetched, and that nobody looks after.
#[derive(Debug, Clone)]
pub(crate) struct Orphan {
    pub(crate) number: i64,
    pub(crate) job_id: JobId,
    /// Where it was sent: name of the connection and address of its server.
    pub(crate) connection: Option<String>,
    pub(crate) server_url: Option<String>,
    has_ended: bool,
}

/// Which jobs are orphans. `$1` is now, `$2` the latest end of a lease that can be true.
macro_rules! orphans {
    ($rest:literal) => {
        concat!(
            "SELECT number, job_id, connection, server_url, finished_at FROM jobs
             WHERE ((finished_at IS NULL AND posts > 0) OR unsaved = 1)
               AND (lease_expires_at IS NULL OR lease_expires_at <= $1 OR lease_expires_at > $2)
               AND ",
            $rest
        )
    };
}

impl Store {
    /// The next few orphans after a number.
    pub(crate) async fn orphans(&self, after: i64, limit: u32) -> Result<Vec<Orphan>, Error> {
        let mut reader = self.reader().await?;
        let now = self.now(&mut reader).await?;
        let rows = sqlx::query(orphans!("number > $3 ORDER BY number LIMIT $4"))
            .bind(now.as_millisecond())
            .bind(latest_expiry(now, self.clock.lease()))
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(&mut *reader)
            .await?;
        rows.iter().map(Orphan::from_row).collect()
    }

    /// The orphans on a connection: whether they have ended there is not known, and until it is they
    /// take up its slots.
    pub(crate) async fn orphans_on(&self, connection: &str) -> Result<Vec<JobId>, Error> {
        let mut reader = self.reader().await?;
        let now = self.now(&mut reader).await?;
        let rows = sqlx::query(orphans!("connection = $3 AND finished_at IS NULL"))
            .bind(now.as_millisecond())
            .bind(latest_expiry(now, self.clock.lease()))
            .bind(connection)
            .fetch_all(&mut *reader)
            .await?;
        let found = rows.iter().map(Orphan::from_row);
        found.map(|orphan| Ok(orphan?.job_id)).collect()
    }

    /// Takes those of the jobs that are orphans.
    pub(crate) async fn adopt(
        &self,
        worker: &WorkerId,
        ids: Vec<JobId>,
    ) -> Result<Vec<Claimed>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        // Most looks find nothing, and take no turn to write from others.
        let mut reader = self.reader().await?;
        let now = self.now(&mut reader).await?;
        let lease = self.clock.lease();
        if orphans_among(&mut reader, now, lease, &ids)
            .await?
            .is_empty()
        {
            return Ok(Vec::new());
        }
        drop(reader);
        let wish = Arc::new((worker.clone(), ids));
        self.writer
            .write(move |turn| {
                let wish = Arc::clone(&wish);
                Box::pin(async move { adopt(turn, &wish.0, &wish.1).await })
            })
            .await
    }
}

impl Orphan {
    fn from_row(row: &AnyRow) -> Result<Self, Error> {
        Ok(Self {
            number: row.try_get("number")?,
            job_id: row::job_id(row.try_get("job_id")?)?,
            connection: row.try_get("connection")?,
            server_url: row.try_get("server_url")?,
            has_ended: row::time(row, "finished_at")?.is_some(),
        })
    }
}

async fn orphans_among(
    connection: &mut AnyConnection,
    now: Timestamp,
    lease: Duration,
    ids: &[JobId],
) -> Result<Vec<Orphan>, Error> {
    let mut orphans = Vec::new();
    for id in ids {
        let found = sqlx::query(orphans!("job_id = $3"))
            .bind(now.as_millisecond())
            .bind(latest_expiry(now, lease))
            .bind(id.to_string())
            .fetch_optional(&mut *connection)
            .await?;
        orphans.extend(found.as_ref().map(Orphan::from_row).transpose()?);
    }
    Ok(orphans)
}

async fn adopt(
    turn: &mut Turn<'_>,
    worker: &WorkerId,
    ids: &[JobId],
) -> Result<Vec<Claimed>, Error> {
    let (now, lease) = (turn.now, turn.lease);
    let mut adopted = Vec::with_capacity(ids.len());
    for orphan in orphans_among(turn.connection, now, lease, ids).await? {
        let lease = give_lease(turn, worker, &orphan).await?;
        // What is left to do for one that has ended is no part of its story.
        if !orphan.has_ended {
            let worker = worker.to_string();
            advance(turn, &lease, &Change::Adopted { worker }).await?;
        }
        adopted.push(claimed(turn, lease).await?);
    }
    Ok(adopted)
}

async fn give_lease(
    turn: &mut Turn<'_>,
    worker: &WorkerId,
    orphan: &Orphan,
) -> Result<Lease, Error> {
    let token = sqlx::query_scalar(
        "UPDATE jobs SET lease_owner = $2, lease_expires_at = $3, lease_token = lease_token + 1
         WHERE number = $1 RETURNING lease_token",
    )
    .bind(orphan.number)
    .bind(worker.as_str())
    .bind(expiry(turn))
    .fetch_one(&mut *turn.connection)
    .await?;
    Ok(Lease {
        job_id: orphan.job_id,
        number: orphan.number,
        token,
    })
}

async fn claimed(turn: &mut Turn<'_>, lease: Lease) -> Result<Claimed, Error> {
    let found = sqlx::query(concat!(
        "SELECT job_graphs.prompt, job_graphs.editor, ",
        job_columns!(),
        " FROM jobs JOIN job_graphs ON job_graphs.number = jobs.number WHERE jobs.number = $1"
    ))
    .bind(lease.number)
    .fetch_one(&mut *turn.connection)
    .await?;
    Ok(Claimed {
        job: row::job(&found)?,
        lease,
        at: turn.now,
        prompt: found.try_get("prompt")?,
        editor: found.try_get("editor")?,
    })
}
