//! Jobs that wait can be held, released and moved, and jobs that ended can be run again and compared.

use crate::support::{manager_with, quick, request, sampling};
use comfyctl_manager::{
    Changes, Code, ConnectionChoice, Job, JobId, JobStatus, Limits, Manager, Move, Rank, Request,
    Rerun, RunEnd, SeedChoice, Terms,
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

fn manager(folder: &TempDir, servers: &[(&str, &Simulator)]) -> Manager {
    let connection =
        |(name, server): &(&str, &Simulator)| ((*name).to_owned(), json!({ "url": server.url() }));
    let connections: serde_json::Map<String, Value> = servers.iter().map(connection).collect();
    manager_with(folder.path(), &json!({ "connections": connections }))
}

async fn submitted(manager: &Manager, graph: Value, held: bool) -> JobId {
    let request = Request {
        connection: ConnectionChoice::Default,
        terms: Terms {
            held,
            tags: vec!["keep".to_owned()],
            priority: 3,
            ..Terms::default()
        },
        ..request(graph, "")
    };
    manager.submit(request, &|_| ()).await.unwrap().job_id
}

async fn ended(manager: &Manager, id: JobId) -> Job {
    let limits = Limits::default();
    manager.follow(id, &limits, &|_| ()).await.unwrap().job
}

#[tokio::test]
async fn a_job_that_was_held_runs_when_it_is_released() {
    let (server, folder) = (simulator(&[]).await, tempfile::tempdir().unwrap());
    let manager = manager(&folder, &[("one", &server)]);
    let id = submitted(&manager, quick(), false).await;
    assert!(manager.hold(id).await.unwrap().held);
    let limits = Limits {
        until_queued: true,
        ..Limits::default()
    };
    let run = manager.follow(id, &limits, &|_| ()).await.unwrap();
    let waits = "until it is released".to_owned();
    assert_eq!(run.end, RunEnd::Pending(waits));
    assert!(!manager.release(id).await.unwrap().held);
    assert_eq!(ended(&manager, id).await.status, JobStatus::Completed);
    let late = manager.hold(id).await.unwrap_err();
    assert_eq!(late.code(), Code::Conflict);
    manager.close().await;
}

#[tokio::test]
async fn a_job_moves_to_a_connection_that_can_run_it() {
    let (one, two) = (simulator(&[]).await, simulator(&[]).await);
    let folder = tempfile::tempdir().unwrap();
    let manager = manager(&folder, &[("one", &one), ("two", &two)]);
    let id = submitted(&manager, quick(), true).await;
    let to = |name: &str| Move {
        connection: Some(ConnectionChoice::Named(name.to_owned())),
        rank: Some(Rank::First),
    };
    let unknown = manager.move_job(id, to("three"), &|_| ()).await;
    assert_eq!(unknown.unwrap_err().code(), Code::InvalidConnection);
    let moved = manager.move_job(id, to("two"), &|_| ()).await.unwrap();
    assert_eq!(moved.connection.as_deref(), Some("two"));
    manager.release(id).await.unwrap();
    let job = ended(&manager, id).await;
    assert_eq!(
        (job.status, job.connection.as_deref()),
        (JobStatus::Completed, Some("two"))
    );
    manager.close().await;
}

#[tokio::test]
async fn a_job_does_not_move_to_where_it_would_fail() {
    let (server, folder) = (simulator(&[]).await, tempfile::tempdir().unwrap());
    let manager = manager(&folder, &[("one", &server)]);
    let mut wrong = quick();
    wrong["1"]["class_type"] = json!("EmptyImaje");
    let request = Request {
        changes: Changes {
            unchecked: true,
            ..Changes::default()
        },
        terms: Terms {
            held: true,
            ..Terms::default()
        },
        ..request(wrong, &server.url())
    };
    let id = manager.submit(request, &|_| ()).await.unwrap().job_id;
    for name in ["one", "any"] {
        let to = Move {
            connection: Some(ConnectionChoice::Named(name.to_owned())),
            rank: None,
        };
        let refused = manager.move_job(id, to, &|_| ()).await.unwrap_err();
        assert_eq!(refused.code(), Code::ValidationFailed, "{refused}");
    }
    manager.close().await;
}

#[tokio::test]
async fn a_job_is_run_again_as_it_was_and_with_changes() {
    let (server, folder) = (simulator(&[]).await, tempfile::tempdir().unwrap());
    let manager = manager(&folder, &[("one", &server)]);
    let first = submitted(&manager, sampling(2), false).await;
    let first = ended(&manager, first).await;
    let again = manager
        .rerun(first.job_id, Rerun::default(), &|_| ())
        .await
        .unwrap();
    let same = ended(&manager, again.job_id).await;
    assert_eq!(same.status, JobStatus::Completed);
    assert_eq!(same.rerun_of, Some(first.job_id));
    assert_eq!((same.priority, &same.connection), (3, &first.connection));
    assert_eq!(manager.tags(same.job_id).await.unwrap(), ["keep"]);
    assert_eq!(
        manager.prompt_of(&same).await.unwrap(),
        manager.prompt_of(&first).await.unwrap()
    );
    let changed = Rerun {
        changes: Changes {
            overrides: vec!["3.steps=4".parse().unwrap()],
            seed: SeedChoice::Fixed(11),
            ..Changes::default()
        },
        ..Rerun::default()
    };
    let other = manager.rerun(same.job_id, changed, &|_| ()).await.unwrap();
    assert_eq!(other.seed, Some(11));
    let compared = manager.compare(first.job_id, other.job_id).await.unwrap();
    assert_eq!(compared.newer.rerun_of, Some(same.job_id));
    assert_eq!(
        compared.prompt.to_string(),
        "~ 3 (KSampler)\n    seed: 7 -> 11\n    steps: 2 -> 4\n"
    );
    let nowhere = Rerun {
        changes: Changes {
            overrides: vec!["3.stepz=4".parse().unwrap()],
            ..Changes::default()
        },
        ..Rerun::default()
    };
    let refused = manager.rerun(same.job_id, nowhere, &|_| ()).await;
    assert_eq!(refused.unwrap_err().code(), Code::InvalidOverride);
    manager.close().await;
}

#[tokio::test]
async fn waiting_for_several_ends_with_the_last_of_them_or_when_time_is_up() {
    let (server, folder) = (simulator(&[]).await, tempfile::tempdir().unwrap());
    let manager = manager(&folder, &[("one", &server)]);
    let ids = [
        submitted(&manager, quick(), false).await,
        submitted(&manager, quick(), false).await,
    ];
    let told = std::sync::Mutex::new(Vec::new());
    let runs = manager
        .wait(&[ids[1], ids[0], ids[1]], &Limits::default(), &|run| {
            told.lock().unwrap().push(run.job.job_id);
        })
        .await
        .unwrap();
    let order: Vec<JobId> = runs.iter().map(|run| run.job.job_id).collect();
    assert_eq!(order, [ids[1], ids[0]]);
    assert!(runs.iter().all(|run| run.end == RunEnd::Ended));
    assert_eq!(told.lock().unwrap().len(), 2);
    // A held job never starts, and the wait ends all the same.
    let held = submitted(&manager, quick(), true).await;
    let limits = Limits {
        wait: Some(Duration::from_millis(1)),
        ..Limits::default()
    };
    let runs = manager.wait(&[held], &limits, &|_| ()).await.unwrap();
    assert_eq!(runs[0].end, RunEnd::WaitedLong);
    assert_eq!(runs[0].job.status, JobStatus::Pending);
    manager.close().await;
}
