//! Which node of the newer prompt is which node of the older one.
//!
//! The surest matches come first: nodes that do exactly the same work. From the ends of the graph
//! upstream, nodes of one class are then matched by id (where ids were kept), title or place, and each match is followed
//! along its links: what feeds the same input of two matched nodes is the same node, if its class is.

use crate::fingerprint::{Hashes, upstream_hashes};
use crate::graph::Graph;
use crate::node::Node;
use std::collections::{HashMap, VecDeque};

/// Pairs of nodes, each node in at most one.
#[derive(Debug, Default)]
pub(super) struct Matches<'a> {
    newer: HashMap<&'a str, &'a str>,
    older: HashMap<&'a str, &'a str>,
}

impl<'a> Matches<'a> {
    pub(super) fn newer_of(&self, older: &str) -> Option<&'a str> {
        self.newer.get(older).copied()
    }

    pub(super) fn older_of(&self, newer: &str) -> Option<&'a str> {
        self.older.get(newer).copied()
    }

    /// Whether the pair was free and is now taken.
    fn pair(&mut self, older: &'a str, newer: &'a str) -> bool {
        let free = !self.newer.contains_key(older) && !self.older.contains_key(newer);
        if free {
            self.newer.insert(older, newer);
            self.older.insert(newer, older);
        }
        free
    }
}

pub(super) fn find<'a>(older: &Graph<'a>, newer: &Graph<'a>) -> Matches<'a> {
    let mut matcher = Matcher {
        older,
        newer,
        matches: Matches::default(),
    };
    let (old_hashes, new_hashes) = (upstream_hashes(older), upstream_hashes(newer));
    let ids_were_kept = matcher.ids_were_kept();
    if ids_were_kept {
        matcher.match_same_id_and_work(&old_hashes, &new_hashes);
    }
    matcher.match_groups(
        |id, _| old_hashes.get(id).copied(),
        |id, _| new_hashes.get(id).copied(),
    );
    if ids_were_kept {
        matcher.match_same_id();
    }
    matcher.match_groups(class_and_title, class_and_title);
    matcher.match_groups(class, class);
    matcher.match_replaced();
    matcher.matches
}

struct Matcher<'g, 'a> {
    older: &'g Graph<'a>,
    newer: &'g Graph<'a>,
    matches: Matches<'a>,
}

impl<'a> Matcher<'_, 'a> {
    fn match_same_id_and_work(&mut self, older: &Hashes, newer: &Hashes) {
        for (id, _) in self.older.prompt.nodes() {
            let same = newer.get_key_value(id.as_str());
            if let Some((_, hash)) = same
                && older.get(id.as_str()) == Some(hash)
                && let Some((new_id, _)) = self.newer.entry(id.as_str())
            {
                self.matches.pair(id.as_str(), new_id.as_str());
            }
        }
    }

    /// Whether ids mean anything: most nodes of the smaller prompt have their class under the same id
    /// in the other one. A renumbered prompt has many of the old ids, on other nodes.
    fn ids_were_kept(&self) -> bool {
        let (older, newer) = (self.older.prompt, self.newer.prompt);
        let kept = older.nodes().filter(|(id, node)| {
            let other = newer.node(id.as_str());
            other.is_some_and(|other| other.class_type() == node.class_type())
        });
        kept.count() * 2 >= older.len().min(newer.len())
    }

    /// Nodes under the same id with the same class, from the ends upstream.
    fn match_same_id(&mut self) {
        let (flow, _) = self.older.flow();
        for id in flow.into_iter().rev() {
            let class = self
                .older
                .entry(id.as_str())
                .map(|(_, node)| node.class_type());
            if let Some((new_id, node)) = self.newer.entry(id.as_str())
                && Some(node.class_type()) == class
            {
                self.pair_and_follow(id.as_str(), new_id.as_str());
            }
        }
    }

    /// Nodes for which `key` is equal, in file order from the ends upstream.
    fn match_groups<K: std::hash::Hash + Eq>(
        &mut self,
        old_key: impl Fn(&'a str, &'a Node) -> Option<K>,
        new_key: impl Fn(&'a str, &'a Node) -> Option<K>,
    ) {
        let mut groups: HashMap<K, VecDeque<&'a str>> = HashMap::new();
        for id in self.newer.flow().0.into_iter().rev() {
            if self.matches.older_of(id.as_str()).is_none()
                && let Some((_, node)) = self.newer.entry(id.as_str())
                && let Some(key) = new_key(id.as_str(), node)
            {
                groups.entry(key).or_default().push_back(id.as_str());
            }
        }
        for id in self.older.flow().0.into_iter().rev() {
            if self.matches.newer_of(id.as_str()).is_some() {
                continue;
            }
            let Some((_, node)) = self.older.entry(id.as_str()) else {
                continue;
            };
            let group = old_key(id.as_str(), node).and_then(|key| groups.get_mut(&key));
            let Some(group) = group else { continue };
            // Following links may have matched some of the group since it was made.
            while let Some(candidate) = group.pop_front() {
                if self.matches.older_of(candidate).is_none() {
                    self.pair_and_follow(id.as_str(), candidate);
                    break;
                }
            }
        }
    }

    /// What is left under the same id had its class replaced.
    fn match_replaced(&mut self) {
        for (id, _) in self.older.prompt.nodes() {
            if let Some((new_id, _)) = self.newer.entry(id.as_str()) {
                self.pair_and_follow(id.as_str(), new_id.as_str());
            }
        }
    }

    /// Takes a pair, and all pairs that follow from it upstream along inputs of the same name.
    fn pair_and_follow(&mut self, older: &'a str, newer: &'a str) {
        if !self.matches.pair(older, newer) {
            return;
        }
        let mut open = vec![(older, newer)];
        while let Some((older, newer)) = open.pop() {
            let sources: HashMap<&str, &'a str> = self
                .newer
                .sources(newer)
                .map(|wire| (wire.input, wire.source))
                .collect();
            for wire in self.older.sources(older) {
                let Some(&source) = sources.get(wire.input) else {
                    continue;
                };
                let (was, is) = (self.older.entry(wire.source), self.newer.entry(source));
                if was.map(|(_, node)| node.class_type()) == is.map(|(_, node)| node.class_type())
                    && self.matches.pair(wire.source, source)
                {
                    open.push((wire.source, source));
                }
            }
        }
    }
}

/// A title that the author chose, with the class.
fn class_and_title<'a>(_: &str, node: &'a Node) -> Option<(&'a str, &'a str)> {
    let title = node.title().filter(|title| *title != node.class_type())?;
    Some((node.class_type(), title))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "one of several keys, of which others may be missing"
)]
fn class<'a>(_: &str, node: &'a Node) -> Option<&'a str> {
    Some(node.class_type())
}
