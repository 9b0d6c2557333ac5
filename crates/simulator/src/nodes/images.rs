//! `EmptyImage`, `ImageScale`, `ImageInvert`, `ImageBatch`.

use super::{Context, Failure, Produced};
use crate::data::Data;
use image::imageops::FilterType;
use image::{DynamicImage, Rgb, RgbImage};
use std::sync::Arc;

pub(super) fn empty(context: &mut Context<'_>) -> Result<Produced, Failure> {
    let (width, height) = (
        context.inputs.whole("width")?,
        context.inputs.whole("height")?,
    );
    let [_, red, green, blue] = context.inputs.whole("color")?.to_be_bytes();
    let image = Arc::new(RgbImage::from_pixel(width, height, Rgb([red, green, blue])));
    let count = context.inputs.whole("batch_size")? as usize;
    Ok(vec![Data::Images(vec![image; count])].into())
}

pub(super) fn scale(context: &mut Context<'_>) -> Result<Produced, Failure> {
    let images = context.inputs.images("image")?;
    let (width, height) = (
        context.inputs.whole("width")?,
        context.inputs.whole("height")?,
    );
    let Some(size) = images
        .first()
        .and_then(|image| target_size(image, width, height))
    else {
        return Ok(vec![Data::Images(images.to_vec())].into());
    };
    let filter = filter(&context.inputs.text("upscale_method")?);
    let crop = context.inputs.text("crop")? == "center";
    let scaled = images
        .iter()
        .map(|image| Arc::new(resize(image, size, filter, crop)));
    Ok(vec![Data::Images(scaled.collect())].into())
}

/// A side of 0 follows the other; two of them leave the image as it is.
fn target_size(image: &RgbImage, width: u32, height: u32) -> Option<(u32, u32)> {
    let follow = |this: u32, other: u32, target: u32| {
        let (this, other, target) = (f64::from(this), f64::from(other), f64::from(target));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "sides are positive and far below 2^32"
        )]
        let side = (this * target / other).round() as u32;
        side.max(1)
    };
    match (width, height) {
        (0, 0) => None,
        (0, height) => Some((follow(image.width(), image.height(), height), height)),
        (width, 0) => Some((width, follow(image.height(), image.width(), width))),
        size => Some(size),
    }
}

fn filter(method: &str) -> FilterType {
    match method {
        "nearest-exact" => FilterType::Nearest,
        "bicubic" => FilterType::CatmullRom,
        "lanczos" => FilterType::Lanczos3,
        _ => FilterType::Triangle,
    }
}

/// Resizes through a [`DynamicImage`], whose code is compiled with the crate and so optimised.
pub(super) fn resize(
    image: &RgbImage,
    (width, height): (u32, u32),
    filter: FilterType,
    crop: bool,
) -> RgbImage {
    let image = DynamicImage::ImageRgb8(image.clone());
    let resized = if crop {
        image.resize_to_fill(width, height, filter)
    } else {
        image.resize_exact(width, height, filter)
    };
    resized.into_rgb8()
}

pub(super) fn invert(context: &mut Context<'_>) -> Result<Produced, Failure> {
    let images = context.inputs.images("image")?.iter().map(|image| {
        let mut inverted = DynamicImage::ImageRgb8(RgbImage::clone(image));
        inverted.invert();
        Arc::new(inverted.into_rgb8())
    });
    Ok(vec![Data::Images(images.collect())].into())
}

pub(super) fn batch(context: &mut Context<'_>) -> Result<Produced, Failure> {
    let first = context.inputs.images("image1")?;
    let second = context.inputs.images("image2")?;
    let size = first.first().map(|image| image.dimensions());
    let fitted = second.iter().map(|image| match size {
        Some(size) if size != image.dimensions() => {
            Arc::new(resize(image, size, FilterType::Triangle, true))
        }
        _ => Arc::clone(image),
    });
    let all = first.iter().cloned().chain(fitted).collect();
    Ok(vec![Data::Images(all)].into())
}
