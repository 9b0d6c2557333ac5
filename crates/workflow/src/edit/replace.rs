//! Another class for a node: inputs and outputs are carried over where the new class has them.

use super::bypass::unknown;
use super::links::{definition, fits, output_type};
use super::{Draft, EditError};
use crate::analysis::known::spec_of;
use crate::definitions::{Definition, Definitions};
use crate::graph::slot;
use crate::node::{Link, Node};
use crate::prompt::InputAddress;
use serde_json::{Map, Value, json};

/// What a change of class did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replaced {
    /// Inputs that the new class does not have; their values are gone.
    pub dropped: Vec<String>,
    /// Inputs that the new class needs and that now hold its default.
    pub defaulted: Vec<String>,
    /// Inputs of other nodes that now take another output slot of the node.
    pub moved: Vec<InputAddress>,
    /// Inputs of other nodes that are absent now, since no output of the new class fits.
    pub unlinked: Vec<InputAddress>,
}

impl Draft {
    /// Gives a node another class. With definitions, inputs that the class does not have go, those
    /// that it needs get its defaults, and consumers get the output of the same name and type, else
    /// of the same type. Without, only the class changes.
    pub fn replace_class(
        &mut self,
        node: &str,
        class: &str,
        definitions: Option<&Definitions>,
    ) -> Result<Replaced, EditError> {
        let old = self.node(node)?;
        let Some(definitions) = definitions else {
            self.write_class(node, class, None)?;
            return Ok(Replaced::default());
        };
        let new = definition(definitions, class).ok_or_else(|| unknown(class, definitions))?;
        let mut outcome = Replaced::default();
        let inputs = carried(&old, &new, &mut outcome);
        self.write_class(node, class, Some(inputs))?;
        if let Some(known) = definition(definitions, old.class_type()) {
            self.move_consumers(node, &known, &new, &mut outcome)?;
        }
        Ok(outcome)
    }

    fn write_class(
        &mut self,
        node: &str,
        class: &str,
        inputs: Option<Map<String, Value>>,
    ) -> Result<(), EditError> {
        let fields = self.fields_mut(node)?;
        fields.insert("class_type".to_owned(), class.into());
        if let Some(inputs) = inputs {
            fields.insert("inputs".to_owned(), Value::Object(inputs));
        }
        Ok(())
    }

    fn move_consumers(
        &mut self,
        node: &str,
        old: &Definition,
        new: &Definition,
        outcome: &mut Replaced,
    ) -> Result<(), EditError> {
        for (input, link) in self.consumers(node) {
            let was = slot(&link);
            let is = was.and_then(|was| matching_slot(old, was, new));
            let inputs = self.inputs_mut(input.node.as_str())?;
            match is {
                Some(is) if was == Some(is) => {}
                Some(is) => {
                    inputs.insert(input.input.clone(), json!([node, is]));
                    outcome.moved.push(input);
                }
                None => {
                    inputs.shift_remove(&input.input);
                    outcome.unlinked.push(input);
                }
            }
        }
        Ok(())
    }
}

/// Inputs of the old node that the new class declares, and defaults for what it needs besides.
fn carried(old: &Node, new: &Definition, outcome: &mut Replaced) -> Map<String, Value> {
    let mut inputs = Map::new();
    for (name, value) in old.inputs() {
        let fits = spec_of(new, old, name).is_some_and(|spec| {
            let choices = spec.choices();
            let listed = choices.is_none_or(|all| all.is_empty() || all.contains(value));
            Link::from_value(value).is_some() || listed
        });
        if fits {
            inputs.insert(name.to_owned(), value.clone());
        } else {
            outcome.dropped.push(name.to_owned());
        }
    }
    for (name, spec) in &new.input.required {
        let default = spec.option("default").cloned();
        let first = || spec.choices()?.first().cloned();
        if !inputs.contains_key(name)
            && let Some(default) = default.or_else(first)
        {
            inputs.insert(name.clone(), default);
            outcome.defaulted.push(name.clone());
        }
    }
    inputs
}

/// The output of the new class that stands for one of the old: same name and type, else same type.
fn matching_slot(old: &Definition, slot: usize, new: &Definition) -> Option<usize> {
    let wanted = output_type(old, slot);
    let name = old.output_name.get(slot);
    let fitting = |at: &usize| fits(&output_type(new, *at), &wanted);
    let mut named = (0..new.output.len()).filter(|at| new.output_name.get(*at) == name);
    named
        .find(fitting)
        .or_else(|| {
            Some(slot)
                .filter(|slot| *slot < new.output.len())
                .filter(fitting)
        })
        .or_else(|| (0..new.output.len()).find(fitting))
}
