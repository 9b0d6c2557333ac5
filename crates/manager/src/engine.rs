//! The job engine of a process: takes jobs under leases, sends them, follows them to their end.
//!
//! [`Engine`] is the handle that the manager holds. Behind it one task, the dispatcher, decides
//! which jobs this process looks after; one task a job follows it; one renews the leases. They
//! share nothing but what is in [`Shared`], and talk to the rest of the world through the store:
//! whoever watches a job, here or elsewhere, reads its story there.

mod caretaker;
mod deadline;
mod dispatcher;
mod errand;
mod follower;
mod glimpse;
mod heartbeat;
mod holdings;
mod retry;
mod servers;

pub(crate) use deadline::at;
pub use glimpse::Glimpse;
pub(crate) use servers::Servers;

use crate::course::Patience;
use crate::job::JobId;
use crate::locations::Locations;
use crate::settings::SettingsWatch;
use crate::store::{Store, WorkerId};
use dispatcher::{Command, Dispatcher};
use glimpse::Glimpses;
use holdings::Holdings;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tracing::debug;

/// Commands that wait for the dispatcher at most; further callers wait.
const COMMANDS: usize = 1024;

/// What the tasks of the engine have in common.
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) worker: WorkerId,
    pub(crate) patience: Patience,
    pub(crate) servers: Servers,
    pub(crate) locations: Locations,
    pub(crate) glimpses: Glimpses,
    pub(crate) holdings: Holdings,
    /// Whether this process looks after any job.
    working: AtomicBool,
}

impl Shared {
    pub(crate) fn is_working(&self) -> bool {
        self.working.load(Ordering::Relaxed)
    }
}

/// The handle of the engine.
pub(crate) struct Engine {
    shared: Arc<Shared>,
    commands: mpsc::Sender<Command>,
    dispatcher: Mutex<Option<JoinHandle<()>>>,
}

impl Engine {
    /// Starts the tasks. Must be called within a Tokio runtime.
    pub(crate) fn start(
        store: Store,
        servers: Servers,
        patience: Patience,
        locations: Locations,
        host: &str,
    ) -> Self {
        let holdings = Holdings::new(store.clock().clone());
        let shared = Arc::new(Shared {
            store,
            worker: WorkerId::generate(host),
            patience,
            servers,
            locations,
            glimpses: Glimpses::default(),
            holdings,
            working: AtomicBool::new(false),
        });
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let dispatcher = tokio::spawn(Dispatcher::new(Arc::clone(&shared)).run(inbox));
        Self {
            shared,
            commands,
            dispatcher: Mutex::new(Some(dispatcher)),
        }
    }

    /// Has this process send the job as soon as it may, or follow it if nobody else does.
    pub(crate) async fn want(&self, id: JobId) {
        self.tell(Command::Want(id)).await;
    }

    /// Has this process look after any job that waits or is abandoned, on connections as these
    /// settings have them, and clean up what these do not keep.
    pub(crate) async fn work(&self, settings: SettingsWatch) {
        self.tell(Command::Work(settings)).await;
    }

    /// Something may be due at once, such as a job that this process just asked to stop.
    pub(crate) async fn look(&self) {
        self.tell(Command::Look).await;
    }

    /// Lets go of a job, which goes on without us, and returns when the lease is given back.
    pub(crate) async fn leave(&self, id: JobId) {
        let (done, left) = oneshot::channel();
        self.tell(Command::Leave(id, done)).await;
        // Without an answer there is no dispatcher, and nothing is held.
        let _ = left.await;
    }

    /// What is seen of a job that this process follows.
    pub(crate) fn glimpses(&self, id: JobId) -> watch::Receiver<Option<Glimpse>> {
        self.shared.glimpses.watch(id)
    }

    /// Lets go of all jobs, gives the leases back and ends the tasks.
    pub(crate) async fn stop(&self) {
        self.tell(Command::Stop).await;
        let dispatcher = self
            .dispatcher
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(dispatcher) = dispatcher
            && let Err(error) = dispatcher.await
        {
            debug!(%error, "the dispatcher of the job engine ended badly");
        }
    }

    async fn tell(&self, command: Command) {
        // After the stop nothing is looked after any more.
        let _ = self.commands.send(command).await;
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Engine")
            .field("worker", &self.shared.worker)
            .finish_non_exhaustive()
    }
}
