//! Pixels as ComfyUI holds them, and image files: the nodes that send and fetch images.
//!
//! A tensor is `[batch, height, width, channels]` of float32 from 0 to 1, with one channel (grey), two
//! (grey and alpha), three or four. The images of a batch are written and read side by side on all
//! cores.

mod decode;
mod encode;
mod parallel;

pub use decode::{Picture, decode, decode_all};
pub use encode::{Format, encode_all};

use crate::error::Error;

/// A batch of images, borrowed from whoever holds the tensor.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'p> {
    pixels: &'p [f32],
    count: usize,
    /// Pixels in a column.
    pub(crate) height: u32,
    /// Pixels in a row.
    pub(crate) width: u32,
    /// Values of a pixel.
    pub(crate) channels: usize,
}

impl<'p> Batch<'p> {
    /// The tensor with that shape, of which the last number changes fastest in memory.
    pub fn new(pixels: &'p [f32], shape: [usize; 4]) -> Result<Self, Error> {
        let [count, height, width, channels] = shape;
        let wrong = |problem: &str| {
            Error::Image(format!(
                "an image of {width}x{height} pixels with {channels} channels {problem}"
            ))
        };
        if !(1..=4).contains(&channels) {
            return Err(wrong("cannot be written: it takes 1 to 4 channels"));
        }
        let side = |side: usize| u32::try_from(side).map_err(|_| wrong("is too large"));
        let batch = Self {
            pixels,
            count,
            height: side(height)?,
            width: side(width)?,
            channels,
        };
        if height == 0 || width == 0 {
            return Err(wrong("has no pixels"));
        }
        if pixels.len() != shape.iter().product::<usize>() {
            return Err(wrong("does not match its data"));
        }
        Ok(batch)
    }

    /// How many images it has.
    pub fn count(&self) -> usize {
        self.count
    }

    /// One image in bytes, as ComfyUI's own `SaveImage` makes them: cut off, not rounded.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, which is what clipping to 0..=255 means"
    )]
    pub(crate) fn bytes(&self, index: usize) -> Vec<u8> {
        let size = self.pixels.len() / self.count;
        let pixels = &self.pixels[index * size..][..size];
        pixels.iter().map(|value| (value * 255.0) as u8).collect()
    }
}

#[cfg(test)]
mod tests;
