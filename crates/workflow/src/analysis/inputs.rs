//! The inputs of a prompt that hold values, as parameters without names yet.

use super::conditioning::{Reached, Roles};
use super::kind;
use super::known::Known;
use crate::definitions::InputSpec;
use crate::graph::Graph;
use crate::node::{Node, NodeId};
use crate::parameters::{Origin, Parameter, ParameterKind, Target, ValueType};
use crate::prompt::InputAddress;
use serde_json::{Number, Value};
use std::collections::HashSet;

/// A parameter that is still to be named.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) parameter: Parameter,
    /// Links between a prompt text and what wants it; the nearest gets the plain name.
    pub(super) distance: u32,
}

/// Values of the nodes in `reach`, in file order, without those that are `taken`.
pub(super) fn collect(
    graph: &Graph,
    known: &Known,
    roles: &Roles,
    reach: &HashSet<&str>,
    taken: &HashSet<(&NodeId, &str)>,
) -> Vec<Found> {
    let mut found = Vec::new();
    for (id, node) in graph.prompt.nodes() {
        if !reach.contains(id.as_str()) {
            continue;
        }
        for (input, value) in node.inputs() {
            if taken.contains(&(id, input)) {
                continue;
            }
            let spec = known.spec(node, input);
            // A value that its class does not declare does nothing.
            if spec.is_none() && known.definition(node.class_type()).is_some() {
                continue;
            }
            let reached = roles.get(&(id.as_str(), input)).copied();
            let address = InputAddress {
                node: id.clone(),
                input: input.to_owned(),
            };
            if let Some(parameter) = of_input(address, node, value, spec.as_deref(), reached) {
                let distance = reached.map_or(u32::MAX, |reached| reached.distance);
                found.push(Found {
                    parameter,
                    distance,
                });
            }
        }
    }
    found
}

fn of_input(
    address: InputAddress,
    node: &Node,
    value: &Value,
    spec: Option<&InputSpec>,
    reached: Option<Reached>,
) -> Option<Parameter> {
    let (kind, value_type) = kind::of(&address.input, value, spec)?;
    let mut parameter = bare(address, node, kind, value_type, Origin::Input);
    parameter.value = Some(value.clone());
    if kind == ParameterKind::Text {
        parameter.role = reached.map(|reached| reached.role);
    }
    if let Some(spec) = spec {
        describe(&mut parameter, spec);
    }
    Some(parameter)
}

/// A parameter of one input that says nothing more yet.
pub(crate) fn bare(
    address: InputAddress,
    node: &Node,
    kind: ParameterKind,
    value_type: ValueType,
    origin: Origin,
) -> Parameter {
    Parameter {
        name: String::new(),
        kind,
        value_type,
        role: None,
        value: None,
        default: None,
        minimum: None,
        maximum: None,
        step: None,
        choices: None,
        description: None,
        required: false,
        advanced: false,
        origin,
        targets: vec![target(address, node)],
    }
}

pub(crate) fn target(address: InputAddress, node: &Node) -> Target {
    Target {
        node: address.node,
        class: node.class_type().to_owned(),
        title: node.title().map(str::to_owned),
        input: address.input,
    }
}

/// What the definition of the input says: default, range, step, choices, help.
pub(crate) fn describe(parameter: &mut Parameter, spec: &InputSpec) {
    let number = |option: &str| spec.option(option).and_then(Value::as_number).cloned();
    parameter.default = spec.option("default").cloned();
    if matches!(parameter.value_type, ValueType::Integer | ValueType::Number) {
        parameter.minimum = number("min").map(|limit| exact(limit, parameter.value_type));
        parameter.maximum = number("max").map(|limit| exact(limit, parameter.value_type));
        parameter.step = number("step");
    }
    parameter.choices = choices(spec);
    let help = spec.option("tooltip").and_then(Value::as_str);
    parameter.description = help
        .map(str::trim)
        .filter(|help| !help.is_empty())
        .map(str::to_owned);
    parameter.advanced = spec.option("advanced") == Some(&Value::Bool(true));
}

/// Limits of whole numbers are sometimes written as floats.
fn exact(limit: Number, value_type: ValueType) -> Number {
    match value_type {
        ValueType::Integer => crate::parameters::whole(&limit).unwrap_or(limit),
        _ => limit,
    }
}

fn choices(spec: &InputSpec) -> Option<Vec<Value>> {
    if kind::takes_uploads(spec) {
        return None;
    }
    if spec.type_name() == "COMFY_DYNAMICCOMBO_V3" {
        let options = spec.option("options")?.as_array()?;
        return Some(
            options
                .iter()
                .filter_map(|option| option.get("key").cloned())
                .collect(),
        );
    }
    spec.choices().cloned()
}
