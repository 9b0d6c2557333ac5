//! The connections of the settings for routes and nodes: listed without credentials, tested, changed.

use super::jobs::bad;
use super::office::Office;
use crate::call::Answer;
use crate::error::Failure;
use comfyctl_manager::connection_report::test_connection;
use comfyctl_manager::settings::{ConnectionChange, SettingsDocument};
use comfyctl_manager::{ConnectionChoice, Manager, NamedConnection};
use serde_json::{Value, json};

pub(super) fn list(manager: &Manager) -> Answer {
    let settings = manager.settings();
    let connections: Vec<_> = settings
        .connections()
        .into_iter()
        .map(|(name, connection)| match connection {
            Ok(connection) => view(&connection),
            Err(error) => json!({ "name": name, "url": "", "error": error.to_string() }),
        })
        .collect();
    Answer::Json(json!({
        "success": true,
        "default": settings.default_connection_name(),
        "connections": connections,
    }))
}

fn view(connection: &NamedConnection) -> Value {
    let base = &connection.connection.url;
    let url = base.as_url();
    json!({
        "name": connection.name,
        "url": base.to_string(),
        "host": url.host_str(),
        "port": url.port_or_known_default(),
        "use_ssl": url.scheme() == "https",
        "paused": connection.paused,
    })
}

/// A server that does not answer is no error: to learn that is what a test is for.
pub(super) async fn test(manager: &Manager, name: Option<String>) -> Result<Answer, Failure> {
    let choice = name.map_or(ConnectionChoice::Default, ConnectionChoice::Named);
    let connection = manager.settings().connection(&choice)?;
    let report = test_connection(&connection).await;
    let error = report.error.as_ref();
    let devices: Vec<_> = report.devices.iter().map(|device| &device.name).collect();
    Answer::json(&json!({
        "success": true,
        "name": report.name,
        "url": report.url,
        "connected": report.ok,
        "version": report.comfyui_version,
        "devices": devices,
        "latency_ms": report.latency_ms,
        "error": error.map(|error| &error.message),
        "hint": error.and_then(|error| error.hint.as_ref()),
    }))
}

pub(super) fn change(
    office: &Office,
    action: &str,
    name: &str,
    url: Option<String>,
) -> Result<Answer, Failure> {
    if !matches!(action, "add" | "remove" | "set_default") {
        return Err(bad(format!("a connection cannot be `{action}`ed")));
    }
    let change = ConnectionChange {
        address: url,
        ..ConnectionChange::default()
    };
    SettingsDocument::edit(office.settings_file(), |document| match action {
        "add"
            if document
                .connection_names()
                .iter()
                .any(|known| known == name) =>
        {
            document.update_connection(name, &change)
        }
        "add" => document.add_connection(name, &change),
        "remove" => document.remove_connection(name),
        _ => document.set_default_connection(name),
    })?;
    Ok(list(&office.manager()))
}
