//! `/internal/*`: logs and folders.

use super::Shared;
use crate::answer;
use crate::folders::MODEL_FOLDERS;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::response::Response;
use comfyctl_workflow::validation::python;
use serde_json::{Value, json};
use std::cmp::Reverse;

pub(crate) async fn logs(server: Shared) -> Response {
    answer::ok(&server.log.as_text())
}

pub(crate) async fn raw_logs(server: Shared) -> Response {
    answer::ok(&server.log.raw())
}

pub(crate) async fn subscribe(server: Shared, request: Request) -> Response {
    let body = match answer::read_json(request).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let (Some(client), Some(enabled)) = (body.get("clientId"), body.get("enabled")) else {
        return answer::crash();
    };
    server
        .log
        .follow(&python::text(client), python::is_true(enabled));
    answer::empty(StatusCode::OK)
}

pub(crate) async fn folder_paths(server: Shared) -> Response {
    let models = &server.folders.models;
    let paths = MODEL_FOLDERS.map(|folder| (folder.to_owned(), json!([models.join(folder)])));
    answer::ok(&Value::Object(paths.into_iter().collect()))
}

/// Files at the top of a folder, newest first.
pub(crate) async fn files(server: Shared, Path(kind): Path<String>) -> Response {
    let Some(folder) = server.folders.of_type(&kind) else {
        return answer::error(StatusCode::BAD_REQUEST, "Invalid directory type");
    };
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
            Some((metadata.modified().ok()?, entry.file_name()))
        })
        .collect();
    files.sort_by_key(|(modified, _)| Reverse(*modified));
    let names = files
        .iter()
        .map(|(_, name)| format!("{} [{kind}]", name.to_string_lossy()));
    answer::ok(&json!(names.collect::<Vec<_>>()))
}
