//! Which socket is registered under which client id.
//!
//! The worker and the routes send through here. The traps of the real server are kept: the newest
//! socket under an id gets everything, and when any socket of that id closes, the registration goes,
//! so that the newer one is deaf from then on.

use axum::extract::ws::Message;
use indexmap::IndexMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// Frames that wait for a slow reader; one that falls further behind is cut.
const BACKLOG: usize = 16_384;

#[derive(Debug, Default)]
pub(crate) struct Sockets {
    registered: Mutex<IndexMap<String, Registered>>,
}

#[derive(Debug)]
struct Registered {
    sender: mpsc::Sender<Message>,
    wants_metadata: Arc<AtomicBool>,
}

/// The ends that a socket's own task keeps.
#[derive(Debug)]
pub(crate) struct Registration {
    pub(crate) frames: mpsc::Receiver<Message>,
    /// Whether the client asked for previews with metadata.
    pub(crate) wants_metadata: Arc<AtomicBool>,
}

impl Sockets {
    fn lock(&self) -> MutexGuard<'_, IndexMap<String, Registered>> {
        self.registered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a socket, in place of an older one under the same id. It gets the greeting before
    /// anything else.
    pub(crate) fn register(&self, id: &str, greeting: Vec<Message>) -> Registration {
        let (sender, frames) = mpsc::channel(BACKLOG);
        let wants_metadata = Arc::new(AtomicBool::new(false));
        let mut registered = self.lock();
        for frame in greeting {
            // The channel is empty and holds far more.
            let _ = sender.try_send(frame);
        }
        let entry = Registered {
            sender,
            wants_metadata: Arc::clone(&wants_metadata),
        };
        registered.insert(id.to_owned(), entry);
        Registration {
            frames,
            wants_metadata,
        }
    }

    /// Forgets whatever is registered under the id, be it this socket or a newer one.
    pub(crate) fn forget(&self, id: &str) {
        self.lock().shift_remove(id);
    }

    pub(crate) fn broadcast(&self, frame: &Message) {
        self.lock().retain(|_, socket| deliver(socket, frame));
    }

    pub(crate) fn send(&self, id: &str, frame: &Message) {
        let mut registered = self.lock();
        let alive = registered
            .get(id)
            .is_none_or(|socket| deliver(socket, frame));
        if !alive {
            registered.shift_remove(id);
        }
    }

    /// Whether a socket is registered under the id, and whether it asked for metadata.
    pub(crate) fn wants_metadata(&self, id: &str) -> Option<bool> {
        let registered = self.lock();
        let socket = registered.get(id)?;
        Some(socket.wants_metadata.load(Ordering::Relaxed))
    }

    /// Whether nobody listens at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }
}

/// Whether the socket is still there and keeps up.
fn deliver(socket: &Registered, frame: &Message) -> bool {
    socket.sender.try_send(frame.clone()).is_ok()
}
