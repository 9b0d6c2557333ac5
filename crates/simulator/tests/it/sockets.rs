//! The WebSocket: handshakes, feature flags, limits, and who gets what.

use crate::support::{PATIENCE, Socket, client, post, sampler_prompt, small_prompt};
use comfyctl_simulator::Simulator;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

const FLAGS: &str = r#"{"type":"feature_flags","data":{"supports_preview_metadata":true}}"#;

async fn start() -> Simulator {
    Simulator::builder().start().await.unwrap()
}

/// Whether the server answers feature flags that come behind these messages.
async fn negotiates_after(first: Option<Message>) -> bool {
    let simulator = start().await;
    let mut socket = Socket::open(&simulator.url(), "/api/ws?clientId=me")
        .await
        .unwrap();
    if let Some(first) = first {
        socket.send(first).await;
    }
    socket.send(Message::text(FLAGS)).await;
    // Messages are read in order: the answer to the ping says that the flags have been read.
    socket.send(Message::Ping("read".into())).await;
    let mut answered = false;
    loop {
        let next = timeout(PATIENCE, socket.0.next()).await.unwrap();
        match next.unwrap().unwrap() {
            Message::Pong(_) => return answered,
            Message::Text(text) => answered |= text.contains("feature_flags"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn only_the_first_json_object_may_be_feature_flags() {
    assert!(negotiates_after(None).await);
    assert!(!negotiates_after(Some(Message::text(r#"{"type":"hello"}"#))).await);
}

#[tokio::test]
async fn junk_and_binary_frames_do_not_use_up_the_chance_to_negotiate() {
    assert!(negotiates_after(Some(Message::text("not json"))).await);
    assert!(negotiates_after(Some(Message::text("[1]"))).await);
    assert!(negotiates_after(Some(Message::binary(vec![1, 2, 3]))).await);
}

#[tokio::test]
async fn a_socket_without_an_id_gets_one() {
    let simulator = start().await;
    for path in ["/ws", "/ws?clientId="] {
        let mut socket = Socket::open(&simulator.url(), path).await.unwrap();
        let status = socket.next_json().await;
        let id = status["data"]["sid"].as_str().unwrap();
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}

#[tokio::test]
async fn a_frame_beyond_four_mebibytes_ends_the_connection() {
    let simulator = start().await;
    let mut socket = Socket::open(&simulator.url(), "/ws?clientId=me")
        .await
        .unwrap();
    socket.next_json().await;
    let large = Message::text("x".repeat(5 << 20));
    // The connection may break while the frame is still being sent.
    let _ = futures_util::SinkExt::send(&mut socket.0, large).await;
    assert!(socket.next().await.is_none());
}

#[tokio::test]
async fn a_page_of_another_site_is_refused() {
    let simulator = start().await;
    let url = format!("{}/ws?clientId=me", simulator.url());
    let foreign = client().get(&url).header("Origin", "http://evil.example");
    assert_eq!(foreign.send().await.unwrap().status(), 403);
    let foreign = client().get(&url).header("Sec-Fetch-Site", "cross-site");
    assert_eq!(foreign.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn previews_come_in_the_form_that_the_client_asked_for() {
    for (flags, event) in [(false, 1), (true, 4)] {
        let simulator = start().await;
        let mut socket = Socket::open(&simulator.url(), "/ws?clientId=me")
            .await
            .unwrap();
        if flags {
            socket.send(Message::text(FLAGS)).await;
            socket.until("feature_flags").await;
        }
        let body = json!({"prompt": sampler_prompt(1, 2), "client_id": "me",
            "extra_data": {"preview_method": "auto"}});
        assert_eq!(post(&simulator, body).await.0, 200);
        let mut kinds = Vec::new();
        while kinds.len() < 4 {
            match socket.next().await.unwrap() {
                Message::Binary(frame) => kinds.push(format!("event {}", frame[3])),
                Message::Text(text) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if message["type"] == "progress" {
                        kinds.push("progress".into());
                    }
                }
                _ => {}
            }
        }
        let preview = format!("event {event}");
        let expected = if flags {
            [preview.as_str(), "progress", &preview, "progress"]
        } else {
            ["progress", preview.as_str(), "progress", &preview]
        };
        assert_eq!(kinds, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sockets_that_connect_while_the_queue_changes_hold_nobody_up() {
    let simulator = Simulator::builder().start().await.unwrap();
    let connect = async {
        for number in 0..200 {
            let path = format!("/ws?clientId={number}");
            drop(Socket::open(&simulator.url(), &path).await.unwrap());
        }
    };
    let submit = async {
        for color in 0..200 {
            let body = json!({"prompt": small_prompt(color), "client_id": "me"});
            assert_eq!(post(&simulator, body).await.0, 200);
        }
    };
    tokio::join!(connect, submit);
}
