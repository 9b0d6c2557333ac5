//! The job history: one function per transition, each in one transaction, on SQLite or PostgreSQL.
//!
//! Called by the engine and by the readers of the history. Both databases run the same statements,
//! and both let one writer in at a time ([`turn`]), so that every transition sees a history that
//! stands still; what differs between them is in [`database`]. Every write to a job that is sent
//! carries the fencing token of its lease, so that an owner that was taken for dead cannot write.

mod adopt;
mod again;
mod archive;
mod backup;
#[cfg(test)]
mod benchmark;
mod cancel;
mod claim;
mod clean;
mod database;
mod end;
mod export;
mod feed;
mod groups;
mod import;
mod import_version_2;
mod lease;
mod line;
mod list;
mod patience;
mod read;
mod record;
mod report;
mod row;
mod select;
mod sketch;
mod statistics;
mod submit;
mod tags;
mod tally;
#[cfg(test)]
mod tests;
mod tracked;
mod turn;
mod words;
mod writer;

pub use backup::Backup;
pub(crate) use backup::verify;
pub(crate) use cancel::CancelOutcome;
pub(crate) use claim::{Claim, Claimed, Scope};
pub use clean::Retention;
pub(crate) use feed::{Feed, Wake};
pub(crate) use groups::NewGroup;
pub use groups::{Group, GroupCounts};
pub use import::Imported;
pub(crate) use lease::{Lease, WorkerId};
pub(crate) use line::Destination;
pub use list::{Cursor, JobFilter, JobPage};
pub(crate) use read::Waiting;
pub(crate) use report::Ahead;
pub(crate) use row::{corrupt, to_json};
pub use statistics::{Percentiles, Statistics, StatisticsBy, StatisticsRange};
pub(crate) use submit::NewJob;
pub(crate) use words::words_of;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::settings::StoreLocation;
use database::{Database, DatabaseKind, time_there};
use jiff::Timestamp;
use patience::{Patience, may_pass};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool};
use writer::Writer;

/// The history of this user or team, shared by all processes. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    location: StoreLocation,
    kind: DatabaseKind,
    readers: AnyPool,
    writer: Writer,
    feed: Feed,
    clock: Clock,
}

impl Store {
    /// Opens the history and brings it up to date, creating it when missing. One that is damaged or
    /// of a newer version is refused and left as it is.
    pub(crate) async fn open(location: StoreLocation, clock: Clock) -> Result<Self, Error> {
        let Database {
            kind,
            readers,
            writer,
        } = Database::open(&location).await?;
        let feed = Feed::new();
        if let StoreLocation::Postgres(url) = &location {
            feed.listen(url.clone());
        }
        let writer = Writer::start(kind, writer, clock.clone(), feed.clone());
        Ok(Self {
            location,
            kind,
            readers,
            writer,
            feed,
            clock,
        })
    }

    /// Wakes those who wait for changes.
    pub(crate) fn feed(&self) -> &Feed {
        &self.feed
    }

    /// The time of day that this history goes by.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The time of day by the clock that all writers share.
    async fn now(&self, reader: &mut AnyConnection) -> Result<Timestamp, Error> {
        Ok(match self.kind {
            DatabaseKind::Sqlite => self.clock.now(),
            DatabaseKind::Postgres => time_there(reader).await?,
        })
    }

    /// A connection to read with, as soon as the database answers.
    async fn reader(&self) -> Result<PoolConnection<Any>, Error> {
        let mut patience = Patience::new();
        loop {
            match self.readers.acquire().await {
                Err(error) if may_pass(&error) && patience.wait().await => {}
                Err(sqlx::Error::PoolClosed) => return Err(ErrorKind::StoreClosed.into()),
                acquired => return Ok(acquired?),
            }
        }
    }

    /// Finishes all writes.
    pub(crate) async fn close(&self) {
        self.feed.close();
        self.writer.close().await;
        self.readers.close().await;
    }
}
