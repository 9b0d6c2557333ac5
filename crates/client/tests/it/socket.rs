//! The socket: recorded messages, the handshake, and a life with all its accidents.

mod accidents;
mod handshake;
mod recordings;
mod story;

use crate::support::client;
use comfyctl_client::{
    Client, ClientId, Disconnection, Event, Listener, ListenerOptions, PromptId, PromptRequest,
    Signal, Subscription,
};
use comfyctl_workflow::Prompt;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// No test waits longer for something that has to come.
const LIMIT: Duration = Duration::from_secs(30);

async fn signal(subscription: &mut Subscription) -> Signal {
    timeout(LIMIT, subscription.next()).await.unwrap().unwrap()
}

/// Passes over signals until one is a connection.
async fn connected(subscription: &mut Subscription) -> bool {
    loop {
        if let Signal::Connected { first } = signal(subscription).await {
            return first;
        }
    }
}

/// Passes over signals until one is a disconnection.
async fn disconnected(subscription: &mut Subscription) -> Arc<Disconnection> {
    loop {
        if let Signal::Disconnected { reason } = signal(subscription).await {
            return reason;
        }
    }
}

/// Passes over signals until one is the event that is looked for.
async fn event(subscription: &mut Subscription, mut is_it: impl FnMut(&Event) -> bool) -> Event {
    loop {
        if let Signal::Event(event) = signal(subscription).await
            && is_it(&event)
        {
            return event;
        }
    }
}

/// A client of a server, and a listener that prompts can be posted for.
struct Ears {
    client: Client,
    listener: Listener,
}

impl Ears {
    fn new(url: &str, options: ListenerOptions) -> Self {
        Self::under(ClientId::generate(), url, options)
    }

    fn under(client_id: ClientId, url: &str, options: ListenerOptions) -> Self {
        let client = client(url);
        let listener = Listener::start(client.clone(), client_id, options);
        Self { client, listener }
    }

    /// Posts a graph under the listener's client id.
    async fn post(&self, prompt_id: &PromptId, graph: Value) {
        self.post_with(prompt_id, graph, Value::Null).await;
    }

    /// Posts a graph with more data, such as the kind of previews.
    async fn post_with(&self, prompt_id: &PromptId, graph: Value, extra_data: Value) {
        let prompt = Prompt::from_value(graph).unwrap();
        let mut request = PromptRequest::new(&prompt);
        request.prompt_id = Some(prompt_id.clone());
        request.client_id = Some(self.listener.client_id().clone());
        request.extra_data = extra_data.as_object().cloned().unwrap_or_default();
        self.client.submit(&request).await.unwrap();
    }
}

/// Whether the prompt has ended.
fn is_end(event: &Event) -> bool {
    matches!(event, Event::Executing(executing) if executing.node.is_none())
}

/// Whether node 5 starts to work, or works already when a server greets with it.
fn is_at_node_5(event: &Event) -> bool {
    matches!(event, Event::Executing(executing)
        if executing.node.as_ref().is_some_and(|node| node.as_str() == "5"))
}
