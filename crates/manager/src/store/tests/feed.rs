//! Who is woken by a change.

use super::fixture::{Place, job};
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
