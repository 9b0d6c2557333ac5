//! `comfyctl jobs tag`.

use crate::arguments::TagJob;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use serde_json::json;

pub(crate) async fn run(arguments: &TagJob, context: &Context) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let id = manager.job(&arguments.id).await?.job_id;
    let (add, remove) = arguments.changes();
    if !(add.is_empty() && remove.is_empty()) {
        manager.change_tags(id, add, remove).await?;
    }
    let tags = manager.tags(id).await?;
    manager.close().await;
    let shown = json!({ "job_id": id, "tags": tags });
    context.printer.result(&shown, || tags.join("\n"));
    Ok(ExitStatus::Success)
}
