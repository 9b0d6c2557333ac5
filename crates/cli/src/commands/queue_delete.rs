//! `comfyctl queue --clear` and `--delete`: prompts that wait are taken out of the queue.
//!
//! The server says yes to everything, so the queue is looked at before and after: what began in
//! between was not deleted.

use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::printer::Printer;
use comfyctl_client::{Client, PromptId};
use comfyctl_manager::Code;
use serde_json::json;

pub(crate) async fn clear(client: &Client, printer: Printer) -> Result<ExitStatus, Failure> {
    let waiting = client.queue().await?.pending;
    let ids = waiting.into_iter().map(|item| item.prompt_id).collect();
    client.clear_queue().await?;
    report(&still_deleted(client, ids).await?, printer);
    Ok(ExitStatus::Success)
}

/// Deletes all of them, or nothing when one does not wait.
pub(crate) async fn delete(
    client: &Client,
    ids: Vec<String>,
    printer: Printer,
) -> Result<ExitStatus, Failure> {
    let ids: Vec<PromptId> = ids.into_iter().map(PromptId::new).collect();
    let queue = client.queue().await?;
    for id in &ids {
        if queue.is_running(id) {
            return Err(runs(id));
        }
        if queue.position(id).is_none() {
            let message = format!("no prompt `{id}` waits, so nothing was deleted");
            let hint = "`comfyctl queue` shows the ids".to_owned();
            return Err(Failure::new(Code::NotFound, message, Some(hint)));
        }
    }
    client.delete_pending(&ids).await?;
    let deleted = still_deleted(client, ids.clone()).await?;
    if let Some(began) = ids.iter().find(|id| !deleted.contains(id)) {
        return Err(runs(began));
    }
    report(&deleted, printer);
    Ok(ExitStatus::Success)
}

/// Without those that run now.
async fn still_deleted(client: &Client, mut ids: Vec<PromptId>) -> Result<Vec<PromptId>, Failure> {
    let queue = client.queue().await?;
    ids.retain(|id| !queue.is_running(id));
    Ok(ids)
}

fn runs(id: &PromptId) -> Failure {
    let message = format!("prompt `{id}` runs already");
    let hint = format!("stop it with `comfyctl interrupt {id}`");
    Failure::new(Code::NotFound, message, Some(hint))
}

fn report(deleted: &[PromptId], printer: Printer) {
    printer.result(&json!({ "deleted": deleted }), || match deleted {
        [] => "nothing waits".to_owned(),
        [id] => format!("deleted {id} from the queue"),
        _ => format!("deleted {} prompts from the queue", deleted.len()),
    });
}
