//! The socket: recorded messages, the handshake, and a life with all its accidents.

mod handshake;
mod recordings;

use comfyctl_client::{Disconnection, Event, Signal, Subscription};
use std::sync::Arc;
use std::time::Duration;

/// No test waits longer for something that has to come.
const LIMIT: Duration = Duration::from_secs(30);

async fn signal(subscription: &mut Subscription) -> Signal {
    let next = tokio::time::timeout(LIMIT, subscription.next()).await;
    next.expect("a signal in time")
        .expect("a listener that lives")
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
async fn event(subscription: &mut Subscription, is_it: impl Fn(&Event) -> bool) -> Event {
    loop {
        if let Signal::Event(event) = signal(subscription).await
            && is_it(&event)
        {
            return event;
        }
    }
}
