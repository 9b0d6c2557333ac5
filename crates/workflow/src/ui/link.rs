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
        let mut parts = [None; 5];
        match value {
            Value::Array(items) => {
                for (part, item) in parts.iter_mut().zip(items) {
                    *part = Some(item);
                }
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    let names = ["id", "origin_id", "origin_slot", "target_id", "target_slot"];
                    if let Some(at) = names.iter().position(|known| known == name) {
                        parts[at] = Some(value);
                    }
                }
            }
            _ => return None,
        }
        let [id, origin, origin_slot, target, target_slot] = parts;
        Some(Self {
            id: Key::from_value(id?)?,
            origin: Origin {
                node: Key::from_value(origin?)?,
                slot: slot(origin_slot)?,
            },
            target: Key::from_value(target?)?,
            target_slot: slot(target_slot).unwrap_or(usize::MAX),
        })
    }
}

fn slot(value: Option<&Value>) -> Option<usize> {
    match Key::from_value(value?)? {
        Key::Number(number) => usize::try_from(number).ok(),
        Key::Text(_) => None,
    }
}
