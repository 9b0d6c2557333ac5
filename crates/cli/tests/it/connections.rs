//! `comfyctl connections`.

use crate::support::{Bench, Done, command};
use serde_json::{Value, json};

/// A simulated server that is called `gpu`, and one that is down.
fn bench() -> Bench {
    let bench = Bench::new();
    let done = run(
        &bench,
        &["add", "gpu", &bench.simulator.url(), "--label", "fast"],
    );
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(
        run(&bench, &["add", "down", "127.0.0.1:1", "--max-jobs", "2"]).code,
        0
    );
    bench
}

/// Without a server in the environment.
fn run(bench: &Bench, arguments: &[&str]) -> Done {
    Done::of(
        command(bench.folder.path())
            .arg("connections")
            .args(arguments),
    )
}

fn json(bench: &Bench, arguments: &[&str]) -> (i32, Value) {
    let done = run(bench, &[arguments, &["--json"]].concat());
    (done.code, serde_json::from_str(&done.stdout).unwrap())
}

fn names(bench: &Bench) -> Vec<String> {
    let (_, list) = json(bench, &["list"]);
    let connections = list["connections"].as_array().unwrap();
    connections
        .iter()
        .map(|connection| connection["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn without_settings_there_is_one_on_this_machine() {
    let bench = Bench::new();
    let done = run(&bench, &["list"]);
    insta::assert_snapshot!(done.stdout, @r"
    NAME     STATE    MAX JOBS  LABELS  ADDRESS
    default  default  16                http://127.0.0.1:8188
    ");
}

#[test]
fn connections_are_listed_with_what_they_are_given() {
    let bench = bench();
    assert_eq!(run(&bench, &["pause", "down"]).stdout, "paused `down`\n");
    let (_, list) = json(&bench, &["list"]);
    insta::assert_json_snapshot!(list, { ".connections[0].url" => "[url]" });
    let done = run(&bench, &["list"]);
    let url = bench.simulator.url();
    insta::assert_snapshot!(done.stdout.replace(&url, "[url]"));
    assert_eq!(run(&bench, &["resume", "down"]).code, 0);
    assert_eq!(json(&bench, &["list"]).1["connections"][1]["paused"], false);
}

#[test]
fn a_list_may_tell_who_answers() {
    let bench = bench();
    let (code, list) = json(&bench, &["list", "--check"]);
    let health = |index: usize| &list["connections"][index]["health"];
    assert_eq!(
        (code, &health(0)["state"], &health(0)["load"]),
        (0, &json!("healthy"), &json!(0))
    );
    assert_eq!(health(1)["state"], "unhealthy");
    assert_eq!(health(1)["last_error"]["code"], "unreachable");
    let done = run(&bench, &["list", "--check"]);
    assert!(
        done.stdout.contains("does not answer: unreachable"),
        "{done:?}"
    );
    assert!(done.stdout.contains("0 in the queue"), "{done:?}");
}

#[test]
fn one_that_is_broken_does_not_hide_the_others() {
    let bench = Bench::new();
    bench.file(
        "settings.json",
        r#"{"connections": {"bad": {"url": "ho st"}, "good": {}}}"#,
    );
    let (code, list) = json(&bench, &["list"]);
    assert_eq!(
        (code, names(&bench)),
        (0, vec!["bad".to_owned(), "good".to_owned()])
    );
    assert_eq!(list["connections"][0]["error"]["code"], "invalid_settings");
    let done = run(&bench, &["list"]);
    assert!(done.stdout.contains("broken"), "{done:?}");
}

#[test]
fn what_answers_is_told_in_one_look() {
    let bench = bench();
    let done = run(&bench, &["test"]);
    assert_eq!(done.code, 0);
    insta::with_settings!({filters => [
        (r"http://127.0.0.1:\d+", "[url]"), (r"[\d.]+ ms", "[latency] ms"),
    ]}, {
        insta::assert_snapshot!(done.stdout);
    });
    assert_eq!(
        json(&bench, &["test", "gpu"]).1["connections"][0]["models"]["loras"],
        1
    );
}

#[test]
fn why_nobody_answers_is_told_and_is_the_exit_code() {
    let bench = bench();
    let done = run(&bench, &["test", "down"]);
    assert_eq!((done.code, done.stderr.as_str()), (7, ""));
    assert!(done.stdout.contains("works       no"), "{done:?}");
    let (code, told) = json(&bench, &["test", "--all"]);
    assert_eq!((code, &told["connections"][0]["ok"]), (7, &json!(true)));
    assert_eq!(told["connections"][1]["error"]["reason"], "refused");
    let (code, told) = bench.json(&["--url", "http://127.0.0.1:1", "connections", "test"]);
    assert_eq!(
        (code, &told["connections"][0]["name"]),
        (7, &json!("127.0.0.1:1"))
    );
}

#[test]
fn credentials_are_written_as_references_and_shown_nowhere() {
    let bench = Bench::new();
    let add = [
        "add",
        "cloud",
        "https://host/comfy",
        "--bearer",
        "env:TOKEN",
        "--ca-file",
        "ca.pem",
    ];
    assert_eq!(run(&bench, &add).code, 0);
    let basic = ["add", "lab", "https://lab", "--basic", "me=s3cret"];
    let done = run(&bench, &basic);
    assert!(!format!("{done:?}").contains("s3cret"));
    assert_eq!(
        run(
            &bench,
            &["update", "cloud", "--header", "X-API-Key=file:key"]
        )
        .code,
        0
    );
    let text = std::fs::read_to_string(bench.path("settings.json")).unwrap();
    let folder = bench
        .folder
        .path()
        .canonicalize()
        .unwrap()
        .display()
        .to_string();
    insta::assert_snapshot!(text.replace(&folder, "[folder]"));
    assert_eq!(run(&bench, &["update", "lab", "--no-credentials"]).code, 0);
    let text = std::fs::read_to_string(bench.path("settings.json")).unwrap();
    assert!(!text.contains("s3cret"));
}

#[test]
fn names_and_the_default_can_be_changed() {
    let bench = bench();
    assert_eq!(run(&bench, &["default", "down"]).code, 0);
    let renamed = json(&bench, &["rename", "down", "new"]);
    assert_eq!(renamed, (0, json!({"renamed": "down", "to": "new"})));
    assert_eq!(run(&bench, &["default"]).stdout, "new\n");
    let done = run(&bench, &["remove", "new", "nobody"]);
    assert_eq!(done.code, 6);
    assert_eq!(names(&bench), ["gpu", "new"], "nothing was removed");
    assert_eq!(
        json(&bench, &["remove", "new"]),
        (0, json!({"removed": ["new"]}))
    );
    assert_eq!(run(&bench, &["default"]).stdout, "gpu\n");
}

#[test]
fn a_wrong_name_or_address_is_told_with_a_way_out() {
    let bench = bench();
    let errors = [
        run(&bench, &["add", "gpu", "other"]),
        run(&bench, &["add", "any", "other"]),
        run(&bench, &["add", "new", "ftp://host"]),
        run(&bench, &["update", "gpo", "other"]),
        run(&bench, &["test", "gpo"]),
    ];
    let errors = errors.map(|done| {
        assert_eq!(done.code, 6, "{done:?}");
        done.stderr
    });
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn a_job_runs_where_a_label_is() {
    let bench = bench();
    bench.file(
        "quick.json",
        r#"{"1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 1}},
            "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}}"#,
    );
    let job = |arguments: &[&str]| {
        let mut run = command(bench.folder.path());
        Done::of(run.args(["run", "quick.json", "--json"]).args(arguments))
    };
    for arguments in [&["--connection", "any"][..], &["--label", "fast"]] {
        let done = job(arguments);
        let value: Value = serde_json::from_str(&done.stdout).unwrap();
        assert_eq!(
            (done.code, &value["connection"]),
            (0, &json!("gpu")),
            "{value}"
        );
    }
    let done = job(&["--label", "slow"]);
    assert_eq!(done.code, 6);
    assert!(
        done.stdout.contains("`gpu` lacks the label `slow`"),
        "{done:?}"
    );
    assert_eq!(job(&["--label", "fast", "--connection", "gpu"]).code, 6);
}
