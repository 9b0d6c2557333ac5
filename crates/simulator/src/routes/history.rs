//! `/history`.

use super::{Parameters, Shared, queue};
use crate::answer;
use axum::extract::{Path, Query, Request};
use axum::http::StatusCode;
use axum::response::Response;
use comfyctl_workflow::validation::python;
use serde_json::Value;

pub(crate) async fn list(server: Shared, Query(parameters): Parameters) -> Response {
    let integer = |name: &str| match parameters.get(name) {
        None => Ok(None),
        Some(text) => text.trim().parse::<i64>().map(Some),
    };
    let (Ok(max_items), Ok(offset)) = (integer("max_items"), integer("offset")) else {
        return answer::crash();
    };
    let page = server
        .queue
        .with_history(|history| history.page(max_items, offset.unwrap_or(-1)));
    answer::ok(&page)
}

pub(crate) async fn one(server: Shared, Path(id): Path<String>) -> Response {
    answer::ok(&server.queue.with_history(|history| history.one(&id)))
}

pub(crate) async fn change(server: Shared, request: Request) -> Response {
    let body = match answer::read_json(request).await {
        Ok(Value::Object(body)) => body,
        Ok(_) => return answer::crash(),
        Err(refusal) => return refusal,
    };
    server.queue.with_history(|history| {
        if body.get("clear").is_some_and(python::is_true) {
            history.clear();
        }
        for id in queue::ids(body.get("delete")) {
            history.remove(&id);
        }
    });
    answer::empty(StatusCode::OK)
}
