//! Who is told what while a job runs.
//!
//! Used by the executor and, for progress, by nodes. The messages that end up in the history are
//! collected here, whether anyone listens or not.

use super::Progress;
use crate::frames;
use crate::job::{Audience, Job};
use crate::server::Server;
use axum::extract::ws::Message;
use serde_json::{Value, json};

pub(crate) struct Events<'run> {
    server: &'run Server,
    prompt_id: &'run str,
    audience: Audience,
    messages: Vec<Value>,
}

impl<'run> Events<'run> {
    pub(super) fn new(server: &'run Server, job: &'run Job) -> Self {
        Self {
            server,
            prompt_id: &job.id,
            audience: job.audience(),
            messages: Vec::new(),
        }
    }

    pub(super) fn client(&self) -> Option<&str> {
        match &self.audience {
            Audience::Client(id) => Some(id),
            Audience::Everyone | Audience::Unhashable => None,
        }
    }

    pub(super) fn into_messages(self) -> Vec<Value> {
        self.messages
    }

    /// A message for the client and the history. A job without a client sends none.
    pub(super) fn message(&mut self, event: &str, data: Value) {
        let data = self.stamp(data);
        if let Some(client) = self.client() {
            self.server
                .sockets
                .send(client, &frames::event(event, &data));
        }
        self.messages.push(json!([event, data]));
    }

    /// The interruption is told to everyone when the job has no client.
    pub(super) fn interrupted(&mut self, data: Value) {
        let data = self.stamp(data);
        let event = "execution_interrupted";
        self.send_or_broadcast(&frames::event(event, &data));
        self.messages.push(json!([event, data]));
    }

    fn stamp(&self, data: Value) -> Value {
        let mut stamped = serde_json::Map::new();
        // The list of cached nodes comes before the id, everything else after it.
        if let Some(nodes) = data.get("nodes") {
            stamped.insert("nodes".into(), nodes.clone());
        }
        stamped.insert("prompt_id".into(), self.prompt_id.into());
        if let Value::Object(data) = data {
            stamped.extend(data);
        }
        stamped.insert("timestamp".into(), self.server.clock.now_ms().into());
        Value::Object(stamped)
    }

    pub(super) fn executing(&self, node: &str) {
        let data = json!({"node": node, "display_node": node, "prompt_id": self.prompt_id});
        self.to_client("executing", &data);
    }

    pub(super) fn executed(&self, node: &str, output: &Value) {
        let data = json!({
            "node": node,
            "display_node": node,
            "output": output,
            "prompt_id": self.prompt_id,
        });
        self.to_client("executed", &data);
    }

    fn to_client(&self, event: &str, data: &Value) {
        if let Some(client) = self.client() {
            self.server
                .sockets
                .send(client, &frames::event(event, data));
        }
    }

    pub(crate) fn progress_state(&self, progress: &Progress) {
        if self.has_listeners() {
            self.send_or_broadcast(&frames::event("progress_state", &progress.to_json()));
        }
    }

    /// A node's step: with a preview before or after it, depending on what the client understands.
    pub(crate) fn progress(&self, node: &str, value: &Value, max: &Value, preview: Option<&[u8]>) {
        let data = json!({"value": value, "max": max, "prompt_id": self.prompt_id, "node": node});
        let step = frames::event("progress", &data);
        let Some(jpeg) = preview else {
            return self.send_or_broadcast(&step);
        };
        if self.client_wants_metadata() {
            let metadata = json!({
                "node_id": node,
                "prompt_id": self.prompt_id,
                "display_node_id": node,
                "parent_node_id": null,
                "real_node_id": node,
                "image_type": "image/jpeg",
            });
            self.send_or_broadcast(&frames::preview_with_metadata(&metadata, jpeg));
            self.send_or_broadcast(&step);
        } else {
            self.send_or_broadcast(&step);
            self.send_or_broadcast(&frames::preview(jpeg));
        }
    }

    fn client_wants_metadata(&self) -> bool {
        let client = self.client();
        client.and_then(|client| self.server.sockets.wants_metadata(client)) == Some(true)
    }

    /// Whether anyone would get a preview; drawing one costs time.
    pub(crate) fn has_listeners(&self) -> bool {
        match &self.audience {
            Audience::Everyone => !self.server.sockets.is_empty(),
            Audience::Client(id) => self.server.sockets.wants_metadata(id).is_some(),
            Audience::Unhashable => false,
        }
    }

    fn send_or_broadcast(&self, frame: &Message) {
        match &self.audience {
            Audience::Everyone => self.server.sockets.broadcast(frame),
            Audience::Client(id) => self.server.sockets.send(id, frame),
            Audience::Unhashable => {}
        }
    }
}
