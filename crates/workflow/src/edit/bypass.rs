//! Bypass: a node is left out and what it took is passed on, as the editor does it (mode 4).

use super::links::{definition, fits, input_type, output_type, wanted_type};
use super::{Draft, EditError};
use crate::analysis::known::spec_of;
use crate::definitions::{Definition, Definitions, InputSpec};
use crate::graph::slot;
use crate::node::{Link, Node};
use crate::prompt::InputAddress;
use serde_json::Value;

/// What became of the inputs that a bypassed node fed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bypassed {
    /// Now fed by what the node took.
    pub rewired: Vec<InputAddress>,
    /// Absent now: the node takes nothing of that type, or nothing was linked there.
    pub unlinked: Vec<InputAddress>,
}

impl Draft {
    /// Takes a node out and feeds its consumers from its inputs of the same type. The class must be
    /// in the definitions.
    ///
    /// For each consumer one input is chosen, by place and type, and there is no second try when it
    /// is not linked: the rules are the editor's, so that a graph means the same here and there.
    pub fn bypass(&mut self, node: &str, definitions: &Definitions) -> Result<Bypassed, EditError> {
        let bypassed = self.node(node)?;
        let class = bypassed.class_type();
        let Some(definition) = definition(definitions, class) else {
            return Err(unknown(class, definitions));
        };
        let inputs = slots(&definition, &bypassed);
        let mut outcome = Bypassed::default();
        let mut changes = Vec::new();
        for (input, link) in self.consumers(node) {
            if input.node.as_str() == node {
                continue;
            }
            let consumer = self.node(input.node.as_str())?;
            let wanted = wanted_type(definitions, &consumer, &input.input);
            let chosen = choose(&inputs, slot(&link), &definition, &wanted);
            let passed = chosen
                .and_then(|name| bypassed.input(name))
                .filter(|value| Link::from_value(value).is_some_and(|link| link.node != node));
            changes.push((input, passed.cloned()));
        }
        for (input, passed) in changes {
            let inputs = self.inputs_mut(input.node.as_str())?;
            if let Some(link) = passed {
                inputs.insert(input.input.clone(), link);
                outcome.rewired.push(input);
            } else {
                inputs.shift_remove(&input.input);
                outcome.unlinked.push(input);
            }
        }
        self.nodes.shift_remove(node);
        Ok(outcome)
    }
}

pub(super) fn unknown(class: &str, definitions: &Definitions) -> EditError {
    EditError::UnknownClass {
        class: class.to_owned(),
        nearest: crate::suggest::nearest(class, definitions.class_names()).map(str::to_owned),
    }
}

/// Names and types of a node's inputs in the editor's order: sockets, then widgets.
fn slots(definition: &Definition, node: &Node) -> Vec<(String, String)> {
    let mut sockets = Vec::new();
    let mut widgets = Vec::new();
    for (name, spec) in definition.input.visible() {
        match spec.type_name() {
            "COMFY_AUTOGROW_V3" | "COMFY_DYNAMICCOMBO_V3" => {
                let prefix = format!("{name}.");
                let members = node
                    .inputs()
                    .filter(|(input, _)| input.starts_with(&prefix));
                for (input, _) in members {
                    if let Some(spec) = spec_of(definition, node, input) {
                        let list = if is_widget(&spec) {
                            &mut widgets
                        } else {
                            &mut sockets
                        };
                        list.push((input.to_owned(), input_type(&spec)));
                    }
                }
            }
            _ => {
                let list = if is_widget(spec) {
                    &mut widgets
                } else {
                    &mut sockets
                };
                list.push((name.to_owned(), input_type(spec)));
            }
        }
    }
    sockets.extend(widgets);
    sockets
}

fn is_widget(spec: &InputSpec) -> bool {
    let forced = spec.option("forceInput") == Some(&Value::Bool(true));
    !forced
        && matches!(
            spec.type_name(),
            "INT" | "FLOAT" | "STRING" | "BOOLEAN" | "COMBO" | "COMFY_DYNAMICCOMBO_V3"
        )
}

/// The input that is passed on to a consumer of `slot` that takes `wanted`.
fn choose<'a>(
    inputs: &'a [(String, String)],
    slot: Option<usize>,
    definition: &Definition,
    wanted: &str,
) -> Option<&'a str> {
    let at_slot = slot.and_then(|slot| inputs.get(slot));
    if matches!(wanted, "*" | "") {
        return at_slot.or(inputs.first()).map(|(name, _)| name.as_str());
    }
    let given = slot.map_or_else(|| "*".to_owned(), |slot| output_type(definition, slot));
    let fits_both = |(_, kind): &&(String, String)| fits(kind, &given) && fits(kind, wanted);
    at_slot
        .filter(fits_both)
        .or_else(|| inputs.iter().find(|(_, kind)| kind == wanted))
        .or_else(|| inputs.iter().find(fits_both))
        .map(|(name, _)| name.as_str())
}
