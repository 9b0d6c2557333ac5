//! What a server puts in the place of node classes that it no longer has (`GET /node_replacements`).
//!
//! The server applies these to every prompt before it validates it (0.28.1), and so does a check.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Replacements by the class that is replaced.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Replacements(IndexMap<String, Vec<Replacement>>);

/// What stands for a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replacement {
    /// The class that takes its place.
    #[serde(rename = "new_node_id")]
    pub class: String,
    #[serde(default)]
    input_mapping: Option<Vec<InputMapping>>,
    #[serde(default)]
    output_mapping: Option<Vec<OutputMapping>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct InputMapping {
    new_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    old_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    set_value: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct OutputMapping {
    old_idx: i64,
    new_idx: i64,
}

/// Why the server cannot replace a node, and answers with status 500 instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stumble {
    /// The node has no `_meta`, which the editor always sends.
    #[error("it stumbles over a node without `_meta` there")]
    NoMeta,
    /// The node lacks this input, from which the new class takes one of its own.
    #[error("it stumbles over the absence of `{0}` there")]
    NoInput(String),
}

impl Replacements {
    /// Takes what the server answers. Entries of another form are passed over: they are advice.
    pub fn new(answer: IndexMap<String, Vec<Value>>) -> Self {
        let read = |entries: Vec<Value>| {
            let entries = entries.into_iter();
            let entries = entries.filter_map(|entry| serde_json::from_value(entry).ok());
            entries.collect::<Vec<Replacement>>()
        };
        let classes = answer.into_iter();
        Self(
            classes
                .map(|(class, entries)| (class, read(entries)))
                .collect(),
        )
    }

    /// What stands for a class: the first entry, as the server takes it.
    pub fn of(&self, class: &str) -> Option<&Replacement> {
        self.0.get(class)?.first()
    }

    /// Whether nothing is replaced.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

impl Replacement {
    /// Puts the new class in the place of a node of the old one, as the server does. Inputs that no
    /// mapping names are lost. Nothing is changed where the server stumbles.
    pub fn apply(&self, nodes: &mut Map<String, Value>, id: &str) -> Result<(), Stumble> {
        let Some(Value::Object(node)) = nodes.get_mut(id) else {
            return Ok(());
        };
        if !node.get("_meta").is_some_and(Value::is_object) {
            return Err(Stumble::NoMeta);
        }
        let inputs = self.inputs(node.get("inputs"))?;
        node.insert("class_type".to_owned(), self.class.clone().into());
        node.insert("inputs".to_owned(), inputs.into());
        if let Some(outputs) = &self.output_mapping {
            turn_links(nodes, id, outputs);
        }
        Ok(())
    }

    fn inputs(&self, old: Option<&Value>) -> Result<Map<String, Value>, Stumble> {
        let mut inputs = Map::new();
        for input in self.input_mapping.iter().flatten() {
            let value = match (&input.set_value, &input.old_id) {
                (Some(value), _) => value.clone(),
                (None, Some(name)) => old
                    .and_then(|inputs| inputs.get(name))
                    .cloned()
                    .ok_or_else(|| Stumble::NoInput(name.clone()))?,
                (None, None) => continue,
            };
            inputs.insert(input.new_id.clone(), value);
        }
        Ok(inputs)
    }
}

/// Lets the links that come from the node's old slots come from its new ones.
fn turn_links(nodes: &mut Map<String, Value>, id: &str, outputs: &[OutputMapping]) {
    let inputs = nodes.values_mut().filter_map(|node| node.get_mut("inputs"));
    for input in inputs.filter_map(Value::as_object_mut) {
        for link in input.values_mut().filter_map(Value::as_array_mut) {
            let [source, slot] = link.as_mut_slice() else {
                continue;
            };
            // Slots may change places, so each link is turned once; the server's last entry wins.
            let turned = outputs.iter().rfind(|output| *slot == output.old_idx);
            if let Some(output) = turned.filter(|_| source == id) {
                *slot = output.new_idx.into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn replacements() -> Replacements {
        let answer = json!({
            "Old": [{"new_node_id": "New", "input_mapping": [
                {"new_id": "images.image0", "old_id": "image1"},
                {"new_id": "method", "set_value": "lanczos"}],
                "output_mapping": [{"old_idx": 0, "new_idx": 1}]}],
            "Turned": [{"new_node_id": "New", "output_mapping": [
                {"old_idx": 0, "new_idx": 5}, {"old_idx": 5, "new_idx": 0}]}],
            "Bare": [{"new_node_id": "New", "input_mapping": null, "output_mapping": null}],
            "Odd": [7],
        });
        Replacements::new(serde_json::from_value(answer).unwrap())
    }

    fn applied(class: &str, node: Value) -> Result<Value, Stumble> {
        let mut nodes =
            json!({"1": node, "2": {"inputs": {"x": ["1", 0], "y": ["1", 5], "z": [[]]}}});
        let replacements = replacements();
        let fields = nodes.as_object_mut().unwrap();
        replacements.of(class).unwrap().apply(fields, "1")?;
        Ok(nodes)
    }

    #[test]
    fn inputs_and_links_go_where_the_server_puts_them() {
        let node =
            json!({"class_type": "Old", "inputs": {"image1": ["7", 0], "own": 1}, "_meta": {}});
        let nodes = applied("Old", node).unwrap();
        assert_eq!(
            nodes["1"],
            json!({"class_type": "New", "_meta": {},
                "inputs": {"images.image0": ["7", 0], "method": "lanczos"}})
        );
        assert_eq!(
            nodes["2"]["inputs"],
            json!({"x": ["1", 1], "y": ["1", 5], "z": [[]]})
        );
        let turned = json!({"class_type": "Turned", "inputs": {}, "_meta": {}});
        assert_eq!(
            applied("Turned", turned).unwrap()["2"]["inputs"],
            json!({"x": ["1", 5], "y": ["1", 0], "z": [[]]})
        );
        let bare = json!({"class_type": "Bare", "inputs": {"lost": 1}, "_meta": {}});
        assert_eq!(applied("Bare", bare).unwrap()["1"]["inputs"], json!({}));
        assert_eq!(replacements().of("Odd"), None);
    }

    #[test]
    fn what_the_server_stumbles_over_is_named() {
        let no_meta = json!({"class_type": "Bare", "inputs": {}});
        assert_eq!(applied("Bare", no_meta), Err(Stumble::NoMeta));
        let no_input = json!({"class_type": "Old", "inputs": {}, "_meta": {}});
        let missing = Stumble::NoInput("image1".to_owned());
        assert_eq!(applied("Old", no_input), Err(missing));
    }
}
