//! `get_job_status`: all that is known of a job.

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::job_view;
use crate::tool::{Effect, Tool};
use comfyctl_manager::Job;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::debug;

pub(super) struct GetJobStatus;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    /// Or the start of it.
    job_id: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    #[schemars(with = "serde_json::Map<String, Value>")]
    job: Value,
}

impl Tool for GetJobStatus {
    const NAME: &'static str = "get_job_status";
    const DESCRIPTION: &'static str = "A job: status, progress, outputs, error with node and hint.";
    const EFFECT: Effect = Effect::Reads;
    type Input = Input;
    type Output = Output;

    async fn call(input: Input, call: Call) -> Result<Answer<Output>, Failure> {
        let job = find(&input.job_id, &call).await?;
        let job = refreshed(job, &call).await;
        let tags = call.manager.tags(job.job_id).await?;
        let inputs = call.manager.overrides_of(&job).await?;
        let job = job_view::whole(&job, inputs.as_ref(), &tags);
        Ok(Answer::from(Output { job }))
    }
}

/// A job by its id or the start of it.
pub(super) async fn find(id: &str, call: &Call) -> Result<Job, Failure> {
    let id = id.trim();
    if id.is_empty() {
        return Err(Failure::invalid("`job_id` is empty"));
    }
    let job = call.manager.job(id).await.map_err(Failure::from);
    job.map_err(|failure| match failure.hint {
        None => failure.with_hint("get_job_history lists the jobs"),
        Some(_) => failure,
    })
}

/// An open job that nobody follows is asked about; what was recorded will do where nobody answers.
async fn refreshed(job: Job, call: &Call) -> Job {
    if job.status.is_final() {
        return job;
    }
    let refreshing = async {
        let server = call.manager.server_of(&job)?;
        Box::pin(call.manager.refresh(&server, &job)).await
    };
    match refreshing.await {
        Ok(Some(fresh)) => fresh,
        Ok(None) => job,
        Err(error) => {
            debug!(%error, job.id = %job.job_id, "the server was not asked how the job stands");
            job
        }
    }
}
