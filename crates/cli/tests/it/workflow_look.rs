//! `comfyctl workflow analyze`, `show`, `schema`, `set` and `diff`.

use crate::support::{Bench, Done, command, example};
use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;

const MARKED: &str = r#"{
    "1": {"class_type": "EmptyImage", "inputs": {"width": "{{side:64}}", "height": "{{side:64}}"}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "{{name}}"}}
}"#;

/// Runs `comfyctl workflow` without a server.
fn alone(folder: &TempDir, arguments: &[&str]) -> Done {
    let mut command = command(folder.path());
    Done::of(command.arg("workflow").args(arguments))
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn analyze_tells_what_can_be_changed_and_says_when_it_knows_little() {
    let done = alone(&folder(), &["analyze", &example("text_to_image.json")]);
    assert_eq!(done.code, 0, "{done:?}");
    insta::assert_snapshot!(done.stdout);
    assert!(
        done.stderr.contains("only the structure was looked at"),
        "{done:?}"
    );
}

#[test]
fn analyze_asks_a_server_for_ranges_and_models() {
    let bench = Bench::new();
    let (code, told) = bench.json(&["workflow", "analyze", &example("text_to_image.json")]);
    assert_eq!((code, &told["with_definitions"]), (0, &json!(true)));
    let parameters = told["parameters"].as_array().unwrap();
    let steps = parameters
        .iter()
        .find(|each| each["name"] == "sampler_steps")
        .unwrap();
    assert_eq!(
        (&steps["minimum"], &steps["maximum"]),
        (&json!(1), &json!(10000))
    );
    assert_eq!(told["models"][0]["available"], json!(true));
    assert_eq!(told["fingerprint"].as_str().unwrap().len(), 64);
}

#[test]
fn definitions_may_come_from_a_file() {
    let bench = Bench::new();
    let (_, nodes) = bench.json(&["nodes", "KSampler"]);
    bench.file("nodes.json", json!({ "KSampler": nodes }).to_string());
    let file = example("text_to_image.json");
    let done = alone(
        &bench.folder,
        &["schema", &file, "--object-info", "nodes.json"],
    );
    let schema: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(
        schema["properties"]["sampler_steps"]["maximum"],
        json!(10000)
    );
}

#[test]
fn the_schema_is_what_the_author_marked() {
    let folder = folder();
    std::fs::write(folder.path().join("marked.json"), MARKED).unwrap();
    let done = alone(&folder, &["schema", "marked.json", "--json"]);
    insta::assert_snapshot!(done.stdout);
}

#[rstest]
#[case::list("list", &[])]
#[case::drawing("drawing", &["--mermaid"])]
fn show_lists_or_draws(#[case] name: &str, #[case] options: &[&str]) {
    let file = example("empty_image.json");
    let done = alone(&folder(), &[&["show", &file], options].concat());
    assert_eq!(done.code, 0, "{done:?}");
    insta::assert_snapshot!(format!("show_{name}"), done.stdout);
}

#[test]
fn set_takes_parameters_and_selectors_and_diff_tells_what_they_did() {
    let folder = folder();
    let file = example("text_to_image.json");
    let set = [
        "set",
        &file,
        "positive_prompt=1984",
        "seed=7",
        "KSampler.steps=30",
        "-o",
        "new.json",
    ];
    let done = alone(&folder, &set);
    assert_eq!(
        (done.code, done.stdout.as_str()),
        (0, "new.json\n"),
        "{done:?}"
    );
    let done = alone(&folder, &["diff", &file, "new.json"]);
    insta::assert_snapshot!(done.stdout);
    let again = alone(&folder, &set);
    assert_eq!(again.code, 5, "{again:?}");
    assert!(again.stderr.contains("--force"), "{again:?}");
    assert_eq!(alone(&folder, &[&set[..], &["--force"]].concat()).code, 0);
    let same = alone(&folder, &["diff", "new.json", "new.json", "--json"]);
    let same: Value = serde_json::from_str(&same.stdout).unwrap();
    assert_eq!(
        (&same["equal"], &same["changed"]),
        (&json!(true), &json!([]))
    );
}

#[test]
fn placeholders_that_get_no_value_stay() {
    let folder = folder();
    std::fs::write(folder.path().join("marked.json"), MARKED).unwrap();
    let done = alone(&folder, &["set", "marked.json", "side=32"]);
    let graph: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(graph["1"]["inputs"], json!({"width": 32, "height": 32}));
    assert_eq!(graph["2"]["inputs"]["filename_prefix"], "{{name}}");
}

/// Each kind of bad value: what is set, and what the message names.
#[rstest]
#[case::unknown("sed=1", "hint: did you mean `seed`?")]
#[case::range("sampler_steps=0", "`sampler_steps` must be from 1 to 10000, not 0")]
#[case::choice("KSampler.sampler_name=eular", "hint: did you mean `euler`?")]
#[case::input("KSampler.stepps=1", "hint: did you mean `steps`?")]
#[case::node("KSampla.steps=1", "hint: did you mean `KSampler`?")]
#[case::link("KSampler.model=[\"99\", 0]", "there is no node `99`")]
fn bad_values_are_refused_with_a_way_out(#[case] assignment: &str, #[case] told: &str) {
    let bench = Bench::new();
    let file = example("text_to_image.json");
    let done = bench.run(&["workflow", "set", &file, assignment]);
    assert_eq!((done.code, done.stdout.as_str()), (4, ""), "{done:?}");
    assert!(done.stderr.contains(told), "{done:?}");
}

#[rstest]
#[case("analyze")]
#[case("show")]
#[case("schema")]
#[case("set")]
#[case("edit")]
#[case("diff")]
fn each_command_explains_itself(#[case] name: &str) {
    let done = alone(&folder(), &[name, "--help"]);
    assert!(
        done.code == 0 && done.stdout.contains("Examples:"),
        "{done:?}"
    );
    assert!(done.stdout.contains("JSON: "), "{done:?}");
}
