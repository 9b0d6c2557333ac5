//! Jobs outlive whoever submitted them, and several processes share the work.

use crate::support::{manager_with, quick, request, sampling};
use comfyctl_manager::{
    Change, ConnectionChoice, Job, JobId, JobStatus, Limits, Manager, Notice, Policy, Request,
    RunEnd, Seq, Terms, Update,
};
use comfyctl_simulator::Simulator;
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;

async fn simulator(faults: &[&str]) -> Simulator {
    let mut builder = Simulator::builder();
    for fault in faults {
        builder = builder.fault(fault.parse().unwrap());
    }
    builder.start().await.unwrap()
}

/// A process of its own, as far as the history can tell.
fn process(folder: &TempDir, settings: &Value) -> Manager {
    manager_with(folder.path(), settings)
}

fn one(simulator: &Simulator, more: Value) -> Value {
    let mut connection = json!({"url": simulator.url()});
    connection
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    json!({"connections": {"one": connection}})
}

fn patient(graph: Value) -> Request {
    Request {
        connection: ConnectionChoice::Default,
        terms: Terms {
            policy: Policy {
                patient: true,
                ..Policy::default()
            },
            ..Terms::default()
        },
        ..request(graph, "")
    }
}

async fn submitted(manager: &Manager, request: Request) -> JobId {
    manager.submit(request, &|_| ()).await.unwrap().job_id
}

/// Waits until the story of a job has come to something.
async fn until(manager: &Manager, id: JobId, reached: impl Fn(&Change) -> bool) {
    let mut watch = manager.watch(id, Seq::default()).await.unwrap();
    while let Some(update) = watch.next().await.unwrap() {
        if matches!(&update, Update::Event(event) if reached(&event.change)) {
            return;
        }
    }
    panic!("the job ended before");
}

async fn ended(manager: &Manager, id: JobId) -> Job {
    let mut watch = manager.watch(id, Seq::default()).await.unwrap();
    while watch.next().await.unwrap().is_some() {}
    manager.job(&id.to_string()).await.unwrap()
}

#[tokio::test]
async fn a_worker_runs_what_others_submitted() {
    let (simulator, folder) = (simulator(&[]).await, tempfile::tempdir().unwrap());
    let settings = one(&simulator, json!({}));
    let (submitter, worker) = (process(&folder, &settings), process(&folder, &settings));
    let id = submitted(&submitter, patient(quick())).await;
    assert_eq!(submitter.workers().await.unwrap(), 0);
    worker.work().await.unwrap();
    let job = ended(&submitter, id).await;
    assert_eq!((job.status, job.attempts), (JobStatus::Completed, 1));
    worker.close().await;
    assert_eq!(submitter.workers().await.unwrap(), 0);
}

#[tokio::test]
async fn several_workers_run_each_job_once() {
    let (simulator, folder) = (simulator(&[]).await, tempfile::tempdir().unwrap());
    let settings = one(&simulator, json!({"max_jobs": 4}));
    let workers = [(); 3].map(|()| process(&folder, &settings));
    for worker in &workers {
        worker.work().await.unwrap();
    }
    let mut ids = Vec::new();
    for _ in 0..12 {
        ids.push(submitted(&workers[0], patient(quick())).await);
    }
    for id in ids {
        let job = ended(&workers[1], id).await;
        assert_eq!((job.status, job.attempts), (JobStatus::Completed, 1));
    }
    let client = workers[0].server(&ConnectionChoice::Default).unwrap();
    let history = client.client().history(comfyctl_client::HistoryRange::All);
    assert_eq!(history.await.unwrap().len(), 12);
}

#[tokio::test]
async fn a_worker_that_stops_hands_its_jobs_over() {
    let simulator = simulator(&["slow-node=KSampler:20ms"]).await;
    let folder = tempfile::tempdir().unwrap();
    let settings = one(&simulator, json!({}));
    let (first, second) = (process(&folder, &settings), process(&folder, &settings));
    first.work().await.unwrap();
    let id = submitted(&second, patient(sampling(60))).await;
    until(&second, id, |change| matches!(change, Change::Running)).await;
    first.close().await;
    second.work().await.unwrap();
    let job = ended(&second, id).await;
    assert_eq!((job.status, job.attempts), (JobStatus::Completed, 1));
}

#[tokio::test]
async fn a_job_is_cancelled_from_another_process() {
    let simulator = simulator(&["slow-node=KSampler:20ms"]).await;
    let folder = tempfile::tempdir().unwrap();
    let settings = one(&simulator, json!({}));
    let (worker, other) = (process(&folder, &settings), process(&folder, &settings));
    worker.work().await.unwrap();
    let id = submitted(&other, patient(sampling(1000))).await;
    until(&other, id, |change| matches!(change, Change::Running)).await;
    assert_eq!(other.cancel(id).await.unwrap(), None);
    assert_eq!(ended(&other, id).await.status, JobStatus::Cancelled);
}

#[tokio::test]
async fn what_nobody_sent_yet_is_cancelled_at_once() {
    let (simulator, folder) = (simulator(&[]).await, tempfile::tempdir().unwrap());
    let manager = process(&folder, &one(&simulator, json!({})));
    let first = submitted(&manager, patient(quick())).await;
    let mut after = patient(quick());
    after.terms.after = vec![first];
    let second = submitted(&manager, after).await;
    assert_eq!(
        manager.cancel(first).await.unwrap(),
        Some(JobStatus::Cancelled)
    );
    // What was to run after it cannot.
    let job = ended(&manager, second).await;
    assert_eq!(job.status, JobStatus::Failed);
    assert_eq!(
        job.error.unwrap().code,
        comfyctl_manager::Code::DependencyFailed
    );
}

#[tokio::test]
async fn without_a_free_slot_a_job_waits_and_says_for_what() {
    let simulator = simulator(&["slow-node=KSampler:20ms"]).await;
    let folder = tempfile::tempdir().unwrap();
    let manager = process(&folder, &one(&simulator, json!({"max_jobs": 1})));
    let blocker = submitted(&manager, patient(sampling(1000))).await;
    manager.look_after(blocker).await.unwrap();
    until(&manager, blocker, |change| {
        matches!(change, Change::Running)
    })
    .await;
    let limits = Limits {
        until_queued: true,
        ..Limits::default()
    };
    let waited = manager
        .run(patient(quick()), &limits, &|_| ())
        .await
        .unwrap();
    assert_eq!(
        waited.end,
        RunEnd::Pending("for a free slot of `one`".to_owned())
    );
    assert_eq!(waited.job.status, JobStatus::Pending);
    // When the slot is free, whoever wants the job gets it run.
    manager.cancel(blocker).await.unwrap();
    let limits = Limits::default();
    let run = manager
        .follow(waited.job.job_id, &limits, &|_| ())
        .await
        .unwrap();
    assert_eq!(run.job.status, JobStatus::Completed);
}

#[tokio::test]
async fn a_slot_of_a_process_that_is_gone_is_freed_by_whoever_needs_it() {
    let simulator = simulator(&["slow-node=KSampler:20ms"]).await;
    let folder = tempfile::tempdir().unwrap();
    let settings = one(&simulator, json!({"max_jobs": 1}));
    let gone = process(&folder, &settings);
    let left = submitted(&gone, patient(sampling(20))).await;
    gone.look_after(left).await.unwrap();
    until(&gone, left, |change| matches!(change, Change::Running)).await;
    gone.close().await;
    let manager = process(&folder, &settings);
    let limits = Limits::default();
    let run = manager.run(patient(quick()), &limits, &|_| ());
    let run = tokio::time::timeout(Duration::from_mins(1), run).await;
    assert_eq!(run.unwrap().unwrap().job.status, JobStatus::Completed);
    assert_eq!(ended(&manager, left).await.status, JobStatus::Completed);
}

#[tokio::test]
async fn any_connection_is_one_that_has_what_the_job_needs() {
    let (busy, idle) = (
        simulator(&["slow-node=KSampler:20ms"]).await,
        simulator(&[]).await,
    );
    let folder = tempfile::tempdir().unwrap();
    let settings = json!({"connections": {
        "busy": {"url": busy.url(), "labels": ["gpu"]},
        "other": {"url": idle.url()},
        "gone": {"url": "http://127.0.0.1:1", "labels": ["gpu"]},
        "idle": {"url": idle.url(), "labels": ["gpu"]},
    }});
    let manager = process(&folder, &settings);
    let mut blocker = patient(sampling(1000));
    blocker.connection = ConnectionChoice::Named("busy".to_owned());
    let blocker = submitted(&manager, blocker).await;
    manager.look_after(blocker).await.unwrap();
    until(&manager, blocker, |change| {
        matches!(change, Change::Running)
    })
    .await;
    let any = |labels: &[&str]| ConnectionChoice::Any {
        labels: labels.iter().map(|&label| label.to_owned()).collect(),
    };
    let mut request = patient(quick());
    request.connection = any(&["gpu"]);
    let run = manager
        .run(request, &Limits::default(), &|_| ())
        .await
        .unwrap();
    assert_eq!(run.job.status, JobStatus::Completed, "{:?}", run.job.error);
    assert_eq!(run.job.connection.as_deref(), Some("idle"));
    let mut request = patient(quick());
    request.connection = any(&["tpu"]);
    assert!(manager.submit(request, &|_| ()).await.is_err());
}

#[tokio::test]
async fn a_job_for_a_server_that_is_away_waits_until_it_is_back() {
    let simulator = simulator(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let manager = process(&folder, &one(&simulator, json!({})));
    let id = submitted(&manager, patient(quick())).await;
    simulator.kill().await;
    manager.work().await.unwrap();
    until(&manager, id, |change| {
        matches!(change, Change::Unsent { .. })
    })
    .await;
    simulator.restart().await.unwrap();
    let job = ended(&manager, id).await;
    assert_eq!((job.status, job.attempts), (JobStatus::Completed, 1));
}

#[tokio::test]
async fn an_error_that_may_pass_is_tried_again_as_often_as_was_granted() {
    let simulator = simulator(&["oom=KSampler*1"]).await;
    let folder = tempfile::tempdir().unwrap();
    let manager = process(&folder, &one(&simulator, json!({})));
    let mut granted = patient(sampling(2));
    granted.terms.policy.retries = 1;
    let retries = std::sync::Mutex::new(0);
    let count = |notice| {
        if matches!(notice, Notice::Retrying { .. }) {
            *retries.lock().unwrap() += 1;
        }
    };
    let run = manager
        .run(granted, &Limits::default(), &count)
        .await
        .unwrap();
    assert_eq!(run.job.status, JobStatus::Completed, "{:?}", run.job.error);
    assert_eq!((run.job.attempts, run.job.retries), (2, 1));
    assert_eq!(retries.into_inner().unwrap(), 1);
    assert_ne!(run.job.prompt_id, run.job.job_id.to_string());
}

#[tokio::test]
async fn a_job_that_runs_too_long_is_stopped() {
    let simulator = simulator(&["slow-node=KSampler:20ms"]).await;
    let folder = tempfile::tempdir().unwrap();
    let manager = process(&folder, &one(&simulator, json!({})));
    let mut limited = patient(sampling(10_000));
    limited.terms.policy.run_timeout = Some(std::time::Duration::from_millis(200));
    let run = manager
        .run(limited, &Limits::default(), &|_| ())
        .await
        .unwrap();
    assert_eq!(run.job.status, JobStatus::Failed);
    assert_eq!(
        run.job.error.unwrap().code,
        comfyctl_manager::Code::DeadlineExceeded
    );
}

#[tokio::test]
async fn files_are_saved_by_whoever_sees_the_end() {
    let simulator = simulator(&["slow-node=KSampler:20ms"]).await;
    let folder = tempfile::tempdir().unwrap();
    let settings = one(&simulator, json!({}));
    let (first, second) = (process(&folder, &settings), process(&folder, &settings));
    let out = folder.path().join("out");
    let mut saving = patient(sampling(20));
    saving.terms.output_folder = Some(out.clone());
    let limits = Limits {
        until_queued: true,
        ..Limits::default()
    };
    let left = first.run(saving, &limits, &|_| ()).await.unwrap();
    assert_eq!(left.end, RunEnd::Queued);
    let run = second
        .follow(left.job.job_id, &Limits::default(), &|_| ())
        .await
        .unwrap();
    assert_eq!(
        (run.end, run.job.status),
        (RunEnd::Ended, JobStatus::Completed)
    );
    assert!(run.job.outputs[0].path.as_ref().unwrap().starts_with(&out));
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1);
}

#[tokio::test]
async fn a_worker_goes_by_the_settings_as_they_are_changed() {
    let (simulator, folder) = (simulator(&[]).await, tempfile::tempdir().unwrap());
    let paused = one(&simulator, json!({"paused": true}));
    let worker = process(&folder, &paused);
    worker.work().await.unwrap();
    let id = submitted(&worker, patient(quick())).await;
    let resumed = one(&simulator, json!({})).to_string();
    std::fs::write(folder.path().join("settings.json"), resumed).unwrap();
    assert_eq!(ended(&worker, id).await.status, JobStatus::Completed);
}
