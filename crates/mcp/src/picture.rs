//! Makes small pictures of large ones, in WebP. Pure; takes processor time, so callers put it on a
//! thread of its own.

use image::{DynamicImage, ImageReader, Limits};
use std::io::Cursor;

/// Memory that decoding may take.
const MEMORY: u64 = 512 << 20;

/// Qualities that are tried, until the picture is small enough.
const QUALITIES: [f32; 3] = [80.0, 55.0, 30.0];

/// A picture that fits into a square of `size` pixels and into so many bytes; `None` for what is no
/// picture.
pub(crate) fn shrink(bytes: &[u8], size: u32, most_bytes: usize) -> Option<Vec<u8>> {
    let picture = decode(bytes)?;
    let mut side = size.max(16);
    loop {
        let small = fit(&picture, side);
        for quality in QUALITIES {
            let encoded = webp::Encoder::from_rgba(&small, small.width(), small.height())
                .encode(quality)
                .to_vec();
            if encoded.len() <= most_bytes {
                return Some(encoded);
            }
        }
        if side <= 16 {
            return None;
        }
        side /= 2;
    }
}

fn decode(bytes: &[u8]) -> Option<DynamicImage> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .ok()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    reader.decode().ok()
}

/// Never larger than it was.
fn fit(picture: &DynamicImage, side: u32) -> image::RgbaImage {
    if picture.width() <= side && picture.height() <= side {
        return picture.to_rgba8();
    }
    picture.thumbnail(side, side).to_rgba8()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageFormat, RgbImage};

    fn noise(side: u32) -> Vec<u8> {
        let mut state = 1_u32;
        let pixels = RgbImage::from_fn(side, side, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [a, b, c, _] = state.to_be_bytes();
            image::Rgb([a, b, c])
        });
        let mut bytes = Cursor::new(Vec::new());
        pixels.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_picture_fits_into_the_square_and_the_bytes() {
        let small = shrink(&noise(300), 128, 4_000).unwrap();
        assert!(small.len() <= 4_000, "{}", small.len());
        let decoded = decode(&small).unwrap();
        assert!(decoded.width() <= 128 && decoded.width() == decoded.height());
    }

    #[test]
    fn what_is_no_picture_has_none() {
        assert_eq!(shrink(b"RIFF", 512, 1_000), None);
    }
}
