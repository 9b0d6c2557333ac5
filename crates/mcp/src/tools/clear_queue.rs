//! `clear_queue`: takes all that waits out of a server's queue.

use super::OfConnection;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::tool::{Effect, Tool};
use schemars::JsonSchema;
use serde::Serialize;

pub(super) struct ClearQueue;

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    deleted: usize,
}

impl Tool for ClearQueue {
    const NAME: &'static str = "clear_queue";
    const DESCRIPTION: &'static str =
        "Delete everything that waits in the server's queue, other people's too. Asks the user.";
    const EFFECT: Effect = Effect::Destroys;
    type Input = OfConnection;
    type Output = Output;

    fn question(input: &OfConnection, call: &Call) -> Option<String> {
        let server = super::server_in_words(input.connection.as_deref(), call);
        Some(format!(
            "Delete everything that waits in the queue of {server}?"
        ))
    }

    async fn call(input: OfConnection, call: Call) -> Result<Answer<Output>, Failure> {
        let server = call.server(input.connection.as_deref())?;
        let client = server.client();
        let mut waiting = client.queue().await?.pending;
        client.clear_queue().await?;
        // What began in between was not deleted.
        let queue = client.queue().await?;
        waiting.retain(|item| !queue.is_running(&item.prompt_id));
        Ok(Answer::from(Output {
            deleted: waiting.len(),
        }))
    }
}
