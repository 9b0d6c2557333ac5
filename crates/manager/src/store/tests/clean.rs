//! What goes when the history is cleaned up, and what stays.

use super::fixture::{Place, completed, job, job_with};
use crate::ending::Ending;
use crate::event::Seq;
use crate::job::{JobId, JobStatus, Output};
use crate::placement::Membership;
use crate::store::{JobFilter, NewGroup, Retention, StatisticsBy, StatisticsRange, Store};
use jiff::SignedDuration;

async fn ended(store: &Store) -> JobId {
    let id = store
        .submit_one(job_with(|terms| terms.tags = vec!["draft".to_owned()]))
        .await;
    let lease = store.take(id).await.lease;
    store.end(&lease, completed(), None).await.unwrap();
    id
}

/// Jobs that went, as many as had been told before.
async fn cleaned(store: &Store, retention: Retention) -> usize {
    let told = store.count_to_clean_up(retention).await.unwrap();
    let removed = store.clean_up(retention).await.unwrap();
    assert_eq!(told, removed.len() as u64);
    assert_eq!(store.count_to_clean_up(retention).await.unwrap(), 0);
    removed.len()
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
    assert_eq!(cleaned(&store, newest(6)).await, 0);
    assert_eq!(cleaned(&store, newest(2)).await, 4);
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
    assert!(store.remove(ids[1]).await.unwrap());
    assert!(!store.remove(ids[1]).await.unwrap(), "it is gone");
    let open = store.submit_one(job()).await;
    assert!(!store.remove(open).await.unwrap(), "it has not ended");
    assert_eq!(cleaned(&store, newest(0)).await, 1);
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
    assert_eq!(cleaned(&store, Retention::default()).await, 0);
    assert_eq!(cleaned(&store, age(31)).await, 0);
    let removed = cleaned(&store, age(29)).await;
    assert_eq!(left(&store).await, [new, unsaved, second, first, open]);
    assert_eq!(removed, 1);
    assert_eq!(store.job(old).await.unwrap(), None);
    assert_eq!(cleaned(&store, newest(0)).await, 1, "only the new one goes");
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
    assert_eq!(cleaned(&store, newest(10)).await, 440);
    assert_eq!(left(&store).await.len(), 10);
}

pub(super) async fn jobs_that_have_not_ended_take_no_place_of_those_that_are_kept(place: Place) {
    let store = place.open().await;
    let (first, second) = (ended(&store).await, ended(&store).await);
    let waiting = store.submit((0..5).map(|_| job()).collect()).await.unwrap();
    assert_eq!(cleaned(&store, newest(2)).await, 0);
    assert_eq!(cleaned(&store, newest(1)).await, 1);
    assert_eq!(store.job(first).await.unwrap(), None);
    assert!(store.job(second).await.unwrap().is_some());
    assert_eq!(left(&store).await.len(), waiting.len() + 1);
    // Of one kind, so many of that kind are kept.
    let cancelled = waiting[0].job_id;
    store.request_cancel(cancelled, "me").await.unwrap();
    let cancelled_ones = |max_jobs| Retention {
        only: Some(JobStatus::Cancelled),
        ..newest(max_jobs)
    };
    assert_eq!(cleaned(&store, cancelled_ones(1)).await, 0);
    assert_eq!(cleaned(&store, cancelled_ones(0)).await, 1);
    assert!(store.job(second).await.unwrap().is_some());
}

pub(super) async fn one_job_goes_alone_if_it_may(place: Place) {
    let store = place.open().await;
    let (one, other) = (ended(&store).await, ended(&store).await);
    let open = store.submit_one(job()).await;
    for (id, may_go) in [
        (one, true),
        (one, false),
        (open, false),
        (JobId::generate(), false),
    ] {
        assert_eq!(store.remove(id).await.unwrap(), may_go);
    }
    assert_eq!(left(&store).await, [open, other]);
}

pub(super) async fn a_batch_goes_with_the_last_of_its_jobs(place: Place) {
    let store = place.open().await;
    let batch = |name: &str| NewGroup {
        group_id: name.to_owned(),
        name: name.to_owned(),
        sweeps: "{}".to_owned(),
    };
    let member = |name: &str| {
        job_with(|terms| {
            terms.membership = Some(Membership {
                group_id: name.to_owned(),
                index: 0,
            });
        })
    };
    let names = async || {
        let groups = store.groups(10).await.unwrap();
        let mut names: Vec<_> = groups.into_iter().map(|group| group.name).collect();
        names.sort();
        names
    };
    for name in ["ended", "half", "open"] {
        let jobs = vec![member(name), member(name)];
        let ids: Vec<_> = jobs.iter().map(|job| job.job_id).collect();
        store.submit_group(batch(name), jobs).await.unwrap();
        let ended = match name {
            "ended" => 2,
            "half" => 1,
            _ => 0,
        };
        for id in &ids[..ended] {
            store.request_cancel(*id, "me").await.unwrap();
        }
    }
    assert_eq!(cleaned(&store, newest(10)).await, 0);
    assert_eq!(names().await, ["ended", "half", "open"]);
    assert_eq!(cleaned(&store, newest(0)).await, 3);
    assert_eq!(names().await, ["half", "open"]);
}

pub(super) async fn outputs_are_forgotten_once_their_files_are_fetched(place: Place) {
    let store = place.open().await;
    let output = || Output {
        filename: Some("a.png".to_owned()),
        ..Output::new(&"9".into(), "images")
    };
    let mut ids = Vec::new();
    for folder in [None, Some("/images".into())] {
        let id = store
            .submit_one(job_with(|terms| terms.output_folder = folder))
            .await;
        let lease = store.take(id).await.lease;
        let ending = Ending {
            outputs: vec![output()],
            ..completed()
        };
        store.end(&lease, ending, None).await.unwrap();
        ids.push((id, lease));
    }
    let outputs = async |id| store.found(id).await.outputs.len();
    let [(done, _), (unsaved, lease)] = &ids[..] else {
        panic!("two jobs")
    };
    let later = jiff::Timestamp::now() + SignedDuration::from_hours(1);
    let (now, hour) = (SignedDuration::ZERO, SignedDuration::from_hours(1));
    store.forget_outputs(Some(later), now).await.unwrap();
    store.forget_outputs(None, hour).await.unwrap();
    store.forget_outputs_of(*unsaved).await.unwrap();
    assert_eq!((outputs(*done).await, outputs(*unsaved).await), (1, 1));
    store.forget_outputs(None, now).await.unwrap();
    assert_eq!((outputs(*done).await, outputs(*unsaved).await), (0, 1));
    store.saved(lease, vec![output()]).await.unwrap();
    store.forget_outputs_of(*unsaved).await.unwrap();
    assert_eq!(outputs(*unsaved).await, 0);
}
