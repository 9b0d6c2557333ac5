//! `comfyctl models`.

use super::not_on_server;
use crate::arguments::ModelsArguments;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use comfyctl_client::Client;
use serde_json::json;

pub(crate) async fn run(
    arguments: ModelsArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let client = context.client()?;
    let Some(folder) = arguments.folder else {
        return list_folders(&client, context).await;
    };
    let Some(models) = client.models(&folder).await? else {
        let folders = client.model_folders().await?;
        let known = folders.iter().map(String::as_str);
        let otherwise = "`comfyctl models` lists the folders";
        return Err(not_on_server::failure(
            "model folder",
            &folder,
            known,
            otherwise,
        ));
    };
    if models.is_empty() && !context.printer.is_json() {
        context
            .printer
            .note(format_args!("no models in `{folder}`"));
    }
    let result = json!({ "folder": folder, "models": models });
    context.printer.result(&result, || models.join("\n"));
    Ok(ExitStatus::Success)
}

/// Without counts: each would be a request of its own.
async fn list_folders(client: &Client, context: &Context) -> Result<ExitStatus, Failure> {
    let folders = client.model_folders().await?;
    let result = json!({ "folders": folders });
    context.printer.result(&result, || folders.join("\n"));
    Ok(ExitStatus::Success)
}
