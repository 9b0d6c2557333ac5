//! What a person is told about prompts that are wrong in one way each.

use super::*;
use crate::replacements::Replacements;
use serde_json::{Value, json};

fn definitions() -> Definitions {
    let body = json!({
        "Loader": {"input": {"required": {"name": [["sd15/v1.safetensors", "xl.safetensors"], {}]}}, "output": ["MODEL"]},
        "LoadImage": {"input": {"required": {"image": [["photo.png"], {"image_upload": true}]}}, "output": ["IMAGE"]},
        "Sampler": {"input": {
            "required": {
                "model": ["MODEL", {}],
                "steps": ["INT", {"default": 20, "min": 1, "max": 100, "step": 1}],
                "cfg": ["FLOAT", {"default": 7.0, "min": 0.0, "max": 30.0, "step": 0.5}],
                "mode": ["COMFY_DYNAMICCOMBO_V3", {"options": [
                    {"key": "plain", "inputs": {}},
                    {"key": "scaled", "inputs": {"required": {"factor": ["FLOAT", {"min": 0.0, "step": 0.5}]}}}
                ]}]
            },
            "optional": {"image": ["IMAGE", {}]}
        }, "output": ["IMAGE"]},
        "Save": {"input": {"required": {"images": ["IMAGE", {}]}}, "output": [], "output_node": true, "deprecated": true},
        "Paid": {"input": {"required": {}}, "output": [], "output_node": true, "api_node": true}
    });
    let mut definitions = Definitions::from_slice(body.to_string().as_bytes()).unwrap();
    let gone = json!({
        "OldLoader": [{"new_node_id": "Loader", "input_mapping": [{"new_id": "name", "old_id": "file"}]}],
        "Lost": [{"new_node_id": "Not there either"}],
        "Save": [{"new_node_id": "SaveBetter"}],
        "LoadImage": [{"new_node_id": "LoadBetter"}]
    });
    definitions.set_replacements(Replacements::new(serde_json::from_value(gone).unwrap()));
    definitions
}

fn good() -> Value {
    json!({
        "1": {"class_type": "Loader", "inputs": {"name": "xl.safetensors"}},
        "2": {"class_type": "Sampler", "inputs": {"model": ["1", 0], "steps": 20, "cfg": 7.0, "mode": "plain"}},
        "3": {"class_type": "Save", "inputs": {"images": ["2", 0]}}
    })
}

fn findings(graph: &Value) -> Vec<String> {
    let prompt = Prompt::from_value(graph.clone()).unwrap();
    let report = check(&prompt, Some(&definitions()));
    let line = |finding: &Finding| {
        let place = [
            finding.node.as_ref().map(ToString::to_string),
            finding.input.clone(),
        ];
        let place: Vec<String> = place.into_iter().flatten().collect();
        let hint = finding.suggestion.clone().unwrap_or_default();
        format!(
            "{:?} {} {}: {} | {hint}",
            finding.severity,
            finding.code,
            place.join("."),
            finding.message
        )
    };
    report.findings.iter().map(line).collect()
}

fn changed(node: &str, input: &str, value: Value) -> Vec<String> {
    let mut graph = good();
    graph[node]["inputs"][input] = value;
    findings(&graph)
}

#[test]
fn each_fault_is_named_with_a_way_out() {
    let mut told = Vec::new();
    let mut tell = |title: &str, findings: Vec<String>| {
        told.push(format!("{title}\n  {}", findings.join("\n  ")));
    };
    tell("nothing but a deprecated class", findings(&good()));
    tell(
        "a model in another folder",
        changed("1", "name", json!("v1.safetensors")),
    );
    tell(
        "a misspelt model",
        changed("1", "name", json!("xl.safetensor")),
    );
    tell("an unknown model", changed("1", "name", json!("?")));
    tell("too small", changed("2", "steps", json!(0)));
    tell("not a number", changed("2", "steps", json!("many")));
    tell("off the step", changed("2", "cfg", json!(7.3)));
    tell("not finite", changed("2", "cfg", json!("nan")));
    tell("a literal on a socket", changed("2", "model", json!("xl")));
    tell("an unknown option", changed("2", "mode", json!("scald")));
    tell(
        "an input of the option is missing",
        changed("2", "mode", json!("scaled")),
    );
    let mut graph = good();
    graph["2"]["inputs"]["mode"] = json!("scaled");
    graph["2"]["inputs"]["mode.factor"] = json!(0.7);
    tell("off the step inside an option", findings(&graph));
    tell("an undeclared input", changed("2", "step", json!(5)));
    tell(
        "a link of the wrong type",
        changed("3", "images", json!(["1", 0])),
    );
    tell("a link to nowhere", changed("3", "images", json!(["9", 0])));
    let mut graph = good();
    graph["2"]["class_type"] = json!("Samplr");
    graph["1"]["class_type"] = json!("Nothing alike");
    tell("unknown classes, all of them", findings(&graph));
    graph = json!({"1": {"class_type": "Loader", "inputs": {"name": "xl.safetensors"}}});
    tell("no outputs", findings(&graph));
    graph = good();
    graph["1"] = json!({"class_type": "OldLoader", "inputs": {"file": "gone"}, "_meta": {}});
    graph["5"] = json!({"class_type": "Lost", "inputs": {}, "_meta": {}});
    tell(
        "a class that is gone, and one whose stand-in is gone too",
        findings(&graph),
    );
    graph.as_object_mut().unwrap().remove("5");
    tell(
        "a class that is gone, with a value that is not there",
        findings(&graph),
    );
    graph["1"]["_meta"] = json!(null);
    tell(
        "a class that is gone and that the server stumbles over",
        findings(&graph),
    );
    graph = json!({"1": {"class_type": "LoadImage", "inputs": {"image": "foto.png"}}, "2": {"class_type": "Save", "inputs": {"images": ["1", 0]}}});
    tell("an input file that is not there", findings(&graph));
    graph["1"]["inputs"]["image"] = json!("photo.xcf");
    tell("an input file that is not listed", findings(&graph));
    graph["1"]["inputs"]["image"] = json!("below/foto.png");
    tell("an input file that may be there", findings(&graph));
    tell(
        "a paid node",
        findings(&json!({"1": {"class_type": "Paid", "inputs": {}}})),
    );
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn an_output_that_the_server_would_drop_without_a_word_is_an_error() {
    let mut graph = good();
    graph["4"] = json!({"class_type": "Save", "inputs": {}});
    let prompt = Prompt::from_value(graph).unwrap();
    let report = check(&prompt, Some(&definitions()));
    assert!(!report.valid);
    assert_eq!(report.findings[0].code, "required_input_missing");
}

/// A node pack may check its inputs itself, which the definitions do not tell.
#[test]
fn values_of_node_packs_are_left_to_the_server() {
    let body =
        br#"{"Pack": {"python_module": "custom_nodes.pack", "output_node": true, "output": [],
        "input": {"required": {"mode": [["a"], {}]}}}}"#;
    let definitions = Definitions::from_slice(body).unwrap();
    let graph = json!({"1": {"class_type": "Pack", "inputs": {"mode": "b"}}});
    let report = check(&Prompt::from_value(graph).unwrap(), Some(&definitions));
    assert!(report.valid);
    assert_eq!(report.findings[0].code, "value_not_in_list");
}

#[test]
fn without_definitions_only_the_structure_is_checked() {
    let prompt =
        Prompt::from_value(json!({"1": {"class_type": "?", "inputs": {"x": ["2", 0]}}})).unwrap();
    let report = check(&prompt, None);
    assert!(!report.valid && !report.checked_with_definitions);
    assert_eq!(report.findings[0].code, "dangling_link");
}
