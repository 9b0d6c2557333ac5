//! What is wrong with the structure of a graph, found without definitions.
//!
//! ComfyUI accepts these graphs with status 200 and then hangs or lies (0.28.1): a node without
//! inputs or an undeclared link to nowhere kills its worker thread, and a cycle through an
//! undeclared input ends as "success". So they are refused before anything is sent.

use crate::node::NodeId;
use crate::prompt::Prompt;
use indexmap::{IndexMap, IndexSet};
use serde::Serialize;
use std::fmt;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What kind of thing.
    pub code: FaultCode,
    /// The node that it is about.
    pub node: Option<NodeId>,
    /// The input that it is about.
    pub input: Option<String>,
    /// For people; names node, class and input.
    pub message: String,
}

/// Kind of a fault, stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultCode {
    /// The graph is not an object of nodes.
    NotAnObject,
    /// There are no nodes.
    Empty,
    /// A node is not an object.
    NodeNotAnObject,
    /// A node has no class.
    MissingClassType,
    /// A node has no `inputs`.
    MissingInputs,
    /// The `inputs` of a node are not an object.
    InputsNotAnObject,
    /// A link names a node that is not in the graph.
    DanglingLink,
    /// Nodes feed each other in a circle.
    Cycle,
}

impl FaultCode {
    /// The code as it stands in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAnObject => "not_an_object",
            Self::Empty => "empty",
            Self::NodeNotAnObject => "node_not_an_object",
            Self::MissingClassType => "missing_class_type",
            Self::MissingInputs => "missing_inputs",
            Self::InputsNotAnObject => "inputs_not_an_object",
            Self::DanglingLink => "dangling_link",
            Self::Cycle => "cycle",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Fault {
    pub(crate) fn of_graph(code: FaultCode, message: impl Into<String>) -> Self {
        Self {
            code,
            node: None,
            input: None,
            message: message.into(),
        }
    }

    pub(crate) fn of_node(code: FaultCode, node: &str, message: String) -> Self {
        Self {
            code,
            node: Some(node.into()),
            input: None,
            message,
        }
    }
}

pub(crate) fn find(prompt: &Prompt) -> Vec<Fault> {
    let mut faults = dangling_links(prompt);
    faults.extend(cycle(prompt).map(|nodes| cycle_fault(&nodes)));
    faults
}

fn dangling_links(prompt: &Prompt) -> Vec<Fault> {
    let links = prompt.nodes().flat_map(|(id, node)| {
        node.links()
            .map(move |(input, link)| (id, node.class_type(), input, link.node))
    });
    let dangling = links.filter(|(.., target)| prompt.node(target).is_none());
    let fault = |(id, class, input, target): (&NodeId, &str, &str, &str)| Fault {
        code: FaultCode::DanglingLink,
        node: Some(id.clone()),
        input: Some(input.to_owned()),
        message: format!(
            "input `{input}` of node `{id}` ({class}) is linked to node `{target}`, which does not exist"
        ),
    };
    dangling.map(fault).collect()
}

fn cycle_fault(nodes: &[&str]) -> Fault {
    let circle: Vec<String> = nodes
        .iter()
        .chain(nodes.first())
        .map(|id| format!("`{id}`"))
        .collect();
    let message = format!("nodes feed each other in a circle: {}", circle.join(" -> "));
    Fault::of_node(
        FaultCode::Cycle,
        nodes.first().copied().unwrap_or_default(),
        message,
    )
}

/// The nodes of one cycle in the order in which values would flow, if there is a cycle.
///
/// Without recursion: a graph of a hundred thousand nodes in a row must not overflow the stack.
fn cycle(prompt: &Prompt) -> Option<Vec<&str>> {
    let tangled = tangled_nodes(prompt);
    let mut at = *tangled.first()?;
    let mut path = IndexSet::new();
    // Every tangled node is fed by a tangled node, so walking upstream must come round.
    while path.insert(at) {
        let links = prompt.node(at)?.links().map(|(_, link)| link.node);
        at = links.into_iter().find(|node| tangled.contains(node))?;
    }
    let start = path.get_index_of(at)?;
    Some(path.into_iter().skip(start).rev().collect())
}

/// Nodes that lie on a cycle or downstream of one: what remains when nodes whose inputs are all
/// there are taken away again and again.
fn tangled_nodes(prompt: &Prompt) -> IndexSet<&str> {
    let mut consumers: IndexMap<&str, Vec<&str>> = IndexMap::new();
    let mut waiting_for: IndexMap<&str, usize> = IndexMap::new();
    for (id, node) in prompt.nodes() {
        let sources = node
            .links()
            .filter(|(_, link)| prompt.node(link.node).is_some());
        let mut count = 0;
        for (_, link) in sources {
            consumers.entry(link.node).or_default().push(id.as_str());
            count += 1;
        }
        waiting_for.insert(id.as_str(), count);
    }
    let mut ready: Vec<&str> = waiting_for
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(id, _)| *id)
        .collect();
    while let Some(id) = ready.pop() {
        for consumer in consumers.get(id).into_iter().flatten() {
            if let Some(count) = waiting_for.get_mut(consumer) {
                *count -= 1;
                if *count == 0 {
                    ready.push(consumer);
                }
            }
        }
    }
    waiting_for
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(id, _)| id)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value, json};

    fn messages(graph: Value) -> Vec<String> {
        let prompt = Prompt::from_value(graph).unwrap();
        prompt
            .faults()
            .into_iter()
            .map(|fault| fault.message)
            .collect()
    }

    #[test]
    fn a_link_to_nowhere_is_named_with_its_input() {
        let graph = json!({"1": {"class_type": "SaveImage", "inputs": {"images": ["9", 0]}}});
        assert_eq!(
            messages(graph),
            ["input `images` of node `1` (SaveImage) is linked to node `9`, which does not exist"]
        );
    }

    #[test]
    fn a_cycle_is_shown_in_the_direction_of_flow() {
        let graph = json!({
            "1": {"class_type": "A", "inputs": {"x": ["3", 0]}},
            "2": {"class_type": "B", "inputs": {"x": ["1", 0]}},
            "3": {"class_type": "C", "inputs": {"x": ["2", 0]}},
            "4": {"class_type": "Save", "inputs": {"x": ["3", 0]}},
        });
        assert_eq!(
            messages(graph),
            ["nodes feed each other in a circle: `2` -> `3` -> `1` -> `2`"]
        );
    }

    #[test]
    fn a_node_that_feeds_itself_is_a_cycle() {
        let graph = json!({"1": {"class_type": "A", "inputs": {"x": ["1", 0]}}});
        assert_eq!(
            messages(graph),
            ["nodes feed each other in a circle: `1` -> `1`"]
        );
    }

    #[test]
    fn a_very_long_chain_is_no_fault_and_no_overflow() {
        let node =
            |id: usize| json!({"class_type": "A", "inputs": {"x": [(id - 1).to_string(), 0]}});
        let mut graph: Map<String, Value> =
            (1..100_000).map(|id| (id.to_string(), node(id))).collect();
        graph.insert("0".to_owned(), json!({"class_type": "A", "inputs": {}}));
        assert!(messages(Value::Object(graph)).is_empty());
    }

    #[test]
    fn lists_that_are_no_links_are_left_alone() {
        let graph = json!({"1": {"class_type": "A", "inputs": {
            "a": ["x"], "b": ["x", "y"], "c": [1, 2], "d": {"__value__": ["x", 1]}
        }}});
        assert!(messages(graph).is_empty());
    }
}
