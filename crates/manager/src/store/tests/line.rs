//! What may be done with a job while no server has it, and not afterwards.

use super::fixture::{Place, claim, completed, job, job_with, worker};
use crate::code::Code;
use crate::error::ErrorKind;
use crate::event::{Change, Seq};
use crate::job::{JobError, JobId, JobStatus};
use crate::placement::{Placement, Rank};
use crate::store::{Claim, Destination, Scope, Store};
use jiff::SignedDuration;

async fn story(store: &Store, id: JobId) -> Vec<Change> {
    let events = store.events(id, Seq(0)).await.unwrap();
    events.into_iter().map(|event| event.change).collect()
}

/// The jobs that the connection `local` would be sent, in order.
async fn line(store: &Store) -> Vec<JobId> {
    let wish = claim(&worker(), 1000, Scope::Any(1000));
    let claimed = store.claim(wish).await.unwrap().claimed;
    for one in &claimed {
        let error = JobError::new(Code::Unreachable, "away");
        let sent = store.unsent(&one.lease, error, SignedDuration::ZERO);
        sent.await.unwrap();
    }
    claimed.into_iter().map(|one| one.job.job_id).collect()
}

fn to(name: &str) -> Destination {
    Destination {
        placement: Placement::Connection(name.to_owned()),
        target: Some((name.to_owned(), format!("http://{name}:8188"))),
    }
}

pub(super) async fn a_held_job_stays_until_it_is_released(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    store.hold(id).await.unwrap();
    store.hold(id).await.unwrap();
    assert!(store.found(id).await.held);
    assert_eq!(line(&store).await, []);
    store.unhold(id).await.unwrap();
    store.unhold(id).await.unwrap();
    assert!(!store.found(id).await.held);
    assert_eq!(
        story(&store, id).await,
        [Change::Submitted, Change::Held, Change::Unheld],
        "what is so already is no event"
    );
    assert_eq!(line(&store).await, [id]);
}

pub(super) async fn a_job_that_is_held_from_the_start_says_so(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job_with(|terms| terms.held = true)).await;
    store.unhold(id).await.unwrap();
    assert_eq!(
        story(&store, id).await,
        [Change::Submitted, Change::Held, Change::Unheld]
    );
    assert_eq!(store.found(id).await.event_seq, Seq(3));
}

pub(super) async fn a_job_that_waits_for_a_further_attempt_can_be_held(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    let lease = store.take(id).await.lease;
    let error = JobError::new(Code::NodeError, "broken");
    let retry = store.retry(&lease, error, "next".to_owned(), SignedDuration::ZERO);
    retry.await.unwrap();
    store.hold(id).await.unwrap();
    assert_eq!(line(&store).await, []);
    assert!(
        store.record(&lease, Change::Queued).await.is_err(),
        "whoever had it before has no say any more"
    );
}

pub(super) async fn a_job_that_a_server_may_have_is_left_alone(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    let lease = store.take(id).await.lease;
    let refused = async |status: JobStatus| {
        let before = story(&store, id).await;
        for tried in [
            store.hold(id).await,
            store.unhold(id).await,
            store.relocate(id, Some(to("other")), None).await,
        ] {
            let error = tried.unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::NotWaiting { status: found, .. } if *found == status),
                "{error}"
            );
            assert_eq!(error.code(), Code::Conflict);
        }
        assert_eq!(story(&store, id).await, before);
    };
    refused(JobStatus::Pending).await;
    store.record(&lease, Change::Running).await.unwrap();
    refused(JobStatus::Running).await;
    store.end(&lease, completed(), None).await.unwrap();
    refused(JobStatus::Completed).await;
    let nobody = store.hold(JobId::generate()).await.unwrap_err();
    assert!(matches!(nobody.kind(), ErrorKind::NoSuchJob(_)));
}

pub(super) async fn a_moved_job_waits_for_its_new_connection(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    store.note_waiting(id, "for a model").await.unwrap();
    store.relocate(id, Some(to("other")), None).await.unwrap();
    let moved = store.found(id).await;
    assert_eq!(moved.connection.as_deref(), Some("other"));
    assert_eq!(moved.server_url.as_deref(), Some("http://other:8188"));
    assert_eq!(moved.placement, Placement::Connection("other".to_owned()));
    assert_eq!(moved.waiting_for, None);
    assert_eq!(line(&store).await, []);
    let wish = Claim {
        connection: "other".to_owned(),
        ..claim(&worker(), 1, Scope::Any(1))
    };
    assert_eq!(store.claim(wish).await.unwrap().claimed[0].job.job_id, id);
    let any = store.submit_one(job()).await;
    let anywhere = Destination {
        placement: Placement::Any { labels: Vec::new() },
        target: None,
    };
    store.relocate(any, Some(anywhere), None).await.unwrap();
    assert_eq!(store.found(any).await.connection, None);
    let what = "to any connection".to_owned();
    assert_eq!(story(&store, any).await[1], Change::Moved { what });
}

pub(super) async fn a_moved_job_has_its_turn_when_it_was_told_to(place: Place) {
    let store = place.open().await;
    let ids = [
        store.submit_one(job()).await,
        store.submit_one(job_with(|terms| terms.priority = 5)).await,
        store.submit_one(job()).await,
    ];
    let [low, high, last] = ids;
    assert_eq!(line(&store).await, [high, low, last]);
    let first = Some(Rank::First);
    store.relocate(last, None, first).await.unwrap();
    assert_eq!(line(&store).await, [last, high, low]);
    store
        .relocate(high, None, Some(Rank::Priority(-1)))
        .await
        .unwrap();
    assert_eq!(line(&store).await, [last, low, high]);
    // At the top of all that there is, nothing goes over.
    store
        .relocate(low, None, Some(Rank::Priority(i32::MAX)))
        .await
        .unwrap();
    store.relocate(last, None, first).await.unwrap();
    assert_eq!(store.found(last).await.priority, i32::MAX);
    store.relocate(last, None, None).await.unwrap();
    let moves = story(&store, last).await;
    let moves = moves
        .iter()
        .filter(|change| matches!(change, Change::Moved { .. }));
    assert_eq!(moves.count(), 2, "a move to nowhere is none");
}
