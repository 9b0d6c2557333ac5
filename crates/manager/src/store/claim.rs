//! Taking jobs: those that wait to be sent, and those whose owner is gone.

use crate::error::Error;
use crate::event::Change;
use crate::job::{Job, JobId};
use crate::store::Store;
use crate::store::lease::{Lease, WorkerId, expiry, latest_expiry};
use crate::store::record::advance;
use crate::store::row::{self, job_columns};
use crate::store::turn::Turn;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// Which jobs are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// This one.
    Job(JobId),
    /// So many, those of the highest priority and longest wait first.
    Any(u32),
}

/// A wish to send jobs through a connection.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) worker: WorkerId,
    /// Name of the connection.
    pub(crate) connection: String,
    /// Address of its server.
    pub(crate) server_url: String,
    /// Socket that the events will come to.
    pub(crate) client_id: String,
    /// Jobs that the server may have at once.
    pub(crate) max_jobs: u32,
    pub(crate) scope: Scope,
}

/// What came of a [`Claim`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Claims {
    pub(crate) claimed: Vec<Claimed>,
    /// Slots of the connection that are still free.
    pub(crate) free: u32,
}

/// A job that was taken, and all that is needed to look after it.
#[derive(Debug, Clone)]
pub(crate) struct Claimed {
    pub(crate) job: Job,
    pub(crate) lease: Lease,
    /// When, by the clock that the times of the job are told by.
    pub(crate) at: Timestamp,
    /// The graph, as JSON.
    pub(crate) prompt: String,
    /// The editor's graph, as JSON.
    pub(crate) editor: Option<String>,
}

impl Store {
    /// Takes jobs that wait and may be sent now, as far as the connection has free slots. Each is
    /// recorded as about to be sent: until it is known that it was not, a server may have it.
    pub(crate) async fn claim(&self, claim: Claim) -> Result<Claims, Error> {
        self.writer
            .write(move |turn| {
                let wish = claim.clone();
                Box::pin(async move { claim_free(turn, &wish).await })
            })
            .await
    }

    /// Takes jobs that were sent, or whose files are still to be fetched, and that nobody looks
    /// after any more.
    pub(crate) async fn adopt(
        &self,
        worker: &WorkerId,
        scope: Scope,
    ) -> Result<Vec<Claimed>, Error> {
        let worker = worker.clone();
        self.writer
            .write(move |turn| {
                let worker = worker.clone();
                Box::pin(async move { adopt(turn, &worker, scope).await })
            })
            .await
    }
}

async fn claim_free(turn: &mut Turn<'_>, claim: &Claim) -> Result<Claims, Error> {
    let busy: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM jobs WHERE connection = $1 AND finished_at IS NULL AND posts > 0",
    )
    .bind(&claim.connection)
    .fetch_one(&mut *turn.connection)
    .await?;
    let free = i64::from(claim.max_jobs) - busy;
    if free <= 0 {
        return Ok(Claims::default());
    }
    let candidates = match claim.scope {
        Scope::Job(id) => waiting_job(turn, claim, id).await?,
        Scope::Any(limit) => waiting_jobs(turn, claim, free.min(i64::from(limit))).await?,
    };
    let mut claimed = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        claimed.push(take(turn, claim, &candidate).await?);
    }
    let free = usize::try_from(free)
        .unwrap_or(0)
        .saturating_sub(claimed.len());
    Ok(Claims {
        claimed,
        free: u32::try_from(free).unwrap_or(u32::MAX),
    })
}

/// What makes a waiting job one that may be sent now. `$1` is now, `$2` the latest end of a lease
/// that can be true. No job waits for longer than five minutes: one that seems to was told so before
/// the clock was set back.
macro_rules! sendable {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            job_columns!(),
            " FROM jobs
             WHERE status = 'pending' AND posts = 0 AND held = 0 AND cancel_requested = 0
               AND (ready_at IS NULL OR ready_at <= $1 OR ready_at > $1 + 300000)
               AND (lease_expires_at IS NULL OR lease_expires_at <= $1 OR lease_expires_at > $2)
               AND NOT EXISTS (SELECT 1 FROM job_dependencies
                               JOIN jobs AS before ON before.number = job_dependencies.after
                               WHERE job_dependencies.number = jobs.number
                                 AND before.status <> 'completed') ",
            $rest
        )
    };
}

async fn waiting_jobs(
    turn: &mut Turn<'_>,
    claim: &Claim,
    limit: i64,
) -> Result<Vec<AnyRow>, Error> {
    let rows = sqlx::query(sendable!(
        "AND connection = $3 ORDER BY priority DESC, number LIMIT $4"
    ))
    .bind(turn.now_ms())
    .bind(latest_expiry(turn))
    .bind(&claim.connection)
    .bind(limit)
    .fetch_all(&mut *turn.connection);
    Ok(rows.await?)
}

async fn waiting_job(turn: &mut Turn<'_>, claim: &Claim, id: JobId) -> Result<Vec<AnyRow>, Error> {
    let rows = sqlx::query(sendable!(
        "AND (connection = $3 OR connection IS NULL) AND job_id = $4"
    ))
    .bind(turn.now_ms())
    .bind(latest_expiry(turn))
    .bind(&claim.connection)
    .bind(id.to_string())
    .fetch_all(&mut *turn.connection);
    Ok(rows.await?)
}

async fn take(turn: &mut Turn<'_>, claim: &Claim, found: &AnyRow) -> Result<Claimed, Error> {
    let number: i64 = found.try_get("number")?;
    let waiting = row::job(found)?;
    let lease = give_lease(turn, &claim.worker, waiting.job_id, number).await?;
    sqlx::query(
        "UPDATE jobs SET connection = $2, server_url = $3, client_id = $4, ready_at = NULL,
                         waiting_for = NULL, error = NULL
         WHERE number = $1",
    )
    .bind(number)
    .bind(&claim.connection)
    .bind(&claim.server_url)
    .bind(&claim.client_id)
    .execute(&mut *turn.connection)
    .await?;
    let sending = Change::Sending {
        attempt: waiting.attempts + 1,
        connection: claim.connection.clone(),
        worker: claim.worker.to_string(),
        reason: waiting.error.map(|error| error.message),
    };
    advance(turn, &lease, &sending).await?;
    claimed(turn, lease).await
}

async fn adopt(
    turn: &mut Turn<'_>,
    worker: &WorkerId,
    scope: Scope,
) -> Result<Vec<Claimed>, Error> {
    let (only, limit) = match scope {
        Scope::Job(id) => (Some(id.to_string()), 1),
        Scope::Any(limit) => (None, i64::from(limit)),
    };
    let orphans = sqlx::query(
        "SELECT number, job_id, finished_at FROM jobs
         WHERE ((finished_at IS NULL AND posts > 0) OR unsaved = 1)
           AND (lease_expires_at IS NULL OR lease_expires_at <= $1 OR lease_expires_at > $2)
           AND (CAST($3 AS TEXT) IS NULL OR job_id = $3)
         ORDER BY number LIMIT $4",
    )
    .bind(turn.now_ms())
    .bind(latest_expiry(turn))
    .bind(only)
    .bind(limit)
    .fetch_all(&mut *turn.connection)
    .await?;
    let mut adopted = Vec::with_capacity(orphans.len());
    for orphan in orphans {
        let job_id = row::job_id(orphan.try_get("job_id")?)?;
        let lease = give_lease(turn, worker, job_id, orphan.try_get("number")?).await?;
        // What is left to do for one that has ended is no part of its story.
        if orphan.try_get::<Option<i64>, _>("finished_at")?.is_none() {
            let change = Change::Adopted {
                worker: worker.to_string(),
            };
            advance(turn, &lease, &change).await?;
        }
        adopted.push(claimed(turn, lease).await?);
    }
    Ok(adopted)
}

async fn give_lease(
    turn: &mut Turn<'_>,
    worker: &WorkerId,
    job_id: JobId,
    number: i64,
) -> Result<Lease, Error> {
    let token: i64 = sqlx::query_scalar(
        "UPDATE jobs SET lease_owner = $2, lease_expires_at = $3, lease_token = lease_token + 1
         WHERE number = $1 RETURNING lease_token",
    )
    .bind(number)
    .bind(worker.as_str())
    .bind(expiry(turn))
    .fetch_one(&mut *turn.connection)
    .await?;
    Ok(Lease {
        job_id,
        number,
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
