//! Everything that can go wrong with a server, and what each means for the caller.

use super::Delivery;
use crate::credentials::CredentialsError;
use crate::error_body::ErrorBody;
use crate::rejection::Rejection;
use comfyctl_workflow::Faults;
use std::path::PathBuf;
use std::time::Duration;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The address of a connection is none.
    #[error("`{address}` is no address of a server: {problem}")]
    InvalidAddress {
        /// The address without what may be a credential.
        address: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The credentials of a connection cannot be used.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// No connection came about.
    #[error("the server cannot be reached: {detail}")]
    Unreachable {
        /// How far it came.
        reason: UnreachableReason,
        /// What the system says.
        detail: String,
    },
    /// No secure connection came about.
    #[error("no secure connection: {detail}")]
    Tls {
        /// What is wrong.
        reason: TlsReason,
        /// What the TLS library says.
        detail: String,
    },
    /// Waiting came to its end.
    #[error("{phase} within {} s", after.as_secs_f64())]
    Timeout {
        /// What was waited for.
        phase: TimeoutPhase,
        /// How long.
        after: Duration,
    },
    /// The connection broke after the request was sent, or while it was.
    #[error("the connection was lost before the answer was complete: {detail}")]
    ConnectionLost {
        /// What the system says.
        detail: String,
    },
    /// The answer has a status that says no.
    #[error("the server answered with status {status}{body}")]
    Status {
        /// HTTP status.
        status: u16,
        /// What the body says about it.
        body: ErrorBody,
    },
    /// The answer sends us elsewhere, where we do not go: credentials and prompts are meant for the
    /// server that was named.
    #[error("the server redirects to `{location}` (status {status})")]
    Redirected {
        /// HTTP status.
        status: u16,
        /// Where to, without query.
        location: String,
    },
    /// The server validated the prompt and declined it.
    #[error("the server rejected the prompt: {0}")]
    Rejected(Box<Rejection>),
    /// The answer is not what ComfyUI gives.
    #[error("the answer is not what ComfyUI gives: {detail}")]
    Protocol {
        /// What is different.
        detail: String,
    },
    /// The answer is longer than we are ready to hold in memory.
    #[error("the answer is longer than {} MiB", limit / (1024 * 1024))]
    AnswerTooLarge {
        /// What we would have taken, in bytes.
        limit: usize,
    },
    /// The graph would harm the server, so it was not sent.
    #[error("the prompt was not sent, because it would harm the server: {0}")]
    UnsafePrompt(Faults),
    /// The request would harm the server or cannot be expressed, so it was not sent.
    #[error("the request was not sent: {problem}")]
    RefusedBeforeSending {
        /// What is wrong with it.
        problem: String,
    },
    /// The server said that it wrote a file, and has none of that name.
    #[error("the server accepted the mask but wrote no file `{name}`")]
    MaskNotWritten {
        /// The name that the server gave.
        name: String,
    },
    /// A file of ours cannot be read or written.
    #[error("cannot {action} `{}`", path.display())]
    File {
        /// What was to be done: `read`, `write` and the like.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

/// How far the way to a server goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnreachableReason {
    /// The name is unknown.
    Dns,
    /// The machine answers; nothing listens on the port.
    Refused,
    /// The network does not lead there, or a proxy said no.
    Network,
}

/// What was waited for in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeoutPhase {
    /// The connection, so nothing was sent.
    Connect,
    /// The whole answer.
    Request,
    /// The next bytes of a transfer.
    Silence,
}

/// Why a certificate or a handshake was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsReason {
    /// Signed by nobody we trust.
    UnknownIssuer,
    /// Expired or not yet valid.
    Expired,
    /// Made for another name.
    NameMismatch,
    /// No TLS is spoken there.
    NotTls,
    /// The trusted certificates of the platform or the CA file cannot be used.
    TrustStore,
    /// Something else.
    Other,
}

impl std::fmt::Display for TimeoutPhase {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Connect => "no connection",
            Self::Request => "no complete answer",
            Self::Silence => "the transfer fell silent: no byte",
        })
    }
}

impl ErrorKind {
    /// Stable name in `snake_case`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidAddress { .. } => "invalid_address",
            Self::Credentials(_) => "credentials",
            Self::Unreachable { .. } => "unreachable",
            Self::Tls { .. } => "tls",
            Self::Timeout { .. } => "timeout",
            Self::ConnectionLost { .. } => "connection_lost",
            Self::Status { .. } => "http_status",
            Self::Redirected { .. } => "redirected",
            Self::Rejected(_) => "validation_failed",
            Self::Protocol { .. } => "protocol",
            Self::AnswerTooLarge { .. } => "answer_too_large",
            Self::UnsafePrompt(_) => "unsafe_prompt",
            Self::RefusedBeforeSending { .. } => "refused_before_sending",
            Self::MaskNotWritten { .. } => "mask_not_written",
            Self::File { .. } => "file",
        }
    }

    /// Whether the same request may succeed later without anyone changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::ConnectionLost { .. } => true,
            Self::Status { status, .. } => is_transient_status(*status),
            _ => false,
        }
    }

    /// Whether the request can have had its effect.
    pub fn delivery(&self) -> Delivery {
        match self {
            Self::InvalidAddress { .. }
            | Self::Credentials(_)
            | Self::Unreachable { .. }
            | Self::Tls { .. }
            | Self::Timeout {
                phase: TimeoutPhase::Connect,
                ..
            }
            | Self::UnsafePrompt(_)
            | Self::RefusedBeforeSending { .. } => Delivery::NotSent,
            Self::Status { status, .. } if *status < 500 => Delivery::Answered,
            Self::Redirected { .. } | Self::Rejected(_) => Delivery::Answered,
            Self::Timeout { .. }
            | Self::ConnectionLost { .. }
            | Self::Status { .. }
            | Self::Protocol { .. }
            | Self::AnswerTooLarge { .. }
            | Self::MaskNotWritten { .. }
            | Self::File { .. } => Delivery::Unknown,
        }
    }
}

/// Request timeout, too many requests, and what gateways say of a server that is busy or away;
/// 520 to 527 are Cloudflare's.
fn is_transient_status(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 502..=504 | 520..=524 | 527)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(400, Delivery::Answered, false)]
    #[case(401, Delivery::Answered, false)]
    #[case(429, Delivery::Answered, true)]
    #[case(500, Delivery::Unknown, false)]
    #[case(502, Delivery::Unknown, true)]
    #[case(503, Delivery::Unknown, true)]
    #[case(504, Delivery::Unknown, true)]
    fn only_a_client_error_is_a_certain_no(
        #[case] status: u16,
        #[case] delivery: Delivery,
        #[case] transient: bool,
    ) {
        let kind = ErrorKind::Status {
            status,
            body: ErrorBody::default(),
        };
        assert_eq!(
            (kind.delivery(), kind.is_transient()),
            (delivery, transient)
        );
    }
}
