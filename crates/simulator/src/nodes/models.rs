//! Loaders, text encoding, and the way from latents to images and back.

use super::images::resize;
use super::{Context, Failure, Produced};
use crate::data::{Data, Grid, Latents};
use image::imageops::FilterType;
use std::sync::Arc;

/// Pixels of an image for one colour of a latent, along each side.
const PIXELS_PER_COLOUR: u32 = 8;

pub(super) fn load_checkpoint(context: &mut Context<'_>) -> Result<Produced, Failure> {
    let name: Arc<str> = context.inputs.text("ckpt_name")?.into();
    let (model, clip) = (
        Data::Model(Arc::clone(&name)),
        Data::Clip(Arc::clone(&name)),
    );
    Ok(vec![model, clip, Data::Vae(name)].into())
}

pub(super) fn load_lora(context: &mut Context<'_>) -> Result<Produced, Failure> {
    let lora = context.inputs.text("lora_name")?;
    let patched = |input: &str, strength: &str| -> Result<Arc<str>, Failure> {
        let strength = context.inputs.float(strength)?;
        Ok(format!("{}+{lora}:{strength}", context.inputs.named(input)?).into())
    };
    let model = Data::Model(patched("model", "strength_model")?);
    let clip = Data::Clip(patched("clip", "strength_clip")?);
    Ok(vec![model, clip].into())
}

pub(super) fn encode_text(context: &mut Context<'_>) -> Result<Produced, Failure> {
    let (text, clip) = (context.inputs.text("text")?, context.inputs.named("clip")?);
    Ok(vec![Data::Conditioning(format!("{clip}: {text}").into())].into())
}

pub(super) fn empty_latent(context: &mut Context<'_>) -> Result<Produced, Failure> {
    let side = |name: &str| -> Result<u32, Failure> {
        Ok((context.inputs.whole(name)? / PIXELS_PER_COLOUR).max(1))
    };
    let grid = Arc::new(Grid::empty(side("width")?, side("height")?));
    let count = context.inputs.whole("batch_size")? as usize;
    Ok(vec![Data::Latents(Latents(vec![grid; count]))].into())
}

pub(super) fn decode(context: &mut Context<'_>) -> Result<Produced, Failure> {
    context.inputs.named("vae")?;
    let images = context.inputs.latents("samples")?.0.iter().map(|grid| {
        let size = (
            grid.width * PIXELS_PER_COLOUR,
            grid.height * PIXELS_PER_COLOUR,
        );
        Arc::new(resize(
            &grid.to_image(),
            size,
            FilterType::CatmullRom,
            false,
        ))
    });
    Ok(vec![Data::Images(images.collect())].into())
}

pub(super) fn encode(context: &mut Context<'_>) -> Result<Produced, Failure> {
    context.inputs.named("vae")?;
    let grids = context.inputs.images("pixels")?.iter().map(|image| {
        let colours = |pixels: u32| (pixels / PIXELS_PER_COLOUR).max(1);
        let size = (colours(image.width()), colours(image.height()));
        Arc::new(Grid::from_image(&resize(
            image,
            size,
            FilterType::Triangle,
            false,
        )))
    });
    Ok(vec![Data::Latents(Latents(grids.collect()))].into())
}
