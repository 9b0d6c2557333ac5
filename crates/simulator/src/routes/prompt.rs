//! `GET` and `POST /prompt`.

use super::Shared;
use crate::answer;
use crate::connection::Scissors;
use crate::fault::FaultKind;
use crate::job::{Job, SENSITIVE};
use crate::priority::Number;
use crate::server::Server;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use comfyctl_workflow::validation::{Verdict, python, validate_prompt};
use serde_json::{Map, Value, json};
use std::future;

pub(crate) async fn remaining(server: Shared) -> Response {
    answer::ok(&json!({"exec_info": {"queue_remaining": server.queue.remaining()}}))
}

pub(crate) async fn submit(
    server: Shared,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    let body = match answer::read_json(request).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    server.log.write("got prompt");
    let response = accept(&server, &headers, body);
    let late = server.faults.strike(|kind| match kind {
        FaultKind::SlowPost(delay) => Some(*delay),
        _ => None,
    });
    if let Some(delay) = late {
        tokio::time::sleep(delay).await;
    }
    let lost = server
        .faults
        .strike(|kind| (*kind == FaultKind::LostPost).then_some(()));
    if lost.is_some() {
        scissors.cut();
        future::pending::<()>().await;
    }
    response
}

/// Validates the prompt and puts it into the queue.
fn accept(server: &Server, headers: &HeaderMap, body: Value) -> Response {
    let (job, node_errors) = match judge(server, headers, body) {
        Ok(accepted) => accepted,
        Err(refusal) => return *refusal,
    };
    let answer = json!({
        "prompt_id": job.id,
        "number": job.number.to_json(),
        "node_errors": node_errors,
    });
    match server.queue.put(job) {
        Ok(()) => answer::ok(&answer),
        Err(_) => answer::crash(),
    }
}

/// The job to queue and the faults of the outputs that will not run. What is looked at first
/// decides which of several faults is told.
fn judge(
    server: &Server,
    headers: &HeaderMap,
    body: Value,
) -> Result<(Job, Map<String, Value>), Box<Response>> {
    let crash = || Box::new(answer::crash());
    let mut body = match body {
        Value::Object(body) => body,
        // Python finds no key in a list or a text, and fails to look into anything else.
        Value::Array(_) | Value::String(_) => Map::new(),
        _ => return Err(crash()),
    };
    let number = number(server, &body).ok_or_else(crash)?;
    let Some(mut prompt) = body.shift_remove("prompt") else {
        let message = "No prompt provided";
        return Err(Box::new(refuse("no_prompt", message, message)));
    };
    let id = prompt_id(body.get("prompt_id"))?;
    let targets = body
        .get("partial_execution_targets")
        .unwrap_or(&Value::Null);
    let replaced = server.classes.replace_gone(&mut prompt);
    replaced.map_err(|_| crash())?;
    let verdict = validate_prompt(&mut prompt, targets, &server.classes).map_err(|_| crash())?;
    let mut extra_data = extra_data(&mut body, headers).ok_or_else(crash)?;
    extra_data.insert("create_time".into(), server.clock.now_ms().into());
    match verdict {
        Verdict::Accepted {
            outputs,
            node_errors,
        } => {
            let job = Job {
                number,
                id,
                prompt,
                extra_data,
                outputs,
            };
            Ok((job, node_errors))
        }
        Verdict::Refused { error, node_errors } => {
            server.log.write("invalid prompt");
            let body = json!({"error": error, "node_errors": node_errors});
            Err(Box::new(answer::json(StatusCode::BAD_REQUEST, &body)))
        }
    }
}

/// The job's number, or `None` where Python's `float()` fails.
fn number(server: &Server, body: &Map<String, Value>) -> Option<Number> {
    match body.get("number") {
        Some(Value::Bool(flag)) => Some(Number::Given(f64::from(u8::from(*flag)))),
        Some(Value::Number(number)) => number.as_f64().map(Number::Given),
        Some(value @ Value::String(text)) => python::non_finite(value)
            .or_else(|| text.trim().parse().ok())
            .map(Number::Given),
        Some(_) => None,
        None => {
            let count = server.next_number();
            let front = body.get("front").is_some_and(python::is_true);
            Some(Number::Counted(if front { -count } else { count }))
        }
    }
}

fn prompt_id(given: Option<&Value>) -> Result<String, Box<Response>> {
    let id = match given {
        None | Some(Value::Null) => return Ok(uuid::Uuid::new_v4().to_string()),
        Some(id) => id.as_str(),
    };
    id.filter(|id| is_canonical(id)).map(str::to_owned).ok_or_else(|| {
        Box::new(refuse(
            "invalid_prompt_id",
            "prompt_id must be a valid UUID",
            "prompt_id must be a UUID string in canonical lowercase hyphenated form; omit it to \
             let the server generate one",
        ))
    })
}

/// Whether the text is a UUID in lower case with hyphens.
pub(crate) fn is_canonical(id: &str) -> bool {
    uuid::Uuid::parse_str(id).is_ok_and(|parsed| parsed.to_string() == id)
}

fn refuse(kind: &str, message: &str, details: &str) -> Response {
    let error = json!({"type": kind, "message": message, "details": details, "extra_info": {}});
    let body = json!({"error": error, "node_errors": {}});
    answer::json(StatusCode::BAD_REQUEST, &body)
}

/// What is kept with the job, or `None` where the server fails.
fn extra_data(body: &mut Map<String, Value>, headers: &HeaderMap) -> Option<Map<String, Value>> {
    let mut extra_data = match body.shift_remove("extra_data") {
        None => Map::new(),
        Some(Value::Object(extra_data)) => extra_data,
        Some(_) => return None,
    };
    if let Some(client) = body.shift_remove("client_id") {
        extra_data.insert("client_id".into(), client);
    }
    let source = headers
        .get("comfy-usage-source")
        .and_then(|source| source.to_str().ok());
    if let Some(source) = source {
        extra_data
            .entry("comfy_usage_source")
            .or_insert_with(|| source.into());
    }
    for secret in SENSITIVE {
        extra_data.shift_remove(secret);
    }
    Some(extra_data)
}
