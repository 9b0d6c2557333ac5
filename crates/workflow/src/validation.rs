//! Server-side validation of a prompt, with the answers of ComfyUI 0.28.1's `POST /prompt`.
//!
//! The simulator answers with what this gives; a client may ask the same question before it posts.
//! It also does what the server's validation does to the prompt on the way: literals are converted
//! to the declared type (`"64"` becomes `64`) and `{"__value__": x}` is unwrapped. It must never
//! touch files or the network: what a class checks by itself is asked of [`Classes`].

mod conversion;
mod links;
mod literal;
pub mod python;
mod report;
mod signature;
mod walk;

use crate::definitions::{Definition, Definitions, InputSpec};
use crate::node::Node;
use report::{Reason, reason};
use serde_json::{Map, Value, json};
pub(crate) use signature::Declared;
use std::collections::HashMap;
use std::sync::Arc;
use walk::Walk;

/// The node classes of a server, as validation needs them.
pub trait Classes {
    /// The definition of a class, or `None` when the server does not have it.
    fn definition(&self, class: &str) -> Option<Arc<Definition>>;

    /// Whether the class judges this input itself, so that choices and limits are not looked at.
    fn judges(&self, _class: &str, _input: &str, _spec: &InputSpec) -> bool {
        false
    }

    /// The verdict of a class on an input that it judges itself; the message says what is wrong.
    fn judge(&self, _class: &str, _input: &str, _value: &Value) -> Result<(), String> {
        Ok(())
    }
}

impl Classes for Definitions {
    fn definition(&self, class: &str) -> Option<Arc<Definition>> {
        self.get(class)?.ok().map(Arc::new)
    }
}

/// What the server says to a prompt that it could read.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It is queued. Outputs that failed are dropped silently: `node_errors` tells of them.
    Accepted {
        /// Output nodes that will run, in the order of the prompt.
        outputs: Vec<String>,
        /// Faults of the outputs that will not run, by node id.
        node_errors: Map<String, Value>,
    },
    /// It is refused with status 400.
    Refused {
        /// The `error` object of the answer.
        error: Value,
        /// Faults by node id.
        node_errors: Map<String, Value>,
    },
}

/// The server stumbles over the prompt's form and answers with status 500.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the prompt has a form that makes the server fail")]
pub struct Malformed;

/// All inputs that a node has, given the values that it was sent: some classes declare inputs that
/// depend on others.
pub(crate) fn inputs_of<'d>(definition: &'d Definition, node: &Node) -> Vec<Declared<'d>> {
    let none = Map::new();
    let sent = node.0.get("inputs").and_then(Value::as_object);
    signature::declared_inputs(definition, sent.unwrap_or(&none))
}

/// Validates a prompt and converts its literals in place.
///
/// `targets` is `partial_execution_targets` of the request, where JSON null means all outputs.
pub fn validate_prompt(
    prompt: &mut Value,
    targets: &Value,
    classes: &dyn Classes,
) -> Result<Verdict, Malformed> {
    let nodes = prompt.as_object_mut().ok_or(Malformed)?;
    check_form(nodes)?;
    let known = match known_classes(nodes, classes) {
        Ok(known) => known,
        Err(error) => return Ok(refused(error)),
    };
    let outputs = find_outputs(nodes, targets, &known);
    if outputs.is_empty() {
        let message = "Prompt has no outputs";
        let error = report::error("prompt_no_outputs", message, "", json!({}));
        return Ok(refused(error));
    }
    let walk = Walk::new(nodes, &known, classes);
    Ok(validate_outputs(walk, outputs))
}

fn refused(error: Value) -> Verdict {
    Verdict::Refused {
        error,
        node_errors: Map::new(),
    }
}

/// What the server reads of every node before it validates any of them.
fn check_form(nodes: &Map<String, Value>) -> Result<(), Malformed> {
    let readable = nodes.values().all(|node| {
        node.as_object()
            .is_some_and(|node| node.get("inputs").is_none_or(Value::is_object))
    });
    readable.then_some(()).ok_or(Malformed)
}

/// The definitions of the classes that a prompt uses.
type KnownClasses = HashMap<String, Arc<Definition>>;

/// The error is that for the first class that the server does not have.
fn known_classes(nodes: &Map<String, Value>, classes: &dyn Classes) -> Result<KnownClasses, Value> {
    let mut known = KnownClasses::new();
    for (id, node) in nodes {
        let missing = || report::missing_class(id, node);
        let class = class_of(node).ok_or_else(missing)?;
        if !known.contains_key(class) {
            let definition = classes.definition(class).ok_or_else(missing)?;
            known.insert(class.to_owned(), definition);
        }
    }
    Ok(known)
}

fn find_outputs(nodes: &Map<String, Value>, targets: &Value, known: &KnownClasses) -> Vec<String> {
    let is_output = |node: &Value| {
        let definition = class_of(node).and_then(|class| known.get(class));
        definition.is_some_and(|definition| definition.output_node)
    };
    let outputs = nodes
        .iter()
        .filter(|(id, node)| is_output(node) && is_target(targets, id));
    outputs.map(|(id, _)| id.clone()).collect()
}

fn class_of(node: &Value) -> Option<&str> {
    node.get("class_type")?.as_str()
}

/// Python's `in`, which finds a part of a text as well as an element of a list.
fn is_target(targets: &Value, id: &str) -> bool {
    match targets {
        Value::Null => true,
        Value::Array(ids) => ids.iter().any(|target| target == id),
        Value::String(text) => text.contains(id),
        _ => false,
    }
}

fn validate_outputs(mut walk: Walk<'_>, outputs: Vec<String>) -> Verdict {
    let mut good = Vec::new();
    let mut failed = Vec::new();
    let mut own_faults = Vec::new();
    for output in outputs {
        let Some(faults) = walk.validate_output(&output) else {
            good.push(output);
            continue;
        };
        own_faults.extend(faults.iter().map(|fault| {
            let part = |key: &str| fault[key].as_str().unwrap_or_default();
            format!("{}: {}", part("message"), part("details"))
        }));
        failed.push((output, walk.judged()));
    }
    let node_errors = walk.faults(&failed);
    if good.is_empty() {
        let error = report::error(
            "prompt_outputs_failed_validation",
            "Prompt outputs failed validation",
            &own_faults.join("\n"),
            json!({}),
        );
        return Verdict::Refused { error, node_errors };
    }
    Verdict::Accepted {
        outputs: good,
        node_errors,
    }
}

#[cfg(test)]
mod tests;
