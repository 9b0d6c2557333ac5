//! Changes to a prompt: values, links, nodes. What happens to neighbours is always explicit.
//!
//! A [`Draft`] takes changes one after the other. A change that fails leaves the draft as it was, and
//! nothing touches the prompt that the draft was made of; [`Draft::finish`] gives the new one. Nodes
//! are named by id here: selectors are resolved against the prompt beforehand.

mod bypass;
mod error;
mod helpers;
mod links;
mod nodes;
mod replace;

pub use bypass::Bypassed;
pub use error::{EditError, TypeMismatch};
pub use helpers::{ImageSize, SamplerSettings};
pub use nodes::{Consumers, NewNode};
pub use replace::Replaced;

use crate::node::{Link, Node, NodeId};
use crate::prompt::{InputAddress, Prompt};
use crate::suggest::nearest;
use serde_json::{Map, Value};

/// A prompt that is being changed.
///
/// ```
/// use comfyctl_workflow::edit::{Consumers, Draft, NewNode};
/// use comfyctl_workflow::Prompt;
/// use serde_json::json;
///
/// let prompt = Prompt::from_value(json!({
///     "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
///     "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}},
/// }))?;
/// let mut draft = Draft::of(&prompt);
/// let invert = draft.add(NewNode::of_class("ImageInvert"))?;
/// draft.connect("1", 0, &invert.input("image"), None)?;
/// draft.connect(invert.as_str(), 0, &"2".input("images"), None)?;
/// assert!(draft.remove("1", Consumers::Refuse).is_err());
/// let changed = draft.finish()?;
/// assert_eq!(changed.node("2").unwrap().input("images"), Some(&json!(["3", 0])));
/// # use comfyctl_workflow::edit::InputOf;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    nodes: Map<String, Value>,
}

/// Names an input of a node id: `id.input("text")`.
pub trait InputOf {
    /// The address of an input of this node.
    fn input(&self, name: &str) -> InputAddress;
}

impl InputOf for NodeId {
    fn input(&self, name: &str) -> InputAddress {
        InputAddress {
            node: self.clone(),
            input: name.to_owned(),
        }
    }
}

impl InputOf for str {
    fn input(&self, name: &str) -> InputAddress {
        NodeId::from(self).input(name)
    }
}

impl Draft {
    /// A draft that is still equal to the prompt.
    pub fn of(prompt: &Prompt) -> Self {
        let nodes = prompt.nodes().map(|(id, node)| {
            let node = serde_json::to_value(node).unwrap_or_default();
            (id.as_str().to_owned(), node)
        });
        Self {
            nodes: nodes.collect(),
        }
    }

    /// The changed prompt. Fails only when no node is left.
    pub fn finish(self) -> Result<Prompt, EditError> {
        Prompt::from_value(Value::Object(self.nodes)).map_err(|_| EditError::NothingLeft)
    }

    /// Sets a value and gives back what was there. A link goes through the checks of
    /// [`Self::connect`].
    pub fn set(&mut self, input: &InputAddress, value: Value) -> Result<Option<Value>, EditError> {
        if let Some(link) = Link::from_value(&value) {
            self.check_link(link.node, input)?;
        }
        let inputs = self.inputs_mut(input.node.as_str())?;
        Ok(inputs.insert(input.input.clone(), value))
    }

    /// Takes a value or link away, so that the class's own default holds; gives back what was there.
    pub fn unset(&mut self, input: &InputAddress) -> Result<Value, EditError> {
        let missing = self.no_input(input)?;
        let inputs = self.inputs_mut(input.node.as_str())?;
        inputs.shift_remove(&input.input).ok_or(missing)
    }

    /// Gives a node a title, or with `None` takes it away.
    pub fn rename(&mut self, node: &str, title: Option<&str>) -> Result<(), EditError> {
        let fields = self.fields_mut(node)?;
        match title {
            Some(title) => {
                let meta = fields.entry("_meta").or_insert_with(|| Map::new().into());
                if !meta.is_object() {
                    *meta = Map::new().into();
                }
                meta["title"] = title.into();
            }
            None => {
                if let Some(Value::Object(meta)) = fields.get_mut("_meta") {
                    meta.shift_remove("title");
                }
            }
        }
        Ok(())
    }

    /// A node as it stands now.
    fn node(&self, id: &str) -> Result<Node, EditError> {
        let fields = self.nodes.get(id).and_then(Value::as_object);
        fields
            .and_then(|fields| Node::new(fields.clone()).ok())
            .ok_or_else(|| self.no_node(id))
    }

    fn class(&self, id: &str) -> &str {
        let class = self.nodes.get(id).and_then(|node| node.get("class_type"));
        class.and_then(Value::as_str).unwrap_or_default()
    }

    fn fields_mut(&mut self, id: &str) -> Result<&mut Map<String, Value>, EditError> {
        if !self.nodes.contains_key(id) {
            return Err(self.no_node(id));
        }
        match self.nodes.get_mut(id) {
            Some(Value::Object(fields)) => Ok(fields),
            _ => Err(EditError::NothingLeft),
        }
    }

    fn inputs(&self, id: &str) -> Option<&Map<String, Value>> {
        self.nodes.get(id)?.get("inputs")?.as_object()
    }

    fn inputs_mut(&mut self, id: &str) -> Result<&mut Map<String, Value>, EditError> {
        let inputs = self.fields_mut(id)?.entry("inputs");
        match inputs.or_insert_with(|| Map::new().into()) {
            Value::Object(inputs) => Ok(inputs),
            // `Prompt` lets no other form in, and nothing here makes one.
            _ => Err(EditError::NothingLeft),
        }
    }

    /// Inputs that are fed by a node, with their links.
    fn consumers(&self, id: &str) -> Vec<(InputAddress, Value)> {
        let mut consumers = Vec::new();
        for target in self.nodes.keys() {
            for (input, value) in self.inputs(target).into_iter().flatten() {
                if Link::from_value(value).is_some_and(|link| link.node == id) {
                    consumers.push((target.as_str().input(input), value.clone()));
                }
            }
        }
        consumers
    }

    fn no_node(&self, id: &str) -> EditError {
        EditError::NoNode {
            node: id.to_owned(),
            nearest: nearest(id, self.nodes.keys().map(String::as_str)).map(str::to_owned),
        }
    }

    /// The error for an input that a node has not; fails where there is no such node.
    fn no_input(&self, input: &InputAddress) -> Result<EditError, EditError> {
        let id = input.node.as_str();
        if !self.nodes.contains_key(id) {
            return Err(self.no_node(id));
        }
        let names = self.inputs(id).into_iter().flat_map(Map::keys);
        Ok(EditError::NoInput {
            node: id.to_owned(),
            class: self.class(id).to_owned(),
            input: input.input.clone(),
            nearest: nearest(&input.input, names.map(String::as_str)).map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests;
