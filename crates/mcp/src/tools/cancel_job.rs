//! `cancel_job`: stops a job that waits or runs, whoever submitted it.

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::tool::{Effect, Tool};
use comfyctl_client::PromptId;
use comfyctl_manager::{Code, JobId, JobStatus, Limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) struct CancelJob;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    /// Or the id of the job.
    prompt_id: String,
    connection: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    prompt_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
}

impl Tool for CancelJob {
    const NAME: &'static str = "cancel_job";
    const DESCRIPTION: &'static str = "Stop a job that waits or runs.";
    const EFFECT: Effect = Effect::Destroys;
    type Input = Input;
    type Output = Output;

    async fn call(input: Input, call: Call) -> Result<Answer<Output>, Failure> {
        let id = input.prompt_id.trim();
        if id.is_empty() {
            return Err(Failure::invalid("`prompt_id` is empty"));
        }
        match call.manager.job(id).await {
            Ok(job) if job.status.is_final() => Err(ended(id, job.status)),
            Ok(job) => cancel(job.job_id, &call).await,
            Err(error) if error.code() == Code::NotFound => {
                cancel_foreign(id, input.connection.as_deref(), &call).await
            }
            Err(error) => Err(error.into()),
        }
    }
}

async fn cancel(job_id: JobId, call: &Call) -> Result<Answer<Output>, Failure> {
    if call.manager.cancel(job_id).await?.is_none() {
        let limits = Limits {
            leave: call.closing.child_token(),
            ..Limits::default()
        };
        let following = Box::pin(call.manager.follow(job_id, &limits, &|_| ()));
        // The server stops at its next check, which may take long; the wish stands.
        if let Ok(run) = tokio::time::timeout(call.wait_without_progress, following).await {
            run?;
        }
    }
    let job = call.manager.job(&job_id.to_string()).await?;
    if matches!(job.status, JobStatus::Completed | JobStatus::Failed) {
        return Err(ended(&job.prompt_id, job.status));
    }
    Ok(Answer::from(Output {
        prompt_id: job.prompt_id,
        status: Some(job.status.as_str()),
    }))
}

/// One that is not in the history: of another program.
async fn cancel_foreign(
    id: &str,
    connection: Option<&str>,
    call: &Call,
) -> Result<Answer<Output>, Failure> {
    let server = call.server(connection)?;
    if !server.client().cancel(&PromptId::new(id)).await? {
        return Err(Failure::not_found(format!("no job `{id}` runs or waits"))
            .with_hint("get_queue_status and get_job_history list what there is"));
    }
    Ok(Answer::from(Output {
        prompt_id: id.to_owned(),
        status: None,
    }))
}

fn ended(id: &str, status: JobStatus) -> Failure {
    let message = format!("job `{id}` has ended already: it is {status}");
    Failure::new(Code::Conflict.as_str(), message)
}
