//! `interrupt_execution`: stops what a server runs.

use super::OfConnection;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::tool::{Effect, Tool};
use schemars::JsonSchema;
use serde::Serialize;

pub(super) struct InterruptExecution;

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// What was stopped; null when nothing ran.
    interrupted: Option<String>,
}

impl Tool for InterruptExecution {
    const NAME: &'static str = "interrupt_execution";
    const DESCRIPTION: &'static str =
        "Stop what the server runs now, whoever submitted it. Asks the user; cancel_job does not.";
    const EFFECT: Effect = Effect::Destroys;
    type Input = OfConnection;
    type Output = Output;

    fn question(input: &OfConnection, call: &Call) -> Option<String> {
        let server = super::server_in_words(input.connection.as_deref(), call);
        Some(format!(
            "Stop what {server} runs now, whoever submitted it?"
        ))
    }

    /// Always by its id: the next one, which may be someone else's, must not be hit instead.
    async fn call(input: OfConnection, call: Call) -> Result<Answer<Output>, Failure> {
        let server = call.server(input.connection.as_deref())?;
        let queue = server.client().queue().await?;
        let interrupted = match queue.running.first() {
            Some(item) if server.client().cancel(&item.prompt_id).await? => {
                Some(item.prompt_id.to_string())
            }
            _ => None,
        };
        Ok(Answer::from(Output { interrupted }))
    }
}
