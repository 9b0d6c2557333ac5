//! `POST /interrupt`: stops what runs.

use crate::client::Client;
use crate::error::Error;
use crate::ids::PromptId;
use serde_json::json;

impl Client {
    /// Stops the given prompt if it is the one that runs; without an id, whatever runs. The server
    /// says yes in any case and stops at its next check: between nodes, or between sampling steps.
    ///
    /// Servers from before targeted interrupts ignore the id. [`Client::cancel`] guards against
    /// that.
    pub async fn interrupt(&self, id: Option<&PromptId>) -> Result<(), Error> {
        let body = id.map_or_else(|| json!({}), |id| json!({ "prompt_id": id }));
        self.post(&["api", "interrupt"]).json(&body)?.done().await
    }
}
