//! The help of every command, as it is shown in a pipe.

use crate::support::{Done, command};
use rstest::rstest;

#[rstest]
#[case::batch("batch")]
#[case::jobs("jobs")]
#[case::jobs_list("jobs list")]
#[case::jobs_show("jobs show")]
#[case::jobs_wait("jobs wait")]
#[case::jobs_move("jobs move")]
#[case::jobs_rerun("jobs rerun")]
#[case::jobs_diff("jobs diff")]
#[case::jobs_stats("jobs stats")]
#[case::upload("upload")]
#[case::download("download")]
#[case::queue("queue")]
#[case::interrupt("interrupt")]
#[case::free("free")]
#[case::system("system")]
#[case::models("models")]
#[case::nodes("nodes")]
#[case::completions("completions")]
#[case::simulator("simulator")]
#[case::connections("connections")]
#[case::connections_list("connections list")]
#[case::connections_add("connections add")]
#[case::connections_update("connections update")]
#[case::connections_test("connections test")]
#[case::settings("settings")]
#[case::settings_show("settings show")]
#[case::settings_set("settings set")]
#[case::settings_import("settings import")]
fn help_says_what_a_command_does_with_examples(#[case] name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let done = Done::of(
        command(folder.path())
            .env_remove("COLUMNS")
            .args(name.split(' '))
            .arg("--help"),
    );
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
    // The options that all commands take are the same everywhere.
    let (own, rest) = done.stdout.split_once("Global options:").unwrap();
    let (_, after) = rest.split_once("[default: auto]").unwrap();
    insta::assert_snapshot!(
        format!("help_{}", name.replace(' ', "_")),
        format!("{own}[global options]{after}")
    );
}
