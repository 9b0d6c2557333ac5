//! `/api/jobs`.

use super::{Parameters, Shared, prompt};
use crate::answer;
use crate::jobs::{self, Entry, Status};
use axum::extract::{Path, Query, Request};
use axum::http::StatusCode;
use axum::response::Response;
use comfyctl_workflow::validation::python;
use serde_json::{Value, json};
use std::collections::HashMap;

/// What a list is filtered, sorted and cut by.
struct Wanted {
    statuses: Vec<Status>,
    workflow: Option<String>,
    by_duration: bool,
    ascending: bool,
    limit: Option<usize>,
    offset: usize,
}

pub(crate) async fn list(server: Shared, Query(parameters): Parameters) -> Response {
    let wanted = match Wanted::read(&parameters) {
        Ok(wanted) => wanted,
        Err(message) => return answer::error(StatusCode::BAD_REQUEST, &message),
    };
    match jobs::all(&server.queue.snapshot()) {
        Ok(jobs) => answer::ok(&wanted.page(jobs)),
        Err(_) => answer::crash(),
    }
}

impl Wanted {
    fn read(parameters: &HashMap<String, String>) -> Result<Self, String> {
        let text = |name: &str| parameters.get(name).map_or("", String::as_str);
        let integer = |name: &str| match text(name) {
            "" => Ok(None),
            value => {
                let value = value.parse::<i64>();
                value
                    .map(Some)
                    .map_err(|_| format!("{name} must be an integer"))
            }
        };
        let by_duration = match text("sort_by") {
            "" | "created_at" => false,
            "execution_duration" => true,
            _ => return Err("sort_by must be 'created_at' or 'execution_duration'".into()),
        };
        let ascending = match text("sort_order").to_lowercase().as_str() {
            "" | "desc" => false,
            "asc" => true,
            _ => return Err("sort_order must be 'asc' or 'desc'".into()),
        };
        let limit = match integer("limit")? {
            Some(limit) if limit < 1 => return Err("limit must be a positive integer".into()),
            limit => limit.and_then(|limit| usize::try_from(limit).ok()),
        };
        Ok(Self {
            statuses: statuses(text("status"))?,
            workflow: parameters
                .get("workflow_id")
                .filter(|id| !id.is_empty())
                .cloned(),
            by_duration,
            ascending,
            limit,
            offset: usize::try_from(integer("offset")?.unwrap_or(0)).unwrap_or(0),
        })
    }

    fn page(&self, mut jobs: Vec<Entry>) -> Value {
        jobs.retain(|job| {
            self.statuses.contains(&job.status)
                && (self.workflow.is_none()
                    || job.shown.get("workflow_id").and_then(Value::as_str)
                        == self.workflow.as_deref())
        });
        let key = |job: &Entry| {
            if self.by_duration {
                job.duration
            } else {
                job.create_time
            }
        };
        // Both orders keep the place of equals, as Python's sort does.
        if self.ascending {
            jobs.sort_by_key(key);
        } else {
            jobs.sort_by_key(|job| std::cmp::Reverse(key(job)));
        }
        let total = jobs.len();
        let rest = jobs.into_iter().skip(self.offset);
        let page: Vec<Value> = rest
            .take(self.limit.unwrap_or(usize::MAX))
            .map(|job| Value::Object(job.shown))
            .collect();
        let has_more = self.offset + page.len() < total;
        let pagination = json!({
            "offset": self.offset,
            "limit": self.limit,
            "total": total,
            "has_more": has_more,
        });
        json!({"jobs": page, "pagination": pagination})
    }
}

fn statuses(text: &str) -> Result<Vec<Status>, String> {
    let names = text.split(',').map(|name| name.trim().to_lowercase());
    let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Ok(Status::ALL.to_vec());
    }
    let find = |name: &String| Status::ALL.into_iter().find(|status| status.name() == name);
    let unknown: Vec<&str> = names
        .iter()
        .filter(|name| find(name).is_none())
        .map(String::as_str)
        .collect();
    if unknown.is_empty() {
        return Ok(names.iter().filter_map(find).collect());
    }
    Err(format!(
        "Invalid status value(s): {}. Valid values: {}",
        unknown.join(", "),
        Status::ALL.map(Status::name).join(", ")
    ))
}

pub(crate) async fn one(server: Shared, Path(id): Path<String>) -> Response {
    match jobs::one(&server.queue.snapshot(), &id) {
        Ok(Some(job)) => answer::ok(&job),
        Ok(None) => answer::error(StatusCode::NOT_FOUND, "Job not found"),
        Err(_) => answer::crash(),
    }
}

pub(crate) async fn cancel(server: Shared, Path(id): Path<String>) -> Response {
    let cancelled = server.queue.interrupt(Some(&id)) || server.queue.delete(&id);
    answer::ok(&json!({"cancelled": cancelled}))
}

pub(crate) async fn cancel_several(server: Shared, request: Request) -> Response {
    let bad = |message| answer::error(StatusCode::BAD_REQUEST, message);
    let body = match answer::read_body(request).await {
        Ok(body) => python::parse(&body),
        Err(refusal) => return refusal,
    };
    let Ok(body) = body else {
        return bad("Request body must be valid JSON");
    };
    let Some(ids) = body.get("job_ids").and_then(Value::as_array) else {
        return bad("job_ids must be a list");
    };
    let valid = |id: &&Value| id.as_str().is_some_and(prompt::is_canonical);
    let invalid: Vec<String> = ids
        .iter()
        .filter(|id| !valid(id))
        .map(python::text)
        .collect();
    if !invalid.is_empty() {
        let body = json!({"error": "job_ids contains invalid id(s)", "invalid_ids": invalid});
        return answer::json(StatusCode::BAD_REQUEST, &body);
    }
    let cancelled = ids.iter().filter_map(Value::as_str).fold(false, |any, id| {
        let this = server.queue.interrupt(Some(id)) || server.queue.delete(id);
        any || this
    });
    answer::ok(&json!({"cancelled": cancelled}))
}
