//! PNG: text chunks before the pixels, and for animations `comf` chunks behind them.

use super::Embedded;
use png::{Decoder, Limits};
use std::io::Cursor;

/// First bytes of every PNG file.
pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Longest text taken, inflated: a workflow of a few thousand nodes stays far below.
const MAX_TEXT_BYTES: usize = 64 << 20;

pub(super) fn read(bytes: &[u8]) -> Result<Embedded, String> {
    let mut embedded = texts(bytes)?;
    if embedded == Embedded::default() {
        comf_chunks(bytes, &mut embedded);
    }
    Ok(embedded)
}

/// `tEXt`, `zTXt` and `iTXt` chunks before the pixels, where Pillow writes them.
fn texts(bytes: &[u8]) -> Result<Embedded, String> {
    let limits = Limits {
        bytes: MAX_TEXT_BYTES,
    };
    let decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    let reader = decoder.read_info().map_err(|error| error.to_string())?;
    let info = reader.info();
    let mut embedded = Embedded::default();
    for chunk in &info.uncompressed_latin1_text {
        embedded.keep(&chunk.keyword, || chunk.text.clone());
    }
    for chunk in &info.compressed_latin1_text {
        let text = chunk.get_text().map_err(|error| error.to_string())?;
        embedded.keep(&chunk.keyword, || text);
    }
    for chunk in &info.utf8_text {
        let text = chunk.get_text().map_err(|error| error.to_string())?;
        embedded.keep(&chunk.keyword, || text);
    }
    Ok(embedded)
}

/// `SaveAnimatedPNG` writes chunks of its own, name and text apart by a NUL, since Pillow takes no
/// texts for animations.
fn comf_chunks(bytes: &[u8], embedded: &mut Embedded) {
    let mut rest = bytes.get(SIGNATURE.len()..).unwrap_or_default();
    while let Some((length, behind)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        let Some(data) = behind.get(4..).and_then(|data| data.get(..length)) else {
            return;
        };
        if behind.starts_with(b"comf")
            && let Some(end) = data.iter().position(|byte| *byte == 0)
        {
            let name = String::from_utf8_lossy(&data[..end]);
            embedded.keep(&name, || {
                String::from_utf8_lossy(&data[end + 1..]).into_owned()
            });
        }
        // Behind the data lie four bytes of checksum.
        rest = behind.get(4 + length + 4..).unwrap_or_default();
    }
}
