//! Bodies of answers: read to a limit, and made text by the character set that they name.

use super::sending::Answer;
use bytes::{Bytes, BytesMut};
use encoding_rs::{Encoding, UTF_8};
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use std::borrow::Cow;

/// Why a body was not read to its end.
pub(super) enum Stop {
    TooLong,
    Broken(reqwest::Error),
}

/// Reads a body. What it counts is unpacked, so that a small packed body cannot fill the memory.
pub(super) async fn body(mut response: Response, limit: u64) -> Result<Bytes, Stop> {
    if response
        .content_length()
        .is_some_and(|length| length > limit)
    {
        return Err(Stop::TooLong);
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(Stop::Broken)? {
        if (body.len() + chunk.len()) as u64 > limit {
            return Err(Stop::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

impl Answer {
    /// The body as text: by its byte order mark, else by the character set of the content type, else
    /// as UTF-8. What is no text there becomes U+FFFD.
    pub fn text(&self) -> Cow<'_, str> {
        let named = self.content_type().and_then(charset);
        named.unwrap_or(UTF_8).decode(&self.body).0
    }

    /// What the server says that the body is.
    pub fn content_type(&self) -> Option<&str> {
        self.headers.get(CONTENT_TYPE)?.to_str().ok()
    }
}

fn charset(content_type: &str) -> Option<&'static Encoding> {
    let parameters = content_type.split(';').skip(1);
    let named = parameters
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Encoding::for_label(named.1.trim().trim_matches('"').as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("text/plain; charset=ISO-8859-1", "windows-1252")]
    #[case("text/plain;boundary=x; CHARSET=\"shift_jis\"", "Shift_JIS")]
    #[case("application/json", "none")]
    #[case("text/plain; charset=nonsense", "none")]
    fn the_content_type_names_the_character_set(#[case] header: &str, #[case] name: &str) {
        assert_eq!(charset(header).map_or("none", Encoding::name), name);
    }
}
