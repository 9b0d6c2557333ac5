//! Graphs of any shape for property tests: cycles, missing sources, odd slots, odd ids.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Up to a dozen nodes of known and unknown classes, linked at random.
pub(crate) fn graphs() -> impl Strategy<Value = Value> {
    proptest::collection::vec(node(), 1..12).prop_map(|nodes| {
        let nodes = nodes.into_iter().enumerate();
        Value::Object(nodes.map(|(id, node)| (id.to_string(), node)).collect())
    })
}

fn node() -> impl Strategy<Value = Value> {
    let class = prop_oneof![
        Just("KSampler"),
        Just("CLIPTextEncode"),
        Just("ControlNetApplyAdvanced"),
        Just("SaveImage"),
        Just("PrimitiveInt"),
        Just("ResizeImageMaskNode"),
        Just("CPackInputInt"),
        Just("ComfyUIDeployExternalSeed"),
        Just("Other"),
    ];
    let title = prop_oneof![Just(None), "[$]?[a-z ]{1,5}([.]text!?)?".prop_map(Some)];
    (
        class,
        title,
        proptest::collection::vec((input(), value()), 0..6),
    )
        .prop_map(|(class, title, inputs)| {
            let inputs: Map<String, Value> = inputs
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            let mut node = json!({"class_type": class, "inputs": inputs});
            if let Some(title) = title {
                node["_meta"] = json!({"title": title});
            }
            node
        })
}

fn input() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("positive"),
        Just("negative"),
        Just("text"),
        Just("seed"),
        Just("value"),
        Just("images"),
        Just("input_id"),
        Just("default_value"),
        Just("resize_type"),
        Just("resize_type.width"),
        Just("resize_type.a.b"),
        Just(""),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (0..14usize, 0..3u8).prop_map(|(id, slot)| json!([id.to_string(), slot])),
        1 => Just(json!(["0", true])),
        1 => Just(json!(["0", 1.5])),
        1 => any::<i64>().prop_map(|number| json!(number)),
        1 => any::<u64>().prop_map(|number| json!(number)),
        1 => proptest::num::f64::NORMAL.prop_map(|number| json!(number)),
        2 => "[a-c{}:]{0,8}".prop_map(|text| json!(text)),
        1 => Just(json!("{{a:1}} and {{b}}")),
        1 => Just(json!("PARAM_INT_STEPS")),
        1 => Just(json!("scale dimensions")),
        1 => Just(json!({"__value__": [1, 2]})),
        1 => Just(json!(null)),
        1 => any::<bool>().prop_map(|flag| json!(flag)),
    ]
}
