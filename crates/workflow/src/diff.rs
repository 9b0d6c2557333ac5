//! How two workflows differ by meaning: values, links, nodes; not ids, order or layout.
//!
//! Titles count for nothing, as in the [fingerprint](crate::Fingerprint).
//!
//! Nodes are matched by what they do and where they stand, so that a workflow that was renumbered, or
//! saved again by another tool, shows only what was really changed in it.

mod matching;
mod text;

use crate::fingerprint::same_value;
use crate::graph::{Graph, slot};
use crate::node::{Link, Node, NodeId};
use crate::prompt::Prompt;
use matching::Matches;
use serde::Serialize;
use serde_json::Value;

/// What differs between an older and a newer prompt. As text through `Display`.
///
/// ```
/// use comfyctl_workflow::{Diff, Prompt};
/// use serde_json::json;
///
/// let older = Prompt::from_value(json!({"1": {"class_type": "KSampler", "inputs": {"seed": 1}}}))?;
/// let newer = Prompt::from_value(json!({"9": {"class_type": "KSampler", "inputs": {"seed": 2}}}))?;
/// let diff = Diff::between(&older, &newer);
/// assert_eq!(diff.to_string(), "~ 1 -> 9 (KSampler)\n    seed: 1 -> 2\n");
/// assert!(Diff::between(&older, &older).is_empty());
/// # Ok::<(), comfyctl_workflow::Faults>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diff {
    /// Nodes that only the newer prompt has.
    pub added: Vec<NodeSummary>,
    /// Nodes that only the older prompt has.
    pub removed: Vec<NodeSummary>,
    /// Nodes of both that are not alike.
    pub changed: Vec<NodeChange>,
    /// Number of nodes of both that are alike, whatever their ids.
    pub unchanged: usize,
}

/// A node as a diff names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeSummary {
    /// The node.
    pub node: NodeId,
    /// Its class.
    pub class: String,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// What changed in a node.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NodeChange {
    /// The node in the older prompt.
    pub older: NodeSummary,
    /// The node in the newer prompt.
    pub newer: NodeSummary,
    /// Inputs that differ: those of the older node in its order, then those that are new.
    pub inputs: Vec<InputChange>,
}

/// What changed in an input. At least one side is there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InputChange {
    /// The input.
    pub input: String,
    /// What it was; absent when the input is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub older: Option<InputState>,
    /// What it is; absent when the input is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer: Option<InputState>,
}

/// What an input holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InputState {
    /// A value.
    Value(Value),
    /// The output of another node.
    Link {
        /// The node.
        node: NodeId,
        /// The output slot; absent where it is no count.
        #[serde(skip_serializing_if = "Option::is_none")]
        slot: Option<usize>,
    },
}

impl Diff {
    /// Compares two prompts. Takes time in proportion to their size.
    pub fn between(older: &Prompt, newer: &Prompt) -> Self {
        let (old_graph, new_graph) = (Graph::of(older), Graph::of(newer));
        let matches = matching::find(&old_graph, &new_graph);
        let mut diff = Self {
            added: Vec::new(),
            removed: Vec::new(),
            changed: Vec::new(),
            unchanged: 0,
        };
        for (id, node) in older.nodes() {
            let partner = matches.newer_of(id.as_str());
            match partner.and_then(|partner| new_graph.entry(partner)) {
                None => diff.removed.push(summary(id, node)),
                Some((new_id, new_node)) => {
                    let inputs = compare_inputs(node, new_node, &matches);
                    let alike = inputs.is_empty() && node.class_type() == new_node.class_type();
                    if alike {
                        diff.unchanged += 1;
                    } else {
                        diff.changed.push(NodeChange {
                            older: summary(id, node),
                            newer: summary(new_id, new_node),
                            inputs,
                        });
                    }
                }
            }
        }
        let is_new = |(id, _): &(&NodeId, &Node)| matches.older_of(id.as_str()).is_none();
        let added = newer.nodes().filter(is_new);
        diff.added = added.map(|(id, node)| summary(id, node)).collect();
        diff
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

fn summary(id: &NodeId, node: &Node) -> NodeSummary {
    NodeSummary {
        node: id.clone(),
        class: node.class_type().to_owned(),
        title: node.title().map(str::to_owned),
    }
}

fn compare_inputs(older: &Node, newer: &Node, matches: &Matches) -> Vec<InputChange> {
    let known = older
        .inputs()
        .map(|(input, value)| (input, Some(value), newer.input(input)));
    let new = newer
        .inputs()
        .filter(|(input, _)| older.input(input).is_none())
        .map(|(input, value)| (input, None, Some(value)));
    known
        .chain(new)
        .filter(|(_, older, newer)| !is_same(*older, *newer, matches))
        .map(|(input, older, newer)| InputChange {
            input: input.to_owned(),
            older: older.map(state),
            newer: newer.map(state),
        })
        .collect()
}

fn is_same(older: Option<&Value>, newer: Option<&Value>, matches: &Matches) -> bool {
    let (Some(older), Some(newer)) = (older, newer) else {
        return false;
    };
    match (Link::from_value(older), Link::from_value(newer)) {
        (Some(was), Some(is)) => {
            let same_node = match matches.newer_of(was.node) {
                Some(partner) => partner == is.node,
                // Two links to nowhere are alike if they name the same nothing.
                None => was.node == is.node && matches.older_of(is.node).is_none(),
            };
            same_node && slot(older) == slot(newer)
        }
        (None, None) => same_value(older, newer),
        _ => false,
    }
}

fn state(value: &Value) -> InputState {
    match Link::from_value(value) {
        Some(link) => InputState::Link {
            node: NodeId::from(link.node),
            slot: slot(value),
        },
        None => InputState::Value(value.clone()),
    }
}

#[cfg(test)]
mod tests;
