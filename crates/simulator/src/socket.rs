//! One WebSocket, from its handshake to its end, with the faults that befall it.
//!
//! Started by the `/ws` route. Frames reach it through its registration; it reads only for the
//! feature flags, pings and the end.

use crate::connection::Scissors;
use crate::fault::FaultKind;
use crate::frames;
use crate::server::Server;
use crate::sockets::Registration;
use axum::extract::ws::{Message, WebSocket};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// How a fault ends a socket, or its hearing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blow {
    Drop,
    Freeze,
    HalfOpen,
    Deafen,
}

/// Why the loop of a socket ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The client left, or the server is killed.
    Closed,
    Struck(Blow),
}

struct Socket {
    server: Arc<Server>,
    id: String,
    web: WebSocket,
    sent: u32,
    /// Only the first JSON object may be feature flags.
    may_negotiate: bool,
}

/// Serves a socket until it ends.
pub(crate) async fn serve(server: Arc<Server>, id: String, web: WebSocket, scissors: Scissors) {
    let registration = server.queue.while_it_stands_still(|remaining| {
        let greeting = greeting(&server, &id, remaining);
        server.sockets.register(&id, greeting)
    });
    let mut socket = Socket {
        server,
        id,
        web,
        sent: 0,
        may_negotiate: true,
    };
    let end = socket.run(registration).await;
    match end {
        End::Struck(Blow::Freeze | Blow::HalfOpen) => {
            if end == End::Struck(Blow::HalfOpen) {
                socket.server.sockets.forget(&socket.id);
            }
            // The connection stays as it is, unread, until the server ends.
            socket.server.end.cancelled().await;
        }
        End::Struck(Blow::Drop) => scissors.cut(),
        End::Closed | End::Struck(Blow::Deafen) => {}
    }
    socket.server.sockets.forget(&socket.id);
}

fn greeting(server: &Server, id: &str, remaining: usize) -> Vec<Message> {
    let mut greeting = vec![frames::status(remaining, Some(id))];
    let showing = server.showing();
    if let (Some(client), Some(node)) = (showing.client, showing.node)
        && client == id
    {
        greeting.push(frames::event("executing", &json!({"node": node})));
    }
    greeting
}

impl Socket {
    async fn run(&mut self, registration: Registration) -> End {
        let Registration {
            frames: mut incoming,
            wants_metadata,
        } = registration;
        let mut faults = self.server.faults.watch();
        let end = self.server.end.clone();
        let mut deaf = false;
        loop {
            match (!deaf).then(|| self.blow()).flatten() {
                Some(Blow::Deafen) => {
                    self.server.sockets.forget(&self.id);
                    deaf = true;
                }
                Some(blow) => {
                    // What was sent before the blow is on its way; a broken socket is gone anyway.
                    let _ = self.web.flush().await;
                    return End::Struck(blow);
                }
                None => {}
            }
            tokio::select! {
                () = end.cancelled() => return End::Closed,
                _ = faults.changed() => {}
                frame = incoming.recv(), if !deaf => match frame {
                    Some(frame) => {
                        let more = !incoming.is_empty();
                        if self.send(frame, more).await.is_err() {
                            return End::Closed;
                        }
                    }
                    // Another socket of this id has closed, or is registered now.
                    None => deaf = true,
                },
                message = self.web.next() => match message {
                    Some(Ok(Message::Text(text))) => {
                        if self.negotiate(text.as_str(), &wants_metadata).await.is_err() {
                            return End::Closed;
                        }
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return End::Closed,
                    // Pings are answered by the library.
                    Some(Ok(_)) => {}
                },
            }
        }
    }

    fn blow(&self) -> Option<Blow> {
        let sent = self.sent;
        self.server.faults.strike(|kind| match kind {
            FaultKind::DropSocket(frames) if sent >= *frames => Some(Blow::Drop),
            FaultKind::FreezeSocket(frames) if sent >= *frames => Some(Blow::Freeze),
            FaultKind::HalfOpenSocket(frames) if sent >= *frames => Some(Blow::HalfOpen),
            FaultKind::DeafenSocket(frames) if sent >= *frames => Some(Blow::Deafen),
            _ => None,
        })
    }

    /// Sends a frame; the last of several that wait carries them all to the network.
    async fn send(&mut self, frame: Message, more: bool) -> Result<(), axum::Error> {
        self.sent = self.sent.saturating_add(1);
        if more {
            self.web.feed(frame).await
        } else {
            self.web.send(frame).await
        }
    }

    async fn negotiate(
        &mut self,
        text: &str,
        wants_metadata: &std::sync::atomic::AtomicBool,
    ) -> Result<(), axum::Error> {
        let Ok(Value::Object(message)) = serde_json::from_str(text) else {
            return Ok(());
        };
        if !std::mem::take(&mut self.may_negotiate)
            || message.get("type") != Some(&json!("feature_flags"))
        {
            return Ok(());
        }
        let wanted = message
            .get("data")
            .and_then(|data| data.get("supports_preview_metadata"))
            .and_then(Value::as_bool);
        wants_metadata.store(wanted == Some(true), Ordering::Relaxed);
        self.send(frames::event("feature_flags", &Server::features()), false)
            .await
    }
}
