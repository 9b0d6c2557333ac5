//! A job under the names of version 2.0.0, whole or in a line.

use crate::progress;
use comfyctl_manager::{Job, Output};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// A job in a list: no outputs, no values.
pub(crate) fn line(job: &Job) -> Value {
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| {
        if !value.is_null() {
            fields.insert(name.to_owned(), value);
        }
    };
    set("job_id", job.job_id.to_string().into());
    set("prompt_id", job.prompt_id.clone().into());
    set("workflow_name", job.workflow_name.clone().into());
    set("status", job.status.as_str().into());
    set("connection_name", job.connection.clone().into());
    set("created_at", time(job.created_at).into());
    set("completed_at", job.finished_at.map(time).into());
    set("duration", job.duration_seconds.into());
    set(
        "error",
        job.error.as_ref().map(|error| error.message.clone()).into(),
    );
    if let Some(progress) = job.progress.as_ref().filter(|_| !job.status.is_final()) {
        // More digits tell nobody more.
        set(
            "progress",
            ((progress.fraction * 1000.0).round() / 1000.0).into(),
        );
        set(
            "current_node",
            progress.node.as_ref().map(ToString::to_string).into(),
        );
    }
    Value::Object(fields)
}

/// To the millisecond: more digits tell a model nothing.
pub(crate) fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// All that is known of a job but its graph; `inputs` are the values that were set for it.
pub(crate) fn whole(job: &Job, inputs: Option<&Value>, tags: &[String]) -> Value {
    let mut view = line(job);
    let error = job.error.as_ref();
    view["started_at"] = json!(job.started_at.map(time));
    view["outputs"] = job
        .outputs
        .iter()
        .enumerate()
        .map(|(at, each)| output(job, at, each))
        .collect();
    if !job.status.is_final() {
        view["message"] = json!(progress::of(job));
    }
    view["inputs"] = json!(inputs);
    view["error"] = json!(error.map(|error| &error.message));
    view["metadata"] = json!({
        "source": job.source,
        "submitted_by": job.submitted_by,
        "attempts": job.attempts,
        "tags": tags,
        "waiting_for": job.waiting_for,
        "code": error.map(|error| error.code),
        "node": error.and_then(|error| error.node.as_ref()),
        "hint": error.and_then(|error| error.hint.as_ref()),
    });
    if let Some(metadata) = view["metadata"].as_object_mut() {
        metadata.retain(|_, value| !value.is_null());
    }
    view
}

/// Where an output can be read as a resource.
pub(crate) fn uri(job: &Job, index: usize) -> String {
    format!("comfyui://outputs/{}/{index}", job.job_id)
}

fn output(job: &Job, index: usize, output: &Output) -> Value {
    let mut view = json!({ "node_id": output.node, "output_type": output.kind });
    if let Some(text) = &output.text {
        view["data"] = json!(text);
    }
    if let Some(file) = output.file() {
        view["filename"] = json!(file.filename);
        view["subfolder"] = json!(file.subfolder);
        view["type"] = json!(file.folder);
        view["uri"] = json!(uri(job, index));
    }
    view
}

/// Names of the files that a job produced.
pub(crate) fn files(job: &Job) -> Vec<String> {
    let files = job.outputs.iter().filter_map(Output::file);
    files.map(|file| file.filename).collect()
}

/// What the nodes produced, by node and kind, as the server's history has it.
pub(crate) fn outputs(job: &Job) -> Map<String, Value> {
    let mut nodes = Map::new();
    for output in &job.outputs {
        let node = nodes
            .entry(output.node.to_string())
            .or_insert_with(|| json!({}));
        let item = match (output.file(), &output.text) {
            (Some(file), _) => json!(file),
            (None, text) => json!(text),
        };
        match &mut node[output.kind.as_str()] {
            Value::Array(items) => items.push(item),
            none => *none = json!([item]),
        }
    }
    nodes
}
