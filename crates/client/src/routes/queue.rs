//! `/queue`: what runs and what waits.

use crate::client::Client;
use crate::error::Error;
use crate::ids::PromptId;
use comfyctl_workflow::NodeId;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::fmt;

const ROUTE: &[&str] = &["api", "queue"];

/// What a server has to do. Graphs are kept as they were written and parsed by who needs them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Queue {
    /// What is being executed: one prompt or none.
    #[serde(rename = "queue_running")]
    pub running: Vec<QueueItem>,
    /// What waits, in the order in which it will run.
    #[serde(rename = "queue_pending")]
    pub pending: Vec<QueueItem>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One prompt of a queue; also the `prompt` of a history entry.
#[derive(Debug, Clone)]
pub struct QueueItem {
    /// Place in the queue: lower runs first. NaN, which sorts last, where the server has no finite
    /// number.
    pub number: f64,
    /// Id of the execution.
    pub prompt_id: PromptId,
    /// The graph, as JSON.
    pub prompt: Box<RawValue>,
    /// What came with it, such as `client_id` and `create_time`, as JSON.
    pub extra_data: Box<RawValue>,
    /// Output nodes that will run.
    pub output_nodes: Vec<NodeId>,
}

impl Queue {
    /// Whether the prompt is being executed.
    pub fn is_running(&self, id: &PromptId) -> bool {
        self.running.iter().any(|item| item.prompt_id == *id)
    }

    /// How many prompts will run before this one, the running one included. `None` when it does not
    /// wait.
    pub fn position(&self, id: &PromptId) -> Option<usize> {
        let ahead = self.pending.iter().position(|item| item.prompt_id == *id)?;
        Some(self.running.len() + ahead)
    }

    /// Brings what waits from the server's heap into the order of execution.
    fn sort(&mut self) {
        self.pending.sort_by(|left, right| {
            let by_number = left.number.total_cmp(&right.number);
            by_number.then_with(|| left.prompt_id.cmp(&right.prompt_id))
        });
    }
}

impl QueueItem {
    /// One field of what came with the prompt.
    pub fn extra(&self, name: &str) -> Option<Value> {
        let extra: Map<String, Value> = serde_json::from_str(self.extra_data.get()).ok()?;
        extra
            .into_iter()
            .find_map(|(key, value)| (key == name).then_some(value))
    }
}

/// `[number, id, graph, extra_data, output ids]`, and whatever else a version adds.
impl<'de> Deserialize<'de> for QueueItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemVisitor)
    }
}

/// The list that it was read from.
impl Serialize for QueueItem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            number,
            prompt_id,
            prompt,
            extra_data,
            output_nodes,
        } = self;
        (number, prompt_id, prompt, extra_data, output_nodes).serialize(serializer)
    }
}

struct ItemVisitor;

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = QueueItem;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of number, prompt id, prompt, extra data and output nodes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<QueueItem, A::Error> {
        let missing = |index| serde::de::Error::invalid_length(index, &self);
        let number: Option<f64> = items.next_element()?.ok_or_else(|| missing(0))?;
        let item = QueueItem {
            number: number.unwrap_or(f64::NAN),
            prompt_id: items.next_element()?.ok_or_else(|| missing(1))?,
            prompt: items.next_element()?.ok_or_else(|| missing(2))?,
            extra_data: items.next_element()?.ok_or_else(|| missing(3))?,
            output_nodes: items.next_element()?.ok_or_else(|| missing(4))?,
        };
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(item)
    }
}

impl Client {
    /// What runs and what waits. Costs the server little and the wire all graphs: for the number
    /// alone there is [`Client::queue_remaining`].
    pub async fn queue(&self) -> Result<Queue, Error> {
        let mut queue: Queue = self.get(ROUTE).fetch().await?;
        queue.sort();
        Ok(queue)
    }

    /// How many prompts run and wait.
    pub async fn queue_remaining(&self) -> Result<u64, Error> {
        #[derive(Deserialize)]
        struct Status {
            exec_info: ExecInfo,
        }
        #[derive(Deserialize)]
        struct ExecInfo {
            queue_remaining: u64,
        }
        let status: Status = self.get(&["api", "prompt"]).fetch().await?;
        Ok(status.exec_info.queue_remaining)
    }

    /// Takes prompts that wait out of the queue, where they leave no trace. The server ignores those
    /// that run, ran or never were.
    pub async fn delete_pending(&self, ids: &[PromptId]) -> Result<(), Error> {
        self.post(ROUTE)
            .json(&json!({ "delete": ids }))?
            .done()
            .await
    }

    /// Takes everything that waits out of the queue.
    pub async fn clear_queue(&self) -> Result<(), Error> {
        self.post(ROUTE)
            .json(&json!({ "clear": true }))?
            .done()
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_sorted_and_odd_items_are_understood() {
        let body = br#"{
            "queue_running": [[0, "r", {"1": {}}, {"client_id": "c"}, ["1"], "later"]],
            "queue_pending": [
                [-3, "a", {}, {}, []], [NaN, "z", {}, {}, []],
                [5.0, "c", {}, {}, []], [2, "d", {}, {}, []], [2, "b", {}, {}, []]
            ],
            "new": 1
        }"#;
        let mut queue: Queue = comfyctl_workflow::json::from_slice_lenient(body).unwrap();
        queue.sort();
        let order: Vec<_> = queue
            .pending
            .iter()
            .map(|item| item.prompt_id.as_str())
            .collect();
        assert_eq!(order, ["a", "b", "d", "c", "z"]);
        assert_eq!(queue.running[0].prompt.get(), r#"{"1": {}}"#);
        assert_eq!(queue.running[0].extra("client_id"), Some("c".into()));
        assert_eq!(queue.position(&PromptId::new("d")), Some(3));
        assert!(queue.is_running(&PromptId::new("r")));
        assert_eq!(queue.rest["new"], 1);
    }
}
