//! An image from an address: the Download Image node.

use crate::error::Error;
use crate::image::{Picture, decode};
use crate::network::{Body, Exchange, Http};
use crate::request::{Ticket, address, bearer, once};
use crate::secret::{Redaction, Vault};
use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use std::time::Duration;

/// Fetches an image and reads it, without alpha. `token` may be empty.
pub async fn download(
    http: &Http,
    vault: &Vault,
    url: &str,
    token: &str,
    within: Duration,
) -> Result<Picture, Error> {
    let mut redaction = Redaction::default();
    let accept = HeaderValue::from_static("image/*, */*;q=0.1");
    let mut headers = HeaderMap::from_iter([(ACCEPT, accept)]);
    if !token.trim().is_empty() {
        let Ticket { header, .. } = bearer(token, vault, &mut redaction)?;
        headers.extend(header);
    }
    let exchange = Exchange {
        method: Method::GET,
        url: address("url", url, &mut redaction)?,
        headers,
        body: Body::Empty,
    };
    let answer = once(http, exchange, &redaction, within).await?;
    // Decoding keeps a core busy for long, and other requests wait on this thread.
    let file = answer.body.clone();
    let picture = tokio::task::spawn_blocking(move || decode(&file, false)).await;
    let picture = picture.map_err(|error| Error::Image(error.to_string()))?;
    picture.map_err(|error| {
        let kind = answer.content_type().unwrap_or("no type");
        Error::Image(format!(
            "the answer of `{}` ({kind}): {error}",
            answer.target
        ))
    })
}
