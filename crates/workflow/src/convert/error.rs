//! Why a workflow cannot be converted.

/// What stops a conversion.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// Classes that the definitions do not have.
    #[error("the server has no node class {}", list(.0))]
    MissingClasses(Vec<MissingClass>),
    /// Group nodes, which subgraphs have replaced.
    #[error("the workflow has group nodes of an old kind: {}", .0.join(", "))]
    GroupNodes(Vec<String>),
    /// Bypassed nodes, reroutes or the like that feed themselves.
    #[error("input `{input}` of node `{node}` is fed by a loop of nodes none of which runs")]
    Loop {
        /// Id in the prompt.
        node: String,
        /// Name of the input.
        input: String,
    },
    /// A subgraph that is inside of itself.
    #[error("the subgraph `{0}` contains itself")]
    ContainsItself(String),
    /// Subgraphs in subgraphs without end.
    #[error("subgraphs are nested more than {0} deep")]
    TooDeep(usize),
    /// More nodes or links than any workflow has.
    #[error("the workflow has more than {limit} {what} when its subgraphs are unfolded")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much is taken.
        limit: usize,
    },
    /// All nodes are muted, bypassed, or only for the editor.
    #[error("the workflow has no node that would run")]
    NothingToRun,
}

/// A class that the definitions do not have, and where it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingClass {
    /// The class.
    pub class: String,
    /// Ids in the prompt of the nodes.
    pub nodes: Vec<String>,
}

impl ConvertError {
    /// Stable name of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingClasses(_) => "missing_classes",
            Self::GroupNodes(_) => "group_nodes",
            Self::Loop { .. } => "bypass_loop",
            Self::ContainsItself(_) => "subgraph_contains_itself",
            Self::TooDeep(_) => "subgraphs_too_deep",
            Self::TooLarge { .. } => "workflow_too_large",
            Self::NothingToRun => "nothing_to_run",
        }
    }

    /// What to try next.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::MissingClasses(_) => Some("install the node packs, or bypass these nodes"),
            Self::GroupNodes(_) => Some(
                "open it in a recent editor, convert the group nodes to subgraphs, and save it",
            ),
            Self::Loop { .. } => Some("open the workflow in the editor and cut one of the links"),
            Self::NothingToRun => Some("unmute the nodes that should run"),
            Self::ContainsItself(_) | Self::TooDeep(_) | Self::TooLarge { .. } => None,
        }
    }
}

fn list(missing: &[MissingClass]) -> String {
    const SHOWN: usize = 8;
    let entry = |missing: &MissingClass| match missing.nodes.as_slice() {
        [node] => format!("`{}` (node {node})", missing.class),
        nodes => format!("`{}` ({} nodes)", missing.class, nodes.len()),
    };
    let mut text = missing
        .iter()
        .take(SHOWN)
        .map(entry)
        .collect::<Vec<_>>()
        .join(", ");
    if let Some(more) = missing.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        text = format!("{text} and {more} more");
    }
    text
}
