//! `get_system_info`: the programs, memory and cards of a server.

use super::OfConnection;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::tool::{Effect, Tool};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

pub(super) struct GetSystemInfo;

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    #[schemars(with = "serde_json::Map<String, Value>")]
    system: Value,
}

impl Tool for GetSystemInfo {
    const NAME: &'static str = "get_system_info";
    const DESCRIPTION: &'static str = "Versions, memory and devices of the server.";
    const EFFECT: Effect = Effect::Reads;
    type Input = OfConnection;
    type Output = Output;

    async fn call(input: OfConnection, call: Call) -> Result<Answer<Output>, Failure> {
        let server = call.server(input.connection.as_deref())?;
        let stats = server.client().system_stats().await?;
        let system = json!(stats);
        Ok(Answer::from(Output { system }))
    }
}
