//! A canonical fingerprint of a prompt: equal for prompts that ask for the same work.
//!
//! Left out are node ids, titles, `_meta`, the order of nodes and keys, and whether a whole number is
//! written `8` or `8.0`. Used to tell versions of saved workflows apart and to find equal jobs.
//!
//! Each node is hashed over all that feeds it (its class, its values, and the hashes of its sources,
//! input by input), then once more together with who consumes it. The fingerprint is the hash of all
//! node hashes, sorted. Isomorphic prompts always agree.
//!
//! The reverse is not promised: nodes that do exactly the same work from the same sources are told
//! apart only by their direct consumers, so prompts that differ in which of several such twins serves
//! a node further downstream may agree (they compute the same). Nodes on cycles, which no server
//! runs, are hashed over a fixed number of rounds. All else differs as surely as blake3 does.

use crate::graph::{Graph, Wire};
use crate::node::{Link, Node};
use crate::prompt::Prompt;
use serde_json::{Number, Value};
use std::collections::HashMap;
use std::fmt;

/// A hash that stands for what a prompt computes. Shown as 64 hexadecimal digits.
///
/// ```
/// use comfyctl_workflow::{Fingerprint, Prompt};
/// use serde_json::json;
///
/// let one = Prompt::from_value(json!({
///     "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64}},
///     "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}, "_meta": {"title": "Save"}},
/// }))?;
/// let renumbered = Prompt::from_value(json!({
///     "b": {"inputs": {"images": ["a", 0]}, "class_type": "SaveImage"},
///     "a": {"inputs": {"height": 64.0, "width": 64}, "class_type": "EmptyImage"},
/// }))?;
/// assert_eq!(Fingerprint::of(&one), Fingerprint::of(&renumbered));
/// # Ok::<(), comfyctl_workflow::Faults>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of a prompt. Takes time in proportion to its size.
    pub fn of(prompt: &Prompt) -> Self {
        let graph = Graph::of(prompt);
        let upstream = upstream_hashes(&graph);
        let mut nodes: Vec<[u8; 32]> = prompt
            .nodes()
            .map(|(id, _)| in_context(&graph, &upstream, id.as_str()))
            .collect();
        nodes.sort_unstable();
        let mut hasher = Hasher::new("prompt");
        for node in &nodes {
            hasher.bytes(node);
        }
        Self(hasher.finish())
    }

    /// The 32 bytes of the hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fingerprint({self})")
    }
}

impl serde::Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A hash of each node over all that feeds it.
pub(crate) type Hashes<'a> = HashMap<&'a str, [u8; 32]>;

pub(crate) fn upstream_hashes<'a>(graph: &Graph<'a>) -> Hashes<'a> {
    /// Cycles are told apart as far as this many links.
    const ROUNDS: usize = 8;
    let (flow, sound) = graph.flow();
    let mut hashes: Hashes = HashMap::with_capacity(flow.len());
    for id in &flow[..sound] {
        if let Some((_, node)) = graph.entry(id.as_str()) {
            hashes.insert(id.as_str(), node_hash(node, &hashes));
        }
    }
    for _ in 0..ROUNDS.min(flow.len() - sound) {
        let round: Vec<_> = flow[sound..]
            .iter()
            .filter_map(|id| Some((id.as_str(), node_hash(graph.entry(id.as_str())?.1, &hashes))))
            .collect();
        hashes.extend(round);
    }
    hashes
}

/// Class, then inputs by name: values as they are, links as hash and slot of their source.
fn node_hash(node: &Node, hashes: &Hashes) -> [u8; 32] {
    let mut hasher = Hasher::new("node");
    hasher.text(node.class_type());
    let mut inputs: Vec<(&str, &Value)> = node.inputs().collect();
    inputs.sort_unstable_by_key(|(name, _)| *name);
    for (name, value) in inputs {
        hasher.text(name);
        match Link::from_value(value) {
            Some(link) => {
                hasher.tag(b'l');
                // A source that is missing, or on a cycle and not hashed yet, counts as unknown.
                hasher.bytes(hashes.get(link.node).unwrap_or(&[0; 32]));
                hasher.value(value.get(1).unwrap_or(&Value::Null));
            }
            None => hasher.value(value),
        }
    }
    hasher.finish()
}

/// The hash of a node together with those of its consumers.
fn in_context(graph: &Graph, hashes: &Hashes, id: &str) -> [u8; 32] {
    let mut consumers: Vec<[u8; 32]> = graph
        .consumers(id)
        .iter()
        .map(|wire| consumer_hash(wire, hashes))
        .collect();
    consumers.sort_unstable();
    let mut hasher = Hasher::new("context");
    hasher.bytes(hashes.get(id).unwrap_or(&[0; 32]));
    for consumer in &consumers {
        hasher.bytes(consumer);
    }
    hasher.finish()
}

fn consumer_hash(wire: &Wire, hashes: &Hashes) -> [u8; 32] {
    let mut hasher = Hasher::new("consumer");
    hasher.text(wire.input);
    hasher.bytes(hashes.get(wire.target.as_str()).unwrap_or(&[0; 32]));
    hasher.finish()
}

/// blake3 over a form in which no two different things look the same: all lengths are written.
struct Hasher(blake3::Hasher);

impl Hasher {
    fn new(purpose: &str) -> Self {
        let mut hasher = Self(blake3::Hasher::new());
        hasher.text("comfyctl prompt fingerprint 1");
        hasher.text(purpose);
        hasher
    }

    fn bytes(&mut self, bytes: &[u8; 32]) {
        self.0.update(bytes);
    }

    fn tag(&mut self, tag: u8) {
        self.0.update(&[tag]);
    }

    fn text(&mut self, text: &str) {
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    /// Recursive, which JSON may be: whatever was parsed is at most 128 deep.
    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.tag(b'0'),
            Value::Bool(flag) => self.tag(if *flag { b't' } else { b'f' }),
            Value::Number(number) => {
                self.tag(b'n');
                self.text(&canonical(number).to_string());
            }
            Value::String(text) => {
                self.tag(b's');
                self.text(text);
            }
            Value::Array(items) => {
                self.tag(b'[');
                self.0.update(&(items.len() as u64).to_le_bytes());
                for item in items {
                    self.value(item);
                }
            }
            Value::Object(entries) => {
                self.tag(b'{');
                self.0.update(&(entries.len() as u64).to_le_bytes());
                let mut entries: Vec<_> = entries.iter().collect();
                entries.sort_unstable_by_key(|(key, _)| *key);
                for (key, value) in entries {
                    self.text(key);
                    self.value(value);
                }
            }
        }
    }

    fn finish(self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}

fn canonical(number: &Number) -> Number {
    crate::parameters::whole(number).unwrap_or_else(|| number.clone())
}

/// Whether two values mean the same to a server: `8` and `8.0` do.
pub(crate) fn same_value(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => canonical(one) == canonical(other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| same_value(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| {
                    other.get(key).is_some_and(|other| same_value(value, other))
                })
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Map, json};

    fn of(graph: Value) -> Fingerprint {
        Fingerprint::of(&Prompt::from_value(graph).unwrap())
    }

    #[test]
    fn what_a_node_does_counts_and_what_it_is_called_does_not() {
        let base = json!({
            "1": {"class_type": "A", "inputs": {"seed": 1, "cfg": 8}},
            "2": {"class_type": "B", "inputs": {"x": ["1", 0]}},
        });
        let same = json!({
            "20": {"inputs": {"x": ["10", 0]}, "class_type": "B", "_meta": {"title": "b"}},
            "10": {"inputs": {"cfg": 8.0, "seed": 1}, "class_type": "A"},
        });
        assert_eq!(of(base.clone()), of(same));
        let changes: [(&str, Value); 4] = [
            ("/1/inputs/seed", json!(2)),
            ("/1/class_type", json!("C")),
            ("/2/inputs/x/1", json!(1)),
            ("/1/inputs/cfg", json!("8")),
        ];
        for (path, value) in changes {
            let mut changed = base.clone();
            *changed.pointer_mut(path).unwrap() = value;
            assert_ne!(of(base.clone()), of(changed), "{path}");
        }
    }

    #[test]
    fn sharing_a_node_is_not_the_same_as_having_it_twice() {
        let shared = json!({
            "1": {"class_type": "A", "inputs": {}},
            "2": {"class_type": "A", "inputs": {}},
            "3": {"class_type": "B", "inputs": {"x": ["1", 0]}},
            "4": {"class_type": "C", "inputs": {"x": ["1", 0]}},
        });
        let mut apart = shared.clone();
        apart["4"]["inputs"]["x"] = json!(["2", 0]);
        assert_ne!(of(shared), of(apart));
    }

    #[test]
    fn cycles_and_missing_sources_are_survived() {
        let cycle = json!({
            "1": {"class_type": "A", "inputs": {"x": ["2", 0], "n": 1}},
            "2": {"class_type": "B", "inputs": {"x": ["1", 0]}},
            "3": {"class_type": "B", "inputs": {"x": ["9", 0]}},
        });
        let mut other = cycle.clone();
        other["1"]["inputs"]["n"] = json!(2);
        assert_ne!(of(cycle.clone()), of(other));
        assert_eq!(of(cycle.clone()), of(cycle));
    }

    #[test]
    fn the_fingerprint_of_a_workflow_does_not_change_between_releases() {
        let graph = json!({
            "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "color": 0}},
            "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "a"}},
        });
        insta::assert_snapshot!(of(graph));
    }

    /// A graph of up to a dozen nodes with links to any of them, cycles included.
    fn any_graph() -> impl Strategy<Value = Value> {
        let input = prop_oneof![
            (0..12usize, 0..3u8).prop_map(|(id, slot)| json!([id.to_string(), slot])),
            any::<i8>().prop_map(|number| json!(number)),
            "[a-c]{0,2}".prop_map(|text| json!(text)),
        ];
        let node = ("[A-C]", proptest::collection::vec(("[a-c]", input), 0..4)).prop_map(
            |(class, inputs)| {
                let inputs: Map<String, Value> = inputs.into_iter().collect();
                json!({"class_type": class, "inputs": inputs})
            },
        );
        proptest::collection::vec(node, 1..12).prop_map(|nodes| {
            let nodes = nodes.into_iter().enumerate();
            Value::Object(nodes.map(|(id, node)| (id.to_string(), node)).collect())
        })
    }

    fn renumbered(graph: &Value) -> Value {
        let mut renamed = Map::new();
        for (id, node) in graph.as_object().unwrap().iter().rev() {
            let mut node = node.clone();
            for input in node["inputs"].as_object_mut().unwrap().values_mut() {
                if let Some(source) = input.get_mut(0) {
                    *source = json!(format!("n{}", source.as_str().unwrap()));
                }
            }
            node["_meta"] = json!({"title": id});
            renamed.insert(format!("n{id}"), node);
        }
        Value::Object(renamed)
    }

    proptest! {
        #[test]
        fn renumbering_and_reordering_change_nothing(graph in any_graph()) {
            prop_assert_eq!(of(renumbered(&graph)), of(graph));
        }
    }
}
