//! The handle on a simulated server: what tests, the demo and the command line hold.
//!
//! A simulator outlives its server: the server can be killed and started again on the same port and
//! folder. Kills come from here, from the control route, from faults and from requests that kill a
//! real server; all of them end in [`Core::kill`].

use crate::builder::{Builder, Settings};
use crate::fault::Faults;
use crate::folders::Folders;
use crate::ledger::{Execution, Ledger};
use crate::life::Life;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};

/// A simulated server cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port cannot be listened on.
    #[error("failed to listen on `{address}`")]
    Listen {
        /// The address with the port.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// A folder cannot be made or emptied.
    #[error("failed to prepare the folders")]
    Folders(#[source] std::io::Error),
    /// The folder for the editor has no page to begin with.
    #[error("there is no `index.html` in `{}`", folder.display())]
    NoFrontend {
        /// The folder as it was given.
        folder: PathBuf,
    },
}

/// A running (or killed) server. Dropping it kills the server and removes a temporary folder.
#[derive(Debug)]
pub struct Simulator {
    core: Arc<Core>,
}

impl Simulator {
    /// A server with default settings: a free port, a temporary folder, no faults.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) async fn start(
        port: u16,
        directory: Option<PathBuf>,
        settings: Settings,
    ) -> Result<Self, StartError> {
        if let Some(folder) = &settings.frontend
            && !folder.join("index.html").is_file()
        {
            let folder = folder.clone();
            return Err(StartError::NoFrontend { folder });
        }
        let folders = Folders::prepare(directory).map_err(StartError::Folders)?;
        let core = Arc::new(Core {
            address: std::sync::OnceLock::new(),
            folders: Arc::new(folders),
            settings,
            ledger: Ledger::default(),
            life: Mutex::new(None),
            alive: watch::Sender::new(false),
        });
        core.start(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
            .await?;
        Ok(Self { core })
    }

    /// The address to connect to, such as `http://127.0.0.1:8188`. It stays over restarts.
    pub fn url(&self) -> String {
        format!("http://{}", self.core.address())
    }

    /// The folder that holds `input`, `output`, `temp`, `user` and `models`.
    pub fn directory(&self) -> &Path {
        &self.core.folders.root
    }

    /// The faults in force, to be changed at any time. They outlive a kill.
    pub fn faults(&self) -> Faults {
        self.core.settings.faults.clone()
    }

    /// What was accepted and executed so far, over all lives, in the order of acceptance.
    pub fn executions(&self) -> Vec<Execution> {
        self.core.ledger.executions()
    }

    /// Ends the server as `kill -9` would: connections are cut, the port is closed, the queue, the
    /// history and the jobs are gone, output files stay, the `temp` folder is emptied. Nothing
    /// happens when it is not running.
    pub async fn kill(&self) {
        self.core.kill().await;
    }

    /// Starts the server again on the same port and folder, with nothing remembered and the job
    /// numbers from 0. A server that runs is killed first.
    pub async fn restart(&self) -> Result<(), StartError> {
        self.core.restart().await
    }

    /// Ends the server for good, and waits until its threads have ended.
    pub async fn shutdown(self) {
        self.core.kill().await;
    }

    /// Waits until the server is killed and does not come back by itself, whatever killed it: a
    /// request that kills a real server, a fault, the control route or [`Simulator::kill`]. The
    /// command line ends then, as the process of a real server would.
    pub async fn killed(&self) {
        let mut alive = self.core.alive.subscribe();
        // The sender lives as long as `self`.
        let _ = alive.wait_for(|alive| !alive).await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Ok(mut life) = self.core.life.try_lock() {
            life.take();
        }
    }
}

/// What the handle and the server's own parts share.
#[derive(Debug)]
pub(crate) struct Core {
    address: std::sync::OnceLock<SocketAddr>,
    pub(crate) folders: Arc<Folders>,
    pub(crate) settings: Settings,
    pub(crate) ledger: Ledger,
    life: Mutex<Option<Life>>,
    alive: watch::Sender<bool>,
}

impl Core {
    fn address(&self) -> SocketAddr {
        let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        self.address.get().copied().unwrap_or(nowhere)
    }

    async fn start(self: &Arc<Self>, address: SocketAddr) -> Result<(), StartError> {
        let mut life = self.life.lock().await;
        self.folders.empty_temp().map_err(StartError::Folders)?;
        let started = Life::start(self, address).await?;
        self.address.get_or_init(|| started.address);
        *life = Some(started);
        self.alive.send_replace(true);
        Ok(())
    }

    pub(crate) async fn kill(&self) {
        let life = self.life.lock().await.take();
        if let Some(life) = life {
            life.end().await;
            let _ = self.folders.empty_temp();
        }
        self.alive.send_replace(false);
    }

    pub(crate) async fn restart(self: &Arc<Self>) -> Result<(), StartError> {
        let life = self.life.lock().await.take();
        if let Some(life) = life {
            life.end().await;
        }
        self.start(self.address()).await
    }

    /// Kills the server from inside one of its own tasks, which cannot wait for its own end.
    pub(crate) fn kill_from_inside(self: &Arc<Self>, restart_after: Option<Duration>) {
        let core = Arc::clone(self);
        tokio::spawn(async move {
            let Some(delay) = restart_after else {
                return core.kill().await;
            };
            let life = core.life.lock().await.take();
            if let Some(life) = life {
                life.end().await;
            }
            tokio::time::sleep(delay).await;
            if let Err(error) = core.start(core.address()).await {
                tracing::error!(%error, "the simulated server did not come back");
                core.alive.send_replace(false);
            }
        });
    }
}
