//! The workflow that ComfyUI writes into what it saves: images, videos, audio, latents.
//!
//! Every saver of ComfyUI 0.28.1 stores the graph that ran under `prompt` and the editor's graph under
//! `workflow`, each as JSON text in the metadata of the file's format. Called by
//! [`crate::Document`] with the bytes of a whole file; nothing here decodes pixels or samples.

mod audio;
mod matroska;
mod mp4;
mod png;
mod safetensors;
mod webp;

use crate::document::DocumentError;

/// The two graphs that a file of ComfyUI carries, as JSON text; at least one is there.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Embedded {
    /// The graph that ran, in API format. May hold bare `NaN`, which Python writes.
    pub prompt: Option<String>,
    /// The editor's graph.
    pub workflow: Option<String>,
}

/// Formats that are told by their first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Png,
    Webp,
    Mp4,
    Matroska,
    Flac,
    Mp3,
    Ogg,
    /// `.latent` files.
    Safetensors,
}

impl Format {
    /// The format of a file, if it is one that ComfyUI saves.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let starts = |magic: &[u8]| bytes.starts_with(magic);
        let has = |at: usize, magic: &[u8]| bytes.get(at..).is_some_and(|b| b.starts_with(magic));
        Some(match () {
            () if starts(png::SIGNATURE) => Self::Png,
            () if starts(b"RIFF") && has(8, b"WEBP") => Self::Webp,
            () if has(4, b"ftyp") => Self::Mp4,
            () if starts(b"\x1a\x45\xdf\xa3") => Self::Matroska,
            () if starts(b"fLaC") => Self::Flac,
            () if starts(b"ID3") => Self::Mp3,
            () if starts(b"OggS") => Self::Ogg,
            () if has(8, b"{\"") && !starts(b"{") => Self::Safetensors,
            () => return None,
        })
    }

    /// For messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG image",
            Self::Webp => "WebP image",
            Self::Mp4 => "MP4 video",
            Self::Matroska => "WebM video",
            Self::Flac => "FLAC file",
            Self::Mp3 => "MP3 file",
            Self::Ogg => "Opus file",
            Self::Safetensors => "latent file",
        }
    }

    /// Reads what a file of this format carries; `Err` says why it cannot be read.
    pub(crate) fn read(self, bytes: &[u8]) -> Result<Embedded, String> {
        match self {
            Self::Png => png::read(bytes),
            Self::Webp => webp::read(bytes),
            Self::Mp4 => Ok(mp4::read(bytes)),
            Self::Matroska => Ok(matroska::read(bytes)),
            Self::Flac => audio::read_flac(bytes),
            Self::Mp3 => audio::read_mp3(bytes),
            Self::Ogg => audio::read_opus(bytes),
            Self::Safetensors => safetensors::read(bytes),
        }
    }
}

impl Embedded {
    /// Reads what an image, video, audio or latent file carries.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DocumentError> {
        let format = Format::of(bytes).ok_or(DocumentError::CarriesNothing)?;
        let name = format.name();
        let damaged = |reason| DocumentError::Damaged {
            format: name,
            reason,
        };
        let embedded = format.read(bytes).map_err(damaged)?;
        if embedded == Self::default() {
            return Err(DocumentError::NothingEmbedded { format: name });
        }
        Ok(embedded)
    }

    /// Takes a text if it is one of the two; the first of equal names counts.
    fn keep(&mut self, name: &str, text: impl FnOnce() -> String) {
        let place = match name {
            "prompt" => &mut self.prompt,
            "workflow" => &mut self.workflow,
            _ => return,
        };
        place.get_or_insert_with(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::Value;

    /// Saved by a ComfyUI 0.28.1 with the savers that it has for each format.
    fn sample(name: &str) -> Vec<u8> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/media/");
        std::fs::read(format!("{folder}{name}")).unwrap()
    }

    #[rstest]
    #[case("animated.png", Format::Png)]
    #[case("sample.webp", Format::Webp)]
    #[case("sample.mp4", Format::Mp4)]
    #[case("sample.webm", Format::Matroska)]
    #[case("sample.flac", Format::Flac)]
    #[case("sample.mp3", Format::Mp3)]
    #[case("sample.opus", Format::Ogg)]
    #[case("sample.latent", Format::Safetensors)]
    fn what_comfyui_saved_carries_both_graphs(#[case] name: &str, #[case] format: Format) {
        let bytes = sample(name);
        assert_eq!(Format::of(&bytes), Some(format));
        let embedded = format.read(&bytes).unwrap();
        let prompt: Value = serde_json::from_str(&embedded.prompt.unwrap()).unwrap();
        assert_eq!(prompt["12"]["class_type"], "SaveLatent");
        let workflow: Value = serde_json::from_str(&embedded.workflow.unwrap()).unwrap();
        assert_eq!(workflow["note"], "ä");
    }

    const SAMPLES: [&str; 8] = [
        "animated.png",
        "sample.webp",
        "sample.mp4",
        "sample.webm",
        "sample.flac",
        "sample.mp3",
        "sample.opus",
        "sample.latent",
    ];

    proptest! {
        #[test]
        fn a_damaged_file_is_survived(
            which in 0..SAMPLES.len(),
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
            end in any::<prop::sample::Index>(),
        ) {
            let mut bytes = sample(SAMPLES[which]);
            let length = bytes.len();
            for (at, byte) in changes {
                bytes[at.index(length.min(400))] = byte;
            }
            bytes.truncate(end.index(length) + 1);
            if let Some(format) = Format::of(&bytes) {
                let _ = format.read(&bytes);
            }
        }
    }
}
