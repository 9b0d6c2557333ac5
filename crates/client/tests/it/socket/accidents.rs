//! What befalls a socket, and that its listener gets over it. On a simulated server whose faults
//! strike once.
//!
//! Prompts sleep until they are interrupted, so that nothing here depends on how fast a machine is.

use super::{Ears, connected, disconnected, event, is_at_node_5, is_end, signal};
use comfyctl_client::socket::ImageFormat;
use comfyctl_client::{Disconnection, Event, ListenerOptions, PromptId, Signal};
use comfyctl_simulator::Simulator;
use serde_json::{Value, json};
use std::time::Duration;

/// Reconnects without delay worth mentioning.
fn eager() -> ListenerOptions {
    let shortest_delay = Duration::from_millis(1);
    ListenerOptions {
        shortest_delay,
        longest_delay: shortest_delay,
        ..ListenerOptions::default()
    }
}

pub(super) async fn simulator(faults: &[&str]) -> Simulator {
    let builder = Simulator::builder();
    let with_fault =
        |builder: comfyctl_simulator::Builder, fault: &&str| builder.fault(fault.parse().unwrap());
    faults
        .iter()
        .fold(builder, with_fault)
        .start()
        .await
        .unwrap()
}

/// Makes an image and shows it after so many seconds.
pub(super) fn sleeping(seconds: f64) -> Value {
    json!({
        "1": {
            "class_type": "EmptyImage",
            "inputs": {"width": 16, "height": 16, "batch_size": 1, "color": 0},
        },
        "5": {"class_type": "TestSleep", "inputs": {"value": ["1", 0], "seconds": seconds}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["5", 0]}},
    })
}

fn sampling() -> Value {
    json!({
        "4": {
            "class_type": "CheckpointLoaderSimple",
            "inputs": {"ckpt_name": "v1-5-pruned-emaonly-fp16.safetensors"},
        },
        "5": {
            "class_type": "EmptyLatentImage",
            "inputs": {"width": 64, "height": 64, "batch_size": 1},
        },
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a lake", "clip": ["4", 1]}},
        "3": {"class_type": "KSampler", "inputs": {
            "model": ["4", 0], "positive": ["6", 0], "negative": ["6", 0], "latent_image": ["5", 0],
            "seed": 1, "steps": 3, "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal",
            "denoise": 1.0,
        }},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["8", 0]}},
    })
}

#[tokio::test]
async fn a_prompt_is_heard_to_its_end_although_its_socket_was_cut_in_the_middle() {
    let server = simulator(&["drop-socket=9*1"]).await;
    let ears = Ears::new(&server.url(), eager());
    let prompt_id = PromptId::generate();
    let mut subscription = ears.listener.subscribe(prompt_id.clone());
    assert!(connected(&mut subscription).await);
    ears.post(&prompt_id, sleeping(9999.0)).await;
    let reason = disconnected(&mut subscription).await;
    assert!(
        matches!(*reason, Disconnection::Broken { .. }),
        "{reason:?}"
    );
    assert!(!connected(&mut subscription).await);
    let greeting = event(&mut subscription, is_at_node_5).await;
    assert_eq!(greeting.prompt_id(), Some(&prompt_id));
    ears.client.interrupt(Some(&prompt_id)).await.unwrap();
    event(&mut subscription, is_end).await;
}

#[tokio::test]
async fn a_socket_that_the_server_has_forgotten_is_replaced() {
    let server = simulator(&["deafen-socket=9*1"]).await;
    let quiet_time = Duration::from_millis(200);
    let ears = Ears::new(
        &server.url(),
        ListenerOptions {
            quiet_time,
            ..eager()
        },
    );
    let prompt_id = PromptId::generate();
    let mut subscription = ears.listener.subscribe(prompt_id.clone());
    assert!(connected(&mut subscription).await);
    ears.post(&prompt_id, sleeping(9999.0)).await;
    let reason = disconnected(&mut subscription).await;
    assert!(matches!(*reason, Disconnection::Quiet { .. }), "{reason:?}");
    assert!(!connected(&mut subscription).await);
    let greeting = event(&mut subscription, is_at_node_5).await;
    assert_eq!(greeting.prompt_id(), Some(&prompt_id));
}

#[rstest::rstest]
#[case::frozen("freeze-socket=2*1")]
#[case::half_open("half-open-socket=2*1")]
#[tokio::test]
async fn a_socket_that_answers_no_ping_is_replaced(#[case] fault: &str) {
    let server = simulator(&[fault]).await;
    let ping_interval = Duration::from_millis(50);
    let silence_timeout = Duration::from_millis(500);
    let options = ListenerOptions {
        ping_interval,
        silence_timeout,
        ..eager()
    };
    let ears = Ears::new(&server.url(), options);
    let prompt_id = PromptId::generate();
    let mut subscription = ears.listener.subscribe(prompt_id.clone());
    let reason = disconnected(&mut subscription).await;
    assert!(
        matches!(*reason, Disconnection::Silent { .. }),
        "{reason:?}"
    );
    assert!(!connected(&mut subscription).await);
    ears.post(&prompt_id, sleeping(9999.0)).await;
    event(&mut subscription, |event| {
        event.prompt_id() == Some(&prompt_id)
    })
    .await;
}

#[tokio::test]
async fn a_server_that_was_killed_is_found_again_when_it_is_back() {
    let server = simulator(&[]).await;
    let ears = Ears::new(&server.url(), eager());
    let prompt_id = PromptId::generate();
    let mut subscription = ears.listener.subscribe(prompt_id.clone());
    assert!(connected(&mut subscription).await);
    ears.post(&prompt_id, sleeping(9999.0)).await;
    event(&mut subscription, is_at_node_5).await;
    server.kill().await;
    assert!(matches!(
        *disconnected(&mut subscription).await,
        Disconnection::Broken { .. }
    ));
    let refused = disconnected(&mut subscription).await;
    assert!(matches!(&*refused, Disconnection::Refused(error) if error.is_transient()));
    server.restart().await.unwrap();
    assert!(!connected(&mut subscription).await);
    ears.post(&prompt_id, sleeping(0.0)).await;
    event(&mut subscription, is_end).await;
}

#[tokio::test]
async fn an_output_of_five_megabytes_comes_over_the_socket() {
    let server = simulator(&[]).await;
    let ears = Ears::new(&server.url(), eager());
    let prompt_id = PromptId::generate();
    let mut subscription = ears.listener.subscribe(prompt_id.clone());
    assert!(connected(&mut subscription).await);
    let text = "x".repeat(5 * 1024 * 1024);
    let graph = json!({"1": {"class_type": "PreviewAny", "inputs": {"source": text}}});
    ears.post(&prompt_id, graph).await;
    let executed = event(&mut subscription, |event| {
        matches!(event, Event::Executed(_))
    })
    .await;
    let Event::Executed(executed) = executed else {
        unreachable!()
    };
    assert!(executed.output.get().len() >= text.len());
    event(&mut subscription, is_end).await;
}

#[tokio::test]
async fn previews_of_a_sampler_name_their_prompt_and_node() {
    let server = simulator(&[]).await;
    let ears = Ears::new(&server.url(), eager());
    let prompt_id = PromptId::generate();
    let mut subscription = ears.listener.subscribe(prompt_id.clone());
    assert!(connected(&mut subscription).await);
    ears.post_with(
        &prompt_id,
        sampling(),
        json!({"preview_method": "latent2rgb"}),
    )
    .await;
    let preview = loop {
        if let Signal::Preview(preview) = signal(&mut subscription).await {
            break preview;
        }
    };
    assert_eq!(preview.prompt_id, Some(prompt_id));
    assert_eq!(preview.node_id.unwrap().as_str(), "3");
    assert_eq!(preview.format, ImageFormat::Jpeg);
    assert!(preview.image.starts_with(&[0xff, 0xd8]));
    event(&mut subscription, is_end).await;
}

#[tokio::test]
async fn sixty_four_prompts_at_once_are_each_heard_to_their_end() {
    let server = simulator(&[]).await;
    let ears = Ears::new(&server.url(), eager());
    assert!(connected(&mut ears.listener.subscribe_all()).await);
    let stories = (0..64).map(|_| async {
        let prompt_id = PromptId::generate();
        let mut subscription = ears.listener.subscribe(prompt_id.clone());
        ears.post(&prompt_id, sleeping(0.0)).await;
        event(&mut subscription, is_end).await;
    });
    futures_util::future::join_all(stories).await;
}
