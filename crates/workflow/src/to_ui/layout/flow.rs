//! The edges between boxes as lists of neighbours, without those that close a cycle.

use super::Edge;
use std::collections::VecDeque;

/// Who feeds whom.
pub(super) struct Flow {
    /// All boxes, each after those that feed it.
    pub(super) order: Vec<usize>,
    /// For each box those that feed it.
    pub(super) sources: Vec<Vec<Neighbour>>,
    /// For each box those that it feeds.
    pub(super) targets: Vec<Vec<Neighbour>>,
}

/// A box at the other end of an edge.
#[derive(Clone, Copy)]
pub(super) struct Neighbour {
    pub(super) node: usize,
    /// How much lower than the upper side of the neighbour that of this box is, for the edge to be
    /// level.
    pub(super) drop: f64,
}

impl Flow {
    pub(super) fn new(count: usize, edges: &[Edge]) -> Self {
        let order = order(count, edges);
        let mut rank = vec![0; count];
        for (at, &node) in order.iter().enumerate() {
            rank[node] = at;
        }
        let mut flow = Self {
            order,
            sources: vec![Vec::new(); count],
            targets: vec![Vec::new(); count],
        };
        let forward = |edge: &&Edge| rank[edge.from.node] < rank[edge.to.node];
        for Edge { from, to } in edges.iter().filter(forward) {
            let drop = from.depth - to.depth;
            flow.sources[to.node].push(Neighbour {
                node: from.node,
                drop,
            });
            flow.targets[from.node].push(Neighbour {
                node: to.node,
                drop: -drop,
            });
        }
        flow
    }

    /// The boxes in parts that no edge joins, each part and the parts in the given order.
    pub(super) fn parts(&self) -> Vec<Vec<usize>> {
        let mut seen = vec![false; self.order.len()];
        let mut parts = Vec::new();
        for first in 0..seen.len() {
            if std::mem::replace(&mut seen[first], true) {
                continue;
            }
            let mut part = vec![first];
            let mut next = 0;
            while let Some(&node) = part.get(next) {
                next += 1;
                for neighbour in self.sources[node].iter().chain(&self.targets[node]) {
                    if !std::mem::replace(&mut seen[neighbour.node], true) {
                        part.push(neighbour.node);
                    }
                }
            }
            part.sort_unstable();
            parts.push(part);
        }
        parts
    }
}

/// All boxes, each after those that feed it; those on or behind a cycle come last.
fn order(count: usize, edges: &[Edge]) -> Vec<usize> {
    let mut targets = vec![Vec::new(); count];
    let mut waiting = vec![0_usize; count];
    for Edge { from, to } in edges {
        targets[from.node].push(to.node);
        waiting[to.node] += 1;
    }
    let mut ready: VecDeque<usize> = (0..count).filter(|node| waiting[*node] == 0).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(node) = ready.pop_front() {
        order.push(node);
        for &target in &targets[node] {
            waiting[target] -= 1;
            if waiting[target] == 0 {
                ready.push_back(target);
            }
        }
    }
    order.extend((0..count).filter(|node| waiting[*node] > 0));
    order
}
