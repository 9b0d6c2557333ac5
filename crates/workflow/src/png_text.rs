//! Text chunks of a PNG file, without decoding its pixels.

use indexmap::IndexMap;
use std::io::Cursor;

/// First bytes of every PNG file.
pub(crate) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Longest text taken, inflated: a workflow of a few thousand nodes stays far below.
const MAX_TEXT_BYTES: usize = 64 << 20;

/// Keyword to text of all `tEXt`, `zTXt` and `iTXt` chunks before the pixels, where Pillow, and so
/// ComfyUI, writes them. The first of equal keywords counts.
pub(crate) fn read(bytes: &[u8]) -> Result<IndexMap<String, String>, String> {
    let limits = png::Limits {
        bytes: MAX_TEXT_BYTES,
    };
    let decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    let reader = decoder.read_info().map_err(|error| error.to_string())?;
    let info = reader.info();
    let mut chunks = IndexMap::new();
    let mut keep = |keyword: &str, text: String| {
        chunks.entry(keyword.to_owned()).or_insert(text);
    };
    for chunk in &info.uncompressed_latin1_text {
        keep(&chunk.keyword, chunk.text.clone());
    }
    for chunk in &info.compressed_latin1_text {
        keep(
            &chunk.keyword,
            chunk.get_text().map_err(|error| error.to_string())?,
        );
    }
    for chunk in &info.utf8_text {
        keep(
            &chunk.keyword,
            chunk.get_text().map_err(|error| error.to_string())?,
        );
    }
    Ok(chunks)
}
