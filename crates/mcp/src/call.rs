//! One call of a tool: what it may use, and how it hears that it is not wanted any more.

use crate::backend::Backend;
use axum::http;
use rmcp::RoleServer;
use rmcp::model::{ErrorData, ProgressToken, ProtocolVersion};
use rmcp::service::RequestContext;
use std::ops::Deref;
use std::pin::pin;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// One call of a tool.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) backend: Arc<Backend>,
    pub(crate) request: RequestContext<RoleServer>,
    /// The client said that it wants no answer any more. Not cancelled when it merely goes away:
    /// then jobs go on.
    pub(crate) cancelled: CancellationToken,
}

impl Call {
    /// Whether the client can be given a task in place of a result.
    pub(crate) fn knows_tasks(&self) -> bool {
        let capabilities = self.request.client_capabilities();
        capabilities.is_some_and(|capabilities| capabilities.supports_tasks())
    }

    /// Where the client wants to hear of progress, if it does.
    pub(crate) fn progress_token(&self) -> Option<ProgressToken> {
        self.request.meta.get_progress_token()
    }
}

impl Deref for Call {
    type Target = Backend;

    fn deref(&self) -> &Backend {
        &self.backend
    }
}

/// Whether a client that closes its connection says by that that it wants no answer any more: over
/// HTTP it does from 2026-07-28 on, where it has no other way to say so.
pub(crate) fn gone_means_cancelled(request: &RequestContext<RoleServer>) -> bool {
    let version = request.protocol_version();
    request.extensions.get::<http::request::Parts>().is_some()
        && version.is_some_and(|version| version >= ProtocolVersion::V_2026_07_28)
}

/// Works, and cancels the call when the client is gone.
pub(crate) async fn unless_gone<T>(
    working: impl Future<Output = T>,
    gone: CancellationToken,
    closing: CancellationToken,
    cancelled: CancellationToken,
) -> T {
    let mut working = pin!(working);
    tokio::select! {
        response = &mut working => return response,
        () = gone.cancelled() => {}
    }
    // When this process ends, that is not the client's wish.
    if !closing.is_cancelled() {
        cancelled.cancel();
    }
    working.await
}

/// Works in a task of its own: what was begun goes on when the client goes away, and a bug of ours
/// ends nothing but the call.
pub(crate) async fn apart<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, ErrorData> {
    tokio::spawn(work)
        .await
        .map_err(|_| ErrorData::internal_error("the tool broke down; its log says why", None))
}
