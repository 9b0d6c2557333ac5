//! Latents: the `__metadata__` in the header of a safetensors file.

use super::Embedded;
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Deserialize)]
struct Header {
    #[serde(default, rename = "__metadata__")]
    metadata: HashMap<String, String>,
}

/// Eight bytes of length, little-endian, then that much JSON.
pub(super) fn read(bytes: &[u8]) -> Result<Embedded, String> {
    let header = bytes.split_first_chunk::<8>().and_then(|(length, rest)| {
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        rest.get(..length)
    });
    let header = header.ok_or("its header is cut off")?;
    let mut header: Header = serde_json::from_slice(header).map_err(|error| error.to_string())?;
    let mut take = |name| header.metadata.remove(name);
    Ok(Embedded {
        prompt: take("prompt"),
        workflow: take("workflow"),
    })
}
