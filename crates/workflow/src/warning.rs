//! A remark on a conversion, in either direction; the kinds differ, the form does not.

use crate::node::NodeId;
use serde::Serialize;
use std::fmt;

/// One remark on a conversion, of a kind `C`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning<C> {
    /// What kind of remark.
    pub code: C,
    /// The node, by its id in the prompt; in a subgraph with several instances, in the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeId>,
    /// The input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// For people: what is the matter and what was done.
    pub message: String,
}

impl<C> Warning<C> {
    /// A remark on a node.
    pub(crate) fn of_node(code: C, node: &NodeId, message: impl Into<String>) -> Self {
        Self {
            code,
            node: Some(node.clone()),
            input: None,
            message: message.into(),
        }
    }

    /// A remark on an input.
    pub(crate) fn of_input(
        code: C,
        node: &NodeId,
        input: &str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            input: Some(input.to_owned()),
            ..Self::of_node(code, node, message)
        }
    }
}

impl<C> fmt::Display for Warning<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.node, &self.input) {
            (Some(node), Some(input)) => write!(formatter, "`{node}.{input}`: ")?,
            (Some(node), None) => write!(formatter, "node `{node}`: ")?,
            (None, _) => {}
        }
        formatter.write_str(&self.message)
    }
}
