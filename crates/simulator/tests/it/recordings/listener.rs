//! A socket of a scenario: it connects when the recorded one did and collects what comes.

use super::normal::{binary_message, without_ticks};
use crate::support::{PATIENCE, Socket};
use futures_util::StreamExt as _;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// What a socket got, and the means to end it.
pub(super) struct Listener {
    messages: Arc<Mutex<Vec<Value>>>,
    arrived: Arc<Notify>,
    close: Option<oneshot::Sender<()>>,
    task: tokio::task::JoinHandle<()>,
}

impl Listener {
    pub(super) async fn open(url: &str, path: &str, sent: &Value) -> Self {
        let mut socket = Socket::open(url, path).await.unwrap();
        for message in sent.as_array().into_iter().flatten() {
            socket.send(Message::text(message.to_string())).await;
        }
        let messages = Arc::<Mutex<Vec<Value>>>::default();
        let arrived = Arc::new(Notify::new());
        let (close, mut closed) = oneshot::channel();
        let (kept, told) = (Arc::clone(&messages), Arc::clone(&arrived));
        let task = tokio::spawn(async move {
            loop {
                let message = tokio::select! {
                    _ = &mut closed => {
                        let _ = socket.0.close(None).await;
                        while let Some(Ok(_)) = socket.0.next().await {}
                        return;
                    }
                    message = socket.0.next() => message,
                };
                let value = match message {
                    Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
                    Some(Ok(Message::Binary(frame))) => binary_message(&frame),
                    Some(Ok(_)) => continue,
                    Some(Err(_)) | None => return,
                };
                kept.lock().unwrap().push(value);
                told.notify_one();
            }
        });
        Self {
            messages,
            arrived,
            close: Some(close),
            task,
        }
    }

    pub(super) fn messages(&self) -> Vec<Value> {
        self.messages.lock().unwrap().clone()
    }

    /// Waits until as many messages have come, repeated ticks not counted.
    pub(super) async fn wait_for(&self, count: usize) -> bool {
        let enough = async {
            while without_ticks(self.messages()).len() < count {
                self.arrived.notified().await;
            }
        };
        timeout(PATIENCE / 6, enough).await.is_ok()
    }

    /// Closes the socket properly and waits for the other side to do so too.
    pub(super) async fn close(&mut self) {
        if let Some(close) = self.close.take() {
            let _ = close.send(());
            let _ = (&mut self.task).await;
        }
    }

    /// Whether the server ended the connection.
    pub(super) async fn ended(&mut self) -> bool {
        timeout(PATIENCE / 6, &mut self.task).await.is_ok()
    }
}
