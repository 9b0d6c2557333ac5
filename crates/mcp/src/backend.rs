//! What all sessions of a server share: the manager, what is allowed, which tools are offered.

use crate::access::Access;
use crate::catalog::Catalog;
use crate::failure::Failure;
use comfyctl_manager::settings::McpTools;
use comfyctl_manager::{ConnectionChoice, Manager, Server};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

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
    pub(crate) access: Access,
    pub(crate) catalog: Catalog,
    pub(crate) wait_without_progress: Duration,
    /// Ends all waiting; jobs go on.
    pub(crate) closing: CancellationToken,
    connection: ConnectionChoice,
}

impl Backend {
    /// Connects to nothing and opens no history.
    #[must_use]
    pub fn new(manager: Manager, options: Options) -> Arc<Self> {
        let settings = manager.settings();
        let access = Access::new(settings, options.working_folder);
        let mcp = settings.mcp();
        let allow = options.allow_tools.or_else(|| mcp.allow_tools.clone());
        let deny = [mcp.deny_tools.clone(), options.deny_tools].concat();
        let tools = options.tools.unwrap_or(mcp.tools);
        let catalog = Catalog::new(tools, allow.as_deref(), &deny);
        Arc::new(Self {
            access,
            catalog,
            wait_without_progress: options.wait_without_progress,
            closing: CancellationToken::new(),
            connection: options.connection,
            manager,
        })
    }

    /// The manager that all tools call.
    pub fn manager(&self) -> &Manager {
        &self.manager
    }

    /// Names among the allowed and denied tools that no tool has, with the nearest: they have no
    /// effect.
    pub fn unknown_tools(&self) -> &[String] {
        self.catalog.unknown()
    }

    /// Ends all waiting, and lets go of the jobs, which go on.
    pub async fn close(&self) {
        self.closing.cancel();
        Box::pin(self.manager.close()).await;
    }

    /// The server of a connection, or of the one that is meant when none is named.
    pub(crate) fn server(&self, connection: Option<&str>) -> Result<Arc<Server>, Failure> {
        Ok(self.manager.server(&self.choice(connection))?)
    }

    pub(crate) fn choice(&self, connection: Option<&str>) -> ConnectionChoice {
        match connection.filter(|name| !name.is_empty()) {
            Some(name) => ConnectionChoice::Named(name.to_owned()),
            None => self.connection.clone(),
        }
    }
}
