//! What one prompt tells its subscriber, from the first word to the last: on a simulated server,
//! and on a real one where `COMFYUI_URL` names one.

use super::{Ears, connected, event, is_end};
use comfyctl_client::{Event, ListenerOptions, PromptId};
use serde_json::{Value, json};

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

#[tokio::test]
async fn a_real_server_tells_a_prompt_from_the_first_word_to_the_last() {
    let Ok(url) = std::env::var("COMFYUI_URL") else {
        eprintln!("SKIPPED: COMFYUI_URL names no real server");
        return;
    };
    assert_eq!(told(&url).await, STORY);
}
