//! `comfyctl workflow delete`.

use crate::arguments::DeleteWorkflows;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::library;
use serde_json::json;

/// Nothing is deleted when one of the names is wrong.
pub(crate) async fn run(
    arguments: DeleteWorkflows,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let library = library::open(arguments.library.source(), context)?;
    for name in &arguments.names {
        if library.read(name.as_str()).await?.is_none() {
            return Err(library::no_such(&library, name.as_str()).await);
        }
    }
    for name in &arguments.names {
        library.delete(name).await?;
    }
    context
        .printer
        .result(&json!({ "deleted": arguments.names }), || {
            let lines: Vec<String> = arguments
                .names
                .iter()
                .map(|name| format!("deleted `{name}`"))
                .collect();
            lines.join("\n")
        });
    Ok(ExitStatus::Success)
}
