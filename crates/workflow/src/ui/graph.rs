//! The nodes and links of one graph: the outermost one, or the inside of a subgraph.

use super::link::UiLink;
use super::node::UiNode;
use serde_json::{Map, Value};

/// Nodes and links in file order. Entries that are neither are passed over, and counted.
#[derive(Debug, Clone)]
pub struct UiGraph<'a> {
    nodes: Vec<UiNode<'a>>,
    links: Vec<UiLink<'a>>,
    malformed: usize,
}

impl<'a> UiGraph<'a> {
    pub(super) fn new(fields: &'a Map<String, Value>) -> Self {
        let list = |name| match fields.get(name) {
            Some(Value::Array(items)) => items.as_slice(),
            _ => &[],
        };
        let (nodes, links) = (list("nodes"), list("links"));
        // The editor leaves nulls among the links, where a link was deleted.
        let present = links.iter().filter(|link| !link.is_null());
        let graph = Self {
            nodes: nodes.iter().filter_map(UiNode::new).collect(),
            links: present.clone().filter_map(UiLink::from_value).collect(),
            malformed: 0,
        };
        let malformed = nodes.len() - graph.nodes.len() + present.count() - graph.links.len();
        Self { malformed, ..graph }
    }

    /// The nodes.
    pub fn nodes(&self) -> &[UiNode<'a>] {
        &self.nodes
    }

    /// The links.
    pub fn links(&self) -> &[UiLink<'a>] {
        &self.links
    }

    /// The links, for a caller that needs no more of it.
    pub(crate) fn into_links(self) -> Vec<UiLink<'a>> {
        self.links
    }

    /// How many entries are neither node nor link.
    pub fn malformed(&self) -> usize {
        self.malformed
    }
}
