//! What is done with each message: read it, find out whom it is about, hand it on.
//!
//! The keeper calls it for everything that comes. It never waits, and a message that cannot be
//! read is reported and passed over: the socket lives on.

use super::attribution::Attribution;
use super::event::Event;
use super::frame::Frame;
use super::peek::Head;
use super::router::Router;
use crate::ids::PromptId;
use bytes::Bytes;
use std::sync::Arc;
use tokio_tungstenite::tungstenite::Message;
use tracing::warn;

/// The way of a message from the socket to the subscribers.
pub(super) struct Intake {
    router: Arc<Router>,
    attribution: Attribution,
}

/// What a message says about the socket that it came by.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// The server knows the client id of this socket.
    Known,
    /// No more than that the server is there.
    Alive,
}

impl Intake {
    pub(super) fn new(router: Arc<Router>) -> Self {
        Self {
            router,
            attribution: Attribution::default(),
        }
    }

    /// A new socket: what was known may have changed in between.
    pub(super) fn begin(&mut self) {
        self.attribution = Attribution::default();
    }

    /// The queue says that the prompt is running.
    pub(super) fn is_running(&mut self, prompt_id: &PromptId) {
        if let Some(greeting) = self.attribution.learn_from_queue(prompt_id) {
            self.router.event(greeting);
        }
    }

    /// Takes in one message, of whatever kind.
    pub(super) fn message(&mut self, message: Message) -> Proof {
        match message {
            Message::Text(text) => self.text(&text),
            Message::Binary(bytes) => self.binary(bytes),
            _ => Proof::Alive,
        }
    }

    fn text(&mut self, text: &str) -> Proof {
        if let Some(prompt_id) = Head::of(text).and_then(Head::prompt_at_work)
            && !self.router.wants(prompt_id)
        {
            self.attribution.learn(prompt_id);
            return Proof::Known;
        }
        match Event::from_text(text) {
            Ok(event) => self.event(event),
            Err(error) => {
                warn!(%error, "passed over a message of the server");
                Proof::Alive
            }
        }
    }

    fn binary(&mut self, bytes: Bytes) -> Proof {
        match Frame::decode(bytes) {
            Ok(Frame::Preview(mut preview)) => {
                self.attribution.preview(&mut preview);
                self.router.preview(&preview);
            }
            Ok(Frame::Text(text)) => return self.event(Event::Text(text)),
            Ok(Frame::Unknown(frame)) => return self.event(Event::Binary(frame)),
            Err(error) => warn!(%error, "passed over a binary frame of the server"),
        }
        Proof::Known
    }

    fn event(&mut self, event: Event) -> Proof {
        let proof = if is_greeting(&event) {
            Proof::Alive
        } else {
            Proof::Known
        };
        let (greeting, event) = self.attribution.event(event);
        greeting
            .into_iter()
            .chain(event)
            .for_each(|event| self.router.event(event));
        proof
    }
}

/// Whether the server says this to every new socket, so that it proves nothing about its
/// registration.
fn is_greeting(event: &Event) -> bool {
    match event {
        Event::Status(status) => status.sid.is_some(),
        Event::Executing(executing) => executing.prompt_id.is_none(),
        Event::FeatureFlags(_) => true,
        _ => false,
    }
}
