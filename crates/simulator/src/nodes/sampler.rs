//! `KSampler`: from noise to a picture, step by step, with previews.

use super::images::resize;
use super::{Context, Failure, Produced};
use crate::data::{Data, Grid, Latents};
use crate::picture::Recipe;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The longer side of a preview, to which small ones are enlarged too.
const PREVIEW_SIDE: u32 = 512;
const PREVIEW_QUALITY: u8 = 85;

pub(super) fn sample(context: &mut Context<'_>, slowness: Duration) -> Result<Produced, Failure> {
    let inputs = context.inputs.clone();
    let steps = inputs.whole("steps")?;
    let (sampler, scheduler) = (inputs.text("sampler_name")?, inputs.text("scheduler")?);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a picture needs no more digits"
    )]
    let (cfg, denoise) = (inputs.float("cfg")? as f32, inputs.float("denoise")? as f32);
    let recipe = Recipe {
        model: inputs.named("model")?,
        positive: inputs.named("positive")?,
        negative: inputs.named("negative")?,
        sampler: &format!("{sampler}/{scheduler}"),
        seed: inputs.literal("seed")?.as_u64().unwrap_or_default(),
        cfg,
        steps,
    };
    let mut finished = Vec::new();
    let mut first = None;
    for (index, latent) in (0u64..).zip(&inputs.latents("latent_image")?.0) {
        let painted = recipe.paint(latent.width, latent.height, index);
        let result = Arc::new(latent.mix(&painted, denoise));
        first.get_or_insert_with(|| {
            (
                recipe.noise(latent.width, latent.height, index),
                Arc::clone(&result),
            )
        });
        finished.push(result);
    }
    if let Some((noise, result)) = first {
        let pace = context.server.settings.step_time + slowness;
        walk(context, steps, pace, &noise, &result)?;
    }
    Ok(vec![Data::Latents(Latents(finished))].into())
}

/// Takes the steps; the preview is of the first picture of the batch.
fn walk(
    context: &mut Context<'_>,
    steps: u32,
    pace: Duration,
    noise: &Grid,
    result: &Grid,
) -> Result<(), Failure> {
    let previews = wants_previews(context);
    for step in 1..=steps {
        context.wait(pace)?;
        let jpeg = (previews && context.events.has_listeners()).then(|| {
            let done = f64::from(step) / f64::from(steps);
            #[expect(clippy::cast_possible_truncation, reason = "a fraction")]
            jpeg(&noise.mix(result, done as f32))
        });
        context.step(json!(step), json!(steps), jpeg.flatten().as_deref())?;
    }
    Ok(())
}

fn wants_previews(context: &Context<'_>) -> bool {
    let method = context.job.extra_data.get("preview_method");
    match method.and_then(Value::as_str) {
        Some("none") => false,
        Some("auto" | "latent2rgb" | "taesd") => true,
        _ => context.server.settings.previews,
    }
}

fn jpeg(grid: &Grid) -> Option<Vec<u8>> {
    let longest = grid.width.max(grid.height).max(1);
    let enlarged = |side: u32| (side * PREVIEW_SIDE / longest).max(1);
    let size = (enlarged(grid.width), enlarged(grid.height));
    let image = resize(&grid.to_image(), size, FilterType::Triangle, false);
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, PREVIEW_QUALITY);
    encoder.encode_image(&image).ok()?;
    Some(bytes)
}
