//! MCP over HTTP: `/mcp`, and `/health` for whoever watches the process.
//!
//! Beyond this machine it listens only where a token is asked for. Web pages of others are kept out
//! by their origin, and rebound names by the host.

mod door;
mod pace;
mod token;

use crate::backend::Backend;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{any, get};
use comfyctl_client::CredentialsError;
use door::Door;
use serde_json::json;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Anybody who reaches the address could do anything.
    #[error("`{0}` can be reached from other machines, and no token is asked for")]
    Unprotected(SocketAddr),
    /// A token is to be asked for, and there is none.
    #[error("`mcp.require_auth` is set, and `mcp.auth_token` is not")]
    NoToken,
    /// The token cannot be read.
    #[error(transparent)]
    Token(#[from] CredentialsError),
    /// The address cannot be listened on.
    #[error("`{address}` cannot be listened on: {source}")]
    Listen {
        /// The address.
        address: String,
        /// Why not.
        source: io::Error,
    },
}

impl HttpError {
    /// What to try next.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unprotected(_) => Some(
                "set `mcp.require_auth` to true and `mcp.auth_token` to env:NAME or file:PATH, or \
                 listen on 127.0.0.1",
            ),
            Self::NoToken => Some("set `mcp.auth_token`, or COMFYCTL_MCP_AUTH_TOKEN"),
            Self::Token(_) => None,
            Self::Listen { .. } => Some("another program may listen there: try another port"),
        }
    }
}

/// A server that listens.
#[derive(Debug)]
pub struct HttpServer {
    listener: TcpListener,
    backend: Arc<Backend>,
    door: Arc<Door>,
}

impl HttpServer {
    /// Listens on an address such as `127.0.0.1:8765`.
    pub async fn bind(backend: Arc<Backend>, address: &str) -> Result<Self, HttpError> {
        let listen = |source| HttpError::Listen {
            address: address.to_owned(),
            source,
        };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let bound = listener.local_addr().map_err(listen)?;
        Ok(Self {
            door: Arc::new(Door::new(Arc::clone(&backend), bound)?),
            listener,
            backend,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` ends, then ends all sessions; jobs go on.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let closing = self.backend.closing.clone();
        let stopping = async move {
            stop.await;
            closing.cancel();
        };
        let router = Router::new()
            .route("/health", get(health))
            .with_state(Arc::clone(&self.backend))
            .merge(
                Router::new()
                    .route("/mcp", any(door::enter))
                    .with_state(self.door),
            );
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(self.listener, service)
            .with_graceful_shutdown(stopping)
            .await?;
        self.backend.close().await;
        Ok(())
    }
}

/// Says that the process lives; asks no ComfyUI.
async fn health(
    State(backend): State<Arc<Backend>>,
) -> (StatusCode, axum::Json<serde_json::Value>) {
    let closing = backend.closing.is_cancelled();
    let status = if closing {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    let body = json!({
        "status": if closing { "closing" } else { "ok" },
        "version": env!("CARGO_PKG_VERSION"),
    });
    (status, axum::Json(body))
}
