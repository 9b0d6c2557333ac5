//! The API-format graph: node id to class and inputs, as `POST /prompt` takes it.

use crate::fault::{self, Fault, FaultCode};
use crate::node::{Malformed, Node, NodeId};
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Map, Value};

/// A graph in API format. Every node has a class and inputs; order and unknown fields are kept.
///
/// ```
/// use comfyctl_workflow::Prompt;
/// use serde_json::json;
///
/// let prompt = Prompt::from_value(json!({
///     "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64}},
///     "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}, "_meta": {"title": "Save"}},
/// }))?;
/// assert_eq!(prompt.node("2").and_then(|node| node.title()), Some("Save"));
/// assert!(prompt.faults().is_empty());
/// # Ok::<(), comfyctl_workflow::Faults>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Prompt {
    nodes: IndexMap<NodeId, Node>,
}

/// An input of a node that exists: what a [`crate::Selector`] resolves to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputAddress {
    /// The node.
    pub node: NodeId,
    /// Name of the input, which the node need not have yet.
    pub input: String,
}

impl Prompt {
    /// Reads a graph; the error lists everything that is wrong with its nodes.
    pub fn from_value(value: Value) -> Result<Self, Faults> {
        let Value::Object(entries) = value else {
            return Err(
                Fault::of_graph(FaultCode::NotAnObject, "the graph is not an object").into(),
            );
        };
        let mut faults = Vec::new();
        let mut nodes = IndexMap::with_capacity(entries.len());
        for (id, entry) in entries {
            match read_node(&id, entry) {
                Ok(node) => drop(nodes.insert(NodeId::new(id), node)),
                Err(fault) => faults.push(fault),
            }
        }
        if nodes.is_empty() && faults.is_empty() {
            faults.push(Fault::of_graph(FaultCode::Empty, "the graph has no nodes"));
        }
        if faults.is_empty() {
            Ok(Self { nodes })
        } else {
            Err(Faults(faults))
        }
    }

    /// A graph of these nodes; `None` without any.
    pub(crate) fn of_nodes(nodes: IndexMap<NodeId, Node>) -> Option<Self> {
        (!nodes.is_empty()).then_some(Self { nodes })
    }

    /// What in the graph would kill or mislead a server: links to nodes that do not exist, and
    /// cycles. Needs no definitions.
    pub fn faults(&self) -> Vec<Fault> {
        fault::find(self)
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Never true: a prompt has at least one node.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// A node by id.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// All nodes in file order.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = (&NodeId, &Node)> {
        self.nodes.iter()
    }

    /// Sets a value or a link. `false` when there is no such node.
    pub fn set(&mut self, address: &InputAddress, value: Value) -> bool {
        let node = self.nodes.get_mut(address.node.as_str());
        node.map(|node| node.set_input(&address.input, value))
            .is_some()
    }

    /// Takes an input away.
    pub(crate) fn unset(&mut self, address: &InputAddress) {
        if let Some(node) = self.nodes.get_mut(address.node.as_str()) {
            node.remove_input(&address.input);
        }
    }

    /// Inputs that hold a random seed as a number: `seed` and `noise_seed`, where not linked.
    pub fn seeds(&self) -> Vec<InputAddress> {
        let seeds = self.nodes.iter().flat_map(|(id, node)| {
            let literal = |name: &&str| node.input(name).is_some_and(Value::is_number);
            let names = ["seed", "noise_seed"].into_iter().filter(literal);
            names.map(|input| InputAddress {
                node: id.clone(),
                input: input.to_owned(),
            })
        });
        seeds.collect()
    }

    /// The graph as plain JSON: faster than by way of serde, which hashes every key again.
    pub(crate) fn to_fields(&self) -> Map<String, Value> {
        let nodes = self.nodes.iter();
        nodes
            .map(|(id, node)| (id.as_str().to_owned(), Value::Object(node.0.clone())))
            .collect()
    }

    /// Removes what a server leaves in the graphs that it embeds in images: `is_changed`, which a
    /// server that gets it back believes instead of looking at the files (0.28.1, `IsChangedCache`).
    pub(crate) fn forget_execution(&mut self) {
        for node in self.nodes.values_mut() {
            node.remove_field("is_changed");
        }
    }
}

fn read_node(id: &str, entry: Value) -> Result<Node, Fault> {
    let fault = |code, message: String| Fault::of_node(code, id, message);
    let Value::Object(fields) = entry else {
        return Err(fault(
            FaultCode::NodeNotAnObject,
            format!("node `{id}` is not an object"),
        ));
    };
    let class = fields
        .get("class_type")
        .and_then(Value::as_str)
        .unwrap_or("?")
        .to_owned();
    Node::new(fields).map_err(|malformed| match malformed {
        Malformed::NoClassType => fault(
            FaultCode::MissingClassType,
            format!("node `{id}` has no `class_type`"),
        ),
        Malformed::NoInputs => fault(
            FaultCode::MissingInputs,
            format!("node `{id}` ({class}) has no `inputs`, which kills ComfyUI's worker"),
        ),
        Malformed::InputsNotAnObject => fault(
            FaultCode::InputsNotAnObject,
            format!("`inputs` of node `{id}` ({class}) is not an object"),
        ),
    })
}

/// One or more things wrong with a graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", describe(.0))]
pub struct Faults(pub Vec<Fault>);

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

fn describe(faults: &[Fault]) -> String {
    let shown: Vec<&str> = faults
        .iter()
        .take(5)
        .map(|fault| fault.message.as_str())
        .collect();
    let more = faults.len().saturating_sub(shown.len());
    let rest = if more > 0 {
        format!("; and {more} more")
    } else {
        String::new()
    };
    shown.join("; ") + &rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_graph_is_written_back_as_it_was_read() {
        let text = r#"{"9":{"inputs":{"b":1,"a":[2]},"class_type":"X","_meta":{"title":"t"},"own":0},"1":{"class_type":"Y","inputs":{}}}"#;
        let prompt = Prompt::from_value(serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!(serde_json::to_string(&prompt).unwrap(), text);
    }

    #[test]
    fn every_malformed_node_is_named() {
        let faults = Prompt::from_value(json!({
            "1": {"class_type": "A"}, "2": 3, "3": {"inputs": {}},
            "4": {"class_type": "B", "inputs": []}, "5": {"class_type": "C", "inputs": {}},
        }))
        .unwrap_err();
        let codes: Vec<_> = faults.0.iter().map(|fault| fault.code.as_str()).collect();
        assert_eq!(
            codes,
            [
                "missing_inputs",
                "node_not_an_object",
                "missing_class_type",
                "inputs_not_an_object"
            ]
        );
        assert!(Prompt::from_value(json!({})).is_err());
        assert!(Prompt::from_value(json!([])).is_err());
    }

    #[test]
    fn linked_seeds_are_not_ours_to_change() {
        let prompt = Prompt::from_value(json!({
            "1": {"class_type": "K", "inputs": {"seed": 5}},
            "2": {"class_type": "K", "inputs": {"noise_seed": 6, "seed": ["1", 0]}},
        }))
        .unwrap();
        let seeds: Vec<_> = prompt
            .seeds()
            .into_iter()
            .map(|seed| format!("{}.{}", seed.node, seed.input))
            .collect();
        assert_eq!(seeds, ["1.seed", "2.noise_seed"]);
    }
}
