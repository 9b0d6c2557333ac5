//! The promises of the way back: the same prompt, or a warning that names the input.

use super::{Code, Options, UiConversion, to_ui};
use crate::convert::{self, Dialect, convert};
use crate::{Definitions, Prompt};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// A few classes of ComfyUI, and some that show what is rare.
static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(|| {
    let mut all =
        Definitions::from_slice(include_bytes!("../../tests/conversion/definitions.json")).unwrap();
    let own = json!({
        // One input is a socket today and was a widget once.
        "Former": {"input": {"required": {"seed": ["INT", {}], "gain": ["FLOAT", {"forceInput": true}]}}},
        "Boxed": {"input": {"required": {"box": ["BOUNDING_BOX", {}], "curve": ["CURVE", {}]}}},
    });
    all.extend(Definitions::from_slice(own.to_string().as_bytes()).unwrap());
    all
});

fn converted(prompt: Value) -> UiConversion {
    to_ui(
        &Prompt::from_value(prompt).unwrap(),
        &DEFINITIONS,
        &Options::default(),
    )
}

/// One node of a class with these inputs.
fn node(class: &str, inputs: Value) -> Value {
    json!({"1": {"class_type": class, "inputs": inputs}})
}

fn sent(made: &UiConversion) -> Value {
    let sent = convert(
        &made.workflow,
        &DEFINITIONS,
        &convert::Options::default(),
        &mut |_| 0,
    );
    serde_json::to_value(sent.unwrap().prompt).unwrap()
}

fn told(made: &UiConversion) -> Vec<(&str, &str)> {
    let input = |warning: &super::Warning| (warning.code.as_str(), warning.input.clone());
    let told = made
        .warnings
        .iter()
        .map(|warning| (input(warning), &warning.input));
    told.map(|((code, _), input)| (code, input.as_deref().unwrap_or_default()))
        .collect()
}

fn text_to_image() -> Value {
    json!({
        "3": {"class_type": "KSampler", "_meta": {"title": "The sampler"}, "inputs": {"seed": 42,
            "steps": 20, "cfg": 8.5, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0,
            "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]}},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15.safetensors"}},
        "5": {"class_type": "EmptyLatentImage",
            "inputs": {"width": 512, "height": ["10", 0], "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a {red} fox // sly", "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["4", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "fox"},
            "_meta": {"title": "Save Image", "cnr_id": "comfy-core", "ver": "0.3"}},
        "10": {"class_type": "PrimitiveInt", "inputs": {"value": 768}},
    })
}

#[test]
fn a_workflow_is_written_as_the_editor_saves_it() {
    let made = converted(text_to_image());
    assert_eq!(told(&made), []);
    insta::assert_json_snapshot!(made.workflow);
}

#[test]
fn a_prompt_comes_back() {
    let mut back = sent(&converted(text_to_image()));
    assert_eq!(back["3"]["_meta"]["title"], "The sampler");
    assert_eq!(back["9"]["_meta"]["cnr_id"], "comfy-core");
    let mut wanted = text_to_image();
    for nodes in [&mut back, &mut wanted] {
        for (_, node) in nodes.as_object_mut().unwrap() {
            node.as_object_mut().unwrap().remove("_meta");
        }
    }
    assert_eq!(back, wanted);
}

#[rstest]
#[case::no_widget("VAEDecode", json!({"samples": "x"}), ("literal_on_socket", "samples"))]
#[case::no_input("VAEDecode", json!({"gain": 1}), ("undeclared_input", "gain"))]
#[case::no_node("VAEDecode", json!({"samples": ["9", 0]}), ("link_not_found", "samples"))]
#[case::no_output("VAEDecode", json!({"samples": ["1", -1]}), ("link_not_found", "samples"))]
#[case::far_output("VAEDecode", json!({"samples": ["1", 4_000_000_000_u32]}), ("link_not_found", "samples"))]
#[case::left_out("PrimitiveInt", json!({}), ("input_added", "value"))]
#[case::null("LoadImage", json!({"image": null}), ("value_changed", "image"))]
#[case::a_date("SaveImage", json!({"filename_prefix": "%date:yyyy%"}), ("value_changed", "filename_prefix"))]
#[case::large("PrimitiveInt", json!({"value": u64::MAX}), ("rounded_integer", "value"))]
#[case::other_option("ResizeImageMaskNode",
    json!({"resize_type": "unheard of", "scale_method": "area", "resize_type.width": 1}),
    ("undeclared_input", "resize_type.width"))]
fn what_the_editor_cannot_hold_is_named(
    #[case] class: &str,
    #[case] inputs: Value,
    #[case] warning: (&str, &str),
) {
    assert_eq!(told(&converted(node(class, inputs))), [warning]);
}

#[rstest]
#[case::former_widget("Former", json!({"seed": 7}))]
#[case::list("Boxed", json!({"box": {"x": 1, "y": 2, "width": 3, "height": 4},
    "curve": {"__type__": "CURVE", "__value__": [[0, 1]]}}))]
#[case::wrapped("PrimitiveInt", json!({"value": {"__value__": ["1", 0]}}))]
#[case::choices("CustomCombo", json!({"choice": "b", "index": 1, "option1": "a", "option2": "b", "option3": ""}))]
#[case::option("ResizeImageMaskNode",
    json!({"resize_type": "scale by multiplier", "resize_type.multiplier": 2.0, "scale_method": "area"}))]
#[case::upload("LoadImage", json!({"image": "fox.png"}))]
fn rare_widgets_come_back(#[case] class: &str, #[case] inputs: Value) {
    let made = converted(node(class, inputs.clone()));
    assert_eq!(told(&made), []);
    assert_eq!(sent(&made)["1"]["inputs"], inputs);
}

#[test]
fn groups_keep_their_gaps() {
    let made = converted(json!({
        "1": {"class_type": "LoadImage", "inputs": {"image": "fox.png"}},
        "2": {"class_type": "BatchImagesNode",
            "inputs": {"images.image0": ["1", 0], "images.image3": ["1", 0]}},
    }));
    assert_eq!(told(&made), []);
    let inputs = made.workflow.fields()["nodes"][1]["inputs"]
        .as_array()
        .unwrap();
    assert_eq!(inputs.len(), 5, "one more than the last one that is linked");
}

#[test]
fn a_class_that_nobody_knows_is_guessed() {
    let made = converted(json!({
        "1": {"class_type": "Unheard", "inputs": {"seed": 7, "text": "a\nb", "on": true,
            "any": {"x": 1}, "image": ["2", 1]}},
        "2": {"class_type": "LoadImage", "inputs": {"image": "fox.png"}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["1", 2], "filename_prefix": "fox"}},
    }));
    assert_eq!(told(&made), [("unknown_class", "")]);
    let unheard = &made.workflow.fields()["nodes"][0];
    assert_eq!(
        unheard["widgets_values"],
        json!([7, "fixed", "a\nb", true, {"x": 1}])
    );
    assert_eq!(
        unheard["inputs"][0],
        json!({"name": "image", "type": "MASK", "link": 1})
    );
    assert_eq!(unheard["outputs"].as_array().unwrap().len(), 3);
}

#[test]
fn nodes_of_the_editor_itself_are_not_sent() {
    let note = json!({"class_type": "Note", "inputs": {}});
    let made =
        converted(json!({"1": note, "2": {"class_type": "PrimitiveInt", "inputs": {"value": 1}}}));
    assert_eq!(told(&made), [("unknown_class", ""), ("node_not_sent", "")]);
    assert_eq!(
        told(&converted(json!({"1": note}))),
        [("unknown_class", ""), ("not_sendable", "")]
    );
}

#[test]
fn other_fields_of_a_node_have_no_place() {
    let made = converted(
        json!({"a": {"class_type": "PrimitiveInt", "inputs": {"value": 1},
        "is_changed": [1], "_meta": {"title": "One", "own": 2}}}),
    );
    assert_eq!(
        told(&made),
        [
            ("node_renumbered", ""),
            ("field_dropped", ""),
            ("field_dropped", "")
        ]
    );
    assert_eq!(made.node_ids["a"], 1);
}

#[test]
fn codes_have_the_names_that_they_are_written_with() {
    for code in [Code::UnknownClass, Code::RoundedInteger, Code::NotSendable] {
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
    }
}

/// Any value that a program may give, links included.
fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0..8_usize, 0..3_u8).prop_map(|(node, slot)| json!([node.to_string(), slot])),
        any::<i64>().prop_map(Value::from),
        (-1e6..1e6).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        r"[a{}|/\\%*]{0,8}".prop_map(Value::from),
        Just(json!("scale dimensions")),
        Just(json!([1, [2]])),
        Just(Value::Null),
    ]
}

/// Nodes of known and unknown classes; each declared input is there or not, others too.
fn any_prompt() -> impl Strategy<Value = Value> {
    let classes: Vec<String> = DEFINITIONS.class_names().map(str::to_owned).collect();
    let class =
        prop_oneof![9 => proptest::sample::select(classes), 1 => Just("Unheard".to_owned())];
    let names = |class: &str| -> Vec<String> {
        let plan = DEFINITIONS.get(class).and_then(Result::ok);
        let declared = plan.iter().flat_map(|plan| plan.input.visible());
        let mut names: Vec<String> = declared.map(|(name, _)| name.to_owned()).collect();
        names.extend(
            [
                "other",
                "images.image0",
                "images.image2",
                "resize_type.width",
            ]
            .map(str::to_owned),
        );
        names
    };
    let node = class.prop_flat_map(move |class| {
        let names = names(&class);
        let values =
            proptest::collection::vec(proptest::option::weighted(0.8, any_value()), names.len());
        values.prop_map(move |values| {
            let pairs = names.iter().cloned().zip(values);
            let inputs: Map<String, Value> = pairs
                .filter_map(|(name, value)| Some((name, value?)))
                .collect();
            json!({"class_type": class, "inputs": inputs})
        })
    });
    proptest::collection::vec(node, 1..8).prop_map(|nodes| {
        let numbered = nodes.into_iter().enumerate();
        numbered.map(|(at, node)| (at.to_string(), node)).collect()
    })
}

proptest! {
    #[test]
    fn any_prompt_comes_back_or_a_warning_names_the_input(prompt in any_prompt(), old: bool) {
        let dialect = if old { Dialect::V1_45 } else { Dialect::V1_58 };
        let read = Prompt::from_value(prompt.clone()).unwrap();
        let made = to_ui(&read, &DEFINITIONS, &Options { dialect });
        // Without a definition there is no way back.
        if made.warnings.iter().any(|warning| warning.code == Code::UnknownClass) {
            return Ok(());
        }
        let options = convert::Options { dialect, ..convert::Options::default() };
        let back = convert(&made.workflow, &DEFINITIONS, &options, &mut |_| 0).unwrap();
        let named = |id: &str, input: &str| made.warnings.iter().any(|warning| {
            warning.node.as_ref().is_some_and(|node| node.as_str() == id)
                && warning.input.as_deref() == Some(input)
        });
        for (id, node) in prompt.as_object().unwrap() {
            let other = back.prompt.node(id).unwrap();
            for (input, value) in node["inputs"].as_object().unwrap() {
                prop_assert!(named(id, input) || other.input(input) == Some(value), "{id}.{input}");
            }
            for (input, _) in other.inputs() {
                prop_assert!(named(id, input) || node["inputs"].get(input).is_some(), "{id}.{input}");
            }
        }
    }
}
