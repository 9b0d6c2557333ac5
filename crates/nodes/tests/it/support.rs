//! Settings from text, names that lead where a test wants, and requests with nothing special.

use comfyctl_manager::Settings;
use comfyctl_manager::settings::UpperLayers;
use comfyctl_nodes::Error;
use comfyctl_nodes::network::{Http, Lookup, Policy};
use comfyctl_nodes::request::{Auth, AuthKind, Reply, Request};
use comfyctl_nodes::secret::Vault;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

pub(crate) fn settings(json: &Value) -> Settings {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), json.to_string()).unwrap();
    Settings::load_with(file.path(), UpperLayers::default()).unwrap()
}

/// Every name leads to these addresses.
pub(crate) fn names_lead_to(addresses: &[&str]) -> Lookup {
    let addresses: Vec<IpAddr> = addresses.iter().map(|a| a.parse().unwrap()).collect();
    Arc::new(move |_| {
        let addresses = addresses.clone();
        Box::pin(async move { Ok(addresses) })
    })
}

/// HTTP that may reach those hosts of this machine.
pub(crate) fn http(allowed: &[&str]) -> Http {
    let hosts: Vec<&str> = allowed
        .iter()
        .map(|url| url.trim_start_matches("http://"))
        .collect();
    let settings = settings(&json!({"network": {"allowed_hosts": hosts}}));
    Http::new(
        Policy::from_settings(&settings),
        &names_lead_to(&["127.0.0.1"]),
    )
    .unwrap()
}

pub(crate) fn get(url: impl Into<String>) -> Request {
    Request {
        url: url.into(),
        method: reqwest::Method::GET,
        auth: auth(AuthKind::None, ""),
        body: String::new(),
        headers: String::new(),
        query: String::new(),
        timeout: Duration::from_secs(30),
        retries: 0,
        retry_unsafe: false,
    }
}

pub(crate) fn post(url: impl Into<String>, body: &str) -> Request {
    Request {
        method: reqwest::Method::POST,
        body: body.to_owned(),
        ..get(url)
    }
}

pub(crate) fn auth(kind: AuthKind, credentials: &str) -> Auth {
    Auth {
        kind,
        token_url: String::new(),
        credentials: credentials.to_owned(),
    }
}

pub(crate) async fn send(http: &Http, request: &Request) -> Result<Reply, Error> {
    request.send(http, &Vault::default()).await
}
