//! Exit codes: each kind of error that a script may want to tell apart has its own.

use comfyctl_manager::Code;
use std::process::ExitCode;

/// How the command ends. Listed with their meanings in `docs/cli.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ExitStatus {
    /// All went well.
    Success = 0,
    /// The job failed: a node failed, the server ran out of memory, it took longer than it may, or
    /// a job that it was to run after did not complete.
    JobFailed = 1,
    /// The command line is wrong; clap's own code.
    Usage = 2,
    /// The file holds no workflow that can be run.
    InvalidWorkflow = 3,
    /// A value was given for an input that does not exist or is not named clearly.
    InvalidOverride = 4,
    /// A file or folder of this machine cannot be read or written.
    File = 5,
    /// The settings are wrong, or name no such connection.
    Settings = 6,
    /// No server answers there.
    Unreachable = 7,
    /// What answers is no ComfyUI, or answers with an error.
    BadAnswer = 8,
    /// The server wants other credentials.
    Unauthorized = 9,
    /// The server's own checks refused the workflow.
    ValidationFailed = 10,
    /// The wait ended; the job goes on.
    WaitTimeout = 11,
    /// The server forgot the job.
    ServerLostJob = 12,
    /// The job was cancelled.
    Cancelled = 13,
    /// No such job, class, folder or file.
    NotFound = 14,
    /// The job history cannot be read or written.
    Store = 15,
    /// What was asked for does not go together with how the job stands.
    Conflict = 16,
    /// Left by Ctrl-C, a second one while the job ran; a job that has not ended goes on. As shells have it for an interrupt.
    Left = 130,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        (status as u8).into()
    }
}

/// The one table from codes to exit codes.
impl From<Code> for ExitStatus {
    fn from(code: Code) -> Self {
        match code {
            Code::NodeError
            | Code::OutOfMemory
            | Code::DeadlineExceeded
            | Code::DependencyFailed => Self::JobFailed,
            Code::InvalidWorkflow | Code::UnsupportedWorkflow => Self::InvalidWorkflow,
            Code::InvalidOverride => Self::InvalidOverride,
            Code::FileError => Self::File,
            Code::InvalidSettings | Code::InvalidConnection => Self::Settings,
            Code::Unreachable | Code::Timeout | Code::TlsError => Self::Unreachable,
            Code::HttpError | Code::NotComfyui => Self::BadAnswer,
            Code::Unauthorized => Self::Unauthorized,
            Code::ValidationFailed => Self::ValidationFailed,
            Code::WaitTimeout => Self::WaitTimeout,
            Code::ServerLostJob => Self::ServerLostJob,
            Code::Cancelled => Self::Cancelled,
            Code::NotFound => Self::NotFound,
            Code::StoreError => Self::Store,
            Code::Conflict => Self::Conflict,
        }
    }
}
