//! The MCP server inside ComfyUI, over HTTP. With stdio an agent starts `comfyctl mcp` itself, so that
//! nothing runs here, and the status says so.

use super::jobs::bad;
use super::office::Office;
use crate::call::Answer;
use crate::error::Failure;
use comfyctl_manager::settings::{McpSettings, McpTransport};
use comfyctl_manager::{BUILT_IN_CONNECTION, Code, ConnectionChoice, Manager};
use comfyctl_mcp::{Backend, HttpError, HttpServer, Options};
use serde_json::json;
use std::net::SocketAddr;
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinHandle;
use tracing::warn;

/// The one MCP server of this process.
#[derive(Default)]
pub(super) struct McpServer {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: Option<Running>,
    /// Why it did not start when it last was to.
    problem: Option<String>,
}

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl State {
    fn address(&self) -> Option<SocketAddr> {
        let alive = self.running.as_ref();
        let alive = alive.filter(|running| !running.task.is_finished());
        alive.map(|running| running.address)
    }

    async fn start(&mut self, office: &Office) -> Result<SocketAddr, Failure> {
        let begun = begin(office).await;
        self.problem = begun.as_ref().err().map(ToString::to_string);
        let running = begun.map_err(|error| cannot(&error))?;
        let address = running.address;
        self.running = Some(running);
        Ok(address)
    }

    /// `false` when there was nothing to stop.
    async fn stop(&mut self) -> bool {
        let Some(running) = self.running.take() else {
            return false;
        };
        let was_there = running.stop.send(()).is_ok();
        // It has ended, however it did.
        let _ = running.task.await;
        was_there
    }
}

impl McpServer {
    pub(super) async fn status(&self, office: &Office) -> Result<Answer, Failure> {
        let manager = office.manager();
        let settings = manager.settings().mcp();
        let state = self.state.lock().await;
        let address = state.address();
        let reason = || state.problem.clone().unwrap_or_else(|| why_not(settings));
        Answer::json(&json!({
            "success": true,
            "enabled": settings.enabled,
            "running": address.is_some(),
            "host": settings.host,
            "port": address.map_or(settings.port.get(), |address| address.port()),
            "transport": settings.transport,
            "url": address.map(|address| format!("http://{address}/mcp")),
            "reason": address.is_none().then(reason),
        }))
    }

    pub(super) async fn start(&self, office: &Office) -> Result<Answer, Failure> {
        let manager = office.manager();
        let settings = manager.settings().mcp();
        if !runs_here(settings) {
            return Err(bad(why_not(settings)));
        }
        let mut state = self.state.lock().await;
        if let Some(address) = state.address() {
            return Err(bad(format!(
                "the MCP server runs at http://{address}/mcp already"
            )));
        }
        let address = state.start(office).await?;
        let message = format!("the MCP server runs at http://{address}/mcp");
        Answer::json(&json!({ "success": true, "message": message, "pid": std::process::id() }))
    }

    pub(super) async fn stop(&self, office: &Office) -> Result<Answer, Failure> {
        if self.state.lock().await.stop().await {
            let message = "the MCP server has stopped";
            return Answer::json(&json!({ "success": true, "message": message }));
        }
        let manager = office.manager();
        Err(bad(why_not(manager.settings().mcp())))
    }

    /// Does what the settings say now. What keeps it from starting is told by the status.
    pub(super) async fn go_by_settings(&self, office: &Office) {
        let mut state = self.state.lock().await;
        state.stop().await;
        state.problem = None;
        if runs_here(office.manager().settings().mcp()) {
            // Kept as the problem.
            let _ = state.start(office).await;
        }
    }

    /// Stops the server if it runs.
    pub(super) async fn end(&self) {
        self.state.lock().await.stop().await;
    }
}

fn runs_here(settings: &McpSettings) -> bool {
    settings.enabled && settings.transport == McpTransport::StreamableHttp
}

/// Why a server does not begin.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Manager(#[from] comfyctl_manager::Error),
    #[error("the MCP server does not start: {0}")]
    Http(#[from] HttpError),
    #[error("the MCP server does not start: {0}")]
    Listen(#[from] std::io::Error),
}

async fn begin(office: &Office) -> Result<Running, Problem> {
    let manager = Manager::open(office.locations().clone())?.with_source("mcp");
    let settings = manager.settings();
    let (host, port) = (settings.mcp().host.clone(), settings.mcp().port);
    // Without connections in the settings, this ComfyUI is the one that is meant.
    let is_bare = settings.connection_names() == [BUILT_IN_CONNECTION];
    let connection = if is_bare {
        office.own(settings)
    } else {
        ConnectionChoice::Default
    };
    let options = Options {
        connection,
        working_folder: settings.workflows_folder(),
        ..Options::default()
    };
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host
    };
    let backend = Backend::new(manager, options);
    let server = HttpServer::bind(backend, &format!("{host}:{port}")).await?;
    let address = server.address()?;
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(async move {
        let until = async {
            // Dropped with the process, or told to stop: either way it is over.
            let _ = stopped.await;
        };
        if let Err(error) = server.serve(until).await {
            warn!("the MCP server ended: {error}");
        }
    });
    Ok(Running {
        address,
        stop,
        task,
    })
}

fn why_not(settings: &McpSettings) -> String {
    match settings.transport {
        _ if !settings.enabled => "MCP is disabled: enable it in the settings".to_owned(),
        McpTransport::Stdio => {
            "with the transport stdio, the agent starts `comfyctl mcp` itself and nothing runs in \
             ComfyUI; choose streamable-http for a server here"
                .to_owned()
        }
        McpTransport::StreamableHttp => "the MCP server is not started".to_owned(),
    }
}

fn cannot(problem: &Problem) -> Failure {
    let hint = match problem {
        Problem::Manager(error) => error.hint(),
        Problem::Http(error) => error.hint().map(str::to_owned),
        Problem::Listen(_) => None,
    };
    Failure::Told {
        code: Code::InvalidSettings,
        message: problem.to_string(),
        hint,
    }
}
