//! From an HTTP request to a WebSocket.
//!
//! The request goes through the HTTP client, so that TLS, own certificate authorities, proxies,
//! credentials and errors are the same as everywhere else. It must never carry an `Origin`:
//! ComfyUI compares that with the address and answers 403.

use crate::client::Client;
use crate::error::{Error, ErrorKind, Operation, TimeoutPhase};
use crate::ids::ClientId;
use crate::transport::Whole;
use futures_util::SinkExt;
use reqwest::header::{
    CONNECTION, CONTENT_TYPE, HeaderMap, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use reqwest::{Response, StatusCode, Upgraded};
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// Longest message that is taken. Nodes send whole batches of images over the socket, more than the
/// 16 MiB that are usual; without any bound, a broken server could fill our memory.
const LONGEST_MESSAGE: usize = 256 * 1024 * 1024;

/// Longest body of a refusal that is read.
const LONGEST_REFUSAL: usize = 64 * 1024;

/// Has to be the first message of ours, or the server ignores it for good. With it, previews name
/// their prompt and node.
const FEATURE_FLAGS: &str = r#"{"type":"feature_flags","data":{"supports_preview_metadata":true}}"#;

/// Opens a socket under the client id and announces what we support.
pub(super) async fn connect(
    client: &Client,
    client_id: &ClientId,
    limit: Duration,
) -> Result<WebSocketStream<Upgraded>, Error> {
    let (request, operation) = client.upgrade_request(&["ws"], &[("clientId", client_id.as_str())]);
    let lost = operation.clone();
    let handshake = async {
        let connect_timeout = client.timeouts().connect;
        let failed = |error| {
            Error::new(
                operation.clone(),
                ErrorKind::from_http(error, connect_timeout),
            )
        };
        let key = generate_key();
        let response = request
            .headers(upgrade_headers(&key))
            .send()
            .await
            .map_err(failed)?;
        let upgraded = accepted(response, &key, &operation)
            .await?
            .upgrade()
            .await
            .map_err(failed)?;
        let mut socket =
            WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config())).await;
        let sent = socket.send(Message::text(FEATURE_FLAGS)).await;
        sent.map_err(|error| {
            let detail = error.to_string();
            Error::new(operation.clone(), ErrorKind::ConnectionLost { detail })
        })?;
        Ok(socket)
    };
    timeout(limit, handshake).await.unwrap_or_else(|_| {
        let kind = ErrorKind::Timeout {
            phase: TimeoutPhase::Request,
            after: limit,
        };
        Err(Error::new(lost, kind))
    })
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(LONGEST_MESSAGE))
        .max_frame_size(Some(LONGEST_MESSAGE))
}

fn upgrade_headers(key: &str) -> HeaderMap {
    let pairs = [
        (CONNECTION, "Upgrade"),
        (UPGRADE, "websocket"),
        (SEC_WEBSOCKET_VERSION, "13"),
        (SEC_WEBSOCKET_KEY, key),
    ];
    let value = |value: &str| value.parse().ok();
    pairs
        .into_iter()
        .filter_map(|(name, text)| Some((name, value(text)?)))
        .collect()
}

/// The answer, if it turns the connection into the socket that was asked for.
async fn accepted(response: Response, key: &str, operation: &Operation) -> Result<Response, Error> {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(refusal(response, operation).await);
    }
    let accept = response.headers().get(SEC_WEBSOCKET_ACCEPT);
    if accept.is_some_and(|accept| *accept == derive_accept_key(key.as_bytes())) {
        return Ok(response);
    }
    let detail = "it accepts a WebSocket that was not asked for".to_owned();
    Err(Error::new(
        operation.clone(),
        ErrorKind::Protocol { detail },
    ))
}

/// Why there is no socket: the status says it, or something on the way does not pass sockets on.
async fn refusal(mut response: Response, operation: &Operation) -> Error {
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await
        && body.len() + chunk.len() <= LONGEST_REFUSAL
    {
        body.extend_from_slice(&chunk);
    }
    let page = headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    match (Whole {
        status,
        headers,
        body,
        operation: operation.clone(),
    })
    .ok()
    {
        Err(error) => error,
        Ok(answer) if page => answer.protocol("it is an HTML page where a WebSocket was asked for"),
        Ok(answer) => {
            answer.protocol("it is no WebSocket, which a proxy on the way may not pass on")
        }
    }
}
