//! Finished jobs, oldest first, and the slices of them that can be asked for.

use crate::job::Job;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The server forgets the oldest beyond these.
const LONGEST: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) job: Arc<Job>,
    pub(crate) outputs: Map<String, Value>,
    /// `status_str` is `success`.
    pub(crate) success: bool,
    /// `[event, data]` pairs.
    pub(crate) messages: Vec<Value>,
    pub(crate) meta: Map<String, Value>,
}

impl Finished {
    pub(crate) fn status(&self) -> Value {
        json!({
            "status_str": if self.success { "success" } else { "error" },
            "completed": self.success,
            "messages": self.messages,
        })
    }

    fn to_json(&self) -> Value {
        json!({
            "prompt": self.job.to_json(),
            "outputs": self.outputs,
            "status": self.status(),
            "meta": self.meta,
        })
    }

    /// The data of the last message of that kind.
    pub(crate) fn message(&self, event: &str) -> Option<&Value> {
        self.messages
            .iter()
            .rev()
            .find(|message| message[0] == event)
            .map(|message| &message[1])
    }
}

#[derive(Debug, Default)]
pub(crate) struct History {
    entries: IndexMap<String, Arc<Finished>>,
}

impl History {
    /// A job with the id of an earlier one takes its place.
    pub(crate) fn insert(&mut self, finished: Finished) {
        if self.entries.len() >= LONGEST && !self.entries.contains_key(&finished.job.id) {
            self.entries.shift_remove_index(0);
        }
        self.entries
            .insert(finished.job.id.clone(), Arc::new(finished));
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Arc<Finished>> {
        self.entries.get(id)
    }

    pub(crate) fn all(&self) -> Vec<Arc<Finished>> {
        self.entries.values().cloned().collect()
    }

    pub(crate) fn one(&self, id: &str) -> Value {
        slice(self.get(id).into_iter())
    }

    /// Without an offset, the last `max_items`; with one, those from it on.
    pub(crate) fn page(&self, max_items: Option<i64>, offset: i64) -> Value {
        let count = i64::try_from(self.entries.len()).unwrap_or(i64::MAX);
        let offset = match max_items {
            Some(max_items) if offset < 0 => count.saturating_sub(max_items),
            _ => offset,
        };
        let skipped = usize::try_from(offset).unwrap_or(0);
        // The server looks at the limit after it has added an entry.
        let most = max_items.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(0).max(1));
        slice(self.entries.values().skip(skipped).take(most))
    }

    pub(crate) fn remove(&mut self, id: &str) {
        self.entries.shift_remove(id);
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

fn slice<'history>(entries: impl Iterator<Item = &'history Arc<Finished>>) -> Value {
    let entries = entries.map(|finished| (finished.job.id.clone(), finished.to_json()));
    Value::Object(entries.collect())
}
