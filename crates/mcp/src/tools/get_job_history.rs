//! `get_job_history`: jobs of all faces, newest first, each in a line.

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::job_view;
use crate::tool::{Effect, Tool};
use comfyctl_manager::{JobFilter, JobStatus};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) struct GetJobHistory;

/// Most jobs of a page.
const MOST: u32 = 200;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    /// pending, queued, running, completed, failed or cancelled
    status: Option<String>,
    workflow_name: Option<String>,
    /// Words of the prompt or workflow.
    search: Option<String>,
    #[serde(default = "limit")]
    limit: u32,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

fn limit() -> u32 {
    50
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    count: usize,
    jobs: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

impl Tool for GetJobHistory {
    const NAME: &'static str = "get_job_history";
    const DESCRIPTION: &'static str =
        "Jobs, newest first. get_job_status has the outputs of one, wait_for_job its images.";
    const EFFECT: Effect = Effect::Reads;
    const OPEN_WORLD: bool = false;
    type Input = Input;
    type Output = Output;

    async fn call(input: Input, call: Call) -> Result<Answer<Output>, Failure> {
        let filter = JobFilter {
            statuses: statuses(input.status.as_deref())?,
            workflow: input.workflow_name,
            words: input.search,
            after: input
                .cursor
                .map(|text| text.parse())
                .transpose()
                .map_err(Failure::invalid)?,
            limit: input.limit.clamp(1, MOST),
            ..JobFilter::default()
        };
        let page = call.manager.jobs(&filter).await?;
        let jobs: Vec<Value> = page.jobs.iter().map(job_view::line).collect();
        Ok(Answer::from(Output {
            count: jobs.len(),
            jobs,
            next_cursor: page.next.map(|cursor| cursor.to_string()),
        }))
    }
}

/// One status; none and `all` are any.
fn statuses(status: Option<&str>) -> Result<Vec<JobStatus>, Failure> {
    let Some(name) = status.filter(|name| !["", "all"].contains(name)) else {
        return Ok(Vec::new());
    };
    match name.parse() {
        Ok(status) => Ok(vec![status]),
        Err(message) => {
            let known = JobStatus::ALL.map(JobStatus::as_str);
            let otherwise = format!("statuses are {}", known.join(", "));
            Err(Failure::invalid(message).with_nearest(name, known, &otherwise))
        }
    }
}
