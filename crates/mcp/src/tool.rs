//! What a tool is: a name, a description, typed parameters and results, and what it does.
//!
//! Each tool is a small type in `tools/`; [`Registered`] is the form in which the catalog keeps them
//! all.

use crate::answer::Answer;
use crate::arguments;
use crate::call::Call;
use crate::confirm::{self, Confirmation};
use crate::failure::Failure;
use crate::schema;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rmcp::model::{CallToolRequestParams, CallToolResponse, CallToolResult, ToolAnnotations};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;

/// What a tool changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing.
    Reads,
    /// Something new comes about each time, nothing is lost.
    Adds,
    /// The second time changes nothing more, and nothing is lost.
    Sets,
    /// Something may be lost; the second time loses nothing more.
    Destroys,
}

/// A tool as its file describes it.
pub(crate) trait Tool: 'static {
    /// As clients call it.
    const NAME: &'static str;
    /// For models: what it is for, and what to call instead or next.
    const DESCRIPTION: &'static str;
    /// What it changes.
    const EFFECT: Effect;
    /// Whether it reaches a ComfyUI server.
    const OPEN_WORLD: bool = true;
    /// Its parameters.
    type Input: DeserializeOwned + JsonSchema + Send;
    /// Its results, `success` and what a failure has aside.
    type Output: Serialize + JsonSchema + Send;

    /// What to ask before it is done, where it destroys something.
    fn question(_input: &Self::Input, _call: &Call) -> Option<String> {
        None
    }

    /// Does it.
    fn call(
        input: Self::Input,
        call: Call,
    ) -> impl Future<Output = Result<Answer<Self::Output>, Failure>> + Send;
}

/// Does what a tool does.
pub(crate) type Run = Arc<
    dyn Fn(CallToolRequestParams, Call, Arc<Registered>) -> BoxFuture<'static, CallToolResponse>
        + Send
        + Sync,
>;

/// A tool as the catalog keeps it.
#[derive(Clone)]
pub(crate) struct Registered {
    pub(crate) listing: rmcp::model::Tool,
    pub(crate) effect: Effect,
    run: Run,
}

impl fmt::Debug for Registered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.listing.name)
    }
}

impl Registered {
    pub(crate) fn of<T: Tool>() -> Self {
        let input = schema::of_input::<T::Input>();
        let listing = rmcp::model::Tool::new(T::NAME, T::DESCRIPTION, input)
            .with_annotations(annotations(T::EFFECT, T::OPEN_WORLD));
        let run: Run = Arc::new(|request, call, tool| run::<T>(request, call, tool).boxed());
        Self::new::<T::Output>(listing, T::EFFECT, run)
    }

    /// A tool that is not known before the program runs.
    pub(crate) fn new<Output: JsonSchema>(
        listing: rmcp::model::Tool,
        effect: Effect,
        run: Run,
    ) -> Self {
        let output = Arc::new(schema::of_output::<Output>());
        Self {
            listing: listing.with_raw_output_schema(output),
            effect,
            run,
        }
    }

    pub(crate) async fn run(
        self: Arc<Self>,
        request: CallToolRequestParams,
        call: Call,
    ) -> CallToolResponse {
        (self.run)(request, call, Arc::clone(&self)).await
    }
}

async fn run<T: Tool>(
    request: CallToolRequestParams,
    call: Call,
    tool: Arc<Registered>,
) -> CallToolResponse {
    let given = request.arguments.clone().unwrap_or_default();
    let input: T::Input = match arguments::read(given, &tool.listing.input_schema) {
        Ok(input) => input,
        Err(failure) => return CallToolResult::from(failure).into(),
    };
    if let Some(question) = T::question(&input, &call) {
        match confirm::ask(&question, &request, &call).await {
            Confirmation::Yes => {}
            Confirmation::No(failure) => return CallToolResult::from(failure).into(),
            Confirmation::AskFirst(required) => return required.into(),
        }
    }
    match T::call(input, call).await {
        Ok(answer) => answer.into_response(),
        Err(failure) => CallToolResult::from(failure).into(),
    }
}

pub(crate) fn annotations(effect: Effect, open_world: bool) -> ToolAnnotations {
    let annotations = ToolAnnotations::new().open_world(open_world);
    match effect {
        // The other two mean nothing for what changes nothing.
        Effect::Reads => annotations.read_only(true),
        Effect::Adds => annotations
            .read_only(false)
            .destructive(false)
            .idempotent(false),
        Effect::Sets => annotations
            .read_only(false)
            .destructive(false)
            .idempotent(true),
        Effect::Destroys => annotations
            .read_only(false)
            .destructive(true)
            .idempotent(true),
    }
}
