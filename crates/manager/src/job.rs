//! A job: one execution of a prompt that we track, from before it is sent until its end.

use crate::code::Code;
use crate::event::Seq;
use crate::placement::{Membership, Placement, Policy};
use crate::progress::Progress;
use comfyctl_client::{FileReference, Folder};
use comfyctl_workflow::NodeId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use uuid::Uuid;

/// Id of a job, and of its prompt on the server: a `UUIDv7`, so that ids sort by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(Uuid);

impl JobId {
    /// A new id, later than all before.
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }

    /// The id here of a job that version 2.0.0 knows by this text: its own if it is one of ours in
    /// form, else one that is made from it.
    pub fn of_version_2(text: &str) -> Self {
        text.parse().unwrap_or_else(|_| {
            let hash = blake3::hash(text.as_bytes());
            let bytes = std::array::from_fn(|place| hash.as_bytes()[place]);
            Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
        })
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(formatter)
    }
}

impl FromStr for JobId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// Where a job stands. The words are those of version 2.0.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Stored; no server is known to have it.
    Pending,
    /// A server accepted it.
    Queued,
    /// A server executes it.
    Running,
    /// Ended well.
    Completed,
    /// Ended with an error.
    Failed,
    /// Ended because someone wanted it to.
    Cancelled,
}

impl JobStatus {
    /// All statuses in the order of a job's life.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Queued,
        Self::Running,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The status as it stands in JSON and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing changes any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

impl fmt::Display for JobStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for JobStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|status| status.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is not a job status"))
    }
}

/// A job as the history holds it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Job {
    /// Our id, which is also the prompt's id on the server until it is retried.
    pub job_id: JobId,
    /// Id of the prompt of the present attempt.
    pub prompt_id: String,
    /// Name of the connection that it was sent through, or host and port of a bare URL; `None`
    /// until one is chosen.
    pub connection: Option<String>,
    /// Address of the server, without credentials; `None` until it is first sent.
    pub server_url: Option<String>,
    /// WebSocket client id that it was posted with: its events go nowhere else.
    #[serde(skip)]
    pub client_id: Option<String>,
    /// Name of the workflow, usually that of its file.
    pub workflow_name: Option<String>,
    /// Where it stands.
    pub status: JobStatus,
    /// The face that submitted it: `cli`, `mcp`, `python`, ...
    pub source: String,
    /// Who submitted it: user and host.
    pub submitted_by: String,
    /// Where it may run.
    pub placement: Placement,
    /// What it is granted.
    pub policy: Policy,
    /// Higher ones are sent first.
    pub priority: i32,
    /// Whether it is kept from being sent.
    pub held: bool,
    /// It is not sent before then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<Timestamp>,
    /// Why no connection takes it yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<String>,
    /// The key that it was submitted with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Its group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Membership>,
    /// The job that it runs again, which may be gone by now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rerun_of: Option<JobId>,
    /// How often it was given to a server: 1, unless a server forgot it or it was retried.
    pub attempts: u32,
    /// Requests of this attempt that were about to be sent: with none, no server can have it.
    #[serde(skip)]
    pub posts: u32,
    /// Attempts after an error, of those that its policy allows.
    pub retries: u32,
    /// Whether someone wants it to stop.
    pub cancel_requested: bool,
    /// Number of its latest event.
    pub event_seq: Seq,
    /// How far it is, as was last recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When a server first said that it has it.
    pub queued_at: Option<Timestamp>,
    /// When a server was first seen executing it.
    pub started_at: Option<Timestamp>,
    /// When its end was recorded.
    pub finished_at: Option<Timestamp>,
    /// Seconds that the server took, without the time in its queue.
    pub duration_seconds: Option<f64>,
    /// What it produced.
    pub outputs: Vec<Output>,
    /// Where its files are to be saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_folder: Option<PathBuf>,
    /// Whether it ended and its files are still to be fetched.
    #[serde(skip)]
    pub unsaved: bool,
    /// Why it did not end well.
    pub error: Option<JobError>,
}

/// One thing that a node produced: a file on the server, or a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Node that produced it.
    pub node: NodeId,
    /// ComfyUI's word for it: `images`, `audio`, `latents`, `text`, ...
    pub kind: String,
    /// Name of the file on the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Folder below that of its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subfolder: Option<String>,
    /// `output`, `temp` (gone when the server restarts) or `input`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub folder: Option<Folder>,
    /// Size in bytes, once the file was fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Hash of the file (blake3) in hexadecimal, once it was saved: the same for the same content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blake3: Option<String>,
    /// Where the file was saved on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Where a small picture of the image is kept on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<PathBuf>,
    /// The text, for outputs that are text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Output {
    /// An output that is neither a file nor a text yet.
    pub(crate) fn new(node: &NodeId, kind: &str) -> Self {
        Self {
            node: node.clone(),
            kind: kind.to_owned(),
            filename: None,
            subfolder: None,
            folder: None,
            size: None,
            blake3: None,
            path: None,
            thumbnail: None,
            text: None,
        }
    }

    /// The file on the server, for outputs that are files.
    pub fn file(&self) -> Option<FileReference> {
        Some(FileReference {
            filename: self.filename.clone()?,
            subfolder: self.subfolder.clone().unwrap_or_default(),
            folder: self.folder.unwrap_or_default(),
        })
    }
}

/// Why a job did not end well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    /// Stable kind of error.
    pub code: Code,
    /// For people.
    pub message: String,
    /// Node at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Class of that node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// What to try next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Where in the server's code it went wrong, line by line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceback: Option<String>,
}

impl JobError {
    /// An error that is about no node and has no hint.
    pub fn new(code: Code, message: &str) -> Self {
        Self {
            code,
            message: message.to_owned(),
            node: None,
            class: None,
            hint: None,
            traceback: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_reads_back_as_it_is_written() {
        for status in JobStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
