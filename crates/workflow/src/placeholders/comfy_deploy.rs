//! The input nodes of Comfy Deploy: `ComfyUIDeployExternalText` and its kin.
//!
//! Their input `input_id` holds the name. A value is given by putting it in the place of the name,
//! and also into a second input that depends on the class, as that tool's own server does.

use super::{Marked, also, identifier, literal, literal_text};
use crate::analysis::inputs::bare;
use crate::node::{Node, NodeId};
use crate::parameters::{Origin, Parameter, ParameterKind, ValueType};
use crate::prompt::InputAddress;
use serde_json::Value;

pub(super) fn read(id: &NodeId, node: &Node) -> Option<Marked> {
    let class = node.class_type().strip_prefix("ComfyUIDeployExternal")?;
    let name = literal_text(node, "input_id")?;
    let (kind, value_type) = kind(class);
    let address = InputAddress {
        node: id.clone(),
        input: "input_id".to_owned(),
    };
    let mut parameter = bare(address, node, kind, value_type, Origin::ComfyDeploy);
    if let Some(input) = value_input(class) {
        also(&mut parameter, id, node, input);
        parameter.value = literal(node, input)
            .or_else(|| literal(node, "default_value"))
            .filter(|value| fits(value, value_type))
            .cloned();
    }
    details(&mut parameter, node);
    // Links into these nodes bring a default that cannot be shown, such as an image.
    let has_default = parameter.value.is_some()
        || node.input("default_value").is_some()
        || node.input("default_value_url").is_some();
    parameter.required = !has_default;
    Some(Marked {
        name: identifier(name),
        parameter,
    })
}

fn kind(class: &str) -> (ParameterKind, ValueType) {
    match class {
        "Number" | "NumberSlider" | "Slider" => (ParameterKind::Number, ValueType::Number),
        "NumberInt" | "NumberSliderInt" => (ParameterKind::Number, ValueType::Integer),
        "Seed" => (ParameterKind::Seed, ValueType::Integer),
        "Boolean" => (ParameterKind::Switch, ValueType::Boolean),
        "Enum" => (ParameterKind::Choice, ValueType::String),
        "Checkpoint" | "Lora" | "FaceModel" => (ParameterKind::Model, ValueType::String),
        "Image" | "ImageAlpha" | "ImageBatch" | "EXR" => (ParameterKind::Image, ValueType::String),
        "Vid" | "Video" => (ParameterKind::Video, ValueType::String),
        "Audio" => (ParameterKind::Audio, ValueType::String),
        "File" => (ParameterKind::File, ValueType::String),
        _ => (ParameterKind::Text, ValueType::String),
    }
}

/// The input besides `input_id` that takes the value.
fn value_input(class: &str) -> Option<&'static str> {
    match class {
        // Their default is an image or a video that comes by a link.
        "Image" | "ImageAlpha" | "Vid" | "Video" => None,
        "ImageBatch" => Some("images"),
        "Lora" => Some("lora_url"),
        "FaceModel" => Some("face_model_url"),
        "Audio" => Some("audio_file"),
        "EXR" => Some("exr_file"),
        "File" => Some("file_url"),
        _ => Some("default_value"),
    }
}

fn fits(value: &Value, value_type: ValueType) -> bool {
    match value_type {
        ValueType::Integer | ValueType::Number => value.is_number(),
        ValueType::Boolean => value.is_boolean(),
        ValueType::String => value.as_str().is_some_and(|text| !text.is_empty()),
        ValueType::Any => true,
    }
}

fn details(parameter: &mut Parameter, node: &Node) {
    let number = |input: &str| node.input(input).and_then(Value::as_number).cloned();
    parameter.minimum = number("min_value");
    parameter.maximum = number("max_value");
    if parameter.kind == ParameterKind::Seed && parameter.value.as_ref().is_some_and(is_negative) {
        // -1 there means random and is no seed.
        parameter.value = None;
    }
    if let Some(options) = literal_text(node, "options") {
        parameter.choices = Some(options_of(options));
    }
    let words = ["display_name", "description"].map(|input| literal_text(node, input));
    let words: Vec<&str> = words.into_iter().flatten().collect();
    parameter.description = (!words.is_empty()).then(|| words.join(": "));
}

fn is_negative(value: &Value) -> bool {
    value.as_i64().is_some_and(|number| number < 0)
}

/// A JSON list, else one choice a line.
fn options_of(text: &str) -> Vec<Value> {
    if let Ok(Value::Array(options)) = serde_json::from_str(text) {
        return options;
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(Value::from).collect()
}
