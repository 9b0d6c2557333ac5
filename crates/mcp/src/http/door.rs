//! The door to `/mcp`: who may come in, how large requests may be and how fast they may follow each
//! other.
//!
//! Goes by the settings as they are changed. Where it cannot tell any more whom to let in, as when the
//! token is gone, it lets nobody in.

use super::HttpError;
use super::pace::Pace;
use super::token::Guard;
use crate::backend::Backend;
use crate::service::Service;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use comfyctl_manager::Settings;
use comfyctl_manager::settings::McpSettings;
use futures_util::StreamExt;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;
use tracing::{debug, warn};

/// How long a session of a client up to 2025-11-25 may say nothing: conversations have long breaks, and
/// many clients do not begin anew by themselves.
const IDLE: Duration = Duration::from_hours(4);

/// Longest that the rest of a refused request is waited for.
const DRAINING: Duration = Duration::from_secs(10);

/// The door.
#[derive(Debug)]
pub(super) struct Door {
    backend: Arc<Backend>,
    /// Where the server listens.
    address: SocketAddr,
    /// Outlive a change of the settings.
    sessions: Arc<LocalSessionManager>,
    pace: Pace,
    rules: Mutex<Option<Arc<Rules>>>,
}

impl Door {
    /// Fails where the settings do not say whom to let in.
    pub(super) fn new(backend: Arc<Backend>, address: SocketAddr) -> Result<Self, HttpError> {
        let mut sessions = LocalSessionManager::default();
        sessions.session_config.keep_alive = Some(IDLE);
        let door = Self {
            pace: Pace::new(Arc::clone(&backend)),
            backend,
            address,
            sessions: Arc::new(sessions),
            rules: Mutex::default(),
        };
        door.rules()?;
        Ok(door)
    }

    /// The rules as the settings are now.
    fn rules(&self) -> Result<Arc<Rules>, HttpError> {
        let settings = self.backend.settings();
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        match &*rules {
            Some(rules) if Arc::ptr_eq(&rules.settings, &settings) => Ok(Arc::clone(rules)),
            _ => {
                let new = Arc::new(Rules::new(settings, self)?);
                *rules = Some(Arc::clone(&new));
                Ok(new)
            }
        }
    }
}

/// What the settings of one moment make of it.
struct Rules {
    settings: Arc<Settings>,
    guard: Guard,
    transport: StreamableHttpService<Service, LocalSessionManager>,
}

impl fmt::Debug for Rules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.guard.fmt(formatter)
    }
}

impl Rules {
    fn new(settings: Arc<Settings>, door: &Door) -> Result<Self, HttpError> {
        let mcp = settings.mcp();
        let guard = Guard::of(mcp, door.address)?;
        let hosts = hosts(mcp, door.address.ip());
        let origins = hosts.iter().flat_map(|host| origins(host));
        let config = StreamableHttpServerConfig::default()
            .with_cancellation_token(door.backend.closing.clone())
            .with_max_request_body_bytes(longest(mcp))
            .with_allowed_origins(origins.collect::<Vec<_>>())
            .with_allowed_hosts(hosts);
        let backend = Arc::clone(&door.backend);
        let session = move || Ok(Service::new(Arc::clone(&backend)));
        let transport = StreamableHttpService::new(session, Arc::clone(&door.sessions), config);
        Ok(Self {
            settings,
            guard,
            transport,
        })
    }

    /// Whether a request says that it is longer than may be.
    fn is_too_long(&self, headers: &HeaderMap) -> bool {
        let length = headers.get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        length.is_some_and(|length| length > longest(self.settings.mcp()))
    }
}

/// Lets a request in, or says why not.
pub(super) async fn enter(
    State(door): State<Arc<Door>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    // Who guesses tokens is slowed down too.
    if let Some(wait) = door.pace.wait(client.ip()) {
        return too_fast(wait);
    }
    let rules = match door.rules() {
        Ok(rules) => rules,
        Err(error) => return closed(&error),
    };
    if !rules
        .guard
        .admits(request.headers().get(header::AUTHORIZATION))
    {
        return unauthorized();
    }
    if rules.is_too_long(request.headers()) {
        drain(request.into_body()).await;
        return too_long(rules.settings.mcp());
    }
    let ends_session = request.method() == Method::DELETE;
    let mut response = Box::pin(rules.transport.handle(request)).await;
    // What the official Python SDK takes for done; of 202 it warns.
    if ends_session && response.status() == StatusCode::ACCEPTED {
        *response.status_mut() = StatusCode::NO_CONTENT;
    }
    response.map(Body::new)
}

/// Lets a client send what it began: cut off before, it would see a broken connection and no answer.
async fn drain(body: Body) {
    let mut parts = body.into_data_stream();
    let draining = async { while let Some(Ok(_)) = parts.next().await {} };
    if timeout(DRAINING, draining).await.is_err() {
        debug!("a request that is too long takes too long to come");
    }
}

/// The names by which requests may ask for this server.
fn hosts(mcp: &McpSettings, address: IpAddr) -> Vec<String> {
    let mut hosts = ["localhost", "127.0.0.1", "::1"]
        .map(str::to_owned)
        .to_vec();
    if !address.is_unspecified() {
        hosts.push(address.to_string());
    }
    hosts.extend(mcp.allowed_hosts.iter().cloned());
    hosts
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

/// Most bytes of a request.
fn longest(mcp: &McpSettings) -> usize {
    usize::try_from(u64::from(mcp.max_request_mb.get()) << 20).unwrap_or(usize::MAX)
}

fn unauthorized() -> Response {
    let headers = [(header::WWW_AUTHENTICATE, "Bearer")];
    let reason = "a valid bearer token is needed";
    (StatusCode::UNAUTHORIZED, headers, reason).into_response()
}

fn too_fast(wait: Duration) -> Response {
    let seconds = wait.as_secs() + 1;
    let headers = [(header::RETRY_AFTER, seconds.to_string())];
    let reason = format!("too many requests; try again in {seconds} s");
    (StatusCode::TOO_MANY_REQUESTS, headers, reason).into_response()
}

fn too_long(mcp: &McpSettings) -> Response {
    let reason = format!(
        "the request is longer than {} MB (`mcp.max_request_mb`); a workflow that is saved can be \
         given by its name or path",
        mcp.max_request_mb
    );
    (StatusCode::PAYLOAD_TOO_LARGE, reason).into_response()
}

/// The settings were changed so that nobody can be let in.
fn closed(error: &HttpError) -> Response {
    warn!(%error, "nobody is let in over HTTP");
    let reason = "the settings of this server do not say whom to let in; its log says why";
    (StatusCode::SERVICE_UNAVAILABLE, reason).into_response()
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
