//! How jobs end.

use super::fixture::{Place, completed, job, job_with};
use crate::code::Code;
use crate::ending::Ending;
use crate::error::ErrorKind;
use crate::event::{Change, Seq};
use crate::job::{JobError, JobId, JobStatus};
use crate::store::{CancelOutcome, JobFilter, NewJob};

fn after(first: JobId) -> NewJob {
    job_with(|terms| terms.after = vec![first])
}

pub(super) async fn a_job_that_no_server_has_is_cancelled_at_once(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    let asked = store.request_cancel(id, "me").await.unwrap();
    assert_eq!(asked, CancelOutcome::Cancelled);
    let found = store.found(id).await;
    assert_eq!(found.status, JobStatus::Cancelled);
    assert!(found.finished_at.is_some());
    let again = store.request_cancel(id, "me").await.unwrap();
    assert_eq!(again, CancelOutcome::Ended(JobStatus::Cancelled));
    let unknown = store
        .request_cancel(JobId::generate(), "me")
        .await
        .unwrap_err();
    assert!(matches!(unknown.kind(), ErrorKind::NoSuchJob(_)));
}

pub(super) async fn a_job_on_a_server_is_stopped_by_whoever_looks_after_it(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    let lease = store.take(id).await.lease;
    for _ in 0..2 {
        let asked = store.request_cancel(id, "me").await.unwrap();
        assert_eq!(asked, CancelOutcome::Asked { owned: true });
    }
    let story = store.events(id, Seq(2)).await.unwrap();
    assert_eq!(story.len(), 1, "asking twice tells nothing new");
    store.release(&lease).await.unwrap();
    let asked = store.request_cancel(id, "me").await.unwrap();
    assert_eq!(asked, CancelOutcome::Asked { owned: false });
    store.end(&lease, completed(), None).await.unwrap();
    let late = store.request_cancel(id, "me").await.unwrap();
    assert_eq!(late, CancelOutcome::Ended(JobStatus::Completed));
}

pub(super) async fn what_was_to_run_after_a_failed_job_fails_with_it(place: Place) {
    let store = place.open().await;
    let first = store.submit_one(job()).await;
    let second = store.submit_one(after(first)).await;
    let third = store
        .submit_one(job_with(|terms| terms.after = vec![first, second]))
        .await;
    let lease = store.take(first).await.lease;
    let error = JobError::new(Code::NodeError, "no such model");
    store
        .end(&lease, Ending::failed(error), None)
        .await
        .unwrap();
    for id in [second, third] {
        let found = store.found(id).await;
        assert_eq!(found.status, JobStatus::Failed);
        assert_eq!(
            found.error.map(|error| error.code),
            Some(Code::DependencyFailed)
        );
        let story = store.events(id, Seq(0)).await.unwrap();
        assert!(matches!(story[1].change, Change::Failed { .. }));
        assert_eq!(story.len(), 2);
    }
    let late = store.submit(vec![after(second)]).await.unwrap_err();
    assert!(matches!(late.kind(), ErrorKind::DependencyEnded { .. }));
}

pub(super) async fn a_long_line_of_jobs_falls_together(place: Place) {
    let store = place.open().await;
    let first = job();
    let mut line = vec![first.clone()];
    for _ in 0..400 {
        line.push(after(line[line.len() - 1].job_id));
    }
    store.submit(line).await.unwrap();
    store.request_cancel(first.job_id, "me").await.unwrap();
    let open = JobFilter {
        statuses: vec![JobStatus::Pending],
        ..JobFilter::default()
    };
    assert_eq!(store.jobs(&open).await.unwrap().jobs, []);
}
