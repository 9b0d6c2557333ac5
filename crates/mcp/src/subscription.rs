//! What clients are told without a call of theirs: sessions up to 2025-11-25 subscribe to each resource,
//! later clients open a stream and say what it is to tell.
//!
//! Called by [`crate::service`]; what has changed is the business of [`crate::updates`].

use crate::backend::Backend;
use crate::resources;
use crate::updates::{self, Watched};
use futures_util::StreamExt;
use rmcp::model::{ErrorData, ResourceUpdatedNotificationParam, SubscriptionFilter};
use rmcp::service::SubscriptionContext;
use rmcp::{Peer, RoleServer};
use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::task::AbortOnDropHandle;

/// Most resources that a session or a stream may watch.
const MOST: usize = 64;

/// The resources that a session watches. All ends with it.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    /// Each tells the client, by the address of the resource.
    telling: Mutex<HashMap<String, AbortOnDropHandle<()>>>,
}

impl Subscriptions {
    fn telling(&self) -> MutexGuard<'_, HashMap<String, AbortOnDropHandle<()>>> {
        self.telling.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the client whenever the resource changes. Fails where there is no such resource.
    pub(crate) async fn add(
        &self,
        uri: String,
        peer: Peer<RoleServer>,
        backend: &Arc<Backend>,
    ) -> Result<(), ErrorData> {
        let watched = Watched::new(uri.clone(), Arc::clone(backend)).await;
        let mut watched = watched.map_err(|failure| resources::error(&uri, &failure))?;
        let mut telling = self.telling();
        if telling.len() >= MOST && !telling.contains_key(&uri) {
            let message = format!("no more than {MOST} resources can be watched");
            return Err(ErrorData::invalid_params(message, None));
        }
        let address = uri.clone();
        let tell = async move {
            while watched.changed().await {
                let update = ResourceUpdatedNotificationParam::new(&address);
                if peer.notify_resource_updated(update).await.is_err() {
                    break;
                }
            }
        };
        telling.insert(uri, AbortOnDropHandle::new(tokio::spawn(tell)));
        Ok(())
    }

    pub(crate) fn remove(&self, uri: &str) {
        self.telling().remove(uri);
    }
}

/// What a stream will tell of all that a client asks for.
pub(crate) fn accepted(mut asked: SubscriptionFilter) -> SubscriptionFilter {
    if let Some(uris) = &mut asked.resource_subscriptions {
        uris.retain(|uri| updates::can_be_watched(uri));
        uris.truncate(MOST);
    }
    asked
}

/// Tells a stream until either side ends it.
pub(crate) async fn tell(context: &SubscriptionContext, backend: &Arc<Backend>) {
    let (accepted, sink) = (context.accepted(), context.sink());
    let of_tools = accepted.tools_list_changed == Some(true);
    let mut tools = backend.offer.changes();
    let uris = accepted.resource_subscriptions.clone().unwrap_or_default();
    let mut resources = pin!(updates::of(uris, backend).await);
    loop {
        let told = tokio::select! {
            () = context.cancelled() => return,
            () = backend.closing.cancelled() => return,
            Ok(()) = tools.changed(), if of_tools => sink.notify_tool_list_changed().await,
            Some(uri) = resources.next() => sink.notify_resource_updated(uri).await,
        };
        if told.is_err() {
            return;
        }
    }
}
