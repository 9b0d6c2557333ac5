//! A file from the disk, with ranges and validators.
//!
//! Called by the routes that give files as they are.

use crate::answer;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use std::ops::Range;
use std::path::Path;
use std::time::SystemTime;

/// How a file is announced.
#[derive(Debug, Clone)]
pub(super) struct Announced {
    pub(super) content_type: String,
    /// What a user's file is saved as; files of the editor are not to be saved.
    pub(super) disposition: Option<String>,
}

/// The type that the ending of a name suggests.
pub(super) fn guessed_type(name: &str) -> String {
    let guess = mime_guess::from_path(name).first();
    guess.map_or_else(
        || "application/octet-stream".into(),
        |kind| kind.essence_str().to_owned(),
    )
}

/// The whole file, a part of it, or nothing new.
pub(super) async fn send(path: &Path, announced: Announced, request: &HeaderMap) -> Response {
    let read = async {
        let metadata = fs_err::tokio::metadata(path).await?;
        let bytes = fs_err::tokio::read(path).await?;
        std::io::Result::Ok((metadata.modified()?, Bytes::from(bytes)))
    };
    let Ok((modified, bytes)) = read.await else {
        return answer::empty(StatusCode::NOT_FOUND);
    };
    let nanoseconds = modified
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |age| age.as_nanos());
    let etag = format!("\"{nanoseconds:x}-{:x}\"", bytes.len());
    let mut response = match wanted(request, &etag, bytes.len()) {
        Wanted::Nothing => answer::empty(StatusCode::NOT_MODIFIED),
        Wanted::Impossible => {
            let mut response = answer::empty(StatusCode::RANGE_NOT_SATISFIABLE);
            set(
                &mut response,
                header::CONTENT_RANGE,
                &format!("bytes */{}", bytes.len()),
            );
            describe(&mut response, &announced);
            return response;
        }
        Wanted::All => with_range_support(bytes.into_response()),
        Wanted::Part(range) => {
            let shown = format!("bytes {}-{}/{}", range.start, range.end - 1, bytes.len());
            let part = (StatusCode::PARTIAL_CONTENT, bytes.slice(range));
            let mut response = with_range_support(part.into_response());
            set(&mut response, header::CONTENT_RANGE, &shown);
            response
        }
    };
    describe(&mut response, &announced);
    set(&mut response, header::ETAG, &etag);
    set(&mut response, header::LAST_MODIFIED, &http_date(modified));
    response
}

fn describe(response: &mut Response, announced: &Announced) {
    set(response, header::CONTENT_TYPE, &announced.content_type);
    if let Some(disposition) = &announced.disposition {
        set(response, header::CONTENT_DISPOSITION, disposition);
        set(response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    }
}

fn with_range_support(mut response: Response) -> Response {
    set(&mut response, header::ACCEPT_RANGES, "bytes");
    response
}

/// Sets a header to a text that may hold raw UTF-8, as the real server sends it.
pub(super) fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
        response.headers_mut().insert(name, value);
    }
}

enum Wanted {
    All,
    Part(Range<usize>),
    Nothing,
    Impossible,
}

fn wanted(request: &HeaderMap, etag: &str, length: usize) -> Wanted {
    let text = |name| {
        request
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    if text(header::IF_NONE_MATCH).is_some_and(|known| known == "*" || known.contains(etag)) {
        return Wanted::Nothing;
    }
    let Some((from, to)) =
        text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")?.split_once('-'))
    else {
        return Wanted::All;
    };
    let range = match (from.parse::<usize>().ok(), to.parse::<usize>().ok()) {
        (Some(from), Some(to)) => from..length.min(to.saturating_add(1)),
        (Some(from), None) => from..length,
        (None, Some(last)) => length.saturating_sub(last)..length,
        (None, None) => return Wanted::All,
    };
    if range.is_empty() {
        return Wanted::Impossible;
    }
    Wanted::Part(range)
}

fn http_date(time: SystemTime) -> String {
    let time = Timestamp::try_from(time).unwrap_or(Timestamp::UNIX_EPOCH);
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
