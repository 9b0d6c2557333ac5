//! How a filter of jobs becomes a query that an index answers. Pure.

use crate::job::JobStatus;
use crate::store::database::DatabaseKind;
use crate::store::list::JobFilter;
use crate::store::row::job_columns;
use crate::store::words::Search;
use jiff::Timestamp;
use std::fmt::Write;

/// Something that a user gave.
pub(super) enum Value {
    Text(String),
    Number(i64),
}

/// A query, put together from pieces of ours; what users give is bound to it.
pub(super) struct Select {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

impl Select {
    /// `None` when no job can meet the filter.
    pub(super) fn new(kind: DatabaseKind, filter: &JobFilter) -> Option<Self> {
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
    /// of the list, all of them together do not. The indexes by workflow and by connection are such.
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
        let by_status = filter.workflow.is_some() || filter.connection.is_some();
        let statuses = match filter.statuses[..] {
            [] if by_status && tables == "jobs" => &JobStatus::ALL[..],
            ref given => given,
        };
        self.sql = match statuses {
            [] => part(job_columns!(), None),
            [only] => part(job_columns!(), Some(*only)),
            _ => {
                let lists = statuses.iter().map(|status| {
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
