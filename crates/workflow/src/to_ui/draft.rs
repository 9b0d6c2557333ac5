//! A node of the workflow in the making.

use super::classes::Class;
use super::slots::{self, InputSlot};
use super::values::{self, Saved};
use crate::convert::Dialect;
use crate::node::{Node, NodeId};
use serde_json::Value;

/// A node with its widget values and slots.
pub(super) struct Draft<'a> {
    /// Its id in the workflow.
    pub(super) id: i64,
    /// Its id in the prompt.
    pub(super) prompt_id: &'a NodeId,
    pub(super) node: &'a Node,
    pub(super) class: Class<'a>,
    pub(super) saved: Saved<'a>,
    pub(super) inputs: Vec<InputSlot<'a>>,
    pub(super) outputs: Vec<OutputSlot<'a>>,
}

/// An output slot with the links that leave it.
pub(super) struct OutputSlot<'a> {
    pub(super) name: &'a str,
    pub(super) kind: &'a str,
    pub(super) links: Vec<usize>,
}

/// Type of a slot that takes and gives anything.
pub(super) const ANY: &str = "*";

impl<'a> Draft<'a> {
    pub(super) fn new(
        id: i64,
        prompt_id: &'a NodeId,
        node: &'a Node,
        class: Class<'a>,
        dialect: Dialect,
    ) -> Self {
        let saved = values::save(class.plan, node, dialect);
        let inputs = slots::slots(class.plan, &saved, node);
        let mut draft = Self {
            id,
            prompt_id,
            node,
            class,
            saved,
            inputs,
            outputs: Vec::new(),
        };
        draft.have_outputs(class.plan.outputs.len());
        draft
    }

    /// Sees to it that there are as many outputs. Those that the class does not have take anything:
    /// the editor keeps them.
    pub(super) fn have_outputs(&mut self, count: usize) {
        let Class { plan, facts } = self.class;
        for slot in self.outputs.len()..count {
            let kind = plan.outputs.get(slot).map_or(ANY, |kind| kind);
            let stated = facts.output_names.get(slot).map(String::as_str);
            self.outputs.push(OutputSlot {
                name: stated.filter(|name| !name.is_empty()).unwrap_or(kind),
                kind,
                links: Vec::new(),
            });
        }
    }

    /// A field of `_meta`.
    pub(super) fn meta(&self, name: &str) -> Option<&'a Value> {
        self.node.0.get("_meta")?.get(name)
    }

    /// The title that its author gave it.
    pub(super) fn own_title(&self) -> Option<&'a str> {
        let title = self.node.title()?;
        let given = !title.is_empty() && *title != *self.class.plan.display_name;
        given.then_some(title)
    }
}
