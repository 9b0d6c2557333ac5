//! How many messages of a socket can be taken in per second: decoded, and carried from a server in
//! the same process through a listener to 64 subscribers.
//!
//! `cargo bench -p comfyctl-client --bench decoder`

#![expect(clippy::unwrap_used, reason = "a benchmark has nobody to report to")]

use bytes::Bytes;
use comfyctl_client::socket::Frame;
use comfyctl_client::{
    Client, ClientId, Connection, Event, Listener, ListenerOptions, PromptId, Signal, Subscription,
};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use std::fmt::Write as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

fn main() {
    divan::main();
}

const PROMPT_ID: &str = "bb89ab12-d91f-442e-baca-79f74437bdef";

fn progress_state(nodes: usize) -> String {
    progress_state_of(PROMPT_ID, nodes)
}

/// The most frequent message, and the one that grows with the graph.
fn progress_state_of(prompt_id: &str, nodes: usize) -> String {
    let mut text =
        format!(r#"{{"type": "progress_state", "data": {{"prompt_id": "{prompt_id}", "nodes": {{"#);
    for node in 1..=nodes {
        let comma = if node == 1 { "" } else { ", " };
        let _ = write!(
            text,
            r#"{comma}"{node}": {{"value": 1.0, "max": 20.0, "state": "running", "node_id": "{node}", "prompt_id": "{prompt_id}", "display_node_id": "{node}", "parent_node_id": null, "real_node_id": "{node}"}}"#
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

const PROMPTS: usize = 64;
const STEPS: usize = 100;

/// A listener with its subscribers, and the server's end of its socket.
struct Stage {
    runtime: Runtime,
    _listener: Listener,
    subscriptions: Vec<Subscription>,
    server: WebSocketStream<TcpStream>,
}

impl Stage {
    fn new(prompts: usize) -> Self {
        let runtime = Runtime::new().unwrap();
        let (listener, mut subscriptions, server) = runtime.block_on(async {
            let port = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = port.local_addr().unwrap().to_string();
            let client = Client::new(&Connection::parse(&address).unwrap()).unwrap();
            let options = ListenerOptions::default();
            let listener = Listener::start(client, ClientId::generate(), options);
            let subscribe = |number| listener.subscribe(PromptId::new(format!("prompt-{number}")));
            let subscriptions: Vec<_> = (0..prompts).map(subscribe).collect();
            let (stream, _) = port.accept().await.unwrap();
            let mut server = tokio_tungstenite::accept_async(stream).await.unwrap();
            let _feature_flags = server.next().await;
            (listener, subscriptions, server)
        });
        runtime.block_on(join_all(subscriptions.iter_mut().map(Subscription::next)));
        Self {
            runtime,
            _listener: listener,
            subscriptions,
            server,
        }
    }

    /// Sends all messages and waits until each subscriber has got its share.
    fn play(&mut self, messages: &[Message]) {
        let server = &mut self.server;
        let send = async {
            for message in messages {
                server.feed(message.clone()).await.unwrap();
            }
            server.flush().await.unwrap();
        };
        let receive = join_all(self.subscriptions.iter_mut().map(|subscription| async {
            for _ in 0..STEPS {
                let signal = subscription.next().await.unwrap();
                assert!(matches!(black_box(signal), Signal::Event(_)));
            }
        }));
        self.runtime.block_on(async { tokio::join!(send, receive) });
    }
}

#[divan::bench(sample_count = 20)]
fn through_a_listener_to_64_subscribers(bencher: Bencher<'_, '_>) {
    let mut stage = Stage::new(PROMPTS);
    let of_prompt = |number| Message::text(progress_state_of(&format!("prompt-{number}"), 10));
    let messages: Vec<_> = (0..STEPS)
        .flat_map(|_| (0..PROMPTS).map(of_prompt).collect::<Vec<_>>())
        .collect();
    bencher
        .counter(ItemsCount::new(messages.len()))
        .bench_local(|| stage.play(&messages));
}

/// Broadcast progress of prompts that nobody here subscribed to, and then some of our own.
#[divan::bench(sample_count = 20)]
fn through_a_listener_past_other_peoples_prompts(bencher: Bencher<'_, '_>) {
    let mut stage = Stage::new(1);
    let foreign = Message::text(progress_state_of("somebody-else", 10));
    let own = Message::text(progress_state_of("prompt-0", 10));
    let mut messages = vec![foreign; PROMPTS * STEPS];
    messages.extend(vec![own; STEPS]);
    bencher
        .counter(ItemsCount::new(messages.len()))
        .bench_local(|| stage.play(&messages));
}
