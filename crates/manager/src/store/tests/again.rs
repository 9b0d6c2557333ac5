//! Jobs that go back in line.

use super::fixture::{Place, job};
use crate::code::Code;
use crate::event::{Change, Seq};
use crate::job::{JobError, JobStatus};
use crate::placement::Placement;
use crate::store::CancelOutcome;
use jiff::SignedDuration;

fn refused() -> JobError {
    JobError::new(Code::Unreachable, "connection refused")
}

pub(super) async fn an_unsent_job_waits_again_as_if_it_had_not_been_tried(place: Place) {
    let store = place.open().await;
    let mut anywhere = job();
    anywhere.placement = Placement::Any { labels: Vec::new() };
    let id = store.submit_one(anywhere).await;
    let lease = store.take(id).await.lease;
    store
        .unsent(&lease, refused(), SignedDuration::ZERO)
        .await
        .unwrap();
    let found = store.found(id).await;
    assert_eq!(found.status, JobStatus::Pending);
    assert_eq!((found.attempts, found.posts, found.retries), (0, 0, 0));
    assert_eq!(found.connection, None, "any other connection may take it");
    assert_eq!(store.take(id).await.job.attempts, 1);
}

pub(super) async fn a_retried_job_gets_a_new_prompt_id_and_its_reason_is_told(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    let lease = store.take(id).await.lease;
    store.record(&lease, Change::Running).await.unwrap();
    let next = "another prompt".to_owned();
    store
        .retry(&lease, refused(), next.clone(), SignedDuration::ZERO)
        .await
        .unwrap();
    let waiting = store.found(id).await;
    assert_eq!(waiting.status, JobStatus::Pending);
    assert_eq!(
        (waiting.prompt_id, waiting.retries, waiting.posts),
        (next, 1, 0)
    );
    let taken = store.take(id).await.job;
    assert_eq!((taken.attempts, taken.error), (2, None));
    let story = store.events(id, Seq(4)).await.unwrap();
    let reason = match &story[0].change {
        Change::Sending { reason, .. } => reason.as_deref(),
        other => panic!("{other:?}"),
    };
    assert_eq!(reason, Some("connection refused"));
}

pub(super) async fn a_job_that_goes_back_in_line_stops_there_when_nobody_wants_it(place: Place) {
    let store = place.open().await;
    for retried in [true, false] {
        let id = store.submit_one(job()).await;
        let lease = store.take(id).await.lease;
        let asked = store.request_cancel(id, "me").await.unwrap();
        assert_eq!(asked, CancelOutcome::Asked { owned: true });
        let now = SignedDuration::ZERO;
        if retried {
            store
                .retry(&lease, refused(), "another".to_owned(), now)
                .await
                .unwrap();
        } else {
            store.unsent(&lease, refused(), now).await.unwrap();
        }
        assert_eq!(store.found(id).await.status, JobStatus::Cancelled);
    }
}
