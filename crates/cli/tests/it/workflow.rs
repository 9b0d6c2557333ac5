//! `comfyctl workflow`: what is told of workflows without running them.

use crate::support::{Bench, Done, command, example};
use serde_json::json;

/// A file of the workflow crate's tests, saved by a real ComfyUI.
fn media(name: &str) -> String {
    format!(
        "{}/../workflow/tests/media/{name}",
        env!("CARGO_MANIFEST_DIR")
    )
}

#[test]
fn validate_names_what_is_wrong_with_a_way_out() {
    let bench = Bench::new();
    let text = std::fs::read_to_string(example("text_to_image.json")).unwrap();
    bench.file(
        "bad.json",
        text.replace("\"euler\"", "\"eular\"")
            .replace("\"width\": 512", "\"width\": 513"),
    );
    let done = bench.run(&["workflow", "validate", "bad.json"]);
    assert_eq!(done.code, 10, "{done:?}");
    insta::assert_snapshot!(done.stdout);
    let (code, json) = bench.json(&["workflow", "validate", &example("text_to_image.json")]);
    assert_eq!((code, &json["files"][0]["valid"]), (0, &json!(true)));
}

#[test]
fn validate_without_a_server_checks_the_structure_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut validate = command(folder.path());
    let done = Done::of(validate.args(["workflow", "validate", &example("text_to_image.json")]));
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.stderr.contains("only the structure was checked"),
        "{done:?}"
    );
}

#[test]
fn extract_gives_either_graph_that_a_file_carries() {
    let folder = tempfile::tempdir().unwrap();
    let extract = |arguments: &[&str]| {
        let mut extract = command(folder.path());
        Done::of(extract.args(["workflow", "extract"]).args(arguments))
    };
    let prompt = extract(&[&media("sample.mp4")]);
    assert!(
        prompt.code == 0 && prompt.stdout.contains("SaveLatent"),
        "{prompt:?}"
    );
    let workflow = extract(&[&media("sample.webm"), "--part", "workflow"]);
    assert!(
        workflow.code == 0 && workflow.stdout.contains("wf-1"),
        "{workflow:?}"
    );
    let none = extract(&[&example("text_to_image.json")]);
    assert_eq!(none.code, 3, "{none:?}");
}

#[test]
fn a_saved_workflow_runs_by_its_name() {
    let bench = Bench::new();
    let save = [
        "workflow",
        "save",
        &example("empty_image.json"),
        "--name",
        "shop/banner",
    ];
    assert_eq!(bench.run(&save).code, 0);
    let again = bench.run(&save);
    assert!(
        again.code == 5 && again.stderr.contains("--force"),
        "{again:?}"
    );
    let (_, listed) = bench.json(&["workflow", "list"]);
    assert_eq!(listed["workflows"][0]["name"], "shop/banner");
    let (code, job) = bench.json(&["run", "shop/banner", "-o", "out"]);
    assert_eq!((code, &job["workflow"]), (0, &json!("shop/banner")));
    let misspelt = bench.run(&["workflow", "delete", "shop/baner"]);
    assert!(
        misspelt.code == 14 && misspelt.stderr.contains("did you mean `shop/banner`?"),
        "{misspelt:?}"
    );
    assert_eq!(bench.run(&["workflow", "delete", "shop/banner"]).code, 0);
    assert_eq!(
        bench.run(&["workflow", "list"]).stdout.trim(),
        "no saved workflows"
    );
}

#[test]
fn what_the_editor_on_the_server_shows_is_a_library_too() {
    let bench = Bench::new();
    let saved = bench.run(&["workflow", "save", &example("empty_image.json"), "--server"]);
    assert_eq!(saved.code, 0, "{saved:?}");
    let listed = bench.run(&["workflow", "list", "--source", "server"]);
    assert!(listed.stdout.contains("server:empty_image"), "{listed:?}");
    let (_, all) = bench.json(&["workflow", "list", "EMPTY", "--source", "all"]);
    let hash = all["workflows"][0]["content_hash"].as_str().unwrap();
    assert_eq!(hash.len(), 64, "{all}");
    let (code, job) = bench.json(&["run", "server:empty_image"]);
    assert_eq!((code, &job["workflow"]), (0, &json!("empty_image")));
    let checked = bench.run(&["workflow", "validate", "server:empty_image"]);
    assert_eq!(checked.code, 0, "{checked:?}");
    let misspelt = bench.run(&["run", "server:empty_imag"]);
    assert!(
        misspelt.code == 14 && misspelt.stderr.contains("did you mean `empty_image`?"),
        "{misspelt:?}"
    );
}

#[test]
fn what_the_editor_saves_is_looked_at_with_definitions_only() {
    let bench = Bench::new();
    let file = json!({"links": [], "nodes": [
        {"id": 1, "type": "EmptyImage", "widgets_values": [0, 16]}]});
    bench.file("flow.json", file.to_string());
    let done = bench.run(&["workflow", "validate", "flow.json"]);
    assert_eq!(done.code, 10, "{done:?}");
    assert!(done.stdout.contains("prompt_no_outputs"), "{done:?}");
    let mut alone = command(bench.folder.path());
    let done = Done::of(alone.args(["workflow", "validate", "flow.json"]));
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.stderr.contains("takes node definitions"), "{done:?}");
}
