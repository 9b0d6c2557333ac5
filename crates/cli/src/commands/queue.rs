//! `comfyctl queue`: what the server runs and what waits.

use super::queue_delete;
use crate::arguments::QueueArguments;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::table;
use comfyctl_client::{Queue, QueueItem};
use comfyctl_manager::Manager;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::{HashMap, HashSet};

/// A queue as `--json` gives it, without the graphs.
#[derive(Debug, Serialize)]
struct QueueView {
    running: Vec<ItemView>,
    pending: Vec<ItemView>,
}

#[derive(Debug, Serialize)]
struct ItemView {
    /// How many run before it.
    position: usize,
    prompt_id: String,
    number: f64,
    nodes: usize,
    client_id: Option<String>,
    workflow_id: Option<String>,
    /// Whether the history has it; `None` when the history cannot be read.
    ours: Option<bool>,
}

pub(crate) async fn run(
    arguments: QueueArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let client = context.server(&manager)?.client().clone();
    if arguments.clear {
        return queue_delete::clear(&client, context.printer).await;
    }
    if !arguments.delete.is_empty() {
        return queue_delete::delete(&client, arguments.delete, context.printer).await;
    }
    let queue = client.queue().await?;
    let ours = ours(&queue, &manager, context).await;
    manager.close().await;
    let view = QueueView::new(&queue, ours.as_ref());
    context.printer.result(&view, || text(&view));
    Ok(ExitStatus::Success)
}

/// Ids that the history has. A history that cannot be read is no reason to hide the queue.
async fn ours(queue: &Queue, manager: &Manager, context: &Context) -> Option<HashSet<String>> {
    let ids: Vec<&str> = items(queue).map(|item| item.prompt_id.as_str()).collect();
    match manager.known_jobs(&ids).await {
        Ok(known) => Some(known),
        Err(error) => {
            context.printer.warning(&error.to_string());
            None
        }
    }
}

fn items(queue: &Queue) -> impl Iterator<Item = &QueueItem> {
    queue.running.iter().chain(&queue.pending)
}

impl QueueView {
    fn new(queue: &Queue, ours: Option<&HashSet<String>>) -> Self {
        let mut running: Vec<_> = items(queue)
            .enumerate()
            .map(|(position, item)| ItemView::new(position, item, ours))
            .collect();
        let pending = running.split_off(queue.running.len());
        Self { running, pending }
    }
}

impl ItemView {
    fn new(position: usize, item: &QueueItem, ours: Option<&HashSet<String>>) -> Self {
        let graph: HashMap<String, &RawValue> =
            serde_json::from_str(item.prompt.get()).unwrap_or_default();
        let extra: Value = serde_json::from_str(item.extra_data.get()).unwrap_or_default();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Self {
            position,
            prompt_id: item.prompt_id.to_string(),
            number: item.number,
            nodes: graph.len(),
            client_id: text(&extra["client_id"]),
            workflow_id: text(&extra["extra_pnginfo"]["workflow"]["id"]),
            ours: ours.map(|ours| ours.contains(item.prompt_id.as_str())),
        }
    }
}

fn text(view: &QueueView) -> String {
    if view.running.is_empty() && view.pending.is_empty() {
        return "nothing runs and nothing waits".to_owned();
    }
    let running = view.running.iter().map(|item| row(item, "running"));
    let pending = view.pending.iter().map(|item| row(item, "pending"));
    let heading = [
        "POSITION", "STATE", "PROMPT", "NUMBER", "NODES", "OURS", "CLIENT", "WORKFLOW",
    ];
    table::render(heading, running.chain(pending))
}

fn row(item: &ItemView, state: &str) -> [String; 8] {
    let ours = match item.ours {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    };
    [
        item.position.to_string(),
        state.to_owned(),
        item.prompt_id.clone(),
        item.number.to_string(),
        item.nodes.to_string(),
        ours.to_owned(),
        item.client_id.clone().unwrap_or_default(),
        item.workflow_id.clone().unwrap_or_default(),
    ]
}
