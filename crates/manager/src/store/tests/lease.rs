//! Who may write to a job.

use super::fixture::{Place, claim, completed, halfway, job, job_with, worker};
use crate::error::{Error, ErrorKind};
use crate::event::{Change, Seq};
use crate::job::{JobId, JobStatus, Output};
use crate::store::{Lease, Scope, Store};
use comfyctl_workflow::NodeId;
use jiff::{SignedDuration, Timestamp};

fn is_lost(result: Result<(), Error>) -> bool {
    result.is_err_and(|error| matches!(error.kind(), ErrorKind::LeaseLost(_)))
}

/// Sets when the lease of a job ends, in milliseconds from now.
async fn expires_in(place: &Place, id: JobId, milliseconds: i64) {
    let at = Timestamp::now().as_millisecond() + milliseconds;
    let sql = format!("UPDATE jobs SET lease_expires_at = {at} WHERE job_id = '{id}'");
    place.sql(&sql).await;
}

async fn adopt_one(store: &Store) -> Option<Lease> {
    let adopted = store.adopt_any(&worker()).await;
    adopted.into_iter().next().map(|adopted| adopted.lease)
}

pub(super) async fn a_late_write_of_a_former_owner_changes_nothing(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    let former = store.take(id).await.lease;
    expires_in(&place, id, -1).await;
    let present = adopt_one(&store).await.unwrap();
    let (before, story) = (
        store.found(id).await,
        store.events(id, Seq(0)).await.unwrap(),
    );
    let progress = halfway();
    let error = crate::job::JobError::new(crate::Code::Unreachable, "gone");
    let now = SignedDuration::ZERO;
    assert!(is_lost(store.record(&former, Change::Running).await));
    assert!(is_lost(store.progress(&former, &progress).await));
    assert!(is_lost(store.end(&former, completed(), None).await));
    assert!(is_lost(store.saved(&former, Vec::new()).await));
    assert!(is_lost(store.unsent(&former, error.clone(), now).await));
    assert!(is_lost(
        store.retry(&former, error, "another".to_owned(), now).await
    ));
    store.release(&former).await.unwrap();
    assert_eq!(store.found(id).await, before);
    assert_eq!(store.events(id, Seq(0)).await.unwrap(), story);
    assert!(adopt_one(&store).await.is_none());
    store.record(&present, Change::Running).await.unwrap();
}

pub(super) async fn an_expired_lease_passes_to_whoever_asks_first(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    let first = store.take(id).await.lease;
    assert!(adopt_one(&store).await.is_none());
    expires_in(&place, id, -1).await;
    let second = adopt_one(&store).await.unwrap();
    assert!(second.token > first.token);
    assert!(adopt_one(&store).await.is_none());
    let told = store.events(id, Seq(2)).await.unwrap();
    assert!(matches!(told[0].change, Change::Adopted { .. }));
}

pub(super) async fn a_lease_that_its_owner_does_not_know_of_is_given_back_by_name(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    let (me, other) = (worker(), worker());
    let mine = claim(&me, 1, Scope::job(id));
    assert_eq!(store.claim(mine).await.unwrap().claimed.len(), 1);
    store.give_back(&other, vec![id]).await.unwrap();
    assert!(adopt_one(&store).await.is_none(), "it is not the other's");
    store
        .give_back(&me, vec![id, JobId::generate()])
        .await
        .unwrap();
    assert!(adopt_one(&store).await.is_some());
    // By now it is another's.
    store.give_back(&me, vec![id]).await.unwrap();
    assert!(adopt_one(&store).await.is_none());
}

pub(super) async fn a_renewed_lease_does_not_expire(place: Place) {
    let store = place.open().await;
    let me = worker();
    let id = store.submit_one(job()).await;
    store.claim(claim(&me, 9, Scope::job(id))).await.unwrap();
    expires_in(&place, id, 1).await;
    assert_eq!(store.renew(&me).await.unwrap(), [id]);
    assert!(adopt_one(&store).await.is_none());
    expires_in(&place, id, -1).await;
    adopt_one(&store).await.unwrap();
    assert!(store.renew(&me).await.unwrap().is_empty());
}

/// It was given before the clock was set back.
pub(super) async fn a_lease_that_ends_too_far_in_the_future_has_ended(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    store.take(id).await;
    expires_in(&place, id, 3_600_000).await;
    assert!(adopt_one(&store).await.is_some());
}

pub(super) async fn what_was_given_back_can_be_taken_at_once(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    let lease = store.take(id).await.lease;
    store.release(&lease).await.unwrap();
    assert!(adopt_one(&store).await.is_some());
}

pub(super) async fn files_of_an_ended_job_are_fetched_by_another(place: Place) {
    let store = place.open().await;
    let with_folder = job_with(|terms| terms.output_folder = Some("/images".into()));
    let id = store.submit_one(with_folder).await;
    let lease = store.take(id).await.lease;
    let mut ending = completed();
    let mut output = Output::new(&NodeId::from("9"), "images");
    output.filename = Some("cat.png".to_owned());
    ending.outputs.push(output.clone());
    store.end(&lease, ending, None).await.unwrap();
    assert!(store.found(id).await.unsaved);
    store.release(&lease).await.unwrap();
    let next = adopt_one(&store).await.unwrap();
    output.path = Some("/images/cat.png".into());
    store.saved(&next, vec![output.clone()]).await.unwrap();
    let found = store.found(id).await;
    assert_eq!((found.status, found.unsaved), (JobStatus::Completed, false));
    assert_eq!(found.outputs, [output]);
    assert!(adopt_one(&store).await.is_none());
}
