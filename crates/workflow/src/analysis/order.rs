//! The order in which a server will likely run the nodes.
//!
//! ComfyUI 0.28.1 takes the outputs in file order, puts a node on its list when it is first met on
//! the way upstream, and of the nodes that are ready prefers an output, then a node that feeds an
//! output, then one that feeds such a node, else the first on the list. Cached nodes and lazy inputs
//! are not known beforehand, so this is an estimate.

use super::outputs::Output;
use crate::graph::Graph;
use crate::node::NodeId;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

/// Nodes that run, in order; those on a cycle or behind one never do and are left out.
pub(super) fn estimate(graph: &Graph, outputs: &[Output]) -> Vec<NodeId> {
    let listed = list(graph, outputs);
    let mut waiting: Vec<usize> = listed
        .ids
        .iter()
        .map(|id| graph.sources(id).count())
        .collect();
    let ranks = ranks(graph, outputs, &listed);
    let mut ready: BinaryHeap<Reverse<(u8, usize)>> = (0..waiting.len())
        .filter(|place| waiting[*place] == 0)
        .map(|place| Reverse((ranks[place], place)))
        .collect();
    let mut order = Vec::with_capacity(waiting.len());
    while let Some(Reverse((_, place))) = ready.pop() {
        let id = listed.ids[place];
        order.push(NodeId::from(id));
        for wire in graph.consumers(id) {
            let Some(&consumer) = listed.places.get(wire.target.as_str()) else {
                continue;
            };
            waiting[consumer] -= 1;
            if waiting[consumer] == 0 {
                ready.push(Reverse((ranks[consumer], consumer)));
            }
        }
    }
    order
}

/// The server's list: nodes in the order in which they are met, and the place of each.
struct Listed<'a> {
    ids: Vec<&'a str>,
    places: HashMap<&'a str, usize>,
}

fn list<'a>(graph: &Graph<'a>, outputs: &'a [Output]) -> Listed<'a> {
    let mut listed = Listed {
        ids: Vec::new(),
        places: HashMap::new(),
    };
    for output in outputs {
        let mut open = vec![output.node.as_str()];
        while let Some(id) = open.pop() {
            if listed.places.contains_key(id) {
                continue;
            }
            listed.places.insert(id, listed.ids.len());
            listed.ids.push(id);
            open.extend(graph.sources(id).map(|wire| wire.source));
        }
    }
    listed
}

/// 0 for an output, 1 for what feeds one, 2 for what feeds that, 3 for the rest.
fn ranks(graph: &Graph, outputs: &[Output], listed: &Listed) -> Vec<u8> {
    const REST: u8 = 3;
    let mut ranks = vec![REST; listed.ids.len()];
    let mut ring: HashSet<&str> = outputs.iter().map(|output| output.node.as_str()).collect();
    for rank in 0..REST {
        for place in ring.iter().filter_map(|id| listed.places.get(id)) {
            ranks[*place] = ranks[*place].min(rank);
        }
        ring = ring
            .iter()
            .flat_map(|id| graph.sources(id).map(|wire| wire.source))
            .collect();
    }
    ranks
}
