//! `comfyctl workflow edit` and `set`, in both formats.

use crate::support::{Bench, Done, command};
use rstest::rstest;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Runs a command on a file, with the definitions of the workflow crate's edge cases.
fn change(folder: &tempfile::TempDir, name: &str, arguments: &[&str]) -> Done {
    let definitions = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../workflow/tests/conversion/definitions.json");
    let mut change = command(folder.path());
    change
        .args(["workflow", name, "flow.json", "--object-info"])
        .arg(definitions);
    Done::of(change.args(arguments))
}

fn folder_with(flow: &Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("flow.json"), flow.to_string()).unwrap();
    folder
}

fn flow(folder: &tempfile::TempDir) -> Value {
    serde_json::from_slice(&std::fs::read(folder.path().join("flow.json")).unwrap()).unwrap()
}

fn prompt() -> Value {
    let node = |class: &str, inputs: Value| json!({"class_type": class, "inputs": inputs});
    json!({
        "1": node("CheckpointLoaderSimple", json!({"ckpt_name": "a.safetensors"})),
        "2": node("LoraLoader", json!({"model": ["1", 0], "clip": ["1", 1], "lora_name": "l",
            "strength_model": 1.0, "strength_clip": 1.0})),
        "3": node("CLIPTextEncode", json!({"clip": ["2", 1], "text": "a cat"})),
        "4": node("PreviewAny", json!({"source": ["3", 0]})),
    })
}

/// The same as the editor saves it, with a wildcard.
fn editor_file() -> Value {
    json!({"version": 0.4, "last_node_id": 4, "nodes": [
        {"id": 1, "type": "CheckpointLoaderSimple", "widgets_values": ["a.safetensors"]},
        {"id": 3, "type": "CLIPTextEncode", "widgets_values": ["a {red|blue} cat"],
         "inputs": [{"name": "clip", "type": "CLIP", "link": 1}]},
        {"id": 4, "type": "PreviewAny", "inputs": [{"name": "source", "type": "*", "link": 2}]},
    ], "links": [[1, 1, 1, 3, 0, "CLIP"], [2, 3, 0, 4, 0, "CONDITIONING"]]})
}

#[test]
fn operations_are_done_in_the_order_given() {
    let folder = folder_with(&prompt());
    let operations = [
        "--add",
        "20=CLIPTextEncode",
        "--connect",
        "CheckpointLoaderSimple.CLIP=20.clip",
        "--set",
        "20.text=a fox",
        "--connect",
        "20.0=4.source",
        "--remove",
        "3",
        "--bypass",
        "LoraLoader",
    ];
    let done = change(&folder, "edit", &operations);
    assert_eq!(done.code, 0, "{done:?}");
    let changed: Value = serde_json::from_str(&done.stdout).unwrap();
    let encode = json!({"class_type": "CLIPTextEncode",
        "inputs": {"clip": ["1", 1], "text": "a fox"}});
    let source = &changed["4"]["inputs"]["source"];
    assert_eq!((&changed["20"], source), (&encode, &json!(["20", 0])));
    assert_eq!((changed.get("2"), changed.get("3")), (None, None));
}

#[test]
fn what_else_changes_is_told() {
    let folder = folder_with(&prompt());
    let operations = ["--bypass", "2", "--mute", "3", "--in-place"];
    let done = change(&folder, "edit", &[&operations[..], &["--json"]].concat());
    let told: Value = serde_json::from_str(&done.stdout).unwrap();
    let changes = json!([
        {"operation": "bypass", "node": "2", "rewired": ["3.clip"]},
        {"operation": "mute", "node": "3", "unlinked": ["4.source"]},
    ]);
    assert_eq!(told, json!({"file": "flow.json", "changes": changes}));
    assert!(
        done.stderr.contains("bypass 2: passed on to: 3.clip"),
        "{done:?}"
    );
    assert_eq!(flow(&folder)["4"]["inputs"], json!({}));
}

/// What is refused, with the exit code and the message.
#[rstest]
#[case::used(&["--remove", "3"], 4, "node `3` feeds")]
#[case::output(&["--connect", "1.IMAGE=4.source"], 4, "it has: MODEL, CLIP, VAE")]
#[case::types(&["--connect", "1.MODEL=3.clip"], 4, "gives MODEL, but input `clip`")]
#[case::value(&["--unset", "3.txt"], 4, "did you mean `text`?")]
#[case::class(&["--replace", "2=LoraLoadr"], 4, "did you mean `LoraLoader`?")]
#[case::nothing(&[], 2, "required")]
#[case::form(&["--connect", "1.0"], 2, "`=` and a value must follow")]
fn an_operation_is_refused_and_nothing_is_written(
    #[case] operations: &[&str],
    #[case] code: i32,
    #[case] told: &str,
) {
    let folder = folder_with(&prompt());
    let first = if code == 2 {
        &[][..]
    } else {
        &["--set", "3.text=x"][..]
    };
    let done = change(
        &folder,
        "edit",
        &[first, operations, &["--in-place"]].concat(),
    );
    assert_eq!(done.code, code, "{done:?}");
    assert!(done.stderr.contains(told), "{done:?}");
    assert_eq!(flow(&folder), prompt());
}

#[test]
fn what_the_editor_saved_stays_in_its_format() {
    let folder = folder_with(&editor_file());
    let operations = ["--set", "3.text=a {dark|light} cat", "--mute", "4", "-i"];
    let done = change(&folder, "edit", &operations);
    assert_eq!(done.code, 0, "{done:?}");
    let mut expected = editor_file();
    expected["nodes"][1]["widgets_values"] = json!(["a {dark|light} cat"]);
    expected["nodes"][2]["mode"] = json!(2);
    assert_eq!(flow(&folder), expected);

    let done = change(&folder, "set", &["3.text=a {big|small} fox", "-i"]);
    assert_eq!(done.code, 0, "{done:?}");
    expected["nodes"][1]["widgets_values"] = json!(["a {big|small} fox"]);
    assert_eq!(flow(&folder), expected);
}

#[rstest]
#[case::links("--disconnect", "4.source", 3, "--disconnect changes prompts")]
#[case::linked("--set", "3.clip=[\"1\", 1]", 0, "")]
#[case::unwritable("--set", "3.clip=[\"1\", 0]", 4, "cannot hold its value")]
#[case::missing("--bypass", "77", 4, "there is no node `77`")]
fn the_format_of_the_editor_has_its_limits(
    #[case] option: &str,
    #[case] value: &str,
    #[case] code: i32,
    #[case] told: &str,
) {
    let folder = folder_with(&editor_file());
    let done = change(&folder, "edit", &[option, value, "-i"]);
    assert_eq!(done.code, code, "{done:?}");
    assert!(done.stderr.contains(told), "{done:?}");
    assert_eq!(flow(&folder), editor_file());
}

#[test]
fn a_workflow_is_not_written_over_its_image() {
    let bench = Bench::new();
    bench.file("flow.json", json!({
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
    }).to_string());
    let run = bench.run(&["run", "flow.json", "-o", "out"]);
    let image = run.stdout.lines().next().unwrap();
    let done = bench.run(&[
        "workflow",
        "edit",
        image,
        "--set",
        "1.width=9",
        "--in-place",
    ]);
    assert_eq!(done.code, 5, "{done:?}");
    assert!(
        done.stderr.contains("is no JSON file to write over"),
        "{done:?}"
    );
}
