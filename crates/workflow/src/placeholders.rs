//! Parameters that the author of a workflow marked, in the notations that are in use:
//!
//! | notation | where | tool that made it known |
//! |---|---|---|
//! | `{{name}}`, `{{name:default}}` | in a text, also several | many |
//! | `PARAM_NAME`, `PARAM_INT_NAME` | a whole value | MCP servers for ComfyUI |
//! | `$name.input`, `$name.input!:description` | title of a node | Pixelle MCP |
//! | `ComfyUIDeployExternal...` | class of a node | Comfy Deploy |
//! | `CPackInput...` | class of a node | comfy-pack |
//!
//! Called by the analysis, which puts them before the plain inputs. A notation that is malformed is
//! no placeholder; nothing here fails.

mod comfy_deploy;
mod comfy_pack;
mod param_name;
pub(crate) mod template;
mod title;

use crate::analysis::inputs::{bare, describe, target};
use crate::analysis::known::Known;
use crate::analysis::names::{Names, slug};
use crate::definitions::InputSpec;
use crate::graph::Graph;
use crate::node::{Node, NodeId};
use crate::parameters::{Origin, Parameter, ParameterKind, ValueType};
use crate::prompt::InputAddress;
use indexmap::IndexMap;
use serde_json::Value;

/// All marked parameters, in file order of their first mark.
pub(crate) fn find(graph: &Graph, known: &Known, names: &mut Names) -> Vec<Parameter> {
    let mut by_name: IndexMap<(Origin, String), Parameter> = IndexMap::new();
    for (id, node) in graph.prompt.nodes() {
        for marked in of_node(graph, known, id, node) {
            let key = (marked.parameter.origin, marked.name);
            match by_name.get_mut(&key) {
                Some(first) => add_target(first, marked.parameter),
                None => drop(by_name.insert(key, marked.parameter)),
            }
        }
    }
    by_name
        .into_iter()
        .map(|((_, name), mut parameter)| {
            parameter.name = names.claim(&[name]);
            parameter
        })
        .collect()
}

/// A parameter with the name that the author gave it.
struct Marked {
    name: String,
    parameter: Parameter,
}

fn of_node(graph: &Graph, known: &Known, id: &NodeId, node: &Node) -> Vec<Marked> {
    if let Some(marked) = comfy_deploy::read(id, node) {
        return vec![marked];
    }
    if let Some(marked) = comfy_pack::read(graph, id, node) {
        return vec![marked];
    }
    let mut marked: Vec<Marked> = title::read(known, id, node).into_iter().collect();
    for (input, value) in node.inputs() {
        let Value::String(text) = value else { continue };
        let address = InputAddress {
            node: id.clone(),
            input: input.to_owned(),
        };
        let spec = known.spec(node, input);
        if let Some(found) = param_name::read(text, &address, node, spec.as_deref()) {
            marked.push(found);
            continue;
        }
        let whole = template::is_whole(text);
        for placeholder in template::placeholders(text) {
            let spec = spec.as_deref().filter(|_| whole);
            let default = placeholder.default;
            let default = default.map(|text| typed(text, &address.input, whole, spec));
            marked.push(of_template(placeholder.name, default, &address, node, spec));
        }
    }
    marked
}

fn of_template(
    name: &str,
    default: Option<Value>,
    address: &InputAddress,
    node: &Node,
    spec: Option<&InputSpec>,
) -> Marked {
    let mut parameter = of_spec(
        address.clone(),
        node,
        spec,
        default.as_ref(),
        Origin::Template,
    );
    parameter.required = default.is_none();
    parameter.value = default;
    Marked {
        name: name.to_owned(),
        parameter,
    }
}

/// The default as the input wants it: `20` where a number is wanted, else text.
fn typed(text: &str, input: &str, whole: bool, spec: Option<&InputSpec>) -> Value {
    let as_text = Value::String(text.to_owned());
    let Some(value) = serde_json::from_str::<Value>(text).ok().filter(|_| whole) else {
        return as_text;
    };
    let wanted = if let Some(spec) = spec {
        matches!(spec.type_name(), "INT" | "FLOAT" | "BOOLEAN")
    } else {
        // Without definitions only names such as `width`, `seed` and `steps` are sure to be numbers.
        let kind = crate::analysis::kind_of(input, &value, None);
        kind.is_some_and(|(_, value_type)| value_type == ValueType::Integer)
    };
    if wanted { value } else { as_text }
}

/// A parameter whose kind the input's definition decides, else the value that it has.
fn of_spec(
    address: InputAddress,
    node: &Node,
    spec: Option<&InputSpec>,
    value: Option<&Value>,
    origin: Origin,
) -> Parameter {
    let text = Value::String(String::new());
    let (kind, value_type) = crate::analysis::kind_of(&address.input, value.unwrap_or(&text), spec)
        .unwrap_or((ParameterKind::Text, ValueType::String));
    let mut parameter = bare(address, node, kind, value_type, origin);
    if let Some(spec) = spec {
        describe(&mut parameter, spec);
    }
    parameter
}

/// The same name again: one value for both places. The first default that is given counts.
fn add_target(first: &mut Parameter, again: Parameter) {
    if first.value.is_none() && again.value.is_some() {
        first.value = again.value;
        first.required = again.required;
    }
    for target in again.targets {
        // Marks come node by node, so the same place again is the last one.
        if first.targets.last() != Some(&target) {
            first.targets.push(target);
        }
    }
}

/// Adds another input of the same node as a target.
fn also(parameter: &mut Parameter, id: &NodeId, node: &Node, input: &str) {
    let address = InputAddress {
        node: id.clone(),
        input: input.to_owned(),
    };
    parameter.targets.push(target(address, node));
}

/// A literal of a node: a link is no value.
fn literal<'a>(node: &'a Node, input: &str) -> Option<&'a Value> {
    let value = node.input(input)?;
    crate::node::Link::from_value(value)
        .is_none()
        .then_some(value)
}

fn literal_text<'a>(node: &'a Node, input: &str) -> Option<&'a str> {
    let text = literal(node, input)?.as_str()?.trim();
    (!text.is_empty()).then_some(text)
}

/// A name as a program can use it; empty texts give `parameter`.
fn identifier(name: &str) -> String {
    let slug = slug(name);
    if slug.is_empty() {
        "parameter".to_owned()
    } else {
        slug
    }
}

#[cfg(test)]
mod tests;
