//! Asks a server where it has a prompt: the one source of truth on how a job stands.

use crate::course::Sighting;
use crate::ending::{ending_of, job_error};
use comfyctl_client::{Client, Error, PromptId};

/// Looks into the queue, then into the history: a prompt moves in that direction only, so one that
/// is in neither is not there.
pub(crate) async fn look(client: &Client, id: &PromptId) -> Sighting {
    match sight(client, id).await {
        Ok(sighting) => sighting,
        Err(error) => Sighting::NoAnswer(job_error(&error)),
    }
}

/// Looks into the history alone, which tells of a prompt that is known to have ended; falls back on
/// a whole look.
pub(crate) async fn look_for_end(client: &Client, id: &PromptId) -> Sighting {
    match client.history_entry(id).await {
        Ok(Some(entry)) => Sighting::Finished(ending_of(&entry)),
        Ok(None) => look(client, id).await,
        Err(error) => Sighting::NoAnswer(job_error(&error)),
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
