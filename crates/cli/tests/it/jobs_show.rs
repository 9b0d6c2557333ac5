//! `comfyctl jobs show`: why a job was slow or failed, and when it may start.

use crate::support::{Bench, example};
use serde_json::{Value, json};

const QUICK: &str = r#"{
    "1": {"class_type": "EmptyImage", "inputs": {"width": 32, "height": 16, "batch_size": 1, "color": 255}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "quick"}}
}"#;

fn id(job: &Value) -> &str {
    job["job_id"].as_str().unwrap()
}

#[test]
fn a_job_tells_what_it_did_and_what_it_brought() {
    let bench = Bench::new();
    let workflow = example("text_to_image.json");
    let set = "6.text=a red fox";
    let (_, job) = bench.json(&["run", &workflow, "--set", set, "--seed", "7", "-o", "out"]);
    let (code, shown) = bench.json(&["jobs", "show", id(&job), "--events"]);
    assert_eq!(code, 0, "{shown}");
    assert_eq!(
        shown["overrides"],
        json!({ "6.text": "a red fox", "seed": 7 })
    );
    let nodes = shown["nodes"].as_array().unwrap();
    assert!(
        nodes.iter().any(|node| node["class"] == "KSampler"),
        "{shown}"
    );
    assert!(shown["times"]["running"].is_number() && shown["times"]["waiting"].is_number());
    assert_eq!(shown["usual"]["name"], "text_to_image");
    let events = shown["events"].as_array().unwrap();
    assert_eq!(events[0]["type"], "submitted");
    assert_eq!(shown["line"], Value::Null);
    let screen = bench.run(&["jobs", "show", id(&job), "--events"]).stdout;
    for told in [
        "completed",
        "a red fox",
        "KSampler",
        "out/ComfyUI_00001_.png",
        "submitted",
    ] {
        assert!(screen.contains(told), "{told}: {screen}");
    }
}

#[test]
fn a_job_tells_what_it_sent_and_what_that_was_made_from() {
    let bench = Bench::new();
    bench.file("quick.json", QUICK);
    let (_, job) = bench.json(&["run", "quick.json"]);
    let prompt = bench.run(&["jobs", "show", id(&job), "--prompt"]);
    let sent: Value = serde_json::from_str(&prompt.stdout).unwrap();
    assert_eq!(sent, serde_json::from_str::<Value>(QUICK).unwrap());
    let none = bench.run(&["jobs", "show", id(&job), "--workflow"]);
    assert_eq!(none.code, 14, "{none:?}");
    assert!(none.stderr.contains("--prompt"), "{none:?}");
    let workflow = bench.run(&["workflow", "convert", "--to", "ui", "quick.json"]);
    bench.file("editor.json", workflow.stdout);
    let (code, job) = bench.json(&["run", "editor.json", "--set", "1.color=9"]);
    assert_eq!(code, 0, "{job}");
    let color = |job: &Value| {
        let shown = bench.run(&["jobs", "show", id(job), "--workflow"]).stdout;
        let graph: Value = serde_json::from_str(&shown).unwrap();
        let nodes = graph["nodes"].as_array().unwrap().clone();
        let image = nodes.into_iter().find(|node| node["type"] == "EmptyImage");
        image.unwrap()["widgets_values"].to_string()
    };
    assert!(color(&job).contains('9'), "{}", color(&job));
    // What is changed in a job that is run again is changed in the editor's graph too.
    let (code, again) = bench.json(&["jobs", "rerun", id(&job), "--set", "1.color=77"]);
    assert_eq!(code, 0, "{again}");
    assert!(color(&again).contains("77"), "{}", color(&again));
}

#[test]
fn a_failed_job_tells_the_node_the_reason_and_the_traceback() {
    let bench = Bench::with_faults(&["oom=EmptyImage*1"]);
    bench.file("quick.json", QUICK);
    let (code, job) = bench.json(&["run", "quick.json"]);
    assert_eq!((code, &job["error"]["code"]), (1, &json!("out_of_memory")));
    let traceback = job["error"]["traceback"].as_str().unwrap();
    let screen = bench.run(&["jobs", "show", id(&job)]).stdout;
    for told in [
        "failed",
        "node `1` (EmptyImage)",
        traceback.trim(),
        "hint: ",
    ] {
        assert!(screen.contains(told), "{told}: {screen}");
    }
}

#[test]
fn a_job_that_waits_tells_how_many_are_before_it_and_when_it_may_start() {
    let bench = Bench::new();
    bench.file("quick.json", QUICK);
    bench.run(&["run", "quick.json"]);
    bench.run(&[
        "batch",
        "quick.json",
        "--sweep",
        "1.color=1..3",
        "--no-wait",
    ]);
    let (_, listed) = bench.json(&["jobs", "list", "--status", "pending"]);
    let last = &listed["jobs"][0];
    let (code, shown) = bench.json(&["jobs", "show", id(last)]);
    assert_eq!((code, &shown["line"]["ahead"]), (0, &json!(2)));
    assert!(shown["line"]["starts_in"].is_number(), "{shown}");
    let screen = bench.run(&["jobs", "show", id(last)]);
    assert!(
        screen
            .stdout
            .contains("2 jobs are before it; expected to start"),
        "{screen:?}"
    );
    assert_eq!(screen.stderr, "");
}
