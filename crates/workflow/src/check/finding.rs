//! One thing that is wrong with a prompt, or odd.

use crate::fault::{Fault, FaultCode};
use crate::node::NodeId;
use crate::prompt::Prompt;
use serde::Serialize;
use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The prompt, or an output that it asks for, will not run.
    Error,
    /// It will run, perhaps not as meant.
    Warning,
}

/// One thing that is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Stable kind. For what the server refuses this is ComfyUI's own error type, such as
    /// `value_not_in_list`.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// The node that it is about.
    pub node: Option<NodeId>,
    /// Class of the node.
    pub class: Option<String>,
    /// The input that it is about.
    pub input: Option<String>,
    /// For people; does not repeat node and input.
    pub message: String,
    /// What to try: the nearest name, the allowed range.
    pub suggestion: Option<String>,
}

/// Without the suggestion.
impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(node) = &self.node {
            write!(formatter, "node `{node}`")?;
            if let Some(class) = &self.class {
                write!(formatter, " ({class})")?;
            }
            if let Some(input) = &self.input {
                write!(formatter, ", input `{input}`")?;
            }
            formatter.write_str(": ")?;
        }
        formatter.write_str(&self.message)
    }
}

impl Finding {
    pub(super) fn error(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            severity: Severity::Error,
            node: None,
            class: None,
            input: None,
            message: message.into(),
            suggestion: None,
        }
    }

    pub(super) fn warning(code: &str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, message)
        }
    }

    /// Names the node, and its class if the prompt has it.
    pub(super) fn at(mut self, prompt: &Prompt, node: &str) -> Self {
        self.class = prompt.node(node).map(|node| node.class_type().to_owned());
        self.node = Some(node.into());
        self
    }

    pub(super) fn input(mut self, input: Option<&str>) -> Self {
        self.input = input.map(str::to_owned);
        self
    }

    pub(super) fn suggest(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }

    pub(super) fn of_fault(fault: Fault, prompt: &Prompt) -> Self {
        let suggestion = match fault.code {
            FaultCode::DanglingLink => Some("link it to a node that is there, or remove the input"),
            FaultCode::Cycle => Some("cut one of the links of the cycle"),
            _ => None,
        };
        let finding = Self::error(fault.code.as_str(), fault.message)
            .input(fault.input.as_deref())
            .suggest(suggestion.map(str::to_owned));
        match &fault.node {
            Some(node) => finding.at(prompt, node.as_str()),
            None => finding,
        }
    }
}

/// `did you mean ...?`
pub(super) fn did_you_mean(name: Option<&str>) -> Option<String> {
    name.map(|name| format!("did you mean `{name}`?"))
}
