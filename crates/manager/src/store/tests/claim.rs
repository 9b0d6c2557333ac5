//! Who may take which job.

use super::fixture::{Place, claim, completed, job, job_with, worker};
use crate::clock::Clock;
use crate::job::JobId;
use crate::placement::Placement;
use crate::store::{Claimed, Scope, Store};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;

fn ids(claimed: &[Claimed]) -> Vec<JobId> {
    claimed.iter().map(|claimed| claimed.job.job_id).collect()
}

pub(super) async fn as_many_are_taken_as_the_connection_has_slots(place: Place) {
    let store = place.open().await;
    store.submit((0..5).map(|_| job()).collect()).await.unwrap();
    let (one, other) = (worker(), worker());
    let any = Scope::Any(10);
    let first = store
        .claim(claim(&one, 3, any.clone()))
        .await
        .unwrap()
        .claimed;
    assert_eq!(first.len(), 3);
    assert!(
        store
            .claim(claim(&other, 3, any.clone()))
            .await
            .unwrap()
            .claimed
            .is_empty()
    );
    store.end(&first[0].lease, completed(), None).await.unwrap();
    assert_eq!(
        store
            .claim(claim(&other, 3, any))
            .await
            .unwrap()
            .claimed
            .len(),
        1
    );
    assert_eq!(
        store
            .claim(claim(&other, 9, Scope::Any(1)))
            .await
            .unwrap()
            .claimed
            .len(),
        1
    );
}

pub(super) async fn the_highest_priority_goes_first_and_then_the_longest_wait(place: Place) {
    let store = place.open().await;
    let of = |priority| job_with(|terms| terms.priority = priority);
    let jobs = vec![of(0), of(-1), of(2), of(0), of(2)];
    let id: Vec<JobId> = jobs.iter().map(|job| job.job_id).collect();
    store.submit(jobs).await.unwrap();
    let taken = store
        .claim(claim(&worker(), 9, Scope::Any(4)))
        .await
        .unwrap()
        .claimed;
    assert_eq!(ids(&taken), [id[2], id[4], id[0], id[3]]);
}

pub(super) async fn what_is_held_or_not_ready_or_of_another_connection_stays(place: Place) {
    let store = place.open().await;
    let held = store.submit_one(job_with(|terms| terms.held = true)).await;
    let mut elsewhere = job();
    elsewhere.target = Some(("remote".to_owned(), "http://example.com".to_owned()));
    store.submit_one(elsewhere).await;
    let later = store.submit_one(job()).await;
    place
        .sql(&format!(
            "UPDATE jobs SET ready_at = {} WHERE job_id = '{later}'",
            Timestamp::now().as_millisecond() + 60_000
        ))
        .await;
    let wish = |scope| claim(&worker(), 9, scope);
    assert!(
        store
            .claim(wish(Scope::Any(9)))
            .await
            .unwrap()
            .claimed
            .is_empty()
    );
    assert!(
        store
            .claim(wish(Scope::job(held)))
            .await
            .unwrap()
            .claimed
            .is_empty()
    );
    place.sql("UPDATE jobs SET ready_at = 1, held = 0").await;
    let taken = store.claim(wish(Scope::Any(9))).await.unwrap().claimed;
    assert_eq!(ids(&taken), [held, later]);
}

pub(super) async fn a_wait_that_ends_later_than_any_can_is_over(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    let lease = store.take(id).await.lease;
    let error = crate::job::JobError::new(crate::Code::Unreachable, "connection refused");
    let wait = jiff::SignedDuration::from_secs(5);
    store.unsent(&lease, error, wait).await.unwrap();
    let wish = || claim(&worker(), 9, Scope::Any(9));
    assert!(store.claim(wish()).await.unwrap().claimed.is_empty());
    // As if the clock had been set back by an hour meanwhile.
    place
        .sql("UPDATE jobs SET ready_at = ready_at + 3600000")
        .await;
    let taken = store.claim(wish()).await.unwrap().claimed;
    assert_eq!(ids(&taken), [id]);
}

pub(super) async fn what_runs_after_another_job_waits_until_that_is_completed(place: Place) {
    let store = place.open().await;
    let first = store.submit_one(job()).await;
    let second = store
        .submit_one(job_with(|terms| terms.after = vec![first]))
        .await;
    let wish = || claim(&worker(), 9, Scope::Any(9));
    let taken = store.claim(wish()).await.unwrap().claimed;
    assert_eq!(ids(&taken), [first]);
    assert!(store.claim(wish()).await.unwrap().claimed.is_empty());
    store.end(&taken[0].lease, completed(), None).await.unwrap();
    assert_eq!(ids(&store.claim(wish()).await.unwrap().claimed), [second]);
    let third = store
        .submit_one(job_with(|terms| terms.after = vec![first]))
        .await;
    assert_eq!(ids(&store.claim(wish()).await.unwrap().claimed), [third]);
}

pub(super) async fn each_job_goes_to_one_of_eight_who_want_it(place: Place) {
    let all = 40;
    let store = place.open().await;
    store
        .submit((0..all).map(|_| job()).collect())
        .await
        .unwrap();
    let mut takers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = place.open().await;
        takers.spawn(async move {
            let me = worker();
            let mut taken = Vec::new();
            loop {
                let some = store
                    .claim(claim(&me, 1000, Scope::Any(3)))
                    .await
                    .unwrap()
                    .claimed;
                if some.is_empty() {
                    return taken;
                }
                taken.extend(ids(&some));
            }
        });
    }
    let taken: Vec<JobId> = takers.join_all().await.into_iter().flatten().collect();
    assert_eq!(taken.len(), all);
    assert_eq!(taken.into_iter().collect::<HashSet<_>>().len(), all);
}

pub(super) async fn a_job_without_a_connection_is_taken_by_name_only(place: Place) {
    let store = place.open().await;
    let mut anywhere = job();
    anywhere.placement = Placement::Any { labels: Vec::new() };
    anywhere.target = None;
    let id = store.submit_one(anywhere).await;
    assert!(
        store
            .claim(claim(&worker(), 9, Scope::Any(9)))
            .await
            .unwrap()
            .claimed
            .is_empty()
    );
    let taken = store.take(id).await;
    assert_eq!(taken.job.connection.as_deref(), Some("local"));
    assert_eq!(taken.job.posts, 1);
}

pub(super) async fn a_job_is_taken_at_a_time_by_the_clock_that_tells_its_own_times(place: Place) {
    let clock = Clock::default();
    clock.turn(SignedDuration::from_hours(5));
    let store = Store::open(place.location.clone(), clock).await.unwrap();
    let id = store.submit_one(job()).await;
    let waited = |taken: Claimed| taken.at.duration_since(taken.job.created_at).abs();
    let taken = store.take(id).await;
    store.release(&taken.lease).await.unwrap();
    assert!(waited(taken) < SignedDuration::from_mins(5));
    let adopted = store.adopt(&worker(), vec![id]).await.unwrap();
    assert!(
        adopted
            .into_iter()
            .map(waited)
            .all(|time| time < SignedDuration::from_mins(5))
    );
}
