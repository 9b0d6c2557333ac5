//! Lists of jobs: what may be asked for, and the pages that answer it.

use crate::error::Error;
use crate::job::{Job, JobStatus};
use crate::store::Store;
use crate::store::row;
use crate::store::select::{Select, Value};
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Row};
use std::fmt;
use std::str::FromStr;

/// Which jobs to list. All that is given must be true of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFilter {
    /// One of these statuses; any if there is none.
    pub statuses: Vec<JobStatus>,
    /// The workflow has this name.
    pub workflow: Option<String>,
    /// It was sent through this connection, or will be.
    pub connection: Option<String>,
    /// It was submitted by this face: `cli`, `mcp`, `python`, ...
    pub source: Option<String>,
    /// It has this tag.
    pub tag: Option<String>,
    /// It belongs to this group.
    pub group: Option<String>,
    /// It was submitted then or later.
    pub since: Option<Timestamp>,
    /// It was submitted before then.
    pub until: Option<Timestamp>,
    /// All these words stand in its prompt or the workflow's name; one that ends in `*` is the
    /// beginning of a word. Nothing but punctuation finds no job.
    pub words: Option<String>,
    /// Only those after this place in the list: the `next` of the page before.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: u32,
}

/// Jobs of a page that says nothing else.
const PAGE: u32 = 100;

impl Default for JobFilter {
    fn default() -> Self {
        Self {
            statuses: Vec::new(),
            workflow: None,
            connection: None,
            source: None,
            tag: None,
            group: None,
            since: None,
            until: None,
            words: None,
            after: None,
            limit: PAGE,
        }
    }
}

/// A place in a list of jobs, which stays the same when newer jobs come. Its text means nothing to
/// anybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub(super) i64);

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.parse().map(Self);
        number.map_err(|_| format!("`{text}` is no place in a list of jobs"))
    }
}

/// A part of a list of jobs, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct JobPage {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<Cursor>,
}

impl Store {
    /// A page of jobs, newest first.
    pub(crate) async fn jobs(&self, filter: &JobFilter) -> Result<JobPage, Error> {
        let Some(select) = Select::new(self.kind, filter) else {
            let jobs = Vec::new();
            return Ok(JobPage { jobs, next: None });
        };
        // How rare a word is decides how PostgreSQL looks for it: no plan is kept for the next one.
        let query = sqlx::query(AssertSqlSafe(select.sql));
        let mut query = query.persistent(filter.words.is_none());
        for value in select.values {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Number(number) => query.bind(number),
            };
        }
        let mut rows = query.fetch_all(&mut *self.reader().await?).await?;
        let limit = filter.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| more);
        let next = last.map(|row| row.try_get("number").map(Cursor));
        Ok(JobPage {
            next: next.transpose()?,
            jobs: rows.iter().map(row::job).collect::<Result<_, _>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_as_it_is_written() {
        let place = Cursor(1_700_000_000_000_000);
        assert_eq!(place.to_string().parse(), Ok(place));
        assert!("next".parse::<Cursor>().is_err());
    }
}
