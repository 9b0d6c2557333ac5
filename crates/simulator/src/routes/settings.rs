//! `/settings` and `/users`. There is one user; the header that names another is ignored.

use super::Shared;
use crate::answer;
use crate::server::Server;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::response::Response;
use comfyctl_workflow::validation::python;
use serde_json::{Map, Value, json};
use std::io::Result;

const FILE: &str = "comfy.settings.json";

fn read(server: &Server) -> Map<String, Value> {
    let bytes = fs_err::read(server.folders.user.join(FILE)).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

fn save(server: &Server, settings: Map<String, Value>) -> Result<()> {
    fs_err::create_dir_all(&server.folders.user)?;
    fs_err::write(
        server.folders.user.join(FILE),
        python::dumps(&Value::Object(settings)),
    )
}

fn saved(server: &Server, settings: Map<String, Value>) -> Response {
    match save(server, settings) {
        Ok(()) => answer::empty(StatusCode::OK),
        Err(_) => answer::crash(),
    }
}

pub(crate) async fn all(server: Shared) -> Response {
    answer::ok(&Value::Object(read(&server)))
}

pub(crate) async fn one(server: Shared, Path(id): Path<String>) -> Response {
    answer::ok(read(&server).get(&id).unwrap_or(&Value::Null))
}

pub(crate) async fn merge(server: Shared, request: Request) -> Response {
    match answer::read_json(request).await {
        Ok(Value::Object(changes)) => {
            let mut settings = read(&server);
            settings.extend(changes);
            saved(&server, settings)
        }
        Ok(_) => answer::crash(),
        Err(refusal) => refusal,
    }
}

pub(crate) async fn set(server: Shared, Path(id): Path<String>, request: Request) -> Response {
    match answer::read_json(request).await {
        Ok(value) => {
            let mut settings = read(&server);
            settings.insert(id, value);
            saved(&server, settings)
        }
        Err(refusal) => refusal,
    }
}

pub(crate) async fn users(server: Shared) -> Response {
    let migrated = server.folders.user.exists();
    answer::ok(&json!({"storage": "server", "migrated": migrated}))
}

/// Adds a user, who is of no use without the multi-user mode.
pub(crate) async fn add_user(server: Shared, request: Request) -> Response {
    let body = match answer::read_json(request).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let Some(name) = body.get("username").and_then(Value::as_str).map(str::trim) else {
        return answer::crash();
    };
    if name.is_empty() {
        return answer::error(StatusCode::BAD_REQUEST, "username not provided");
    }
    let file = server.folders.root.join("user").join("users.json");
    let known = fs_err::read(&file).unwrap_or_default();
    let mut users: Map<String, Value> = serde_json::from_slice(&known).unwrap_or_default();
    if users.values().any(|user| user == name) {
        return answer::error(StatusCode::BAD_REQUEST, "Duplicate username.");
    }
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let id = format!("{plain}_{}", uuid::Uuid::new_v4());
    users.insert(id.clone(), name.into());
    match fs_err::write(&file, python::dumps(&Value::Object(users))) {
        Ok(()) => answer::ok(&Value::String(id)),
        Err(_) => answer::crash(),
    }
}
