//! Where the editor would send something else than the prompt has, and what had to be guessed.

use serde::Serialize;

/// One remark on a conversion to the editor's format.
pub type Warning = crate::warning::Warning<Code>;

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
