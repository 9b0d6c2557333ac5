//! MP4 and MOV: the `mdta` keys that `FFmpeg` writes with `use_metadata_tags`, and their values.
//!
//! Read by hand: of the libraries that know metadata of MP4, none reads keys of this kind. Boxes are
//! length, type, content (ISO/IEC 14496-12); `keys` and `ilst` are those of `QuickTime`.

use super::Embedded;

pub(super) fn read(bytes: &[u8]) -> Embedded {
    let mut embedded = Embedded::default();
    for (_, movie) in boxes(bytes).filter(|(kind, _)| *kind == b"moov") {
        for (_, meta) in boxes(movie).filter(|(kind, _)| *kind == b"meta") {
            read_meta(meta, &mut embedded);
        }
        for (_, user) in boxes(movie).filter(|(kind, _)| *kind == b"udta") {
            for (_, meta) in boxes(user).filter(|(kind, _)| *kind == b"meta") {
                read_meta(meta, &mut embedded);
            }
        }
    }
    embedded
}

fn read_meta(meta: &[u8], embedded: &mut Embedded) {
    // ISO puts version and flags in front of the first box, QuickTime does not.
    let is_bare = meta.get(4..8) == Some(b"hdlr");
    let meta = if is_bare {
        meta
    } else {
        meta.get(4..).unwrap_or_default()
    };
    let content = |wanted: &[u8; 4]| boxes(meta).find(|(kind, _)| *kind == wanted);
    let (Some((_, keys)), Some((_, values))) = (content(b"keys"), content(b"ilst")) else {
        return;
    };
    // Version, flags and a count come first; each key is length, namespace and name.
    let names: Vec<&[u8]> = boxes(keys.get(8..).unwrap_or_default())
        .map(|(_, name)| name)
        .collect();
    for (index, item) in boxes(values) {
        let number = u32::from_be_bytes(*index) as usize;
        let name = number.checked_sub(1).and_then(|at| names.get(at));
        let data = boxes(item)
            .find(|(kind, _)| *kind == b"data")
            .and_then(|(_, data)| data.get(8..));
        if let (Some(name), Some(data)) = (name, data) {
            let text = || String::from_utf8_lossy(data).into_owned();
            embedded.keep(&String::from_utf8_lossy(name), text);
        }
    }
}

/// The boxes that lie one behind the other, up to the first that makes no sense.
fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (kind, rest) = rest.split_first_chunk::<4>()?;
        let (header, length) = match u32::from_be_bytes(*length) {
            // To the end of the file.
            0 => (8, bytes.len()),
            1 => (
                16,
                usize::try_from(u64::from_be_bytes(*rest.first_chunk::<8>()?)).ok()?,
            ),
            length => (8, length as usize),
        };
        let content = bytes.get(header..length)?;
        bytes = &bytes[length..];
        Some((kind, content))
    })
}
