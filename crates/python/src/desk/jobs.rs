//! Jobs for routes and nodes: pages, one, their files, and clearing the history.

use super::job_view;
use super::office::OPEN;
use crate::call::Answer;
use crate::error::Failure;
use crate::manager::not_on_server;
use comfyctl_manager::picture::THUMBNAIL;
use comfyctl_manager::{Code, Job, JobFilter, JobStatus, Limits, Manager, Retention};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

/// Most jobs of a page.
const MOST: u32 = 500;
/// Open jobs that are looked at: all there ever are.
const MOST_OPEN: u32 = 10_000;
/// Time that a server has to stop the jobs that are to be cleared.
const STOPPING: Duration = Duration::from_secs(10);

/// The query of the route, as text.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// One status, `active` for all of jobs that have not ended, or `all`.
    status: Option<String>,
    limit: Option<String>,
    /// Name of the workflow.
    workflow: Option<String>,
    search: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
}

impl Query {
    fn filter(self) -> Result<JobFilter, Failure> {
        let limit = self.limit.as_deref().unwrap_or("50");
        let limit = limit
            .parse()
            .ok()
            .filter(|limit| (1..=MOST).contains(limit));
        let limit = limit.ok_or_else(|| bad(format!("`limit` is a number from 1 to {MOST}")))?;
        let after = self.after.as_deref().map(str::parse).transpose();
        Ok(JobFilter {
            statuses: statuses(self.status.as_deref().unwrap_or("all"))?,
            workflow: self.workflow,
            words: self.search,
            after: after.map_err(bad)?,
            limit,
            ..JobFilter::default()
        })
    }
}

fn statuses(word: &str) -> Result<Vec<JobStatus>, Failure> {
    match word {
        "all" => Ok(Vec::new()),
        "active" => Ok(OPEN.to_vec()),
        word => Ok(vec![word.parse().map_err(bad)?]),
    }
}

/// What was asked for cannot be.
pub(super) fn bad(message: String) -> Failure {
    Failure::Told {
        code: Code::InvalidOverride,
        message,
        hint: None,
    }
}

pub(super) async fn list(manager: &Manager, query: Query) -> Result<Answer, Failure> {
    let page = manager.jobs(&query.filter()?).await?;
    let jobs: Vec<_> = page.jobs.iter().map(job_view::view).collect();
    Answer::json(&json!({
        "success": true,
        "count": jobs.len(),
        "jobs": jobs,
        "next": page.next.map(|next| next.to_string()),
    }))
}

pub(super) async fn one(manager: &Manager, id: &str) -> Result<Answer, Failure> {
    let job = manager.job(id).await?;
    let mut view = job_view::view(&job);
    if let Some(overrides) = manager.report(&job).await?.overrides {
        view["inputs"] = overrides;
    }
    Answer::json(&json!({ "success": true, "job": view }))
}

/// Removes all that has ended. Where nothing is kept, what has not ended is stopped first, and given up
/// on where its server does not answer.
pub(super) async fn clear(manager: &Manager, keep_active: bool) -> Result<Answer, Failure> {
    if !keep_active {
        stop_all(manager).await?;
    }
    let everything = Retention {
        max_jobs: Some(0),
        ..Retention::default()
    };
    let removed = manager.clean_up(everything).await?;
    let mut answer = json!(removed);
    answer["success"] = true.into();
    Ok(Answer::Json(answer))
}

/// All jobs that have not ended, newest first.
pub(super) async fn open_jobs(manager: &Manager) -> Result<Vec<Job>, Failure> {
    let open = JobFilter {
        statuses: OPEN.to_vec(),
        limit: MOST_OPEN,
        ..JobFilter::default()
    };
    Ok(manager.jobs(&open).await?.jobs)
}

/// Removes what the settings no longer keep.
pub(super) async fn tidy(manager: &Manager) -> Result<(), Failure> {
    if let Some(retention) = manager.retention() {
        manager.clean_up(retention).await?;
    }
    Ok(())
}

async fn stop_all(manager: &Manager) -> Result<(), Failure> {
    let mut stopping = Vec::new();
    for job in open_jobs(manager).await? {
        if manager.cancel(job.job_id).await?.is_none() {
            stopping.push(job.job_id);
        }
    }
    let limits = Limits::default();
    let ends = stopping
        .into_iter()
        .map(|id| manager.follow(id, &limits, &|_| {}));
    let all = futures_util::future::join_all(ends);
    // Those that a server holds on to stay in the history.
    let _ = tokio::time::timeout(STOPPING, all).await;
    Ok(())
}

/// The bytes of an output file, or a small picture of it.
pub(super) async fn output(
    manager: &Manager,
    id: &str,
    index: usize,
    preview: bool,
) -> Result<Answer, Failure> {
    let job = manager.job(id).await?;
    if !preview {
        return Ok(Answer::Bytes(manager.output_bytes(&job, index).await?));
    }
    let picture = manager.output_picture(&job, index, THUMBNAIL).await?;
    let none = || not_on_server("picture among the outputs", &index.to_string());
    Ok(Answer::Bytes(picture.ok_or_else(none)?))
}
