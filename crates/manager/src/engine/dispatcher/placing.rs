//! Finds a server for a job that may run on any connection, when its turn comes.

use super::{Dispatcher, LOOK};
use crate::engine::Shared;
use crate::error::Error;
use crate::job::{Job, JobId};
use crate::placement::Placement;
use crate::placing::able;
use crate::server::Server;
use crate::settings::ConnectionChoice;
use crate::store::Scope;
use comfyctl_workflow::Prompt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Jobs for which a server is looked for at the same time.
const PLACED_AT_ONCE: usize = 4;
/// Wait before servers that cannot run a job are asked again.
const PLACE_AGAIN: Duration = Duration::from_secs(30);

/// Servers that take a job, the best first, or why none does.
pub(super) type Placed = Result<Vec<Arc<Server>>, String>;

impl Dispatcher {
    /// Looks for a server that takes a job of any connection, unless that was done just now.
    pub(super) fn place(&mut self, job: &Job) {
        let (id, now) = (job.job_id, Instant::now());
        self.unplaced.retain(|_, at| now < *at);
        if self.unplaced.contains_key(&id)
            || self.placings.len() >= PLACED_AT_ONCE
            || !self.placing.insert(id)
        {
            return;
        }
        let labels = match &job.placement {
            Placement::Any { labels } => labels.clone(),
            _ => Vec::new(),
        };
        let shared = Arc::clone(&self.shared);
        self.placings.spawn(async move {
            let servers = find_servers(&shared, id, labels).await;
            (id, servers)
        });
    }

    /// Gives a job to the first of the servers with a free slot.
    pub(super) async fn take_placed(&mut self, id: JobId, placed: Placed) -> Result<(), Error> {
        self.placing.remove(&id);
        self.unplaced.remove(&id);
        let (reason, wait) = match placed {
            Ok(servers) => {
                for server in &servers {
                    self.claim(server, Scope::job(id)).await?;
                    if self.reins.contains_key(&id) {
                        return Ok(());
                    }
                }
                let names: Vec<_> = servers.iter().map(|server| server.name()).collect();
                (format!("for a free slot of {}", names.join(", ")), LOOK)
            }
            Err(reason) => (
                format!("for a connection that can run it: {reason}"),
                PLACE_AGAIN,
            ),
        };
        self.unplaced.insert(id, Instant::now() + wait);
        self.shared.store.note_waiting(id, &reason).await?;
        self.waits(id, reason);
        Ok(())
    }
}

/// Servers that can run a job, the best first, or why none can.
async fn find_servers(shared: &Shared, id: JobId, labels: Vec<String>) -> Placed {
    let told = |error: Error| error.to_string();
    let servers = shared
        .servers
        .candidates(&ConnectionChoice::Any { labels })
        .map_err(told)?;
    let prompt = shared
        .store
        .prompt(id)
        .await
        .map_err(told)?
        .unwrap_or_default();
    let prompt = serde_json::from_str(&prompt).map_err(|error| error.to_string())?;
    let prompt = Prompt::from_value(prompt).map_err(|error| error.to_string())?;
    able(servers, &prompt).await
}
