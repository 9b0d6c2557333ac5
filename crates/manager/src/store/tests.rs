//! The contract of the store: each story is told on both databases.
//!
//! On SQLite every story is a test of its own. On PostgreSQL one test tells them all, each in a schema
//! of its own on one private server, because a server takes seconds to set up.

mod again;
mod claim;
mod clean;
mod end;
mod feed;
pub(super) mod fixture;
mod lease;
mod line;
mod list;
mod moving;
pub(super) mod postgres;
mod record;
mod refusal;
mod report;
mod restart;
mod statistics;
mod story;
mod submit;
mod together;
mod tracked;

use fixture::Place;
use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt, StreamExt};
use postgres::Server;
use std::panic::AssertUnwindSafe;

type Story = fn(Place) -> LocalBoxFuture<'static, ()>;

/// Stories that are told at once.
const AT_ONCE: usize = 4;

macro_rules! stories {
    ($($module:ident::$story:ident,)*) => {
        const STORIES: &[(&str, Story)] =
            &[$((stringify!($module::$story), |place| Box::pin($module::$story(place)))),*];

        mod on_sqlite {
            $(#[tokio::test]
            async fn $story() {
                let folder = tempfile::tempdir().unwrap();
                super::$module::$story(super::Place::sqlite(&folder)).await;
            })*
        }
    };
}

stories! {
    submit::a_job_is_stored_with_all_that_was_said_about_it,
    submit::the_same_key_gives_the_same_job,
    submit::jobs_keep_the_order_in_which_they_were_submitted,
    submit::numbers_that_another_process_took_are_passed_over,
    submit::of_jobs_that_are_submitted_together_all_are_stored_or_none,
    submit::a_graph_of_a_megabyte_and_any_character_comes_back_unchanged,
    claim::as_many_are_taken_as_the_connection_has_slots,
    claim::the_highest_priority_goes_first_and_then_the_longest_wait,
    claim::what_is_held_or_not_ready_or_of_another_connection_stays,
    claim::a_wait_that_ends_later_than_any_can_is_over,
    claim::what_runs_after_another_job_waits_until_that_is_completed,
    claim::each_job_goes_to_one_of_eight_who_want_it,
    claim::a_job_without_a_connection_is_taken_by_name_only,
    claim::a_job_is_taken_at_a_time_by_the_clock_that_tells_its_own_times,
    lease::a_late_write_of_a_former_owner_changes_nothing,
    lease::an_expired_lease_passes_to_whoever_asks_first,
    lease::a_lease_that_its_owner_does_not_know_of_is_given_back_by_name,
    lease::a_renewed_lease_does_not_expire,
    lease::a_lease_that_ends_too_far_in_the_future_has_ended,
    lease::what_was_given_back_can_be_taken_at_once,
    lease::files_of_an_ended_job_are_fetched_by_another,
    line::a_held_job_stays_until_it_is_released,
    line::a_job_that_is_held_from_the_start_says_so,
    line::a_job_that_waits_for_a_further_attempt_can_be_held,
    line::a_job_that_a_server_may_have_is_left_alone,
    line::a_moved_job_waits_for_its_new_connection,
    line::a_moved_job_has_its_turn_when_it_was_told_to,
    record::the_story_has_no_gaps_and_stamps_the_first_times,
    record::what_cannot_happen_is_refused_and_leaves_no_trace,
    record::an_ended_job_stays_as_it_ended,
    record::progress_is_noted_without_an_event,
    record::files_that_were_saved_end_the_lease,
    report::what_is_before_a_job_in_its_line_is_counted_by_workflow,
    report::the_details_of_a_job_are_those_that_were_recorded,
    again::an_unsent_job_waits_again_as_if_it_had_not_been_tried,
    again::a_retried_job_gets_a_new_prompt_id_and_its_reason_is_told,
    again::a_job_that_goes_back_in_line_stops_there_when_nobody_wants_it,
    end::a_job_that_no_server_has_is_cancelled_at_once,
    end::a_job_on_a_server_is_stopped_by_whoever_looks_after_it,
    end::what_was_to_run_after_a_failed_job_fails_with_it,
    end::a_long_line_of_jobs_falls_together,
    feed::a_change_wakes_its_own_process_and_others,
    feed::a_turn_that_changes_nothing_is_not_announced,
    together::one_that_fails_takes_nothing_along,
    together::what_is_asked_for_at_once_is_all_written,
    refusal::a_later_history_is_refused_and_left_alone,
    list::a_list_comes_in_pages_that_newer_jobs_do_not_shift,
    list::everything_that_is_asked_for_must_be_true,
    list::several_statuses_are_one_list_in_order,
    list::a_time_span_holds_its_start_and_not_its_end,
    list::words_are_found_in_any_order_and_case_and_by_their_beginning,
    list::tags_come_and_go,
    statistics::ended_jobs_are_counted_by_all_that_they_are,
    statistics::classes_count_their_nodes,
    statistics::days_outside_of_the_time_span_do_not_count,
    statistics::a_damaged_day_keeps_no_job_from_ending,
    clean::the_newest_stay_and_so_do_the_statistics,
    clean::old_ones_go_and_open_ones_and_what_they_wait_for_stay,
    clean::many_go_in_several_turns,
    clean::jobs_that_have_not_ended_take_no_place_of_those_that_are_kept,
    clean::one_job_goes_alone_if_it_may,
    clean::a_batch_goes_with_the_last_of_its_jobs,
    clean::outputs_are_forgotten_once_their_files_are_fetched,
    moving::everything_of_a_job_arrives_and_only_once,
    moving::batches_keep_their_names_unless_others_have_them,
    moving::many_jobs_are_moved_page_by_page,
    moving::a_damaged_line_is_named_and_those_before_it_are_in,
    moving::a_history_of_version_2_is_taken_over_once,
    moving::a_history_that_contradicts_itself_is_found_out,
    moving::a_backup_can_be_verified_and_opened,
    tracked::a_tracked_job_is_written_anew_until_it_has_ended,
    tracked::nobody_takes_a_tracked_job_and_no_other_is_forgotten,
    story::any_order_of_events_leaves_a_legal_story,
}

#[test]
fn postgres_keeps_the_same_contract() {
    let Some(server) = Server::start() else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let failed = runtime.block_on(async {
        let told = STORIES.iter().map(|(name, story)| async {
            let told = AssertUnwindSafe(story(server.place().await));
            (*name, told.catch_unwind().await)
        });
        let told = futures_util::stream::iter(told).buffer_unordered(AT_ONCE);
        let failed = told.filter_map(|(name, end)| async move { end.is_err().then_some(name) });
        failed.collect::<Vec<_>>().await
    });
    drop(server);
    assert!(failed.is_empty(), "{failed:?}");
}
