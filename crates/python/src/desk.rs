//! What the node pack inside ComfyUI asks of Rust: jobs, settings, workflows and connections in the form
//! of its routes, the MCP server, and a feed of what happens.
//!
//! One for each ComfyUI. Goes by the settings as they are changed, by whomever.

mod connections;
mod execute;
mod feed;
mod job_view;
mod jobs;
mod mcp;
mod office;
mod reach;
mod settings;
mod workflows;

use crate::call::{Answer, Call};
use crate::client::NativeClient;
use crate::error::Failure;
use crate::json;
use crate::manager::{NativeManager, arguments};
use crate::runtime;
use comfyctl_manager::Locations;
pub(crate) use feed::Feed;
use mcp::McpServer;
use office::Office;
use pyo3::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// Shared by all routes and nodes of a ComfyUI.
#[pyclass(frozen, weakref, module = "comfyui_api_manager._native")]
pub(crate) struct Desk {
    /// `None` only while it is dropped.
    shared: Option<Arc<Shared>>,
}

/// What calls hold on to while they work.
struct Shared {
    office: Office,
    mcp: McpServer,
}

impl Drop for Desk {
    fn drop(&mut self) {
        let shared = self.shared.take();
        match runtime::runtime() {
            Ok(runtime) => {
                // Sockets and timers may be closed within a runtime only.
                let _within = runtime.enter();
                drop(shared);
            }
            // In a forked child its locks may be held by threads that are not there.
            Err(_) => std::mem::forget(shared),
        }
    }
}

impl Desk {
    fn shared(&self) -> PyResult<Arc<Shared>> {
        runtime::runtime()?;
        let shared = self.shared.as_ref().map(Arc::clone);
        shared.ok_or_else(|| Failure::from(comfyctl_manager::ErrorKind::StoreClosed).into())
    }

    fn call<F>(&self, work: impl FnOnce(Arc<Shared>) -> F) -> PyResult<Call>
    where
        F: Future<Output = Result<Answer, Failure>> + Send + 'static,
    {
        Ok(Call::new(work(self.shared()?)))
    }
}

#[pymethods]
impl Desk {
    /// `own` is the address of the ComfyUI that this is part of.
    #[new]
    #[pyo3(signature = (own=None))]
    fn new(py: Python<'_>, own: Option<String>) -> PyResult<Self> {
        let within = runtime::runtime()?.enter();
        let open = || Office::open(Locations::find(None)?, own);
        let office = py.detach(open).map_err(Failure::from)?;
        drop(within);
        let shared = Shared {
            mcp: McpServer::default(),
            office,
        };
        Ok(Self {
            shared: Some(Arc::new(shared)),
        })
    }

    /// The manager, by the settings as they are now.
    fn manager(&self, py: Python<'_>) -> PyResult<NativeManager> {
        let shared = self.shared()?;
        let _within = runtime::runtime()?.enter();
        Ok(NativeManager::of(py.detach(|| shared.office.manager())))
    }

    /// The server of a connection or at an address, if the settings let nodes reach it.
    fn client(&self, py: Python<'_>, target: &Bound<'_, PyAny>) -> PyResult<NativeClient> {
        let shared = self.shared()?;
        let target = arguments(target)?;
        let _within = runtime::runtime()?.enter();
        let found = py.detach(|| reach::client(&shared.office.manager(), target));
        Ok(NativeClient::new(found?))
    }

    /// The target as it is to be submitted to, if the settings let nodes reach it.
    fn admit(&self, py: Python<'_>, target: &Bound<'_, PyAny>) -> PyResult<Answer> {
        let shared = self.shared()?;
        let target = arguments(target)?;
        let _within = runtime::runtime()?.enter();
        let found = py.detach(|| reach::admit(&shared.office.manager(), target))?;
        Ok(Answer::Json(reach::describe(found)))
    }

    /// The settings in effect, without secrets.
    fn settings(&self) -> PyResult<Call> {
        self.call(async |shared| settings::show(&shared.office))
    }

    /// Changes settings, by section and key; gives them back as they are then.
    fn change_settings(&self, sections: &Bound<'_, PyAny>) -> PyResult<Call> {
        let sections = json::from_python(sections)?;
        self.call(async move |shared| {
            let changed = settings::change(&shared.office, &sections)?;
            jobs::tidy(&shared.office.manager()).await?;
            if sections.get("mcp").is_some() {
                shared.mcp.go_by_settings(&shared.office).await;
            }
            Ok(changed)
        })
    }

    /// Forgets all that the file sets but connections, the store and secrets.
    fn reset_settings(&self) -> PyResult<Call> {
        self.call(async |shared| {
            let changed = settings::reset(&shared.office)?;
            shared.mcp.go_by_settings(&shared.office).await;
            Ok(changed)
        })
    }

    /// A page of the history, by the query of the route.
    fn jobs(&self, query: &Bound<'_, PyAny>) -> PyResult<Call> {
        let query = json::from_python(query)?;
        self.call(async move |shared| jobs::list(&shared.office.manager(), read(query)?).await)
    }

    /// A job by its id or by the start of it.
    fn job(&self, id: String) -> PyResult<Call> {
        self.call(async move |shared| jobs::one(&shared.office.manager(), &id).await)
    }

    /// Removes jobs from the history; all that have not ended are cancelled first unless kept.
    fn clear_jobs(&self, keep_active: bool) -> PyResult<Call> {
        self.call(async move |shared| jobs::clear(&shared.office.manager(), keep_active).await)
    }

    /// The bytes of an output file, or of a small picture of it.
    fn output(&self, id: String, index: usize, preview: bool) -> PyResult<Call> {
        self.call(async move |shared| {
            jobs::output(&shared.office.manager(), &id, index, preview).await
        })
    }

    /// How all jobs fared.
    fn statistics(&self) -> PyResult<Call> {
        self.call(async |shared| Answer::json(&shared.office.manager().overview().await?))
    }

    /// The connections of the settings, without credentials.
    fn connections(&self) -> PyResult<Call> {
        self.call(async |shared| Ok(connections::list(&shared.office.manager())))
    }

    /// Whether the server of a connection answers.
    fn test_connection(&self, name: Option<String>) -> PyResult<Call> {
        self.call(async move |shared| connections::test(&shared.office.manager(), name).await)
    }

    /// Adds, removes or chooses a connection: `add`, `remove`, `set_default`.
    fn change_connection(
        &self,
        action: String,
        name: String,
        url: Option<String>,
    ) -> PyResult<Call> {
        self.call(async move |shared| connections::change(&shared.office, &action, &name, url))
    }

    /// Saved workflows of this machine and of this ComfyUI.
    fn workflows(&self) -> PyResult<Call> {
        self.call(async |shared| workflows::list(&shared.office).await)
    }

    /// A saved workflow.
    fn workflow(&self, name: String) -> PyResult<Call> {
        self.call(async move |shared| workflows::one(&shared.office, &name).await)
    }

    /// What can be changed in a workflow, and what comes out: of the one that is given as JSON text,
    /// else of the saved one of that name.
    fn analyze(&self, name: String, document: Option<Vec<u8>>) -> PyResult<Call> {
        self.call(async move |shared| {
            workflows::analyze(&shared.office, &name, document.as_deref()).await
        })
    }

    /// Runs a workflow on this ComfyUI, as the execute routes do.
    fn execute(&self, name: Option<String>, body: &Bound<'_, PyAny>) -> PyResult<Call> {
        let body = json::from_python(body)?;
        self.call(async move |shared| execute::run(&shared.office, name, read(body)?).await)
    }

    /// How the MCP server stands.
    fn mcp_status(&self) -> PyResult<Call> {
        self.call(async |shared| shared.mcp.status(&shared.office).await)
    }

    /// Starts the MCP server if the settings want one here.
    fn mcp_start(&self) -> PyResult<Call> {
        self.call(async |shared| shared.mcp.start(&shared.office).await)
    }

    /// Stops the MCP server.
    fn mcp_stop(&self) -> PyResult<Call> {
        self.call(async |shared| shared.mcp.stop(&shared.office).await)
    }

    /// What happens to jobs from now on.
    fn feed(&self) -> PyResult<Feed> {
        Ok(Feed::new(self.shared()?))
    }

    /// Stops the MCP server, lets go of all jobs, and closes the history.
    fn close(&self) -> PyResult<Call> {
        self.call(async |shared| {
            shared.mcp.end().await;
            shared.office.manager().close().await;
            Ok(Answer::Nothing)
        })
    }
}

/// What came with a request.
fn read<T: DeserializeOwned>(given: Value) -> Result<T, Failure> {
    serde_json::from_value(given).map_err(|error| jobs::bad(error.to_string()))
}
