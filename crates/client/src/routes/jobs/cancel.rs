//! Cancelling executions, whether they wait or run, on servers old and new.

use super::route_is_missing;
use crate::client::Client;
use crate::error::Error;
use crate::ids::PromptId;
use crate::transport::Whole;
use serde::Deserialize;
use serde_json::json;

/// Between a look at the queue and the deletion a waiting prompt may have started; the second look
/// then finds it running.
const LOOKS: usize = 2;

#[derive(Deserialize)]
struct Cancelled {
    cancelled: bool,
}

impl Client {
    /// Cancels an execution that waits or runs. `false` when it does neither. A running one stops at
    /// the server's next check, so it may still be running when this returns.
    pub async fn cancel(&self, id: &PromptId) -> Result<bool, Error> {
        if !self.capabilities().no_cancel.is_known() && id.is_plain() {
            let answer = self
                .post(&["api", "jobs", id.as_str(), "cancel"])
                .whole()
                .await?;
            if let Some(cancelled) = self.understood(answer)? {
                return Ok(cancelled);
            }
        }
        self.cancel_by_hand(id).await
    }

    /// Cancels executions that wait or run. Whether there was any.
    pub async fn cancel_many(&self, ids: &[PromptId]) -> Result<bool, Error> {
        if !self.capabilities().no_cancel.is_known() {
            let call = self
                .post(&["api", "jobs", "cancel"])
                .json(&json!({ "job_ids": ids }))?;
            let answer = call.whole().await?;
            if let Some(cancelled) = self.understood(answer)? {
                return Ok(cancelled);
            }
        }
        let mut any = false;
        for id in ids {
            any |= self.cancel_by_hand(id).await?;
        }
        Ok(any)
    }

    /// `None`, remembered, when the server has no such route.
    fn understood(&self, answer: Whole) -> Result<Option<bool>, Error> {
        if route_is_missing(&answer) {
            self.capabilities().no_cancel.remember();
            return Ok(None);
        }
        let Cancelled { cancelled } = answer.ok()?.parse()?;
        Ok(Some(cancelled))
    }

    /// Takes the prompt out of the queue if it waits, and interrupts it if it runs. Interrupts
    /// nothing else: an old server stops whatever runs, so its queue is asked first.
    async fn cancel_by_hand(&self, id: &PromptId) -> Result<bool, Error> {
        let mut waited = false;
        for _ in 0..LOOKS {
            let queue = self.queue().await?;
            if queue.is_running(id) {
                self.interrupt(Some(id)).await?;
                return Ok(true);
            }
            if queue.position(id).is_none() {
                break;
            }
            self.delete_pending(std::slice::from_ref(id)).await?;
            waited = true;
        }
        Ok(waited)
    }
}
