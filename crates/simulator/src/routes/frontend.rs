//! The editor's files, for a browser that is to see the real editor on this server.
//!
//! Served as ComfyUI serves the package `comfyui-frontend-package`: every path that no route has is
//! looked up in its folder. Nothing outside of the folder is ever read.

use super::{Shared, file, system};
use crate::answer;
use crate::folders::{files_under, inside};
use crate::server::Server;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use std::path::Path as FilePath;
use std::sync::Arc;

/// Endings of pictures that browsers keep for a day.
const PICTURES: [&str; 9] = [
    ".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp",
];

/// The page and every file.
pub(super) fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/", get(page))
        .route("/api/", get(page))
        .route("/{*path}", get(any))
}

async fn page(server: Shared, headers: HeaderMap) -> Response {
    let mut response = send(&server, "index.html", &headers).await;
    let fresh = [
        (header::CACHE_CONTROL, "no-store, must-revalidate"),
        (header::PRAGMA, "no-cache"),
        (header::EXPIRES, "0"),
    ];
    for (name, value) in fresh {
        file::set(&mut response, name, value);
    }
    response
}

async fn any(server: Shared, Path(path): Path<String>, headers: HeaderMap) -> Response {
    let mut response = send(&server, &path, &headers).await;
    if let Some(policy) = caching(&path) {
        file::set(&mut response, header::CACHE_CONTROL, policy);
    }
    response
}

async fn send(server: &Server, path: &str, headers: &HeaderMap) -> Response {
    let folder = server.settings.frontend.as_deref();
    let Some(found) = folder.and_then(|folder| inside(folder, path)) else {
        return answer::text(StatusCode::NOT_FOUND, "404: Not Found");
    };
    if found.is_dir() {
        return system::forbidden_folder().await;
    }
    if !found.is_file() {
        return answer::nowhere();
    }
    let announced = file::Announced {
        content_type: content_type(path),
        disposition: None,
    };
    file::send(&found, announced, headers).await
}

/// The type as Python knows it: less of the modern web.
fn content_type(path: &str) -> String {
    match path.rsplit_once('.') {
        Some((_, "js")) => "application/javascript".into(),
        Some((_, "map" | "woff2")) => "application/octet-stream".into(),
        _ => file::guessed_type(path),
    }
}

/// What a browser may keep: a picture for a day, nothing that the editor is made of.
fn caching(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if ends(&[".js", ".css"]) || (name.starts_with("index") && ends(&[".json"])) {
        Some("no-store")
    } else if ends(&PICTURES) {
        Some("public, max-age=86400")
    } else {
        None
    }
}

/// `GET /extensions`: the scripts that the editor loads by themselves.
pub(super) fn extensions(folder: &FilePath) -> Vec<String> {
    let mut paths = files_under(&folder.join("extensions"));
    paths.retain(|path| {
        FilePath::new(path)
            .extension()
            .is_some_and(|ending| ending == "js")
    });
    paths
        .iter()
        .map(|path| format!("/extensions/{path}"))
        .collect()
}
