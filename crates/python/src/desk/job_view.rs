//! A job with the fifteen fields of version 2.0.0, for routes and nodes. Pure.

use comfyctl_manager::picture::is_picture;
use comfyctl_manager::{Job, JobStatus, Output, Steps};
use serde_json::{Value, json};

/// The job. Times are those of UTC, as RFC 3339.
pub(super) fn view(job: &Job) -> Value {
    let error = job.error.as_ref();
    let progress = job.progress.as_ref();
    let time = |time: Option<_>| time.map(|time: jiff::Timestamp| time.to_string());
    json!({
        "job_id": job.job_id.to_string(),
        "prompt_id": job.prompt_id,
        "workflow_name": job.workflow_name,
        "status": job.status.as_str(),
        "connection_name": job.connection,
        // Only told of one job by itself: a page of them would take as many queries.
        "inputs": {},
        "outputs": outputs(job),
        "error": error.map(|error| &error.message),
        "created_at": job.created_at.to_string(),
        "started_at": time(job.started_at),
        "completed_at": time(job.finished_at),
        "duration": job.duration_seconds,
        "progress": fraction(job),
        "current_node": progress.and_then(|progress| progress.node.as_ref()),
        "metadata": {
            "source": job.source,
            "submitted_by": job.submitted_by,
            "attempts": job.attempts,
            "waiting_for": job.waiting_for,
            "current_class": progress.and_then(|progress| progress.class.as_ref()),
            "steps": progress.and_then(|progress| progress.steps.as_ref()).map(steps),
            "code": error.map(|error| error.code),
            "hint": error.and_then(|error| error.hint.as_ref()),
            "node": error.and_then(|error| error.node.as_ref()),
        },
    })
}

fn fraction(job: &Job) -> f64 {
    match (&job.progress, job.status) {
        (_, JobStatus::Completed) => 1.0,
        (Some(progress), _) => progress.fraction,
        (None, _) => 0.0,
    }
}

fn steps(steps: &Steps) -> Value {
    json!({ "done": steps.done, "total": steps.total })
}

fn outputs(job: &Job) -> Vec<Value> {
    let view = |(index, output): (usize, &Output)| {
        let filename = output.filename.as_deref();
        let url = filename.map(|_| format!("/api-manager/jobs/{}/outputs/{index}", job.job_id));
        let has_picture = filename.is_some_and(is_picture);
        let preview = url.as_ref().filter(|_| has_picture);
        json!({
            "node_id": output.node,
            "output_type": output.kind,
            "data": output.text,
            "filename": filename,
            "preview_url": preview.map(|url| format!("{url}?preview=1")),
            "url": url,
        })
    };
    job.outputs.iter().enumerate().map(view).collect()
}
