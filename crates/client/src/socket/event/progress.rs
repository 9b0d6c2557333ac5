//! Events that tell how far a prompt is: the node at work and its steps.
//!
//! The most frequent messages by far. Prompts without a client id send theirs to every socket.

use super::lenient;
use crate::ids::PromptId;
use comfyctl_workflow::NodeId;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// See [`Event::Executing`](super::Event::Executing).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Executing {
    /// The prompt that runs. Left out by the server in what it says right after a connect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_id: Option<PromptId>,
    /// The node that starts; `None` is the end marker: the history of the prompt is written.
    #[serde(default)]
    pub node: Option<NodeId>,
    /// The node of the user's graph that stands for it, when it is inside an expanded one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_node: Option<NodeId>,
}

/// See [`Event::ProgressState`](super::Event::ProgressState).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProgressState {
    /// The prompt that runs.
    pub prompt_id: PromptId,
    /// All nodes that have started, in the order of starting.
    #[serde(default)]
    pub nodes: IndexMap<NodeId, NodeProgress>,
}

/// How far one node is. Its own id is the key that it is found under.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NodeProgress {
    /// Steps done, of `max`. Not a number when the node says so.
    #[serde(deserialize_with = "lenient::number")]
    pub value: f64,
    /// Steps in all.
    #[serde(deserialize_with = "lenient::number")]
    pub max: f64,
    /// What the node is doing.
    pub state: NodeState,
    /// The node of the user's graph that shows this one's progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_node_id: Option<NodeId>,
    /// The node that expanded into this one.
    #[serde(default)]
    pub parent_node_id: Option<NodeId>,
    /// The node of the posted prompt that this one belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub real_node_id: Option<NodeId>,
}

/// What a node is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NodeState {
    /// Not started.
    Pending,
    /// At work. A node that fails or is interrupted stays like this.
    Running,
    /// Done.
    Finished,
    /// Failed.
    Error,
    /// A state that is not known here.
    #[serde(other)]
    Unknown,
}

/// See [`Event::Progress`](super::Event::Progress).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Progress {
    /// Steps done, of `max`.
    #[serde(deserialize_with = "lenient::number")]
    pub value: f64,
    /// Steps in all.
    #[serde(deserialize_with = "lenient::number")]
    pub max: f64,
    /// The prompt that runs; some custom nodes leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_id: Option<PromptId>,
    /// The node that makes the steps.
    #[serde(default)]
    pub node: Option<NodeId>,
}
