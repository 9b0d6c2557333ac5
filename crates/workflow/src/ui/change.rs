//! Sets fields of nodes. Called with the outcome of an edit; all else of the file stays.

use super::UiWorkflow;
use super::node::UiNode;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Fields to be set on one node.
#[derive(Debug)]
pub(crate) struct NodeFields {
    /// The graph: 0 for the outermost one, then those of the subgraphs in their order.
    pub(crate) graph: usize,
    /// The node's place among the nodes of its graph.
    pub(crate) node: usize,
    /// The fields.
    pub(crate) fields: Vec<(&'static str, Value)>,
}

impl UiWorkflow {
    /// Sets fields; a node is named once at most.
    pub(crate) fn set_fields(&mut self, changes: Vec<NodeFields>) {
        let changes = changes.into_iter();
        let mut changes: HashMap<(usize, usize), Vec<_>> = changes
            .map(|change| ((change.graph, change.node), change.fields))
            .collect();
        for (graph, nodes) in node_lists(&mut self.0).into_iter().enumerate() {
            let nodes = nodes.iter_mut().filter(|node| UiNode::new(node).is_some());
            for (at, node) in nodes.enumerate() {
                let change = changes.remove(&(graph, at));
                if let (Some(change), Value::Object(fields)) = (change, node) {
                    fields.extend(change.into_iter().map(|(name, value)| (name.into(), value)));
                }
            }
        }
    }
}

/// The nodes of all graphs, in the order in which [`UiWorkflow::subgraphs`] gives them.
fn node_lists(fields: &mut Map<String, Value>) -> Vec<&mut [Value]> {
    let mut lists = Vec::new();
    let mut waiting = vec![(fields, true)];
    while let Some((fields, is_graph)) = waiting.pop() {
        let mut nodes: &mut [Value] = &mut [];
        let mut inside = Vec::new();
        for (name, value) in fields {
            match (name.as_str(), value) {
                ("nodes", Value::Array(list)) => nodes = list,
                ("definitions", Value::Object(all)) => {
                    let list = all.get_mut("subgraphs").and_then(Value::as_array_mut);
                    inside.extend(list.into_iter().flatten().filter_map(Value::as_object_mut));
                }
                _ => {}
            }
        }
        if is_graph {
            lists.push(nodes);
        }
        let inside = inside.into_iter().rev();
        waiting.extend(inside.map(|fields| {
            let is_graph = fields.get("id").is_some_and(Value::is_string);
            (fields, is_graph)
        }));
    }
    lists
}
