//! `comfyctl queue` and `comfyctl interrupt`.

use crate::support::Bench;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Runs until it is stopped.
const LONG: &str = r#"{
    "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 1}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "long"}}
}"#;

/// A server with one prompt that runs, for ever, and two that wait, and their ids.
fn busy() -> (Bench, [String; 3]) {
    let bench = Bench::with_faults(&["slow-node=EmptyImage:3600s"]);
    bench.file("long.json", LONG);
    let ids = [(); 3].map(|()| {
        let (code, job) = bench.json(&["run", "long.json", "--no-wait"]);
        assert_eq!(code, 0, "{job}");
        job["job_id"].as_str().unwrap().to_owned()
    });
    until(&bench, |queue| queue["running"][0]["prompt_id"] == ids[0]);
    (bench, ids)
}

/// Asks for the queue until it is as wanted.
fn until(bench: &Bench, wanted: impl Fn(&Value) -> bool) {
    let start = Instant::now();
    loop {
        let (_, queue) = bench.json(&["queue"]);
        if wanted(&queue) {
            return;
        }
        assert!(start.elapsed() < Duration::from_mins(1), "{queue}");
    }
}

#[test]
fn an_empty_queue_says_so() {
    let bench = Bench::new();
    assert_eq!(
        bench.json(&["queue"]),
        (0, json!({"running": [], "pending": []}))
    );
    assert_eq!(
        bench.run(&["queue"]).stdout,
        "nothing runs and nothing waits\n"
    );
    assert_eq!(bench.run(&["queue", "--clear"]).stdout, "nothing waits\n");
    assert_eq!(bench.run(&["interrupt"]).stdout, "nothing runs\n");
    assert_eq!(
        bench.json(&["interrupt"]),
        (0, json!({"interrupted": null}))
    );
}

#[test]
fn the_queue_shows_what_runs_and_waits_in_order() {
    let (bench, ids) = busy();
    let (_, queue) = bench.json(&["queue"]);
    insta::assert_json_snapshot!(queue, {
        ".*[].prompt_id" => "[id]", ".*[].client_id" => "[client]",
    });
    let shown = bench.run(&["queue"]).stdout;
    let places: Vec<_> = ids
        .iter()
        .map(|id| shown.find(id.as_str()).unwrap())
        .collect();
    assert!(places.is_sorted(), "{shown}");
    let columns: Vec<_> = shown.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(
        columns,
        [
            "POSITION", "STATE", "PROMPT", "NUMBER", "NODES", "OURS", "CLIENT", "WORKFLOW"
        ]
    );
}

#[test]
fn prompts_of_others_are_told_from_ours() {
    let (bench, _) = busy();
    let mut other = bench.command();
    other
        .env("COMFYCTL_DATA", bench.path("another"))
        .args(["queue", "--json"]);
    let output = other.output().unwrap();
    let queue: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(queue["running"][0]["ours"], false);
}

#[test]
fn a_waiting_prompt_is_deleted_and_a_running_one_is_not() {
    let (bench, [running, first, second]) = busy();
    let refused = bench.run(&["queue", "--delete", &first, "nope"]);
    assert_eq!(refused.code, 14);
    assert!(
        refused
            .stderr
            .contains("no prompt `nope` waits, so nothing was deleted")
    );
    let refused = bench.run(&["queue", "--delete", &running]);
    assert_eq!(refused.code, 14);
    assert!(
        refused
            .stderr
            .contains(&format!("comfyctl interrupt {running}")),
        "{refused:?}"
    );
    assert_eq!(
        bench.json(&["queue", "--delete", &first]),
        (0, json!({"deleted": [first]}))
    );
    assert_eq!(
        bench.json(&["queue", "--clear"]),
        (0, json!({"deleted": [second]}))
    );
    let (_, queue) = bench.json(&["queue"]);
    assert_eq!(
        (
            queue["running"].as_array().unwrap().len(),
            &queue["pending"]
        ),
        (1, &json!([]))
    );
}

#[test]
fn only_the_named_prompt_is_interrupted() {
    let (bench, [first, second, _]) = busy();
    let waiting = bench.run(&["interrupt", &second]);
    assert_eq!(waiting.code, 14);
    assert!(
        waiting
            .stderr
            .contains(&format!("comfyctl queue --delete {second}")),
        "{waiting:?}"
    );
    let unknown = bench.run(&["interrupt", "nope"]);
    assert_eq!(unknown.code, 14);
    assert!(
        unknown.stderr.contains("prompt `nope` does not run"),
        "{unknown:?}"
    );
    assert_eq!(
        bench.json(&["interrupt", &first]),
        (0, json!({"interrupted": first}))
    );
    until(&bench, |queue| queue["running"][0]["prompt_id"] == second);
}

#[test]
fn without_an_id_what_runs_is_interrupted() {
    let (bench, [first, second, _]) = busy();
    let done = bench.run(&["interrupt"]);
    assert_eq!(
        done.stdout,
        format!("interrupted {first}; the server stops it at its next check\n")
    );
    until(&bench, |queue| queue["running"][0]["prompt_id"] == second);
}
