//! Who is let in over HTTP.

use comfyctl_manager::{ConnectionChoice, Locations, Manager};
use comfyctl_mcp::{Backend, HttpServer, Options};
use rstest::rstest;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest that something is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

const HELLO: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{
    "protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}"#;

const LIST: &str = r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#;

/// A server that reaches no ComfyUI.
async fn serve(settings: &Value) -> (SocketAddr, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let locations = Locations {
        settings_file: folder.path().join("settings.json"),
        data_folder: folder.path().join("data"),
    };
    std::fs::write(&locations.settings_file, settings.to_string()).unwrap();
    let options = Options {
        connection: ConnectionChoice::Address("http://127.0.0.1:1".to_owned()),
        ..Options::default()
    };
    let backend = Backend::new(Manager::open(locations).unwrap(), options);
    let server = HttpServer::bind(backend, "127.0.0.1:0").await.unwrap();
    let address = server.address().unwrap();
    tokio::spawn(server.serve(std::future::pending()));
    (address, folder)
}

/// Head and body of the answer to a request.
async fn ask(address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> String {
    let length = format!("Content-Length: {}\r\n", body.len());
    ask_in_form(address, method, path, &format!("{length}{headers}"), body).await
}

/// The same, of a request that says for itself how long it is.
async fn ask_in_form(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
         Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\
         {headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    loop {
        let read = stream.read(&mut part).await.unwrap();
        answer.extend_from_slice(&part[..read]);
        // A stream of events stays open: its head is enough.
        if read == 0 || answer.windows(4).any(|four| four == b"\r\n\r\n") {
            return String::from_utf8_lossy(&answer).into_owned();
        }
    }
}

#[rstest]
#[case::nobody_is_asked(json!({}), "", "200 OK")]
#[case::the_token_opens(json!({"auth_token": "secret"}), "Authorization: Bearer secret\r\n", "200 OK")]
#[case::another_does_not(json!({"auth_token": "secret"}), "Authorization: Bearer other\r\n", "401 ")]
#[case::nor_does_none(json!({"auth_token": "secret"}), "", "401 ")]
#[case::a_page_of_this_machine(json!({}), "Origin: http://localhost:3000\r\n", "200 OK")]
#[case::a_page_of_others(json!({}), "Origin: http://evil.example\r\n", "403 ")]
#[case::a_host_that_is_allowed(
    json!({"allowed_hosts": ["app.example"]}), "Origin: http://app.example\r\n", "200 OK")]
#[tokio::test]
async fn a_request_is_let_in_or_not(
    #[case] mcp: Value,
    #[case] headers: &str,
    #[case] expected: &str,
) {
    let (address, _folder) = serve(&json!({ "mcp": mcp })).await;
    let answer = ask(address, "POST", "/mcp", headers, HELLO).await;
    assert!(
        answer.starts_with(&format!("HTTP/1.1 {expected}")),
        "{answer}"
    );
}

#[tokio::test]
async fn health_is_told_to_everybody() {
    let (address, _folder) = serve(&json!({"mcp": {"auth_token": "secret"}})).await;
    let answer = ask(address, "GET", "/health", "", "").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_back() {
    let (address, _folder) = serve(&json!({"mcp": {"requests_per_minute": 2}})).await;
    for _ in 0..2 {
        let answer = ask(address, "POST", "/mcp", "", HELLO).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }
    let answer = ask(address, "POST", "/mcp", "", HELLO).await;
    assert!(answer.starts_with("HTTP/1.1 429 "), "{answer}");
    assert!(answer.to_lowercase().contains("retry-after: "), "{answer}");
}

#[tokio::test]
async fn a_session_ends_when_its_client_says_so() {
    let (address, _folder) = serve(&json!({})).await;
    let answer = ask(address, "POST", "/mcp", "", HELLO).await;
    let session = answer
        .lines()
        .find(|line| line.starts_with("mcp-session-id: "));
    let session = format!("{}\r\n", session.unwrap());
    let ended = ask(address, "DELETE", "/mcp", &session, "").await;
    assert!(ended.starts_with("HTTP/1.1 204 "), "{ended}");
    let gone = ask(address, "POST", "/mcp", &session, LIST).await;
    assert!(gone.starts_with("HTTP/1.1 404 "), "{gone}");
}

/// A body of a bit more than 1 MB.
fn long_body() -> String {
    HELLO.replace("test", &"x".repeat(1 << 20))
}

#[tokio::test]
async fn a_request_that_is_too_long_is_told_so_and_what_to_do() {
    let (address, _folder) = serve(&json!({"mcp": {"max_request_mb": 1}})).await;
    let answer = ask(address, "POST", "/mcp", "", &long_body()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(
        answer.contains("longer than 1 MB (`mcp.max_request_mb`)"),
        "{answer}"
    );
    // In pieces, whose length nobody tells beforehand.
    let body = long_body();
    let pieces = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let headers = "Transfer-Encoding: chunked\r\n";
    let answer = ask_in_form(address, "POST", "/mcp", headers, &pieces).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_request_may_be_as_long_as_the_settings_say() {
    let (address, _folder) = serve(&json!({"mcp": {"max_request_mb": 2}})).await;
    let answer = ask(address, "POST", "/mcp", "", &long_body()).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

/// Asks until the answer is as expected: a change of the settings is seen within seconds.
async fn until(address: SocketAddr, headers: &str, expected: &str) {
    let asking = async {
        while !ask(address, "POST", "/mcp", headers, HELLO)
            .await
            .starts_with(expected)
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap();
}

#[tokio::test]
async fn whom_to_let_in_is_followed_as_the_settings_change() {
    let (address, folder) = serve(&json!({})).await;
    let change = |mcp: Value| {
        let settings = json!({ "mcp": mcp }).to_string();
        std::fs::write(folder.path().join("settings.json"), settings).unwrap();
    };
    until(address, "", "HTTP/1.1 200 ").await;
    change(json!({"auth_token": "secret"}));
    until(address, "", "HTTP/1.1 401 ").await;
    until(address, "Authorization: Bearer secret\r\n", "HTTP/1.1 200 ").await;
    // Nobody is let in where a token is wanted that is not there.
    change(json!({"require_auth": true}));
    until(address, "Authorization: Bearer secret\r\n", "HTTP/1.1 503 ").await;
    change(json!({"allowed_hosts": ["app.example"]}));
    until(address, "Origin: http://app.example\r\n", "HTTP/1.1 200 ").await;
}
