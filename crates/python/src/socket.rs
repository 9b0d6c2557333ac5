//! What a server says on its WebSocket, one message at a time. Reconnects by itself.

use crate::call::{Answer, Call};
use crate::error::Failure;
use comfyctl_client::socket::{Listener, ListenerOptions, Signal, Subscription};
use comfyctl_client::{Client, ClientId};
use pyo3::prelude::*;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Connects with the first message that is asked for.
#[pyclass(frozen, module = "comfyui_api_manager._native")]
pub(crate) struct Socket {
    state: Arc<State>,
}

struct State {
    client: Client,
    client_id: ClientId,
    open: Mutex<Option<(Listener, Subscription)>>,
}

impl Socket {
    pub(crate) fn new(client: Client, client_id: ClientId) -> Self {
        Self {
            state: Arc::new(State {
                client,
                client_id,
                open: Mutex::new(None),
            }),
        }
    }
}

#[pymethods]
impl Socket {
    /// The next message as a dictionary, or the image of a preview as bytes.
    fn next(&self) -> Call {
        let state = Arc::clone(&self.state);
        Call::new(async move { state.next().await })
    }

    /// Closes the socket in order.
    fn close(&self) -> Call {
        let state = Arc::clone(&self.state);
        Call::new(async move {
            if let Some((listener, _)) = state.open.lock().await.take() {
                listener.close().await;
            }
            Ok(Answer::Nothing)
        })
    }
}

impl State {
    async fn next(&self) -> Result<Answer, Failure> {
        let mut open = self.open.lock().await;
        let (_, subscription) = open.get_or_insert_with(|| {
            let options = ListenerOptions::default();
            let listener = Listener::start(self.client.clone(), self.client_id.clone(), options);
            let subscription = listener.subscribe_all();
            (listener, subscription)
        });
        loop {
            match subscription.next().await {
                Some(Signal::Event(event)) => return Answer::json(&event),
                Some(Signal::Preview(preview)) => return Ok(Answer::Bytes(preview.image.into())),
                // That it is connected again, or was, is told by the server's queue and history.
                Some(_) => {}
                None => return Ok(Answer::Nothing),
            }
        }
    }
}
