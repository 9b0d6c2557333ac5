//! What goes when the history is cleaned up, and what stays.

use super::fixture::{Place, completed, job, job_with};
use crate::event::Seq;
use crate::job::JobId;
use crate::store::{JobFilter, Retention, StatisticsBy, StatisticsRange, Store};
use jiff::SignedDuration;

async fn ended(store: &Store) -> JobId {
    let id = store
        .submit_one(job_with(|terms| terms.tags = vec!["draft".to_owned()]))
        .await;
    let lease = store.take(id).await.lease;
    store.end(&lease, completed(), None).await.unwrap();
    id
}

async fn left(store: &Store) -> Vec<JobId> {
    let filter = JobFilter {
        limit: 1000,
        ..JobFilter::default()
    };
    let page = store.jobs(&filter).await.unwrap();
    page.jobs.into_iter().map(|job| job.job_id).collect()
}

fn newest(max_jobs: u32) -> Retention {
    Retention {
        max_jobs: Some(max_jobs),
        ..Retention::default()
    }
}

pub(super) async fn the_newest_stay_and_so_do_the_statistics(place: Place) {
    let store = place.open().await;
    let mut ids = Vec::new();
    for _ in 0..6 {
        ids.insert(0, ended(&store).await);
    }
    assert_eq!(store.clean_up(newest(6)).await.unwrap(), 0);
    assert_eq!(store.clean_up(newest(2)).await.unwrap(), 4);
    assert_eq!(left(&store).await, ids[..2]);
    assert_eq!(store.prompt(ids[2]).await.unwrap(), None);
    assert_eq!(store.events(ids[2], Seq(0)).await.unwrap(), []);
    let tagged = JobFilter {
        tag: Some("draft".to_owned()),
        ..JobFilter::default()
    };
    assert_eq!(store.jobs(&tagged).await.unwrap().jobs.len(), 2);
    let found = JobFilter {
        words: Some("cat".to_owned()),
        ..JobFilter::default()
    };
    assert_eq!(store.jobs(&found).await.unwrap().jobs.len(), 2);
    let all = store
        .statistics(StatisticsBy::All, StatisticsRange::default())
        .await
        .unwrap();
    assert_eq!(all[0].completed, 6);
    assert_eq!(store.clean_up(newest(0)).await.unwrap(), 2);
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

pub(super) async fn old_ones_go_and_open_ones_and_what_they_wait_for_stay(place: Place) {
    let store = place.open().await;
    let old = ended(&store).await;
    let open = store.submit_one(job()).await;
    let first = store.submit_one(job()).await;
    let lease = store.take(first).await.lease;
    let second = store
        .submit_one(job_with(|terms| terms.after = vec![first]))
        .await;
    store.end(&lease, completed(), None).await.unwrap();
    let unsaved = ended(&store).await;
    // As if all that had been a month ago.
    let month = SignedDuration::from_hours(24 * 30).as_millis();
    place
        .sql(&format!(
            "UPDATE jobs SET number = number - 1000 * {month}, finished_at = finished_at - {month};
             UPDATE job_dependencies SET number = number - 1000 * {month},
                                         after = after - 1000 * {month};
             UPDATE jobs SET unsaved = 1 WHERE job_id = '{unsaved}'"
        ))
        .await;
    let new = ended(&store).await;
    let age = |days: i64| Retention {
        max_age: Some(SignedDuration::from_hours(24 * days)),
        ..Retention::default()
    };
    assert_eq!(store.clean_up(Retention::default()).await.unwrap(), 0);
    assert_eq!(store.clean_up(age(31)).await.unwrap(), 0);
    let removed = store.clean_up(age(29)).await.unwrap();
    assert_eq!(left(&store).await, [new, unsaved, second, first, open]);
    assert_eq!(removed, 1);
    assert_eq!(store.job(old).await.unwrap(), None);
    assert_eq!(
        store.clean_up(newest(0)).await.unwrap(),
        1,
        "only the new one goes"
    );
}

pub(super) async fn many_go_in_several_turns(place: Place) {
    let store = place.open().await;
    store
        .submit((0..450).map(|_| job()).collect())
        .await
        .unwrap();
    let cancels = left(&store).await.into_iter().map(|id| {
        let store = store.clone();
        async move { store.request_cancel(id, "me").await.map(|_| ()) }
    });
    for done in futures_util::future::join_all(cancels).await {
        done.unwrap();
    }
    assert_eq!(store.clean_up(newest(10)).await.unwrap(), 440);
    assert_eq!(left(&store).await.len(), 10);
}
