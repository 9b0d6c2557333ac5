//! The log, as the settings, the environment and `-v` want it.

use crate::support::{Bench, Done};

const LONG_ENOUGH: &str = "comfyctl_manager=trace,hyper_util=debug";

fn bench(logging: &str) -> Bench {
    let bench = Bench::new();
    bench.file("settings.json", format!(r#"{{"logging": {logging}}}"#));
    bench
}

#[test]
fn a_file_takes_the_log_and_stderr_stays_quiet() {
    let bench = bench(r#"{"log_to_file": true, "log_file": "logs/x.log", "level": "DEBUG"}"#);
    let done = Done::of(bench.command().arg("system"));
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
    assert!(bench.path("logs/x.log").exists());
}

#[test]
fn the_environment_beats_the_settings() {
    let bench = bench(r#"{"level": "ERROR", "log_to_file": true, "log_file": "x.log"}"#);
    let done = Done::of(
        bench
            .command()
            .env("COMFYCTL_LOG", LONG_ENOUGH)
            .arg("system"),
    );
    assert!(done.stderr.contains("DEBUG hyper_util"), "{done:?}");
    let logged = std::fs::read_to_string(bench.path("x.log")).unwrap();
    assert!(
        logged.contains("DEBUG hyper_util") && !logged.contains('\u{1b}'),
        "{logged}"
    );
}

#[test]
fn a_log_file_that_cannot_be_written_is_a_warning() {
    let bench = bench(r#"{"log_to_file": true, "log_file": "."}"#);
    let done = bench.run(&["system"]);
    assert_eq!(done.code, 0);
    assert!(
        done.stderr
            .contains("warning: nothing is logged to a file: "),
        "{done:?}"
    );
}
