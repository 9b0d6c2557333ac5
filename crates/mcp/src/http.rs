//! MCP over HTTP: `/mcp`, and `/health` for whoever watches the process.
//!
//! Beyond this machine it listens only where a token is asked for. Web pages of others are kept out
//! by their origin, and rebound names by the host.

mod pace;
mod token;

use crate::backend::Backend;
use crate::service::Service;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::get;
use comfyctl_client::{CredentialsError, SecretReference};
use pace::Pace;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::json;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use token::Guard;
use tokio::net::TcpListener;

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Anybody who reaches the address could do anything.
    #[error("`{0}` can be reached from other machines, and no token is asked for")]
    Unprotected(String),
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
    guard: Guard,
}

impl HttpServer {
    /// Listens on an address such as `127.0.0.1:8765`.
    pub async fn bind(backend: Arc<Backend>, address: &str) -> Result<Self, HttpError> {
        let settings = backend.settings();
        let settings = settings.mcp();
        let token = settings.auth_token.as_ref().map(SecretReference::resolve);
        let guard = match token.transpose()? {
            Some(token) => Guard::of(&token),
            None if settings.require_auth => return Err(HttpError::NoToken),
            None => Guard::open(),
        };
        let listen = |source| HttpError::Listen {
            address: address.to_owned(),
            source,
        };
        let addresses = tokio::net::lookup_host(address).await.map_err(listen)?;
        let addresses: Vec<SocketAddr> = addresses.collect();
        let is_local = addresses.iter().all(|address| address.ip().is_loopback());
        if !is_local && guard.is_open() {
            return Err(HttpError::Unprotected(address.to_owned()));
        }
        let listener = TcpListener::bind(&addresses[..]).await.map_err(listen)?;
        Ok(Self {
            listener,
            backend,
            guard,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` ends, then ends all sessions; jobs go on.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let address = self.address()?;
        let closing = self.backend.closing.clone();
        let router = self.router(address.ip());
        let stopping = {
            let closing = closing.clone();
            async move {
                stop.await;
                closing.cancel();
            }
        };
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(self.listener, service)
            .with_graceful_shutdown(stopping)
            .await?;
        self.backend.close().await;
        Ok(())
    }

    fn router(&self, address: IpAddr) -> Router {
        let backend = Arc::clone(&self.backend);
        let mcp = StreamableHttpService::new(
            move || Ok(Service::new(Arc::clone(&backend))),
            Arc::new(LocalSessionManager::default()),
            self.config(address),
        );
        let guard = middleware::from_fn_with_state(self.guard.clone(), token::check);
        let pace = Pace::new(Arc::clone(&self.backend));
        let pace = middleware::from_fn_with_state(pace, pace::check);
        // Who guesses tokens is slowed down too.
        let guarded = Router::new()
            .route_service("/mcp", mcp)
            .route_layer(guard)
            .route_layer(pace);
        Router::new()
            .route("/health", get(health))
            .with_state(Arc::clone(&self.backend))
            .merge(guarded)
    }

    fn config(&self, address: IpAddr) -> StreamableHttpServerConfig {
        let mut hosts = ["localhost", "127.0.0.1", "::1"]
            .map(str::to_owned)
            .to_vec();
        if !address.is_unspecified() {
            hosts.push(address.to_string());
        }
        hosts.extend(
            self.backend
                .manager
                .settings()
                .mcp()
                .allowed_hosts
                .iter()
                .cloned(),
        );
        let origins = hosts.iter().flat_map(|host| origins(host));
        StreamableHttpServerConfig::default()
            .with_cancellation_token(self.backend.closing.clone())
            .with_allowed_origins(origins.collect::<Vec<_>>())
            .with_allowed_hosts(hosts)
    }
}

/// The origins of pages that such a host serves, on any port unless it names one.
fn origins(host: &str) -> [String; 2] {
    let host = match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => format!("[{address}]:*"),
        _ if host.contains(':') => host.to_owned(),
        _ => format!("{host}:*"),
    };
    ["http", "https"].map(|scheme| format!("{scheme}://{host}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_without_port_may_serve_pages_on_any() {
        assert_eq!(origins("::1")[0], "http://[::1]:*");
        assert_eq!(origins("gpu.lan")[1], "https://gpu.lan:*");
        assert_eq!(origins("gpu.lan:8000")[0], "http://gpu.lan:8000");
    }
}
