//! The connections of the settings under the names of version 2.0.0, without credentials.

use comfyctl_manager::{Error, NamedConnection, Settings};
use serde_json::{Map, Value, json};

/// All by name. One that is broken says why.
pub(crate) fn all(settings: &Settings) -> Map<String, Value> {
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
