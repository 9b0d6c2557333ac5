//! What ComfyUI says over the socket, as values.
//!
//! [`decode`](super::decode) makes these from messages and the listener hands them to subscribers.
//! Fields that are not known here are passed over, never an error: a newer server adds them freely.
//! Nothing here decides what an event means for a job.

mod execution;
mod lenient;
mod progress;

pub use execution::{
    Executed, ExecutionCached, ExecutionFailed, ExecutionInterrupted, ExecutionStart,
    ExecutionSuccess,
};
pub use progress::{Executing, NodeProgress, NodeState, Progress, ProgressState};

use crate::ids::PromptId;
use crate::routes::{internal::RawLogs, system::Features};
use bytes::Bytes;
use comfyctl_workflow::NodeId;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

/// One message of the server. Serialises in the form it had on the wire, `{"type", "data"}`.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The length of the queue changed. Goes to every socket; the first message after connecting.
    Status(Status),
    /// The prompt left the queue and is being worked on.
    ExecutionStart(ExecutionStart),
    /// The nodes whose results are still there from an earlier run; sent even when there are none.
    ExecutionCached(ExecutionCached),
    /// A node starts to work, or (without a node) the prompt has ended.
    Executing(Executing),
    /// The state of all nodes of a prompt so far.
    ProgressState(ProgressState),
    /// Steps done within one node. Throttled by the server: only first and last are certain.
    Progress(Progress),
    /// A node delivered results for the user, fresh or from the cache.
    Executed(Executed),
    /// All nodes are done. The history has the prompt once [`Executing`] ends it.
    ExecutionSuccess(ExecutionSuccess),
    /// A node failed. The prompt may still end in success: only the history tells.
    ExecutionError(Box<ExecutionFailed>),
    /// The prompt was interrupted by someone.
    ExecutionInterrupted(ExecutionInterrupted),
    /// Lines of the server's log, for those who subscribed to it.
    Logs(RawLogs),
    /// What the server supports: its answer to our own flags.
    FeatureFlags(Features),
    /// A text that a node shows on itself; arrives as a binary frame.
    Text(NodeText),
    /// A binary frame of a kind that is not known here, whole.
    Binary(UnknownFrame),
    /// A message of a type that is not known here, whole.
    #[serde(untagged)]
    Unknown {
        /// Its `type`.
        #[serde(rename = "type")]
        kind: String,
        /// Its `data` as the server wrote it.
        data: Box<RawValue>,
    },
}

impl Event {
    /// The prompt that the event is about; `None` when it does not say.
    ///
    /// The listener fills in what the server left out where it is sure, see
    /// [`Subscription`](super::Subscription).
    pub fn prompt_id(&self) -> Option<&PromptId> {
        match self {
            Self::ExecutionStart(event) => Some(&event.prompt_id),
            Self::ExecutionCached(event) => Some(&event.prompt_id),
            Self::Executing(event) => event.prompt_id.as_ref(),
            Self::ProgressState(event) => Some(&event.prompt_id),
            Self::Progress(event) => event.prompt_id.as_ref(),
            Self::Executed(event) => Some(&event.prompt_id),
            Self::ExecutionSuccess(event) => Some(&event.prompt_id),
            Self::ExecutionError(event) => Some(&event.prompt_id),
            Self::ExecutionInterrupted(event) => Some(&event.prompt_id),
            Self::Text(event) => event.prompt_id.as_ref(),
            Self::Status(_)
            | Self::Logs(_)
            | Self::FeatureFlags(_)
            | Self::Binary(_)
            | Self::Unknown { .. } => None,
        }
    }
}

/// See [`Event::Status`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StatusOnWire", into = "StatusOnWire")]
pub struct Status {
    /// Prompts running and pending, of everyone.
    pub queue_remaining: u64,
    /// The client id of this socket; only in the first message after connecting.
    pub sid: Option<String>,
}

/// See [`Event::Text`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeText {
    /// The prompt that runs, as far as the listener knows: the frame itself does not say.
    pub prompt_id: Option<PromptId>,
    /// The node that shows the text.
    pub node_id: NodeId,
    /// The text.
    pub text: String,
}

/// See [`Event::Binary`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnknownFrame {
    /// The number that the frame begins with.
    pub kind: u32,
    /// All that follows it. Serialises as its length in bytes.
    #[serde(serialize_with = "length")]
    pub payload: Bytes,
}

/// [`Status`] as it lies in the message.
#[derive(Serialize, Deserialize)]
struct StatusOnWire {
    status: StatusBody,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct StatusBody {
    exec_info: ExecutionInfo,
}

#[derive(Serialize, Deserialize)]
struct ExecutionInfo {
    queue_remaining: u64,
}

impl From<StatusOnWire> for Status {
    fn from(wire: StatusOnWire) -> Self {
        Self {
            queue_remaining: wire.status.exec_info.queue_remaining,
            sid: wire.sid,
        }
    }
}

impl From<Status> for StatusOnWire {
    fn from(status: Status) -> Self {
        let exec_info = ExecutionInfo {
            queue_remaining: status.queue_remaining,
        };
        Self {
            status: StatusBody { exec_info },
            sid: status.sid,
        }
    }
}

fn length<S: Serializer>(payload: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(payload.len() as u64)
}
