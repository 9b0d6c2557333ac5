//! `get_job_statistics`: how jobs fared.

use super::Nothing;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::tool::{Effect, Tool};
use comfyctl_manager::Overview;
use schemars::JsonSchema;
use serde::Serialize;

pub(super) struct GetJobStatistics;

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    statistics: Overview,
}

impl Tool for GetJobStatistics {
    const NAME: &'static str = "get_job_statistics";
    const DESCRIPTION: &'static str = "Counts, success rate and durations of all jobs.";
    const EFFECT: Effect = Effect::Reads;
    const OPEN_WORLD: bool = false;
    type Input = Nothing;
    type Output = Output;

    async fn call(_: Nothing, call: Call) -> Result<Answer<Output>, Failure> {
        let statistics = call.manager.overview().await?;
        Ok(Output { statistics }.into())
    }
}
