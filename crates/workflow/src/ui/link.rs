//! One link of a graph, written as a list or as an object.

use super::key::Key;
use serde_json::Value;

/// A link from an output slot to an input slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UiLink<'a> {
    /// Its id, by which the input slot names it.
    pub id: Key<'a>,
    /// Where the value comes from.
    pub origin: Origin<'a>,
    /// The node that it goes to; [`Key::OUTPUTS`] when it leaves the subgraph.
    pub target: Key<'a>,
    /// Input slot of the target when the file was saved. Slots move when a class changes, so
    /// inputs are found by the link's id where possible.
    pub target_slot: usize,
}

/// An output slot of a node; [`Key::INPUTS`] as node means a slot of the subgraph's boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The node.
    pub node: Key<'a>,
    /// Its output slot, counted from 0.
    pub slot: usize,
}

impl<'a> UiLink<'a> {
    /// Reads `[id, origin, slot, target, slot, type]` or the object with the same names.
    pub fn from_value(value: &'a Value) -> Option<Self> {
        let field = |index: usize, name: &str| match value {
            Value::Array(items) => items.get(index),
            Value::Object(fields) => fields.get(name),
            _ => None,
        };
        let key = |index, name| Key::from_value(field(index, name)?);
        let slot = |index, name| match key(index, name)? {
            Key::Number(number) => usize::try_from(number).ok(),
            Key::Text(_) => None,
        };
        Some(Self {
            id: key(0, "id")?,
            origin: Origin {
                node: key(1, "origin_id")?,
                slot: slot(2, "origin_slot")?,
            },
            target: key(3, "target_id")?,
            target_slot: slot(4, "target_slot").unwrap_or(usize::MAX),
        })
    }
}
