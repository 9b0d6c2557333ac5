//! HTTP answers in the shapes that the server's framework gives them.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use comfyctl_workflow::validation::python;
use serde_json::{Value, json};

/// A JSON answer as Python writes it.
pub(crate) fn json(status: StatusCode, value: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (status, kind, python::dumps(value)).into_response()
}

/// A JSON answer with status 200.
pub(crate) fn ok(value: &Value) -> Response {
    json(StatusCode::OK, value)
}

/// A plain text answer.
pub(crate) fn text(status: StatusCode, text: impl Into<String>) -> Response {
    (status, text.into()).into_response()
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    status.into_response()
}

/// `{"error": "text"}`, the form of jobs and users.
pub(crate) fn error(status: StatusCode, message: &str) -> Response {
    json(status, &json!({"error": message}))
}

/// An exception that no handler caught.
pub(crate) fn crash() -> Response {
    text(
        StatusCode::INTERNAL_SERVER_ERROR,
        "500 Internal Server Error\n\nServer got itself in trouble",
    )
}

/// No route has this path.
pub(crate) fn nowhere() -> Response {
    let kind = [(header::CONTENT_TYPE, "application/octet-stream")];
    (StatusCode::NOT_FOUND, kind).into_response()
}

/// A route has this path, but not this method.
pub(crate) fn wrong_method(allowed: HeaderValue) -> Response {
    let allow = [(header::ALLOW, allowed)];
    (
        StatusCode::METHOD_NOT_ALLOWED,
        allow,
        "405: Method Not Allowed",
    )
        .into_response()
}

/// The whole body of a request, or the answer to one that is too large or broken.
pub(crate) async fn read_body(request: Request<Body>) -> Result<Bytes, Response> {
    use crate::server::MAX_BODY;
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let too_large = || {
        text(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("Maximum request body size {MAX_BODY} exceeded."),
        )
    };
    if announced.is_some_and(|length| length > MAX_BODY) {
        drain(request.into_body()).await;
        return Err(too_large());
    }
    axum::body::to_bytes(request.into_body(), MAX_BODY)
        .await
        .map_err(|_| too_large())
}

/// Reads on, so that the client gets to see the answer instead of a connection that breaks.
async fn drain(body: Body) {
    use futures_util::StreamExt as _;
    let mut chunks = body.into_data_stream();
    while let Some(Ok(_)) = chunks.next().await {}
}

/// The body of a request as JSON, or the answer to one that is none.
pub(crate) async fn read_json(request: Request<Body>) -> Result<Value, Response> {
    let body = read_body(request).await?;
    python::parse(&body).map_err(|_| crash())
}
