//! Jobs that go back in line: not sent after all, or to be tried again.

use crate::ending::Ending;
use crate::error::Error;
use crate::event::Change;
use crate::job::JobError;
use crate::store::Store;
use crate::store::end::end_unsent;
use crate::store::lease::Lease;
use crate::store::record::advance;
use crate::store::row::to_json;
use crate::store::turn::Turn;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

impl Store {
    /// Lets a failed job wait that long for a further attempt, under a new prompt id: the server
    /// remembers the old one. The lease ends.
    pub(crate) async fn retry(
        &self,
        lease: &Lease,
        error: JobError,
        prompt_id: String,
        wait: SignedDuration,
    ) -> Result<(), Error> {
        let retry = Arc::new((error, prompt_id));
        self.write_under(lease, move |turn, lease| {
            let retry = Arc::clone(&retry);
            Box::pin(async move {
                let (error, prompt_id) = &*retry;
                let ready_at = after(turn, wait);
                let change = Change::Retrying {
                    error: error.clone(),
                    ready_at,
                };
                advance(turn, &lease, &change).await?;
                sqlx::query(
                    "UPDATE jobs SET prompt_id = $2, retries = retries + 1, progress = NULL
                     WHERE number = $1",
                )
                .bind(lease.number)
                .bind(prompt_id)
                .execute(&mut *turn.connection)
                .await?;
                put_back(turn, &lease, error, ready_at).await
            })
        })
        .await
    }

    /// Puts a job that certainly was not sent back in line, to be sent after that long. The lease
    /// ends.
    pub(crate) async fn unsent(
        &self,
        lease: &Lease,
        error: JobError,
        wait: SignedDuration,
    ) -> Result<(), Error> {
        self.write_under(lease, move |turn, lease| {
            let error = error.clone();
            Box::pin(async move {
                let change = Change::Unsent {
                    error: error.clone(),
                };
                advance(turn, &lease, &change).await?;
                let ready_at = after(turn, wait);
                put_back(turn, &lease, &error, ready_at).await
            })
        })
        .await
    }
}

/// By the clock that all writers share.
fn after(turn: &Turn<'_>, wait: SignedDuration) -> Timestamp {
    turn.now.saturating_add(wait).unwrap_or(turn.now)
}

/// One that somebody wanted to stop meanwhile stops here: nobody would ever take it.
async fn put_back(
    turn: &mut Turn<'_>,
    lease: &Lease,
    error: &JobError,
    ready_at: Timestamp,
) -> Result<(), Error> {
    let unwanted: i64 = sqlx::query_scalar(
        "UPDATE jobs SET ready_at = $2, error = $3, lease_owner = NULL, lease_expires_at = NULL,
                         connection = CASE WHEN placement LIKE '{\"any\"%' THEN NULL
                                           ELSE connection END
         WHERE number = $1 RETURNING cancel_requested",
    )
    .bind(lease.number)
    .bind(ready_at.as_millisecond())
    .bind(to_json(error)?)
    .fetch_one(&mut *turn.connection)
    .await?;
    if unwanted == 0 {
        return Ok(());
    }
    let ending = Ending::cancelled("cancelled before it was sent again");
    end_unsent(turn, lease.job_id, lease.number, &ending).await
}
