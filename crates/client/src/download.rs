//! A file on its way from the server, chunk by chunk, taken up again where it broke off.

mod destination;

pub use destination::Existing;

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::output::FileReference;
use crate::routes::view::ByteRange;
use crate::transport::{Answer, LONGEST_ANSWER};
use bytes::Bytes;
use destination::Destination;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, HeaderValue};
use std::fmt;
use std::path::{Path, PathBuf};

/// How often a transfer is taken up again without a single byte in between.
const BARREN_RESUMES: u32 = 2;

/// A file that is being downloaded. Dropping it ends the transfer.
pub struct Download {
    client: Client,
    file: FileReference,
    answer: Answer,
    range: ByteRange,
    /// What the file is known by, without which it cannot be taken up again.
    etag: Option<HeaderValue>,
    length: Option<u64>,
    received: u64,
    resumes_left: u32,
}

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DownloadProgress {
    /// Bytes that have come.
    pub received: u64,
    /// Bytes that will have come in the end, if the server says so.
    pub total: Option<u64>,
}

impl Download {
    pub(crate) fn open(
        client: Client,
        file: FileReference,
        answer: Answer,
        range: Option<ByteRange>,
        resumable: bool,
    ) -> Result<Self, Error> {
        let start = range.map_or(0, |range| range.start);
        if range.is_some() && range_start(&answer) != Some(start) {
            return Err(protocol(&answer, "the range that was asked for is ignored"));
        }
        let header = |name: HeaderName| answer.response.headers().get(name).cloned();
        Ok(Self {
            client,
            file,
            range: range.unwrap_or(ByteRange {
                start: 0,
                last: None,
            }),
            etag: header(ETAG).filter(|_| resumable),
            length: answer.response.content_length(),
            received: 0,
            resumes_left: BARREN_RESUMES,
            answer,
        })
    }

    /// Length of what is being downloaded, in bytes, if the server says so.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// MIME type of the file.
    pub fn content_type(&self) -> Option<&str> {
        self.answer
            .response
            .headers()
            .get(CONTENT_TYPE)?
            .to_str()
            .ok()
    }

    /// The next bytes; `None` at the end. A connection that breaks is made again, and the transfer
    /// goes on where it was, as long as the file is the same.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            match self.answer.chunk().await {
                Ok(Some(chunk)) => {
                    self.received += chunk.len() as u64;
                    self.resumes_left = BARREN_RESUMES;
                    return Ok(Some(chunk));
                }
                Ok(None) => return Ok(None),
                Err(error) => self.resume(error).await?,
            }
        }
    }

    /// Opens the rest of the file, or gives the error back.
    async fn resume(&mut self, error: Error) -> Result<(), Error> {
        if self.etag.is_none() || self.resumes_left == 0 {
            return Err(error);
        }
        self.resumes_left -= 1;
        let start = self.range.start + self.received;
        let rest = ByteRange {
            start,
            last: self.range.last,
        };
        let answer = self.client.view_rest(&self.file, rest).open().await?;
        let same_file = answer.response.headers().get(ETAG) == self.etag.as_ref();
        if !same_file || range_start(&answer) != Some(start) {
            return Err(error);
        }
        tracing::debug!(
            file = self.file.filename,
            start,
            "a broken download goes on"
        );
        self.answer = answer;
        Ok(())
    }

    /// The whole of it in memory, up to 256 MiB.
    pub async fn bytes(mut self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if bytes.len() + chunk.len() > LONGEST_ANSWER {
                let kind = ErrorKind::AnswerTooLarge {
                    limit: LONGEST_ANSWER,
                };
                return Err(Error::new(self.answer.operation, kind));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// Saves it as a file in a folder that exists, and gives the path that it has in the end.
    ///
    /// The bytes go to a temporary file beside it, so that nobody ever sees half a file, and nothing
    /// is left behind by a failure.
    pub async fn save(
        mut self,
        path: &Path,
        existing: Existing,
        mut progress: impl FnMut(DownloadProgress),
    ) -> Result<PathBuf, Error> {
        let mut destination = Destination::create(path, existing).await?;
        while let Some(chunk) = self.chunk().await? {
            destination.write(&chunk).await?;
            progress(DownloadProgress {
                received: self.received,
                total: self.length,
            });
        }
        destination.finish().await
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Download")
            .field("file", &self.file)
            .field("received", &self.received)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// First byte of a partial answer.
fn range_start(answer: &Answer) -> Option<u64> {
    if answer.response.status() != StatusCode::PARTIAL_CONTENT {
        return None;
    }
    let range = answer
        .response
        .headers()
        .get(CONTENT_RANGE)?
        .to_str()
        .ok()?;
    range
        .strip_prefix("bytes ")?
        .split('-')
        .next()?
        .parse()
        .ok()
}

fn protocol(answer: &Answer, detail: &str) -> Error {
    let kind = ErrorKind::Protocol {
        detail: detail.to_owned(),
    };
    Error::new(answer.operation.clone(), kind)
}
