//! What the keeper asks of a server: a socket, and which of our prompts it is running.
//!
//! A trait, so that the keeper's timing is tested without a network and with the clock stopped.

use super::handshake;
use crate::client::Client;
use crate::error::Error;
use crate::ids::{ClientId, PromptId};
use crate::routes::queue::QueueItem;
use reqwest::Upgraded;
use std::future::Future;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;

/// A server as the keeper of one client id sees it.
pub(super) trait Server: Send + Sync + 'static {
    /// The bytes below the socket.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send;

    /// Opens a socket under the client id.
    fn connect(&self) -> impl Future<Output = Result<WebSocketStream<Self::Stream>, Error>> + Send;

    /// The prompt posted with the client id that is running now, if one is.
    fn running(&self) -> impl Future<Output = Result<Option<PromptId>, Error>> + Send;
}

/// A real server.
pub(super) struct RealServer {
    client: Client,
    client_id: ClientId,
    handshake_timeout: Duration,
}

impl RealServer {
    pub(super) fn new(client: Client, client_id: ClientId, handshake_timeout: Duration) -> Self {
        Self {
            client,
            client_id,
            handshake_timeout,
        }
    }
}

impl Server for RealServer {
    type Stream = Upgraded;

    async fn connect(&self) -> Result<WebSocketStream<Upgraded>, Error> {
        handshake::connect(&self.client, &self.client_id, self.handshake_timeout).await
    }

    async fn running(&self) -> Result<Option<PromptId>, Error> {
        let queue = self.client.queue().await?;
        let ours = |item: &QueueItem| {
            item.extra("client_id")
                .is_some_and(|id| id == self.client_id.as_str())
        };
        Ok(queue
            .running
            .into_iter()
            .find(ours)
            .map(|item| item.prompt_id))
    }
}
