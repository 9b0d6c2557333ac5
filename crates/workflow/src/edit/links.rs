//! Connect and disconnect, and which types fit each other.

use super::{Draft, EditError, TypeMismatch};
use crate::analysis::known::spec_of;
use crate::definitions::{Definition, Definitions, InputSpec};
use crate::node::{Link, Node};
use crate::prompt::InputAddress;
use crate::suggest::nearest;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::HashSet;

impl Draft {
    /// Feeds an input from an output slot; gives back what the input held. With definitions the slot
    /// and the types are checked, where the classes are known.
    pub fn connect(
        &mut self,
        source: &str,
        slot: usize,
        input: &InputAddress,
        definitions: Option<&Definitions>,
    ) -> Result<Option<Value>, EditError> {
        self.check_link(source, input)?;
        if let Some(definitions) = definitions {
            self.check_types(source, slot, input, definitions)?;
        }
        let inputs = self.inputs_mut(input.node.as_str())?;
        Ok(inputs.insert(input.input.clone(), json!([source, slot])))
    }

    /// Takes a link away, so that the input is absent; gives back the link.
    pub fn disconnect(&mut self, input: &InputAddress) -> Result<Value, EditError> {
        let missing = self.no_input(input)?;
        let inputs = self.inputs_mut(input.node.as_str())?;
        match inputs.get(&input.input) {
            None => Err(missing),
            Some(value) if Link::from_value(value).is_none() => Err(EditError::NotLinked {
                node: input.node.to_string(),
                input: input.input.clone(),
            }),
            Some(_) => inputs.shift_remove(&input.input).ok_or(missing),
        }
    }

    /// Both ends must exist, and the target must not feed the source.
    pub(super) fn check_link(&self, source: &str, input: &InputAddress) -> Result<(), EditError> {
        let target = input.node.as_str();
        for id in [source, target] {
            if !self.nodes.contains_key(id) {
                return Err(self.no_node(id));
            }
        }
        let mut seen = HashSet::from([source]);
        let mut open = vec![source];
        while let Some(id) = open.pop() {
            if id == target {
                return Err(EditError::WouldCycle {
                    source_node: source.to_owned(),
                    node: target.to_owned(),
                });
            }
            let inputs = self
                .inputs(id)
                .into_iter()
                .flat_map(|inputs| inputs.values());
            for link in inputs.filter_map(Link::from_value) {
                if seen.insert(link.node) {
                    open.push(link.node);
                }
            }
        }
        Ok(())
    }

    fn check_types(
        &self,
        source: &str,
        slot: usize,
        input: &InputAddress,
        definitions: &Definitions,
    ) -> Result<(), EditError> {
        let class = self.class(source);
        let Some(giver) = definition(definitions, class) else {
            return Ok(());
        };
        if slot >= giver.output.len() {
            return Err(EditError::NoSlot {
                node: source.to_owned(),
                class: class.to_owned(),
                slot,
                count: giver.output.len(),
            });
        }
        let target = self.node(input.node.as_str())?;
        let Some(taker) = definition(definitions, target.class_type()) else {
            return Ok(());
        };
        let spec = declared(&taker, &target, input)?;
        let (given, taken) = (output_type(&giver, slot), input_type(&spec));
        if fits(&given, &taken) {
            return Ok(());
        }
        Err(EditError::TypeMismatch(Box::new(TypeMismatch {
            source_node: source.to_owned(),
            slot,
            given,
            node: input.node.to_string(),
            input: input.input.clone(),
            taken,
        })))
    }
}

pub(super) fn definition(definitions: &Definitions, class: &str) -> Option<Definition> {
    definitions.get(class)?.ok()
}

/// What the class says of the input; an error where it has none of that name.
fn declared<'a>(
    definition: &'a Definition,
    node: &Node,
    input: &InputAddress,
) -> Result<Cow<'a, InputSpec>, EditError> {
    let names = definition.input.visible().map(|(name, _)| name);
    spec_of(definition, node, &input.input).ok_or_else(|| EditError::NoInput {
        node: input.node.to_string(),
        class: node.class_type().to_owned(),
        input: input.input.clone(),
        nearest: nearest(&input.input, names).map(str::to_owned),
    })
}

/// Type of an output slot as the editor compares it; `*` where it may be anything.
pub(super) fn output_type(definition: &Definition, slot: usize) -> String {
    match definition.output.get(slot) {
        Some(Value::String(name)) if name == "COMFY_MATCHTYPE_V3" => "*".to_owned(),
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(_)) => "COMBO".to_owned(),
        _ => "*".to_owned(),
    }
}

/// Type of an input as the editor compares it.
pub(super) fn input_type(spec: &InputSpec) -> String {
    match spec.type_name() {
        "COMFY_MATCHTYPE_V3" => spec
            .option("template")
            .and_then(|template| template.get("allowed_types"))
            .and_then(Value::as_str)
            .unwrap_or("*")
            .to_owned(),
        name => name.to_owned(),
    }
}

/// Whether an output may feed an input: either is open, they are equal, or their lists share a member.
pub(super) fn fits(given: &str, taken: &str) -> bool {
    let open = |name: &str| matches!(name, "*" | "" | "0");
    if open(given) || open(taken) || given.eq_ignore_ascii_case(taken) {
        return true;
    }
    let members = |list: &str| -> HashSet<String> {
        list.split(',')
            .map(|member| member.trim().to_ascii_lowercase())
            .collect()
    };
    !members(given).is_disjoint(&members(taken))
}

/// What a node's input takes; `*` where its class is not known.
pub(super) fn wanted_type(definitions: &Definitions, node: &Node, input: &str) -> String {
    let definition = definition(definitions, node.class_type());
    let spec = definition
        .as_ref()
        .and_then(|known| spec_of(known, node, input));
    spec.map_or_else(|| "*".to_owned(), |spec| input_type(&spec))
}
