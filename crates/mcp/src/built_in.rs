//! The two workflows that come with the tools `generate_image` and `img2img`, node for node those of
//! version 2.0.0.

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::job_end::{self, JobEnd, Waiting};
use crate::json_text::WorkflowText;
use crate::workflow_source;
use comfyctl_client::Client;
use comfyctl_manager::{Changes, ConnectionChoice, SeedChoice, Workflow};
use serde_json::{Value, json};

/// Where both start if nothing else is said and the server has it.
const CHECKPOINT: &str = "v1-5-pruned-emaonly.safetensors";

/// What both need to know.
#[derive(Debug)]
pub(crate) struct Sampling<'a> {
    pub(crate) checkpoint: &'a str,
    pub(crate) prompt: &'a str,
    pub(crate) negative_prompt: &'a str,
    pub(crate) steps: u32,
    pub(crate) cfg: f64,
    pub(crate) denoise: f64,
    pub(crate) seed: u64,
}

/// An image from nothing.
pub(crate) fn text_to_image(sampling: &Sampling<'_>, width: u32, height: u32) -> Value {
    let mut graph = graph(sampling, "5");
    graph["5"] = json!({
        "class_type": "EmptyLatentImage",
        "inputs": { "width": width, "height": height, "batch_size": 1 }
    });
    graph
}

/// An image from another that the server has.
pub(crate) fn image_to_image(sampling: &Sampling<'_>, image: &str) -> Value {
    let mut graph = graph(sampling, "2");
    graph["1"] = json!({ "class_type": "LoadImage", "inputs": { "image": image } });
    graph["2"] = json!({
        "class_type": "VAEEncode",
        "inputs": { "pixels": ["1", 0], "vae": ["4", 2] }
    });
    graph
}

fn graph(sampling: &Sampling<'_>, latent: &str) -> Value {
    let text = |text: &str| {
        json!({
            "class_type": "CLIPTextEncode",
            "inputs": { "text": text, "clip": ["4", 1] }
        })
    };
    json!({
        "3": {
            "class_type": "KSampler",
            "inputs": {
                "seed": sampling.seed,
                "steps": sampling.steps,
                "cfg": sampling.cfg,
                "sampler_name": "euler",
                "scheduler": "normal",
                "denoise": sampling.denoise,
                "model": ["4", 0],
                "positive": ["6", 0],
                "negative": ["7", 0],
                "latent_image": [latent, 0]
            }
        },
        "4": {
            "class_type": "CheckpointLoaderSimple",
            "inputs": { "ckpt_name": sampling.checkpoint }
        },
        "6": text(sampling.prompt),
        "7": text(sampling.negative_prompt),
        "8": { "class_type": "VAEDecode", "inputs": { "samples": ["3", 0], "vae": ["4", 2] } },
        "9": {
            "class_type": "SaveImage",
            "inputs": { "filename_prefix": "ComfyUI", "images": ["8", 0] }
        }
    })
}

/// The checkpoint that was asked for; else the one of version 2.0.0, or the first that there is.
pub(crate) async fn checkpoint(asked: Option<String>, client: &Client) -> Result<String, Failure> {
    if let Some(asked) = asked.filter(|name| !name.is_empty()) {
        return Ok(asked);
    }
    let found = client.models("checkpoints").await?.unwrap_or_default();
    if found.iter().any(|name| name == CHECKPOINT) {
        return Ok(CHECKPOINT.to_owned());
    }
    found.into_iter().next().ok_or_else(|| {
        Failure::not_found("the server has no checkpoint")
            .with_hint("put one into its folder models/checkpoints, or run another workflow")
    })
}

/// A seed below 0 asks for one that is drawn.
pub(crate) fn seed(asked: i64) -> u64 {
    u64::try_from(asked).unwrap_or_else(|_| rand::random_range(0..=u64::from(u32::MAX)))
}

/// Runs one of the two for a tool, and waits for its end.
pub(crate) async fn run(
    tool: &str,
    graph: Value,
    seed: u64,
    (choice, preview_size): (ConnectionChoice, u32),
    call: &Call,
) -> Result<Answer<JobEnd>, Failure> {
    let workflow = Workflow {
        name: Some(tool.to_owned()),
        ..workflow_source::read(WorkflowText::Graph(graph), None, call).await?
    };
    let changes = Changes {
        seed: SeedChoice::Fixed(seed),
        ..Changes::default()
    };
    let waiting = Waiting {
        for_end: true,
        timeout: job_end::TIMEOUT,
        preview_size,
    };
    job_end::run(workflow, choice, changes, waiting, call).await
}
