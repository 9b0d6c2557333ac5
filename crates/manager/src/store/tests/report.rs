//! What is told of one job to whoever looks at it closely.

use super::fixture::{Place, completed, job, job_with};
use crate::event::Change;
use crate::job::JobId;
use crate::placement::Membership;
use crate::store::{Ahead, NewGroup, Store};
use serde_json::json;

async fn ahead(store: &Store, id: JobId) -> Vec<(String, u64)> {
    let ahead = store.ahead_of(&store.found(id).await).await.unwrap();
    let named = |Ahead { workflow, jobs }| (workflow.unwrap_or_default(), jobs);
    let mut ahead: Vec<_> = ahead.into_iter().map(named).collect();
    ahead.sort();
    ahead
}

pub(super) async fn what_is_before_a_job_in_its_line_is_counted_by_workflow(place: Place) {
    let store = place.open().await;
    let running = store.submit_one(job()).await;
    let lease = store.take(running).await.lease;
    store.record(&lease, Change::Running).await.unwrap();
    let mut other = job();
    other.workflow_name = Some("upscale".to_owned());
    store.submit_one(other).await;
    store.submit_one(job_with(|terms| terms.held = true)).await;
    let mut elsewhere = job();
    elsewhere.target = Some(("other".to_owned(), "http://other".to_owned()));
    store.submit_one(elsewhere).await;
    let id = store.submit_one(job()).await;
    let urgent = store.submit_one(job_with(|terms| terms.priority = 1)).await;
    let counts = |portraits, upscales| {
        vec![
            ("portrait".to_owned(), portraits),
            ("upscale".to_owned(), upscales),
        ]
    };
    assert_eq!(ahead(&store, id).await, counts(2, 1));
    assert_eq!(ahead(&store, urgent).await, [("portrait".to_owned(), 1)]);
    store.end(&lease, completed(), None).await.unwrap();
    assert_eq!(ahead(&store, id).await, counts(1, 1));
}

pub(super) async fn the_details_of_a_job_are_those_that_were_recorded(place: Place) {
    let store = place.open().await;
    let group = NewGroup {
        group_id: "sweep".to_owned(),
        name: "hats".to_owned(),
        sweeps: "{}".to_owned(),
    };
    let mut first = job_with(|terms| {
        terms.membership = Some(Membership {
            group_id: "sweep".to_owned(),
            index: 0,
        });
    });
    first.overrides = Some(r#"{"3.seed": "7"}"#.to_owned());
    let first_id = first.job_id;
    store.submit_group(group, vec![first]).await.unwrap();
    let later = store
        .submit_one(job_with(|terms| terms.after = vec![first_id]))
        .await;
    let before = store.details(later).await.unwrap().unwrap();
    assert_eq!((before.after, before.overrides), (vec![first_id], None));
    let lease = store.take(first_id).await.lease;
    let nodes = json!([{ "node": "1", "class": "KSampler", "seconds": 1.5 }]).to_string();
    store.end(&lease, completed(), Some(nodes)).await.unwrap();
    let details = store.details(first_id).await.unwrap().unwrap();
    assert_eq!(details.batch.as_deref(), Some("hats"));
    assert_eq!(details.overrides, Some(json!({ "3.seed": "7" })));
    assert_eq!(details.nodes[0].seconds, Some(1.5));
    let after = store.details(later).await.unwrap().unwrap();
    assert_eq!(after.after, []);
    assert_eq!(store.details(JobId::generate()).await.unwrap(), None);
}
