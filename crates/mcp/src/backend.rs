//! What all sessions of a server share: the manager, the settings as they are now, what is allowed,
//! which tools are offered.

use crate::access::Access;
use crate::catalog::Selection;
use crate::failure::Failure;
use crate::offer::{self, Offer};
use comfyctl_manager::settings::{McpTools, SettingsWatch};
use comfyctl_manager::{ConnectionChoice, Manager, Server, Settings};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// How the server differs from what the settings say.
#[derive(Debug, Clone)]
pub struct Options {
    /// The connection that is meant when a tool names none.
    pub connection: ConnectionChoice,
    /// Which tools are offered, in place of `mcp.tools`.
    pub tools: Option<McpTools>,
    /// Only these of them, in place of `mcp.allow_tools`.
    pub allow_tools: Option<Vec<String>>,
    /// None of these, besides `mcp.deny_tools`.
    pub deny_tools: Vec<String>,
    /// Where relative paths of tools start.
    pub working_folder: PathBuf,
    /// Longest that a call waits for a job where the client does not ask for progress: many give up
    /// after a minute.
    pub wait_without_progress: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connection: ConnectionChoice::Default,
            tools: None,
            allow_tools: None,
            deny_tools: Vec::new(),
            working_folder: PathBuf::from("."),
            wait_without_progress: Duration::from_secs(50),
        }
    }
}

/// What all sessions share.
#[derive(Debug)]
pub struct Backend {
    pub(crate) manager: Manager,
    pub(crate) offer: Offer,
    pub(crate) wait_without_progress: Duration,
    /// Ends all waiting; jobs go on.
    pub(crate) closing: CancellationToken,
    settings: watch::Receiver<Arc<Settings>>,
    _watch: SettingsWatch,
    keeper: OnceLock<AbortOnDropHandle<()>>,
    connection: ConnectionChoice,
    working_folder: PathBuf,
}

impl Backend {
    /// Connects to nothing and opens no history. Must be called within a Tokio runtime.
    #[must_use]
    pub fn new(manager: Manager, options: Options) -> Arc<Self> {
        let watch = SettingsWatch::start(manager.settings().clone(), SettingsWatch::PERIOD);
        let selection = Selection {
            tools: options.tools,
            allow: options.allow_tools,
            deny: options.deny_tools,
        };
        let backend = Arc::new(Self {
            offer: Offer::new(selection, manager.settings()),
            wait_without_progress: options.wait_without_progress,
            closing: CancellationToken::new(),
            settings: watch.receiver(),
            _watch: watch,
            keeper: OnceLock::new(),
            connection: options.connection,
            working_folder: options.working_folder,
            manager,
        });
        let keeping = offer::keep(Arc::downgrade(&backend), backend.settings.clone());
        backend
            .keeper
            .get_or_init(|| AbortOnDropHandle::new(tokio::spawn(keeping)));
        backend
    }

    /// The manager that all tools call.
    pub fn manager(&self) -> &Manager {
        &self.manager
    }

    /// Names among the allowed and denied tools that no tool has, with the nearest: they have no
    /// effect.
    pub fn unknown_tools(&self) -> Vec<String> {
        self.offer.catalog().unknown().to_vec()
    }

    /// Ends all waiting, and lets go of the jobs, which go on.
    pub async fn close(&self) {
        self.closing.cancel();
        Box::pin(self.manager.close()).await;
    }

    /// What the settings say now.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.borrow())
    }

    /// The settings, and a way to wait for others.
    pub(crate) fn settings_changes(&self) -> watch::Receiver<Arc<Settings>> {
        self.settings.clone()
    }

    /// Which files tools may touch.
    pub(crate) fn access(&self) -> Access {
        Access::new(&self.settings(), self.working_folder.clone())
    }

    /// The server of a connection, or of the one that is meant when none is named.
    pub(crate) fn server(&self, connection: Option<&str>) -> Result<Arc<Server>, Failure> {
        Ok(self.manager.server(&self.choice(connection))?)
    }

    pub(crate) fn choice(&self, connection: Option<&str>) -> ConnectionChoice {
        match connection.filter(|name| !name.is_empty()) {
            Some(name) if !self.is_own(name) => ConnectionChoice::Named(name.to_owned()),
            _ => self.connection.clone(),
        }
    }

    /// Whether a name is that of the address that this server was started with.
    fn is_own(&self, name: &str) -> bool {
        let own = self.settings().connection(&self.connection);
        matches!(self.connection, ConnectionChoice::Address(_))
            && own.is_ok_and(|own| own.name == name)
    }
}
