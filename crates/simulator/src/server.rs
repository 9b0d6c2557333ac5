//! The memory of one life of the server, shared by routes, sockets and the worker.

use crate::builder::Settings;
use crate::classes::SimulatedClasses;
use crate::clock::Clock;
use crate::fault::Faults;
use crate::folders::Folders;
use crate::log::Log;
use crate::queue::Queue;
use crate::simulator::Core;
use crate::sockets::Sockets;
use rand::Rng as _;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Bytes that a request body may have: `--max-upload-size` of 100 MB.
pub(crate) const MAX_BODY: usize = 104_857_600;

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) classes: SimulatedClasses,
    pub(crate) folders: Arc<Folders>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) faults: Faults,
    pub(crate) sockets: Arc<Sockets>,
    pub(crate) queue: Queue,
    pub(crate) log: Log,
    pub(crate) settings: Settings,
    pub(crate) end: CancellationToken,
    /// Five letters that tell this life's previews from those of others.
    pub(crate) temp_prefix: String,
    next_number: AtomicI64,
    showing: Mutex<Showing>,
    core: Weak<Core>,
    runtime: tokio::runtime::Handle,
}

/// What a client that connects in the middle of a job is told.
#[derive(Debug, Default, Clone)]
pub(crate) struct Showing {
    /// Client of the job that runs.
    pub(crate) client: Option<String>,
    /// Node that runs.
    pub(crate) node: Option<String>,
}

impl Server {
    pub(crate) fn new(core: &Arc<Core>, end: CancellationToken) -> Self {
        let settings = core.settings.clone();
        let sockets = Arc::new(Sockets::default());
        let clock = Arc::clone(&settings.clock);
        Self {
            classes: SimulatedClasses::new(&settings.definitions, Arc::clone(&core.folders)),
            folders: Arc::clone(&core.folders),
            faults: settings.faults.clone(),
            queue: Queue::new(Arc::clone(&sockets), core.ledger.begin()),
            log: Log::new(Arc::clone(&clock), Arc::clone(&sockets)),
            sockets,
            clock,
            settings,
            end,
            temp_prefix: five_letters(),
            next_number: AtomicI64::new(0),
            showing: Mutex::default(),
            core: Arc::downgrade(core),
            runtime: tokio::runtime::Handle::current(),
        }
    }

    /// The next job number; it counts refused prompts too.
    pub(crate) fn next_number(&self) -> i64 {
        self.next_number.fetch_add(1, Ordering::Relaxed)
    }

    /// Wakes the worker so that it sees the end of this life.
    pub(crate) fn stop(&self) {
        self.queue.stop();
    }

    /// Ends this life; with a delay, another begins after it.
    pub(crate) fn die(&self, restart_after: Option<Duration>) {
        let _inside = self.runtime.enter();
        if let Some(core) = self.core.upgrade() {
            core.kill_from_inside(restart_after);
        }
    }

    pub(crate) fn show(&self, change: impl FnOnce(&mut Showing)) {
        change(&mut self.showing.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn showing(&self) -> Showing {
        self.showing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// `GET /features` and the answer to a client's feature flags.
    pub(crate) fn features() -> Value {
        json!({
            "supports_preview_metadata": true,
            "supports_model_type_tags": true,
            "max_upload_size": MAX_BODY,
            "extension": {"manager": {"supports_v4": true}},
            "node_replacements": true,
            "assets": false,
        })
    }
}

fn five_letters() -> String {
    let mut random = rand::rng();
    (0..5)
        .map(|_| char::from(random.random_range(b'a'..=b'z')))
        .collect()
}
