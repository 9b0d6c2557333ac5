//! What is recorded about a job that was sent.

use super::fixture::{Place, completed, halfway, job};
use crate::error::ErrorKind;
use crate::event::{Change, Seq};
use crate::job::JobStatus;

pub(super) async fn the_story_has_no_gaps_and_stamps_the_first_times(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    let lease = store.take(id).await.lease;
    for change in [
        Change::Queued,
        Change::Running,
        Change::Running,
        Change::Recovered,
    ] {
        store.record(&lease, change).await.unwrap();
    }
    store.end(&lease, completed(), None).await.unwrap();
    let found = store.found(id).await;
    let story = store.events(id, Seq(0)).await.unwrap();
    let seqs: Vec<u64> = story.iter().map(|event| event.seq.0).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5, 6]);
    assert_eq!(found.event_seq, Seq(6));
    assert_eq!(found.queued_at, Some(story[2].at));
    assert_eq!(found.started_at, Some(story[3].at));
    assert_eq!(found.finished_at, Some(story[5].at));
    assert_eq!(found.duration_seconds, Some(1.5));
    assert_eq!(store.events(id, Seq(4)).await.unwrap(), story[4..]);
}

pub(super) async fn what_cannot_happen_is_refused_and_leaves_no_trace(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    let lease = store.take(id).await.lease;
    store.record(&lease, Change::Running).await.unwrap();
    let before = store.found(id).await;
    for change in [Change::Submitted, Change::Held, Change::Saved { files: 1 }] {
        let refused = store.record(&lease, change).await.unwrap_err();
        assert!(matches!(refused.kind(), ErrorKind::Transition(_)));
    }
    assert_eq!(store.found(id).await, before);
}

pub(super) async fn an_ended_job_stays_as_it_ended(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    let lease = store.take(id).await.lease;
    store.end(&lease, completed(), None).await.unwrap();
    let before = store.found(id).await;
    for change in [Change::Running, Change::Queued, Change::Recovered] {
        assert!(store.record(&lease, change).await.is_err());
    }
    assert!(store.end(&lease, completed(), None).await.is_err());
    let late = halfway();
    store.progress(&lease, &late).await.unwrap();
    assert_eq!(store.found(id).await, before);
}

pub(super) async fn progress_is_noted_without_an_event(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    let lease = store.take(id).await.lease;
    let seen = halfway();
    store.progress(&lease, &seen).await.unwrap();
    let found = store.found(id).await;
    assert_eq!((found.progress, found.event_seq), (Some(seen), Seq(2)));
}

pub(super) async fn files_that_were_saved_end_the_lease(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    let lease = store.take(id).await.lease;
    store.end(&lease, completed(), None).await.unwrap();
    store.saved(&lease, Vec::new()).await.unwrap();
    let found = store.found(id).await;
    assert_eq!(found.status, JobStatus::Completed);
    let story = store.events(id, Seq(0)).await.unwrap();
    assert_eq!(
        story.last().map(|event| &event.change),
        Some(&Change::Saved { files: 0 })
    );
}
