//! The links of a prompt as an index: who feeds whom, and in which order values flow.
//!
//! Used by analysis, editing, diff and fingerprint. Never recursive: a graph may be one chain of a
//! hundred thousand nodes. Links to nodes that do not exist are left out; cycles are survived.

use crate::node::{Link, Node, NodeId};
use crate::prompt::Prompt;
use serde_json::Value;
use std::collections::{HashMap, HashSet, VecDeque};

/// One link: an output slot feeds an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wire<'a> {
    /// The node that the value comes from.
    pub(crate) source: &'a str,
    /// Output slot of the source, where it is a count from 0.
    pub(crate) slot: Option<usize>,
    /// The node that takes the value.
    pub(crate) target: &'a NodeId,
    /// The input of the target.
    pub(crate) input: &'a str,
}

/// A prompt with the consumers of each of its nodes.
#[derive(Debug)]
pub(crate) struct Graph<'a> {
    pub(crate) prompt: &'a Prompt,
    ids: HashMap<&'a str, &'a NodeId>,
    consumers: HashMap<&'a str, Vec<Wire<'a>>>,
}

impl<'a> Graph<'a> {
    pub(crate) fn of(prompt: &'a Prompt) -> Self {
        let mut consumers: HashMap<&str, Vec<Wire>> = HashMap::new();
        for (id, node) in prompt.nodes() {
            for wire in wires(id, node) {
                if prompt.node(wire.source).is_some() {
                    consumers.entry(wire.source).or_default().push(wire);
                }
            }
        }
        let ids = prompt.nodes().map(|(id, _)| (id.as_str(), id)).collect();
        Self {
            prompt,
            ids,
            consumers,
        }
    }

    /// A node with its id as the prompt holds it.
    pub(crate) fn entry(&self, id: &str) -> Option<(&'a NodeId, &'a Node)> {
        Some((*self.ids.get(id)?, self.prompt.node(id)?))
    }

    /// Links that leave a node, in file order of the nodes that they feed.
    pub(crate) fn consumers(&self, id: &str) -> &[Wire<'a>] {
        self.consumers
            .get(id)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Links that enter a node from nodes that exist, in the order of its inputs.
    pub(crate) fn sources(&self, id: &str) -> impl Iterator<Item = Wire<'a>> {
        let prompt = self.prompt;
        let entry = self.entry(id);
        entry
            .into_iter()
            .flat_map(|(id, node)| wires(id, node))
            .filter(|wire| prompt.node(wire.source).is_some())
    }

    /// The given nodes and all that feed them, directly or not.
    pub(crate) fn upstream(&self, roots: impl IntoIterator<Item = &'a str>) -> HashSet<&'a str> {
        let mut open: Vec<&str> = roots.into_iter().collect();
        let mut reached: HashSet<&str> = open.iter().copied().collect();
        while let Some(id) = open.pop() {
            for wire in self.sources(id) {
                if reached.insert(wire.source) {
                    open.push(wire.source);
                }
            }
        }
        reached
    }

    /// All nodes, each after the nodes that feed it; those on or behind a cycle come last, in file
    /// order. The number says how many are in true order.
    pub(crate) fn flow(&self) -> (Vec<&'a NodeId>, usize) {
        let mut waiting: HashMap<&str, usize> = HashMap::new();
        let mut ready = VecDeque::new();
        for (id, _) in self.prompt.nodes() {
            let count = self.sources(id.as_str()).count();
            waiting.insert(id.as_str(), count);
            if count == 0 {
                ready.push_back(id);
            }
        }
        let mut order = Vec::with_capacity(waiting.len());
        while let Some(id) = ready.pop_front() {
            order.push(id);
            for wire in self.consumers(id.as_str()) {
                if let Some(count) = waiting.get_mut(wire.target.as_str()) {
                    *count -= 1;
                    if *count == 0 {
                        ready.push_back(wire.target);
                    }
                }
            }
        }
        let sound = order.len();
        let tangled = |id: &&NodeId| waiting.get(id.as_str()).is_some_and(|count| *count > 0);
        order.extend(self.prompt.nodes().map(|(id, _)| id).filter(tangled));
        (order, sound)
    }
}

/// The links that enter a node, also from nodes that do not exist.
pub(crate) fn wires<'a>(id: &'a NodeId, node: &'a Node) -> impl Iterator<Item = Wire<'a>> {
    node.inputs().filter_map(move |(input, value)| {
        Some(Wire {
            source: Link::from_value(value)?.node,
            slot: slot(value),
            target: id,
            input,
        })
    })
}

/// The output slot that a link names; `None` where it is no count from 0.
pub(crate) fn slot(link: &Value) -> Option<usize> {
    match link.get(1)? {
        Value::Bool(flag) => Some(usize::from(*flag)),
        number => usize::try_from(number.as_u64()?).ok(),
    }
}
