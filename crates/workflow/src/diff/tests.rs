//! What counts as a difference, and what does not.

use super::*;
use proptest::prelude::*;
use serde_json::{Map, json};

fn workflow() -> Value {
    json!({
        "3": {"class_type": "KSampler", "inputs": {
            "seed": 1, "cfg": 8, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0]}},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cat", "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["4", 1]}},
        "9": {"class_type": "SaveLatent", "inputs": {"samples": ["3", 0]}},
    })
}

/// The same graph under other ids, in another order.
fn renumbered(graph: &Value) -> Value {
    let mut renamed = Map::new();
    for (id, node) in graph.as_object().unwrap().iter().rev() {
        let mut node = node.clone();
        for input in node["inputs"].as_object_mut().unwrap().values_mut() {
            if let Some(source) = input.get_mut(0).filter(|source| source.is_string()) {
                *source = json!(format!("1{}", source.as_str().unwrap()));
            }
        }
        renamed.insert(format!("1{id}"), node);
    }
    Value::Object(renamed)
}

/// Only links to nodes that come earlier.
fn without_cycles(mut graph: Value) -> Value {
    for (id, node) in graph.as_object_mut().unwrap() {
        let place: usize = id.parse().unwrap();
        let earlier = |input: &Value| {
            let source = input.get(0).and_then(Value::as_str);
            source.is_none_or(|source| source.parse::<usize>().is_ok_and(|source| source < place))
        };
        node["inputs"]
            .as_object_mut()
            .unwrap()
            .retain(|_, input| earlier(input));
    }
    graph
}

fn between(older: Value, newer: Value) -> Diff {
    Diff::between(
        &Prompt::from_value(older).unwrap(),
        &Prompt::from_value(newer).unwrap(),
    )
}

#[test]
fn a_renumbered_workflow_shows_only_what_was_changed() {
    let mut newer = renumbered(&workflow());
    newer["16"]["inputs"]["text"] = json!("a red fox");
    newer["13"]["inputs"]["cfg"] = json!(8.0);
    insta::assert_snapshot!(between(workflow(), newer), @r#"
    ~ 6 -> 16 (CLIPTextEncode)
        text: "a cat" -> "a red fox"
    "#);
}

#[test]
fn swapped_ids_do_not_confuse_the_prompts() {
    let mut newer = workflow();
    newer["6"]["inputs"]["text"] = json!("ugly");
    newer["7"]["inputs"]["text"] = json!("a dog");
    newer["3"]["inputs"]["positive"] = json!(["7", 0]);
    newer["3"]["inputs"]["negative"] = json!(["6", 0]);
    insta::assert_snapshot!(between(workflow(), newer), @r#"
    ~ 6 -> 7 (CLIPTextEncode)
        text: "a cat" -> "a dog"
    ~ 7 -> 6 (CLIPTextEncode)
        text: "blurry" -> "ugly"
    "#);
}

#[test]
fn added_removed_rewired_and_replaced_are_told_apart() {
    let mut newer = workflow();
    newer["10"] = json!({"class_type": "LoraLoader", "inputs": {"lora_name": "l", "model": ["4", 0]}, "_meta": {"title": "My \"LoRA\""}});
    newer["3"]["inputs"]["model"] = json!(["10", 0]);
    newer["3"]["inputs"]["steps"] = json!(20);
    newer["3"]["inputs"].as_object_mut().unwrap().remove("cfg");
    newer["9"] = json!({"class_type": "VAEDecode", "inputs": {"samples": ["3", 0]}});
    let diff = between(workflow(), newer.clone());
    insta::assert_snapshot!(diff);
    insta::assert_json_snapshot!(diff);
    insta::assert_snapshot!(between(newer, workflow()));
}

#[test]
fn ten_thousand_equal_nodes_are_matched_in_time() {
    let chain = |seed: usize| {
        let node = |index: usize| json!({"class_type": "A", "inputs": {"n": index % 7, "x": [(index + 1).to_string(), 0]}});
        let mut graph: Map<String, Value> = (0..10_000)
            .map(|index| (index.to_string(), node(index)))
            .collect();
        graph.insert(
            "10000".into(),
            json!({"class_type": "B", "inputs": {"seed": seed}}),
        );
        Value::Object(graph)
    };
    let diff = between(chain(1), renumbered(&chain(2)));
    assert_eq!((diff.changed.len(), diff.unchanged), (1, 10_000));
}

proptest! {
    #[test]
    fn nothing_differs_from_itself(graph in crate::test_graphs::graphs()) {
        let diff = between(graph.clone(), graph.clone());
        prop_assert!(diff.is_empty(), "{diff}");
    }

    #[test]
    fn nothing_differs_under_other_ids_where_values_flow(graph in crate::test_graphs::graphs()) {
        let graph = without_cycles(graph);
        let diff = between(graph.clone(), renumbered(&graph));
        prop_assert!(diff.is_empty(), "{diff}");
    }

    #[test]
    fn every_node_is_told_about_once(older in crate::test_graphs::graphs(), newer in crate::test_graphs::graphs()) {
        let diff = between(older.clone(), newer.clone());
        let both = diff.changed.len() + diff.unchanged;
        prop_assert_eq!(both + diff.removed.len(), older.as_object().unwrap().len());
        prop_assert_eq!(both + diff.added.len(), newer.as_object().unwrap().len());
    }
}
