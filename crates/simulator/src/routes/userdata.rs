//! `/userdata` and `/v2/userdata`: files that the editor keeps for its user, workflows among them.

use super::{Parameters, Shared, file};
use crate::answer;
use crate::folders::inside;
use crate::server::Server;
use axum::extract::{Path, Query, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path as FilePath, PathBuf};
use std::time::UNIX_EPOCH;

fn flag(parameters: &HashMap<String, String>, name: &str) -> bool {
    parameters
        .get(name)
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn may_overwrite(parameters: &HashMap<String, String>) -> bool {
    parameters
        .get("overwrite")
        .is_none_or(|value| value != "false")
}

/// The user's folder, made when it is first asked for.
fn root(server: &Server) -> PathBuf {
    // A folder that cannot be made shows when something is written to it.
    let _ = fs_err::create_dir_all(&server.folders.user);
    server.folders.user.clone()
}

/// The path of a user's file, or the status that says why there is none.
fn locate(server: &Server, name: &str) -> Result<PathBuf, StatusCode> {
    inside(&root(server), name).ok_or(StatusCode::FORBIDDEN)
}

fn existing(server: &Server, name: &str) -> Result<PathBuf, StatusCode> {
    let path = locate(server, name)?;
    path.exists().then_some(path).ok_or(StatusCode::NOT_FOUND)
}

/// The path below a folder, with forward slashes.
fn relative(path: &FilePath, folder: &FilePath) -> String {
    let below = path.strip_prefix(folder).unwrap_or(path);
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

fn info(path: &FilePath, shown: &str) -> Value {
    let metadata = fs_err::metadata(path).ok();
    let modified = metadata
        .as_ref()
        .and_then(|metadata| metadata.modified().ok());
    let age = modified.and_then(|modified| modified.duration_since(UNIX_EPOCH).ok());
    let milliseconds = age
        .and_then(|age| u64::try_from(age.as_millis()).ok())
        .unwrap_or(0);
    let size = metadata.map_or(0, |metadata| metadata.len());
    json!({"path": shown, "size": size, "modified": milliseconds, "created": milliseconds})
}

/// Files of a folder, then those of its folders.
fn walk(folder: &FilePath, recurse: bool, files: &mut Vec<PathBuf>, folders: &mut Vec<PathBuf>) {
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    let (inner, plain): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
    files.extend(plain);
    for path in inner {
        folders.push(path.clone());
        if recurse {
            walk(&path, recurse, files, folders);
        }
    }
}

pub(crate) async fn list(server: Shared, Query(parameters): Parameters) -> Response {
    let Some(directory) = parameters
        .get("dir")
        .filter(|directory| !directory.is_empty())
    else {
        return answer::text(StatusCode::BAD_REQUEST, "Directory not provided");
    };
    let Some(folder) = inside(&root(&server), directory) else {
        return answer::text(StatusCode::FORBIDDEN, "Invalid directory");
    };
    if !folder.exists() {
        return answer::text(StatusCode::NOT_FOUND, "Directory not found");
    }
    let mut files = Vec::new();
    walk(
        &folder,
        flag(&parameters, "recurse"),
        &mut files,
        &mut Vec::new(),
    );
    let shown = files.iter().map(|path| {
        let name = relative(path, &folder);
        if flag(&parameters, "full_info") {
            info(path, &name)
        } else if flag(&parameters, "split") {
            let parts = std::iter::once(name.as_str()).chain(name.split('/'));
            json!(parts.collect::<Vec<_>>())
        } else {
            Value::String(name)
        }
    });
    answer::ok(&Value::Array(shown.collect()))
}

pub(crate) async fn list_v2(server: Shared, Query(parameters): Parameters) -> Response {
    let root = root(&server);
    let path = parameters.get("path").map_or("", String::as_str);
    let Some(folder) = inside(&root, path) else {
        return answer::text(StatusCode::FORBIDDEN, "Invalid path requested");
    };
    if !folder.exists() {
        return answer::text(StatusCode::NOT_FOUND, "Requested path not found");
    }
    if !folder.is_dir() {
        return answer::text(StatusCode::BAD_REQUEST, "Requested path is not a directory");
    }
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    walk(&folder, true, &mut files, &mut folders);
    let name = |path: &PathBuf| {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        name.unwrap_or_default()
    };
    files.sort_by_key(name);
    folders.sort_by_key(name);
    let folders = folders.iter().map(
        |path| json!({"name": name(path), "path": relative(path, &root), "type": "directory"}),
    );
    let files = files.iter().map(|path| {
        let metadata = fs_err::metadata(path).ok();
        let modified = metadata
            .as_ref()
            .and_then(|metadata| metadata.modified().ok());
        let age = modified.and_then(|modified| modified.duration_since(UNIX_EPOCH).ok());
        json!({
            "name": name(path),
            "path": relative(path, &root),
            "type": "file",
            "size": metadata.map_or(0, |metadata| metadata.len()),
            "modified": age.map_or(0.0, |age| age.as_secs_f64()),
        })
    });
    answer::ok(&Value::Array(folders.chain(files).collect()))
}

pub(crate) async fn read(server: Shared, Path(name): Path<String>, headers: HeaderMap) -> Response {
    match existing(&server, &name) {
        Ok(path) => {
            let announced = file::Announced {
                content_type: file::guessed_type(&name),
                disposition: Some("attachment".into()),
            };
            file::send(&path, announced, &headers).await
        }
        Err(status) => answer::empty(status),
    }
}

pub(crate) async fn write(
    server: Shared,
    Path(name): Path<String>,
    Query(parameters): Parameters,
    request: Request,
) -> Response {
    let path = match locate(&server, &name) {
        Ok(path) => path,
        Err(status) => return answer::empty(status),
    };
    if !may_overwrite(&parameters) && path.exists() {
        return answer::text(StatusCode::CONFLICT, "File already exists");
    }
    let body = match answer::read_body(request).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let folder = path.parent().unwrap_or(&path);
    let written = fs_err::create_dir_all(folder).and_then(|()| fs_err::write(&path, body));
    match written {
        Ok(()) => placed(&server, &path, &parameters),
        Err(_) => answer::crash(),
    }
}

pub(crate) async fn delete(server: Shared, Path(name): Path<String>) -> Response {
    match existing(&server, &name) {
        Ok(path) if fs_err::remove_file(&path).is_ok() => answer::empty(StatusCode::NO_CONTENT),
        Ok(_) => answer::crash(),
        Err(status) => answer::empty(status),
    }
}

pub(crate) async fn rename(
    server: Shared,
    Path((name, target)): Path<(String, String)>,
    Query(parameters): Parameters,
) -> Response {
    let located = existing(&server, &name).and_then(|path| Ok((path, locate(&server, &target)?)));
    let (source, target) = match located {
        Ok(paths) => paths,
        Err(status) => return answer::empty(status),
    };
    if !may_overwrite(&parameters) && target.exists() {
        return answer::text(StatusCode::CONFLICT, "File already exists");
    }
    let folder = target.parent().unwrap_or(&target);
    let moved = fs_err::create_dir_all(folder).and_then(|()| fs_err::rename(&source, &target));
    match moved {
        Ok(()) => placed(&server, &target, &parameters),
        Err(_) => answer::crash(),
    }
}

fn placed(server: &Server, path: &FilePath, parameters: &HashMap<String, String>) -> Response {
    let name = relative(path, &server.folders.user);
    if flag(parameters, "full_info") {
        return answer::ok(&info(path, &name));
    }
    answer::ok(&Value::String(name))
}
