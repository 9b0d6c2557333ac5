//! Which of several servers takes a job: those that have what the prompt needs, the least loaded
//! first. Asked when a job is submitted to any connection, and again when its turn comes.

use crate::error::Error;
use crate::server::Server;
use comfyctl_workflow::Prompt;
use comfyctl_workflow::check::check;
use futures_util::future::{BoxFuture, join_all};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Time for a server to answer: one that takes longer is no good choice.
const PATIENCE: Duration = Duration::from_secs(10);

/// The servers that answer, least loaded first, and of the others why not.
pub(crate) async fn by_load(servers: Vec<Arc<Server>>) -> (Vec<Arc<Server>>, Vec<String>) {
    let asked = join_all(servers.into_iter().map(load)).await;
    let (mut answered, mut reasons) = (Vec::new(), Vec::new());
    for (server, load) in asked {
        match load {
            Ok(load) => answered.push((load, server)),
            Err(reason) => reasons.push(format!("`{}` does not answer: {reason}", server.name())),
        }
    }
    // Equal ones stay in the order of the settings.
    answered.sort_by_key(|(load, _)| *load);
    let servers = answered.into_iter().map(|(_, server)| server);
    (servers.collect(), reasons)
}

/// Those that can run a prompt, least loaded first; else why none can.
pub(crate) async fn able(
    servers: Vec<Arc<Server>>,
    prompt: &Prompt,
) -> Result<Vec<Arc<Server>>, String> {
    let (answered, mut reasons) = by_load(servers).await;
    let mut checks: Vec<BoxFuture<'_, _>> = Vec::with_capacity(answered.len());
    for server in &answered {
        checks.push(Box::pin(lacks(server, prompt)));
    }
    let checked = join_all(checks).await;
    let mut able = Vec::new();
    for (server, lack) in answered.iter().zip(checked) {
        match lack {
            Ok(None) => able.push(Arc::clone(server)),
            Ok(Some(lack)) => reasons.push(format!("`{}`: {lack}", server.name())),
            Err(error) => reasons.push(format!("`{}` cannot be asked: {error}", server.name())),
        }
    }
    if able.is_empty() {
        Err(reasons.join("; "))
    } else {
        Ok(able)
    }
}

async fn load(server: Arc<Server>) -> (Arc<Server>, Result<u64, String>) {
    let asked = timeout(PATIENCE, server.client().queue_remaining()).await;
    let load = match asked {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err(format!("not within {} s", PATIENCE.as_secs())),
    };
    (server, load)
}

/// What keeps the server from running the prompt: a class, a model, a value that it does not know.
async fn lacks(server: &Server, prompt: &Prompt) -> Result<Option<String>, Error> {
    let definitions = server.definitions_for(prompt).await?;
    let report = check(prompt, Some(&definitions));
    let first = report.errors().next().map(ToString::to_string);
    Ok(first)
}
