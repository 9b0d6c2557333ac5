//! The check against the recorded verdicts of a real server, where `../shared` lies beside the clone:
//! what it refused is an error, and what it took is not, unless it did harm later.

use comfyctl_workflow::check::{Report, check};
use comfyctl_workflow::{Definitions, Document, DocumentError};
use serde_json::{Value, json};
use std::path::Path;

#[expect(
    clippy::print_stderr,
    reason = "a skipped test must not look like a passed one"
)]
fn recording(name: &str) -> Option<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/wire");
    let Ok(bytes) = std::fs::read(folder.join(name)) else {
        eprintln!("skipped: there are no recordings beside the clone");
        return None;
    };
    Some(serde_json::from_slice(&bytes).unwrap())
}

fn definitions() -> Definitions {
    let all = recording("object_info.facts.json").unwrap();
    Definitions::from_slice(all.to_string().as_bytes()).unwrap()
}

/// What is found, by code; the codes of a graph that is not even read are those of its faults.
fn codes(request: &str, definitions: &Definitions) -> (bool, Vec<String>) {
    // How the recordings write what JSON does not have.
    let request = request.replace("\"__NaN__\"", "NaN");
    match Document::from_bytes(request.as_bytes()) {
        Ok(Document::Prompt(prompt)) => {
            let Report {
                valid, findings, ..
            } = check(&prompt, Some(definitions));
            (valid, findings.into_iter().map(|each| each.code).collect())
        }
        Ok(Document::Ui(_)) => (false, Vec::new()),
        Err(DocumentError::Malformed(faults)) => {
            let codes = faults.0.iter().map(|fault| fault.code.as_str().to_owned());
            (false, codes.collect())
        }
        Err(error) => (false, vec![error.code().to_owned()]),
    }
}

/// Refused for what stands around the graph, which is not the check's business.
fn is_about_the_request(case: &str) -> bool {
    let prefixes = [
        "no_prompt",
        "body_",
        "prompt_id",
        "number_",
        "extra_data",
        "partial_execution",
    ];
    prefixes.iter().any(|prefix| case.starts_with(prefix))
}

/// Taken, and yet wrong: the node fails when it runs, or an output is dropped without a word.
const TAKEN_AND_WRONG: [&str; 3] = [
    "literal_for_link_type",
    "partial_failure_one_good_output",
    // An undeclared input closes a circle, which the server finds when it runs.
    "unknown_extra_input_ignored",
];

/// A class that the recorded server had for tests only.
const UNKNOWN_CLASS: &str = "exception_in_VALIDATE";

#[test]
fn verdicts_are_those_of_a_real_server() {
    let Some(recorded) = recording("10_validation.json") else {
        return;
    };
    let definitions = definitions();
    let mut other_words = Vec::new();
    for exchange in recorded["http"].as_array().unwrap() {
        let case = exchange["case"].as_str().unwrap_or_default();
        let passed_over = is_about_the_request(case) || case == UNKNOWN_CLASS;
        if exchange["path"] != "/prompt" || passed_over {
            continue;
        }
        let raw = exchange["req_body"].as_str().map(str::to_owned);
        let request = raw.unwrap_or_else(|| exchange["req_json"].to_string());
        let (valid, codes) = codes(&request, &definitions);
        let taken = exchange["status"] == 200 && !TAKEN_AND_WRONG.contains(&case);
        let told = |error: &Value| codes.iter().any(|code| error["type"] == code.as_str());
        let errors = exchange["body"]["node_errors"].as_object();
        let errors = errors.into_iter().flatten();
        let mut errors = errors.flat_map(|(_, node)| node["errors"].as_array().unwrap());
        assert_eq!(valid, taken, "{case}: {codes:?}");
        if !errors.all(told) {
            other_words.push(format!("{case}: {}", codes.join(", ")));
        }
    }
    // What is wrong with the structure is told in our words, since no definitions are needed for it.
    insta::assert_snapshot!(other_words.join("\n"));
}

/// The cases that kill or mislead a server by their graph.
const KILLERS: [&str; 6] = [
    "disconnected_node_without_inputs",
    "undeclared_input_linking_missing_node",
    "undeclared_input_linking_own_output_cycle",
    "float_nan",
    "node_value_not_dict",
    "inputs_is_list",
];

#[test]
fn no_killer_passes() {
    let Some(recorded) = recording("06_traps.json") else {
        return;
    };
    let definitions = definitions();
    let mut found = json!({});
    for case in recorded["cases"].as_array().unwrap() {
        let name = case["case"].as_str().unwrap();
        let (valid, codes) = codes(&case["request"].to_string(), &definitions);
        assert!(!(valid && KILLERS.contains(&name)), "{name} passes");
        if !valid || !codes.is_empty() {
            found[name] = json!(codes);
        }
    }
    insta::assert_json_snapshot!(found);
}
