//! A client of the barest kind, so that the simulator is tested without the real one.

use comfyctl_simulator::Simulator;
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Client;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{self, Message};

/// No event that a test waits for takes longer than this, however busy the machine is.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// HTTP without TLS, proxies or redirects.
pub(crate) fn client() -> Client {
    // The builder wants a TLS provider even for plain HTTP; a second installation is refused.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

/// One WebSocket of a test.
pub(crate) struct Socket(pub(crate) WebSocketStream<TcpStream>);

impl Socket {
    pub(crate) async fn open(url: &str, path: &str) -> Result<Self, tungstenite::Error> {
        let address = url.strip_prefix("http://").unwrap();
        let stream = TcpStream::connect(address).await?;
        let target = format!("ws://{address}{path}");
        let config = tungstenite::protocol::WebSocketConfig::default();
        let (socket, _) =
            tokio_tungstenite::client_async_with_config(target, stream, Some(config)).await?;
        Ok(Self(socket))
    }

    pub(crate) async fn send(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    /// The next message that is no ping or pong; `None` when the connection has ended.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        loop {
            let next = timeout(PATIENCE, self.0.next())
                .await
                .expect("a message in time");
            match next? {
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(message) => return Some(message),
            }
        }
    }

    /// The next JSON message.
    pub(crate) async fn next_json(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.next().await.expect("the socket is open") {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    /// All JSON messages up to and with the end marker of a job.
    pub(crate) async fn until_end(&mut self) -> Vec<Value> {
        let mut messages = Vec::new();
        loop {
            let message = self.next_json().await;
            let end = message["type"] == "executing" && message["data"]["node"].is_null();
            messages.push(message);
            if end {
                return messages;
            }
        }
    }

    /// JSON messages up to the first of a type.
    pub(crate) async fn until(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next_json().await;
            if message["type"] == kind {
                return message;
            }
        }
    }
}

/// `EmptyImage` to `SaveImage`.
pub(crate) fn small_prompt(color: u32) -> Value {
    json!({
        "1": {"class_type": "EmptyImage",
            "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": color}},
        "2": {"class_type": "SaveImage",
            "inputs": {"images": ["1", 0], "filename_prefix": "test"}},
    })
}

/// Text to image with the sampler.
pub(crate) fn sampler_prompt(seed: u64, steps: u32) -> Value {
    json!({
        "3": {"class_type": "KSampler", "inputs": {
            "seed": seed, "steps": steps, "cfg": 7.0, "sampler_name": "euler",
            "scheduler": "normal", "denoise": 1.0, "model": ["4", 0], "positive": ["6", 0],
            "negative": ["7", 0], "latent_image": ["5", 0]}},
        "4": {"class_type": "CheckpointLoaderSimple",
            "inputs": {"ckpt_name": "v1-5-pruned-emaonly.safetensors"}},
        "5": {"class_type": "EmptyLatentImage",
            "inputs": {"width": 512, "height": 384, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a lighthouse", "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "rain", "clip": ["4", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage",
            "inputs": {"images": ["8", 0], "filename_prefix": "lighthouse"}},
    })
}

/// Posts a prompt and gives the answer's status and body.
pub(crate) async fn post(simulator: &Simulator, body: Value) -> (u16, Value) {
    let url = format!("{}/prompt", simulator.url());
    let response = client().post(url).json(&body).send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

/// A JSON answer.
pub(crate) async fn get(simulator: &Simulator, path: &str) -> Value {
    let url = format!("{}{path}", simulator.url());
    client()
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}
