//! Jobs from a file: those that are not there yet are added, the others are left as they are.

use crate::error::{Error, ErrorKind};
use crate::job::JobId;
use crate::store::Store;
use crate::store::archive::{Archived, ArchivedGroup};
use crate::store::end::count;
use crate::store::export::{FORMAT, Heading, VERSION};
use crate::store::row::{job_columns, to_json};
use crate::store::submit::insert_text;
use crate::store::tags::insert_tag;
use crate::store::turn::Turn;
use crate::store::words::words_of;
use serde::Serialize;
use std::sync::Arc;
use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// What came of an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Jobs that were added.
    pub added: u64,
    /// Jobs that were there before.
    pub skipped: u64,
}

/// Jobs that are added at once.
const BATCH: usize = 100;

impl Store {
    /// Adds the jobs of a file that [`Store::export`] wrote. Those that no server has yet come in
    /// held: nothing is sent that nobody here asked for. A damaged line ends the import; the lines
    /// before it are in.
    pub(crate) async fn import(
        &self,
        from: &mut (impl AsyncBufRead + Unpin + Send),
    ) -> Result<Imported, Error> {
        let mut imported = Imported::default();
        let (mut number, mut text, mut batch) = (0, Vec::new(), Vec::new());
        loop {
            text.clear();
            let length = from.read_until(b'\n', &mut text).await;
            if length.map_err(ErrorKind::File)? == 0 {
                break;
            }
            number += 1;
            let read = match number {
                1 => match heading(&text) {
                    Ok(batches) => {
                        self.add_groups(batches).await?;
                        Ok(None)
                    }
                    Err(what) => Err(what),
                },
                _ => job(&text).map(Some),
            };
            match read {
                Ok(job) => batch.extend(job),
                Err(what) => {
                    self.add(&mut imported, batch).await?;
                    let line = number;
                    return Err(ErrorKind::Import { line, what }.into());
                }
            }
            if batch.len() >= BATCH {
                self.add(&mut imported, std::mem::take(&mut batch)).await?;
            }
        }
        self.add(&mut imported, batch).await?;
        Ok(imported)
    }

    /// Adds those of the batches that are not there. One without jobs goes at the next clean-up.
    async fn add_groups(&self, groups: Vec<ArchivedGroup>) -> Result<(), Error> {
        let groups: Arc<[ArchivedGroup]> = groups.into();
        self.writer
            .write(move |turn| {
                let groups = Arc::clone(&groups);
                Box::pin(async move {
                    for group in groups.iter() {
                        add_group(turn, group).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Adds those of the jobs that are not there.
    pub(super) async fn add(
        &self,
        imported: &mut Imported,
        jobs: Vec<Archived>,
    ) -> Result<(), Error> {
        if jobs.is_empty() {
            return Ok(());
        }
        let jobs: Arc<[Archived]> = jobs.into();
        let total = jobs.len() as u64;
        let added = self.writer.write(move |turn| {
            let jobs = Arc::clone(&jobs);
            Box::pin(async move {
                let mut added = 0;
                for job in jobs.iter() {
                    added += u64::from(add(turn, job).await?);
                }
                Ok(added)
            })
        });
        let added = added.await?;
        imported.added += added;
        imported.skipped += total - added;
        Ok(())
    }
}

/// The batches that the file has jobs of.
fn heading(line: &[u8]) -> Result<Vec<ArchivedGroup>, String> {
    let heading: Heading =
        serde_json::from_slice(line).map_err(|_| "the file holds no exported jobs".to_owned())?;
    if heading.format != FORMAT {
        return Err(format!("the file holds `{}`, not jobs", heading.format));
    }
    if heading.version != VERSION {
        let theirs = heading.version;
        return Err(format!(
            "the file is of version {theirs}; this program reads {VERSION}"
        ));
    }
    Ok(heading.batches)
}

fn job(line: &[u8]) -> Result<Archived, String> {
    let mut job: Archived = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    if let Some(contradiction) = job.contradiction() {
        return Err(format!("job {}: {contradiction}", job.job_id));
    }
    job.hold_if_waiting();
    Ok(job)
}

/// No two batches are called the same: where the name is taken, the start of the id is added to it.
async fn add_group(turn: &mut Turn<'_>, group: &ArchivedGroup) -> Result<(), Error> {
    let id = &group.group_id;
    sqlx::query(
        "INSERT INTO job_groups (group_id, name, created_at, body)
         VALUES ($1, CASE WHEN EXISTS (SELECT 1 FROM job_groups WHERE name = $2) THEN $3 ELSE $2 END,
                 $4, $5)
         ON CONFLICT (group_id) DO NOTHING",
    )
    .bind(id)
    .bind(&group.name)
    .bind(format!("{} ({})", group.name, id.get(..13).unwrap_or(id)))
    .bind(group.created_at)
    .bind(group.sweeps.get())
    .execute(&mut *turn.connection)
    .await?;
    Ok(())
}

/// Adds a job unless it is there; whether it was not.
pub(super) async fn add(turn: &mut Turn<'_>, job: &Archived) -> Result<bool, Error> {
    if number_of(turn, job.job_id).await?.is_some() {
        return Ok(false);
    }
    let number = insert(turn, job).await?;
    sqlx::query(
        "INSERT INTO job_graphs (number, prompt, editor, overrides) VALUES ($1, $2, $3, $4)",
    )
    .bind(number)
    .bind(job.prompt.get())
    .bind(job.editor.as_ref().map(|graph| graph.get()))
    .bind(job.overrides.as_ref().map(|changes| changes.get()))
    .execute(&mut *turn.connection)
    .await?;
    let words = words_of(job.workflow_name.as_deref(), job.prompt.get());
    insert_text(turn, number, &words).await?;
    for event in &job.events {
        turn.insert_event(number, event.seq, event.at, &event.change)
            .await?;
    }
    for tag in &job.tags {
        insert_tag(turn, number, tag).await?;
    }
    for after in &job.after {
        // One that is not there was removed after it had ended.
        if let Some(after) = number_of(turn, *after).await? {
            sqlx::query("INSERT INTO job_dependencies (number, after) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .bind(number)
                .bind(after)
                .execute(&mut *turn.connection)
                .await?;
        }
    }
    turn.touched.push(job.job_id);
    Ok(true)
}

async fn number_of(turn: &mut Turn<'_>, id: JobId) -> Result<Option<i64>, Error> {
    let number = sqlx::query_scalar("SELECT number FROM jobs WHERE job_id = $1")
        .bind(id.to_string())
        .fetch_optional(&mut *turn.connection);
    Ok(number.await?)
}

/// Gives back its place in the history, the next one that is free. A key that another job has by now
/// stays with that.
async fn insert(turn: &mut Turn<'_>, job: &Archived) -> Result<i64, Error> {
    let (group_id, group_index) = match &job.group {
        Some(group) => (Some(group.group_id.as_str()), Some(i64::from(group.index))),
        None => (None, None),
    };
    let json = (
        to_json(&job.placement)?,
        to_json(&job.policy)?,
        job.progress.as_ref().map(to_json).transpose()?,
        to_json(&job.outputs)?,
        job.error.as_ref().map(to_json).transpose()?,
        job.nodes.as_ref().map(to_json).transpose()?,
    );
    for number in job.number.. {
        let inserted = sqlx::query(INSERT)
            .bind(number)
            .bind(job.job_id.to_string())
            .bind(&job.prompt_id)
            .bind(job.status.as_str())
            .bind(job.workflow_name.as_deref())
            .bind(&job.source)
            .bind(&job.submitted_by)
            .bind(&json.0)
            .bind(job.connection.as_deref())
            .bind(job.server_url.as_deref())
            .bind(job.client_id.as_deref())
            .bind(&json.1)
            .bind(job.priority)
            .bind(i64::from(job.held))
            .bind(job.ready_at)
            .bind(job.idempotency_key.as_deref())
            .bind(group_id)
            .bind(group_index)
            .bind(i64::from(job.attempts))
            .bind(i64::from(job.posts))
            .bind(i64::from(job.retries))
            .bind(i64::from(job.cancel_requested))
            .bind(job.event_seq.stored())
            .bind(json.2.as_deref())
            .bind(&json.3)
            .bind(job.output_folder.as_deref())
            .bind(i64::from(job.unsaved))
            .bind(json.4.as_deref())
            .bind(json.5.as_deref())
            .bind(job.queued_at)
            .bind(job.started_at)
            .bind(job.finished_at)
            .bind(job.duration_ms)
            .bind(job.rerun_of.map(|id| id.to_string()))
            .fetch_optional(&mut *turn.connection)
            .await?;
        if let Some(row) = inserted {
            if job.finished_at.is_some() {
                count(&mut turn.tally, &row)?;
            }
            return Ok(number);
        }
    }
    Err(crate::store::corrupt(
        "a job without a free place".to_owned(),
    ))
}

const INSERT: &str = concat!(
    "INSERT INTO jobs (number, job_id, prompt_id, status, workflow_name, source, submitted_by,
                       placement, connection, server_url, client_id, policy, priority, held,
                       ready_at, idempotency_key, group_id, group_index, attempts, posts, retries,
                       cancel_requested, event_seq, progress, outputs, output_folder, unsaved, error,
                       nodes, queued_at, started_at, finished_at, duration_ms, rerun_of)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
             CASE WHEN EXISTS (SELECT 1 FROM jobs WHERE idempotency_key = $16) THEN NULL ELSE $16 END,
             $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34)
     ON CONFLICT (number) DO NOTHING
     RETURNING jobs.nodes, ",
    job_columns!()
);
