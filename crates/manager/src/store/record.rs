//! What happens to a job, recorded: the new state and the event in one transaction.

use crate::error::{Error, ErrorKind};
use crate::event::{Change, Seq, transition};
use crate::job::{JobId, JobStatus, Output};
use crate::progress::Progress;
use crate::store::Store;
use crate::store::lease::Lease;
use crate::store::row::{self, to_json};
use crate::store::turn::Turn;
use futures_util::future::BoxFuture;
use std::sync::Arc;

impl Store {
    /// Records what happened to a job. Fails with `LeaseLost` when the job is another's by now.
    pub(crate) async fn record(&self, lease: &Lease, change: Change) -> Result<(), Error> {
        self.write_under(lease, move |turn, lease| {
            let change = change.clone();
            Box::pin(async move { advance(turn, &lease, &change).await })
        })
        .await
    }

    /// Notes how far a job is. No event: only the latest counts.
    pub(crate) async fn progress(&self, lease: &Lease, progress: &Progress) -> Result<(), Error> {
        let progress = to_json(progress)?;
        self.write_under(lease, move |turn, lease| {
            let progress = progress.clone();
            Box::pin(async move {
                check(turn, &lease).await?;
                sqlx::query(
                    "UPDATE jobs SET progress = $2 WHERE number = $1 AND finished_at IS NULL",
                )
                .bind(lease.number)
                .bind(progress)
                .execute(&mut *turn.connection)
                .await?;
                turn.touched.push(lease.job_id);
                Ok(())
            })
        })
        .await
    }

    /// Notes where the files of an ended job are, and ends the lease.
    pub(crate) async fn saved(&self, lease: &Lease, outputs: Vec<Output>) -> Result<(), Error> {
        let outputs: Arc<[Output]> = outputs.into();
        self.write_under(lease, move |turn, lease| {
            let outputs = Arc::clone(&outputs);
            Box::pin(async move {
                let files = outputs
                    .iter()
                    .filter(|output| output.path.is_some())
                    .count();
                advance(turn, &lease, &Change::Saved { files }).await?;
                sqlx::query(
                    "UPDATE jobs SET outputs = $2, unsaved = 0, lease_owner = NULL,
                                     lease_expires_at = NULL
                     WHERE number = $1",
                )
                .bind(lease.number)
                .bind(to_json(&outputs)?)
                .execute(&mut *turn.connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Notes where outputs of an ended job were saved by someone who asked for them.
    pub(crate) async fn record_artifacts(
        &self,
        id: JobId,
        outputs: &[Output],
    ) -> Result<(), Error> {
        let outputs = to_json(outputs)?;
        self.writer
            .write(move |turn| {
                let outputs = outputs.clone();
                Box::pin(async move {
                    sqlx::query("UPDATE jobs SET outputs = $2 WHERE job_id = $1")
                        .bind(id.to_string())
                        .bind(outputs)
                        .execute(&mut *turn.connection)
                        .await?;
                    turn.touched.push(id);
                    Ok(())
                })
            })
            .await
    }

    /// Notes why no connection takes a job that waits.
    pub(crate) async fn note_waiting(&self, id: JobId, reason: &str) -> Result<(), Error> {
        let reason = reason.to_owned();
        self.writer
            .write(move |turn| {
                let reason = reason.clone();
                Box::pin(async move {
                    sqlx::query(
                        "UPDATE jobs SET waiting_for = $2
                         WHERE job_id = $1 AND status = 'pending' AND posts = 0
                           AND coalesce(waiting_for, '') <> $2",
                    )
                    .bind(id.to_string())
                    .bind(reason)
                    .execute(&mut *turn.connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Hands a lease to an operation, which has to see whether it still counts.
    pub(super) async fn write_under<T, F>(&self, lease: &Lease, function: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t mut Turn<'_>, Lease) -> BoxFuture<'t, Result<T, Error>> + Send + 'static,
    {
        let lease = lease.clone();
        self.writer
            .write(move |turn| {
                let lease = lease.clone();
                function(turn, lease)
            })
            .await
    }
}

/// Fails when the job is another's by now.
async fn check(turn: &mut Turn<'_>, lease: &Lease) -> Result<(), Error> {
    let token: Option<i64> = sqlx::query_scalar("SELECT lease_token FROM jobs WHERE number = $1")
        .bind(lease.number)
        .fetch_optional(&mut *turn.connection)
        .await?;
    if token == Some(lease.token) {
        Ok(())
    } else {
        Err(ErrorKind::LeaseLost(lease.job_id).into())
    }
}

/// Where a job stands in its story.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) status: JobStatus,
    /// Of the last event.
    pub(super) seq: Seq,
    attempts: u32,
    posts: u32,
}

impl Standing {
    /// Fails when the lease does not count any more.
    async fn read(turn: &mut Turn<'_>, lease: &Lease) -> Result<Self, Error> {
        let found = sqlx::query(
            "SELECT status, event_seq, attempts, posts FROM jobs
             WHERE number = $1 AND lease_token = $2",
        )
        .bind(lease.number)
        .bind(lease.token)
        .fetch_optional(&mut *turn.connection)
        .await?;
        let found = found.ok_or_else(|| ErrorKind::LeaseLost(lease.job_id))?;
        Ok(Self {
            status: row::status(&found)?,
            seq: row::seq(&found, "event_seq")?,
            attempts: row::count(&found, "attempts")?,
            posts: row::count(&found, "posts")?,
        })
    }

    /// After an event, which must be legal here; `None` when that tells nothing new.
    fn after(self, change: &Change) -> Result<Option<Self>, Error> {
        let next = transition(self.status, change).map_err(ErrorKind::Transition)?;
        let Some(status) = next else { return Ok(None) };
        let (attempts, posts) = match change {
            Change::Sending { attempt, .. } if *attempt == self.attempts => {
                (self.attempts, self.posts + 1)
            }
            Change::Sending { attempt, .. } => (*attempt, 1),
            Change::Unsent { .. } => (self.attempts.saturating_sub(1), 0),
            Change::Retrying { .. } => (self.attempts, 0),
            _ => (self.attempts, self.posts),
        };
        let seq = Seq(self.seq.0 + 1);
        Ok(Some(Self {
            status,
            seq,
            attempts,
            posts,
        }))
    }
}

/// Where a job stands after an event, if the lease still counts and the event is legal; `None` when
/// that tells nothing new. The caller writes it down.
pub(super) async fn step(
    turn: &mut Turn<'_>,
    lease: &Lease,
    change: &Change,
) -> Result<Option<Standing>, Error> {
    Standing::read(turn, lease).await?.after(change)
}

/// Brings a job one event further, if the lease still counts and the event is legal where the job
/// stands. What tells nothing new is left out.
pub(crate) async fn advance(
    turn: &mut Turn<'_>,
    lease: &Lease,
    change: &Change,
) -> Result<(), Error> {
    let Some(next) = step(turn, lease, change).await? else {
        return Ok(());
    };
    let now = turn.now_ms();
    let at = |reached: bool| reached.then_some(now);
    sqlx::query(
        "UPDATE jobs SET status = $2, event_seq = $3, attempts = $4, posts = $5,
                         queued_at = coalesce(queued_at, $6), started_at = coalesce(started_at, $7)
         WHERE number = $1",
    )
    .bind(lease.number)
    .bind(next.status.as_str())
    .bind(next.seq.stored())
    .bind(i64::from(next.attempts))
    .bind(i64::from(next.posts))
    .bind(at(matches!(change, Change::Queued | Change::Running)))
    .bind(at(matches!(change, Change::Running)))
    .execute(&mut *turn.connection)
    .await?;
    turn.tell(lease.job_id, lease.number, next.seq, change)
        .await
}
