//! Events that mark where a prompt is: started, delivered, failed, done.
//!
//! Only the socket of the client id that posted the prompt gets them (an interruption of a prompt
//! without a client id goes to all).

use crate::ids::PromptId;
use crate::output::Outputs;
use crate::verdict::{ExecutionError, Interruption};
use comfyctl_workflow::NodeId;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// See [`Event::ExecutionStart`](super::Event::ExecutionStart).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExecutionStart {
    /// The prompt that starts.
    pub prompt_id: PromptId,
    /// Server time in milliseconds since 1970.
    #[serde(default)]
    pub timestamp: Option<i64>,
}

/// See [`Event::ExecutionCached`](super::Event::ExecutionCached).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExecutionCached {
    /// The prompt that runs.
    pub prompt_id: PromptId,
    /// Nodes that will not run again.
    #[serde(default)]
    pub nodes: Vec<NodeId>,
    /// Server time in milliseconds since 1970.
    #[serde(default)]
    pub timestamp: Option<i64>,
}

/// See [`Event::Executed`](super::Event::Executed).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Executed {
    /// The prompt that runs.
    pub prompt_id: PromptId,
    /// The node that delivered.
    pub node: NodeId,
    /// The node of the user's graph that stands for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_node: Option<NodeId>,
    /// What it delivered, as the server wrote it: lists by kind (`images`, `text`, ...).
    pub output: Box<RawValue>,
}

/// See [`Event::ExecutionSuccess`](super::Event::ExecutionSuccess).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExecutionSuccess {
    /// The prompt that is done.
    pub prompt_id: PromptId,
    /// Server time in milliseconds since 1970.
    #[serde(default)]
    pub timestamp: Option<i64>,
}

/// See [`Event::ExecutionError`](super::Event::ExecutionError).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExecutionFailed {
    /// The prompt in which it happened.
    pub prompt_id: PromptId,
    /// What happened; has no timestamp when a node only blocked its followers.
    #[serde(flatten)]
    pub error: ExecutionError,
}

/// See [`Event::ExecutionInterrupted`](super::Event::ExecutionInterrupted).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExecutionInterrupted {
    /// The prompt that was interrupted.
    pub prompt_id: PromptId,
    /// Where it was.
    #[serde(flatten)]
    pub interruption: Interruption,
}

impl Executed {
    /// What the node delivered, in the form of a whole prompt's outputs.
    pub fn outputs(&self) -> Outputs {
        let produced = serde_json::from_str(self.output.get()).unwrap_or_default();
        Outputs([(self.node.clone(), produced)].into_iter().collect())
    }
}
