//! Sets fields of nodes and removes links. Called with the outcome of an edit; all else of the file
//! stays.

use super::UiWorkflow;
use super::key::Key;
use super::link::UiLink;
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
        for (graph, lists) in graphs(&mut self.0).into_iter().enumerate() {
            let nodes = lists
                .nodes
                .iter_mut()
                .filter(|node| UiNode::new(node).is_some());
            for (at, node) in nodes.enumerate() {
                let change = changes.remove(&(graph, at));
                if let (Some(change), Value::Object(fields)) = (change, node) {
                    fields.extend(change.into_iter().map(|(name, value)| (name.into(), value)));
                }
            }
        }
    }

    /// Removes links: each by its graph and its place among the links of that.
    pub(crate) fn remove_links(&mut self, links: &[(usize, usize)]) {
        for (at, graph) in graphs(&mut self.0).into_iter().enumerate() {
            let Some(all) = graph.links else {
                continue;
            };
            let readable = all.iter().filter_map(UiLink::from_value).enumerate();
            let is_meant = |place: &usize| links.contains(&(at, *place));
            let ids = readable.filter_map(|(place, link)| is_meant(&place).then_some(link.id));
            let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
            let is_removed = |id: &Value| {
                let id = Key::from_value(id);
                id.is_some_and(|id| ids.contains(&id.to_string()))
            };
            for node in graph.nodes.iter_mut() {
                unlink(node, &is_removed);
            }
            all.retain(|link| {
                let link = UiLink::from_value(link);
                !link.is_some_and(|link| ids.contains(&link.id.to_string()))
            });
        }
    }
}

/// Takes links out of the slots of a node.
fn unlink(node: &mut Value, is_removed: &impl Fn(&Value) -> bool) {
    for input in slots(node, "inputs") {
        if let Some(link) = input.get_mut("link").filter(|link| is_removed(link)) {
            *link = Value::Null;
        }
    }
    for output in slots(node, "outputs") {
        if let Some(links) = output.get_mut("links").and_then(Value::as_array_mut) {
            links.retain(|link| !is_removed(link));
        }
    }
}

fn slots<'v>(node: &'v mut Value, name: &str) -> impl Iterator<Item = &'v mut Value> {
    let slots = node.get_mut(name).and_then(Value::as_array_mut);
    slots.into_iter().flatten()
}

/// What a graph consists of.
#[derive(Default)]
struct Lists<'f> {
    nodes: &'f mut [Value],
    links: Option<&'f mut Vec<Value>>,
}

/// All graphs, in the order in which [`UiWorkflow::subgraphs`] gives them.
fn graphs(fields: &mut Map<String, Value>) -> Vec<Lists<'_>> {
    let mut graphs = Vec::new();
    let mut waiting = vec![(fields, true)];
    while let Some((fields, is_graph)) = waiting.pop() {
        let mut lists = Lists::default();
        let mut inside = Vec::new();
        for (name, value) in fields {
            match (name.as_str(), value) {
                ("nodes", Value::Array(list)) => lists.nodes = list,
                ("links", Value::Array(list)) => lists.links = Some(list),
                ("definitions", Value::Object(all)) => {
                    let list = all.get_mut("subgraphs").and_then(Value::as_array_mut);
                    inside.extend(list.into_iter().flatten().filter_map(Value::as_object_mut));
                }
                _ => {}
            }
        }
        if is_graph {
            graphs.push(lists);
        }
        let inside = inside.into_iter().rev();
        waiting.extend(inside.map(|fields| {
            let is_graph = fields.get("id").is_some_and(Value::is_string);
            (fields, is_graph)
        }));
    }
    graphs
}
