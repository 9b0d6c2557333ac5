//! The one error of this crate: what was asked of which server, and what went wrong.
//!
//! Everything a caller decides on is an answer of [`Error`]: a stable code, whether trying again may
//! help, whether a request can have had its effect, and the next step for a person. No message ever
//! holds credentials.

mod classify;
mod hint;
mod kind;
mod operation;

pub use kind::{ErrorKind, TimeoutPhase, TlsReason, UnreachableReason};
pub(crate) use operation::Operation;

use std::fmt;

/// What failed, with the request that it happened to.
pub struct Error {
    operation: Option<Box<Operation>>,
    kind: Box<ErrorKind>,
}

/// Whether a request that failed can have had its effect on the server.
///
/// Decides whether a prompt may be posted again: only [`Delivery::Unknown`] needs a look into the
/// queue and the history first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The server certainly never saw it.
    NotSent,
    /// The server saw it and certainly declined it.
    Answered,
    /// It may have been carried out, or may still be: the answer was lost, came from a gateway, or
    /// is a 500, which ComfyUI also gives after queueing a prompt.
    Unknown,
}

impl Error {
    pub(crate) fn new(operation: Operation, kind: ErrorKind) -> Self {
        Self {
            operation: Some(Box::new(operation)),
            kind: Box::new(kind),
        }
    }

    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// What went wrong, for keeping.
    pub fn into_kind(self) -> ErrorKind {
        *self.kind
    }

    /// Stable name of the kind, in `snake_case`.
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// Whether the same request may succeed later without anyone changing anything.
    pub fn is_transient(&self) -> bool {
        self.kind.is_transient()
    }

    /// Whether the request can have had its effect.
    pub fn delivery(&self) -> Delivery {
        self.kind.delivery()
    }

    /// Status of the answer, when it is the status that is the error.
    pub fn status(&self) -> Option<u16> {
        match self.kind() {
            ErrorKind::Status { status, .. } | ErrorKind::Redirected { status, .. } => {
                Some(*status)
            }
            _ => None,
        }
    }

    /// The next step for a person.
    pub fn hint(&self) -> Option<String> {
        hint::of(&self.kind)
    }

    /// The server that was asked, without credentials. `None` when none was asked.
    pub fn server(&self) -> Option<&str> {
        self.operation.as_deref().map(Operation::server)
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self {
            operation: None,
            kind: Box::new(kind),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.operation {
            Some(operation) => write!(formatter, "{} ({operation})", self.kind),
            None => self.kind.fmt(formatter),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Error");
        if let Some(operation) = &self.operation {
            shown.field("operation", &format_args!("{operation}"));
        }
        shown.field("kind", &self.kind).finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.kind.source()
    }
}
