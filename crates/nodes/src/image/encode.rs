//! Image files from pixels.

use super::{Batch, parallel};
use crate::error::Error;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};
use png::{BitDepth, ColorType, Compression};

/// A kind of image file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Every pixel as it is, alpha too.
    Png,
    /// Without alpha: what is transparent lies on white.
    Jpeg {
        /// 1 to 100.
        quality: u8,
    },
    /// With alpha.
    WebP {
        /// 1 to 100.
        quality: u8,
    },
}

impl Format {
    /// The format that a node calls so.
    pub fn parse(name: &str, quality: u8) -> Result<Self, Error> {
        let quality = quality.clamp(1, 100);
        match name.to_ascii_uppercase().as_str() {
            "PNG" => Ok(Self::Png),
            "JPEG" | "JPG" => Ok(Self::Jpeg { quality }),
            "WEBP" => Ok(Self::WebP { quality }),
            _ => Err(Error::input(
                "image_format",
                "is none of PNG, JPEG and WEBP",
            )),
        }
    }

    /// How the names of its files end, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg { .. } => "jpg",
            Self::WebP { .. } => "webp",
        }
    }

    /// Its media type.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg { .. } => "image/jpeg",
            Self::WebP { .. } => "image/webp",
        }
    }
}

/// Writes every image of a batch into a file of its own.
pub fn encode_all(batch: &Batch<'_>, format: Format) -> Result<Vec<Vec<u8>>, Error> {
    parallel::map(batch.count(), |index| {
        let bytes = batch.bytes(index);
        match format {
            Format::Png => png(batch, &bytes),
            Format::Jpeg { quality } => jpeg(batch, &bytes, quality),
            Format::WebP { quality } => webp(batch, &bytes, quality),
        }
    })
}

fn png(batch: &Batch<'_>, bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut file = Vec::with_capacity(bytes.len() / 2);
    let mut encoder = png::Encoder::new(&mut file, batch.width, batch.height);
    encoder.set_color(match batch.channels {
        1 => ColorType::Grayscale,
        2 => ColorType::GrayscaleAlpha,
        3 => ColorType::Rgb,
        _ => ColorType::Rgba,
    });
    encoder.set_depth(BitDepth::Eight);
    // Smaller than zlib's level 1 on pictures, and many times faster.
    encoder.set_compression(Compression::Fast);
    let written = encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(bytes));
    written.map_err(|error| not_written("PNG", &error))?;
    Ok(file)
}

fn jpeg(batch: &Batch<'_>, bytes: &[u8], quality: u8) -> Result<Vec<u8>, Error> {
    let (bytes, color) = opaque(bytes, batch.channels);
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, quality)
        .write_image(&bytes, batch.width, batch.height, color)
        .map_err(|error| not_written("JPEG", &error))?;
    Ok(file)
}

fn webp(batch: &Batch<'_>, bytes: &[u8], quality: u8) -> Result<Vec<u8>, Error> {
    let (width, height) = (batch.width, batch.height);
    let grey = |pixel: &[u8]| [pixel[0]; 3];
    let bytes: Vec<u8> = match batch.channels {
        1 => bytes.iter().flat_map(|&value| [value; 3]).collect(),
        2 => bytes
            .chunks_exact(2)
            .flat_map(|pixel| grey(pixel).into_iter().chain([pixel[1]]))
            .collect(),
        _ => bytes.to_vec(),
    };
    let encoder = if batch.channels.is_multiple_of(2) {
        webp::Encoder::from_rgba(&bytes, width, height)
    } else {
        webp::Encoder::from_rgb(&bytes, width, height)
    };
    let file = encoder
        .encode_simple(false, f32::from(quality))
        .map_err(|error| Error::Image(format!("the image cannot be written as WebP: {error:?}")))?;
    Ok(file.to_vec())
}

/// The pixels without alpha, on white.
fn opaque(bytes: &[u8], channels: usize) -> (Vec<u8>, ExtendedColorType) {
    let colors = if channels <= 2 { 1 } else { 3 };
    let color = if colors == 1 {
        ExtendedColorType::L8
    } else {
        ExtendedColorType::Rgb8
    };
    if colors == channels {
        return (bytes.to_vec(), color);
    }
    let pixels = bytes.chunks_exact(channels).flat_map(|pixel| {
        let alpha = u32::from(pixel[colors]);
        pixel[..colors]
            .iter()
            .map(move |&value| over_white(value, alpha))
    });
    (pixels.collect(), color)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a mean of two bytes is one, too"
)]
fn over_white(value: u8, alpha: u32) -> u8 {
    ((u32::from(value) * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

fn not_written(format: &str, error: &dyn std::fmt::Display) -> Error {
    Error::Image(format!("the image cannot be written as {format}: {error}"))
}
