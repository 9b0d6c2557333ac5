//! Taking jobs that wait to be sent.

use crate::error::Error;
use crate::event::Change;
use crate::job::{Job, JobError, JobId};
use crate::store::Store;
use crate::store::database::DatabaseKind;
use crate::store::lease::{Lease, WorkerId, expiry, latest_expiry};
use crate::store::row::{self, job_columns, to_json};
use crate::store::turn::Turn;
use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

/// Which jobs are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// These.
    Jobs(Vec<JobId>),
    /// So many, those of the highest priority and longest wait first.
    Any(u32),
}

impl Scope {
    /// One job.
    pub(crate) fn job(id: JobId) -> Self {
        Self::Jobs(vec![id])
    }
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
        // Those who look for any job find a busy server mostly, and take no turn to write from others.
        if matches!(claim.scope, Scope::Any(_)) {
            let mut reader = self.reader().await?;
            if free_slots(&mut reader, &claim).await? == 0 {
                return Ok(Claims::default());
            }
        }
        self.writer
            .write(move |turn| {
                let wish = claim.clone();
                Box::pin(async move { claim_free(turn, &wish).await })
            })
            .await
    }
}

async fn claim_free(turn: &mut Turn<'_>, claim: &Claim) -> Result<Claims, Error> {
    let free = free_slots(turn.connection, claim).await?;
    if free == 0 {
        return Ok(Claims::default());
    }
    let candidates = match &claim.scope {
        Scope::Jobs(ids) => waiting_jobs_of(turn, claim, ids, free).await?,
        Scope::Any(limit) => waiting_jobs(turn, claim, free.min(*limit)).await?,
    };
    let mut claimed = Vec::with_capacity(candidates.len());
    for candidate in &candidates {
        claimed.push(take(turn, claim, candidate).await?);
    }
    let taken = u32::try_from(claimed.len()).unwrap_or(u32::MAX);
    Ok(Claims {
        claimed,
        free: free.saturating_sub(taken),
    })
}

/// How many more jobs the connection may have at once.
async fn free_slots(connection: &mut AnyConnection, claim: &Claim) -> Result<u32, Error> {
    let busy: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM jobs WHERE connection = $1 AND finished_at IS NULL AND posts > 0",
    )
    .bind(&claim.connection)
    .fetch_one(connection)
    .await?;
    let busy = u32::try_from(busy).unwrap_or(u32::MAX);
    Ok(claim.max_jobs.saturating_sub(busy))
}

/// Jobs that wait and may be sent now. `$1` is now, `$2` the latest end of a lease that can be true,
/// `$3` the connection, `$4` how many at most. No job waits for longer than five minutes: one that
/// seems to was told so before the clock was set back.
macro_rules! sendable {
    ($from:literal, $line:literal) => {
        concat!(
            "SELECT jobs.number, jobs.job_id, jobs.event_seq, jobs.attempts, jobs.error,
                    job_graphs.prompt, job_graphs.editor
             FROM ",
            $from,
            " JOIN job_graphs ON job_graphs.number = jobs.number
             WHERE status = 'pending' AND posts = 0 AND held = 0 AND cancel_requested = 0
               AND (ready_at IS NULL OR ready_at <= $1 OR ready_at > $1 + 300000)
               AND (lease_expires_at IS NULL OR lease_expires_at <= $1 OR lease_expires_at > $2)
               AND NOT EXISTS (SELECT 1 FROM job_dependencies
                               JOIN jobs AS before ON before.number = job_dependencies.after
                               WHERE job_dependencies.number = jobs.number
                                 AND before.status <> 'completed')
               AND ",
            $line,
            " ORDER BY priority DESC, jobs.number LIMIT $4"
        )
    };
}

async fn waiting_jobs(
    turn: &mut Turn<'_>,
    claim: &Claim,
    limit: u32,
) -> Result<Vec<AnyRow>, Error> {
    let rows = sqlx::query(sendable!("jobs", "connection = $3"))
        .bind(turn.now_ms())
        .bind(latest_expiry(turn.now, turn.lease))
        .bind(&claim.connection)
        .bind(i64::from(limit))
        .fetch_all(&mut *turn.connection);
    Ok(rows.await?)
}

/// Of certain jobs also those that may run on any connection.
async fn waiting_jobs_of(
    turn: &mut Turn<'_>,
    claim: &Claim,
    ids: &[JobId],
    limit: u32,
) -> Result<Vec<AnyRow>, Error> {
    let sql = match turn.kind {
        DatabaseKind::Sqlite => sendable!(
            "json_each($5) CROSS JOIN jobs ON jobs.job_id = value",
            "(connection = $3 OR connection IS NULL)"
        ),
        DatabaseKind::Postgres => sendable!(
            "json_array_elements_text(CAST($5 AS JSON)) JOIN jobs ON jobs.job_id = value",
            "(connection = $3 OR connection IS NULL)"
        ),
    };
    let rows = sqlx::query(sql)
        .bind(turn.now_ms())
        .bind(latest_expiry(turn.now, turn.lease))
        .bind(&claim.connection)
        .bind(i64::from(limit))
        .bind(to_json(ids)?)
        .fetch_all(&mut *turn.connection);
    Ok(rows.await?)
}

async fn take(turn: &mut Turn<'_>, claim: &Claim, found: &AnyRow) -> Result<Claimed, Error> {
    let error: Option<JobError> = row::json(found, "error")?;
    let sending = Change::Sending {
        attempt: row::count(found, "attempts")? + 1,
        connection: claim.connection.clone(),
        worker: claim.worker.to_string(),
        reason: error.map(|error| error.message),
    };
    let number: i64 = found.try_get("number")?;
    let taken = sqlx::query(concat!(
        "UPDATE jobs SET lease_owner = $2, lease_expires_at = $3, lease_token = lease_token + 1,
                         connection = $4, server_url = $5, client_id = $6, ready_at = NULL,
                         waiting_for = NULL, error = NULL, attempts = attempts + 1, posts = 1,
                         event_seq = event_seq + 1
         WHERE number = $1 RETURNING jobs.lease_token, ",
        job_columns!()
    ))
    .bind(number)
    .bind(claim.worker.as_str())
    .bind(expiry(turn))
    .bind(&claim.connection)
    .bind(&claim.server_url)
    .bind(&claim.client_id)
    .fetch_one(&mut *turn.connection)
    .await?;
    let job = row::job(&taken)?;
    turn.tell(job.job_id, number, job.event_seq, &sending)
        .await?;
    Ok(Claimed {
        lease: Lease {
            job_id: job.job_id,
            number,
            token: taken.try_get("lease_token")?,
        },
        job,
        at: turn.now,
        prompt: found.try_get("prompt")?,
        editor: found.try_get("editor")?,
    })
}
