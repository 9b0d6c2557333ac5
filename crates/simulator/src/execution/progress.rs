//! How far each node of the running job is, as `progress_state` shows it.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

#[derive(Debug)]
pub(crate) struct Progress {
    prompt_id: String,
    nodes: IndexMap<String, Node>,
}

#[derive(Debug)]
struct Node {
    state: &'static str,
    value: Value,
    max: Value,
}

impl Progress {
    pub(crate) fn new(prompt_id: &str) -> Self {
        Self {
            prompt_id: prompt_id.to_owned(),
            nodes: IndexMap::new(),
        }
    }

    /// A node begins to run.
    pub(crate) fn start(&mut self, id: &str) {
        let node = Node {
            state: "running",
            value: json!(0.0),
            max: json!(1.0),
        };
        self.nodes.insert(id.to_owned(), node);
    }

    /// A node says how far it is.
    pub(crate) fn update(&mut self, id: &str, value: Value, max: Value) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.value = value;
            node.max = max;
        }
    }

    /// A node has run; for one that was cached, whole numbers are shown.
    pub(crate) fn finish(&mut self, id: &str) {
        let node = self.nodes.entry(id.to_owned()).or_insert_with(|| Node {
            state: "",
            value: json!(1),
            max: json!(1),
        });
        node.state = "finished";
        node.value = node.max.clone();
    }

    pub(crate) fn to_json(&self) -> Value {
        let nodes = self.nodes.iter().map(|(id, node)| {
            let shown = json!({
                "value": node.value,
                "max": node.max,
                "state": node.state,
                "node_id": id,
                "prompt_id": self.prompt_id,
                "display_node_id": id,
                "parent_node_id": null,
                "real_node_id": id,
            });
            (id.clone(), shown)
        });
        json!({"prompt_id": self.prompt_id, "nodes": nodes.collect::<Map<_, _>>()})
    }
}
