//! The input nodes of comfy-pack: `CPackInputString` and its kin.
//!
//! The name is the node's title, else the input that the node feeds; the value is the node's first
//! input. Ranges stand beside it, or under `_meta.options`.

use super::{Marked, identifier};
use crate::analysis::inputs::bare;
use crate::graph::Graph;
use crate::node::{Link, Node, NodeId};
use crate::parameters::{Origin, Parameter, ParameterKind, ValueType};
use crate::prompt::InputAddress;
use serde_json::{Number, Value};

pub(super) fn read(graph: &Graph, id: &NodeId, node: &Node) -> Option<Marked> {
    let class = node.class_type().strip_prefix("CPackInput")?;
    let (input, value) = node.inputs().next()?;
    if Link::from_value(value).is_some() {
        return None;
    }
    let (kind, value_type) = kind(class, value);
    let address = InputAddress {
        node: id.clone(),
        input: input.to_owned(),
    };
    let mut parameter = bare(address, node, kind, value_type, Origin::ComfyPack);
    parameter.value = Some(value.clone());
    details(&mut parameter, node);
    Some(Marked {
        name: name(graph, id, node, class),
        parameter,
    })
}

fn name(graph: &Graph, id: &NodeId, node: &Node, class: &str) -> String {
    let title = node.title().map(str::trim).unwrap_or_default();
    if is_identifier(title) {
        return title.to_owned();
    }
    let fed = graph.consumers(id.as_str()).first().map(|wire| wire.input);
    let title = Some(title).filter(|title| !title.is_empty());
    identifier(fed.or(title).unwrap_or(class))
}

fn is_identifier(text: &str) -> bool {
    let fits = |character: char| character.is_alphanumeric() || character == '_';
    text.starts_with(|first: char| first.is_alphabetic() || first == '_') && text.chars().all(fits)
}

fn kind(class: &str, value: &Value) -> (ParameterKind, ValueType) {
    match class {
        "Image" => (ParameterKind::Image, ValueType::String),
        "File" => (ParameterKind::File, ValueType::String),
        "Int" => (ParameterKind::Number, ValueType::Integer),
        "Float" => (ParameterKind::Number, ValueType::Number),
        "Boolean" => (ParameterKind::Switch, ValueType::Boolean),
        "String" => (ParameterKind::Text, ValueType::String),
        _ => match value {
            Value::Bool(_) => (ParameterKind::Switch, ValueType::Boolean),
            Value::Number(number) if number.is_f64() => (ParameterKind::Number, ValueType::Number),
            Value::Number(_) => (ParameterKind::Number, ValueType::Integer),
            Value::String(_) => (ParameterKind::Text, ValueType::String),
            _ => (ParameterKind::Text, ValueType::Any),
        },
    }
}

fn details(parameter: &mut Parameter, node: &Node) {
    let beside = |input: &str| node.input(input).and_then(Value::as_number).and_then(limit);
    parameter.minimum = beside("min");
    parameter.maximum = beside("max");
    let whole_node = serde_json::to_value(node).unwrap_or_default();
    let options = &whole_node["_meta"]["options"];
    if let Some(choices) = options["values"].as_array().filter(|all| !all.is_empty()) {
        parameter.choices = Some(choices.clone());
        parameter.kind = ParameterKind::Choice;
        parameter.value_type = ValueType::Any;
        return;
    }
    let option = |name: &str| options[name].as_number().cloned();
    if option("round")
        .and_then(|round| round.as_f64())
        .is_some_and(|round| round < 1.0)
        && parameter.value_type == ValueType::Integer
    {
        parameter.value_type = ValueType::Number;
    }
    parameter.minimum = parameter
        .minimum
        .take()
        .or_else(|| option("min").as_ref().and_then(limit));
    parameter.maximum = parameter
        .maximum
        .take()
        .or_else(|| option("max").as_ref().and_then(limit));
    parameter.step = option("step");
}

/// That tool writes Python's greatest integers where there is no limit.
fn limit(number: &Number) -> Option<Number> {
    const PYTHON_LIMIT: f64 = 9.2e18;
    let open = number
        .as_f64()
        .is_some_and(|value| value.abs() >= PYTHON_LIMIT);
    (!open).then(|| number.clone())
}
