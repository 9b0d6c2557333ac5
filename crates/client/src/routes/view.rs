//! `GET /view`: the bytes of a file on the server, whole, in part or converted.

use crate::client::Client;
use crate::download::Download;
use crate::error::Error;
use crate::output::{FileReference, Folder};
use crate::transport::Call;
use reqwest::header::{ACCEPT_ENCODING, HeaderValue, RANGE};
use reqwest::{Method, StatusCode};
use std::borrow::Cow;

const ROUTE: &[&str] = &["api", "view"];

/// In which form to get a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ViewOptions {
    /// Converted to a smaller image. Fails with a 500 on what is no image.
    pub preview: Option<ImagePreview>,
    /// Only some channels of an image, as PNG.
    pub channel: Option<Channel>,
    /// Only some bytes. The server ignores it with `preview` and `channel`.
    pub range: Option<ByteRange>,
}

/// A smaller image in place of the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImagePreview {
    /// Its format.
    pub format: PreviewFormat,
    /// Its quality from 1 to 100.
    pub quality: u8,
}

/// Format of a smaller image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreviewFormat {
    /// WebP.
    Webp,
    /// JPEG, which has no alpha channel.
    Jpeg,
}

/// Channels of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Without alpha.
    Rgb,
    /// Alpha alone.
    Alpha,
    /// All.
    Rgba,
}

/// A part of a file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    /// First byte.
    pub start: u64,
    /// Last byte, which is part of it; `None` for the end of the file.
    pub last: Option<u64>,
}

impl ViewOptions {
    fn is_converted(&self) -> bool {
        self.preview.is_some() || self.channel.is_some()
    }

    fn query(&self) -> Vec<(&'static str, String)> {
        let preview = self.preview.map(|preview| {
            let format = match preview.format {
                PreviewFormat::Webp => "webp",
                PreviewFormat::Jpeg => "jpeg",
            };
            ("preview", format!("{format};{}", preview.quality))
        });
        let channel = self.channel.map(|channel| {
            let channel = match channel {
                Channel::Rgb => "rgb",
                Channel::Alpha => "a",
                Channel::Rgba => "rgba",
            };
            ("channel", channel.to_owned())
        });
        preview.into_iter().chain(channel).collect()
    }
}

impl Client {
    /// Opens a file for download. A file that is gone, such as one of a cached output that someone
    /// deleted, is a status error with 404.
    pub async fn view(
        &self,
        file: &FileReference,
        options: &ViewOptions,
    ) -> Result<Download, Error> {
        let range = options.range.filter(|_| !options.is_converted());
        let answer = self.view_call(file, options, range).open().await?;
        let resumable = !options.is_converted();
        Download::open(self.clone(), file.clone(), answer, range, resumable)
    }

    /// A file in memory, up to 256 MiB.
    pub async fn view_bytes(
        &self,
        file: &FileReference,
        options: &ViewOptions,
    ) -> Result<Vec<u8>, Error> {
        self.view(file, options).await?.bytes().await
    }

    /// Whether the server has the file.
    pub async fn file_exists(&self, file: &FileReference) -> Result<bool, Error> {
        let call = self
            .call(Method::HEAD, ROUTE)
            .query(Location::of(file).query());
        let answer = call.whole().await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        answer.ok().map(|_| true)
    }

    /// The rest of a plain file, from a byte on.
    pub(crate) fn view_rest(&self, file: &FileReference, range: ByteRange) -> Call<'_> {
        self.view_call(file, &ViewOptions::default(), Some(range))
    }

    fn view_call(
        &self,
        file: &FileReference,
        options: &ViewOptions,
        range: Option<ByteRange>,
    ) -> Call<'_> {
        let converted = options.query();
        let converted = converted
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        // As it is: lengths and ranges count the bytes of the file, not of a compressed answer.
        let call = self
            .get(ROUTE)
            .query(Location::of(file).query())
            .query(converted)
            .header(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        match range.and_then(|range| HeaderValue::from_str(&range.header()).ok()) {
            Some(range) => call.header(RANGE, range),
            None => call,
        }
    }
}

impl ByteRange {
    fn header(self) -> String {
        match self.last {
            Some(last) => format!("bytes={}-{last}", self.start),
            None => format!("bytes={}-", self.start),
        }
    }
}

/// Where the server looks for a file. It drops a folder in front of the name, which some nodes put
/// there, so that has to become part of the subfolder.
struct Location<'a> {
    filename: &'a str,
    subfolder: Cow<'a, str>,
    folder: Folder,
}

impl<'a> Location<'a> {
    fn of(file: &'a FileReference) -> Self {
        let (subfolder, filename) = match file.filename.rsplit_once('/') {
            Some((inner, filename)) if file.subfolder.is_empty() => (inner.into(), filename),
            Some((inner, filename)) => (format!("{}/{inner}", file.subfolder).into(), filename),
            None => (file.subfolder.as_str().into(), file.filename.as_str()),
        };
        Self {
            filename,
            subfolder,
            folder: file.folder,
        }
    }

    fn query(&self) -> [(&str, &str); 3] {
        [
            ("filename", self.filename),
            ("subfolder", &self.subfolder),
            ("type", self.folder.as_str()),
        ]
    }
}
