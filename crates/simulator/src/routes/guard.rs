//! What happens to every request: the check of its origin, `OPTIONS`, faults, and the form of 405.

use super::Shared;
use crate::answer;
use crate::fault::FaultKind;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use std::net::IpAddr;
use url::Url;

pub(crate) async fn guard(server: Shared, request: Request, next: Next) -> Response {
    if is_foreign(request.headers()) {
        return answer::empty(StatusCode::FORBIDDEN);
    }
    if request.method() == Method::OPTIONS {
        return answer::empty(StatusCode::OK);
    }
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let fault = server.faults.strike(|kind| match kind {
        FaultKind::Status(status, route) if route.matches(method.as_str(), &path) => {
            Some((*status, false))
        }
        FaultKind::StatusAfter(status, route) if route.matches(method.as_str(), &path) => {
            Some((*status, true))
        }
        _ => None,
    });
    let response = match fault {
        Some((status, false)) => {
            // The body is read, so that a client that still sends it sees the answer.
            let _ = answer::read_body(request).await;
            return failure(status);
        }
        _ => next.run(request).await,
    };
    match fault {
        Some((status, _)) => failure(status),
        None => plain_405(response),
    }
}

fn failure(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        return answer::crash();
    }
    let reason = status.canonical_reason().unwrap_or("Error");
    answer::text(status, format!("{}: {reason}", status.as_u16()))
}

fn plain_405(response: Response<Body>) -> Response {
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return response;
    }
    let allowed = response.headers().get(header::ALLOW);
    let mut methods: Vec<&str> = allowed
        .and_then(|methods| methods.to_str().ok())
        .into_iter()
        .flat_map(|methods| methods.split(','))
        .map(str::trim)
        .collect();
    methods.sort_unstable();
    let methods = HeaderValue::from_str(&methods.join(","));
    answer::wrong_method(methods.unwrap_or_else(|_| HeaderValue::from_static("GET,HEAD")))
}

/// Whether a page of another site sent the request. Only loopback hosts are protected.
fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("sec-fetch-site") == Some("cross-site") {
        return true;
    }
    let (Some(host), Some(origin)) = (text("host"), text("origin")) else {
        return false;
    };
    let Some((origin_host, origin_port)) = Url::parse(origin).ok().and_then(host_and_port) else {
        return false;
    };
    let host = Url::parse(&format!("http://{host}"))
        .ok()
        .and_then(host_and_port);
    let Some((host, port)) = host else {
        return false;
    };
    if !is_loopback(&host) {
        return false;
    }
    let ports_differ = origin_port.is_some() && port != origin_port;
    host != origin_host || ports_differ
}

fn host_and_port(url: Url) -> Option<(String, Option<u16>)> {
    let host = url.host_str()?.to_owned();
    Some((host, url.port()))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
