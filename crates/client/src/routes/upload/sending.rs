//! The bytes of an upload on their way, and the gauge that tells whether they still move.

use super::{Upload, UploadSource};
use crate::error::{Error, ErrorKind};
use crate::transport::Flow;
use fs_err::tokio as fs;
use futures_util::StreamExt;
use reqwest::Body;
use reqwest::multipart::Part;
use std::path::Path;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

/// Bytes that are read at once: a fraction of the usual socket buffer.
const CHUNK: usize = 64 * 1024;

/// The part of the form that is the file. The flow is marked with every chunk that is taken from
/// it, and ends with the last.
pub(super) async fn part(upload: &Upload) -> Result<(Part, Flow), Error> {
    let (gauge, flow) = Flow::new();
    let part = match &upload.source {
        UploadSource::Bytes(bytes) => {
            let length = bytes.len() as u64;
            let mut rest = bytes.clone();
            let chunks = std::iter::from_fn(move || {
                let next = rest.split_to(rest.len().min(CHUNK));
                (!next.is_empty()).then_some(next)
            });
            let chunks = futures_util::stream::iter(chunks.map(Ok::<_, std::io::Error>));
            let chunks = chunks.inspect(move |_| gauge.mark());
            Part::stream_with_length(Body::wrap_stream(chunks), length)
        }
        UploadSource::Path(path) => {
            let failed = |source| failed(path, source);
            let file = fs::File::open(path).await.map_err(failed)?;
            let metadata = file.metadata().await.map_err(failed)?;
            if !metadata.is_file() {
                return Err(failed(std::io::Error::other("it is no regular file")));
            }
            // Not a byte more than announced, even if someone is still writing it.
            let chunks = ReaderStream::with_capacity(file.take(metadata.len()), CHUNK);
            let chunks = chunks.inspect(move |_| gauge.mark());
            Part::stream_with_length(Body::wrap_stream(chunks), metadata.len())
        }
    };
    Ok((part.file_name(upload.name.clone()), flow))
}

fn failed(path: &Path, source: std::io::Error) -> Error {
    ErrorKind::File {
        action: "read",
        path: path.to_owned(),
        source,
    }
    .into()
}
