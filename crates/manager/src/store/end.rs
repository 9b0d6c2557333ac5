//! The end of a job, and of those that were to run after it.

use crate::code::Code;
use crate::ending::Ending;
use crate::error::Error;
use crate::job::{JobError, JobId, JobStatus};
use crate::progress::NodeTime;
use crate::store::Store;
use crate::store::lease::Lease;
use crate::store::record::step;
use crate::store::row::{self, to_json};
use crate::store::tally::{Ended, Tally};
use crate::store::turn::Turn;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::sync::Arc;
use std::time::Duration;

impl Store {
    /// Records the end of a job, and ends the lease unless files are still to be fetched.
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
}

/// Ends a job, and with it all that can never run because of that.
async fn end(
    turn: &mut Turn<'_>,
    lease: &Lease,
    ending: &Ending,
    nodes: Option<&str>,
) -> Result<(), Error> {
    end_one(turn, lease, ending, nodes).await?;
    if ending.status == JobStatus::Completed {
        return Ok(());
    }
    let mut ended = vec![(lease.job_id, lease.number)];
    while let Some((before, number)) = ended.pop() {
        for (job_id, number) in waiting_for(turn, number).await? {
            let message = format!("job {before}, which it was to run after, did not complete");
            let error = JobError::new(Code::DependencyFailed, &message);
            let lease = take_over(turn, job_id, number).await?;
            end_one(turn, &lease, &Ending::failed(error), None).await?;
            ended.push((job_id, number));
        }
    }
    Ok(())
}

async fn end_one(
    turn: &mut Turn<'_>,
    lease: &Lease,
    ending: &Ending,
    nodes: Option<&str>,
) -> Result<(), Error> {
    let change = ending.change();
    // An end always tells something new.
    let Some(ended) = step(turn, lease, &change).await? else {
        return Ok(());
    };
    let has_files = ending.outputs.iter().any(|output| output.file().is_some());
    let row = sqlx::query(
        "UPDATE jobs SET status = $2, event_seq = $3, outputs = $4, error = $5, duration_ms = $6,
                         finished_at = $7, nodes = $8, progress = NULL, waiting_for = NULL,
                         ready_at = NULL,
                         unsaved = CASE WHEN output_folder IS NULL THEN 0 ELSE $9 END,
                         lease_owner = CASE WHEN output_folder IS NOT NULL AND $9 = 1
                                            THEN lease_owner END
         WHERE number = $1
         RETURNING number, status, workflow_name, connection, started_at, finished_at, duration_ms,
                   nodes, error",
    )
    .bind(lease.number)
    .bind(ended.status.as_str())
    .bind(ended.seq.stored())
    .bind(to_json(&ending.outputs)?)
    .bind(ending.error.as_ref().map(to_json).transpose()?)
    .bind(ending.duration_ms)
    .bind(turn.now_ms())
    .bind(nodes)
    .bind(i64::from(has_files))
    .fetch_one(&mut *turn.connection)
    .await?;
    turn.tell(lease.job_id, lease.number, ended.seq, &change)
        .await?;
    count(&mut turn.tally, &row)
}

/// Counts an ended job.
pub(super) fn count(tally: &mut Tally, row: &AnyRow) -> Result<(), Error> {
    let submitted = Timestamp::from_microsecond(row.try_get("number")?).unwrap_or_default();
    let started = row::time(row, "started_at")?;
    let finished = row::time(row, "finished_at")?.unwrap_or_default();
    let took = |from: Timestamp, to: Timestamp| to.duration_since(from).unsigned_abs();
    let by_server: Option<i64> = row.try_get("duration_ms")?;
    let by_server = by_server.map(|ms| Duration::from_millis(ms.unsigned_abs()));
    // Of an unknown form are only those of other versions.
    let nodes: Vec<NodeTime> = row::json(row, "nodes").ok().flatten().unwrap_or_default();
    let error: Option<JobError> = row::json(row, "error")?;
    tally.add(&Ended {
        at: finished,
        status: row::status(row)?,
        workflow: row.try_get("workflow_name")?,
        connection: row.try_get("connection")?,
        waiting: started.map(|started| took(submitted, started.max(submitted))),
        running: by_server.or(started.map(|started| took(started, finished.max(started)))),
        nodes: &nodes,
        failed_node: error.as_ref().and_then(|error| error.node.as_deref()),
    });
    Ok(())
}

/// Open jobs that run after the given one.
async fn waiting_for(turn: &mut Turn<'_>, number: i64) -> Result<Vec<(JobId, i64)>, Error> {
    let found = sqlx::query(
        "SELECT jobs.number, job_id FROM job_dependencies
         JOIN jobs ON jobs.number = job_dependencies.number
         WHERE job_dependencies.after = $1 AND finished_at IS NULL",
    )
    .bind(number)
    .fetch_all(&mut *turn.connection)
    .await?;
    let pair = |row: &AnyRow| Ok((row::job_id(row.try_get("job_id")?)?, row.try_get("number")?));
    found.iter().map(pair).collect()
}

/// Ends a job that no server has and nobody looks after.
pub(super) async fn end_unsent(
    turn: &mut Turn<'_>,
    job_id: JobId,
    number: i64,
    ending: &Ending,
) -> Result<(), Error> {
    let lease = take_over(turn, job_id, number).await?;
    end(turn, &lease, ending, None).await
}

/// Takes the right to write to a job, for this turn only.
pub(super) async fn take_over(
    turn: &mut Turn<'_>,
    job_id: JobId,
    number: i64,
) -> Result<Lease, Error> {
    let token = sqlx::query_scalar(
        "UPDATE jobs SET lease_token = lease_token + 1, lease_owner = NULL, lease_expires_at = NULL
         WHERE number = $1 RETURNING lease_token",
    )
    .bind(number)
    .fetch_one(&mut *turn.connection)
    .await?;
    Ok(Lease {
        job_id,
        number,
        token,
    })
}
