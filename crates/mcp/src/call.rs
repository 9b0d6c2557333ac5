//! One call of a tool: what it may use, and how it hears that it is not wanted any more.

use crate::backend::Backend;
use rmcp::RoleServer;
use rmcp::model::ProgressToken;
use rmcp::service::RequestContext;
use std::ops::Deref;
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
