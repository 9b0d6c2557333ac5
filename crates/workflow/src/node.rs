//! One node of a prompt, and how its inputs refer to other nodes.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Borrow;
use std::fmt;

/// Key of a node in a prompt: `6`, or `57:8` for a node inside a subgraph.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(String);

impl NodeId {
    /// Takes any text: ComfyUI sets no form for node ids.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Borrow<str> for NodeId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for NodeId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

/// A node: an object with a text `class_type` and an object `inputs`, which [`crate::Prompt`]
/// guarantees. Key order and fields that we do not know are kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Node(pub(crate) Map<String, Value>);

impl Node {
    /// `Err` gives the fields back with what is wrong with them.
    pub(crate) fn new(fields: Map<String, Value>) -> Result<Self, Malformed> {
        match (fields.get("class_type"), fields.get("inputs")) {
            (Some(Value::String(_)), Some(Value::Object(_))) => Ok(Self(fields)),
            (Some(Value::String(_)), Some(_)) => Err(Malformed::InputsNotAnObject),
            (Some(Value::String(_)), None) => Err(Malformed::NoInputs),
            _ => Err(Malformed::NoClassType),
        }
    }

    /// Class of the node, as `/object_info` names it.
    pub fn class_type(&self) -> &str {
        self.0
            .get("class_type")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Title given by the author (`_meta.title`).
    pub fn title(&self) -> Option<&str> {
        self.0.get("_meta")?.get("title")?.as_str()
    }

    /// The value or link of an input.
    pub fn input(&self, name: &str) -> Option<&Value> {
        self.0.get("inputs")?.get(name)
    }

    /// All inputs with their values and links, in file order.
    pub fn inputs(&self) -> impl Iterator<Item = (&str, &Value)> {
        let inputs = self.0.get("inputs").and_then(Value::as_object);
        inputs
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.as_str(), value))
    }

    /// Inputs that are fed by other nodes.
    pub fn links(&self) -> impl Iterator<Item = (&str, Link<'_>)> {
        self.inputs()
            .filter_map(|(name, value)| Some((name, Link::from_value(value)?)))
    }

    pub(crate) fn set_input(&mut self, name: &str, value: Value) {
        if let Some(Value::Object(inputs)) = self.0.get_mut("inputs") {
            inputs.insert(name.to_owned(), value);
        }
    }

    pub(crate) fn remove_input(&mut self, name: &str) {
        if let Some(Value::Object(inputs)) = self.0.get_mut("inputs") {
            inputs.shift_remove(name);
        }
    }

    pub(crate) fn remove_field(&mut self, name: &str) {
        self.0.shift_remove(name);
    }
}

/// Why an object is no node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    NoClassType,
    NoInputs,
    InputsNotAnObject,
}

/// `["4", 0]`: the value comes from an output slot of another node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link<'a> {
    /// The node that the value comes from.
    pub node: &'a str,
}

impl<'a> Link<'a> {
    /// Reads what ComfyUI takes for a link: a list of a text and a number (Python counts booleans as
    /// numbers). All else is a literal value.
    pub fn from_value(value: &'a Value) -> Option<Self> {
        match value.as_array()?.as_slice() {
            [Value::String(node), Value::Number(_) | Value::Bool(_)] => Some(Self { node }),
            _ => None,
        }
    }
}
