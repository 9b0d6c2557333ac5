//! Counts ended jobs, day by day, in the same transaction that ends them.
//!
//! What a turn ends is summed up in memory and added to the tables once, before the commit, so that
//! many jobs that end together cost little more than one.

use crate::error::Error;
use crate::job::JobStatus;
use crate::progress::NodeTime;
use crate::store::database::DatabaseKind;
use crate::store::row::corrupt;
use crate::store::sketch::{InvalidSketch, Sketch, put, take};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::{AnyConnection, Row};
use std::collections::BTreeMap;
use std::time::Duration;
use tracing::warn;

/// What is counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dimension {
    All,
    Workflow,
    Connection,
    Class,
}

impl Dimension {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Workflow => "workflow",
            Self::Connection => "connection",
            Self::Class => "class",
        }
    }
}

/// The day of a time by UTC, counted from 1970.
pub(crate) fn day_of(time: Timestamp) -> i64 {
    time.as_second().div_euclid(24 * 60 * 60)
}

/// What is counted of a day and a thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) completed: u64,
    pub(crate) failed: u64,
    pub(crate) cancelled: u64,
    /// Nodes whose result was still there.
    pub(crate) cached: u64,
    pub(crate) waiting: Sketch,
    pub(crate) running: Sketch,
}

/// First byte of the bytes of a bucket; 1 had the first form of sketches.
const FORMAT: u8 = 2;

impl Bucket {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.completed = self.completed.saturating_add(other.completed);
        self.failed = self.failed.saturating_add(other.failed);
        self.cancelled = self.cancelled.saturating_add(other.cancelled);
        self.cached = self.cached.saturating_add(other.cached);
        self.waiting.merge(&other.waiting);
        self.running.merge(&other.running);
    }

    /// As text, so that both databases can string many together.
    pub(crate) fn encode(&self) -> String {
        let mut bytes = vec![FORMAT];
        for count in [self.completed, self.failed, self.cancelled, self.cached] {
            put(&mut bytes, count);
        }
        self.waiting.encode(&mut bytes);
        self.running.encode(&mut bytes);
        STANDARD_NO_PAD.encode(bytes)
    }

    /// Counts all that the text counted; how much of it is not said when it is damaged.
    pub(crate) fn absorb(&mut self, text: &str) -> Result<(), Error> {
        let bytes = STANDARD_NO_PAD.decode(text).ok();
        let absorbed = bytes.and_then(|bytes| self.absorb_bytes(&bytes).ok());
        absorbed.ok_or_else(|| corrupt("a day of the statistics".to_owned()))
    }

    fn absorb_bytes(&mut self, mut bytes: &[u8]) -> Result<(), InvalidSketch> {
        let bytes = &mut bytes;
        let absorb = match take(bytes)? {
            1 => Sketch::absorb_first_form,
            2 => Sketch::absorb,
            _ => return Err(InvalidSketch),
        };
        let counts = [
            &mut self.completed,
            &mut self.failed,
            &mut self.cancelled,
            &mut self.cached,
        ];
        for count in counts {
            *count = count.saturating_add(take(bytes)?);
        }
        absorb(&mut self.waiting, bytes)?;
        absorb(&mut self.running, bytes)?;
        if bytes.is_empty() {
            Ok(())
        } else {
            Err(InvalidSketch)
        }
    }

    fn count(&mut self, status: JobStatus) {
        match status {
            JobStatus::Completed => self.completed += 1,
            JobStatus::Cancelled => self.cancelled += 1,
            _ => self.failed += 1,
        }
    }
}

/// A job that ended, as far as it is counted.
#[derive(Debug, Clone)]
pub(crate) struct Ended<'j> {
    pub(crate) at: Timestamp,
    pub(crate) status: JobStatus,
    pub(crate) workflow: Option<&'j str>,
    pub(crate) connection: Option<&'j str>,
    /// From submission until a server executed it.
    pub(crate) waiting: Option<Duration>,
    pub(crate) running: Option<Duration>,
    pub(crate) nodes: &'j [NodeTime],
    /// The node that failed.
    pub(crate) failed_node: Option<&'j str>,
}

/// Counts that are not written yet.
#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<(Dimension, i64, String), Bucket>);

impl Tally {
    pub(crate) fn add(&mut self, ended: &Ended<'_>) {
        let day = day_of(ended.at);
        let things = [
            (Dimension::All, Some("")),
            (Dimension::Workflow, ended.workflow),
            (Dimension::Connection, ended.connection),
        ];
        for (dimension, name) in things {
            let Some(name) = name else { continue };
            let bucket = self.bucket(dimension, day, name);
            bucket.count(ended.status);
            if let Some(waiting) = ended.waiting {
                bucket.waiting.add(waiting);
            }
            if let (JobStatus::Completed, Some(running)) = (ended.status, ended.running) {
                bucket.running.add(running);
            }
        }
        for node in ended.nodes {
            self.add_node(day, node, ended.failed_node);
        }
    }

    fn add_node(&mut self, day: i64, node: &NodeTime, failed_node: Option<&str>) {
        let bucket = self.bucket(Dimension::Class, day, &node.class);
        if node.cached {
            bucket.cached += 1;
        } else if failed_node == Some(node.node.as_str()) {
            bucket.failed += 1;
        } else if let Some(running) = node.seconds.and_then(seconds) {
            bucket.completed += 1;
            bucket.running.add(running);
        }
    }

    fn bucket(&mut self, dimension: Dimension, day: i64, name: &str) -> &mut Bucket {
        self.0.entry((dimension, day, name.to_owned())).or_default()
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (key, bucket) in other.0 {
            self.0.entry(key).or_default().merge(&bucket);
        }
    }

    /// Adds the counts to those in the database, in two statements however many they are.
    pub(crate) async fn write(
        mut self,
        connection: &mut AnyConnection,
        kind: DatabaseKind,
    ) -> Result<(), sqlx::Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.absorb_stored(connection, kind).await?;
        let rows: Vec<_> = self
            .0
            .iter()
            .map(|((dimension, day, name), bucket)| {
                (dimension.as_str(), day, name, bucket.encode())
            })
            .collect();
        let replace = match kind {
            DatabaseKind::Sqlite => {
                "INSERT OR REPLACE INTO job_statistics (dimension, day, name, body)
                 SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each($1)"
            }
            DatabaseKind::Postgres => {
                "INSERT INTO job_statistics (dimension, day, name, body)
                 SELECT value ->> 0, CAST(value ->> 1 AS BIGINT), value ->> 2, value ->> 3
                 FROM json_array_elements(CAST($1 AS JSON))
                 ON CONFLICT (dimension, day, name) DO UPDATE SET body = excluded.body"
            }
        };
        sqlx::query(replace)
            .bind(json(&rows)?)
            .execute(&mut *connection)
            .await?;
        Ok(())
    }

    /// Adds to each count what the database has of it.
    async fn absorb_stored(
        &mut self,
        connection: &mut AnyConnection,
        kind: DatabaseKind,
    ) -> Result<(), sqlx::Error> {
        let keys = self.0.keys();
        let keys: Vec<_> = keys
            .map(|(dimension, day, name)| (dimension.as_str(), day, name))
            .collect();
        let stored = match kind {
            DatabaseKind::Sqlite => {
                "SELECT key AS place, body FROM json_each($1) CROSS JOIN job_statistics
                 ON dimension = value ->> 0 AND day = value ->> 1 AND name = value ->> 2"
            }
            DatabaseKind::Postgres => {
                "SELECT place - 1 AS place, body
                 FROM json_array_elements(CAST($1 AS JSON)) WITH ORDINALITY AS asked (value, place)
                 JOIN job_statistics
                 ON dimension = value ->> 0 AND day = CAST(value ->> 1 AS BIGINT)
                    AND name = value ->> 2"
            }
        };
        let rows = sqlx::query(stored)
            .bind(json(&keys)?)
            .fetch_all(&mut *connection)
            .await?;
        let mut buckets: Vec<_> = self.0.values_mut().collect();
        for row in rows {
            let place: i64 = row.try_get("place")?;
            let Some(bucket) = usize::try_from(place)
                .ok()
                .and_then(|at| buckets.get_mut(at))
            else {
                continue;
            };
            let mut sum = bucket.clone();
            match sum.absorb(row.try_get("body")?) {
                Ok(()) => **bucket = sum,
                // No job may be kept from ending by a count.
                Err(error) => warn!(%error, "a day of the statistics is counted anew"),
            }
        }
        Ok(())
    }
}

/// Many rows as one value.
fn json<T: Serialize>(rows: &[T]) -> Result<String, sqlx::Error> {
    serde_json::to_string(rows).map_err(|error| sqlx::Error::Encode(error.into()))
}

fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bucket_reads_back_and_anything_else_is_refused() {
        let mut bucket = Bucket {
            completed: 3,
            cached: u64::MAX,
            ..Bucket::default()
        };
        bucket.running.add(Duration::from_secs(7));
        let text = bucket.encode();
        let mut read = Bucket::default();
        read.absorb(&text).unwrap();
        assert_eq!(read, bucket);
        for wrong in [
            "",
            "!",
            "AA",
            &text[..text.len() - 4],
            &format!("{text}AAAA"),
        ] {
            assert!(Bucket::default().absorb(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_was_counted_in_the_first_form_still_counts() {
        // Three completed; of none is known how long it waited; two ran for bucket 5, one for 9.
        let text = STANDARD_NO_PAD.encode([1, 3, 0, 0, 0, 0, 0, 0, 2, 5, 2, 4, 1]);
        let (mut read, mut again) = (Bucket::default(), Bucket::default());
        read.absorb(&text).unwrap();
        assert_eq!(read.completed, 3);
        again.absorb(&read.encode()).unwrap();
        assert_eq!(again, read);
        let bytes = STANDARD_NO_PAD.decode(read.encode()).unwrap();
        assert_eq!(bytes, [2, 3, 0, 0, 0, 0, 0, 0, 2, 5, 1, 2, 3, 1, 1]);
    }

    #[test]
    fn days_begin_at_midnight_before_1970_too() {
        assert_eq!(day_of(Timestamp::UNIX_EPOCH), 0);
        assert_eq!(day_of(Timestamp::from_second(-1).unwrap()), -1);
        assert_eq!(day_of(Timestamp::from_second(86_400).unwrap()), 1);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[A-Za-z0-9+/]{0,60}") {
            let _ = Bucket::default().absorb(&text);
        }
    }
}
