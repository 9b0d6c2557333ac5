//! The client of one server: made once from a [`Connection`], cloned for free.
//!
//! Its methods live with their topics in `routes/`. It never retries: only its caller knows whether
//! a request may be made twice.

use crate::capability::Capabilities;
use crate::connection::{BaseUrl, Connection, Timeouts};
use crate::error::{Error, ErrorKind, Operation};
use crate::tls;
use crate::transport::Call;
use reqwest::Method;
use reqwest::header::HeaderMap;
use rustls::ClientConfig;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Below the keep-alive time of the usual proxies (nginx 75 s, most clouds 60 s): a connection that
/// they are about to close must not be given a prompt.
const IDLE: Duration = Duration::from_secs(50);

/// Finds out that the other machine is gone while nothing is said, as on a socket between jobs.
const TCP_KEEPALIVE: Duration = Duration::from_secs(30);

/// Speaks to one ComfyUI server. Clones share connections and what is known of the server.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    base: BaseUrl,
    /// The base URL as it is shown.
    shown: Arc<str>,
    timeouts: Timeouts,
    http: reqwest::Client,
    /// For WebSocket handshakes, which are HTTP/1.1.
    upgrade: reqwest::Client,
    capabilities: Capabilities,
}

impl Client {
    /// Resolves the credentials and reads the CA file; connects to nothing yet.
    pub fn new(connection: &Connection) -> Result<Self, Error> {
        let tls = tls::client_config(connection.ca_file.as_deref())?;
        let headers = credential_headers(connection)?;
        let with_protocols = |protocols: &[&[u8]]| {
            let mut tls = tls.clone();
            tls.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
            tls
        };
        let http = http_client(connection, with_protocols(&[b"h2", b"http/1.1"]), &headers);
        let upgrade = http_client(connection, with_protocols(&[b"http/1.1"]), &headers);
        let shared = Shared {
            base: connection.url.clone(),
            shown: connection.url.to_string().into(),
            timeouts: connection.timeouts,
            http: build(http)?,
            upgrade: build(upgrade.http1_only())?,
            capabilities: Capabilities::default(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Address of the server, without credentials.
    pub fn base_url(&self) -> &BaseUrl {
        &self.shared.base
    }

    /// How long this client waits.
    pub fn timeouts(&self) -> Timeouts {
        self.shared.timeouts
    }

    pub(crate) fn capabilities(&self) -> &Capabilities {
        &self.shared.capabilities
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.shared.http
    }

    pub(crate) fn get(&self, route: &[&str]) -> Call<'_> {
        Call::new(self, Method::GET, route)
    }

    pub(crate) fn post(&self, route: &[&str]) -> Call<'_> {
        Call::new(self, Method::POST, route)
    }

    pub(crate) fn call(&self, method: Method, route: &[&str]) -> Call<'_> {
        Call::new(self, method, route)
    }

    pub(crate) fn operation(&self, method: &Method, url: &url::Url) -> Operation {
        Operation::new(method.clone(), url.clone(), Arc::clone(&self.shared.shown))
    }

    /// A `GET` whose answer may be turned into a WebSocket: over HTTP/1.1, with the same TLS, proxy
    /// and credentials as all else, and with no `Origin`, which ComfyUI would compare. Comes with
    /// what its errors are about.
    pub(crate) fn upgrade_request(
        &self,
        route: &[&str],
        query: &[(&str, &str)],
    ) -> (reqwest::RequestBuilder, Operation) {
        let mut url = self.shared.base.route(route);
        url.query_pairs_mut().extend_pairs(query);
        let operation = self.operation(&Method::GET, &url);
        (self.shared.upgrade.get(url), operation)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Client")
            .field(&self.shared.base)
            .finish()
    }
}

fn credential_headers(connection: &Connection) -> Result<HeaderMap, Error> {
    let header = connection
        .credentials
        .as_ref()
        .map(crate::credentials::Credentials::header);
    let header = header.transpose().map_err(ErrorKind::from)?;
    Ok(header.into_iter().collect())
}

fn http_client(
    connection: &Connection,
    tls: ClientConfig,
    headers: &HeaderMap,
) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .default_headers(headers.clone())
        .user_agent(concat!("comfyctl/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(connection.timeouts.connect)
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true)
        .tcp_keepalive(TCP_KEEPALIVE);
    if connection.url.is_loopback() {
        builder.no_proxy()
    } else {
        builder
    }
}

fn build(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, Error> {
    builder.build().map_err(|error| {
        let problem = format!("no HTTP client can be made: {}", error.without_url());
        ErrorKind::RefusedBeforeSending { problem }.into()
    })
}
