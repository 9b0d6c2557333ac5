//! `WebM` and Matroska: the tags `PROMPT` and `WORKFLOW`.
//!
//! Read by hand, because the library for it trusts the lengths in a file: a damaged one ends the
//! process. Elements are id, length, content (RFC 8794); the ids are those of RFC 9559.

use super::Embedded;

const SEGMENT: u32 = 0x1853_8067;
const TAGS: u32 = 0x1254_C367;
const TAG: u32 = 0x7373;
const SIMPLE_TAG: u32 = 0x67C8;
const TAG_NAME: u32 = 0x45A3;
const TAG_STRING: u32 = 0x4487;

pub(super) fn read(bytes: &[u8]) -> Embedded {
    let mut embedded = Embedded::default();
    let tags = within(bytes, SEGMENT).flat_map(|segment| within(segment, TAGS));
    let simple = tags
        .flat_map(|tags| within(tags, TAG))
        .flat_map(|tag| within(tag, SIMPLE_TAG));
    for tag in simple {
        let text = |id| within(tag, id).next().map(String::from_utf8_lossy);
        if let (Some(name), Some(value)) = (text(TAG_NAME), text(TAG_STRING)) {
            embedded.keep(&name.to_lowercase(), || value.into_owned());
        }
    }
    embedded
}

fn within(bytes: &[u8], wanted: u32) -> impl Iterator<Item = &[u8]> {
    elements(bytes)
        .filter(move |(id, _)| *id == wanted)
        .map(|(_, content)| content)
}

/// The elements that lie one behind the other, up to the first that makes no sense.
fn elements(mut bytes: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    std::iter::from_fn(move || {
        let id_length = bytes.first()?.leading_zeros() as usize + 1;
        let id = bytes.get(..id_length).filter(|_| id_length <= 4)?;
        let id = id.iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
        let (length, behind) = read_length(&bytes[id_length..])?;
        // An unknown length, as live streams have it, goes to the end of what is around it.
        let length = length.unwrap_or(behind.len());
        let content = behind.get(..length)?;
        bytes = &behind[length..];
        Some((id, content))
    })
}

/// The length of an element (`None` for an unknown one) and the bytes behind it.
fn read_length(bytes: &[u8]) -> Option<(Option<usize>, &[u8])> {
    let first = *bytes.first()?;
    let size = first.leading_zeros() as usize + 1;
    let field = bytes.get(..size).filter(|_| size <= 8)?;
    let marker = 1_u64 << (7 * size);
    let value = field
        .iter()
        .fold(0, |value, byte| value << 8 | u64::from(*byte))
        & (marker - 1);
    let length = if value == marker - 1 {
        None
    } else {
        Some(usize::try_from(value).ok()?)
    };
    Some((length, &bytes[size..]))
}
