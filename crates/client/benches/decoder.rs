//! How many messages of a socket can be taken in per second.
//!
//! `cargo bench -p comfyctl-client --bench decoder`

use bytes::Bytes;
use comfyctl_client::Event;
use comfyctl_client::socket::Frame;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use std::fmt::Write as _;

fn main() {
    divan::main();
}

const PROMPT_ID: &str = "bb89ab12-d91f-442e-baca-79f74437bdef";

/// The most frequent message, and the one that grows with the graph.
fn progress_state(nodes: usize) -> String {
    let mut text =
        format!(r#"{{"type": "progress_state", "data": {{"prompt_id": "{PROMPT_ID}", "nodes": {{"#);
    for node in 1..=nodes {
        let comma = if node == 1 { "" } else { ", " };
        let _ = write!(
            text,
            r#"{comma}"{node}": {{"value": 1.0, "max": 20.0, "state": "running", "node_id": "{node}", "prompt_id": "{PROMPT_ID}", "display_node_id": "{node}", "parent_node_id": null, "real_node_id": "{node}"}}"#
        );
    }
    text.push_str("}}}");
    text
}

/// What one step of a sampler sends in a graph of ten nodes.
fn messages_of_a_step() -> Vec<String> {
    vec![
        progress_state(10),
        format!(
            r#"{{"type": "progress", "data": {{"value": 2, "max": 20, "prompt_id": "{PROMPT_ID}", "node": "3"}}}}"#
        ),
        format!(
            r#"{{"type": "executing", "data": {{"node": "3", "display_node": "3", "prompt_id": "{PROMPT_ID}"}}}}"#
        ),
        r#"{"type": "status", "data": {"status": {"exec_info": {"queue_remaining": 1}}}}"#
            .to_owned(),
    ]
}

#[divan::bench(args = [1, 10, 100])]
fn progress_state_of_nodes(bencher: Bencher<'_, '_>, nodes: usize) {
    let text = progress_state(nodes);
    bencher
        .counter(ItemsCount::new(1_usize))
        .counter(BytesCount::of_str(&text))
        .bench_local(|| Event::from_text(black_box(&text)).unwrap());
}

#[divan::bench]
fn step_of_a_sampler(bencher: Bencher<'_, '_>) {
    let messages = messages_of_a_step();
    bencher
        .counter(ItemsCount::new(messages.len()))
        .bench_local(|| {
            for text in &messages {
                black_box(Event::from_text(black_box(text)).unwrap());
            }
        });
}

/// For comparison: the same message into a tree of JSON values.
#[divan::bench]
fn progress_state_of_10_nodes_as_a_tree(bencher: Bencher<'_, '_>) {
    let text = progress_state(10);
    bencher
        .counter(ItemsCount::new(1_usize))
        .bench_local(|| serde_json::from_str::<serde_json::Value>(black_box(&text)).unwrap());
}

#[divan::bench]
fn preview_with_metadata(bencher: Bencher<'_, '_>) {
    let metadata = format!(
        r#"{{"node_id": "3", "prompt_id": "{PROMPT_ID}", "display_node_id": "3", "parent_node_id": null, "real_node_id": "3", "image_type": "image/jpeg"}}"#
    );
    let mut frame = vec![0, 0, 0, 4];
    frame.extend(u32::try_from(metadata.len()).unwrap().to_be_bytes());
    frame.extend(metadata.as_bytes());
    frame.resize(frame.len() + 40_000, 0xff);
    let frame = Bytes::from(frame);
    bencher
        .counter(ItemsCount::new(1_usize))
        .bench_local(|| Frame::decode(black_box(frame.clone())).unwrap());
}
