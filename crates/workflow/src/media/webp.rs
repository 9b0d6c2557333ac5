//! WebP: Exif fields whose texts begin with `prompt:` and `workflow:`.

use super::Embedded;
use exif::{Reader, Value};

pub(super) fn read(bytes: &[u8]) -> Result<Embedded, String> {
    let mut embedded = Embedded::default();
    let Some(exif) = exif_chunk(bytes) else {
        return Ok(embedded);
    };
    let exif = Reader::new()
        .read_raw(exif.to_vec())
        .map_err(|error| error.to_string())?;
    // Which field does not matter: ComfyUI counts down from the model of the camera.
    for field in exif.fields() {
        let Value::Ascii(texts) = &field.value else {
            continue;
        };
        for text in texts {
            let text = String::from_utf8_lossy(text);
            if let Some((name, json)) = text.split_once(':') {
                embedded.keep(name, || json.to_owned());
            }
        }
    }
    Ok(embedded)
}

/// The content of the `EXIF` chunk, without the `Exif` header of JPEG files that Pillow puts in front
/// of it and that the library for Exif does not expect here.
fn exif_chunk(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.get(12..)?;
    while let Some((name, behind)) = rest.split_first_chunk::<4>() {
        let (length, behind) = behind.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let content = behind.get(..length)?;
        if name == b"EXIF" {
            return Some(content.strip_prefix(b"Exif\0\0").unwrap_or(content));
        }
        // Chunks begin at even places.
        rest = behind.get(length.next_multiple_of(2)..)?;
    }
    None
}
