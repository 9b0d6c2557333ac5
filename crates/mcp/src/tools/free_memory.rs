//! `free_memory`: has a server unload its models.

use super::{Done, OfConnection};
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::tool::{Effect, Tool};

pub(super) struct FreeMemory;

impl Tool for FreeMemory {
    const NAME: &'static str = "free_memory";
    const DESCRIPTION: &'static str =
        "Unload models and drop cached results on the server. Asks the user.";
    const EFFECT: Effect = Effect::Destroys;
    type Input = OfConnection;
    type Output = Done;

    fn question(input: &OfConnection, call: &Call) -> Option<String> {
        let server = super::server_in_words(input.connection.as_deref(), call);
        Some(format!(
            "Unload all models of {server} and drop its cached results?"
        ))
    }

    async fn call(input: OfConnection, call: Call) -> Result<Answer<Done>, Failure> {
        let server = call.server(input.connection.as_deref())?;
        server.client().free(true, true).await?;
        Ok(Done {}.into())
    }
}
