//! `list_connections`: the servers of the settings.

use super::Nothing;
use crate::answer::Answer;
use crate::call::Call;
use crate::connections;
use crate::failure::Failure;
use crate::tool::{Effect, Tool};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

pub(super) struct ListConnections;

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    default: String,
    connections: Map<String, Value>,
}

impl Tool for ListConnections {
    const NAME: &'static str = "list_connections";
    const DESCRIPTION: &'static str = "ComfyUI servers that `connection` can name.";
    const EFFECT: Effect = Effect::Reads;
    const OPEN_WORLD: bool = false;
    type Input = Nothing;
    type Output = Output;

    async fn call(_: Nothing, call: Call) -> Result<Answer<Output>, Failure> {
        let (default, connections) = connections::of(&call);
        Ok(Answer::from(Output {
            default,
            connections,
        }))
    }
}
