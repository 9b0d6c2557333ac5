//! Who feeds whom, node by node, under the names that version 2.0.0 gave it.

use crate::graph::Graph;
use crate::node::NodeId;
use crate::prompt::Prompt;
use indexmap::IndexMap;
use serde::Serialize;

/// The links of one node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Connections {
    /// Links that enter it, in the order of its inputs.
    pub inputs_from: Vec<Incoming>,
    /// Links that leave it, in file order of the nodes that they feed.
    pub outputs_to: Vec<Outgoing>,
}

/// A link that enters a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Incoming {
    /// The input.
    pub input_name: String,
    /// The node that it comes from.
    pub source_node: NodeId,
    /// Output slot of that node; `null` where it is no count.
    pub source_slot: Option<usize>,
}

/// A link that leaves a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outgoing {
    /// The node that it feeds.
    pub target_node: NodeId,
    /// The input of that node.
    pub target_input: String,
    /// Output slot; `null` where it is no count.
    pub output_slot: Option<usize>,
}

/// The links of every node, in file order. Links to nodes that do not exist are left out:
/// [`Prompt::faults`] tells of them.
pub fn connections(prompt: &Prompt) -> IndexMap<NodeId, Connections> {
    let graph = Graph::of(prompt);
    let links = prompt.nodes().map(|(id, _)| {
        let incoming = graph.sources(id.as_str()).map(|wire| Incoming {
            input_name: wire.input.to_owned(),
            source_node: NodeId::from(wire.source),
            source_slot: wire.slot,
        });
        let outgoing = graph.consumers(id.as_str()).iter().map(|wire| Outgoing {
            target_node: wire.target.clone(),
            target_input: wire.input.to_owned(),
            output_slot: wire.slot,
        });
        let connections = Connections {
            inputs_from: incoming.collect(),
            outputs_to: outgoing.collect(),
        };
        (id.clone(), connections)
    });
    links.collect()
}
