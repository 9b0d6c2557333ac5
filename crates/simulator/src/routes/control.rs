//! `/simulator/*`: faults, kills and restarts by HTTP, under paths that a real server does not have.
//!
//! `GET /simulator/faults` lists the faults as texts, `POST` adds them (a JSON text, a JSON list of
//! texts, or one text as the whole body), `DELETE` clears them. `POST /simulator/kill` ends the
//! server as `kill -9` would; with `?restart_after=500ms` it comes back by itself, without it only
//! the library can bring it back, and the process of the command line ends. `POST
//! /simulator/restart` is a kill with an immediate restart. Both are answered before they happen.

use super::{Parameters, Shared};
use crate::answer;
use crate::fault::{Fault, FaultKind};
use axum::extract::{Query, Request};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use std::time::Duration;

/// Time for the answer to reach the client before the connection is cut.
const FAREWELL: Duration = Duration::from_millis(20);

pub(crate) async fn list(server: Shared) -> Response {
    let faults: Vec<String> = server.faults.list().iter().map(Fault::to_string).collect();
    answer::ok(&json!(faults))
}

pub(crate) async fn add(server: Shared, request: Request) -> Response {
    let body = match answer::read_body(request).await {
        Ok(body) => String::from_utf8_lossy(&body).trim().to_owned(),
        Err(refusal) => return refusal,
    };
    let specs = match serde_json::from_str(&body) {
        Ok(Value::Array(specs)) => specs
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Ok(Value::String(spec)) => vec![spec],
        _ => vec![body],
    };
    let faults: Result<Vec<Fault>, _> = specs.iter().map(|spec| spec.parse()).collect();
    match faults {
        Ok(faults) => {
            for fault in faults {
                server.faults.add(fault);
            }
            list(server).await
        }
        Err(error) => answer::error(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

pub(crate) async fn clear(server: Shared) -> Response {
    server.faults.clear();
    answer::empty(StatusCode::NO_CONTENT)
}

pub(crate) async fn kill(server: Shared, Query(parameters): Parameters) -> Response {
    let restart_after = match parameters.get("restart_after") {
        None => None,
        // A delay is written as in the fault that kills.
        Some(delay) => {
            let Ok(FaultKind::Kill(delay)) = format!("kill={delay}").parse() else {
                let message = "restart_after must be a duration such as `500ms`";
                return answer::error(StatusCode::BAD_REQUEST, message);
            };
            Some(delay)
        }
    };
    die_soon(&server, restart_after);
    answer::empty(StatusCode::ACCEPTED)
}

pub(crate) async fn restart(server: Shared) -> Response {
    die_soon(&server, Some(Duration::ZERO));
    answer::empty(StatusCode::ACCEPTED)
}

fn die_soon(server: &Shared, restart_after: Option<Duration>) {
    let server = server.0.clone();
    tokio::spawn(async move {
        tokio::time::sleep(FAREWELL).await;
        server.die(restart_after);
    });
}
