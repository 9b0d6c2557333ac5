//! Tells when resources read otherwise than before: jobs, how jobs fared, connections, settings.
//!
//! Asked by [`crate::subscription`]. Looks again only when something has happened to the jobs or the
//! settings.

use crate::backend::Backend;
use crate::failure::Failure;
use crate::resources;
use comfyctl_manager::{HistoryWatch, Settings};
use futures_util::stream::{self, Stream, StreamExt, select_all};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Shortest time between two looks at a resource: a job that runs changes often.
const PACE: Duration = Duration::from_millis(500);

/// Whether the resource of that address is one that changes.
pub(crate) fn can_be_watched(uri: &str) -> bool {
    let path = resources::path(uri);
    path == "connections" || path == "settings" || path.starts_with("jobs/")
}

/// A resource that is watched.
pub(crate) struct Watched {
    uri: String,
    backend: Arc<Backend>,
    history: HistoryWatch,
    settings: watch::Receiver<Arc<Settings>>,
    seen: blake3::Hash,
}

impl Watched {
    /// Changes from now on are told. Fails where there is no such resource, or none that changes.
    pub(crate) async fn new(uri: String, backend: Arc<Backend>) -> Result<Self, Failure> {
        if !can_be_watched(&uri) {
            let message = format!("`{uri}` cannot be watched");
            return Err(Failure::not_found(message).with_hint("jobs, connections and settings can"));
        }
        let history = backend.manager.history_changes().await?;
        let mut settings = backend.settings_changes();
        settings.mark_unchanged();
        Ok(Self {
            seen: hash(&uri, &backend).await?,
            uri,
            backend,
            history,
            settings,
        })
    }

    /// Returns when the resource reads otherwise; `false` when nobody will tell any more.
    pub(crate) async fn changed(&mut self) -> bool {
        loop {
            let goes_on = tokio::select! {
                goes_on = self.history.changed() => goes_on,
                changed = self.settings.changed() => changed.is_ok(),
            };
            if !goes_on {
                return false;
            }
            tokio::time::sleep(PACE).await;
            // What cannot be read now may be read next time.
            if let Ok(now) = hash(&self.uri, &self.backend).await
                && now != self.seen
            {
                self.seen = now;
                return true;
            }
        }
    }
}

/// The addresses of resources each time that they change, as long as the server lives. Each comes once
/// at the start: it may have changed before anybody looked, as when a stream broke and is opened anew.
pub(crate) async fn of(uris: Vec<String>, backend: &Arc<Backend>) -> impl Stream<Item = String> {
    let mut changes = Vec::new();
    for uri in uris {
        if let Ok(watched) = Watched::new(uri, Arc::clone(backend)).await {
            let first = stream::iter([watched.uri.clone()]);
            let next = |mut watched: Watched| async move {
                let changed = watched.changed().await;
                changed.then(|| (watched.uri.clone(), watched))
            };
            changes.push(Box::pin(first.chain(stream::unfold(watched, next))));
        }
    }
    select_all(changes)
}

async fn hash(uri: &str, backend: &Backend) -> Result<blake3::Hash, Failure> {
    let text = resources::text_of(uri, backend).await?;
    Ok(blake3::hash(text.as_bytes()))
}
