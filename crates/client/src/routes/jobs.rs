//! `/api/jobs`: every execution that a server knows of, in one form whatever its state.
//!
//! Servers without these routes are noticed once; their queue and history tell the same. ComfyUI's
//! "job" is one execution on one server, not the job that the manager keeps.

mod cancel;
mod from_records;

use super::history::HistoryRange;
use crate::client::Client;
use crate::error::Error;
use crate::error_body::ErrorBody;
use crate::ids::PromptId;
use crate::output::Outputs;
use crate::transport::{Call, Whole};
use crate::verdict::{ExecutionError, ExecutionStatus};
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// State of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// It waits.
    Pending,
    /// It runs.
    InProgress,
    /// It ran to its end. ComfyUI also says so of some executions that failed: the verdict of the
    /// history entry is to be trusted.
    Completed,
    /// A node failed.
    Failed,
    /// Someone stopped it.
    Cancelled,
    /// A state that we do not know.
    #[serde(untagged)]
    Other(String),
}

/// One execution. What a state does not have is `None`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JobInfo {
    /// Id of the execution.
    pub id: PromptId,
    /// Its state.
    pub status: JobStatus,
    /// Place in the queue: lower runs first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<f64>,
    /// When it was queued, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_time: Option<i64>,
    /// When it started, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_start_time: Option<i64>,
    /// When it ended, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_end_time: Option<i64>,
    /// What it failed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_error: Option<Box<ExecutionError>>,
    /// How many items it produced, texts not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outputs_count: Option<u64>,
    /// Id of the workflow that it was made from, as the editor wrote it into the metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<String>,
    /// What it produced; only for a single execution that ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outputs: Option<Outputs>,
    /// How it ended, in the server's words; only for a single execution that ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_status: Option<ExecutionStatus>,
    /// `{prompt, extra_data}` as JSON; only for a single execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<Box<RawValue>>,
    /// Fields that we do not know, `preview_output` among them.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Which executions to list, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Only these states; empty means all.
    pub statuses: Vec<JobStatus>,
    /// Only those of this workflow.
    pub workflow_id: Option<String>,
    /// What to sort by.
    pub sort: JobSort,
    /// The smallest first instead of the largest.
    pub ascending: bool,
    /// At most so many; `None` means all, and 0 is refused by servers.
    pub limit: Option<u32>,
    /// How many to skip.
    pub offset: u32,
}

/// What a list of executions is sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum JobSort {
    /// Time of queueing.
    #[default]
    CreatedAt,
    /// How long they ran.
    ExecutionDuration,
}

/// A part of a list of executions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JobPage {
    /// The executions.
    pub jobs: Vec<JobInfo>,
    /// Where they lie in the whole list.
    pub pagination: Pagination,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Where a part lies in the whole list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pagination {
    /// How many were skipped.
    pub offset: u64,
    /// How many were asked for at most.
    pub limit: Option<u64>,
    /// Length of the whole list.
    pub total: u64,
    /// Whether there are more.
    pub has_more: bool,
}

impl JobStatus {
    /// The word that ComfyUI has for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Other(status) => status,
        }
    }
}

impl JobSort {
    fn as_str(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::ExecutionDuration => "execution_duration",
        }
    }
}

impl Client {
    /// Lists executions.
    ///
    /// Also read from queue and history when the list fails with a 500, which a single prompt with
    /// bad metadata brings about until the server forgets it.
    pub async fn jobs(&self, filter: &JobFilter) -> Result<JobPage, Error> {
        if !self.capabilities().no_jobs.is_known() {
            let answer = self.jobs_call(filter).whole().await?;
            if route_is_missing(&answer) {
                self.capabilities().no_jobs.remember();
            } else if answer.status != StatusCode::INTERNAL_SERVER_ERROR {
                return answer.ok()?.parse();
            }
        }
        // In this order: what moves from one to the other meanwhile is seen twice, not missed.
        let queue = self.queue().await?;
        let history = self.history(HistoryRange::All).await?;
        Ok(from_records::page(filter, queue, history))
    }

    fn jobs_call(&self, filter: &JobFilter) -> Call<'_> {
        let statuses: Vec<&str> = filter.statuses.iter().map(JobStatus::as_str).collect();
        let statuses = statuses.join(",");
        let limit = filter.limit.map(|limit| limit.to_string());
        let offset = filter.offset.to_string();
        let sort_order = if filter.ascending { "asc" } else { "desc" };
        let mut query = vec![
            ("sort_by", filter.sort.as_str()),
            ("sort_order", sort_order),
        ];
        if !statuses.is_empty() {
            query.push(("status", &statuses));
        }
        if let Some(id) = &filter.workflow_id {
            query.push(("workflow_id", id));
        }
        if let Some(limit) = &limit {
            query.push(("limit", limit));
        }
        if filter.offset > 0 {
            query.push(("offset", &offset));
        }
        self.get(&["api", "jobs"]).query(query)
    }

    /// One execution. `None` when the server does not know it: never seen, taken out of the queue,
    /// or forgotten by a restart.
    pub async fn job(&self, id: &PromptId) -> Result<Option<JobInfo>, Error> {
        if !self.capabilities().no_jobs.is_known() && id.is_plain() {
            let answer = self.get(&["api", "jobs", id.as_str()]).whole().await?;
            if route_is_missing(&answer) {
                self.capabilities().no_jobs.remember();
            } else if answer.status == StatusCode::NOT_FOUND {
                return Ok(None);
            } else if answer.status != StatusCode::INTERNAL_SERVER_ERROR {
                return answer.ok()?.parse().map(Some);
            }
        }
        if let Some(job) = from_records::queued(self.queue().await?, id) {
            return Ok(Some(job));
        }
        let entry = self.history_entry(id).await?;
        Ok(entry.map(|entry| from_records::ended(id.clone(), entry)))
    }
}

/// Tells a server that has no such route from one that has no such job, which it says in JSON.
fn route_is_missing(answer: &Whole) -> bool {
    matches!(
        answer.status,
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
    ) && ErrorBody::from_slice(&answer.body).json.is_none()
}
