//! Ids as ComfyUI knows them, each with a type of its own so that no two are mixed up.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// Names one execution of a prompt on a server.
///
/// New servers take canonical UUIDs only; older ones took any text from other clients, so any text
/// can come back from a queue or a history.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PromptId(String);

/// Names the listener that a server sends a prompt's events to.
///
/// Text by type: an object or a list in this place makes ComfyUI 0.28.1 exit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(String);

impl PromptId {
    /// Takes an id as a server gave it.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// A fresh id, ordered by time of making.
    pub fn generate() -> Self {
        Uuid::now_v7().into()
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the id can be a segment of a path and mean nothing else there.
    pub(crate) fn is_plain(&self) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        !self.0.is_empty() && self.0.bytes().all(plain)
    }
}

impl From<Uuid> for PromptId {
    fn from(id: Uuid) -> Self {
        Self(id.hyphenated().to_string())
    }
}

impl ClientId {
    /// Takes any text.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// A fresh id that no other listener has.
    pub fn generate() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PromptId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
