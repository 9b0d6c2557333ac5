//! What flows along links: images, latents and the names of models.
//!
//! Made and read by nodes, kept by the cache. All of it is cheap to clone.

use comfyctl_workflow::validation::python;
use image::RgbImage;
use serde_json::{Value, json};
use std::sync::Arc;

/// A value of an output slot.
#[derive(Debug, Clone)]
pub(crate) enum Data {
    /// A batch of images, all of one size.
    Images(Vec<Arc<RgbImage>>),
    /// The transparency of an image; nothing here computes with it.
    Mask,
    Latents(Latents),
    /// A model, a text encoder or an image decoder: what it was made of decides the picture.
    Model(Arc<str>),
    Clip(Arc<str>),
    Vae(Arc<str>),
    /// A text and the encoder that read it.
    Conditioning(Arc<str>),
    /// Anything that JSON can say.
    Literal(Value),
}

/// A batch of latent pictures: one colour for each 8 × 8 pixels of the image to be.
#[derive(Debug, Clone)]
pub(crate) struct Latents(pub(crate) Vec<Arc<Grid>>);

/// A small picture of colours from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grid {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) colours: Vec<[f32; 3]>,
}

impl Grid {
    /// What an empty latent holds: grey.
    pub(crate) fn empty(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            colours: vec![[0.5; 3]; width as usize * height as usize],
        }
    }

    /// Between this picture (0) and another of the same size (1).
    pub(crate) fn mix(&self, other: &Self, amount: f32) -> Self {
        let blend = |from: &[f32; 3], to: &[f32; 3]| {
            std::array::from_fn(|channel| from[channel] + (to[channel] - from[channel]) * amount)
        };
        let colours = self.colours.iter().zip(&other.colours);
        Self {
            width: self.width,
            height: self.height,
            colours: colours.map(|(from, to)| blend(from, to)).collect(),
        }
    }

    /// As an image of one pixel per colour.
    pub(crate) fn to_image(&self) -> RgbImage {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to the range of a byte"
        )]
        let byte = |colour: f32| (colour.clamp(0.0, 1.0) * 255.0).round() as u8;
        let mut image = RgbImage::new(self.width, self.height);
        for (pixel, colour) in image.pixels_mut().zip(&self.colours) {
            pixel.0 = colour.map(byte);
        }
        image
    }

    pub(crate) fn from_image(image: &RgbImage) -> Self {
        let colour = |pixel: &image::Rgb<u8>| pixel.0.map(|byte| f32::from(byte) / 255.0);
        Self {
            width: image.width(),
            height: image.height(),
            colours: image.pixels().map(colour).collect(),
        }
    }
}

impl Data {
    /// As `current_inputs` of an execution error shows it.
    pub(crate) fn shown(&self) -> Value {
        match self {
            Self::Images(images) => {
                let (width, height) = images.first().map_or((0, 0), |image| image.dimensions());
                json!(format!(
                    "tensor(shape=[{}, {height}, {width}, 3])",
                    images.len()
                ))
            }
            Self::Mask => json!("tensor(mask)"),
            Self::Latents(latents) => json!(format!("latents({})", latents.0.len())),
            Self::Model(name) => json!(format!("<comfy.model_patcher.ModelPatcher {name}>")),
            Self::Clip(name) => json!(format!("<comfy.sd.CLIP {name}>")),
            Self::Vae(name) => json!(format!("<comfy.sd.VAE {name}>")),
            Self::Conditioning(text) => json!(format!("conditioning({text})")),
            Self::Literal(value @ (Value::Array(_) | Value::Object(_))) => {
                json!(python::repr(value))
            }
            Self::Literal(value) => value.clone(),
        }
    }

    /// Name of the Python type that a real server would have here.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Images(_) | Self::Mask => "Tensor",
            Self::Latents(_) => "dict",
            Self::Model(_) => "ModelPatcher",
            Self::Clip(_) => "CLIP",
            Self::Vae(_) => "VAE",
            Self::Conditioning(_) => "list",
            Self::Literal(value) => python::type_name(value),
        }
    }
}
