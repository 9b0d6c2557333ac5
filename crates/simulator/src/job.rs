//! A prompt that was accepted, as queue, history and jobs show it.

use crate::priority::{Number, Ranked};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Keys of `extra_data` that are taken out before anyone sees them.
pub(crate) const SENSITIVE: [&str; 2] = ["auth_token_comfy_org", "api_key_comfy_org"];

#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) number: Number,
    pub(crate) id: String,
    pub(crate) prompt: Value,
    pub(crate) extra_data: Map<String, Value>,
    pub(crate) outputs: Vec<String>,
}

/// To whom the events of a job go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The job names no client: progress is broadcast, the rest is not sent at all.
    Everyone,
    /// The sockets under this id, of which there may be none.
    Client(String),
    /// The id is a list or an object: the server's process ends when it looks for the socket.
    Unhashable,
}

impl Job {
    /// The five elements that queue and history show.
    pub(crate) fn to_json(&self) -> Value {
        let number = self.number.to_json();
        json!([number, self.id, self.prompt, self.extra_data, self.outputs])
    }

    pub(crate) fn audience(&self) -> Audience {
        match self.extra_data.get("client_id") {
            None | Some(Value::Null) => Audience::Everyone,
            Some(Value::String(id)) => Audience::Client(id.clone()),
            Some(Value::Array(_) | Value::Object(_)) => Audience::Unhashable,
            // A number is no socket's id; nobody has the empty one either.
            Some(_) => Audience::Client(String::new()),
        }
    }

    pub(crate) fn create_time(&self) -> Value {
        self.extra_data
            .get("create_time")
            .cloned()
            .unwrap_or_default()
    }
}

impl Ranked for Arc<Job> {
    fn rank(&self) -> (Number, &str) {
        (self.number, &self.id)
    }
}
