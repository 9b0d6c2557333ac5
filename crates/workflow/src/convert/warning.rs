//! What a conversion did otherwise than the editor, or had to guess.

use crate::node::NodeId;
use serde::Serialize;
use serde_json::Value;

/// One remark on a conversion.
pub type Warning = crate::warning::Warning<Code>;

/// Kinds of remarks. The names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Code {
    /// An input names a link that the file does not have. The input is left unconnected.
    LinkNotFound,
    /// A link comes from a node that the file does not have. The input is left unconnected.
    OriginNotFound,
    /// An entry of the file is neither node nor link. It is passed over.
    Malformed,
    /// Two nodes of one graph have the same id. The first one counts.
    DuplicateNode,
    /// The file links an input that the node has no longer. The link is dropped.
    InputDropped,
    /// No slot names the link, which is taken for this input by the number of its slot.
    LinkedByNumber,
    /// The subgraph node has null for a value. The value inside is used.
    NullHostValue,
    /// The file keeps an older value beside that of the subgraph node, which the editor would go back
    /// to. The newer one is sent.
    OlderHostValue,
    /// Only a browser can make the value. An empty one is sent.
    BrowserValue,
    /// Only a browser can record the value, and the node cannot run without it.
    CaptureNeeded,
    /// A subgraph passes an input straight to an output. The link is followed.
    PassedThrough,
    /// A whole number beyond 2^53, which a browser would round, is sent as it stands.
    ExactInteger,
    /// A value is not of its input's type, as after a change of the class. It is sent as it is.
    UnexpectedType,
    /// The value of a dynamic combo is none of its options.
    UnknownOption,
    /// A class that the server does not know stands in a bypassed subgraph. It is left out.
    MissingSkipped,
    /// A file name refers to something that is not there. The reference stays as it is.
    UnknownReference,
    /// A value is sent that the editor's graph beside it cannot hold.
    NotWrittenBack,
}

impl Code {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LinkNotFound => "link_not_found",
            Self::OriginNotFound => "origin_not_found",
            Self::Malformed => "malformed",
            Self::DuplicateNode => "duplicate_node",
            Self::InputDropped => "input_dropped",
            Self::LinkedByNumber => "linked_by_number",
            Self::NullHostValue => "null_host_value",
            Self::OlderHostValue => "older_host_value",
            Self::BrowserValue => "browser_value",
            Self::CaptureNeeded => "capture_needed",
            Self::PassedThrough => "passed_through",
            Self::ExactInteger => "exact_integer",
            Self::UnexpectedType => "unexpected_type",
            Self::UnknownOption => "unknown_option",
            Self::MissingSkipped => "missing_skipped",
            Self::UnknownReference => "unknown_reference",
            Self::NotWrittenBack => "not_written_back",
        }
    }
}

/// Takes remarks on one node.
pub(super) struct Notes<'w> {
    pub(super) warnings: &'w mut Vec<Warning>,
    /// Makes the node's id, for the few that are remarked upon.
    pub(super) node: &'w dyn Fn() -> String,
}

impl Notes<'_> {
    /// A remark on an input.
    pub(super) fn input(&mut self, code: Code, input: &str, message: impl Into<String>) {
        self.push(code, Some(input), message.into());
    }

    /// A remark on the node.
    pub(super) fn whole(&mut self, code: Code, message: impl Into<String>) {
        self.push(code, None, message.into());
    }

    fn push(&mut self, code: Code, input: Option<&str>, message: String) {
        if self.warnings.len() < MOST_WARNINGS {
            self.warnings.push(Warning {
                code,
                node: Some(NodeId::new((self.node)())),
                input: input.map(str::to_owned),
                message,
            });
        }
    }
}

/// A broken file can give one for each of its slots; nobody reads more than these.
pub(super) const MOST_WARNINGS: usize = 1000;

/// A value as it stands in a message: not all of a long text.
pub(super) fn short(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
