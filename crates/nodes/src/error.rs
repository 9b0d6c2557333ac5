//! The error of the nodes: a message that names the thing, a stable code, and often a hint.
//!
//! No message holds a credential: addresses are shown without user, password and query, and what a
//! server said goes through [`crate::secret::Redaction`] first.

use crate::network::{Refusal, Target};
use crate::secret::SecretError;
use reqwest::StatusCode;
use std::time::Duration;

/// Why a node cannot do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An input is not what it must be.
    #[error("`{input}` {problem}")]
    InvalidInput {
        /// Name of the input.
        input: String,
        /// What is wrong with it; never what it holds.
        problem: String,
    },
    /// A path that begins with `$` is no JSONPath.
    #[error("`{path}` is no JSONPath: {problem}")]
    InvalidPath {
        /// The path.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A secret that an input refers to is not there.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The network policy does not allow the address.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No server answers there.
    #[error("`{target}` cannot be reached: {problem}")]
    Unreachable {
        /// The address.
        target: Target,
        /// Why.
        problem: String,
        /// Whether no byte of the request can have arrived.
        unsent: bool,
    },
    /// The answer did not come in time.
    #[error("`{target}` did not answer within {} s", after.as_secs_f64())]
    Timeout {
        /// The address.
        target: Target,
        /// How long was waited, over all attempts.
        after: Duration,
    },
    /// The answer is longer than allowed.
    #[error("the answer of `{target}` is longer than {} MB", limit >> 20)]
    TooLong {
        /// The address.
        target: Target,
        /// Most bytes that are read.
        limit: u64,
    },
    /// One redirect led to the next too often.
    #[error("`{target}` is one redirect too many")]
    TooManyRedirects {
        /// Where the last one led.
        target: Target,
    },
    /// The server answered with an error status.
    #[error("`{target}` answered {status}{}", said(.body))]
    Status {
        /// The address.
        target: Target,
        /// The status.
        status: StatusCode,
        /// The beginning of what it said.
        body: String,
    },
    /// The server that gives tokens gave none.
    #[error("`{target}` gave no access token: {problem}")]
    NoToken {
        /// Address of the token server.
        target: Target,
        /// What it gave instead.
        problem: String,
    },
    /// Pixels cannot be written, or bytes are no image.
    #[error("{0}")]
    Image(String),
    /// No HTTP client can be made on this machine.
    #[error("no HTTP client can be made: {0}")]
    Setup(String),
}

fn said(body: &str) -> String {
    if body.is_empty() {
        String::new()
    } else {
        format!(": {body}")
    }
}

impl Error {
    /// Stable kind of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidInput { .. } => "invalid_input",
            Self::InvalidPath { .. } => "invalid_path",
            Self::Secret(_) | Self::NoToken { .. } => "invalid_credentials",
            Self::Refused(_) => "network_refused",
            Self::Unreachable { .. } => "unreachable",
            Self::Timeout { .. } => "timeout",
            Self::TooLong { .. } => "answer_too_long",
            Self::TooManyRedirects { .. } => "too_many_redirects",
            Self::Status { status, .. } if matches!(status.as_u16(), 401 | 403 | 407) => {
                "unauthorized"
            }
            Self::Status { .. } => "http_error",
            Self::Image(_) => "invalid_image",
            Self::Setup(_) => "setup_failed",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::InvalidPath { .. } => Some(
                "a path that begins with `$.` or `$[` is a JSONPath; a dotted path has no `$`: \
                 `data.items.0.name`"
                    .to_owned(),
            ),
            Self::Secret(error) => Some(error.hint()),
            Self::Refused(refusal) => refusal.hint(),
            Self::Timeout { .. } => Some(
                "raise `timeout_seconds` of the node; `network.timeout_seconds` of the settings \
                 bounds it"
                    .to_owned(),
            ),
            Self::TooLong { .. } => {
                Some("raise `network.max_response_mb` of the settings".to_owned())
            }
            _ => None,
        }
    }

    /// Message and hint in one, as a node shows them.
    pub fn report(&self) -> String {
        match self.hint() {
            Some(hint) => format!("{self} (hint: {hint})"),
            None => self.to_string(),
        }
    }

    pub(crate) fn input(input: &str, problem: impl Into<String>) -> Self {
        Self::InvalidInput {
            input: input.to_owned(),
            problem: problem.into(),
        }
    }
}
