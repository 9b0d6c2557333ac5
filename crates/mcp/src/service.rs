//! The protocol's side of the server: what it can do, which tools and resources there are, and who
//! may be cancelled. One for each session; what sessions share is the [`Backend`].

use crate::backend::Backend;
use crate::call::{Call, apart, gone_means_cancelled, unless_gone};
use crate::catalog::Catalog;
use crate::compact::{CallInput, CallTool};
use crate::completion;
use crate::instructions::INSTRUCTIONS;
use crate::offer::Freshness;
use crate::prompts;
use crate::resources;
use crate::subscription::{self, Subscriptions};
use crate::task;
use crate::tool::{Registered, Tool as _};
use comfyctl_workflow::nearest;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CancelTaskParams, CancelledNotificationParam,
    CompleteRequestParams, CompleteResult, ErrorData, GetPromptRequestParams, GetPromptResponse,
    GetTaskParams, GetTaskResult, Implementation, ListPromptsResult, ListResourceTemplatesResult,
    ListResourcesResult, ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams,
    ReadResourceResponse, RequestId, ServerCapabilities, ServerConfig, SubscribeRequestParams,
    SubscriptionFilter, Tool, UnsubscribeRequestParams, UpdateTaskParams,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::{RoleServer, ServerHandler};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// As clients show it.
const NAME: &str = "ComfyUI API Manager";

/// One session.
#[derive(Debug)]
pub struct Service {
    backend: Arc<Backend>,
    /// Calls that have no answer yet.
    open: Mutex<HashMap<RequestId, CancellationToken>>,
    /// Tells the client when the list of tools changes.
    telling: OnceLock<AbortOnDropHandle<()>>,
    /// The resources that it watches.
    subscriptions: Subscriptions,
}

impl Service {
    /// A session that nobody has connected to yet.
    #[must_use]
    pub fn new(backend: Arc<Backend>) -> Self {
        Self {
            backend,
            open: Mutex::default(),
            telling: OnceLock::new(),
            subscriptions: Subscriptions::default(),
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<RequestId, CancellationToken>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tool that is meant, which is another than the one called in the compact form.
    async fn resolve(
        &self,
        mut request: CallToolRequestParams,
    ) -> Result<(Arc<Registered>, CallToolRequestParams), ErrorData> {
        let offer = &self.backend.offer;
        let mut catalog = offer.catalog();
        if catalog.find(&request.name).is_none() {
            // Perhaps a workflow that nobody has listed yet.
            offer.renew(Freshness::Files, &self.backend).await;
            catalog = offer.catalog();
        }
        let Some(tool) = catalog.find(&request.name) else {
            return Err(unknown_tool(&request.name, &catalog));
        };
        if tool.listing.name == CallTool::NAME {
            let given = request.arguments.clone().unwrap_or_default();
            let inner: Result<CallInput, _> =
                crate::arguments::read(given, &tool.listing.input_schema);
            let callable = catalog.callable();
            if let Ok(inner) = inner
                && let Some(meant) = callable.iter().find(|tool| tool.listing.name == inner.name)
            {
                request.arguments = Some(inner.arguments.0);
                return Ok((Arc::clone(meant), request));
            }
        }
        Ok((tool, request))
    }
}

impl ServerHandler for Service {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_prompts()
            .enable_completions()
            .enable_tasks()
            .build();
        // Clients show one of the two names; version 2.0.0 had this one.
        let implementation = Implementation::new(NAME, env!("CARGO_PKG_VERSION"))
            .with_title(NAME)
            .with_description("Runs ComfyUI workflows, and follows and keeps their jobs.");
        ServerConfig::new(capabilities)
            .with_server_info(implementation)
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let offer = &self.backend.offer;
        offer.renew(Freshness::Now, &self.backend).await;
        let catalog = offer.catalog();
        let tools = catalog.listed().iter();
        let tools = tools.map(|tool| tool.listing.clone()).collect();
        Ok(ListToolsResult::with_all_items(tools))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        Some(self.backend.offer.catalog().find(name)?.listing.clone())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let (tool, request) = self.resolve(request).await?;
        let id = context.id.clone();
        let cancelled = CancellationToken::new();
        self.open().insert(id.clone(), cancelled.clone());
        let call = Call {
            backend: Arc::clone(&self.backend),
            request: context,
            cancelled: cancelled.clone(),
        };
        let gone = gone_means_cancelled(&call.request).then(|| call.request.ct.clone());
        let closing = call.closing.clone();
        let working = tool.run(request, call);
        let response = apart(async move {
            match gone {
                Some(gone) => unless_gone(working, gone, closing, cancelled).await,
                None => working.await,
            }
        })
        .await;
        self.open().remove(&id);
        response
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        let mut changes = self.backend.offer.changes();
        let telling = async move {
            while changes.changed().await.is_ok() {
                if context.peer.notify_tool_list_changed().await.is_err() {
                    break;
                }
            }
        };
        // Ends with the session.
        let _ = self
            .telling
            .set(AbortOnDropHandle::new(tokio::spawn(telling)));
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(subscription::accepted(requested.clone()))
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        subscription::tell(&context, &self.backend).await;
        Ok(())
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let subscriptions = &self.subscriptions;
        subscriptions
            .add(request.uri, context.peer, &self.backend)
            .await
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.subscriptions.remove(&request.uri);
        Ok(())
    }

    async fn on_cancelled(
        &self,
        notification: CancelledNotificationParam,
        _context: NotificationContext<RoleServer>,
    ) {
        let id = notification.request_id;
        if let Some(cancelled) = id.and_then(|id| self.open().remove(&id)) {
            cancelled.cancel();
        }
    }

    async fn list_resources(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(resources::fixed()))
    }

    async fn list_resource_templates(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let templates = resources::templates();
        Ok(ListResourceTemplatesResult::with_all_items(templates))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let backend = Arc::clone(&self.backend);
        let reading = async move { resources::read(&request.uri, &backend).await };
        Ok(apart(reading).await??.into())
    }

    async fn list_prompts(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(prompts::all()))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        Ok(prompts::get(&request.name, request.arguments.as_ref())?.into())
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        let backend = Arc::clone(&self.backend);
        apart(async move { task::get(&request.task_id, &backend).await }).await?
    }

    /// No task of ours asks for anything.
    async fn update_task(
        &self,
        request: UpdateTaskParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        task::find(&request.task_id, &self.backend).await.map(drop)
    }

    async fn cancel_task(
        &self,
        request: CancelTaskParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let backend = Arc::clone(&self.backend);
        apart(async move { task::cancel(&request.task_id, &backend).await }).await?
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let backend = Arc::clone(&self.backend);
        apart(async move { completion::complete(&request, &backend).await }).await
    }
}

fn unknown_tool(name: &str, catalog: &Catalog) -> ErrorData {
    let names = catalog.listed().iter().map(|tool| &*tool.listing.name);
    let meant = nearest(name, names).map(|name| format!("; did you mean `{name}`?"));
    let message = format!("there is no tool `{name}`{}", meant.unwrap_or_default());
    ErrorData::invalid_params(message, None)
}
