//! Groups: jobs that were submitted together, and how far they are.

use crate::error::{Error, ErrorKind};
use crate::job::{JobId, JobStatus};
use crate::store::Store;
use crate::store::row;
use crate::store::submit::{NewJob, submit};
use crate::store::turn::Turn;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::sync::Arc;

/// A group as it is first stored.
#[derive(Debug, Clone)]
pub(crate) struct NewGroup {
    pub(crate) group_id: String,
    pub(crate) name: String,
    /// What its jobs vary, as JSON.
    pub(crate) sweeps: String,
}

/// Jobs that were submitted together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// Its id.
    pub group_id: String,
    /// What it is called; no two groups are called the same.
    pub name: String,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// What its jobs vary: names with the values that they take.
    pub sweeps: Value,
    /// How its jobs stand.
    #[serde(flatten)]
    pub counts: GroupCounts,
}

/// How many jobs of a group stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct GroupCounts {
    /// Not sent yet; those that are held count too.
    pub pending: u64,
    /// In the queue of a server.
    pub queued: u64,
    /// Being executed.
    pub running: u64,
    /// Ended well.
    pub completed: u64,
    /// Ended with an error.
    pub failed: u64,
    /// Ended because someone wanted it to.
    pub cancelled: u64,
}

impl GroupCounts {
    /// Those that have ended.
    pub fn ended(&self) -> u64 {
        self.completed + self.failed + self.cancelled
    }

    /// All that are still in the history.
    pub fn total(&self) -> u64 {
        self.ended() + self.pending + self.queued + self.running
    }

    fn add(&mut self, status: JobStatus, count: u64) {
        let place = match status {
            JobStatus::Pending => &mut self.pending,
            JobStatus::Queued => &mut self.queued,
            JobStatus::Running => &mut self.running,
            JobStatus::Completed => &mut self.completed,
            JobStatus::Failed => &mut self.failed,
            JobStatus::Cancelled => &mut self.cancelled,
        };
        *place += count;
    }
}

impl Store {
    /// Stores a group with its jobs, all or none. Its name must be free.
    pub(crate) async fn submit_group(
        &self,
        group: NewGroup,
        jobs: Vec<NewJob>,
    ) -> Result<(), Error> {
        let both = Arc::new((group, jobs));
        self.writer
            .write(move |turn| {
                let both = Arc::clone(&both);
                Box::pin(async move { submit_group(turn, &both.0, &both.1).await })
            })
            .await
    }

    /// The groups, newest first, with how their jobs stand.
    pub(crate) async fn groups(&self, limit: u32) -> Result<Vec<Group>, Error> {
        let rows = sqlx::query(
            "SELECT group_id, name, created_at, body FROM job_groups
             ORDER BY created_at DESC, group_id DESC LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let mut groups = Vec::with_capacity(rows.len());
        for row in &rows {
            groups.push(self.counted(row).await?);
        }
        Ok(groups)
    }

    /// The groups of that name, or whose id starts like that: at most two.
    pub(crate) async fn groups_called(&self, name: &str) -> Result<Vec<Group>, Error> {
        let prefix = name.to_lowercase();
        let rows = sqlx::query(
            "SELECT group_id, name, created_at, body FROM job_groups
             WHERE name = $1 OR (group_id >= $2 AND group_id <= $3)
             ORDER BY CASE WHEN name = $1 THEN 0 ELSE 1 END LIMIT 2",
        )
        .bind(name)
        .bind(&prefix)
        .bind(format!("{prefix}g"))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let mut groups = Vec::with_capacity(rows.len());
        for row in &rows {
            groups.push(self.counted(row).await?);
        }
        Ok(groups)
    }

    /// How the jobs of a group stand.
    pub(crate) async fn group_counts(&self, group_id: &str) -> Result<GroupCounts, Error> {
        let rows = sqlx::query(
            "SELECT status, count(*) AS jobs FROM jobs WHERE group_id = $1 GROUP BY status",
        )
        .bind(group_id)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let mut counts = GroupCounts::default();
        for row in &rows {
            let jobs: i64 = row.try_get("jobs")?;
            counts.add(row::status(row)?, jobs.unsigned_abs());
        }
        Ok(counts)
    }

    /// The next jobs of a group that need looking after: those that were sent first, then those that
    /// are to be sent, in their order.
    pub(crate) async fn open_of_group(
        &self,
        group_id: &str,
        limit: u32,
    ) -> Result<Vec<JobId>, Error> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT job_id FROM jobs
             WHERE group_id = $1 AND (finished_at IS NULL OR unsaved = 1) AND held = 0
             ORDER BY CASE WHEN posts > 0 THEN 0 ELSE 1 END, priority DESC, group_index LIMIT $2",
        )
        .bind(group_id)
        .bind(i64::from(limit))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        ids.iter().map(|id| row::job_id(id)).collect()
    }

    async fn counted(&self, row: &AnyRow) -> Result<Group, Error> {
        let group_id: String = row.try_get("group_id")?;
        Ok(Group {
            counts: self.group_counts(&group_id).await?,
            group_id,
            name: row.try_get("name")?,
            created_at: row::time(row, "created_at")?.unwrap_or_default(),
            sweeps: row::from_json(row.try_get("body")?)?,
        })
    }
}

async fn submit_group(turn: &mut Turn<'_>, group: &NewGroup, jobs: &[NewJob]) -> Result<(), Error> {
    let taken: Option<String> =
        sqlx::query_scalar("SELECT group_id FROM job_groups WHERE name = $1")
            .bind(&group.name)
            .fetch_optional(&mut *turn.connection)
            .await?;
    if taken.is_some() {
        return Err(ErrorKind::BatchNameTaken(group.name.clone()).into());
    }
    sqlx::query(
        "INSERT INTO job_groups (group_id, name, created_at, body) VALUES ($1, $2, $3, $4)",
    )
    .bind(&group.group_id)
    .bind(&group.name)
    .bind(turn.now_ms())
    .bind(&group.sweeps)
    .execute(&mut *turn.connection)
    .await?;
    for job in jobs {
        submit(turn, job).await?;
    }
    Ok(())
}
