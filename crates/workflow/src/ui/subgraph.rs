//! Definitions of subgraphs: a graph with a boundary, used by nodes whose class is its id.

use super::graph::UiGraph;
use super::key::Key;
use super::node::slice;
use serde_json::{Map, Value};

/// A definition as the file has it.
#[derive(Debug, Clone, Copy)]
pub struct Subgraph<'a> {
    id: &'a str,
    fields: &'a Map<String, Value>,
}

/// An input or output of a subgraph.
#[derive(Debug, Clone, Copy)]
pub struct BoundarySlot<'a> {
    name: &'a str,
    kind: &'a str,
    links: &'a [Value],
}

/// All definitions below `fields`. Without recursion: files may nest as deep as they like.
pub(super) fn collect(fields: &Map<String, Value>) -> Vec<Subgraph<'_>> {
    let mut found = Vec::new();
    let mut waiting: Vec<_> = inside(fields).rev().collect();
    while let Some(definition) = waiting.pop() {
        let Some(fields) = definition.as_object() else {
            continue;
        };
        if let Some(id) = fields.get("id").and_then(Value::as_str) {
            found.push(Subgraph { id, fields });
        }
        waiting.extend(inside(fields).rev());
    }
    found
}

fn inside(fields: &Map<String, Value>) -> impl DoubleEndedIterator<Item = &Value> {
    let definitions = fields.get("definitions");
    let list = definitions.and_then(|all| all.get("subgraphs")?.as_array());
    list.into_iter().flatten()
}

impl<'a> Subgraph<'a> {
    /// Its id, the class of its instances.
    pub fn id(&self) -> &'a str {
        self.id
    }

    /// The name that its author gave it.
    pub fn name(&self) -> Option<&'a str> {
        self.fields.get("name")?.as_str()
    }

    /// What is inside.
    pub fn graph(&self) -> UiGraph<'a> {
        UiGraph::new(self.fields)
    }

    /// Its inputs, in the order of the slots of its boundary.
    pub fn inputs(&self) -> impl Iterator<Item = BoundarySlot<'a>> + use<'a> {
        self.slots("inputs")
    }

    /// Its outputs.
    pub fn outputs(&self) -> impl Iterator<Item = BoundarySlot<'a>> + use<'a> {
        self.slots("outputs")
    }

    fn slots(&self, name: &str) -> impl Iterator<Item = BoundarySlot<'a>> + use<'a> {
        let slots = self.fields.get(name).map(slice).unwrap_or_default();
        slots.iter().filter_map(BoundarySlot::from_value)
    }
}

impl<'a> BoundarySlot<'a> {
    /// One that nothing hangs on.
    pub(crate) fn new(name: &'a str, kind: &'a str) -> Self {
        let links = &[];
        Self { name, kind, links }
    }

    fn from_value(value: &'a Value) -> Option<Self> {
        let mut slot = Self::new("", "*");
        for (name, value) in value.as_object()? {
            match name.as_str() {
                "name" => slot.name = value.as_str().unwrap_or_default(),
                "type" => slot.kind = value.as_str().unwrap_or("*"),
                "linkIds" => slot.links = slice(value),
                _ => {}
            }
        }
        Some(slot)
    }

    /// Name of the input or output.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Its type.
    pub fn kind(&self) -> &'a str {
        self.kind
    }

    /// Ids of the links that hang on it inside.
    pub fn links(&self) -> impl Iterator<Item = Key<'a>> + use<'a> {
        self.links.iter().filter_map(Key::from_value)
    }
}
