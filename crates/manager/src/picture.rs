//! Makes small pictures of large ones, in WebP: thumbnails that are kept, previews that are shown. One
//! at a time on each of a few threads of its own, whoever calls, so that memory stays bounded.

use image::{DynamicImage, ImageReader, Limits};
use std::io::{self, BufRead, BufReader, Cursor, Seek};
use std::path::{Path, PathBuf};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Memory that decoding one picture may take.
const MEMORY: u64 = 512 << 20;

/// Pictures that are made at once in this process.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Qualities that are tried, until the picture is small enough.
const QUALITIES: [f32; 3] = [80.0, 55.0, 30.0];

/// How small a picture is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureSize {
    /// Pixels of the longer side at most; one that is smaller stays as it is.
    pub side: u32,
    /// Bytes at most.
    pub bytes: usize,
}

/// Enough for a history on a screen of twice the usual resolution: the size of thumbnails that are kept.
pub const THUMBNAIL: PictureSize = PictureSize {
    side: 256,
    bytes: 64 << 10,
};

/// Whether pictures can be made of a file of that name.
pub fn is_picture(filename: &str) -> bool {
    let ending = filename.rsplit_once('.').map(|(_, ending)| ending);
    let known = ["png", "jpg", "jpeg", "webp"];
    ending.is_some_and(|ending| known.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// Whether a file begins as images do, of whatever format.
pub fn begins_as_picture(path: &Path) -> io::Result<bool> {
    let file = BufReader::new(fs_err::File::open(path)?);
    let reader = ImageReader::new(file).with_guessed_format()?;
    Ok(reader.format().is_some())
}

/// A small picture of an image; `None` for what is no image.
pub async fn shrink(image: Vec<u8>, size: PictureSize) -> Option<Vec<u8>> {
    at_work(move || small(Cursor::new(image), size)).await
}

/// A small picture of an image in a file; `None` for what is no image or cannot be read.
pub(crate) async fn shrink_file(path: PathBuf, size: PictureSize) -> Option<Vec<u8>> {
    let work = move || small(BufReader::new(fs_err::File::open(path).ok()?), size);
    at_work(work).await
}

/// The turn is given back when the work ends, even if nobody waits for it any more.
async fn at_work(work: impl FnOnce() -> Option<Vec<u8>> + Send + 'static) -> Option<Vec<u8>> {
    let turn = AT_ONCE.acquire().await.ok()?;
    let working = spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    working.await.ok()?
}

fn small(image: impl BufRead + Seek, size: PictureSize) -> Option<Vec<u8>> {
    let picture = decode(image)?;
    let mut side = size.side.max(16);
    loop {
        let fitted = fit(&picture, side);
        for quality in QUALITIES {
            let encoded = webp::Encoder::from_rgba(&fitted, fitted.width(), fitted.height())
                .encode(quality)
                .to_vec();
            if encoded.len() <= size.bytes {
                return Some(encoded);
            }
        }
        if side <= 16 {
            return None;
        }
        side /= 2;
    }
}

fn decode(image: impl BufRead + Seek) -> Option<DynamicImage> {
    let mut reader = ImageReader::new(image).with_guessed_format().ok()?;
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

    const SIZE: PictureSize = PictureSize {
        side: 128,
        bytes: 4_000,
    };

    #[tokio::test]
    async fn a_picture_fits_into_the_square_and_the_bytes() {
        let small = shrink(noise(300), SIZE).await.unwrap();
        assert!(small.len() <= 4_000, "{}", small.len());
        let decoded = decode(Cursor::new(small)).unwrap();
        assert!(decoded.width() <= 128 && decoded.width() == decoded.height());
    }

    #[tokio::test]
    async fn what_is_no_picture_has_none() {
        assert_eq!(shrink(b"RIFF".to_vec(), SIZE).await, None);
        assert_eq!(shrink_file("no such file".into(), SIZE).await, None);
    }

    #[test]
    fn a_file_is_a_picture_by_the_end_of_its_name() {
        assert!(is_picture("a.PNG") && is_picture("a.b.webp"));
        assert!(!is_picture("png") && !is_picture("a.mp4") && !is_picture("a.png.glb"));
    }
}
