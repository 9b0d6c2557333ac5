//! What one prompt tells its subscriber, from the first word to the last: on a simulated server,
//! and on a real one where `COMFYUI_URL` names one.

use super::accidents::{simulator, sleeping};
use super::{Ears, connected, disconnected, event, is_at_node_5, is_end};
use comfyctl_client::{ClientId, Disconnection, Event, ListenerOptions, PromptId};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;

/// Makes an image that no earlier run has made, and shows it.
fn graph() -> Value {
    let color = uuid::Uuid::new_v4().as_u128() % 0x0100_0000;
    json!({
        "1": {
            "class_type": "EmptyImage",
            "inputs": {"width": 16, "height": 16, "batch_size": 1, "color": color as u32},
        },
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    })
}

/// The types of all that is told of a prompt.
async fn told(url: &str) -> Vec<String> {
    let ears = Ears::new(url, ListenerOptions::default());
    let prompt_id = PromptId::generate();
    let mut subscription = ears.listener.subscribe(prompt_id.clone());
    assert!(connected(&mut subscription).await);
    ears.post(&prompt_id, graph()).await;
    let mut told = Vec::new();
    event(&mut subscription, |event| {
        assert_eq!(event.prompt_id(), Some(&prompt_id));
        if let Event::Executed(executed) = event {
            assert_eq!(executed.outputs().files().count(), 1);
        }
        told.push(
            serde_json::to_value(event).unwrap()["type"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
        is_end(event)
    })
    .await;
    assert!(
        ears.client
            .history_entry(&prompt_id)
            .await
            .unwrap()
            .is_some()
    );
    ears.listener.close().await;
    told
}

const STORY: [&str; 11] = [
    "execution_start",
    "execution_cached",
    "progress_state",
    "executing",
    "progress_state",
    "progress_state",
    "executing",
    "executed",
    "progress_state",
    "execution_success",
    "executing",
];

/// The real server to test against; `None`, said on stderr, when there is none.
#[expect(
    clippy::print_stderr,
    reason = "a test that checks nothing has to say so"
)]
fn real_server() -> Option<String> {
    let url = std::env::var("COMFYUI_URL").ok();
    if url.is_none() {
        eprintln!("SKIPPED: COMFYUI_URL names no real server");
    }
    url
}

/// A socket under the id that no listener owns, as one of a process before this one.
async fn older_socket(url: &str, client_id: &ClientId) -> WebSocketStream<TcpStream> {
    let address = url.trim_start_matches("http://");
    let stream = TcpStream::connect(address).await.unwrap();
    let request = format!("ws://{address}/ws?clientId={client_id}");
    tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap()
        .0
}

/// The end of an older socket makes the server forget the newer one of the same id; the listener
/// hears of its prompt again all the same. `graph` works on node 5 for a while, without a word.
async fn the_late_end_of_an_older_socket_is_got_over(url: &str, graph: Value) {
    let client_id = ClientId::generate();
    let older = older_socket(url, &client_id).await;
    let quiet_time = Duration::from_millis(300);
    let options = ListenerOptions {
        quiet_time,
        ..ListenerOptions::default()
    };
    let ears = Ears::under(client_id, url, options);
    let prompt_id = PromptId::generate();
    let mut subscription = ears.listener.subscribe(prompt_id.clone());
    connected(&mut subscription).await;
    ears.post(&prompt_id, graph).await;
    event(&mut subscription, is_at_node_5).await;
    drop(older);
    let reason = disconnected(&mut subscription).await;
    assert!(matches!(*reason, Disconnection::Quiet { .. }), "{reason:?}");
    assert!(!connected(&mut subscription).await);
    let greeting = event(&mut subscription, is_at_node_5).await;
    assert_eq!(greeting.prompt_id(), Some(&prompt_id));
    ears.client.interrupt(Some(&prompt_id)).await.unwrap();
}

#[tokio::test]
async fn a_simulated_server_that_forgets_the_socket_is_got_over() {
    let server = simulator(&[]).await;
    the_late_end_of_an_older_socket_is_got_over(&server.url(), sleeping(9999.0)).await;
}

#[tokio::test]
async fn a_real_server_that_forgets_the_socket_is_got_over() {
    let Some(url) = real_server() else { return };
    let mut graph = graph();
    graph["1"]["inputs"]["width"] = 2048.into();
    graph["1"]["inputs"]["height"] = 2048.into();
    graph["5"] = json!({
        "class_type": "ImageBlur",
        "inputs": {"image": ["1", 0], "blur_radius": 31, "sigma": 10.0},
    });
    graph["2"]["inputs"]["images"] = json!(["5", 0]);
    the_late_end_of_an_older_socket_is_got_over(&url, graph).await;
}

#[tokio::test]
async fn a_simulated_server_tells_a_prompt_from_the_first_word_to_the_last() {
    let server = simulator(&[]).await;
    assert_eq!(told(&server.url()).await, STORY);
}

#[tokio::test]
async fn a_real_server_tells_a_prompt_from_the_first_word_to_the_last() {
    let Some(url) = real_server() else { return };
    assert_eq!(told(&url).await, STORY);
}

/// Text frames go to every socket and name no prompt.
#[tokio::test]
async fn a_text_that_a_real_server_shows_belongs_to_the_prompt_that_runs() {
    let Some(url) = real_server() else { return };
    let ears = Ears::new(&url, ListenerOptions::default());
    let prompt_id = PromptId::generate();
    let mut subscription = ears.listener.subscribe(prompt_id.clone());
    connected(&mut subscription).await;
    let mut graph = graph();
    graph["3"] = json!({"class_type": "GetImageSize", "inputs": {"image": ["1", 0]}});
    graph["4"] = json!({"class_type": "PreviewAny", "inputs": {"source": ["3", 0]}});
    ears.post(&prompt_id, graph).await;
    let text = event(&mut subscription, |event| matches!(event, Event::Text(_))).await;
    let Event::Text(text) = text else {
        unreachable!()
    };
    assert_eq!(
        (text.prompt_id, text.node_id.as_str()),
        (Some(prompt_id), "3")
    );
    assert!(text.text.contains("16"), "{}", text.text);
    event(&mut subscription, is_end).await;
}
