//! The routes of the server, each with and without `/api` where the real one has both.
//!
//! Called by [`crate::life`]. A handler reads its request, asks the server's memory or folders, and
//! answers in the shapes of [`crate::answer`].

mod control;
mod file;
mod frontend;
mod guard;
mod history;
mod internal;
mod jobs;
mod models;
mod prompt;
mod queue;
mod settings;
mod system;
mod upload;
mod userdata;
mod view;
mod websocket;

use crate::answer;
use crate::server::Server;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, Method};
use axum::middleware;
use axum::response::Response;
use axum::routing::{any, get, post};
use std::collections::HashMap;
use std::sync::Arc;

/// Parameters behind `?`; of repeated ones the last counts.
pub(crate) type Parameters = axum::extract::Query<HashMap<String, String>>;

/// The server as handlers get it.
pub(crate) type Shared = axum::extract::State<Arc<Server>>;

pub(crate) fn router(server: Arc<Server>) -> Router {
    let both = both();
    let frontend = if server.settings.frontend.is_some() {
        frontend::routes()
    } else {
        no_frontend()
    };
    let routes = Router::new()
        .merge(both.clone())
        .nest("/api", both.merge(only_with_prefix()))
        .merge(only_without_prefix())
        .merge(frontend)
        .fallback(unknown)
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::clone(&server));
    // Around a router of its own, so that the guard sees the final form of every answer.
    Router::new()
        .fallback_service(routes)
        .layer(middleware::from_fn_with_state(server, guard::guard))
}

fn both() -> Router<Arc<Server>> {
    Router::new()
        .route("/ws", get(websocket::open))
        .route("/prompt", get(prompt::remaining).post(prompt::submit))
        .route("/queue", get(queue::list).post(queue::change))
        .route("/interrupt", post(queue::interrupt))
        .route("/free", post(queue::free))
        .route("/history", get(history::list).post(history::change))
        .route("/history/{id}", get(history::one))
        .route("/view", get(view::view))
        .route("/view_metadata/{folder}", get(models::metadata))
        .route("/upload/image", post(upload::image))
        .route("/upload/mask", post(upload::mask))
        .route("/models", get(models::folders))
        .route("/models/{folder}", get(models::names))
        .route("/experiment/models", get(models::detailed_folders))
        .route("/experiment/models/{folder}", get(models::detailed_names))
        .route(
            "/experiment/models/preview/{folder}/{index}/{*file}",
            get(models::no_preview),
        )
        .route("/embeddings", get(models::embeddings))
        .route("/object_info", get(system::classes))
        .route("/object_info/{class}", get(system::class))
        .route("/system_stats", get(system::stats))
        .route("/features", get(system::features))
        .route("/extensions", get(system::extensions))
        .route("/node_replacements", get(system::node_replacements))
        .route("/workflow_templates", get(system::nothing))
        .route("/global_subgraphs", get(system::nothing))
        .route("/global_subgraphs/{id}", get(system::no_subgraph))
        .route("/i18n", get(system::nothing))
        .route("/users", get(settings::users).post(settings::add_user))
        .route("/settings", get(settings::all).post(settings::merge))
        .route("/settings/{id}", get(settings::one).post(settings::set))
        .route("/userdata", get(userdata::list))
        .route("/v2/userdata", get(userdata::list_v2))
        .route(
            "/userdata/{file}",
            get(userdata::read)
                .post(userdata::write)
                .delete(userdata::delete),
        )
        .route("/userdata/{file}/move/{target}", post(userdata::rename))
}

fn only_with_prefix() -> Router<Arc<Server>> {
    Router::new()
        .route("/jobs", get(jobs::list))
        .route("/jobs/cancel", post(jobs::cancel_several))
        .route("/jobs/{id}", get(jobs::one))
        .route("/jobs/{id}/cancel", post(jobs::cancel))
        .route("/assets", any(system::no_assets))
        .route("/assets/{*path}", any(system::no_assets))
        .route("/tags", any(system::no_assets))
}

fn only_without_prefix() -> Router<Arc<Server>> {
    Router::new()
        .route("/internal/logs", get(internal::logs))
        .route("/internal/logs/raw", get(internal::raw_logs))
        .route(
            "/internal/logs/subscribe",
            axum::routing::patch(internal::subscribe),
        )
        .route("/internal/folder_paths", get(internal::folder_paths))
        .route("/internal/files/{kind}", get(internal::files))
        .route(
            "/simulator/faults",
            get(control::list).post(control::add).delete(control::clear),
        )
        .route("/simulator/kill", post(control::kill))
        .route("/simulator/restart", post(control::restart))
}

/// Where the editor would be.
fn no_frontend() -> Router<Arc<Server>> {
    Router::new()
        .route("/", get(system::page))
        .route("/api/", get(system::page))
        .route("/assets", get(system::forbidden_folder))
}

/// The real server looks for a file of its web front under every path that no route has.
async fn unknown(method: Method) -> Response {
    if method == Method::GET || method == Method::HEAD {
        answer::nowhere()
    } else {
        answer::wrong_method(HeaderValue::from_static("GET,HEAD"))
    }
}
