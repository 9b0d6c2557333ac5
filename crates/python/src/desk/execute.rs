//! Runs a workflow on this ComfyUI for the execute routes.

use super::jobs::bad;
use super::office::{OPEN, Office, SOURCE};
use super::workflows::{self, disabled};
use crate::call::Answer;
use crate::error::{Failure, TOO_MANY_JOBS};
use comfyctl_client::{Client, Upload};
use comfyctl_manager::{
    Changes, ConnectionChoice, Job, JobFilter, JobId, Limits, Manager, Output, Request, RunEnd,
    Terms, Workflow,
};
use comfyctl_workflow::Override;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::time::Duration;
use uuid::Uuid;

/// Seconds that a caller waits who says nothing else.
const TIMEOUT: f64 = 300.0;

/// What is posted to the route.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    workflow: Option<Value>,
    /// Values by `NODE.INPUT`.
    #[serde(default)]
    inputs: Map<String, Value>,
    /// Images, as base64 or data URL, by the node whose input `image` they are for.
    #[serde(default)]
    images: Map<String, Value>,
    wait: Option<bool>,
    timeout: Option<f64>,
    /// Another connection than this ComfyUI.
    connection: Option<String>,
}

/// Waits by default for saved workflows only, as version 2.0.0 did.
pub(super) async fn run(
    office: &Office,
    name: Option<String>,
    body: Body,
) -> Result<Answer, Failure> {
    let manager = office.manager();
    let wait = body.wait.unwrap_or(name.is_some());
    let seconds = body.timeout.unwrap_or(TIMEOUT);
    let timeout = Duration::try_from_secs_f64(seconds)
        .map_err(|_| bad("`timeout` is a number of seconds".to_owned()))?;
    let choice = match &body.connection {
        Some(name) => ConnectionChoice::Named(name.clone()),
        None => office.own(manager.settings()),
    };
    // One after the other, until its job counts: together they could be more than may be open.
    let turn = office.admission.lock().await;
    admit(&manager).await?;
    let workflow = read(office, name, body.workflow.as_ref()).await?;
    let client = manager.server(&choice)?.client().clone();
    let request = Request {
        workflow,
        changes: changes(body, &client).await?,
        connection: choice,
        terms: Terms {
            policy: manager.usual_policy(),
            ..Terms::default()
        },
    };
    let job_id = manager.submit(request, &|_| {}).await?.job_id;
    drop(turn);
    manager.look_after(job_id).await?;
    if wait {
        finished(&manager, job_id, timeout).await
    } else {
        queued(&manager, job_id).await
    }
}

/// Refuses what the settings do not let in.
async fn admit(manager: &Manager) -> Result<(), Failure> {
    let api = manager.settings().api();
    if !api.enable_execution {
        return Err(disabled("api.enable_execution"));
    }
    let most = api.max_concurrent_jobs.get();
    let open = JobFilter {
        statuses: OPEN.to_vec(),
        source: Some(SOURCE.to_owned()),
        limit: most,
        ..JobFilter::default()
    };
    if manager.jobs(&open).await?.jobs.len() < most as usize {
        return Ok(());
    }
    Err(Failure::Refused {
        code: TOO_MANY_JOBS,
        message: format!("{most} jobs are open, and no more may be"),
        hint: "try again when one has ended, or raise `api.max_concurrent_jobs`".to_owned(),
    })
}

async fn read(
    office: &Office,
    name: Option<String>,
    given: Option<&Value>,
) -> Result<Workflow, Failure> {
    match (name, given) {
        (Some(name), _) => {
            let bytes = workflows::read(office, &name).await?;
            let workflow = Workflow::from_reader(&bytes[..], &name)?;
            let name = Some(name);
            Ok(Workflow { name, ..workflow })
        }
        (None, Some(given)) => {
            let text = serde_json::to_vec(given)?;
            Ok(Workflow::from_reader(&text[..], "the workflow")?)
        }
        (None, None) => Err(bad("`workflow` is missing".to_owned())),
    }
}

async fn changes(body: Body, client: &Client) -> Result<Changes, Failure> {
    let mut changes = Changes::default();
    for (selector, value) in &body.inputs {
        changes.overrides.push(set(selector, &value.to_string())?);
    }
    for (node, image) in &body.images {
        let image = image.as_str().and_then(picture);
        let Some(image) = image else {
            return Err(bad(format!("the image for node {node} is not base64")));
        };
        let name = format!(
            "api_input_{}.png",
            &Uuid::new_v4().simple().to_string()[..8]
        );
        let uploaded = client
            .upload_image(&Upload::from_bytes(image, name))
            .await?;
        let value = Value::from(uploaded.input_value()).to_string();
        changes
            .overrides
            .push(set(&format!("{node}.image"), &value)?);
    }
    Ok(changes)
}

fn set(selector: &str, typed: &str) -> Result<Override, Failure> {
    let typed = typed.to_owned();
    Ok(Override {
        selector: selector.parse()?,
        typed,
    })
}

/// Base64, alone or in a data URL.
fn picture(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    let encoded = match text.strip_prefix("data:") {
        Some(rest) => rest.split_once(";base64,")?.1,
        None => text,
    };
    let engine = base64::engine::general_purpose::STANDARD;
    engine.decode(encoded.trim()).ok()
}

async fn queued(manager: &Manager, job_id: JobId) -> Result<Answer, Failure> {
    let job = manager.job(&job_id.to_string()).await?;
    Answer::json(&json!({
        "success": true,
        "job_id": job.job_id.to_string(),
        "prompt_id": job.prompt_id,
        "status": job.status.as_str(),
        "message": format!("GET /api-manager/jobs/{job_id} tells how it stands"),
    }))
}

async fn finished(manager: &Manager, job_id: JobId, wait: Duration) -> Result<Answer, Failure> {
    let limits = Limits::default();
    let following = manager.follow(job_id, &limits, &|_| {});
    let Ok(run) = tokio::time::timeout(wait, following).await else {
        let seconds = wait.as_secs_f64();
        return Err(Failure::WaitTimeout { seconds });
    };
    let run = run?;
    if let RunEnd::Unreachable(error) | RunEnd::Unsaved(error) = run.end {
        return Err(Failure::Job(Box::new(error)));
    }
    let job = &run.job;
    let error = job.error.as_ref();
    Answer::json(&json!({
        "success": error.is_none(),
        "job_id": job.job_id.to_string(),
        "prompt_id": job.prompt_id,
        "status": job.status.as_str(),
        "outputs": outputs(job),
        "images": images(job),
        "error": error.map(|error| &error.message),
        "hint": error.and_then(|error| error.hint.as_ref()),
    }))
}

/// What the nodes produced, by node and kind, as the server's history has it.
fn outputs(job: &Job) -> Map<String, Value> {
    let mut nodes = Map::new();
    for output in &job.outputs {
        let node = nodes
            .entry(output.node.to_string())
            .or_insert_with(|| json!({}));
        let item = match output.file() {
            Some(file) => json!(file),
            None => json!(output.text),
        };
        match &mut node[output.kind.as_str()] {
            Value::Array(items) => items.push(item),
            none => *none = json!([item]),
        }
    }
    nodes
}

fn images(job: &Job) -> Vec<Value> {
    let view = |(index, output): (usize, &Output)| {
        let is_image = output.kind == "images";
        let file = output.file().filter(|_| is_image)?;
        let url = format!("/api-manager/jobs/{}/outputs/{index}", job.job_id);
        Some(json!({ "filename": file.filename, "subfolder": file.subfolder, "url": url }))
    };
    job.outputs.iter().enumerate().filter_map(view).collect()
}
