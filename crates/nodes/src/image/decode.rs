//! Pixels from image files, which come from anywhere: bounded in memory, upright as the camera meant.

use super::parallel;
use crate::error::Error;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use std::io::Cursor;

/// Memory that decoding one image may take: 170 megapixels.
const MOST_MEMORY: u64 = 512 << 20;

/// One image as ComfyUI holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Pixels in a row.
    pub width: usize,
    /// Pixels in a column.
    pub height: usize,
    /// 3, or 4 with alpha.
    pub channels: usize,
    /// Rows from the top, pixels from the left, values from 0 to 1.
    pub pixels: Vec<f32>,
}

/// Reads an image file of any kind that we know. `alpha` keeps what is transparent, where the file has
/// any; without it, alpha is left out as ComfyUI's `LoadImage` does.
pub fn decode(file: &[u8], alpha: bool) -> Result<Picture, Error> {
    let image = open(file).map_err(|error| Error::Image(format!("it is no image: {error}")))?;
    let (width, height) = (image.width() as usize, image.height() as usize);
    let channels = if alpha && image.color().has_alpha() {
        4
    } else {
        3
    };
    let is_deep = image.color().bytes_per_pixel() > image.color().channel_count();
    let pixels = match (is_deep, channels) {
        (true, 4) => image.into_rgba32f().into_raw(),
        (true, _) => image.into_rgb32f().into_raw(),
        (false, 4) => floats(&image.into_rgba8()),
        (false, _) => floats(&image.into_rgb8()),
    };
    Ok(Picture {
        width,
        height,
        channels,
        pixels,
    })
}

/// Reads several files at once.
pub fn decode_all<F: AsRef<[u8]> + Sync>(files: &[F], alpha: bool) -> Result<Vec<Picture>, Error> {
    parallel::map(files.len(), |index| decode(files[index].as_ref(), alpha))
}

fn open(file: &[u8]) -> Result<DynamicImage, image::ImageError> {
    let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    // An orientation that cannot be read is none.
    let orientation = decoder.orientation().ok();
    let mut image = DynamicImage::from_decoder(decoder)?;
    if let Some(orientation) = orientation {
        image.apply_orientation(orientation);
    }
    Ok(image)
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes
        .iter()
        .map(|&value| f32::from(value) / 255.0)
        .collect()
}
