//! Who is woken by a change.

use super::fixture::{Place, job, worker};
use crate::settings::StoreLocation;
use std::time::Duration;
use tokio::time::timeout;

/// Longest time that news may take.
const NEWS: Duration = Duration::from_secs(30);

pub(super) async fn a_change_wakes_its_own_process_and_others(place: Place) {
    let (one, other) = (place.open().await, place.open().await);
    let new = job();
    let (mut here, mut there) = (one.feed().job(new.job_id), other.feed().job(new.job_id));
    let mut others = other.feed().others();
    one.submit_one(new.clone()).await;
    timeout(NEWS, here.changed()).await.unwrap();
    // It is woken when it begins to listen, too: it looks until it sees the job.
    while other.job(new.job_id).await.unwrap().is_none() {
        timeout(NEWS, there.changed()).await.unwrap();
    }
    timeout(NEWS, others.changed()).await.unwrap();
    one.request_cancel(new.job_id, "me").await.unwrap();
    timeout(NEWS, here.changed()).await.unwrap();
    while !other.found(new.job_id).await.status.is_final() {
        timeout(NEWS, there.changed()).await.unwrap();
    }
}

pub(super) async fn a_turn_that_changes_nothing_is_not_announced(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    let mut beside = place.connect().await;
    let mut traces = async || match &place.location {
        StoreLocation::Sqlite(_) => sqlx::query_scalar("PRAGMA data_version")
            .fetch_one(&mut beside)
            .await
            .unwrap(),
        StoreLocation::Postgres(_) => {
            sqlx::query_scalar::<_, i64>("SELECT max(batch) FROM writers")
                .fetch_one(&mut beside)
                .await
                .unwrap()
        }
    };
    let before = traces().await;
    store.give_back(&worker(), vec![id]).await.unwrap();
    assert_eq!(traces().await, before);
    store.note_waiting(id, "a free slot").await.unwrap();
    assert!(traces().await > before);
}
