//! What a subscriber is told.

use super::event::Event;
use super::frame::Preview;
use crate::error::Error;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio_tungstenite::tungstenite::{
    self, Utf8Bytes,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

/// What a [`Subscription`](super::Subscription) delivers.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Signal {
    /// The socket is connected: from now on, nothing is missed. A subscription that begins while
    /// it is connected gets this at once.
    Connected {
        /// Whether no connection was lost since the subscription began. If not, what happened in
        /// between is told by the server's queue and history only.
        first: bool,
    },
    /// The socket is gone, or could not be connected. The listener goes on trying.
    Disconnected {
        /// Why.
        reason: Arc<Disconnection>,
    },
    /// The server said something.
    Event(Event),
    /// The latest image of a sample in the making. Older ones that were not taken in time are
    /// replaced by it.
    Preview(Preview),
    /// The subscriber was too slow and signals were dropped in this place: what happened is told
    /// by the server's queue and history only.
    Lagged {
        /// How many were dropped.
        missed: u64,
    },
}

/// Why there is no socket.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Disconnection {
    /// It could not be connected.
    #[error(transparent)]
    Refused(Error),
    /// The server closed it in order.
    #[error("the server closed the socket with code {code}{}", after_colon(reason))]
    Closed {
        /// The closing code of RFC 6455; 1005 when the server gave none.
        code: u16,
        /// The server's words; usually none.
        reason: String,
    },
    /// It broke, or the server closed it without a word.
    #[error("the socket broke: {detail}")]
    Broken {
        /// What the system says.
        detail: String,
    },
    /// It is half-open: pings stay unanswered, by a server that answers other requests or has
    /// answered none for long.
    #[error("the socket has been silent for {} s", silence.as_secs_f32())]
    Silent {
        /// How long pings were left unanswered.
        silence: Duration,
    },
    /// The server answers pings and tells nothing, although a prompt of this client id is running.
    /// Either a node works without a word, and nothing is wrong; or the server has forgotten whom
    /// the socket belongs to, and only a new one helps. This cannot be told apart from outside.
    #[error(
        "nothing was told of the running prompt for {} s, so the socket is renewed",
        quiet.as_secs_f32()
    )]
    Quiet {
        /// How long nothing was told.
        quiet: Duration,
    },
}

impl Disconnection {
    /// Whether the server is still there to say farewell to.
    pub(super) fn leaves_server_there(&self) -> bool {
        matches!(self, Self::Quiet { .. } | Self::Closed { .. })
    }

    pub(super) fn broken(error: &tungstenite::Error) -> Self {
        Self::Broken {
            detail: error.to_string(),
        }
    }

    pub(super) fn closed(farewell: Option<CloseFrame>) -> Self {
        let farewell = farewell.unwrap_or_else(|| CloseFrame {
            code: CloseCode::Status,
            reason: Utf8Bytes::default(),
        });
        Self::Closed {
            code: farewell.code.into(),
            reason: farewell.reason.to_string(),
        }
    }
}

fn after_colon(reason: &str) -> String {
    if reason.is_empty() {
        String::new()
    } else {
        format!(": {reason}")
    }
}
