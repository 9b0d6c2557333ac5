//! Which servers the ComfyUI nodes may speak to: connections of the settings, this machine, and what the
//! network settings allow. A workflow may come from anyone, and names its server itself.

use crate::error::Failure;
use crate::request::Target;
use comfyctl_client::{BaseUrl, Client, Connection};
use comfyctl_manager::{Code, ConnectionChoice, Manager};
use comfyctl_nodes::network::Policy;
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

/// A target that is allowed, with its name resolved: what was checked is what is connected to, however
/// often a name changes its mind.
pub(super) fn admit(manager: &Manager, target: Target) -> Result<ConnectionChoice, Failure> {
    let choice = ConnectionChoice::from(target);
    let ConnectionChoice::Address(address) = &choice else {
        return Ok(choice);
    };
    let connection = Connection::parse(address).map_err(comfyctl_manager::Error::from)?;
    let url = connection.url.as_url();
    let addresses = addresses(&connection.url)?;
    let policy = Policy::from_settings(manager.settings());
    policy
        .admit_server(url, &addresses)
        .map_err(Failure::Node)?;
    let mut pinned = url.clone();
    let is_plain = url.scheme() == "http";
    if let Some(first) = addresses.first().filter(|_| is_plain) {
        // Fails only for addresses without a host.
        let _ = pinned.set_ip_host(*first);
    }
    Ok(ConnectionChoice::Address(pinned.to_string()))
}

/// The target again, for Python.
pub(super) fn describe(choice: ConnectionChoice) -> Value {
    match choice {
        ConnectionChoice::Default => json!({}),
        ConnectionChoice::Named(name) => json!({ "connection": name }),
        ConnectionChoice::Address(url) => json!({ "url": url }),
        ConnectionChoice::Any { labels } => json!({ "labels": labels }),
    }
}

/// A client for a target that is allowed.
pub(super) fn client(manager: &Manager, target: Target) -> Result<Client, Failure> {
    let server = manager.server(&admit(manager, target)?)?;
    Ok(server.client().clone())
}

/// All addresses of the host. None at all is told by whoever connects.
fn addresses(url: &BaseUrl) -> Result<Vec<IpAddr>, Failure> {
    let url = url.as_url();
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = url.port_or_known_default().unwrap_or_default();
    let found = (host, port).to_socket_addrs();
    let found = found.map_err(|error| Failure::Told {
        code: Code::Unreachable,
        message: format!("`{host}` cannot be found: {error}"),
        hint: None,
    })?;
    Ok(found.map(|address: SocketAddr| address.ip()).collect())
}
