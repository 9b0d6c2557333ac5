//! What the server says of itself: classes, versions, features, and the parts that it lacks.

use super::{Shared, frontend};
use crate::answer;
use crate::classes::REPLACEMENTS;
use crate::server::Server;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use serde_json::{Map, Value, json};

/// Memory that the simulator claims to have.
const MEMORY: u64 = 16 * 1024 * 1024 * 1024;

pub(crate) async fn classes(server: Shared) -> Response {
    answer::ok(&server.classes.all())
}

pub(crate) async fn class(server: Shared, Path(class): Path<String>) -> Response {
    let info = server.classes.info(&class).map(|info| (class, info));
    answer::ok(&Value::Object(info.into_iter().collect::<Map<_, _>>()))
}

pub(crate) async fn stats() -> Response {
    answer::ok(&json!({
        "system": {
            "os": "comfyctl simulator",
            "ram_total": MEMORY,
            "ram_free": MEMORY / 2,
            "comfyui_version": "0.28.1",
            "required_frontend_version": "1.45.21",
            "installed_templates_version": "0.11.11",
            "required_templates_version": "0.11.11",
            "comfy_package_versions": [],
            "python_version": "3.11.7 (comfyctl simulator)",
            "pytorch_version": "2.15.0+cpu",
            "embedded_python": false,
            "deploy_environment": "local-git",
            "argv": ["main.py"],
        },
        "devices": [{
            "name": "comfyctl simulator",
            "type": "cpu",
            "index": null,
            "vram_total": MEMORY,
            "vram_free": MEMORY / 2,
            "torch_vram_total": MEMORY,
            "torch_vram_free": MEMORY / 2,
        }],
    }))
}

pub(crate) async fn features() -> Response {
    answer::ok(&Server::features())
}

pub(crate) async fn extensions(server: Shared) -> Response {
    match &server.settings.frontend {
        Some(folder) => answer::ok(&json!(frontend::extensions(folder))),
        None => answer::ok(&json!(["/extensions/core/widgetInputs.js"])),
    }
}

pub(crate) async fn node_replacements() -> Response {
    answer::ok(&serde_json::from_str(REPLACEMENTS).unwrap_or_default())
}

/// An empty object, as a server without custom nodes gives it.
pub(crate) async fn nothing() -> Response {
    answer::ok(&json!({}))
}

/// JSON null, for a subgraph that is not there.
pub(crate) async fn no_subgraph() -> Response {
    answer::ok(&Value::Null)
}

pub(crate) async fn no_assets() -> Response {
    let message = "Assets system is disabled. Start the server with --enable-assets to use this \
        feature.";
    let error = json!({"code": "SERVICE_DISABLED", "message": message, "details": {}});
    answer::json(StatusCode::SERVICE_UNAVAILABLE, &json!({"error": error}))
}

/// A folder of the web front: they are not listed.
pub(crate) async fn forbidden_folder() -> Response {
    answer::text(StatusCode::FORBIDDEN, "403: Forbidden")
}

pub(crate) async fn page(headers: HeaderMap) -> Response {
    let host = headers
        .get("host")
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let page = format!(
        "<!doctype html><title>comfyctl simulator</title><p>This is the comfyctl simulator of \
         ComfyUI 0.28.1 at {}. It has no web front.</p>",
        host.replace(['<', '&'], "")
    );
    Html(page).into_response()
}
