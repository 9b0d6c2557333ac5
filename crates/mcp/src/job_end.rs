//! Runs a workflow for a tool and tells how it ended: what `execute_workflow` and its relatives give
//! back.

use crate::answer::Answer;
use crate::backend::Backend;
use crate::call::Call;
use crate::failure::Failure;
use crate::follow::{self, Submitted};
use crate::job_view;
use crate::preview;
use crate::progress;
use crate::task;
use comfyctl_manager::picture::is_picture;
use comfyctl_manager::{
    Changes, Code, ConnectionChoice, Job, JobId, JobStatus, Request, Run, RunEnd, Terms, Workflow,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use std::time::Duration;

/// What became of a job.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct JobEnd {
    job_id: String,
    prompt_id: String,
    status: &'static str,
    /// By node and kind.
    outputs: Map<String, Value>,
    image_count: usize,
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    /// What to do now.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// How a job is waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waiting {
    /// Whether at all.
    pub(crate) for_end: bool,
    /// Seconds.
    pub(crate) timeout: f64,
    /// Pixels of a side; 0 for none.
    pub(crate) preview_size: u32,
}

/// The longest wait that is given when none is.
pub(crate) const TIMEOUT: f64 = 600.0;

pub(crate) fn default_timeout() -> f64 {
    TIMEOUT
}

pub(crate) fn default_preview() -> u32 {
    preview::SIZE
}

pub(crate) fn yes() -> bool {
    true
}

/// Runs a workflow and waits as asked for.
pub(crate) async fn run(
    workflow: Workflow,
    connection: ConnectionChoice,
    changes: Changes,
    waiting: Waiting,
    call: &Call,
) -> Result<Answer<JobEnd>, Failure> {
    let request = Request {
        workflow,
        changes,
        connection,
        terms: Terms {
            policy: call.manager.usual_policy(),
            ..Terms::default()
        },
    };
    let submitted = follow::submit(request, call).await?;
    until_told(submitted, waiting, call).await
}

/// Waits as asked for for a job that was submitted just now. A client that knows tasks gets one, and
/// asks for the end when it likes.
pub(crate) async fn until_told(
    submitted: Submitted,
    waiting: Waiting,
    call: &Call,
) -> Result<Answer<JobEnd>, Failure> {
    if waiting.for_end && call.knows_tasks() {
        call.manager.look_after(submitted.job_id).await?;
        let job = call.manager.job(&submitted.job_id.to_string()).await?;
        return Ok(Answer::from(JobEnd::from(&job)).later(task::of(&job)));
    }
    let run = if waiting.for_end {
        follow::until_ended(submitted.job_id, duration(waiting.timeout)?, call).await
    } else {
        follow::until_queued(submitted.job_id, call).await
    };
    let run = run.map_err(|failure| known_by(submitted.job_id, failure))?;
    Ok(answer(run, submitted, waiting.preview_size, call).await)
}

/// Waits for a job that was submitted before.
pub(crate) async fn wait_for(
    job_id: JobId,
    waiting: Waiting,
    call: &Call,
) -> Result<Answer<JobEnd>, Failure> {
    let run = follow::until_ended(job_id, duration(waiting.timeout)?, call).await?;
    let submitted = Submitted {
        job_id,
        seed: None,
        warnings: Vec::new(),
    };
    Ok(answer(run, submitted, waiting.preview_size, call).await)
}

/// What a call would have given that waited for a job which has ended now.
pub(crate) async fn of_ended(job: Job, backend: &Backend) -> Answer<JobEnd> {
    let submitted = Submitted {
        job_id: job.job_id,
        seed: None,
        warnings: Vec::new(),
    };
    let run = Run {
        job,
        end: RunEnd::Ended,
        seed: None,
    };
    answer(run, submitted, preview::SIZE, backend).await
}

async fn answer(
    run: Run,
    submitted: Submitted,
    preview_size: u32,
    backend: &Backend,
) -> Answer<JobEnd> {
    let failure = failure(&run);
    let content = if run.job.status.is_final() {
        preview::of_job(&run.job, preview_size, backend).await
    } else {
        Vec::new()
    };
    let Submitted { seed, warnings, .. } = submitted;
    let end = JobEnd {
        seed,
        warnings,
        next: next(&run),
        ..JobEnd::from(&run.job)
    };
    Answer::from(end).failed(failure).with(content)
}

impl From<&Job> for JobEnd {
    fn from(job: &Job) -> Self {
        let files = job
            .outputs
            .iter()
            .filter_map(comfyctl_manager::Output::file);
        Self {
            job_id: job.job_id.to_string(),
            prompt_id: job.prompt_id.clone(),
            status: job.status.as_str(),
            outputs: job_view::outputs(job),
            image_count: files.filter(|file| is_picture(&file.filename)).count(),
            error: None,
            duration: job.duration_seconds,
            seed: None,
            warnings: Vec::new(),
            next: None,
        }
    }
}

/// Why a run is a failure; one that goes on is none.
fn failure(run: &Run) -> Option<Failure> {
    match (run.job.status, follow::trouble(&run.end), &run.job.error) {
        (JobStatus::Failed | JobStatus::Cancelled, _, Some(error)) => Some(error.clone().into()),
        (JobStatus::Failed, ..) => Some(Failure::new(Code::NodeError.as_str(), "the job failed")),
        (JobStatus::Cancelled, ..) => Some(Failure::new(
            Code::Cancelled.as_str(),
            "the job was cancelled",
        )),
        (_, Some(error), _) => {
            let goes_on = format!(
                "the job may go on there: ask get_job_status {}",
                run.job.job_id
            );
            Some(Failure::from(error.clone()).with_hint(goes_on))
        }
        _ => None,
    }
}

/// What to do about a job that goes on.
fn next(run: &Run) -> Option<String> {
    let id = run.job.job_id;
    match &run.end {
        _ if run.job.status.is_final() => None,
        RunEnd::Pending(reason) => {
            Some(format!("it waits ({reason}); wait_for_job {id} follows it"))
        }
        _ => Some(format!(
            "{}; call wait_for_job with job_id {id}",
            progress::of(&run.job)
        )),
    }
}

fn known_by(job_id: JobId, failure: Failure) -> Failure {
    match failure.hint {
        Some(_) => failure,
        None => failure.with_hint(format!("job {job_id} was stored: ask get_job_status")),
    }
}

pub(crate) fn duration(seconds: f64) -> Result<Duration, Failure> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| Failure::invalid("`timeout`: a number of seconds is expected, 0 or more"))
}
