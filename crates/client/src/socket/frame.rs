//! Binary frames: previews, texts of nodes, and what else may come.
//!
//! A frame begins with its kind, a big-endian `u32`. Image bytes are slices of the frame, never
//! copies. The listener calls this for each binary frame; whatever bytes come, the answer is a
//! value or an error, never a panic.

use crate::ids::PromptId;
use bytes::{Buf, Bytes};
use comfyctl_workflow::NodeId;
use serde::Deserialize;
use thiserror::Error;

use super::event::{NodeText, UnknownFrame};

/// Bytes of a number in a frame.
const NUMBER: usize = size_of::<u32>();

/// One binary frame.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Frame {
    /// An image of a sample in the making.
    Preview(Preview),
    /// A text that a node shows on itself.
    Text(NodeText),
    /// A frame of a kind that is not known here, whole.
    Unknown(UnknownFrame),
}

/// An image of a sample in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The prompt that makes it. A server that does not know previews with metadata does not say;
    /// then it is the prompt that the listener knows to be running.
    pub prompt_id: Option<PromptId>,
    /// The node that makes it.
    pub node_id: Option<NodeId>,
    /// The node of the user's graph that shows it.
    pub display_node_id: Option<NodeId>,
    /// How the image is written.
    pub format: ImageFormat,
    /// The image file.
    pub image: Bytes,
}

/// How the image of a preview is written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// Another one, by its media type.
    Other(String),
}

/// Why a binary frame cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The frame ends before its `field` does.
    #[error("frame ends within its {field}: {needed} bytes announced, {present} there")]
    Truncated {
        /// What was to be read.
        field: &'static str,
        /// Bytes that it should have.
        needed: usize,
        /// Bytes that there are.
        present: usize,
    },
    /// A preview without metadata has an image type that does not exist.
    #[error("preview of the unknown image type {0}")]
    ImageType(u32),
    /// The metadata of a preview is not the JSON object that it should be.
    #[error("metadata of a preview is not readable")]
    Metadata(#[from] serde_json::Error),
    /// A text is not UTF-8.
    #[error("text frame is not UTF-8")]
    Text(#[from] std::str::Utf8Error),
}

impl Frame {
    /// Reads a binary message of the socket.
    pub fn decode(mut bytes: Bytes) -> Result<Self, FrameError> {
        match take_number(&mut bytes, "kind")? {
            1 => legacy_preview(bytes).map(Self::Preview),
            3 => text(bytes).map(Self::Text),
            4 => preview_with_metadata(bytes).map(Self::Preview),
            kind => Ok(Self::Unknown(UnknownFrame {
                kind,
                payload: bytes,
            })),
        }
    }
}

/// A preview for a client that did not announce support for metadata: image type, image.
fn legacy_preview(mut bytes: Bytes) -> Result<Preview, FrameError> {
    let format = match take_number(&mut bytes, "image type")? {
        1 => ImageFormat::Jpeg,
        2 => ImageFormat::Png,
        other => return Err(FrameError::ImageType(other)),
    };
    Ok(Preview {
        prompt_id: None,
        node_id: None,
        display_node_id: None,
        format,
        image: bytes,
    })
}

/// A preview that says whose it is: length of the metadata, metadata, image.
fn preview_with_metadata(mut bytes: Bytes) -> Result<Preview, FrameError> {
    #[derive(Deserialize)]
    struct Metadata {
        prompt_id: Option<PromptId>,
        node_id: Option<NodeId>,
        display_node_id: Option<NodeId>,
        image_type: Option<String>,
    }
    let metadata: Metadata = serde_json::from_slice(&take_field(&mut bytes, "metadata")?)?;
    Ok(Preview {
        prompt_id: metadata.prompt_id,
        node_id: metadata.node_id,
        display_node_id: metadata.display_node_id,
        format: ImageFormat::from_media_type(metadata.image_type.as_deref()),
        image: bytes,
    })
}

impl ImageFormat {
    /// Every server so far says it; JPEG is what all of them send unless a node asks otherwise.
    fn from_media_type(media_type: Option<&str>) -> Self {
        match media_type {
            None | Some("image/jpeg") => Self::Jpeg,
            Some("image/png") => Self::Png,
            Some(other) => Self::Other(other.to_owned()),
        }
    }

    /// Its media type, such as `image/jpeg`.
    pub fn media_type(&self) -> &str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Other(media_type) => media_type,
        }
    }
}

/// A text: length of the node id, node id, text.
fn text(mut bytes: Bytes) -> Result<NodeText, FrameError> {
    let node_id = take_field(&mut bytes, "node id")?;
    Ok(NodeText {
        prompt_id: None,
        node_id: NodeId::from(str::from_utf8(&node_id)?),
        text: str::from_utf8(&bytes)?.to_owned(),
    })
}

fn take_number(bytes: &mut Bytes, field: &'static str) -> Result<u32, FrameError> {
    let present = bytes.len();
    bytes.try_get_u32().map_err(|_| FrameError::Truncated {
        field,
        needed: NUMBER,
        present,
    })
}

/// Takes a field that has its length before it.
fn take_field(bytes: &mut Bytes, field: &'static str) -> Result<Bytes, FrameError> {
    let announced = take_number(bytes, field)?;
    let present = bytes.len();
    match usize::try_from(announced) {
        Ok(length) if length <= present => Ok(bytes.split_to(length)),
        length => Err(FrameError::Truncated {
            field,
            needed: length.unwrap_or(usize::MAX),
            present,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(parts: &[&[u8]]) -> Bytes {
        parts.concat().into()
    }

    fn be(number: u32) -> [u8; 4] {
        number.to_be_bytes()
    }

    #[test]
    fn a_legacy_preview_is_a_slice_of_its_frame() {
        let bytes = frame(&[&be(1), &be(2), b"\x89PNG"]);
        let Frame::Preview(preview) = Frame::decode(bytes.clone()).unwrap() else {
            panic!()
        };
        assert_eq!(
            (preview.format, preview.prompt_id),
            (ImageFormat::Png, None)
        );
        assert_eq!(preview.image.as_ptr(), bytes[8..].as_ptr());
    }

    #[test]
    fn a_preview_with_metadata_says_whose_it_is() {
        let metadata = br#"{"node_id": "3", "prompt_id": "b2", "parent_node_id": null,
            "image_type": "image/webp", "new": 1}"#;
        let length = be(u32::try_from(metadata.len()).unwrap());
        let bytes = frame(&[&be(4), &length, metadata, b"RIFF"]);
        let Frame::Preview(preview) = Frame::decode(bytes).unwrap() else {
            panic!()
        };
        assert_eq!(preview.prompt_id.unwrap().as_str(), "b2");
        assert_eq!(preview.node_id.unwrap().as_str(), "3");
        assert_eq!(preview.format, ImageFormat::Other("image/webp".to_owned()));
        assert_eq!(preview.image, "RIFF");
    }

    #[test]
    fn a_text_names_its_node() {
        let bytes = frame(&[&be(3), &be(2), b"12", "höhe: 32".as_bytes()]);
        let Frame::Text(text) = Frame::decode(bytes).unwrap() else {
            panic!()
        };
        assert_eq!(
            (text.node_id.as_str(), text.text.as_str()),
            ("12", "höhe: 32")
        );
    }

    #[test]
    fn an_unknown_kind_is_kept_whole() {
        let decoded = Frame::decode(frame(&[&be(9), b"anything"])).unwrap();
        assert_eq!(
            decoded,
            Frame::Unknown(UnknownFrame {
                kind: 9,
                payload: "anything".into()
            })
        );
    }

    #[test]
    fn a_lying_length_is_an_error_that_says_so() {
        let error = Frame::decode(frame(&[&be(4), &be(u32::MAX), b"{}"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "frame ends within its metadata: 4294967295 bytes announced, 2 there"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(kind in 0_u32..6, length in any::<u32>(),
                                  short in any::<bool>(), rest in any::<Vec<u8>>()) {
            let length = if short { length % 16 } else { length };
            let _ = Frame::decode(frame(&[&be(kind), &be(length), &rest]));
            let _ = Frame::decode(rest.into());
        }

        #[test]
        fn a_text_survives_the_way(node in "[0-9.]{1,8}", words in "\\PC{0,40}") {
            let length = be(u32::try_from(node.len()).unwrap());
            let bytes = frame(&[&be(3), &length, node.as_bytes(), words.as_bytes()]);
            let Frame::Text(text) = Frame::decode(bytes).unwrap() else { panic!() };
            prop_assert_eq!(text.node_id.as_str(), node.as_str());
            prop_assert_eq!(text.text, words);
        }
    }
}
