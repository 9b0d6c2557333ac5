//! The history as JSON Lines: a heading with the batches, then one job a line, oldest first.

use crate::error::{Error, ErrorKind};
use crate::store::archive::{Archived, ArchivedGroup};
use crate::store::row::{self, job_columns, to_json};
use crate::store::{DatabaseKind, Store};
use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, Connection, Row};
use std::collections::HashMap;
use tokio::io::{AsyncWrite, AsyncWriteExt};

/// First line of a file of jobs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Heading {
    pub(crate) format: String,
    pub(crate) version: u32,
    /// Those that the jobs belong to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) batches: Vec<ArchivedGroup>,
}

/// Of files that this version writes, the only ones that it reads.
pub(crate) const FORMAT: &str = "comfyctl-jobs";
pub(crate) const VERSION: u32 = 1;

/// Jobs that are in memory at once.
const PAGE: i64 = 50;

impl Store {
    /// Writes all jobs, as they stand at one moment; says how many.
    pub(crate) async fn export(
        &self,
        to: &mut (impl AsyncWrite + Unpin + Send),
    ) -> Result<u64, Error> {
        let mut reader = self.reader().await?;
        let begin = match self.kind {
            DatabaseKind::Sqlite => "BEGIN",
            DatabaseKind::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        };
        let mut moment = reader.begin_with(begin).await?;
        let heading = Heading {
            format: FORMAT.to_owned(),
            version: VERSION,
            batches: groups(&mut moment).await?,
        };
        write_line(to, &to_json(&heading)?).await?;
        let (mut written, mut after) = (0, i64::MIN);
        loop {
            let page = page(&mut moment, after).await?;
            let Some(last) = page.last() else { break };
            (written, after) = (written + page.len() as u64, last.number);
            for job in &page {
                write_line(to, &to_json(job)?).await?;
            }
        }
        to.flush().await.map_err(ErrorKind::File)?;
        moment.rollback().await?;
        Ok(written)
    }
}

async fn write_line(to: &mut (impl AsyncWrite + Unpin), line: &str) -> Result<(), Error> {
    to.write_all(line.as_bytes())
        .await
        .map_err(ErrorKind::File)?;
    to.write_all(b"\n").await.map_err(ErrorKind::File)?;
    Ok(())
}

async fn groups(connection: &mut AnyConnection) -> Result<Vec<ArchivedGroup>, Error> {
    let groups = "SELECT group_id, name, created_at, body FROM job_groups
                  ORDER BY created_at, group_id";
    let rows = sqlx::query(groups).fetch_all(connection).await?;
    rows.iter().map(ArchivedGroup::from_row).collect()
}

/// The next few jobs after a number.
async fn page(connection: &mut AnyConnection, after: i64) -> Result<Vec<Archived>, Error> {
    let rows = sqlx::query(concat!(
        "SELECT job_graphs.prompt, job_graphs.editor, job_graphs.overrides, jobs.nodes, ",
        job_columns!(),
        " FROM jobs JOIN job_graphs ON job_graphs.number = jobs.number
          WHERE jobs.number > $1 ORDER BY jobs.number LIMIT $2"
    ))
    .bind(after)
    .bind(PAGE)
    .fetch_all(&mut *connection)
    .await?;
    let mut jobs: Vec<Archived> = rows
        .iter()
        .map(Archived::from_row)
        .collect::<Result<_, _>>()?;
    let (Some(first), Some(last)) = (jobs.first(), jobs.last()) else {
        return Ok(jobs);
    };
    let (first, last) = (first.number, last.number);
    let places: HashMap<i64, usize> = jobs.iter().map(|job| job.number).zip(0..).collect();
    for (sql, part) in PARTS {
        let rows = sqlx::query(*sql).bind(first).bind(last);
        for row in rows.fetch_all(&mut *connection).await? {
            let number: i64 = row.try_get("number")?;
            let Some(job) = places.get(&number).and_then(|place| jobs.get_mut(*place)) else {
                continue;
            };
            match part {
                Part::Event => job.events.push(row::event(&row)?),
                Part::Tag => job.tags.push(row.try_get("tag")?),
                Part::After => job.after.push(row::job_id(row.try_get("job_id")?)?),
            }
        }
    }
    Ok(jobs)
}

/// What belongs to a job and stands in tables of its own.
#[derive(Debug, Clone, Copy)]
enum Part {
    Event,
    Tag,
    After,
}

/// How the parts of a range of jobs are read.
const PARTS: &[(&str, Part)] = &[
    (
        "SELECT number, seq, at, body FROM job_events
         WHERE number >= $1 AND number <= $2 ORDER BY number, seq",
        Part::Event,
    ),
    (
        "SELECT number, tag FROM job_tags
         WHERE number >= $1 AND number <= $2 ORDER BY number, tag",
        Part::Tag,
    ),
    (
        "SELECT job_dependencies.number, jobs.job_id FROM job_dependencies
         JOIN jobs ON jobs.number = job_dependencies.after
         WHERE job_dependencies.number >= $1 AND job_dependencies.number <= $2
         ORDER BY job_dependencies.number, job_dependencies.after",
        Part::After,
    ),
];
