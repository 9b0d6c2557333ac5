//! The history of jobs: found by the start of an id, never turned back, shared by processes.

use crate::support::{Bench, manager, quick};
use comfyctl_manager::{ErrorKind, JobFilter, JobStatus};
use futures_util::future::join_all;
use serde_json::json;

#[tokio::test]
async fn jobs_are_listed_newest_first_and_filtered() {
    let bench = Bench::new().await;
    let good = bench.run(quick()).await.job;
    let mut graph = quick();
    graph["1"]["inputs"]["width"] = json!(0);
    let bad = bench.run_unchecked(graph, &|_| ()).await.job;
    let list = async |status| {
        let filter = JobFilter {
            statuses: Option::into_iter(status).collect(),
            limit: 10,
            ..JobFilter::default()
        };
        let page = bench.manager.jobs(&filter).await.unwrap();
        page.jobs
            .into_iter()
            .map(|job| job.job_id)
            .collect::<Vec<_>>()
    };
    assert_eq!(list(None).await, [bad.job_id, good.job_id]);
    assert_eq!(list(Some(JobStatus::Completed)).await, [good.job_id]);
    assert_eq!(list(Some(JobStatus::Running)).await, []);
}

#[tokio::test]
async fn a_job_is_found_by_the_start_of_its_id() {
    let bench = Bench::new().await;
    let first = bench.run(quick()).await.job;
    let id = first.job_id.to_string();
    assert_eq!(bench.manager.job(&id[..12]).await.unwrap(), first);
    let second = bench.run(quick()).await.job;
    let several = bench.manager.job("0").await.unwrap_err();
    assert!(
        matches!(several.kind(), ErrorKind::AmbiguousJob { .. }),
        "{several}"
    );
    let hint = several.hint().unwrap();
    let named = format!("{} (completed test), {id} (completed test)", second.job_id);
    assert!(hint.contains(&named), "{hint}");
    let none = bench.manager.job("xyz%").await.unwrap_err();
    assert!(matches!(none.kind(), ErrorKind::NoSuchJob(_)), "{none}");
}

#[tokio::test]
async fn another_process_sees_the_same_history() {
    let bench = Bench::new().await;
    let job = bench.run(quick()).await.job;
    let other = manager(bench.folder.path());
    assert_eq!(other.job(&job.job_id.to_string()).await.unwrap(), job);
}

#[tokio::test]
async fn many_processes_may_be_the_first_at_once() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let managers: Vec<_> = (0..16).map(|_| manager(folder.path())).collect();
        let filter = JobFilter {
            limit: 1,
            ..JobFilter::default()
        };
        let opened = join_all(managers.iter().map(|manager| manager.jobs(&filter))).await;
        for jobs in opened {
            assert_eq!(jobs.unwrap().jobs, []);
        }
    }
}

#[tokio::test]
async fn a_file_that_is_no_history_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("data/jobs.db"), "not a database, at all").unwrap();
    let filter = JobFilter {
        limit: 1,
        ..JobFilter::default()
    };
    let error = manager(folder.path()).jobs(&filter).await.unwrap_err();
    assert_eq!(error.code().as_str(), "store_error");
    assert!(
        error.to_string().contains("jobs.db") && error.hint().is_some(),
        "{error}"
    );
}
