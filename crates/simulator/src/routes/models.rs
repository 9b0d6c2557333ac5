//! Model folders: names, details, and the metadata of safetensors files.

use super::{Parameters, Shared};
use crate::answer;
use crate::folders::{MODEL_ENDINGS, MODEL_FOLDERS, inside, models_in};
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use std::io::{Read as _, Result};
use std::time::{SystemTime, UNIX_EPOCH};

/// The largest header that is read.
const MAX_HEADER: u64 = 16 * 1024 * 1024;

pub(crate) async fn folders() -> Response {
    answer::ok(&json!(MODEL_FOLDERS))
}

pub(crate) async fn names(server: Shared, Path(folder): Path<String>) -> Response {
    if !MODEL_FOLDERS.contains(&folder.as_str()) {
        return answer::empty(StatusCode::NOT_FOUND);
    }
    answer::ok(&json!(models_in(&server.folders.models, &folder)))
}

/// Folders that hold configurations or code are not listed here.
pub(crate) async fn detailed_folders(server: Shared) -> Response {
    let listed = MODEL_FOLDERS
        .iter()
        .filter(|folder| !matches!(**folder, "configs" | "custom_nodes"));
    let folders = listed.map(|folder| {
        json!({
            "name": folder,
            "folders": [server.folders.models.join(folder)],
            "extensions": MODEL_ENDINGS,
        })
    });
    answer::ok(&Value::Array(folders.collect()))
}

pub(crate) async fn detailed_names(server: Shared, Path(folder): Path<String>) -> Response {
    if !MODEL_FOLDERS.contains(&folder.as_str()) {
        return answer::empty(StatusCode::NOT_FOUND);
    }
    let root = server.folders.models.join(&folder);
    let names = models_in(&server.folders.models, &folder).into_iter();
    let details = names.filter_map(|name| {
        let metadata = fs_err::metadata(root.join(&name)).ok()?;
        let modified = seconds(metadata.modified().ok()?);
        Some(json!({
            "name": name,
            "pathIndex": 0,
            "modified": modified,
            "created": modified,
            "size": metadata.len(),
        }))
    });
    answer::ok(&Value::Array(details.collect()))
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0.0, |age| age.as_secs_f64())
}

/// No model here has a picture beside it.
pub(crate) async fn no_preview() -> Response {
    answer::empty(StatusCode::NOT_FOUND)
}

pub(crate) async fn embeddings(server: Shared) -> Response {
    let names = models_in(&server.folders.models, "embeddings");
    let stems = names.iter().map(|name| {
        name.rsplit_once('.')
            .map_or(name.as_str(), |(stem, _)| stem)
    });
    answer::ok(&json!(stems.collect::<Vec<_>>()))
}

pub(crate) async fn metadata(
    server: Shared,
    Path(folder): Path<String>,
    Query(parameters): Parameters,
) -> Response {
    let name = parameters
        .get("filename")
        .filter(|name| name.ends_with(".safetensors"));
    let path = name.and_then(|name| inside(&server.folders.models.join(&folder), name));
    match path.and_then(|path| read_metadata(&path).ok().flatten()) {
        Some(metadata) => answer::ok(&metadata),
        None => answer::empty(StatusCode::NOT_FOUND),
    }
}

/// The `__metadata__` of a safetensors file: eight bytes of length, then JSON.
fn read_metadata(path: &std::path::Path) -> Result<Option<Value>> {
    let mut file = fs_err::File::open(path)?;
    let mut length = [0; 8];
    file.read_exact(&mut length)?;
    let mut header = Vec::new();
    file.take(u64::from_le_bytes(length).min(MAX_HEADER))
        .read_to_end(&mut header)?;
    let header: Value = serde_json::from_slice(&header)?;
    Ok(header.get("__metadata__").cloned())
}
