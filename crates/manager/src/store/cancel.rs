//! Wishes to stop a job.

use crate::ending::Ending;
use crate::error::{Error, ErrorKind};
use crate::event::{Change, Seq};
use crate::job::{JobId, JobStatus};
use crate::store::Store;
use crate::store::end::end_unsent;
use crate::store::lease::latest_expiry;
use crate::store::row;
use crate::store::turn::Turn;
use sqlx::Row;

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
    let owned =
        expires.is_some_and(|at| at > turn.now_ms() && at <= latest_expiry(turn.now, turn.lease));
    if !row::flag(&found, "cancel_requested")? {
        let seq = Seq(row::seq(&found, "event_seq")?.0 + 1);
        sqlx::query("UPDATE jobs SET cancel_requested = 1, event_seq = $2 WHERE number = $1")
            .bind(number)
            .bind(seq.stored())
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
