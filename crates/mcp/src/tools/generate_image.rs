//! `generate_image`: an image from a text, with a workflow that comes along.

use crate::answer::Answer;
use crate::built_in::{self, Sampling};
use crate::call::Call;
use crate::failure::Failure;
use crate::job_end::{self, JobEnd};
use crate::tool::{Effect, Tool};
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) struct GenerateImage;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    prompt: String,
    #[serde(default)]
    negative_prompt: String,
    #[serde(default = "side")]
    width: u32,
    #[serde(default = "side")]
    height: u32,
    #[serde(default = "steps")]
    steps: u32,
    #[serde(default = "cfg")]
    cfg: f64,
    /// -1 draws one.
    #[serde(default = "drawn")]
    seed: i64,
    checkpoint: Option<String>,
    connection: Option<String>,
    #[serde(default = "job_end::default_preview")]
    preview_size: u32,
}

fn side() -> u32 {
    512
}

pub(super) fn steps() -> u32 {
    20
}

pub(super) fn cfg() -> f64 {
    7.0
}

pub(super) fn drawn() -> i64 {
    -1
}

impl Tool for GenerateImage {
    const NAME: &'static str = "generate_image";
    const DESCRIPTION: &'static str = "Make an image from text with a checkpoint of the server and \
        a standard workflow. For other models use execute_workflow.";
    const EFFECT: Effect = Effect::Adds;
    type Input = Input;
    type Output = JobEnd;

    async fn call(input: Input, call: Call) -> Result<Answer<JobEnd>, Failure> {
        let choice = call.choice(input.connection.as_deref());
        let server = call.manager.server(&choice)?;
        let checkpoint = built_in::checkpoint(input.checkpoint, server.client()).await?;
        let seed = built_in::seed(input.seed);
        let sampling = Sampling {
            checkpoint: &checkpoint,
            prompt: &input.prompt,
            negative_prompt: &input.negative_prompt,
            steps: input.steps,
            cfg: input.cfg,
            denoise: 1.0,
            seed,
        };
        let graph = built_in::text_to_image(&sampling, input.width, input.height);
        let how = (choice, input.preview_size);
        built_in::run(Self::NAME, graph, seed, how, &call).await
    }
}
