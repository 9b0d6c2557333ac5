//! The kinds of what can go wrong, one list for all faces and for the errors of jobs.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Kind of an error, stable: faces map it to exit codes, tool errors and exceptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The file holds no workflow that can be run.
    InvalidWorkflow,
    /// The workflow is in a format that cannot be run yet.
    UnsupportedWorkflow,
    /// A value was given for an input that does not exist or is not named clearly.
    InvalidOverride,
    /// A file or folder of this machine cannot be read or written.
    FileError,
    /// The settings file or a credential in it is wrong.
    InvalidSettings,
    /// No connection or address of that form.
    InvalidConnection,
    /// No server answers there, or it stopped answering.
    Unreachable,
    /// The server did not answer in time.
    Timeout,
    /// A secure connection could not be made.
    TlsError,
    /// The server wants other credentials.
    Unauthorized,
    /// The server answered with an error status.
    HttpError,
    /// The answer is not one that ComfyUI gives.
    NotComfyui,
    /// The server's own checks refused the workflow.
    ValidationFailed,
    /// A node failed.
    NodeError,
    /// A node failed for want of memory.
    OutOfMemory,
    /// The server forgot the job.
    ServerLostJob,
    /// Stopped because someone wanted it to stop.
    Cancelled,
    /// It waited or ran longer than it may.
    DeadlineExceeded,
    /// A job that it was to run after did not complete.
    DependencyFailed,
    /// What was asked for does not go together with how the thing stands.
    Conflict,
    /// The wait ended before the job did.
    WaitTimeout,
    /// No such job, class, folder or file.
    NotFound,
    /// The job history cannot be read or written.
    StoreError,
}

impl Code {
    /// All codes.
    pub const ALL: [Self; 23] = [
        Self::InvalidWorkflow,
        Self::UnsupportedWorkflow,
        Self::InvalidOverride,
        Self::FileError,
        Self::InvalidSettings,
        Self::InvalidConnection,
        Self::Unreachable,
        Self::Timeout,
        Self::TlsError,
        Self::Unauthorized,
        Self::HttpError,
        Self::NotComfyui,
        Self::ValidationFailed,
        Self::NodeError,
        Self::OutOfMemory,
        Self::ServerLostJob,
        Self::Cancelled,
        Self::DeadlineExceeded,
        Self::DependencyFailed,
        Self::Conflict,
        Self::WaitTimeout,
        Self::NotFound,
        Self::StoreError,
    ];

    /// The code as it stands in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidWorkflow => "invalid_workflow",
            Self::UnsupportedWorkflow => "unsupported_workflow",
            Self::InvalidOverride => "invalid_override",
            Self::FileError => "file_error",
            Self::InvalidSettings => "invalid_settings",
            Self::InvalidConnection => "invalid_connection",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::TlsError => "tls_error",
            Self::Unauthorized => "unauthorized",
            Self::HttpError => "http_error",
            Self::NotComfyui => "not_comfyui",
            Self::ValidationFailed => "validation_failed",
            Self::NodeError => "node_error",
            Self::OutOfMemory => "out_of_memory",
            Self::ServerLostJob => "server_lost_job",
            Self::Cancelled => "cancelled",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::DependencyFailed => "dependency_failed",
            Self::Conflict => "conflict",
            Self::WaitTimeout => "wait_timeout",
            Self::NotFound => "not_found",
            Self::StoreError => "store_error",
        }
    }
}

impl Code {
    /// What an error of the client is for a face.
    pub(crate) fn of_client_error(error: &comfyctl_client::Error) -> Self {
        use comfyctl_client::ErrorKind;
        match error.kind() {
            ErrorKind::InvalidAddress { .. } => Self::InvalidConnection,
            ErrorKind::Credentials(_) => Self::InvalidSettings,
            ErrorKind::Unreachable { .. } | ErrorKind::ConnectionLost { .. } => Self::Unreachable,
            ErrorKind::Tls { .. } => Self::TlsError,
            ErrorKind::Timeout { .. } => Self::Timeout,
            ErrorKind::Status {
                status: 401 | 403 | 407,
                ..
            } => Self::Unauthorized,
            ErrorKind::Status { .. } => Self::HttpError,
            ErrorKind::Rejected(_) => Self::ValidationFailed,
            ErrorKind::UnsafePrompt(_) | ErrorKind::RefusedBeforeSending { .. } => {
                Self::InvalidWorkflow
            }
            ErrorKind::MaskNotWritten { .. } | ErrorKind::File { .. } => Self::FileError,
            // A redirect or an answer of another kind comes from something else than ComfyUI.
            _ => Self::NotComfyui,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
