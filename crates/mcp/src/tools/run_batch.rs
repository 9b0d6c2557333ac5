//! `run_batch`: a workflow with many values.

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::job_end;
use crate::job_view;
use crate::json_text::{ObjectOrText, WorkflowText};
use crate::progress::Reporter;
use crate::tool::{Effect, Tool};
use crate::workflow_source;
use comfyctl_manager::{
    BatchRequest, Changes, Error, Group, GroupCounts, Job, JobFilter, JobStatus, Limits, Sweep,
    Terms,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Most jobs that are listed.
const LISTED: u32 = 50;

pub(super) struct RunBatch;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    workflow_json: Option<WorkflowText>,
    /// By selector or parameter: `{"3.seed": "1..8", "6.text": ["a", "b"]}`.
    sweeps: Option<ObjectOrText>,
    /// Pair the values instead of combining all.
    #[serde(default)]
    zip: bool,
    connection: Option<String>,
    /// Instead of a workflow: the name of a batch to wait for.
    batch: Option<String>,
    #[serde(default = "job_end::default_timeout")]
    timeout: f64,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    batch: String,
    /// By status.
    counts: Map<String, Value>,
    jobs: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl Tool for RunBatch {
    const NAME: &'static str = "run_batch";
    const DESCRIPTION: &'static str =
        "Run a workflow once for each combination of values. wait_for_job has the images of a job.";
    const EFFECT: Effect = Effect::Adds;
    type Input = Input;
    type Output = Output;

    async fn call(input: Input, call: Call) -> Result<Answer<Output>, Failure> {
        let timeout = job_end::duration(input.timeout)?;
        let group = match (&input.batch, input.workflow_json) {
            (Some(batch), None) => call.manager.batch(batch).await?,
            (None, Some(workflow)) => {
                let sweeps = input.sweeps.unwrap_or_default().0;
                let connection = input.connection.as_deref();
                submit(workflow, sweeps, input.zip, connection, &call).await?
            }
            _ => {
                let message = "either `workflow_json` with `sweeps`, or `batch`";
                return Err(Failure::invalid(message));
            }
        };
        follow(&group, timeout, &call).await?;
        let group = call.manager.batch(&group.group_id).await?;
        Ok(Answer::from(view(&group, &call).await?))
    }
}

async fn submit(
    workflow: WorkflowText,
    sweeps: Map<String, Value>,
    zip: bool,
    connection: Option<&str>,
    call: &Call,
) -> Result<Group, Failure> {
    let request = BatchRequest {
        workflow: workflow_source::read(workflow, connection, call).await?,
        connection: call.choice(connection),
        changes: Changes::default(),
        terms: Terms {
            policy: call.manager.usual_policy(),
            ..Terms::default()
        },
        sweeps: sweeps.iter().map(sweep).collect::<Result<_, _>>()?,
        zip,
        name: None,
    };
    Ok(Box::pin(call.manager.submit_batch(request, &|_| ())).await?)
}

/// Values may be a list, or a range as a text.
fn sweep((name, values): (&String, &Value)) -> Result<Sweep, Failure> {
    let text = match values {
        // The command line takes the lines of a file so.
        Value::String(text) if !text.starts_with('@') => text.clone(),
        Value::Array(_) => values.to_string(),
        _ => {
            let message =
                format!("`sweeps.{name}`: a list, or a range such as \"1..8\", is expected");
            return Err(Failure::invalid(message));
        }
    };
    Ok(Sweep::read(&format!("{name}={text}")).map_err(Error::from)?)
}

/// Waits until all have ended, but no longer than the client does. A client that does not want the
/// batch any more has what is left of it cancelled.
async fn follow(group: &Group, timeout: Duration, call: &Call) -> Result<(), Failure> {
    let wait = match call.progress_token() {
        Some(_) => timeout,
        None => timeout.min(call.wait_without_progress),
    };
    let limits = Limits::default();
    let reporter = Reporter::new(call);
    let show = |counts: GroupCounts| {
        let (ended, total) = (counts.ended(), counts.total());
        #[expect(clippy::cast_precision_loss, reason = "a percentage")]
        let percent = 100.0 * ended as f64 / total.max(1) as f64;
        reporter.note(percent, format!("{ended} of {total} jobs have ended"));
    };
    let following = Box::pin(call.manager.follow_batch(&group.group_id, &limits, &show));
    tokio::select! {
        ended = following => drop(ended?),
        () = tokio::time::sleep(wait) => {}
        () = call.closing.cancelled() => {}
        () = call.cancelled.cancelled() => cancel(group, call).await?,
        end = reporter.tell(call) => match end {},
    }
    Ok(())
}

async fn cancel(group: &Group, call: &Call) -> Result<(), Failure> {
    let open = JobStatus::ALL
        .into_iter()
        .filter(|status| !status.is_final());
    let filter = JobFilter {
        statuses: open.collect(),
        group: Some(group.group_id.clone()),
        limit: u32::MAX,
        ..JobFilter::default()
    };
    for job in call.manager.jobs(&filter).await?.jobs {
        if call.manager.cancel(job.job_id).await?.is_none() {
            call.manager.look_after(job.job_id).await?;
        }
    }
    Ok(())
}

/// A job with its values and its files: all have the workflow in common, and none the result.
fn line(job: &Job, values: Option<Value>) -> Value {
    let error = job.error.as_ref();
    let mut line = json!({
        "job_id": job.job_id,
        "status": job.status,
        "values": values,
        "files": job_view::files(job),
        "error": error.map(|error| &error.message),
    });
    if let Some(fields) = line.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    line
}

async fn view(group: &Group, call: &Call) -> Result<Output, Failure> {
    let filter = JobFilter {
        group: Some(group.group_id.clone()),
        limit: LISTED,
        ..JobFilter::default()
    };
    let mut jobs = Vec::new();
    // In the order of the values: lists of jobs begin with the newest.
    for job in call.manager.jobs(&filter).await?.jobs.into_iter().rev() {
        jobs.push(line(&job, call.manager.overrides_of(&job).await?));
    }
    let goes_on = group.counts.ended() < group.counts.total();
    let counts = serde_json::to_value(group.counts).unwrap_or_default();
    Ok(Output {
        batch: group.name.clone(),
        counts: counts.as_object().cloned().unwrap_or_default(),
        jobs,
        next: goes_on.then(|| format!("it goes on; call run_batch with batch {}", group.name)),
    })
}
