//! What happens to a job, recorded: the new state and the event in one transaction.

use crate::code::Code;
use crate::ending::Ending;
use crate::error::{Error, ErrorKind};
use crate::event::{Change, Seq, transition};
use crate::job::{JobError, JobId, JobStatus, Output};
use crate::progress::Progress;
use crate::store::Store;
use crate::store::lease::{Lease, latest_expiry};
use crate::store::row::{self, to_json};
use crate::store::turn::Turn;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use sqlx::Row;
use std::sync::Arc;

/// What became of a wish to stop a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CancelOutcome {
    /// It had ended before, like this.
    Ended(JobStatus),
    /// No server has it, so it ended at once.
    Cancelled,
    /// Whoever looks after it has to stop it on the server; `owned` when somebody does.
    Asked { owned: bool },
}

impl Store {
    /// Records what happened to a job. Fails with `LeaseLost` when the job is another's by now.
    pub(crate) async fn record(&self, lease: &Lease, change: Change) -> Result<(), Error> {
        self.write_under(lease, move |turn, lease| {
            let change = change.clone();
            Box::pin(async move { advance(turn, &lease, &change).await.map(|_| ()) })
        })
        .await
    }

    /// Records the end of a job. The lease lasts until [`Store::saved`] or [`Store::release`].
    pub(crate) async fn end(
        &self,
        lease: &Lease,
        ending: Ending,
        nodes: Option<String>,
    ) -> Result<(), Error> {
        let ending = Arc::new((ending, nodes));
        self.write_under(lease, move |turn, lease| {
            let ending = Arc::clone(&ending);
            Box::pin(async move { end(turn, &lease, &ending.0, ending.1.as_deref()).await })
        })
        .await
    }

    /// Lets a failed job wait for a further attempt, under a new prompt id: the server remembers
    /// the old one. The lease ends.
    pub(crate) async fn retry(
        &self,
        lease: &Lease,
        error: JobError,
        prompt_id: String,
        ready_at: Timestamp,
    ) -> Result<(), Error> {
        let retry = Arc::new((error, prompt_id, ready_at));
        self.write_under(lease, move |turn, lease| {
            let retry = Arc::clone(&retry);
            Box::pin(async move {
                let (error, prompt_id, ready_at) = &*retry;
                let (error, ready_at) = (error.clone(), *ready_at);
                advance(turn, &lease, &Change::Retrying { error, ready_at }).await?;
                sqlx::query(
                    "UPDATE jobs SET prompt_id = $2, ready_at = $3, retries = retries + 1,
                                     progress = NULL, lease_owner = NULL, lease_expires_at = NULL,
                                     connection = CASE WHEN placement LIKE '{\"any\"%' THEN NULL
                                                       ELSE connection END
                     WHERE number = $1",
                )
                .bind(lease.number)
                .bind(prompt_id)
                .bind(ready_at.as_millisecond())
                .execute(&mut *turn.connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Puts a job that certainly was not sent back in line. The lease ends.
    pub(crate) async fn unsent(
        &self,
        lease: &Lease,
        error: JobError,
        ready_at: Timestamp,
    ) -> Result<(), Error> {
        self.write_under(lease, move |turn, lease| {
            let error = error.clone();
            Box::pin(async move {
                advance(turn, &lease, &Change::Unsent { error }).await?;
                sqlx::query(
                    "UPDATE jobs SET ready_at = $2, lease_owner = NULL, lease_expires_at = NULL,
                                     connection = CASE WHEN placement LIKE '{\"any\"%' THEN NULL
                                                       ELSE connection END
                     WHERE number = $1",
                )
                .bind(lease.number)
                .bind(ready_at.as_millisecond())
                .execute(&mut *turn.connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Notes how far a job is. No event: only the latest counts.
    pub(crate) async fn progress(&self, lease: &Lease, progress: &Progress) -> Result<(), Error> {
        let progress = to_json(progress)?;
        self.write_under(lease, move |turn, lease| {
            let progress = progress.clone();
            Box::pin(async move {
                sqlx::query("UPDATE jobs SET progress = $2 WHERE number = $1")
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

    /// Asks for a job to be stopped; one that no server has is stopped by that.
    pub(crate) async fn request_cancel(&self, id: JobId, by: &str) -> Result<CancelOutcome, Error> {
        let by = by.to_owned();
        self.writer
            .write(move |turn| {
                let by = by.clone();
                Box::pin(async move { request_cancel(turn, id, by).await })
            })
            .await
    }

    /// Runs a function if the lease still counts.
    async fn write_under<T, F>(&self, lease: &Lease, function: F) -> Result<T, Error>
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

/// Brings a job one event further, if the lease still counts and the event is legal where the job
/// stands. Gives back the number of the event; `None` when it tells nothing new.
pub(crate) async fn advance(
    turn: &mut Turn<'_>,
    lease: &Lease,
    change: &Change,
) -> Result<Option<Seq>, Error> {
    let found = sqlx::query(
        "SELECT status, event_seq, lease_token, attempts, posts FROM jobs WHERE number = $1",
    )
    .bind(lease.number)
    .fetch_optional(&mut *turn.connection)
    .await?;
    let lost = || ErrorKind::LeaseLost(lease.job_id);
    let found = found.ok_or_else(lost)?;
    if found.try_get::<i64, _>("lease_token")? != lease.token {
        return Err(lost().into());
    }
    let Some(status) = transition(row::status(&found)?, change).map_err(ErrorKind::Transition)?
    else {
        return Ok(None);
    };
    let seq = Seq(row::seq(&found, "event_seq")?.0 + 1);
    let (mut attempts, mut posts) = (
        row::count(&found, "attempts")?,
        row::count(&found, "posts")?,
    );
    match change {
        Change::Sending { attempt, .. } => {
            posts = if *attempt == attempts { posts + 1 } else { 1 };
            attempts = *attempt;
        }
        Change::Unsent { .. } => (attempts, posts) = (attempts.saturating_sub(1), 0),
        Change::Retrying { .. } => posts = 0,
        _ => {}
    }
    let now = turn.now_ms();
    let at = |reached: bool| reached.then_some(now);
    sqlx::query(
        "UPDATE jobs SET status = $2, event_seq = $3, attempts = $4, posts = $5,
                         queued_at = coalesce(queued_at, $6), started_at = coalesce(started_at, $7)
         WHERE number = $1",
    )
    .bind(lease.number)
    .bind(status.as_str())
    .bind(i64::try_from(seq.0).unwrap_or(i64::MAX))
    .bind(i64::from(attempts))
    .bind(i64::from(posts))
    .bind(at(matches!(change, Change::Queued | Change::Running)))
    .bind(at(matches!(change, Change::Running)))
    .execute(&mut *turn.connection)
    .await?;
    turn.tell(lease.job_id, lease.number, seq, change).await?;
    Ok(Some(seq))
}

async fn end(
    turn: &mut Turn<'_>,
    lease: &Lease,
    ending: &Ending,
    nodes: Option<&str>,
) -> Result<(), Error> {
    advance(turn, lease, &ending.change()).await?;
    let has_files = ending.outputs.iter().any(|output| output.file().is_some());
    sqlx::query(
        "UPDATE jobs SET outputs = $2, error = $3, duration_ms = $4, finished_at = $5, nodes = $6,
                         progress = NULL, waiting_for = NULL,
                         unsaved = CASE WHEN output_folder IS NULL THEN 0 ELSE $7 END
         WHERE number = $1",
    )
    .bind(lease.number)
    .bind(to_json(&ending.outputs)?)
    .bind(ending.error.as_ref().map(to_json).transpose()?)
    .bind(ending.duration_ms)
    .bind(turn.now_ms())
    .bind(nodes)
    .bind(i64::from(has_files))
    .execute(&mut *turn.connection)
    .await?;
    if ending.status != JobStatus::Completed {
        fail_dependents(turn, lease.job_id, lease.number).await?;
    }
    Ok(())
}

/// What waited for a job that did not end well fails, and what waited for that.
fn fail_dependents<'t>(
    turn: &'t mut Turn<'_>,
    job_id: JobId,
    number: i64,
) -> BoxFuture<'t, Result<(), Error>> {
    Box::pin(async move {
        let waiting = sqlx::query(
            "SELECT jobs.number, job_id FROM job_dependencies
             JOIN jobs ON jobs.number = job_dependencies.number
             WHERE job_dependencies.after = $1 AND finished_at IS NULL",
        )
        .bind(number)
        .fetch_all(&mut *turn.connection)
        .await?;
        for found in waiting {
            let message = format!("job {job_id}, which it was to run after, did not complete");
            let error = JobError::new(Code::DependencyFailed, &message);
            let id = row::job_id(found.try_get("job_id")?)?;
            let number = found.try_get("number")?;
            end_unsent(turn, id, number, &Ending::failed(error)).await?;
        }
        Ok(())
    })
}

/// Ends a job that no server has and nobody looks after.
async fn end_unsent(
    turn: &mut Turn<'_>,
    job_id: JobId,
    number: i64,
    ending: &Ending,
) -> Result<(), Error> {
    let token = sqlx::query_scalar(
        "UPDATE jobs SET lease_token = lease_token + 1, lease_owner = NULL, lease_expires_at = NULL
         WHERE number = $1 RETURNING lease_token",
    )
    .bind(number)
    .fetch_one(&mut *turn.connection)
    .await?;
    let lease = Lease {
        job_id,
        number,
        token,
    };
    end(turn, &lease, ending, None).await
}

async fn request_cancel(
    turn: &mut Turn<'_>,
    id: JobId,
    by: String,
) -> Result<CancelOutcome, Error> {
    let found = sqlx::query(
        "SELECT number, status, posts, event_seq, cancel_requested, lease_expires_at
         FROM jobs WHERE job_id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(&mut *turn.connection)
    .await?;
    let found = found.ok_or_else(|| ErrorKind::NoSuchJob(id.to_string()))?;
    let status = row::status(&found)?;
    if status.is_final() {
        return Ok(CancelOutcome::Ended(status));
    }
    let number: i64 = found.try_get("number")?;
    let expires: Option<i64> = found.try_get("lease_expires_at")?;
    let owned = expires.is_some_and(|at| at > turn.now_ms() && at <= latest_expiry(turn));
    if !row::flag(&found, "cancel_requested")? {
        let seq = Seq(row::seq(&found, "event_seq")?.0 + 1);
        sqlx::query("UPDATE jobs SET cancel_requested = 1, event_seq = $2 WHERE number = $1")
            .bind(number)
            .bind(i64::try_from(seq.0).unwrap_or(i64::MAX))
            .execute(&mut *turn.connection)
            .await?;
        let change = Change::CancelRequested { by: by.clone() };
        turn.tell(id, number, seq, &change).await?;
    }
    if row::count(&found, "posts")? == 0 && !owned {
        let ending = Ending::cancelled("cancelled before it was sent");
        end_unsent(turn, id, number, &ending).await?;
        return Ok(CancelOutcome::Cancelled);
    }
    Ok(CancelOutcome::Asked { owned })
}
