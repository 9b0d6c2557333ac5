//! One's turn to write: a transaction in which nobody else writes.

use crate::error::Error;
use crate::event::{Change, Seq};
use crate::job::JobId;
use crate::store::database::DatabaseKind;
use crate::store::tally::Tally;
use jiff::Timestamp;
use sqlx::AnyConnection;
use std::time::Duration;

/// Handed to every operation of the writer. What it does is committed together with what others of
/// this process do in the same turn, or not at all.
pub(crate) struct Turn<'c> {
    pub(crate) connection: &'c mut AnyConnection,
    pub(crate) kind: DatabaseKind,
    /// By the clock that all writers share: the machine's for SQLite, the server's for PostgreSQL.
    pub(crate) now: Timestamp,
    /// How long a lease lasts that is given or renewed now.
    pub(crate) lease: Duration,
    /// Jobs whose watchers are to be woken after the commit.
    pub(crate) touched: Vec<JobId>,
    /// Jobs that ended, to be counted before the commit.
    pub(crate) tally: Tally,
    numbers: &'c mut Numbers,
}

/// Numbers of new jobs: the time in microseconds, each higher than the one before unless the clock
/// was set back.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    last: i64,
}

/// Microseconds by which numbers may run ahead of the clock.
const AHEAD: i64 = 60_000_000;

impl<'c> Turn<'c> {
    pub(crate) fn new(
        connection: &'c mut AnyConnection,
        kind: DatabaseKind,
        now: Timestamp,
        lease: Duration,
        numbers: &'c mut Numbers,
    ) -> Self {
        Self {
            connection,
            kind,
            now,
            lease,
            touched: Vec::new(),
            tally: Tally::default(),
            numbers,
        }
    }

    /// A number for a new job. Another process may have it already.
    pub(crate) fn next_number(&mut self) -> i64 {
        let now = self.now.as_microsecond();
        let last = self.numbers.last;
        let running_on = (now..now + AHEAD).contains(&last);
        self.numbers.last = if running_on { last + 1 } else { now };
        self.numbers.last
    }

    /// Now, in milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> i64 {
        self.now.as_millisecond()
    }

    /// Adds an event to the story of a job. The caller has counted `seq` up in the job's row.
    pub(crate) async fn tell(
        &mut self,
        job_id: JobId,
        number: i64,
        seq: Seq,
        change: &Change,
    ) -> Result<(), Error> {
        self.insert_event(number, seq, self.now, change).await?;
        self.touched.push(job_id);
        Ok(())
    }

    /// Adds an event that happened at another time.
    pub(super) async fn insert_event(
        &mut self,
        number: i64,
        seq: Seq,
        at: Timestamp,
        change: &Change,
    ) -> Result<(), Error> {
        let body = super::row::to_json(change)?;
        sqlx::query("INSERT INTO job_events (number, seq, at, body) VALUES ($1, $2, $3, $4)")
            .bind(number)
            .bind(seq.stored())
            .bind(at.as_millisecond())
            .bind(body)
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }
}
