//! Lists of jobs: what may be asked for, and how it becomes a query that an index answers.

use crate::error::Error;
use crate::job::{Job, JobStatus};
use crate::store::Store;
use crate::store::database::DatabaseKind;
use crate::store::row::{self, job_columns};
use crate::store::words::Search;
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Row};
use std::fmt::{self, Write};
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
pub struct Cursor(i64);

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
        let mut query = sqlx::query(AssertSqlSafe(select.sql));
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

enum Value {
    Text(String),
    Number(i64),
}

/// A query, put together from pieces of ours; what users give is bound to it.
struct Select {
    sql: String,
    values: Vec<Value>,
}

impl Select {
    /// `None` when no job can meet the filter.
    fn new(kind: DatabaseKind, filter: &JobFilter) -> Option<Self> {
        let mut select = Self {
            sql: String::new(),
            values: Vec::new(),
        };
        let source = select.source(kind, filter)?;
        let mut conditions = source.conditions;
        select.conditions(filter, source.number, &mut conditions);
        // One more than asked for tells whether there is a next page.
        let limit = select.bind(Value::Number(i64::from(filter.limit) + 1));
        select.write(filter, source.tables, source.number, &conditions, &limit);
        Some(select)
    }

    /// The table that narrows the list most.
    fn source(&mut self, kind: DatabaseKind, filter: &JobFilter) -> Option<Source> {
        // SQLite reads the tables of a CROSS JOIN in their order; PostgreSQL chooses by itself.
        if let Some(words) = &filter.words {
            let search = Some(Search::parse(words)).filter(|search| !search.is_empty())?;
            return Some(match kind {
                DatabaseKind::Sqlite => {
                    let search = self.bind(Value::Text(search.for_sqlite()));
                    Source::new("job_text CROSS JOIN jobs", "job_text.rowid")
                        .on("jobs.number = job_text.rowid")
                        .on(&format!("job_text MATCH {search}"))
                }
                DatabaseKind::Postgres => {
                    let search = self.bind(Value::Text(search.for_postgres()));
                    Source::new("job_text CROSS JOIN jobs", "jobs.number")
                        .on("jobs.number = job_text.number")
                        .on(&format!("job_text.words @@ CAST({search} AS tsquery)"))
                }
            });
        }
        Some(match &filter.tag {
            Some(tag) => {
                let tag = self.bind(Value::Text(tag.clone()));
                Source::new("job_tags CROSS JOIN jobs", "job_tags.number")
                    .on("jobs.number = job_tags.number")
                    .on(&format!("job_tags.tag = {tag}"))
            }
            None => Source::new("jobs", "jobs.number"),
        })
    }

    fn conditions(&mut self, filter: &JobFilter, number: &str, conditions: &mut Vec<String>) {
        let columns = [
            ("jobs.workflow_name", &filter.workflow),
            ("jobs.connection", &filter.connection),
            ("jobs.source", &filter.source),
            ("jobs.group_id", &filter.group),
        ];
        for (column, value) in columns {
            if let Some(value) = value {
                let value = self.bind(Value::Text(value.clone()));
                conditions.push(format!("{column} = {value}"));
            }
        }
        let bounds = [
            (">=", filter.since.map(Timestamp::as_microsecond)),
            ("<", filter.until.map(Timestamp::as_microsecond)),
            ("<", filter.after.map(|cursor| cursor.0)),
        ];
        for (relation, bound) in bounds {
            if let Some(bound) = bound {
                let bound = self.bind(Value::Number(bound));
                conditions.push(format!("{number} {relation} {bound}"));
            }
        }
        if let (Some(_), Some(tag)) = (&filter.words, &filter.tag) {
            let tag = self.bind(Value::Text(tag.clone()));
            conditions.push(format!(
                "EXISTS (SELECT 1 FROM job_tags
                         WHERE job_tags.tag = {tag} AND job_tags.number = jobs.number)"
            ));
        }
    }

    /// Several statuses are lists of their own that are merged: each stands in an index in the order
    /// of the list, all of them together do not.
    fn write(
        &mut self,
        filter: &JobFilter,
        tables: &str,
        number: &str,
        conditions: &[String],
        limit: &str,
    ) {
        let part = |columns: &str, status: Option<JobStatus>| {
            let status = status.map(|status| format!("jobs.status = '{}'", status.as_str()));
            let all: Vec<&str> = conditions
                .iter()
                .chain(&status)
                .map(String::as_str)
                .collect();
            let mut part = format!("SELECT {columns} FROM {tables}");
            if !all.is_empty() {
                let _ = write!(part, " WHERE {}", all.join(" AND "));
            }
            let _ = write!(part, " ORDER BY {number} DESC LIMIT {limit}");
            part
        };
        self.sql = match filter.statuses[..] {
            [] => part(job_columns!(), None),
            [only] => part(job_columns!(), Some(only)),
            _ => {
                let lists = filter.statuses.iter().map(|status| {
                    format!(
                        "SELECT * FROM ({}) AS part",
                        part("jobs.number", Some(*status))
                    )
                });
                let lists: Vec<String> = lists.collect();
                format!(
                    concat!(
                        "SELECT ",
                        job_columns!(),
                        " FROM jobs WHERE number IN ({}) ORDER BY number DESC LIMIT {}"
                    ),
                    lists.join(" UNION ALL "),
                    limit
                )
            }
        };
    }

    /// Gives back the name by which the query knows the value.
    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }
}

/// Where to read, and what is the order of the list there.
struct Source {
    tables: &'static str,
    number: &'static str,
    conditions: Vec<String>,
}

impl Source {
    fn new(tables: &'static str, number: &'static str) -> Self {
        Self {
            tables,
            number,
            conditions: Vec::new(),
        }
    }

    fn on(mut self, condition: &str) -> Self {
        self.conditions.push(condition.to_owned());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_place_reads_back_as_it_is_written() {
        let place = Cursor(1_700_000_000_000_000);
        assert_eq!(place.to_string().parse(), Ok(place));
        assert!("next".parse::<Cursor>().is_err());
    }

    proptest! {
        #[test]
        fn nothing_that_is_given_becomes_part_of_the_query(given in "'#.{1,20}") {
            let filter = JobFilter {
                workflow: Some(given.clone()),
                tag: Some(given.clone()),
                words: Some(format!("x{given}")),
                statuses: vec![JobStatus::Failed, JobStatus::Completed],
                ..JobFilter::default()
            };
            let select = Select::new(DatabaseKind::Postgres, &filter).unwrap();
            prop_assert!(!select.sql.contains(&given));
        }
    }
}
