//! `comfyctl batch` as a user meets it: many jobs, none lost and none run twice.

use crate::support::{Bench, Done, command};
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const QUICK: &str = r#"{
    "1": {"class_type": "EmptyImage", "inputs": {"width": 32, "height": 16, "batch_size": 1, "color": 255}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "quick"}}
}"#;

fn jobs(bench: &Bench, batch: &str) -> Vec<Value> {
    let (_, group) = bench.json(&["batch", "show", batch]);
    let id = group["group_id"].as_str().unwrap();
    let (_, listed) = bench.json(&["jobs", "list", "--group", id, "--limit", "1000"]);
    listed["jobs"].as_array().unwrap().clone()
}

#[test]
fn every_combination_runs_with_its_values() {
    let bench = Bench::new();
    bench.file("quick.json", QUICK);
    bench.file("names.txt", "cat, black\nfox\n");
    let (code, group) = bench.json(&[
        "batch",
        "quick.json",
        "--sweep",
        "1.color=1..3",
        "--sweep",
        "2.filename_prefix=@names.txt",
        "--name",
        "colours",
        "-o",
        "out",
    ]);
    assert_eq!(code, 0, "{group}");
    insta::assert_json_snapshot!(group, { ".group_id" => "[id]", ".created_at" => "[time]" });
    let files = std::fs::read_dir(bench.path("out")).unwrap();
    assert_eq!(files.count(), 6);
    let outputs: HashSet<String> = jobs(&bench, "colours")
        .iter()
        .map(|job| job["outputs"][0]["filename"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(outputs.len(), 6, "{outputs:?}");
    let shown = bench.run(&["batch", "show", "colours"]).stdout;
    assert!(
        shown.contains("6: 6 done") && shown.contains("3 values, 1 to 3"),
        "{shown}"
    );
    let listed = bench.run(&["batch", "list"]).stdout;
    assert!(listed.contains("colours"), "{listed}");
}

#[test]
fn an_image_is_uploaded_once_for_all_jobs() {
    let bench = Bench::new();
    let scaled = r#"{
        "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}},
        "2": {"class_type": "ImageScale", "inputs": {"image": ["1", 0], "upscale_method": "area",
              "width": 8, "height": 8, "crop": "disabled"}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "scaled"}}
    }"#;
    bench.file("scaled.json", scaled);
    bench.file("quick.json", QUICK);
    assert_eq!(bench.run(&["run", "quick.json", "-o", "out"]).code, 0);
    let image = "1=out/quick_00001_.png";
    let sweep = ["batch", "scaled.json", "--sweep", "2.width=8,16"];
    let (code, group) = bench.json(&[&sweep[..], &["--image", image, "--name", "scaled"]].concat());
    assert_eq!((code, &group["completed"]), (0, &json!(2)), "{group}");
    let named = |job: &Value| {
        let id = job["job_id"].as_str().unwrap();
        let (_, prompt) = bench.json(&["jobs", "show", id, "--prompt"]);
        prompt["1"]["inputs"]["image"].clone()
    };
    let names: HashSet<Value> = jobs(&bench, "scaled").iter().map(named).collect();
    assert_eq!(names, HashSet::from([json!("quick_00001_.png")]));
}

#[test]
fn a_batch_waits_for_the_jobs_that_it_runs_after_and_not_for_longer_than_it_may() {
    let bench = Bench::new();
    bench.file("quick.json", QUICK);
    let sweep =
        |name: &str| ["--sweep", "1.color=1,2", "--name", name, "--no-wait"].map(str::to_owned);
    let batch = |name: &str, more: &[&str]| {
        let sweep = sweep(name);
        let sweep: Vec<&str> = sweep.iter().map(String::as_str).collect();
        let done = bench.run(&[&["batch", "quick.json"], &sweep[..], more].concat());
        assert_eq!(done.code, 0, "{done:?}");
        let ids = jobs(&bench, name);
        ids[0]["job_id"].as_str().unwrap().to_owned()
    };
    let first = batch("first", &[]);
    let second = batch("second", &["--after", &first]);
    let (_, shown) = bench.json(&["jobs", "show", &second]);
    assert_eq!(shown["after"], json!([first]));
    bench.run(&["jobs", "cancel", &first]);
    let (_, group) = bench.json(&["batch", "show", "second"]);
    assert_eq!(group["failed"], 2, "{group}");
    let late = bench.run(&["jobs", "show", &second]).stdout;
    assert!(late.contains("dependency_failed"), "{late}");
    let held = batch("late", &["--queue-timeout", "0.001"]);
    let (code, group) = bench.json(&["batch", "resume", "late"]);
    assert_eq!((code, &group["failed"]), (1, &json!(2)), "{group}");
    let (_, shown) = bench.json(&["jobs", "show", &held]);
    assert_eq!(shown["error"]["code"], "deadline_exceeded");
    let unknown = bench.run(&[
        "batch",
        "quick.json",
        "--sweep",
        "1.color=1,2",
        "--after",
        "nobody",
    ]);
    assert_eq!(unknown.code, 14, "{unknown:?}");
}

#[test]
fn zipped_sweeps_go_side_by_side() {
    let bench = Bench::new();
    bench.file("quick.json", QUICK);
    let (code, group) = bench.json(&[
        "batch",
        "quick.json",
        "--sweep",
        "1.width=16,32",
        "--sweep",
        "1.height=32,16",
        "--zip",
    ]);
    assert_eq!((code, &group["completed"]), (0, &json!(2)));
    let done = bench.run(&[
        "batch",
        "quick.json",
        "--sweep",
        "1.width=16,32",
        "--sweep",
        "1.height=1..3",
        "--zip",
    ]);
    assert_eq!(done.code, 4, "{done:?}");
}

/// Nothing is stored when anything about it is wrong.
#[rstest]
#[case::no_such_input(&["--sweep", "1.widht=1..3"], 4, "no such input")]
#[case::no_such_parameter(&["--sweep", "prompt=a,b"], 4, "neither a selector nor a parameter")]
#[case::a_value_that_is_refused(&["--sweep", "1.width=16,0"], 10, "node `1` (EmptyImage)")]
#[case::an_end_that_is_refused(&["--sweep", "1.width=16..0"], 10, "node `1` (EmptyImage)")]
#[case::too_many(&["--sweep", "1.width=1..1000", "--sweep", "1.height=1..1000"], 4, "1000000 jobs")]
#[case::no_file(&["--sweep", "1.width=@none.txt"], 2, "none.txt")]
#[case::no_sweep(&[], 2, "--sweep")]
fn a_batch_that_cannot_run_is_refused_whole(
    #[case] more: &[&str],
    #[case] code: i32,
    #[case] named: &str,
) {
    let bench = Bench::new();
    bench.file("quick.json", QUICK);
    let done = bench.run(&[&["batch", "quick.json"], more].concat());
    assert_eq!(done.code, code, "{done:?}");
    assert!(done.stderr.contains(named), "{done:?}");
    assert_eq!(bench.run(&["batch", "list"]).stdout.trim(), "no batches");
    assert_eq!(bench.run(&["jobs", "list"]).stdout.trim(), "no jobs");
}

#[test]
fn a_name_is_given_once() {
    let bench = Bench::new();
    bench.file("quick.json", QUICK);
    let arguments = [
        "batch",
        "quick.json",
        "--sweep",
        "1.color=1,2",
        "--name",
        "once",
    ];
    assert_eq!(bench.run(&arguments).code, 0);
    let again = bench.run(&arguments);
    assert_eq!(again.code, 5, "{again:?}");
    assert!(again.stderr.contains("batch resume once"), "{again:?}");
    assert_eq!(jobs(&bench, "once").len(), 2);
}

#[test]
fn what_is_not_waited_for_is_sent_by_whoever_comes_next() {
    let bench = Bench::new();
    bench.file("quick.json", QUICK);
    let done = bench.run(&[
        "batch",
        "quick.json",
        "--sweep",
        "1.color=1..5",
        "--name",
        "later",
        "--no-wait",
    ]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stderr.contains("no worker is alive"), "{done:?}");
    let (_, waiting) = bench.json(&["batch", "show", "later"]);
    assert_eq!(waiting["pending"], 5);
    let (code, resumed) = bench.json(&["batch", "resume", "later"]);
    assert_eq!((code, &resumed["completed"]), (0, &json!(5)));
    assert_eq!(bench.run(&["batch", "resume", "nothing"]).code, 14);
}

#[test]
fn the_jobs_go_to_any_connection_that_has_the_label() {
    let bench = Bench::new();
    bench.file("quick.json", QUICK);
    let url = bench.simulator.url();
    let settings = json!({ "connections": {
        "small": { "url": url, "labels": ["here"], "max_jobs": 1 },
        "large": { "url": url, "labels": ["here"], "max_jobs": 3 },
        "other": { "url": "http://127.0.0.1:1" },
    }});
    bench.file("settings.json", settings.to_string());
    let mut command = command(bench.folder.path());
    let done = Done::of(command.args([
        "batch",
        "quick.json",
        "--sweep",
        "1.color=1..8",
        "--label",
        "here",
        "--name",
        "shared",
    ]));
    assert_eq!(done.code, 0, "{done:?}");
    let jobs = jobs(&bench, "shared");
    let is_labelled =
        |job: &Value| ["small", "large"].contains(&job["connection"].as_str().unwrap());
    assert!(jobs.len() == 8 && jobs.iter().all(is_labelled), "{jobs:?}");
}

#[test]
fn a_batch_whose_program_was_killed_goes_on_without_loss_and_without_a_second_run() {
    let bench = Bench::with_faults(&["slow-node=EmptyImage:20ms"]);
    bench.file("quick.json", QUICK);
    let mut program = start(&bench);
    wait_until(|| {
        let (code, group) = bench.json(&["batch", "show", "killed"]);
        code == 0 && group["completed"].as_u64() >= Some(3)
    });
    program.kill().unwrap();
    program.wait().unwrap();
    let (code, resumed) = bench.json(&["batch", "resume", "killed"]);
    assert_eq!((code, &resumed["completed"]), (0, &json!(40)), "{resumed}");
    let jobs = jobs(&bench, "killed");
    assert!(jobs.iter().all(|job| job["attempts"] == 1), "{jobs:?}");
    let files = std::fs::read_dir(bench.path("out")).unwrap();
    let names: HashSet<_> = jobs
        .iter()
        .map(|job| job["outputs"][0]["filename"].clone())
        .collect();
    assert_eq!((names.len(), files.count() >= 40), (40, true));
    let (_, executed) = bench.json(&["jobs", "stats"]);
    assert_eq!(executed["statistics"][0]["completed"], 40);
}

fn start(bench: &Bench) -> Child {
    let mut program = std::process::Command::new(assert_cmd::cargo::cargo_bin!("comfyctl"));
    program
        .args([
            "batch",
            "quick.json",
            "--sweep",
            "1.color=1..40",
            "--name",
            "killed",
            "-o",
            "out",
        ])
        .current_dir(bench.folder.path())
        .env("COMFYCTL_URL", bench.simulator.url())
        .env("COMFYCTL_DATA", bench.path("data"))
        .env("COMFYCTL_CONFIG", bench.path("settings.json"))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    program.spawn().unwrap()
}

/// Looks until it is so; each look is a program of its own, which takes its time.
fn wait_until(mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(
            started.elapsed() < Duration::from_mins(1),
            "it never came about"
        );
    }
}
