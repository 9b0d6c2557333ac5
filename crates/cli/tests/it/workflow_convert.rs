//! `comfyctl workflow convert`, and running what the editor saves.

use crate::support::{Bench, Done, command};
use serde_json::{Value, json};
use std::path::PathBuf;

/// A folder of the workflow crate's edge cases.
fn edge_cases(part: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../workflow/tests/conversion")
        .join(part)
}

fn edge_case(name: &str) -> String {
    edge_cases("inputs").join(name).display().to_string()
}

fn convert(folder: &tempfile::TempDir, arguments: &[&str]) -> Done {
    let definitions = edge_cases("definitions.json");
    let mut convert = command(folder.path());
    convert
        .args(["workflow", "convert", "--object-info"])
        .arg(definitions);
    Done::of(convert.args(arguments))
}

/// Two images in a row, as the editor saves them.
fn editor_file() -> Value {
    json!({"version": 0.4, "last_node_id": 2, "nodes": [
        {"id": 1, "type": "EmptyImage", "widgets_values": [32, 16, 1, 255],
         "outputs": [{"name": "IMAGE", "type": "IMAGE", "links": [1]}]},
        {"id": 2, "type": "SaveImage", "widgets_values": ["{ui}"],
         "inputs": [{"name": "images", "type": "IMAGE", "link": 1}]},
    ], "links": [[1, 1, 0, 2, 0, "IMAGE"]], "extra": {"own": true}})
}

#[test]
fn one_file_goes_to_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let done = convert(&folder, &[&edge_case("widgets_bigint.json")]);
    assert_eq!(done.code, 0, "{done:?}");
    let prompt: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(prompt["5"]["inputs"]["seed"], json!(u64::MAX));
    assert!(
        done.stderr
            .contains("`5.seed`: 18446744073709551615 is sent exactly"),
        "{done:?}"
    );
}

#[test]
fn the_editor_that_is_meant_decides() {
    let folder = tempfile::tempdir().unwrap();
    let seed = |version: &str| {
        let file = edge_case("sub_host_values_proxy_legacy.json");
        let done = convert(&folder, &[&file, "--frontend", version]);
        let prompt: Value = serde_json::from_str(&done.stdout).unwrap();
        prompt["10:101"]["inputs"]["seed"].clone()
    };
    assert_eq!((seed("1.45.21"), seed("1.58.1")), (json!(11), json!(777)));
}

#[test]
fn several_files_go_to_a_folder_and_one_failure_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (good, bad) = (
        edge_case("basic.json"),
        edge_case("missing_type_in_path.json"),
    );
    let nowhere = convert(&folder, &[&good, &bad]);
    assert!(
        nowhere.code != 0 && nowhere.stderr.contains("--out"),
        "{nowhere:?}"
    );
    let done = convert(&folder, &[&bad, &good, "--out", "prompts"]);
    assert_eq!(done.code, 10, "{done:?}");
    assert!(
        done.stderr
            .contains("node `60` (NoSuchNode): the server has no class"),
        "{done:?}"
    );
    assert!(folder.path().join("prompts/basic.json").exists());
    assert!(
        !folder
            .path()
            .join("prompts/missing_type_in_path.json")
            .exists()
    );
}

#[test]
fn the_json_tells_of_every_file() {
    let folder = tempfile::tempdir().unwrap();
    let (dangling, bad) = (
        edge_case("link_missing_in_table.json"),
        edge_case("cycle_bypassed.json"),
    );
    let done = convert(&folder, &[&dangling, &bad, "--json"]);
    assert_eq!(done.code, 3, "{done:?}");
    let told: Value = serde_json::from_str(&done.stdout).unwrap();
    let files = &told["files"];
    assert_eq!(files[0]["warnings"][0]["code"], "link_not_found");
    assert_eq!(files[0]["prompt"]["4"]["class_type"], "EmptyLatentImage");
    assert_eq!(files[1]["error"]["code"], "invalid_workflow");
}

#[test]
fn a_prompt_can_be_opened_in_the_editor() {
    let folder = tempfile::tempdir().unwrap();
    let truth = edge_cases("truth-1.58.1").join("basic.json");
    let done = convert(&folder, &[&truth.display().to_string(), "--to", "ui"]);
    assert_eq!((done.code, &*done.stderr), (0, ""), "{done:?}");
    std::fs::write(folder.path().join("flow.json"), &done.stdout).unwrap();
    let back = convert(&folder, &["flow.json"]);
    let prompts = [back.stdout, std::fs::read_to_string(truth).unwrap()];
    let [back, truth] = prompts.map(|text| serde_json::from_str::<Value>(&text).unwrap());
    assert_eq!(back, truth);
    // What the editor can open already stays as it is.
    let again = convert(&folder, &["flow.json", "--to", "ui", "--json"]);
    let told: Value = serde_json::from_str(&again.stdout).unwrap();
    let workflow: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(told["files"][0]["workflow"], workflow);
}

#[test]
fn what_the_editor_cannot_hold_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let prompt = json!({"1": {"class_type": "VAEDecode", "inputs": {"samples": "none"}}});
    std::fs::write(folder.path().join("prompt.json"), prompt.to_string()).unwrap();
    let done = convert(&folder, &["prompt.json", "--to", "ui"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.stderr.contains("`1.samples`: the input has no widget"),
        "{done:?}"
    );
}

#[test]
fn what_the_editor_saves_runs_and_is_in_the_image() {
    let bench = Bench::new();
    bench.file("flow.json", editor_file().to_string());
    let done = bench.run(&["run", "flow.json", "-o", "out"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(embedded(&bench, &done), editor_file());
}

/// The workflow of the editor in the first image that was saved.
fn embedded(bench: &Bench, run: &Done) -> Value {
    let image = run.stdout.lines().next().unwrap();
    let extract = bench.run(&["workflow", "extract", image, "--part", "workflow"]);
    serde_json::from_str(&extract.stdout).unwrap()
}

#[test]
fn an_image_shows_in_the_editor_what_really_ran() {
    let bench = Bench::new();
    bench.file("flow.json", editor_file().to_string());
    let set = ["--set", "1.width=48", "--set", "2.filename_prefix=a/b"];
    let done = bench.run(&[&["run", "flow.json", "-o", "out"], &set[..]].concat());
    assert_eq!(done.code, 0, "{done:?}");
    let mut expected = editor_file();
    expected["nodes"][0]["widgets_values"][0] = json!(48);
    expected["nodes"][1]["widgets_values"] = json!(["a/b"]);
    assert_eq!(embedded(&bench, &done), expected);
}

#[test]
fn only_files_of_the_editor_say_which_seeds_change() {
    let bench = Bench::new();
    let prompt = json!({"1": {"class_type": "EmptyImage", "inputs": {}}});
    bench.file("prompt.json", prompt.to_string());
    let done = bench.run(&["run", "prompt.json", "--seed-mode", "randomize"]);
    assert_eq!(done.code, 4, "{done:?}");
    assert!(done.stderr.contains("in API format"), "{done:?}");
}
