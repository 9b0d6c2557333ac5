//! Workflows looked at while their server is off, and what node packs they need.

use crate::support::{Bench, Done, example};
use serde_json::json;

/// A workflow of the editor with one node of ComfyUI and one of a pack.
fn of_a_pack() -> String {
    let node = |id: u64, class: &str, pack: &str, version: &str| json!({"id": id, "type": class, "properties": {"cnr_id": pack, "ver": version}});
    let nodes = [
        node(1, "EmptyImage", "comfy-core", "0.3.64"),
        node(2, "Sharpen More", "more-sharpness", "1.2.0"),
    ];
    json!({"nodes": nodes, "links": []}).to_string()
}

#[test]
fn what_was_looked_at_once_is_looked_at_while_the_server_is_off() {
    let bench = Bench::new();
    let file = example("text_to_image.json");
    let check = ["workflow", "validate", &file];
    let (code, live) = bench.json(&check);
    assert_eq!((code, live["files"][0].get("definitions_as_of")), (0, None));
    bench.kill();
    let (code, remembered) = bench.json(&check);
    assert_eq!(code, 0, "{remembered}");
    let checked = &remembered["files"][0];
    assert_eq!(checked["checked_with_definitions"], json!(true));
    assert!(checked["definitions_as_of"].is_string(), "{checked}");
    // A class that was not in the workflow then is known too.
    bench.file(
        "flow.json",
        r#"{"links": [], "nodes": [{"id": 1, "type": "EmptyImage"}]}"#,
    );
    let convert = bench.run(&["workflow", "convert", "flow.json"]);
    assert!(
        convert.code == 0 && convert.stdout.contains("512"),
        "{convert:?}"
    );
    let note = "does not answer: this is from what it said of its nodes less than a minute ago";
    assert!(convert.stderr.contains(note), "{convert:?}");
    let run = bench.run(&["run", &file]);
    assert_eq!(run.code, 7, "{run:?}");
}

#[test]
fn a_damaged_memory_is_forgotten() {
    let bench = Bench::new();
    let file = example("text_to_image.json");
    let analyze = ["workflow", "analyze", &file];
    assert_eq!(bench.run(&analyze).code, 0);
    let folder = bench.path("data/definitions");
    let kept = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap();
    std::fs::write(kept.path(), "{").unwrap();
    bench.kill();
    assert_eq!(bench.run(&analyze).code, 7);
    bench.restart();
    assert_eq!(bench.run(&analyze).code, 0);
    bench.kill();
    assert_eq!(bench.run(&analyze).code, 0);
}

#[test]
fn packs_are_named_before_and_after_the_server_is_asked() {
    let bench = Bench::new();
    bench.file("flow.json", of_a_pack());
    let (code, told) = bench.json(&["workflow", "analyze", "flow.json"]);
    assert_eq!(code, 10, "{told}");
    let pack = json!({"id": "more-sharpness", "origin": "registry", "versions": ["1.2.0"],
        "classes": ["Sharpen More"], "missing": ["Sharpen More"]});
    assert_eq!(told["packs"]["needed"], json!([pack]));
    assert_eq!(told["packs"]["core"]["missing"], json!([]));
    let (code, checked) = bench.json(&["workflow", "validate", "flow.json"]);
    assert_eq!(code, 10, "{checked}");
    let finding = &checked["files"][0]["findings"][0];
    assert_eq!(finding["code"], json!("missing_node_type"));
    let advice = "install the node pack `more-sharpness` (the file has version 1.2.0)";
    assert_eq!(finding["suggestion"], json!(advice));
    for command in [
        &["run", "flow.json"][..],
        &["workflow", "convert", "flow.json"],
    ] {
        let done = bench.run(command);
        assert!(done.code == 10 && done.stderr.contains(advice), "{done:?}");
    }
    let mut alone = crate::support::command(bench.folder.path());
    let done = Done::of(alone.args(["workflow", "analyze", "flow.json"]));
    assert!(
        done.code == 3 && done.stdout.contains("more-sharpness"),
        "{done:?}"
    );
}
