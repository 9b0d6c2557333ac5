//! The engine's promises, told as sequences of observations.

use super::*;
use crate::event::{Change, transition};
use proptest::prelude::*;

const LEASE: Duration = Duration::from_secs(15);
const NOW: Duration = Duration::from_secs(100);

fn error() -> JobError {
    JobError::new(Code::Unreachable, "no answer")
}

fn completed() -> Ending {
    Ending {
        status: JobStatus::Completed,
        outputs: Vec::new(),
        error: None,
        duration_ms: None,
    }
}

fn no_answer() -> Sighting {
    Sighting::NoAnswer {
        error: error(),
        for_now: true,
    }
}

fn started() -> Course {
    Course::start(Patience::default(), 1, 0)
}

fn running_with_socket() -> Course {
    let mut course = started();
    course.observe(Observation::SocketUp, NOW);
    course.observe(Observation::Posted(PostAnswer::Accepted), NOW);
    course.observe(Observation::StartHeard, NOW);
    assert_eq!(course.status(), JobStatus::Running);
    course
}

fn looked(course: &mut Course, sighting: Sighting, now: Duration) -> Vec<Action> {
    let since = course.turns();
    course.observe(Observation::Looked { sighting, since }, now)
}

fn ended_as(actions: &[Action]) -> Option<(JobStatus, Option<Code>)> {
    actions.iter().find_map(|action| match action {
        Action::End(ending) => Some((ending.status, ending.error.as_ref().map(|e| e.code))),
        _ => None,
    })
}

fn posts(actions: &[Action]) -> bool {
    actions
        .iter()
        .any(|action| matches!(action, Action::Post { .. }))
}

#[test]
fn an_end_is_believed_from_the_records_only() {
    let mut course = running_with_socket();
    assert_eq!(
        course.observe(Observation::EndHeard, NOW),
        [look(Duration::ZERO)]
    );
    let actions = looked(&mut course, Sighting::Finished(completed()), NOW);
    assert_eq!(actions, [Action::End(completed())]);
}

#[test]
fn a_lost_answer_is_looked_for_ten_seconds_before_it_is_posted_again() {
    let mut course = started();
    let lost = Observation::Posted(PostAnswer::Lost(error()));
    assert_eq!(course.observe(lost, NOW), [look(Duration::ZERO)]);
    for second in 0..10 {
        let actions = looked(
            &mut course,
            Sighting::Absent,
            NOW + Duration::from_secs(second),
        );
        assert_eq!(actions, [look(Duration::from_secs(1))]);
    }
    assert!(posts(&looked(
        &mut course,
        Sighting::Absent,
        NOW + Duration::from_secs(10)
    )));
}

#[test]
fn a_lost_answer_whose_prompt_shows_up_is_followed() {
    let mut course = started();
    course.observe(Observation::Posted(PostAnswer::Lost(error())), NOW);
    assert!(!posts(&looked(
        &mut course,
        Sighting::Queued { ahead: 0 },
        NOW
    )));
    assert_eq!(course.status(), JobStatus::Queued);
}

#[test]
fn a_busy_server_is_asked_again_once_it_certainly_has_nothing() {
    let mut course = started();
    let busy = PostAnswer::Busy(error());
    assert_eq!(
        course.observe(Observation::Posted(busy), NOW),
        [look(Duration::ZERO)]
    );
    assert!(posts(&looked(&mut course, Sighting::Absent, NOW)));
}

#[test]
fn an_address_where_nobody_listens_fails_at_once() {
    let mut course = started();
    let actions = course.observe(Observation::Posted(PostAnswer::NotSent(error())), NOW);
    assert_eq!(
        ended_as(&actions),
        Some((JobStatus::Failed, Some(Code::Unreachable)))
    );
}

#[test]
fn a_job_that_can_wait_goes_back_in_line_while_nobody_listens() {
    let patience = Patience {
        waits_for_server: true,
        ..Patience::default()
    };
    let mut course = Course::start(patience, 1, 0);
    let actions = course.observe(Observation::Posted(PostAnswer::NotSent(error())), NOW);
    assert_eq!(actions, [Action::Unsend(error())]);
}

#[test]
fn a_job_whose_owner_died_while_sending_it_is_looked_for_before_it_is_sent_again() {
    let mut course = Course::resume(Patience::default(), JobStatus::Pending, 1, 0, LEASE);
    // An owner who does not know yet that the lease is gone sends for no longer than it lasted.
    let soon = LEASE.saturating_sub(Duration::from_secs(1));
    assert!(!posts(&looked(&mut course, Sighting::Absent, soon)));
    let later = LEASE;
    assert!(posts(&looked(&mut course, Sighting::Absent, later)));
}

#[test]
fn a_job_whose_owner_died_is_given_again_to_a_server_that_forgot_it() {
    let mut course = Course::resume(Patience::default(), JobStatus::Running, 1, 0, LEASE);
    course.observe(Observation::SocketUp, Duration::ZERO);
    assert!(posts(&looked(
        &mut course,
        Sighting::Absent,
        Duration::ZERO
    )));
    let mut given_twice = Course::resume(Patience::default(), JobStatus::Queued, 2, 1, LEASE);
    given_twice.observe(Observation::SocketUp, Duration::ZERO);
    let actions = looked(&mut given_twice, Sighting::Absent, Duration::ZERO);
    assert_eq!(
        ended_as(&actions),
        Some((JobStatus::Failed, Some(Code::ServerLostJob)))
    );
}

#[test]
fn a_job_that_takes_too_long_is_stopped_and_fails_with_that_reason() {
    let mut course = running_with_socket();
    let late = JobError::new(Code::DeadlineExceeded, "ran for more than 5 s");
    let overdue = Observation::Overdue {
        error: late,
        unsent: false,
    };
    assert!(course.observe(overdue, NOW).contains(&Action::Cancel));
    let stopped = Sighting::Finished(Ending::cancelled("interrupted on the server"));
    assert_eq!(
        ended_as(&looked(&mut course, stopped, NOW)),
        Some((JobStatus::Failed, Some(Code::DeadlineExceeded)))
    );
}

#[test]
fn a_job_that_a_restarted_server_forgot_is_posted_once_more_then_failed() {
    let mut course = running_with_socket();
    course.observe(Observation::SocketDown, NOW);
    let again = looked(&mut course, Sighting::Absent, NOW);
    assert_eq!(
        again,
        [Action::Post {
            after: Duration::ZERO,
            attempt: 2,
            reason: "the server forgot it, most likely by a restart",
        }]
    );
    course.observe(Observation::SocketUp, NOW);
    course.observe(Observation::Posted(PostAnswer::Accepted), NOW);
    course.observe(Observation::SocketDown, NOW);
    let actions = looked(&mut course, Sighting::Absent, NOW);
    assert_eq!(
        ended_as(&actions),
        Some((JobStatus::Failed, Some(Code::ServerLostJob)))
    );
}

#[test]
fn a_server_that_is_starting_again_is_waited_for() {
    let mut course = running_with_socket();
    course.observe(Observation::SocketDown, NOW);
    looked(&mut course, Sighting::Absent, NOW);
    let refused = Observation::Posted(PostAnswer::NotSent(error()));
    assert!(posts(&course.observe(refused.clone(), NOW)));
    let much_later = NOW + Duration::from_secs(61);
    assert_eq!(
        ended_as(&course.observe(refused, much_later)),
        Some((JobStatus::Failed, Some(Code::ServerLostJob)))
    );
}

#[test]
fn a_long_outage_ends_the_watch_and_not_the_job() {
    let mut course = running_with_socket();
    course.observe(Observation::SocketDown, NOW);
    let no_answer = no_answer();
    assert_eq!(
        looked(&mut course, no_answer.clone(), NOW),
        [look(Duration::from_secs(1))]
    );
    let actions = looked(&mut course, no_answer, NOW + Duration::from_mins(1));
    assert_eq!(actions, [Action::GiveUp(error())]);
}

#[test]
fn a_server_that_understands_neither_post_nor_look_is_no_comfyui() {
    let mut course = started();
    course.observe(Observation::Posted(PostAnswer::Lost(error())), NOW);
    let not_understood = Sighting::NoAnswer {
        error: error(),
        for_now: false,
    };
    let look_again = looked(&mut course, not_understood.clone(), NOW);
    assert_eq!(look_again, [look(Duration::from_secs(1))]);
    let actions = looked(&mut course, not_understood, NOW + Duration::from_secs(10));
    assert_eq!(
        ended_as(&actions),
        // Not a code that is tried again: under a new id it might run twice.
        Some((JobStatus::Failed, Some(Code::NotComfyui)))
    );
}

#[test]
fn a_job_that_somebody_else_sent_stays_open_behind_answers_that_nobody_understands() {
    let mut course = Course::resume(Patience::default(), JobStatus::Pending, 1, 0, LEASE);
    let not_understood = Sighting::NoAnswer {
        error: error(),
        for_now: false,
    };
    let later = NOW + LEASE;
    assert_eq!(
        ended_as(&looked(&mut course, not_understood.clone(), NOW)),
        None
    );
    assert_eq!(ended_as(&looked(&mut course, not_understood, later)), None);
    let ended = looked(&mut course, Sighting::Finished(completed()), later);
    assert_eq!(ended_as(&ended), Some((JobStatus::Completed, None)));
}

#[test]
fn a_job_that_someone_took_out_of_the_queue_is_cancelled_and_not_posted_again() {
    let mut course = started();
    course.observe(Observation::SocketUp, NOW);
    course.observe(Observation::Posted(PostAnswer::Accepted), NOW);
    let actions = looked(&mut course, Sighting::Absent, NOW);
    assert_eq!(
        ended_as(&actions),
        Some((JobStatus::Cancelled, Some(Code::Cancelled)))
    );
}

#[test]
fn a_job_that_was_seen_after_a_reconnect_and_then_taken_out_is_not_posted_again() {
    let mut course = started();
    course.observe(Observation::SocketUp, NOW);
    course.observe(Observation::Posted(PostAnswer::Accepted), NOW);
    course.observe(Observation::SocketDown, NOW);
    course.observe(Observation::SocketUp, NOW);
    looked(&mut course, Sighting::Queued { ahead: 1 }, NOW);
    let actions = looked(&mut course, Sighting::Absent, NOW);
    assert_eq!(
        ended_as(&actions),
        Some((JobStatus::Cancelled, Some(Code::Cancelled)))
    );
}

#[test]
fn a_job_whose_record_was_erased_is_not_run_twice() {
    let mut course = running_with_socket();
    let actions = looked(&mut course, Sighting::Absent, NOW);
    assert_eq!(
        ended_as(&actions),
        Some((JobStatus::Failed, Some(Code::ServerLostJob)))
    );
}

#[test]
fn cancelling_is_asked_for_until_the_server_has_done_it() {
    let mut course = running_with_socket();
    assert!(
        course
            .observe(Observation::CancelWanted { unsent: false }, NOW)
            .contains(&Action::Cancel)
    );
    assert!(looked(&mut course, Sighting::Running, NOW).contains(&Action::Cancel));
    let actions = looked(&mut course, Sighting::Absent, NOW);
    assert_eq!(
        ended_as(&actions),
        Some((JobStatus::Cancelled, Some(Code::Cancelled)))
    );
}

#[test]
fn a_job_that_finished_before_the_cancel_reached_it_is_completed() {
    let mut course = running_with_socket();
    course.observe(Observation::CancelWanted { unsent: false }, NOW);
    let actions = looked(&mut course, Sighting::Finished(completed()), NOW);
    assert_eq!(actions, [Action::End(completed())]);
}

#[test]
fn a_look_that_began_before_a_prompt_was_accepted_says_nothing_about_it() {
    let mut course = started();
    course.observe(Observation::SocketUp, NOW);
    let since = course.turns();
    course.observe(Observation::Posted(PostAnswer::Accepted), NOW);
    let sighting = Sighting::Absent;
    let actions = course.observe(Observation::Looked { sighting, since }, NOW);
    assert_eq!(actions, [look(Duration::ZERO)]);
    assert_eq!(course.status(), JobStatus::Queued);
}

#[test]
fn what_was_seen_before_a_restart_is_no_evidence_after_it() {
    let mut course = running_with_socket();
    let since = course.turns();
    course.observe(Observation::SocketDown, NOW);
    course.observe(Observation::SocketUp, NOW);
    let sighting = Sighting::Running;
    course.observe(Observation::Looked { sighting, since }, NOW);
    let actions = looked(&mut course, Sighting::Absent, NOW);
    assert!(posts(&actions), "{actions:?}");
}

#[test]
fn an_acceptance_that_is_read_after_a_restart_is_no_evidence_either() {
    let mut course = started();
    course.observe(Observation::SocketUp, NOW);
    course.observe(Observation::SocketDown, NOW);
    course.observe(Observation::SocketUp, NOW);
    course.observe(Observation::Posted(PostAnswer::Accepted), NOW);
    let actions = looked(&mut course, Sighting::Absent, NOW);
    assert!(posts(&actions), "{actions:?}");
}

/// What may happen to a job that is followed, in any order.
#[derive(Debug, Clone)]
enum Step {
    Told(Observation),
    LookBegins,
    LookEnds(Sighting),
}

fn any_step() -> impl Strategy<Value = Step> {
    let told = prop_oneof![
        Just(Observation::Posted(PostAnswer::Accepted)),
        Just(Observation::Posted(PostAnswer::Rejected(error()))),
        Just(Observation::Posted(PostAnswer::NotSent(error()))),
        Just(Observation::Posted(PostAnswer::Busy(error()))),
        Just(Observation::Posted(PostAnswer::Failed(error()))),
        Just(Observation::Posted(PostAnswer::Lost(error()))),
        Just(Observation::StartHeard),
        Just(Observation::EndHeard),
        Just(Observation::SocketUp),
        Just(Observation::SocketDown),
        Just(Observation::CancelWanted { unsent: false }),
        Just(Observation::Overdue {
            error: error(),
            unsent: false
        }),
    ];
    let seen = prop_oneof![
        Just(Sighting::Queued { ahead: 0 }),
        Just(Sighting::Running),
        Just(Sighting::Absent),
        Just(no_answer()),
        Just(Sighting::Finished(completed())),
    ];
    prop_oneof![
        3 => told.prop_map(Step::Told),
        1 => Just(Step::LookBegins),
        3 => seen.prop_map(Step::LookEnds),
    ]
}

/// Any beginning: a job of ours, or one of somebody who is gone.
fn any_course() -> impl Strategy<Value = Course> {
    let status = prop_oneof![
        Just(None),
        Just(Some(JobStatus::Pending)),
        Just(Some(JobStatus::Queued)),
        Just(Some(JobStatus::Running)),
    ];
    (status, any::<bool>(), 0u32..3).prop_map(|(status, waits_for_server, resubmissions)| {
        let patience = Patience {
            waits_for_server,
            resubmissions,
            ..Patience::default()
        };
        match status {
            None => Course::start(patience, 1, 0),
            Some(status) => Course::resume(patience, status, 1, 0, LEASE),
        }
    })
}

/// The events that the follower of a course would record, in order.
fn told(before: JobStatus, course: &Course, actions: &[Action]) -> Vec<Change> {
    let mut story = Vec::new();
    if course.status() != before {
        match course.status() {
            JobStatus::Queued => story.push(Change::Queued),
            JobStatus::Running => story.push(Change::Running),
            _ => {}
        }
    }
    for action in actions {
        match action {
            Action::Post { attempt, .. } => story.push(Change::Sending {
                attempt: *attempt,
                connection: "local".to_owned(),
                worker: "me".to_owned(),
                reason: None,
            }),
            Action::Unsend(error) => story.push(Change::Unsent {
                error: error.clone(),
            }),
            Action::End(ending) => story.push(ending.change()),
            Action::Look { .. } | Action::Cancel | Action::GiveUp(_) => {}
        }
    }
    story
}

proptest! {
    /// Whatever happens in whatever order: each event is legal where the job stands, what the course
    /// believes is what the events tell, a further attempt needs a server that may have been
    /// restarted, and nothing is done after the end.
    #[test]
    fn invariants_hold(
        mut course in any_course(),
        steps in proptest::collection::vec((any_step(), 0u64..20), 1..60),
    ) {
        let mut now = Duration::ZERO;
        let mut status = course.status();
        let mut story = Vec::new();
        let first = status;
        let mut noted = None;
        let mut socket_was_down = true;
        for (step, seconds) in steps {
            now += Duration::from_secs(seconds);
            let (attempt, before) = (course.attempt, course.status());
            let over = course.stage == Stage::Ended;
            let observation = match step {
                Step::Told(observation) => observation,
                Step::LookBegins => {
                    noted = Some(course.turns());
                    continue;
                }
                Step::LookEnds(sighting) => {
                    let since = noted.take().unwrap_or(course.turns());
                    Observation::Looked { sighting, since }
                }
            };
            socket_was_down |= observation == Observation::SocketDown;
            let actions = course.observe(observation, now);
            prop_assert!(!over || actions.is_empty());
            prop_assert!(course.attempt <= 1 + course.patience.resubmissions);
            prop_assert!(course.attempt == attempt || socket_was_down);
            if posts(&actions) && matches!(before, JobStatus::Queued | JobStatus::Running) {
                prop_assert!(course.attempt > attempt);
            }
            for change in told(before, &course, &actions) {
                let next = transition(status, &change);
                prop_assert!(next.is_ok(), "{next:?} after {story:?}");
                if let Ok(Some(next)) = next {
                    status = next;
                    story.push(change);
                }
            }
            if course.stage != Stage::Ended {
                prop_assert_eq!(status, course.status());
            }
        }
        // Whoever begins to watch anywhere in the story comes to the same end.
        let mut watched = first;
        for (index, change) in story.iter().enumerate() {
            prop_assert!(!watched.is_final(), "{:?}", story);
            watched = transition(watched, change).ok().flatten().unwrap_or(watched);
            let rest = story[index + 1..].iter();
            let end = rest.fold(watched, |status, change| {
                transition(status, change).ok().flatten().unwrap_or(status)
            });
            prop_assert_eq!(end, status);
        }
    }
}
