//! What is stored when jobs are submitted.

use super::fixture::{Place, job, job_with};
use crate::error::ErrorKind;
use crate::event::{Change, Seq};
use crate::job::{JobId, JobStatus};
use crate::placement::{Membership, Policy};
use crate::store::{JobFilter, NewJob};
use std::time::Duration;

pub(super) async fn a_job_is_stored_with_all_that_was_said_about_it(place: Place) {
    let store = place.open().await;
    let new = job_with(|terms| {
        terms.policy = Policy {
            retries: 3,
            run_timeout: Some(Duration::from_mins(1)),
            ..Policy::default()
        };
        terms.priority = -5;
        terms.held = true;
        terms.idempotency_key = Some("key".to_owned());
        terms.tags = vec!["draft".to_owned()];
        terms.output_folder = Some("/images".into());
        terms.membership = Some(Membership {
            group_id: "sweep".to_owned(),
            index: 7,
        });
    });
    let before = store.submit_one(job()).await;
    let new = NewJob {
        rerun_of: Some(before),
        ..new
    };
    let id = store.submit_one(new.clone()).await;
    let found = store.found(id).await;
    assert_eq!(found.rerun_of, Some(before));
    assert_eq!(found.status, JobStatus::Pending);
    assert_eq!(found.prompt_id, id.to_string());
    assert_eq!(found.workflow_name, new.workflow_name);
    assert_eq!(found.placement, new.placement);
    assert_eq!(found.policy, new.terms.policy);
    assert_eq!(found.group, new.terms.membership);
    assert_eq!(found.output_folder, new.terms.output_folder);
    assert_eq!(found.idempotency_key, new.terms.idempotency_key);
    assert_eq!((found.priority, found.held), (-5, true));
    assert_eq!((found.attempts, found.posts), (0, 0));
    assert_eq!(store.prompt(id).await.unwrap(), Some(new.prompt));
    assert_eq!(store.tags(id).await.unwrap(), ["draft"]);
    let story = store.events(id, Seq(0)).await.unwrap();
    let story: Vec<_> = story.iter().map(|told| (told.seq, &told.change)).collect();
    assert_eq!(
        story,
        [(Seq(1), &Change::Submitted), (Seq(2), &Change::Held)]
    );
}

pub(super) async fn the_same_key_gives_the_same_job(place: Place) {
    let (one, other) = (place.open().await, place.open().await);
    let keyed = || job_with(|terms| terms.idempotency_key = Some("order-17".to_owned()));
    let first = one.submit(vec![keyed(), keyed()]).await.unwrap();
    assert!(!first[0].existed && first[1].existed);
    let again = other.submit(vec![keyed()]).await.unwrap();
    assert_eq!((again[0].job_id, again[0].existed), (first[0].job_id, true));
    assert_eq!(one.jobs(&JobFilter::default()).await.unwrap().jobs.len(), 1);
}

pub(super) async fn jobs_keep_the_order_in_which_they_were_submitted(place: Place) {
    let store = place.open().await;
    let mut submitted = Vec::new();
    for _ in 0..3 {
        let jobs = store.submit(vec![job(), job(), job()]).await.unwrap();
        submitted.extend(jobs.into_iter().map(|job| job.job_id));
    }
    let listed = store.jobs(&JobFilter::default()).await.unwrap();
    let listed: Vec<JobId> = listed.jobs.iter().rev().map(|job| job.job_id).collect();
    assert_eq!(listed, submitted);
}

pub(super) async fn numbers_that_another_process_took_are_passed_over(place: Place) {
    let store = place.open().await;
    let first = store.submit_one(job()).await;
    // As if another process, whose clock is a little ahead, had submitted three jobs.
    for ahead in 1..=3 {
        place
            .sql(&format!(
                "INSERT INTO jobs (number, job_id, prompt_id, status, source, submitted_by,
                                   placement, policy)
                 SELECT number + {ahead}, '{}', '', 'pending', '', '', placement, policy FROM jobs
                 WHERE job_id = '{first}'",
                JobId::generate()
            ))
            .await;
    }
    let jobs = store
        .submit((0..50).map(|_| job()).collect())
        .await
        .unwrap();
    assert_eq!(jobs.len(), 50);
    let listed = store.jobs(&JobFilter::default()).await.unwrap();
    assert_eq!(listed.jobs.len(), 54);
}

pub(super) async fn of_jobs_that_are_submitted_together_all_are_stored_or_none(place: Place) {
    let store = place.open().await;
    let missing = JobId::generate();
    let impossible = job_with(|terms| terms.after = vec![missing]);
    let refused = store.submit(vec![job(), impossible]).await.unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::NoSuchJob(id) if *id == missing.to_string()));
    assert_eq!(store.jobs(&JobFilter::default()).await.unwrap().jobs, []);
}

pub(super) async fn a_graph_of_a_megabyte_and_any_character_comes_back_unchanged(place: Place) {
    let store = place.open().await;
    let mut new = job();
    let text = "a cat 🐈, 猫, \u{7f} and \\\" quotes ".repeat(30_000);
    new.prompt = serde_json::json!({ "1": { "class_type": "Text", "inputs": { "text": text } } })
        .to_string();
    new.editor = Some(new.prompt.clone());
    let id = store.submit_one(new.clone()).await;
    let taken = store.take(id).await;
    assert_eq!(taken.prompt, new.prompt);
    assert_eq!(taken.editor, new.editor);
}
