//! MCP over standard input and output. Standard output carries the protocol and nothing else.

use crate::backend::Backend;
use crate::service::Service;
use rmcp::ServiceExt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::CancellationToken;
use tracing::debug;

/// Serves one client until it goes away; its jobs go on.
pub async fn serve_stdio<R, W>(backend: Arc<Backend>, input: R, output: W) -> io::Result<()>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let input = Watched {
        input,
        ended: backend.closing.clone(),
    };
    let serving = Service::new(Arc::clone(&backend)).serve((input, output));
    match Box::pin(serving).await {
        Ok(running) => {
            running.waiting().await.map_err(io::Error::other)?;
        }
        // A client that leaves before it has said a word is no error.
        Err(error) => debug!(%error, "no session came about"),
    }
    backend.close().await;
    Ok(())
}

/// Tells when the client has closed its end, so that nobody waits for jobs on its behalf.
struct Watched<R> {
    input: R,
    ended: CancellationToken,
}

impl<R: AsyncRead + Unpin> AsyncRead for Watched<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.input).poll_read(context, buffer);
        let is_end = match &polled {
            Poll::Ready(Ok(())) => buffer.filled().len() == before && buffer.capacity() > before,
            Poll::Ready(Err(_)) => true,
            Poll::Pending => false,
        };
        if is_end {
            self.ended.cancel();
        }
        polled
    }
}
