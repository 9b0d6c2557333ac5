//! Values by name: what is accepted, what is refused, and how that is said.

use crate::{Analysis, Definitions, InvalidParameters, Prompt};
use serde_json::{Map, Value, json};

const DEFINITIONS: &[u8] = br#"{"KSampler": {"output_node": true, "input": {"required": {
    "seed": ["INT", {"min": 0, "max": 18446744073709551615}],
    "steps": ["INT", {"min": 1, "max": 10000}],
    "cfg": ["FLOAT", {"min": 0.0, "max": 100.0, "step": 0.1}],
    "sampler_name": [["euler", "heun", "dpmpp_2m"]],
    "add_noise": ["BOOLEAN", {"default": true}]
}}}}"#;

fn prompt() -> Prompt {
    Prompt::from_value(json!({"3": {"class_type": "KSampler", "inputs": {
        "seed": 1, "steps": 20, "cfg": 8.0, "sampler_name": "euler", "add_noise": true}}}))
    .unwrap()
}

fn apply(values: Value) -> Result<Prompt, InvalidParameters> {
    let definitions = Definitions::from_slice(DEFINITIONS).unwrap();
    let parameters = Analysis::of(&prompt(), Some(&definitions)).parameters;
    let values: Map<String, Value> = values.as_object().unwrap().clone();
    parameters.apply(&prompt(), &values)
}

#[test]
fn values_arrive_where_they_belong_and_exactly() {
    let changed =
        apply(json!({"seed": u64::MAX, "sampler_steps": 30.0, "sampler_cfg": 7})).unwrap();
    let node = changed.node("3").unwrap();
    assert_eq!(node.input("seed"), Some(&json!(u64::MAX)));
    assert_eq!(node.input("steps"), Some(&json!(30)));
    assert_eq!(node.input("cfg"), Some(&json!(7)));
    assert_eq!(node.input("sampler_name"), Some(&json!("euler")));
}

#[test]
fn everything_that_is_wrong_is_said_at_once_with_a_way_out() {
    let error = apply(json!({
        "sed": 1, "sampler_steps": 0, "sampler_cfg": "7", "sampler_name": "eulr", "sampler_add_noise": 1
    }))
    .unwrap_err();
    let told: Vec<String> = error
        .0
        .iter()
        .map(|error| {
            format!(
                "{}: {error} | {}",
                error.code(),
                error.hint().unwrap_or_default()
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn parameters_of_another_workflow_are_refused() {
    let definitions = Definitions::from_slice(DEFINITIONS).unwrap();
    let parameters = Analysis::of(&prompt(), Some(&definitions)).parameters;
    let other = Prompt::from_value(json!({"3": {"class_type": "A", "inputs": {}}})).unwrap();
    let values = Map::from_iter([("seed".to_owned(), json!(5))]);
    let error = parameters.apply(&other, &values).unwrap_err();
    assert_eq!(error.code(), "parameter_gone");
}

#[test]
fn a_target_reads_as_a_selector() {
    for id in ["3", "57:8", "a.b", "x[\"\\y"] {
        let mut graph = Map::new();
        graph.insert(
            id.to_owned(),
            json!({"class_type": "A", "inputs": {"seed": 1}}),
        );
        let prompt = Prompt::from_value(Value::Object(graph)).unwrap();
        let parameters = Analysis::of(&prompt, None).parameters;
        let target = &parameters.targets("seed").unwrap()[0];
        let selector: crate::Selector = target.to_string().parse().unwrap();
        assert_eq!(selector.resolve(&prompt).unwrap(), target.address());
    }
}
