//! `/queue`, `/interrupt` and `/free`.

use super::Shared;
use crate::answer;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use comfyctl_workflow::validation::python;
use serde_json::Value;

pub(crate) async fn list(server: Shared) -> Response {
    answer::ok(&server.queue.to_json())
}

pub(crate) async fn change(server: Shared, request: Request) -> Response {
    let body = match answer::read_json(request).await {
        Ok(Value::Object(body)) => body,
        Ok(_) => return answer::crash(),
        Err(refusal) => return refusal,
    };
    if body.get("clear").is_some_and(python::is_true) {
        server.queue.clear();
    }
    for id in ids(body.get("delete")) {
        server.queue.delete(&id);
    }
    answer::empty(StatusCode::OK)
}

/// The ids of a list; a text is gone through character by character.
pub(super) fn ids(list: Option<&Value>) -> Vec<String> {
    match list {
        Some(Value::Array(ids)) => ids
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Some(Value::String(text)) => text.chars().map(String::from).collect(),
        _ => Vec::new(),
    }
}

/// A body that is no JSON interrupts whatever runs.
pub(crate) async fn interrupt(server: Shared, request: Request) -> Response {
    let body = match answer::read_body(request).await {
        Ok(body) => python::parse(&body).unwrap_or(Value::Object(serde_json::Map::new())),
        Err(refusal) => return refusal,
    };
    let Value::Object(body) = body else {
        return answer::crash();
    };
    match body.get("prompt_id") {
        Some(id) if python::is_true(id) => server.queue.interrupt(Some(&python::text(id))),
        _ => server.queue.interrupt(None),
    };
    answer::empty(StatusCode::OK)
}

pub(crate) async fn free(server: Shared, request: Request) -> Response {
    let body = match answer::read_json(request).await {
        Ok(Value::Object(body)) => body,
        Ok(_) => return answer::crash(),
        Err(refusal) => return refusal,
    };
    if body.get("free_memory").is_some_and(python::is_true) {
        server.queue.free_memory();
    }
    answer::empty(StatusCode::OK)
}
