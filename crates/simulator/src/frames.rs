//! The frames that a server sends: JSON messages and the binary layouts of previews.

use axum::extract::ws::Message;
use bytes::{BufMut as _, BytesMut};
use comfyctl_workflow::validation::python;
use serde_json::{Value, json};

const PREVIEW: u32 = 1;
const PREVIEW_WITH_METADATA: u32 = 4;
const JPEG: u32 = 1;

/// `{"type", "data"}`.
pub(crate) fn event(kind: &str, data: &Value) -> Message {
    Message::text(python::dumps(&json!({"type": kind, "data": data})))
}

/// The number of jobs that wait or run; with the socket's id in its first frame.
pub(crate) fn status(remaining: usize, sid: Option<&str>) -> Message {
    let mut data = json!({"status": {"exec_info": {"queue_remaining": remaining}}});
    if let Some(sid) = sid {
        data["sid"] = sid.into();
    }
    event("status", &data)
}

/// A JPEG preview for clients that did not ask for metadata.
pub(crate) fn preview(jpeg: &[u8]) -> Message {
    let mut frame = BytesMut::with_capacity(8 + jpeg.len());
    frame.put_u32(PREVIEW);
    frame.put_u32(JPEG);
    frame.put_slice(jpeg);
    Message::Binary(frame.freeze())
}

/// A JPEG preview for clients that asked for metadata.
pub(crate) fn preview_with_metadata(metadata: &Value, jpeg: &[u8]) -> Message {
    let metadata = python::dumps(metadata);
    let mut frame = BytesMut::with_capacity(8 + metadata.len() + jpeg.len());
    frame.put_u32(PREVIEW_WITH_METADATA);
    frame.put_u32(u32::try_from(metadata.len()).unwrap_or(u32::MAX));
    frame.put_slice(metadata.as_bytes());
    frame.put_slice(jpeg);
    Message::Binary(frame.freeze())
}
