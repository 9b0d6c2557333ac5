//! `img2img`: an image from another and a text, with a workflow that comes along.

use super::generate_image::{cfg, drawn, steps};
use super::upload_image::expect_media;
use crate::answer::Answer;
use crate::built_in::{self, Sampling};
use crate::call::Call;
use crate::failure::Failure;
use crate::job_end::{self, JobEnd};
use crate::tool::{Effect, Tool};
use comfyctl_client::Upload;
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) struct Img2Img;

#[derive(Deserialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the names of version 2.0.0")]
pub(super) struct Input {
    /// File on this machine.
    input_image_path: String,
    prompt: String,
    #[serde(default)]
    negative_prompt: String,
    /// 0 keeps the image, 1 ignores it.
    #[serde(default = "denoise")]
    denoise: f64,
    #[serde(default = "steps")]
    steps: u32,
    #[serde(default = "cfg")]
    cfg: f64,
    #[serde(default = "drawn")]
    seed: i64,
    checkpoint: Option<String>,
    connection: Option<String>,
    #[serde(default = "job_end::default_preview")]
    preview_size: u32,
}

fn denoise() -> f64 {
    0.75
}

impl Tool for Img2Img {
    const NAME: &'static str = "img2img";
    const DESCRIPTION: &'static str = "Change an image by text with a standard workflow.";
    const EFFECT: Effect = Effect::Adds;
    type Input = Input;
    type Output = JobEnd;

    async fn call(input: Input, call: Call) -> Result<Answer<JobEnd>, Failure> {
        let file = call.access().file(&input.input_image_path)?;
        expect_media(&file, &input.input_image_path)?;
        let choice = call.choice(input.connection.as_deref());
        let server = call.manager.server(&choice)?;
        let client = server.client();
        let checkpoint = built_in::checkpoint(input.checkpoint, client).await?;
        let uploaded = client.upload_image(&Upload::from_path(file)).await?;
        let seed = built_in::seed(input.seed);
        let sampling = Sampling {
            checkpoint: &checkpoint,
            prompt: &input.prompt,
            negative_prompt: &input.negative_prompt,
            steps: input.steps,
            cfg: input.cfg,
            denoise: input.denoise,
            seed,
        };
        let graph = built_in::image_to_image(&sampling, &uploaded.input_value());
        let how = (choice, input.preview_size);
        built_in::run(Self::NAME, graph, seed, how, &call).await
    }
}
