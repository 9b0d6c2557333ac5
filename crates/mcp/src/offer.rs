//! What is offered at the moment. It changes with the settings and with the workflows that are saved;
//! sessions hear of that.

use crate::backend::Backend;
use crate::catalog::{Catalog, Selection};
use crate::tool::Registered;
use crate::workflow_tool;
use comfyctl_manager::Settings;
use futures_util::future::join_all;
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tracing::debug;

/// Time between two looks at the saved workflows that are tools.
const PERIOD: Duration = Duration::from_secs(2);

/// When a tool that could not be made is tried again without being asked for.
const RETRY: Duration = Duration::from_secs(30);

/// Longest that a list of tools waits for what a server says of its nodes.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is offered.
#[derive(Debug)]
pub(crate) struct Offer {
    selection: Selection,
    catalog: RwLock<Arc<Catalog>>,
    changes: watch::Sender<()>,
    made: Mutex<Made>,
}

/// What the catalog was made of.
#[derive(Debug, Default)]
struct Made {
    settings: Option<Arc<Settings>>,
    workflows: Vec<Tried>,
}

/// A workflow of which a tool was made, or was to be made.
#[derive(Debug, Clone)]
struct Tried {
    name: String,
    purpose: String,
    /// Hash of the file; `None` when there is none.
    content: Option<blake3::Hash>,
    at: Instant,
    tool: Option<Arc<Registered>>,
}

/// How new the tools must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// As the servers have their models now.
    Now,
    /// As the files are now.
    Files,
}

impl Offer {
    pub(crate) fn new(selection: Selection, settings: &Settings) -> Self {
        let catalog = Catalog::new(&selection, settings.mcp(), []);
        Self {
            selection,
            catalog: RwLock::new(Arc::new(catalog)),
            changes: watch::Sender::new(()),
            made: Mutex::default(),
        }
    }

    /// The tools as they were when they were last looked at.
    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        let catalog = self.catalog.read();
        Arc::clone(&catalog.unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells when a list of tools would show something else.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Looks at the settings and at the saved workflows that are tools.
    pub(crate) async fn renew(&self, freshness: Freshness, backend: &Backend) {
        let mut made = self.made.lock().await;
        let settings = backend.settings();
        let before = made.settings.replace(Arc::clone(&settings));
        let is_same = before.is_some_and(|before| Arc::ptr_eq(&before, &settings));
        let wanted = &settings.mcp().workflow_tools;
        if is_same && wanted.is_empty() {
            return;
        }
        let known = std::mem::take(&mut made.workflows);
        let trying = wanted.iter().map(|(name, purpose)| {
            let known = known.iter().find(|known| known.name == *name);
            attempt(name, purpose, known, freshness, backend)
        });
        made.workflows = join_all(trying).await;
        let tools = made.workflows.iter().filter_map(|tried| tried.tool.clone());
        self.replace(Catalog::new(&self.selection, settings.mcp(), tools));
    }

    fn replace(&self, catalog: Catalog) {
        let is_news = !catalog.lists_as(&self.catalog());
        *self.catalog.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(catalog);
        if is_news {
            self.changes.send_replace(());
        }
    }
}

/// The tool of a workflow. What it was stays when only the server cannot be asked.
async fn attempt(
    name: &str,
    purpose: &str,
    known: Option<&Tried>,
    freshness: Freshness,
    backend: &Backend,
) -> Tried {
    let bytes = backend.manager.library().read(name).await.ok().flatten();
    let mut tried = Tried {
        name: name.to_owned(),
        purpose: purpose.to_owned(),
        content: bytes.as_deref().map(blake3::hash),
        at: Instant::now(),
        tool: None,
    };
    let Some(bytes) = bytes else {
        debug!(
            workflow = name,
            "no tool: there is no saved workflow of that name"
        );
        return tried;
    };
    let same = known.filter(|known| known.content == tried.content && known.purpose == purpose);
    if let Some(same) = same
        && freshness == Freshness::Files
        && (same.tool.is_some() || same.at.elapsed() < RETRY)
    {
        return same.clone();
    }
    let making = workflow_tool::of(name, purpose, &bytes, backend);
    tried.tool = match timeout(PATIENCE, Box::pin(making)).await {
        Ok(Ok(tool)) => Some(Arc::new(tool)),
        Ok(Err(failure)) => {
            debug!(
                workflow = name,
                reason = failure.message,
                "no new tool of a workflow"
            );
            same.and_then(|same| same.tool.clone())
        }
        Err(_) => same.and_then(|same| same.tool.clone()),
    };
    tried
}

/// Keeps the offer as the settings and the files are, until the server ends.
pub(crate) async fn keep(backend: Weak<Backend>, mut settings: watch::Receiver<Arc<Settings>>) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick is at once; nothing is looked at before someone asks.
    ticks.tick().await;
    loop {
        let changed = tokio::select! {
            changed = settings.changed() => match changed {
                Ok(()) => Some(Arc::clone(&settings.borrow_and_update())),
                Err(_) => return,
            },
            _ = ticks.tick() => None,
        };
        let Some(backend) = backend.upgrade() else {
            return;
        };
        if let Some(settings) = changed {
            backend.manager.replace_settings(settings);
        }
        backend.offer.renew(Freshness::Files, &backend).await;
    }
}
