//! One life of a simulated server, from its start to its kill.
//!
//! Owns the listener, the worker thread and the memory of the server. Ending it cuts every
//! connection; nothing of it reaches the next life but the files.

use crate::connection::{CuttableListener, Scissors};
use crate::fault::FaultKind;
use crate::routes;
use crate::server::Server;
use crate::simulator::{Core, StartError};
use crate::worker;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) address: SocketAddr,
    end: CancellationToken,
    open: TaskTracker,
    listening: JoinHandle<()>,
    working: JoinHandle<()>,
    server: Arc<Server>,
}

impl Life {
    pub(crate) async fn start(core: &Arc<Core>, address: SocketAddr) -> Result<Self, StartError> {
        let failed = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let end = CancellationToken::new();
        let open = TaskTracker::new();
        let server = Arc::new(Server::new(core, end.clone()));
        let listener = CuttableListener {
            listener,
            life: end.clone(),
            open: open.clone(),
        };
        let service =
            routes::router(Arc::clone(&server)).into_make_service_with_connect_info::<Scissors>();
        let stop = end.clone();
        let listening = tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                _ = axum::serve(listener, service) => {}
            }
        });
        let worker = Arc::clone(&server);
        let working = tokio::task::spawn_blocking(move || worker::run(&worker));
        tokio::spawn(kill_when_told(Arc::clone(&server), end.clone()));
        Ok(Self {
            address,
            end,
            open,
            listening,
            working,
            server,
        })
    }

    /// Cuts everything and waits until it has ended.
    pub(crate) async fn end(mut self) {
        self.cut();
        self.open.close();
        self.open.wait().await;
        // A panic in either has been reported; there is nothing left to save.
        let _ = (&mut self.listening).await;
        let _ = (&mut self.working).await;
    }

    fn cut(&self) {
        self.end.cancel();
        self.server.stop();
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.cut();
    }
}

/// Carries out `kill=DURATION`, counted from when the fault is first seen by this life.
async fn kill_when_told(server: Arc<Server>, end: CancellationToken) {
    let mut changes = server.faults.watch();
    loop {
        let delay = server.faults.strike(|kind| match kind {
            FaultKind::Kill(delay) => Some(*delay),
            _ => None,
        });
        let Some(delay) = delay else {
            tokio::select! {
                () = end.cancelled() => return,
                told = changes.changed() => if told.is_err() { return },
            }
            continue;
        };
        tokio::select! {
            () = end.cancelled() => {}
            () = tokio::time::sleep(delay) => server.die(None),
        }
        return;
    }
}
