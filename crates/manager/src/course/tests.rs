//! The engine's promises, told as sequences of observations.

use super::*;
use proptest::prelude::*;

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
    course.observe(Observation::Looked(sighting), now)
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
    let mut course = Course::resume(Patience::default(), JobStatus::Pending, 1, 0);
    let soon = Duration::from_secs(9);
    assert!(!posts(&looked(&mut course, Sighting::Absent, soon)));
    let later = Duration::from_secs(10);
    assert!(posts(&looked(&mut course, Sighting::Absent, later)));
}

#[test]
fn a_job_whose_owner_died_is_given_again_to_a_server_that_forgot_it() {
    let mut course = Course::resume(Patience::default(), JobStatus::Running, 1, 0);
    course.observe(Observation::SocketUp, Duration::ZERO);
    assert!(posts(&looked(
        &mut course,
        Sighting::Absent,
        Duration::ZERO
    )));
    let mut given_twice = Course::resume(Patience::default(), JobStatus::Queued, 2, 1);
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
    let actions = looked(&mut course, not_understood, NOW);
    assert_eq!(
        ended_as(&actions),
        Some((JobStatus::Failed, Some(Code::Unreachable)))
    );
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

fn any_observation() -> impl Strategy<Value = Observation> {
    prop_oneof![
        Just(Observation::Posted(PostAnswer::Accepted)),
        Just(Observation::Posted(PostAnswer::NotSent(error()))),
        Just(Observation::Posted(PostAnswer::Busy(error()))),
        Just(Observation::Posted(PostAnswer::Failed(error()))),
        Just(Observation::Posted(PostAnswer::Lost(error()))),
        Just(Observation::StartHeard),
        Just(Observation::EndHeard),
        Just(Observation::SocketUp),
        Just(Observation::SocketDown),
        Just(Observation::Looked(Sighting::Queued { ahead: 0 })),
        Just(Observation::Looked(Sighting::Running)),
        Just(Observation::Looked(Sighting::Absent)),
        Just(Observation::Looked(no_answer())),
        Just(Observation::Looked(Sighting::Finished(completed()))),
        Just(Observation::CancelWanted { unsent: false }),
    ]
}

proptest! {
    /// Whatever happens in whatever order: a second attempt needs a lost server, nothing is done
    /// after the end.
    #[test]
    fn invariants_hold(steps in proptest::collection::vec((any_observation(), 0u64..20), 1..60)) {
        let mut course = Course::start(Patience::default(), 1, 0);
        let mut now = Duration::ZERO;
        let mut socket_was_down = true;
        let mut over = false;
        for (observation, seconds) in steps {
            now += Duration::from_secs(seconds);
            socket_was_down |= observation == Observation::SocketDown;
            let attempt = course.attempt;
            let was = course.stage.clone();
            let actions = course.observe(observation, now);
            prop_assert!(!over || actions.is_empty());
            prop_assert!(course.attempt <= 2);
            if course.attempt > attempt {
                prop_assert!(socket_was_down);
            }
            if posts(&actions) && matches!(was, Stage::Queued | Stage::Running) {
                prop_assert!(course.attempt > attempt);
            }
            over |= course.stage == Stage::Ended;
        }
    }
}
