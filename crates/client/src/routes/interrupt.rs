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
        let call = self.post(&["api", "interrupt"]);
        let body = match id {
            // Python takes empty text for none at all.
            Some(id) if id.as_str().is_empty() => {
                return Err(call.refuse("an empty prompt id would stop whatever runs"));
            }
            Some(id) => json!({ "prompt_id": id }),
            None => json!({}),
        };
        call.json(&body)?.done().await
    }
}
