//! Where the editor would send something else than the prompt has, and what had to be guessed.

use crate::node::NodeId;
use serde::Serialize;

/// One remark on a conversion to the editor's format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What kind of remark.
    pub code: Code,
    /// The node, by its id in the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeId>,
    /// The input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// For people: what is the matter and what was done.
    pub message: String,
}

/// Kinds of remarks. The names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Code {
    /// The definitions do not have the class. Its widgets and slots are guessed from the prompt.
    UnknownClass,
    /// The editor wants whole numbers as ids. The node has a new one.
    NodeRenumbered,
    /// The link names a node or an output that is not there. The input is left unconnected.
    LinkNotFound,
    /// A value for an input without a widget, which holds links only. It is left out.
    LiteralOnSocket,
    /// The class has no such input. It is left out.
    UndeclaredInput,
    /// The editor sends a value for a widget that the prompt leaves out.
    InputAdded,
    /// The editor sends another value.
    ValueChanged,
    /// The editor treats the class as its own and does not send the node.
    NodeNotSent,
    /// A browser would round the whole number, which is beyond 2^53.
    RoundedInteger,
    /// The editor's format has no place for a field of the node. It is left out.
    FieldDropped,
    /// The workflow cannot be sent at all.
    NotSendable,
}

impl Code {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownClass => "unknown_class",
            Self::NodeRenumbered => "node_renumbered",
            Self::LinkNotFound => "link_not_found",
            Self::LiteralOnSocket => "literal_on_socket",
            Self::UndeclaredInput => "undeclared_input",
            Self::InputAdded => "input_added",
            Self::ValueChanged => "value_changed",
            Self::NodeNotSent => "node_not_sent",
            Self::RoundedInteger => "rounded_integer",
            Self::FieldDropped => "field_dropped",
            Self::NotSendable => "not_sendable",
        }
    }
}

impl Warning {
    /// A remark on a node.
    pub(super) fn of_node(code: Code, node: &NodeId, message: impl Into<String>) -> Self {
        Self {
            code,
            node: Some(node.clone()),
            input: None,
            message: message.into(),
        }
    }

    /// A remark on an input.
    pub(super) fn of_input(
        code: Code,
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

impl std::fmt::Display for Warning {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.node, &self.input) {
            (Some(node), Some(input)) => write!(formatter, "`{node}.{input}`: ")?,
            (Some(node), None) => write!(formatter, "node `{node}`: ")?,
            (None, _) => {}
        }
        formatter.write_str(&self.message)
    }
}
