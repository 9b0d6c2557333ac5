//! How a socket comes about, against servers that are no more than a port.

use super::{LIMIT, connected, disconnected, event, signal};
use crate::support::client;
use comfyctl_client::{
    ClientId, Disconnection, ErrorKind, Event, Listener, ListenerOptions, PromptId, Signal,
};
use futures_util::{SinkExt, StreamExt};
use rstest::rstest;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn listener(address: &str) -> Listener {
    Listener::start(
        client(address),
        ClientId::new("it's me"),
        ListenerOptions::default(),
    )
}

/// Accepts one socket and gives what was asked for with it.
async fn accept(port: &TcpListener) -> (Request, WebSocketStream<TcpStream>) {
    let (stream, _) = port.accept().await.unwrap();
    let mut asked = None;
    #[expect(clippy::result_large_err, reason = "the library's own signature")]
    let remember = |request: &Request, response: Response| {
        asked = Some(request.clone());
        Ok(response)
    };
    let socket = tokio_tungstenite::accept_hdr_async(stream, remember)
        .await
        .unwrap();
    (asked.unwrap(), socket)
}

async fn port() -> (TcpListener, String) {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = port.local_addr().unwrap().to_string();
    (port, address)
}

#[tokio::test]
async fn the_handshake_carries_credentials_and_no_origin_and_flags_come_first() {
    let (port, address) = port().await;
    let listener = listener(&format!("http://me:secret@{address}/comfy"));
    let (request, mut socket) = accept(&port).await;
    assert_eq!(request.uri().to_string(), "/comfy/ws?clientId=it%27s+me");
    assert_eq!(request.headers()["authorization"], "Basic bWU6c2VjcmV0");
    assert!(request.headers().get("origin").is_none());
    let first = socket.next().await.unwrap().unwrap();
    assert_eq!(
        first.to_text().unwrap(),
        r#"{"type":"feature_flags","data":{"supports_preview_metadata":true}}"#
    );
    drop(listener);
}

#[rstest]
#[case::login_wanted(401, "text/plain", "", Some(401))]
#[case::origin_or_proxy(403, "text/plain", "", Some(403))]
#[case::no_such_path(404, "application/octet-stream", "", Some(404))]
#[case::gateway(502, "text/html", "<html>", Some(502))]
#[case::another_site(200, "text/html", "<!doctype html>", None)]
#[case::upgrade_taken_out(200, "application/json", "{}", None)]
#[tokio::test]
async fn a_server_that_gives_no_socket_is_a_typed_error(
    #[case] answer: u16,
    #[case] content_type: &str,
    #[case] body: &str,
    #[case] status: Option<u16>,
) {
    let server = MockServer::start().await;
    let response = ResponseTemplate::new(answer).set_body_raw(body, content_type);
    let ask = Mock::given(method("GET"))
        .and(path("/ws"))
        .and(query_param("clientId", "it's me"));
    ask.respond_with(response).mount(&server).await;
    let listener = listener(&server.uri());
    let reason = disconnected(&mut listener.subscribe_all()).await;
    let Disconnection::Refused(error) = &*reason else {
        panic!("{reason:?}")
    };
    assert_eq!(error.status(), status, "{error}");
    assert!(
        status.is_some() || matches!(error.kind(), ErrorKind::Protocol { .. }),
        "{error}"
    );
    assert!(
        error.to_string().contains("GET /ws at http://127.0.0.1"),
        "{error}"
    );
}

#[tokio::test]
async fn a_socket_that_was_not_asked_for_is_not_taken() {
    let (port, address) = port().await;
    let listener = listener(&address);
    let mut all = listener.subscribe_all();
    let (mut stream, _) = port.accept().await.unwrap();
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).await.unwrap();
    let answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                  Sec-WebSocket-Accept: c29tZWJvZHkgZWxzZSdzIGtleQ==\r\n\r\n";
    stream.write_all(answer.as_bytes()).await.unwrap();
    let reason = disconnected(&mut all).await;
    let Disconnection::Refused(error) = &*reason else {
        panic!("{reason:?}")
    };
    assert_eq!(error.code(), "protocol");
}

#[tokio::test]
async fn a_server_that_never_answers_the_handshake_is_a_time_out() {
    let (port, address) = port().await;
    let handshake_timeout = Duration::from_millis(50);
    let options = ListenerOptions {
        handshake_timeout,
        ..ListenerOptions::default()
    };
    let listener = Listener::start(client(&address), ClientId::generate(), options);
    let mut all = listener.subscribe_all();
    let _frozen = port.accept().await.unwrap();
    let reason = disconnected(&mut all).await;
    let Disconnection::Refused(error) = &*reason else {
        panic!("{reason:?}")
    };
    assert_eq!(error.code(), "timeout");
}

#[tokio::test]
async fn a_frame_of_many_megabytes_is_taken_whole() {
    const MEGABYTES: usize = 40;
    let (port, address) = port().await;
    let listener = listener(&address);
    let mut all = listener.subscribe_all();
    let (_, mut socket) = accept(&port).await;
    let mut frame = vec![0, 0, 0, 1, 0, 0, 0, 2];
    frame.resize(MEGABYTES * 1024 * 1024, 7);
    let expected = frame.len() - 8;
    let sending = tokio::spawn(async move {
        socket.send(Message::binary(frame)).await.unwrap();
        socket
    });
    connected(&mut all).await;
    let Signal::Preview(preview) = signal(&mut all).await else {
        panic!()
    };
    assert_eq!(preview.image.len(), expected);
    drop(sending.await.unwrap());
}

#[tokio::test]
async fn a_preview_without_metadata_is_for_the_prompt_that_runs() {
    let (port, address) = port().await;
    let listener = listener(&address);
    let prompt_id = PromptId::new("a");
    let mut subscription = listener.subscribe(prompt_id.clone());
    let (_, mut socket) = accept(&port).await;
    connected(&mut subscription).await;
    let start = r#"{"type":"execution_start","data":{"prompt_id":"a"}}"#;
    socket.send(Message::text(start)).await.unwrap();
    socket
        .send(Message::binary(&b"\0\0\0\x01\0\0\0\x01JPEG"[..]))
        .await
        .unwrap();
    event(&mut subscription, |event| {
        matches!(event, Event::ExecutionStart(_))
    })
    .await;
    let Signal::Preview(preview) = signal(&mut subscription).await else {
        panic!()
    };
    assert_eq!(
        (preview.prompt_id, &preview.image[..]),
        (Some(prompt_id), &b"JPEG"[..])
    );
}

#[tokio::test]
async fn closing_the_listener_closes_the_socket_in_order() {
    let (port, address) = port().await;
    let listener = listener(&address);
    let mut all = listener.subscribe_all();
    let (_, mut socket) = accept(&port).await;
    connected(&mut all).await;
    let server = tokio::spawn(async move {
        let _flags = socket.next().await.unwrap().unwrap();
        let farewell = socket.next().await.unwrap().unwrap();
        assert!(farewell.is_close(), "{farewell:?}");
        assert!(socket.next().await.is_none());
    });
    tokio::time::timeout(LIMIT, listener.close()).await.unwrap();
    server.await.unwrap();
    assert!(all.next().await.is_none());
}

#[tokio::test]
async fn dropping_the_listener_drops_the_socket() {
    let (port, address) = port().await;
    let listener = listener(&address);
    let mut all = listener.subscribe_all();
    let (_, mut socket) = accept(&port).await;
    connected(&mut all).await;
    drop(listener);
    let _flags = socket.next().await.unwrap().unwrap();
    let end = socket.next().await;
    assert!(!matches!(end, Some(Ok(_))), "{end:?}");
    assert!(all.next().await.is_none());
}

#[tokio::test]
async fn dropping_the_listener_at_once_ends_its_subscriptions() {
    let listener = listener("127.0.0.1:1");
    let mut all = listener.subscribe_all();
    drop(listener);
    let end = tokio::time::timeout(LIMIT, all.next()).await.unwrap();
    assert!(end.is_none(), "{end:?}");
}

#[tokio::test]
async fn sixty_four_prompts_share_a_socket_and_none_holds_up_another() {
    const PROMPTS: u32 = 64;
    const STEPS: u32 = 100;
    let (port, address) = port().await;
    let listener = listener(&address);
    let prompt_id = |number: u32| PromptId::new(format!("prompt-{number}"));
    let mut sleeper = listener.subscribe(prompt_id(0));
    let mut all: Vec<_> = (0..PROMPTS)
        .map(|number| listener.subscribe(prompt_id(number)))
        .collect();
    let (_, mut socket) = accept(&port).await;
    let server = tokio::spawn(async move {
        for step in 0..STEPS {
            for prompt in 0..PROMPTS {
                let text = format!(
                    r#"{{"type":"progress","data":{{"value":{step},"max":{STEPS},"prompt_id":"prompt-{prompt}","node":"3"}}}}"#
                );
                socket.feed(Message::text(text)).await.unwrap();
            }
            socket.flush().await.unwrap();
        }
        for prompt in 0..PROMPTS {
            let end = format!(
                r#"{{"type":"executing","data":{{"node":null,"prompt_id":"prompt-{prompt}"}}}}"#
            );
            socket.send(Message::text(end)).await.unwrap();
        }
        socket
    });
    let read = all.iter_mut().map(|subscription| async {
        let mut values = Vec::new();
        loop {
            match signal(subscription).await {
                Signal::Event(Event::Progress(progress)) => values.push(progress.value),
                Signal::Event(Event::Executing(_)) => return values,
                Signal::Connected { first: true } => {}
                other => panic!("{other:?}"),
            }
        }
    });
    let expected: Vec<f64> = (0..STEPS).map(f64::from).collect();
    for values in futures_util::future::join_all(read).await {
        assert_eq!(values, expected);
    }
    let end = event(&mut sleeper, |event| matches!(event, Event::Executing(_))).await;
    assert_eq!(end.prompt_id(), Some(&prompt_id(0)));
    drop(server.await.unwrap());
}
