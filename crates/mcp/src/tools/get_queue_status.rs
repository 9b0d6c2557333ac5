//! `get_queue_status`: what a server runs and what waits there.

use super::page_size;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::tool::{Effect, Tool};
use comfyctl_client::{PromptId, Queue, QueueItem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::HashMap;

pub(super) struct GetQueueStatus;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    connection: Option<String>,
    /// Only this one, with its graph.
    prompt_id: Option<String>,
    #[serde(default = "page_size")]
    limit: usize,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    queue: Lists,
    running: usize,
    pending: usize,
}

#[derive(Serialize, JsonSchema)]
struct Lists {
    queue_running: Vec<Value>,
    queue_pending: Vec<Value>,
}

impl Tool for GetQueueStatus {
    const NAME: &'static str = "get_queue_status";
    const DESCRIPTION: &'static str = "What the server runs and what waits, without graphs.";
    const EFFECT: Effect = Effect::Reads;
    type Input = Input;
    type Output = Output;

    async fn call(input: Input, call: Call) -> Result<Answer<Output>, Failure> {
        let server = call.server(input.connection.as_deref())?;
        let queue = server.client().queue().await?;
        let lists = match &input.prompt_id {
            None => Lists {
                queue_running: queue.running.iter().map(line).collect(),
                queue_pending: queue.pending.iter().take(input.limit).map(line).collect(),
            },
            Some(id) => one(id, &queue)?,
        };
        Ok(Answer::from(Output {
            queue: lists,
            running: queue.running.len(),
            pending: queue.pending.len(),
        }))
    }
}

fn one(id: &str, queue: &Queue) -> Result<Lists, Failure> {
    let wanted = PromptId::new(id);
    let of = |items: &[QueueItem]| -> Vec<Value> {
        let items = items.iter().filter(|item| item.prompt_id == wanted);
        items.map(whole).collect()
    };
    let lists = Lists {
        queue_running: of(&queue.running),
        queue_pending: of(&queue.pending),
    };
    if lists.queue_running.is_empty() && lists.queue_pending.is_empty() {
        return Err(
            Failure::not_found(format!("no prompt `{id}` runs or waits"))
                .with_hint("get_job_status knows jobs that have ended"),
        );
    }
    Ok(lists)
}

fn line(item: &QueueItem) -> Value {
    let graph: HashMap<String, &RawValue> =
        serde_json::from_str(item.prompt.get()).unwrap_or_default();
    json!({ "prompt_id": item.prompt_id, "number": item.number, "nodes": graph.len() })
}

fn whole(item: &QueueItem) -> Value {
    let mut view = line(item);
    view["prompt"] = serde_json::from_str(item.prompt.get()).unwrap_or_default();
    view["output_nodes"] = json!(item.output_nodes);
    view
}
