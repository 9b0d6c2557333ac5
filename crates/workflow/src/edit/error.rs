//! Why a change cannot be made.

use crate::node::NodeId;
use crate::prompt::InputAddress;

/// What stands against a change. The draft or prompt is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// There is no node of that id.
    #[error("there is no node `{node}`")]
    NoNode {
        /// The id as given.
        node: String,
        /// The nearest id.
        nearest: Option<String>,
    },
    /// The node has no such input.
    #[error("node `{node}` ({class}) has no input `{input}`")]
    NoInput {
        /// The node.
        node: String,
        /// Its class.
        class: String,
        /// The input as given.
        input: String,
        /// The nearest input.
        nearest: Option<String>,
    },
    /// The input holds a value, no link.
    #[error("input `{input}` of node `{node}` is not linked")]
    NotLinked {
        /// The node.
        node: String,
        /// The input.
        input: String,
    },
    /// A node of that id is there already.
    #[error("there is a node `{node}` already")]
    NodeExists {
        /// The id as given.
        node: String,
    },
    /// Other nodes take what the node gives.
    #[error("node `{node}` feeds {}", listed(inputs))]
    HasConsumers {
        /// The node.
        node: String,
        /// The inputs that it feeds.
        inputs: Vec<InputAddress>,
    },
    /// The definitions know no such class.
    #[error("there is no node class `{class}`")]
    UnknownClass {
        /// The class as given.
        class: String,
        /// The nearest class.
        nearest: Option<String>,
    },
    /// The class has fewer outputs.
    #[error("node `{node}` ({class}) has {count} outputs, counted from 0, and no output {slot}")]
    NoSlot {
        /// The node.
        node: String,
        /// Its class.
        class: String,
        /// The slot as given.
        slot: usize,
        /// Number of outputs.
        count: usize,
    },
    /// What the output gives is not what the input takes.
    #[error(transparent)]
    TypeMismatch(Box<TypeMismatch>),
    /// The link would make nodes feed each other in a circle.
    #[error("node `{node}` feeds node `{source_node}`, so a link back would make a circle")]
    WouldCycle {
        /// The node that would give.
        source_node: String,
        /// The node that would take.
        node: String,
    },
    /// A prompt needs at least one node.
    #[error("no node would be left")]
    NothingLeft,
    /// No node takes the setting.
    #[error("no node takes {what}")]
    NoTarget {
        /// What was to be set.
        what: &'static str,
    },
    /// Not a number that JSON has.
    #[error("{what} must be a finite number")]
    NotFinite {
        /// What was to be set.
        what: &'static str,
    },
    /// Several texts or nodes could be meant.
    #[error("several inputs hold {what}: {}", listed(inputs))]
    Ambiguous {
        /// What was to be set.
        what: &'static str,
        /// The inputs.
        inputs: Vec<InputAddress>,
    },
    /// The value comes from nodes that compute it.
    #[error("input `{input}` of node `{node}` is computed by node `{by}`")]
    Computed {
        /// The node.
        node: NodeId,
        /// The input.
        input: String,
        /// The node that computes the value.
        by: NodeId,
    },
}

/// An output and an input that do not fit each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "output {slot} of node `{source_node}` gives {given}, but input `{input}` of node `{node}` takes {taken}"
)]
pub struct TypeMismatch {
    /// The node that gives.
    pub source_node: String,
    /// Its output.
    pub slot: usize,
    /// What it gives.
    pub given: String,
    /// The node that takes.
    pub node: String,
    /// Its input.
    pub input: String,
    /// What it takes.
    pub taken: String,
}

impl EditError {
    /// Stable name of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoNode { .. } => "no_node",
            Self::NoInput { .. } => "no_input",
            Self::NotLinked { .. } => "not_linked",
            Self::NodeExists { .. } => "node_exists",
            Self::HasConsumers { .. } => "has_consumers",
            Self::UnknownClass { .. } => "unknown_class",
            Self::NoSlot { .. } => "no_slot",
            Self::TypeMismatch(_) => "type_mismatch",
            Self::WouldCycle { .. } => "would_cycle",
            Self::NothingLeft => "nothing_left",
            Self::NoTarget { .. } => "no_target",
            Self::NotFinite { .. } => "not_finite",
            Self::Ambiguous { .. } => "ambiguous",
            Self::Computed { .. } => "computed",
        }
    }

    /// What to try next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoNode { nearest, .. }
            | Self::NoInput { nearest, .. }
            | Self::UnknownClass { nearest, .. } => nearest
                .as_ref()
                .map(|name| format!("did you mean `{name}`?")),
            Self::HasConsumers { .. } => {
                Some("unlink the inputs that it feeds, bypass the node, or mute it".to_owned())
            }
            Self::Ambiguous { .. } => Some("name the node".to_owned()),
            Self::Computed { by, .. } => Some(format!(
                "change node `{by}`, or set the input itself to cut the link"
            )),
            Self::NoTarget { .. } => Some("set the input by its selector".to_owned()),
            Self::NotLinked { .. } => Some("unset the input to take its value away".to_owned()),
            Self::NodeExists { .. }
            | Self::NoSlot { .. }
            | Self::TypeMismatch(_)
            | Self::WouldCycle { .. }
            | Self::NotFinite { .. }
            | Self::NothingLeft => None,
        }
    }
}

fn listed(inputs: &[InputAddress]) -> String {
    const SHOWN: usize = 5;
    let shown = inputs.iter().take(SHOWN);
    let shown: Vec<String> = shown
        .map(|address| format!("`{}` of node `{}`", address.input, address.node))
        .collect();
    let more = inputs.len().saturating_sub(SHOWN);
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    shown.join(", ") + &rest
}
