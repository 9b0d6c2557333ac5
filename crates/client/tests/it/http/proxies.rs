//! Proxies named by the environment are used, except for servers on this machine.
//!
//! The environment belongs to the whole process, so each test runs itself again in one of its own.

use crate::support::{client, ok};
use serde_json::json;
use std::process::Command;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

/// Tells the second run which server to ask.
const SERVER: &str = "COMFYCTL_TEST_SERVER";

/// `true` in the second run, which has asked its server.
async fn asked() -> bool {
    let Ok(server) = std::env::var(SERVER) else {
        return false;
    };
    client(&server).queue().await.unwrap();
    true
}

fn run_again(test: &str, server: &str, proxy: &str) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env(name, proxy);
    }
    command.env_remove("no_proxy").env_remove("NO_PROXY");
    command
        .args([test, "--exact"])
        .env(SERVER, server)
        .output()
        .unwrap()
        .status
        .success()
}

async fn comfyui() -> MockServer {
    let server = MockServer::start().await;
    let queue = json!({"queue_running": [], "queue_pending": []});
    Mock::given(any())
        .respond_with(ok(&queue))
        .mount(&server)
        .await;
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_elsewhere_is_asked_through_the_proxy() {
    if asked().await {
        return;
    }
    let proxy = comfyui().await;
    let test = "http::proxies::a_server_elsewhere_is_asked_through_the_proxy";
    assert!(run_again(test, "http://comfyui.invalid:8188", &proxy.uri()));
    let requests = proxy.received_requests().await.unwrap();
    assert_eq!(requests[0].headers["host"], "comfyui.invalid:8188");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_this_machine_is_asked_directly() {
    if asked().await {
        return;
    }
    let (server, proxy) = (comfyui().await, comfyui().await);
    let test = "http::proxies::a_server_on_this_machine_is_asked_directly";
    assert!(run_again(test, &server.uri(), &proxy.uri()));
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
    assert_eq!(proxy.received_requests().await.unwrap().len(), 0);
}
