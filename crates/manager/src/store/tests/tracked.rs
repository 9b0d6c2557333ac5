//! Jobs that a program runs by its own means and tells us of.

use super::fixture::{Place, claim, job, worker};
use crate::code::Code;
use crate::event::Seq;
use crate::job::{JobId, JobStatus};
use crate::store::Scope;
use jiff::tz::TimeZone;
use serde_json::json;

/// How the job `mine` stands, as version 2.0.0 would write it.
fn told(status: &str, inputs: &serde_json::Value) -> String {
    let has_ended = matches!(status, "completed" | "failed");
    json!({
        "job_id": "mine", "prompt_id": "p-1", "workflow_name": "cat", "status": status,
        "connection_name": "local", "inputs": inputs, "outputs": [], "error": null,
        "created_at": "2026-11-02T10:00:00",
        "started_at": (status != "pending").then_some("2026-11-02T10:00:02"),
        "completed_at": has_ended.then_some("2026-11-02T10:00:12"),
        "progress": 0.5, "current_node": "3"
    })
    .to_string()
}

pub(super) async fn a_tracked_job_is_written_anew_until_it_has_ended(place: Place) {
    let store = place.open().await;
    let id = JobId::of_version_2("mine");
    let (inputs, none) = (json!({ "6.text": "a cat" }), json!({}));
    let write = async |status, inputs| {
        let told = told(status, inputs);
        store.track(&told, &TimeZone::UTC).await.unwrap();
    };
    write("pending", &inputs).await;
    assert_eq!(store.found(id).await.status, JobStatus::Pending);
    write("running", &none).await;
    let running = store.found(id).await;
    assert_eq!(running.status, JobStatus::Running);
    let node = running.progress.unwrap().node.unwrap();
    assert_eq!(node.as_str(), "3");
    let graphs = store.graphs(id).await.unwrap().unwrap();
    assert_eq!(graphs.overrides.unwrap(), inputs.to_string());
    write("completed", &none).await;
    write("failed", &none).await;
    let ended = store.found(id).await;
    assert_eq!(ended.status, JobStatus::Completed);
    assert_eq!(ended.duration_seconds, Some(10.0));
    assert_eq!(store.events(id, Seq(0)).await.unwrap().len(), 3);
    assert!(!store.untrack(id).await.unwrap(), "it has ended");
}

pub(super) async fn nobody_takes_a_tracked_job_and_no_other_is_forgotten(place: Place) {
    let store = place.open().await;
    let id = JobId::of_version_2("mine");
    for status in ["pending", "running"] {
        let told = told(status, &json!({}));
        store.track(&told, &TimeZone::UTC).await.unwrap();
        let wish = claim(&worker(), 9, Scope::Any(9));
        assert!(store.claim(wish).await.unwrap().claimed.is_empty());
        let wish = claim(&worker(), 9, Scope::job(id));
        assert!(store.claim(wish).await.unwrap().claimed.is_empty());
        assert!(store.adopt_any(&worker()).await.is_empty());
        let error = store.unhold(id).await.unwrap_err();
        assert_eq!(error.code(), Code::Conflict);
    }
    let other = store.submit_one(job()).await;
    assert!(!store.untrack(other).await.unwrap(), "that one is ours");
    assert!(store.untrack(id).await.unwrap());
    assert!(store.job(id).await.unwrap().is_none());
}
