//! What is counted of jobs that end, and what is answered.

use super::fixture::{Place, completed, job};
use crate::code::Code;
use crate::ending::Ending;
use crate::event::Change;
use crate::job::{JobError, JobId, JobStatus};
use crate::store::{Statistics, StatisticsBy, StatisticsRange, Store};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::HashMap;

async fn end(store: &Store, workflow: &str, ending: Ending, nodes: Option<String>) -> JobId {
    let mut new = job();
    new.workflow_name = Some(workflow.to_owned());
    let id = store.submit_one(new).await;
    let lease = store.take(id).await.lease;
    store.record(&lease, Change::Running).await.unwrap();
    store.end(&lease, ending, nodes).await.unwrap();
    id
}

async fn statistics(store: &Store, by: StatisticsBy) -> Vec<Statistics> {
    store
        .statistics(by, StatisticsRange::default())
        .await
        .unwrap()
}

fn took(milliseconds: i64) -> Ending {
    Ending {
        duration_ms: Some(milliseconds),
        ..completed()
    }
}

fn failed() -> Ending {
    Ending::failed(JobError {
        node: Some("2".to_owned()),
        ..JobError::new(Code::NodeError, "no model")
    })
}

pub(super) async fn ended_jobs_are_counted_by_all_that_they_are(place: Place) {
    let store = place.open().await;
    for milliseconds in [1000, 2000, 60_000] {
        end(&store, "portrait", took(milliseconds), None).await;
    }
    end(&store, "portrait", failed(), None).await;
    end(&store, "landscape", took(5000), None).await;
    let waiting = store.submit_one(job()).await;
    store.request_cancel(waiting, "me").await.unwrap();

    let all = statistics(&store, StatisticsBy::All).await;
    assert_eq!(all.len(), 1);
    assert_eq!(
        (all[0].completed, all[0].failed, all[0].cancelled),
        (4, 1, 1)
    );
    assert_eq!(all[0].success_rate, Some(0.8));
    store.submit_one(job()).await;
    assert_eq!(
        store.open_jobs().await.unwrap(),
        HashMap::from([(JobStatus::Pending, 1)])
    );
    let workflows = statistics(&store, StatisticsBy::Workflow).await;
    let names: Vec<&str> = workflows.iter().map(|found| found.name.as_str()).collect();
    assert_eq!(names, ["portrait", "landscape"]);
    let running = workflows[0].running.unwrap();
    assert!((running.median - 2.0).abs() < 0.04, "{running:?}");
    assert!((running.p95 - 60.0).abs() < 1.2, "{running:?}");
    assert!(workflows[0].waiting.unwrap().p95 < 60.0);
    let connections = statistics(&store, StatisticsBy::Connection).await;
    assert_eq!(
        (connections[0].name.as_str(), connections[0].completed),
        ("local", 4)
    );
    let days = statistics(&store, StatisticsBy::Day).await;
    assert_eq!(days.iter().map(|day| day.completed).sum::<u64>(), 4);
    assert_eq!(days[0].name.len(), "2026-11-22".len());
}

pub(super) async fn classes_count_their_nodes(place: Place) {
    let store = place.open().await;
    let nodes = json!([
        { "node": "1", "class": "CheckpointLoaderSimple", "cached": true },
        { "node": "2", "class": "KSampler", "seconds": 10.0 },
        { "node": "3", "class": "KSampler", "seconds": 4.0 },
    ]);
    end(&store, "portrait", completed(), Some(nodes.to_string())).await;
    let nodes = json!([{ "node": "2", "class": "KSampler", "seconds": 0.1 }]);
    end(&store, "portrait", failed(), Some(nodes.to_string())).await;
    let classes = statistics(&store, StatisticsBy::Class).await;
    assert_eq!(classes[0].name, "KSampler");
    assert_eq!((classes[0].completed, classes[0].failed), (2, 1));
    assert!((classes[0].running.unwrap().p95 - 10.0).abs() < 0.2);
    assert_eq!((classes[1].completed, classes[1].cached), (0, 1));
    assert_eq!(classes[1].success_rate, None);
}

pub(super) async fn days_outside_of_the_time_span_do_not_count(place: Place) {
    let store = place.open().await;
    end(&store, "portrait", completed(), None).await;
    place.sql("UPDATE job_statistics SET day = day - 10").await;
    end(&store, "portrait", completed(), None).await;
    let days = |days: i64| Some(Timestamp::now() - SignedDuration::from_hours(24 * days));
    for (since, until, expected) in [
        (None, None, 2),
        (days(5), None, 1),
        (None, days(5), 1),
        (days(20), days(15), 0),
        (days(12), Some(Timestamp::now()), 2),
    ] {
        let range = StatisticsRange { since, until };
        let found = store
            .statistics(StatisticsBy::Workflow, range)
            .await
            .unwrap();
        let count: u64 = found.iter().map(|found| found.completed).sum();
        assert_eq!(count, expected);
    }
    assert_eq!(statistics(&store, StatisticsBy::Day).await.len(), 2);
}

pub(super) async fn a_damaged_day_keeps_no_job_from_ending(place: Place) {
    let store = place.open().await;
    end(&store, "portrait", completed(), None).await;
    place
        .sql("UPDATE job_statistics SET body = 'nonsense'")
        .await;
    let asked = store
        .statistics(StatisticsBy::All, StatisticsRange::default())
        .await;
    assert!(asked.is_err());
    end(&store, "portrait", completed(), None).await;
    assert_eq!(statistics(&store, StatisticsBy::All).await[0].completed, 1);
}
