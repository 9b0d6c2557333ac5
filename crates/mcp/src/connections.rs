//! The connections of the settings under the names of version 2.0.0, without credentials.

use crate::backend::Backend;
use comfyctl_manager::{Error, NamedConnection, Settings};
use serde_json::{Map, Value, json};

/// The name of the connection that is meant where none is named, and all by name.
pub(crate) fn of(backend: &Backend) -> (String, Map<String, Value>) {
    let settings = backend.settings();
    let mut all = all(&settings);
    let Ok(meant) = settings.connection(&backend.choice(None)) else {
        return (settings.default_connection_name().to_owned(), all);
    };
    // The address that this server was started with need not be among the settings.
    all.entry(&*meant.name).or_insert_with(|| view(&meant));
    (meant.name, all)
}

/// One that is broken says why.
fn all(settings: &Settings) -> Map<String, Value> {
    let connections = settings.connections().into_iter();
    let view = |(name, connection): (&str, Result<NamedConnection, Error>)| {
        let view = match connection {
            Ok(connection) => view(&connection),
            Err(error) => json!({ "error": error.to_string() }),
        };
        (name.to_owned(), view)
    };
    connections.map(view).collect()
}

/// `client_id` was shared by all processes in version 2.0.0, which broke them: it is null.
fn view(connection: &NamedConnection) -> Value {
    let base = &connection.connection.url;
    let url = base.as_url();
    json!({
        "host": url.host_str(),
        "port": url.port_or_known_default(),
        "use_ssl": url.scheme() == "https",
        "client_id": null,
        "url": base.to_string(),
        "labels": connection.labels,
        "paused": connection.paused,
    })
}
