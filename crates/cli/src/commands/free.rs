//! `comfyctl free`.

use crate::arguments::FreeArguments;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use serde_json::json;

pub(crate) async fn run(
    arguments: &FreeArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let free_memory = !arguments.models;
    context.client()?.free(true, free_memory).await?;
    let result = json!({ "unload_models": true, "free_memory": free_memory });
    context.printer.result(&result, || {
        let cache = if free_memory {
            " and empties its cache"
        } else {
            ""
        };
        format!("the server unloads its models{cache} as soon as it is idle")
    });
    Ok(ExitStatus::Success)
}
