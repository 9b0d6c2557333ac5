//! Clients and servers for the tests of the HTTP routes.

pub(crate) mod recordings;
pub(crate) mod scripted;

use comfyctl_client::{Client, Connection, Timeouts};
use comfyctl_workflow::Prompt;
use serde_json::{Value, json};
use std::time::Duration;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) fn client(address: &str) -> Client {
    Client::new(&Connection::parse(address).unwrap()).unwrap()
}

/// For servers that let one wait: only what is asked for ends early.
pub(crate) fn impatient(address: &str, shorten: impl FnOnce(&mut Timeouts, Duration)) -> Client {
    let mut connection = Connection::parse(address).unwrap();
    shorten(&mut connection.timeouts, Duration::from_millis(50));
    Client::new(&connection).unwrap()
}

/// A server that gives one answer to one route, and 404 to all else.
pub(crate) async fn answering(
    verb: &str,
    route: &str,
    answer: ResponseTemplate,
) -> (MockServer, Client) {
    let server = MockServer::start().await;
    Mock::given(method(verb))
        .and(path(route))
        .respond_with(answer)
        .mount(&server)
        .await;
    let client = client(&server.uri());
    (server, client)
}

pub(crate) fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

pub(crate) fn text(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.to_owned(), "text/plain; charset=utf-8")
}

pub(crate) fn prompt() -> Prompt {
    Prompt::from_value(json!({
        "1": {"class_type": "EmptyImage",
            "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }))
    .unwrap()
}

/// `METHOD path?query` of every request that a server got.
pub(crate) async fn requests(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.unwrap();
    let line = |request: &wiremock::Request| {
        let query = request
            .url
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        format!("{} {}{query}", request.method, request.url.path())
    };
    requests.iter().map(line).collect()
}
