//! Promises of the analysis, and survival of any graph.

use super::*;
use crate::parameters::Role;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

fn prompt(graph: Value) -> Prompt {
    Prompt::from_value(graph).unwrap()
}

/// A text-to-image workflow whose titles lie: the negative prompt is called positive.
fn text_to_image() -> Value {
    json!({
        "3": {"class_type": "KSampler", "inputs": {
            "seed": 42, "steps": 20, "cfg": 8, "sampler_name": "euler", "scheduler": "normal", "denoise": 1,
            "model": ["4", 0], "positive": ["20", 0], "negative": ["20", 1], "latent_image": ["5", 0]}},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15.safetensors"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": ["30", 0], "height": 512, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry, embedding:bad", "clip": ["4", 1]},
              "_meta": {"title": "Positive Prompt"}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": ["31", 0], "clip": ["4", 1]},
              "_meta": {"title": "Negative Prompt"}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "cat"}},
        "20": {"class_type": "ControlNetApplyAdvanced", "inputs": {
            "positive": ["7", 0], "negative": ["6", 0], "control_net": ["21", 0], "image": ["22", 0],
            "strength": 0.8, "start_percent": 0, "end_percent": 1}},
        "21": {"class_type": "ControlNetLoader", "inputs": {"control_net_name": "canny.pth"}},
        "22": {"class_type": "LoadImage", "inputs": {"image": "edges.png"}},
        "30": {"class_type": "PrimitiveInt", "inputs": {"value": 768}},
        "31": {"class_type": "StringConcatenate", "inputs": {
            "string_a": "a red fox", "string_b": "in the snow", "delimiter": ", "}},
    })
}

fn definitions() -> Definitions {
    Definitions::from_slice(include_bytes!("tests/definitions.json")).unwrap()
}

fn table(analysis: &Analysis) -> String {
    let mut table = String::new();
    for parameter in &analysis.parameters {
        let target = &parameter.targets[0];
        let kind = serde_json::to_value(parameter.kind).unwrap();
        let value_type = serde_json::to_value(parameter.value_type).unwrap();
        let (name, input) = (&parameter.name, &target.input);
        let value = parameter.value.clone().unwrap_or_default();
        let node = &target.node;
        writeln!(
            table,
            "{name}: {kind} {value_type} {node}.{input} = {value}"
        )
        .unwrap();
    }
    table
}

#[test]
fn what_can_be_changed_is_found_without_definitions() {
    let analysis = Analysis::of(&prompt(text_to_image()), None);
    insta::assert_snapshot!(table(&analysis));
    assert!(!analysis.with_definitions);
}

#[test]
fn definitions_add_ranges_choices_and_what_is_missing() {
    let analysis = Analysis::of(&prompt(text_to_image()), Some(&definitions()));
    insta::assert_json_snapshot!(analysis);
}

#[test]
fn prompts_are_told_apart_by_their_links_and_not_by_their_titles() {
    let analysis = Analysis::of(&prompt(text_to_image()), None);
    let role = |name: &str| {
        let parameter = analysis.parameters.get(name).unwrap();
        (
            parameter.role.unwrap(),
            parameter.targets[0].node.as_str().to_owned(),
        )
    };
    assert_eq!(role("positive_prompt"), (Role::Positive, "31".to_owned()));
    assert_eq!(role("negative_prompt"), (Role::Negative, "6".to_owned()));
}

#[test]
fn crossed_outputs_of_a_conditioning_node_are_followed_when_their_names_are_known() {
    let mut graph = text_to_image();
    graph["3"]["inputs"]["positive"] = json!(["20", 1]);
    graph["3"]["inputs"]["negative"] = json!(["20", 0]);
    let analysis = Analysis::of(&prompt(graph), Some(&definitions()));
    let node = |name: &str| {
        analysis.parameters.get(name).unwrap().targets[0]
            .node
            .as_str()
            .to_owned()
    };
    assert_eq!(
        (node("positive_prompt"), node("negative_prompt")),
        ("6".into(), "31".into())
    );
}

#[test]
fn conditioning_of_a_guider_is_the_positive_prompt() {
    let graph = json!({
        "1": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox", "clip": ["9", 0]}},
        "2": {"class_type": "FluxGuidance", "inputs": {"conditioning": ["1", 0], "guidance": 3.5}},
        "3": {"class_type": "BasicGuider", "inputs": {"conditioning": ["2", 0]}},
        "4": {"class_type": "SamplerCustomAdvanced", "inputs": {"guider": ["3", 0]}},
    });
    let analysis = Analysis::of(&prompt(graph), None);
    let found = analysis.parameters.get("positive_prompt").unwrap();
    assert_eq!(found.value, Some(json!("a fox")));
}

#[test]
fn prompts_that_a_node_takes_itself_are_told_apart_by_their_names() {
    let graph = json!({"1": {"class_type": "TextToVideo", "inputs": {
        "model": "x", "model.prompt": "a fox", "model.negative_prompt": "rain", "negative_coords": "[]"}}});
    let analysis = Analysis::of(&prompt(graph), None);
    let value = |name: &str| {
        analysis
            .parameters
            .get(name)
            .and_then(|each| each.value.clone())
    };
    assert_eq!(value("positive_prompt"), Some(json!("a fox")));
    assert_eq!(value("negative_prompt"), Some(json!("rain")));
}

#[test]
fn values_that_reach_no_output_are_not_offered() {
    let mut graph = text_to_image();
    graph["50"] = json!({"class_type": "LoadImage", "inputs": {"image": "unused.png"}});
    let analysis = Analysis::of(&prompt(graph), Some(&definitions()));
    let unused = analysis
        .parameters
        .iter()
        .any(|each| each.value == Some(json!("unused.png")));
    assert!(!unused);
    assert!(!analysis.order.iter().any(|id| id.as_str() == "50"));
}

#[test]
fn the_schema_makes_a_form() {
    let analysis = Analysis::of(&prompt(text_to_image()), Some(&definitions()));
    insta::assert_json_snapshot!(analysis.parameters.json_schema());
}

#[test]
fn the_drawing_is_stable_and_escaped() {
    let graph = json!({
        "a-1\"]; x": {"class_type": "Load<Image>", "inputs": {"image": "a.png"}, "_meta": {"title": "#1 \"x\"\n`y`"}},
        "2": {"class_type": "SaveImage", "inputs": {"images|x": ["a-1\"]; x", 0], "mask": ["nowhere", 0]}},
    });
    insta::assert_snapshot!(mermaid(&prompt(graph), None));
    insta::assert_snapshot!(mermaid(&prompt(text_to_image()), Some(&definitions())));
}

#[test]
fn the_order_is_that_of_the_server_and_leaves_cycles_out() {
    let order = |graph| {
        let analysis = Analysis::of(&prompt(graph), Some(&definitions()));
        let order: Vec<String> = analysis.order.iter().map(ToString::to_string).collect();
        order.join(" ")
    };
    insta::assert_snapshot!(order(text_to_image()));
    let mut graph = text_to_image();
    graph["31"]["inputs"]["string_b"] = json!(["7", 0]);
    assert!(!order(graph).contains("31"));
}

#[test]
fn connections_have_the_names_of_the_published_version() {
    let graph = json!({
        "1": {"class_type": "A", "inputs": {}},
        "2": {"class_type": "B", "inputs": {"x": ["1", 1], "lost": ["9", 0]}},
    });
    let connections = serde_json::to_value(connections(&prompt(graph))).unwrap();
    let expected = json!({
        "1": {"inputs_from": [], "outputs_to": [{"target_node": "2", "target_input": "x", "output_slot": 1}]},
        "2": {"inputs_from": [{"input_name": "x", "source_node": "1", "source_slot": 1}], "outputs_to": []},
    });
    assert_eq!(connections, expected);
}

/// Ten thousand samplers in a row, each with prompts of its own.
fn long_chain() -> Value {
    let mut graph = Map::new();
    for index in 0..10_000 {
        let latent = (index > 0).then(|| json!([format!("s{}", index - 1), 0]));
        graph.insert(
            format!("s{index}"),
            json!({"class_type": "KSampler", "inputs": {
                "seed": index, "positive": ["p", 0], "negative": [format!("s{index}"), 0],
                "latent_image": latent.unwrap_or(json!(0))}}),
        );
    }
    graph.insert(
        "p".into(),
        json!({"class_type": "CLIPTextEncode", "inputs": {"text": "x"}}),
    );
    Value::Object(graph)
}

#[test]
fn ten_thousand_nodes_in_a_row_are_no_problem() {
    let prompt = prompt(long_chain());
    let analysis = Analysis::of(&prompt, Some(&definitions()));
    assert!(analysis.parameters.len() >= 10_000);
    assert_eq!(
        mermaid(&prompt, None).lines().count(),
        1 + 10_001 + 3 * 10_000 - 1
    );
}

proptest! {
    #[test]
    fn any_graph_is_survived_and_names_are_unique(graph in crate::test_graphs::graphs()) {
        let prompt = prompt(graph);
        for definitions in [None, Some(definitions())] {
            let analysis = Analysis::of(&prompt, definitions.as_ref());
            let mut names: Vec<&str> = analysis.parameters.iter().map(|each| each.name.as_str()).collect();
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            prop_assert_eq!(names.len(), count);
            let _ = mermaid(&prompt, definitions.as_ref());
        }
    }

    #[test]
    fn giving_every_value_that_is_there_changes_nothing(graph in crate::test_graphs::graphs()) {
        let prompt = prompt(graph);
        let analysis = Analysis::of(&prompt, None);
        let values: Map<String, Value> = analysis.parameters.iter()
            .filter(|each| each.origin == crate::Origin::Input)
            .filter_map(|each| Some((each.name.clone(), each.value.clone()?)))
            .collect();
        let unchanged = analysis.parameters.apply_given(&prompt, &values).unwrap();
        prop_assert_eq!(crate::Fingerprint::of(&unchanged), crate::Fingerprint::of(&prompt));
    }
}
