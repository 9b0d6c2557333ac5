//! Asks a server where it has a prompt: the one source of truth on how a job stands.

use crate::course::Sighting;
use crate::ending::{ending_of, job_error};
use comfyctl_client::{Client, Error, PromptId};

/// Looks into the queue, then into the history: a prompt moves in that direction only, so one that
/// is in neither is not there.
pub(crate) async fn look(client: &Client, id: &PromptId) -> Sighting {
    match sight(client, id).await {
        Ok(sighting) => sighting,
        Err(error) => no_answer(&error),
    }
}

/// Looks into the history alone, which tells of a prompt that is known to have ended; falls back on
/// a whole look.
pub(crate) async fn look_for_end(client: &Client, id: &PromptId) -> Sighting {
    match client.history_entry(id).await {
        Ok(Some(entry)) => Sighting::Finished(ending_of(&entry)),
        Ok(None) => look(client, id).await,
        Err(error) => no_answer(&error),
    }
}

/// A 500 passes too: ComfyUI gives it for an entry that it is just changing.
fn no_answer(error: &Error) -> Sighting {
    let for_now = error.is_transient() || error.status().is_some_and(|status| status >= 500);
    Sighting::NoAnswer {
        error: job_error(error),
        for_now,
    }
}

async fn sight(client: &Client, id: &PromptId) -> Result<Sighting, Error> {
    let queue = client.queue().await?;
    if queue.is_running(id) {
        return Ok(Sighting::Running);
    }
    if let Some(ahead) = queue.position(id) {
        return Ok(Sighting::Queued {
            ahead: ahead + queue.running.len(),
        });
    }
    let entry = client.history_entry(id).await?;
    Ok(entry.map_or(Sighting::Absent, |entry| {
        Sighting::Finished(ending_of(&entry))
    }))
}
