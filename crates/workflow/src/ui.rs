//! The format that the editor saves: nodes with slots and widget values, links, subgraph definitions.
//!
//! Versions 0.4 (links as lists) and 1 (links as objects) are read. The file is kept as it was
//! read, key order and unknown fields included; the types here are views into it, which the
//! converter and the analysis share. Nothing here knows node definitions.

mod change;
mod graph;
mod key;
mod link;
mod node;
mod subgraph;

pub(crate) use change::NodeFields;
pub use graph::UiGraph;
pub use key::Key;
pub use link::{Origin, UiLink};
pub use node::{Mode, UiNode, UiSlot};
pub use subgraph::{BoundarySlot, Subgraph};

use indexmap::IndexSet;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// A workflow in the editor's format. Written back, it equals what was read.
///
/// ```
/// use comfyctl_workflow::ui::UiWorkflow;
/// use serde_json::json;
///
/// let file = json!({"nodes": [{"id": 3, "type": "EmptyImage"}], "links": [], "version": 0.4, "own": 1});
/// let workflow = UiWorkflow::from_value(file.clone()).unwrap();
/// assert_eq!(workflow.graph().nodes()[0].class(), "EmptyImage");
/// assert_eq!(serde_json::to_value(&workflow).unwrap(), file);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct UiWorkflow(pub(crate) Map<String, Value>);

impl UiWorkflow {
    /// Takes an object with a list of `nodes`; gives anything else back.
    pub fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Object(fields) if fields.get("nodes").is_some_and(Value::is_array) => {
                Ok(Self(fields))
            }
            other => Err(other),
        }
    }

    /// All fields as they were read.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.0
    }

    /// All fields, for a caller that goes on with plain JSON.
    pub fn into_fields(self) -> Map<String, Value> {
        self.0
    }

    /// The outermost graph.
    pub fn graph(&self) -> UiGraph<'_> {
        UiGraph::new(&self.0)
    }

    /// All subgraph definitions in file order, those inside other definitions included.
    pub fn subgraphs(&self) -> Vec<Subgraph<'_>> {
        subgraph::collect(&self.0)
    }

    /// The classes of its nodes, those in subgraphs included; subgraphs themselves are none.
    pub fn classes(&self) -> IndexSet<&str> {
        let subgraphs = self.subgraphs();
        let ids: HashSet<&str> = subgraphs.iter().map(Subgraph::id).collect();
        let inner = subgraphs.iter().map(Subgraph::graph);
        let graphs: Vec<UiGraph<'_>> = std::iter::once(self.graph()).chain(inner).collect();
        let nodes = graphs.iter().flat_map(UiGraph::nodes);
        let classes = nodes.map(UiNode::class);
        classes
            .filter(|class| !class.is_empty() && !ids.contains(class))
            .collect()
    }

    /// The highest node id ever used in the outermost graph, where the file says it:
    /// `last_node_id`, or `state.lastNodeId` in version 1.
    pub fn last_node_id(&self) -> Option<i64> {
        let stated = self.0.get("last_node_id");
        let state = || self.0.get("state")?.get("lastNodeId");
        match stated.or_else(state).and_then(Key::from_value)? {
            Key::Number(number) => Some(number),
            Key::Text(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn both_versions_are_the_same_graph() {
        let node = json!({"id": 1, "type": "A", "inputs": [{"name": "x", "type": "T", "link": 7}]});
        let lists = json!({"nodes": [node], "links": [[7, 2, 0, 1, 0, "T"]], "version": 0.4});
        let objects = json!({"nodes": [node], "version": 1, "links": [{"id": 7, "origin_id": 2,
            "origin_slot": 0, "target_id": 1, "target_slot": 0, "type": "T"}]});
        let [old, new] = [lists, objects].map(|file| UiWorkflow::from_value(file).unwrap());
        assert_eq!(old.graph().links(), new.graph().links());
    }

    #[test]
    fn definitions_inside_definitions_are_found() {
        let inner = json!({"id": "b", "nodes": [], "links": []});
        let outer = json!({"id": "a", "nodes": [], "definitions": {"subgraphs": [inner]}});
        let last = json!({"id": "c", "nodes": []});
        let file = json!({"nodes": [], "definitions": {"subgraphs": [outer, last]}});
        let workflow = UiWorkflow::from_value(file).unwrap();
        let ids: Vec<_> = workflow.subgraphs().iter().map(Subgraph::id).collect();
        assert_eq!(ids, ["a", "b", "c"]);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let key = "[a-z_]{1,8}|nodes|links|id|inputs|definitions|subgraphs";
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::vec((key, inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_back(nodes in any_json(), rest in any_json()) {
            let nodes = Value::Array(vec![nodes]);
            let file = json!({"rest": rest, "nodes": nodes, "links": rest, "definitions": rest});
            let text = serde_json::to_string(&file).unwrap();
            let workflow = UiWorkflow::from_value(serde_json::from_str(&text).unwrap()).unwrap();
            let _ = (workflow.graph(), workflow.subgraphs(), workflow.last_node_id());
            prop_assert_eq!(serde_json::to_string(&workflow).unwrap(), text);
        }
    }
}
