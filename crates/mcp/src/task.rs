//! Jobs as tasks of the protocol (SEP-2663): the id of a task is that of its job, so that tasks
//! outlive this process and are known to all faces.
//!
//! Called by [`crate::service`]. A client that declares that it knows tasks gets one for each call
//! that would wait for a job.

use crate::backend::Backend;
use crate::failure::Failure;
use crate::job_end;
use crate::progress;
use comfyctl_manager::{Code, Job, JobStatus};
use rmcp::model::{DetailedTask, ErrorData, GetTaskResult, Task, TaskPayload, TaskStatus};
use serde_json::Value;

/// Milliseconds between two questions of a client.
const POLL: u64 = 1000;

/// The task of a job, as it stands.
pub(crate) fn of(job: &Job) -> Task {
    let latest = job.finished_at.or(job.started_at).unwrap_or(job.created_at);
    let status = match job.status {
        JobStatus::Completed | JobStatus::Failed => TaskStatus::Completed,
        JobStatus::Cancelled => TaskStatus::Cancelled,
        _ => TaskStatus::Working,
    };
    let created = job.created_at.to_string();
    Task::new(job.job_id.to_string(), status, created, latest.to_string())
        .with_status_message(progress::of(job))
        .with_poll_interval_ms(POLL)
}

/// How a task stands, with its result once there is one.
pub(crate) async fn get(id: &str, backend: &Backend) -> Result<GetTaskResult, ErrorData> {
    let job = find(id, backend).await?;
    let task = of(&job);
    let payload = match task.status {
        TaskStatus::Cancelled => TaskPayload::Cancelled,
        TaskStatus::Completed => {
            let answer = job_end::of_ended(job, backend).await;
            let result = serde_json::to_value(answer.into_result());
            let Ok(Value::Object(result)) = result else {
                return Err(ErrorData::internal_error("the result is no object", None));
            };
            TaskPayload::Completed { result }
        }
        _ => TaskPayload::Working,
    };
    Ok(GetTaskResult::new(DetailedTask::new(task, payload)))
}

/// Cancels the job of a task. One that has ended stays as it is.
pub(crate) async fn cancel(id: &str, backend: &Backend) -> Result<(), ErrorData> {
    let job = find(id, backend).await?;
    if job.status.is_final() {
        return Ok(());
    }
    let cancelling = async {
        if backend.manager.cancel(job.job_id).await?.is_none() {
            // Whoever looks after it cancels it on the server.
            backend.manager.look_after(job.job_id).await?;
        }
        Ok(())
    };
    cancelling.await.map_err(|error: comfyctl_manager::Error| {
        ErrorData::internal_error(Failure::from(error).message, None)
    })
}

/// The job of a task: by its whole id, which only who was given it knows.
pub(crate) async fn find(id: &str, backend: &Backend) -> Result<Job, ErrorData> {
    let unknown = || ErrorData::invalid_params(format!("there is no task `{id}`"), None);
    match backend.manager.job(id).await {
        Ok(job) if job.job_id.to_string() == id => Ok(job),
        Err(error) if error.code() != Code::NotFound => Err(ErrorData::internal_error(
            Failure::from(error).message,
            None,
        )),
        _ => Err(unknown()),
    }
}
