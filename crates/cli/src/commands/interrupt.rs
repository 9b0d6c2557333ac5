//! `comfyctl interrupt`.

use crate::arguments::InterruptArguments;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use comfyctl_client::{PromptId, Queue};
use comfyctl_manager::Code;
use serde_json::json;

/// Always stops a prompt by its id, also when none was given: the next one, which may be someone
/// else's, must not be hit instead.
pub(crate) async fn run(
    arguments: InterruptArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let client = context.client()?;
    let wanted = arguments.prompt_id.map(PromptId::new);
    let queue = client.queue().await?;
    let running = queue.running.first().map(|item| &item.prompt_id);
    let target = match &wanted {
        Some(id) if !queue.is_running(id) => return Err(does_not_run(id, &queue)),
        Some(id) => Some(id),
        None => running,
    };
    let interrupted = match target {
        Some(id) => client.cancel(id).await?.then_some(id),
        None => None,
    };
    if let (Some(id), None) = (&wanted, interrupted) {
        return Err(does_not_run(id, &queue));
    }
    let result = json!({ "interrupted": interrupted });
    context.printer.result(&result, || match interrupted {
        Some(id) => format!("interrupted {id}; the server stops it at its next check"),
        None => "nothing runs".to_owned(),
    });
    Ok(ExitStatus::Success)
}

fn does_not_run(id: &PromptId, queue: &Queue) -> Failure {
    let (message, hint) = match queue.position(id) {
        Some(_) => (
            format!("prompt `{id}` waits and does not run"),
            format!("take it out of the queue with `comfyctl queue --delete {id}`"),
        ),
        None => (
            format!("prompt `{id}` does not run"),
            "`comfyctl queue` shows what does".to_owned(),
        ),
    };
    Failure::new(Code::NotFound, message, Some(hint))
}
