//! `comfyctl system`, `free`, `models` and `nodes`.

use crate::support::Bench;
use serde_json::{Value, json};

#[test]
fn the_system_is_shown_with_versions_memory_and_devices() {
    let bench = Bench::new();
    let text = bench.run(&["system"]).stdout;
    insta::with_settings!({filters => [
        (r"http://127.0.0.1:\d+", "[url]"), (r"[\d.]+ ms", "[latency] ms"),
    ]}, {
        insta::assert_snapshot!(text);
    });
    let (code, value) = bench.json(&["system"]);
    assert_eq!(code, 0);
    assert_eq!(value["url"], bench.simulator.url());
    assert!(
        value["latency_ms"].is_f64() && value["queue_remaining"] == 0,
        "{value}"
    );
    assert_eq!(value["system"]["comfyui_version"], "0.28.1");
    assert!(value["devices"][0]["vram_total"].is_u64(), "{value}");
}

#[test]
fn memory_is_freed_with_or_without_the_cache() {
    let bench = Bench::new();
    let freed = |free_memory| {
        (
            0,
            json!({"unload_models": true, "free_memory": free_memory}),
        )
    };
    assert_eq!(bench.json(&["free"]), freed(true));
    assert_eq!(bench.json(&["free", "--models"]), freed(false));
    let done = bench.run(&["free"]);
    assert_eq!(
        done.stdout,
        "the server unloads its models and empties its cache as soon as it is idle\n"
    );
}

#[test]
fn models_are_listed_by_folder() {
    let bench = Bench::new();
    let folders = bench.run(&["models"]).stdout;
    assert!(
        folders.starts_with("checkpoints\nconfigs\nloras\n"),
        "{folders}"
    );
    assert_eq!(
        bench.run(&["models", "loras"]).stdout,
        "add_detail.safetensors\n"
    );
    let (_, value) = bench.json(&["models", "loras"]);
    assert_eq!(
        value,
        json!({"folder": "loras", "models": ["add_detail.safetensors"]})
    );
    assert_eq!(bench.json(&["models"]).1["folders"][0], "checkpoints");
    let empty = bench.run(&["models", "gligen"]);
    assert_eq!(
        (empty.code, empty.stdout.as_str(), empty.stderr.as_str()),
        (0, "", "no models in `gligen`\n")
    );
}

#[test]
fn an_unknown_folder_is_an_error_with_the_nearest_name() {
    let bench = Bench::new();
    let done = bench.run(&["models", "checkpoint"]);
    assert_eq!(done.code, 14);
    insta::assert_snapshot!(done.stderr.trim(), @"
    error: the server has no model folder `checkpoint`
    hint: did you mean `checkpoints`?
    ");
    let done = bench.run(&["models", "a/b"]);
    assert_eq!(done.code, 14);
    assert!(
        done.stderr
            .contains("hint: `comfyctl models` lists the folders"),
        "{done:?}"
    );
}

#[test]
fn classes_are_listed() {
    let bench = Bench::new();
    let text = bench.run(&["nodes"]).stdout;
    assert!(text.lines().next().unwrap().starts_with("CLASS"), "{text}");
    assert!(
        text.lines().any(|line| line.starts_with("KSampler ")),
        "{text}"
    );
    let (_, value) = bench.json(&["nodes"]);
    let nodes = value["nodes"].as_array().unwrap();
    let sampler = nodes
        .iter()
        .find(|node| node["class"] == "KSampler")
        .unwrap();
    insta::assert_json_snapshot!(sampler);
}

#[test]
fn a_class_is_shown_with_its_inputs_and_outputs() {
    let bench = Bench::new();
    let done = bench.run(&["nodes", "KSampler"]);
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(done.stdout);
    let (_, definition): (_, Value) = bench.json(&["nodes", "KSampler"]);
    let samplers = definition["input"]["required"]["sampler_name"][0]
        .as_array()
        .unwrap();
    assert!(
        samplers.len() > 6,
        "all choices, not only those that fit into a line"
    );
}

#[test]
fn an_unknown_class_is_an_error_with_the_nearest_name() {
    let bench = Bench::new();
    let done = bench.run(&["nodes", "ksampler"]);
    assert_eq!((done.code, done.stdout.as_str()), (14, ""));
    insta::assert_snapshot!(done.stderr.trim(), @"
    error: the server has no node class `ksampler`
    hint: did you mean `KSampler`?
    ");
    let (code, value) = bench.json(&["nodes", "Nothing of the kind"]);
    assert_eq!(
        (code, &value["error"]["hint"]),
        (14, &json!("`comfyctl nodes` lists the classes"))
    );
}
