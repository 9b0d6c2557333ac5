//! `/history`: how executions ended. Held in the server's memory, so a restart forgets it.

use super::queue::QueueItem;
use crate::client::Client;
use crate::error::Error;
use crate::ids::PromptId;
use crate::output::Outputs;
use crate::verdict::{ExecutionStatus, Verdict};
use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

const ROUTE: &[&str] = &["api", "history"];

/// Which part of the history to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryRange {
    /// Everything, which on a busy server is a lot.
    All,
    /// The latest so many.
    Latest(u32),
    /// So many after the first `offset`, counted from the oldest.
    From {
        /// How many to skip.
        offset: u32,
        /// How many to give at most.
        count: u32,
    },
}

/// The record of one execution.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// The prompt as it was queued.
    pub prompt: QueueItem,
    /// What it produced; on a failure, what was produced until then.
    #[serde(default)]
    pub outputs: Outputs,
    /// How it ended, in the server's words.
    #[serde(default, deserialize_with = "default_for_null")]
    pub status: ExecutionStatus,
    /// Where outputs of nodes inside subgraphs belong, by node.
    #[serde(default)]
    pub meta: Map<String, Value>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// ComfyUI writes null for an execution without a status.
fn default_for_null<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<ExecutionStatus, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl HistoryEntry {
    /// How it ended.
    pub fn verdict(&self) -> Verdict {
        self.status.verdict()
    }
}

impl Client {
    /// Executions that ended, the oldest first.
    pub async fn history(
        &self,
        range: HistoryRange,
    ) -> Result<IndexMap<PromptId, HistoryEntry>, Error> {
        let (count, offset) = match range {
            HistoryRange::All => (None, None),
            // The server takes 0 for an empty answer too, but older ones took it for no limit.
            HistoryRange::Latest(0) | HistoryRange::From { count: 0, .. } => {
                return Ok(IndexMap::new());
            }
            HistoryRange::Latest(count) => (Some(count), None),
            HistoryRange::From { offset, count } => (Some(count), Some(offset)),
        };
        let (count, offset) = (count.map(|n| n.to_string()), offset.map(|n| n.to_string()));
        let count = count.as_deref().map(|count| ("max_items", count));
        let offset = offset.as_deref().map(|offset| ("offset", offset));
        self.get(ROUTE)
            .query(count.into_iter().chain(offset))
            .fetch()
            .await
    }

    /// The record of one execution. `None` while it waits and runs, and when the server does not
    /// know it: a look into the queue tells these apart.
    pub async fn history_entry(&self, id: &PromptId) -> Result<Option<HistoryEntry>, Error> {
        let route = &["api", "history", id.as_str()];
        let mut found: IndexMap<PromptId, HistoryEntry> = self.get(route).fetch().await?;
        Ok(found.swap_remove(id))
    }

    /// Forgets executions; those that the history does not hold are ignored.
    pub async fn delete_history(&self, ids: &[PromptId]) -> Result<(), Error> {
        self.post(ROUTE)
            .json(&json!({ "delete": ids }))?
            .done()
            .await
    }

    /// Forgets all executions.
    pub async fn clear_history(&self) -> Result<(), Error> {
        self.post(ROUTE)
            .json(&json!({ "clear": true }))?
            .done()
            .await
    }
}
