//! Whatever happens in whatever order, the recorded story is a legal one.

use super::fixture::{Place, claim, completed, job, worker};
use crate::code::Code;
use crate::ending::Ending;
use crate::event::{Change, JobEvent, Seq, transition};
use crate::job::{JobError, JobStatus};
use crate::placement::Rank;
use crate::store::{Claimed, Scope, Store};
use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// How many are tried.
const STORIES: usize = 32;

/// Something that an engine, a user or bad luck may do.
#[derive(Debug, Clone, Copy)]
enum Step {
    Take,
    Adopt,
    Record(u8),
    End(JobStatus),
    Retry,
    Unsent,
    Saved,
    Cancel,
    Release,
    Expire,
    Hold,
    Unhold,
    Move(Rank),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Take),
        2 => Just(Step::Adopt),
        8 => (0u8..6).prop_map(Step::Record),
        1 => prop_oneof![Just(JobStatus::Completed), Just(JobStatus::Failed)].prop_map(Step::End),
        2 => Just(Step::Retry),
        2 => Just(Step::Unsent),
        1 => Just(Step::Saved),
        1 => Just(Step::Cancel),
        2 => Just(Step::Release),
        1 => Just(Step::Expire),
        1 => Just(Step::Hold),
        2 => Just(Step::Unhold),
        1 => prop_oneof![Just(Rank::First), Just(Rank::Priority(-3))].prop_map(Step::Move),
    ];
    vec(step, 1..30)
}

fn error() -> JobError {
    JobError::new(Code::Unreachable, "away")
}

/// The first six are what an engine records under a lease.
fn change(which: u8) -> Change {
    match which {
        0 => Change::Queued,
        1 => Change::Running,
        2 => Change::Recovered,
        3 => Change::Submitted,
        4 => Change::Trouble {
            reason: "silence".to_owned(),
        },
        5 => Change::Sending {
            attempt: 2,
            connection: "local".to_owned(),
            worker: "me".to_owned(),
            reason: None,
        },
        6 => Change::Held,
        7 => Change::Unheld,
        _ => Change::Moved {
            what: "to the head of the line".to_owned(),
        },
    }
}

/// Leases are kept and used for ever: an old one must not work.
async fn perform(store: &Store, place: &Place, step: Step, owned: &mut Vec<Claimed>) {
    let wish = claim(&worker(), 100, Scope::Any(1));
    match step {
        Step::Take => owned.extend(store.claim(wish).await.unwrap().claimed),
        Step::Adopt => owned.extend(store.adopt_any(&worker()).await),
        Step::Expire => place.sql("UPDATE jobs SET lease_expires_at = 1").await,
        _ => {}
    }
    for claimed in owned.iter() {
        let (lease, now) = (&claimed.lease, SignedDuration::ZERO);
        // Much of this is refused, as it should be.
        let _ = match step {
            Step::Record(which) => store.record(lease, change(which)).await,
            Step::End(JobStatus::Completed) => store.end(lease, completed(), None).await,
            Step::End(_) => store.end(lease, Ending::failed(error()), None).await,
            Step::Retry => store.retry(lease, error(), "next".to_owned(), now).await,
            Step::Unsent => store.unsent(lease, error(), now).await,
            Step::Saved => store.saved(lease, Vec::new()).await,
            Step::Cancel => store.request_cancel(lease.job_id, "me").await.map(|_| ()),
            Step::Release => store.release(lease).await,
            Step::Hold => store.hold(lease.job_id).await,
            Step::Unhold => store.unhold(lease.job_id).await,
            Step::Move(rank) => store.relocate(lease.job_id, None, Some(rank)).await,
            Step::Take | Step::Adopt | Step::Expire => Ok(()),
        };
    }
}

/// Holds are told in turn, and only of a job that waits.
fn holds_take_turns(story: &[JobEvent]) -> bool {
    let mut held = false;
    story.iter().all(|event| match event.change {
        Change::Held => !std::mem::replace(&mut held, true),
        Change::Unheld => std::mem::replace(&mut held, false),
        Change::Sending { .. } => !held,
        _ => true,
    })
}

/// The recorded story, replayed, leads from one legal state to the next and to the state recorded.
async fn is_legal(store: &Store, claimed: &Claimed) {
    let id = claimed.job.job_id;
    let story = store.events(id, Seq(0)).await.unwrap();
    assert!(holds_take_turns(&story), "{story:?}");
    let mut status = JobStatus::Pending;
    for (place, event) in story.iter().enumerate() {
        assert_eq!(event.seq.0, place as u64 + 1);
        if place > 0 {
            let next = transition(status, &event.change).unwrap();
            status = next.expect("what tells nothing new is not recorded");
        }
    }
    let found = store.found(id).await;
    assert_eq!(found.status, status);
    assert_eq!(found.event_seq.0, story.len() as u64);
    assert_eq!(found.finished_at.is_some(), status.is_final());
}

pub(super) async fn any_order_of_events_leaves_a_legal_story(place: Place) {
    let store = place.open().await;
    let mut runner = TestRunner::deterministic();
    for _ in 0..STORIES {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        let mut owned = Vec::new();
        store.submit_one(job()).await;
        for step in &steps {
            perform(&store, &place, *step, &mut owned).await;
        }
        for claimed in &owned {
            is_legal(&store, claimed).await;
        }
        // Out of the way of the next.
        place.sql("DELETE FROM jobs").await;
    }
}

proptest! {
    #[test]
    fn a_final_status_is_never_left(order in vec(0u8..12, 1..60)) {
        let mut status = JobStatus::Pending;
        for which in order {
            let change = match which {
                9 => Change::Completed,
                10 => Change::Failed { error: error() },
                11 => Change::Saved { files: 1 },
                other => change(other),
            };
            match transition(status, &change) {
                Ok(Some(next)) => {
                    prop_assert!(!status.is_final() || next == status);
                    prop_assert_eq!(next.is_final(), status.is_final() || change.is_end());
                    status = next;
                }
                Ok(None) => prop_assert!(!status.is_final()),
                Err(_) => {}
            }
        }
    }
}
