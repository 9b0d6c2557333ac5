//! One request from the first byte to the last of its answer, over all redirects.
//!
//! Each redirect is held to the policy as the first address was. To another origin nothing goes along
//! that was meant for the first: no credentials, no header of the user.

use super::http::Http;
use super::reading;
use super::resolver::refusal;
use super::target::Target;
use crate::error::Error;
use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Method, Response, StatusCode, multipart};
use std::error::Error as _;
use url::Url;

/// As many as browsers follow within one site and its login.
const MOST_REDIRECTS: usize = 10;

/// A request as it is to be sent.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// `GET`, `POST`, ...
    pub method: Method,
    /// Where to; only http and https get further than the policy.
    pub url: Url,
    /// All headers, those with credentials marked as sensitive.
    pub headers: HeaderMap,
    /// What goes along.
    pub body: Body,
}

/// What a request carries; can be sent more than once.
#[derive(Debug, Clone)]
pub enum Body {
    /// Nothing.
    Empty,
    /// Bytes of the type that the headers say.
    Bytes(Bytes),
    /// A form with files, whose type reqwest writes.
    Form(Vec<Part>),
}

/// One field of a form.
#[derive(Debug, Clone)]
pub enum Part {
    /// Name and text.
    Text(String, String),
    /// A file.
    File {
        /// Name of the field.
        field: String,
        /// Name of the file.
        name: String,
        /// Its type.
        mime: &'static str,
        /// Its content.
        bytes: Bytes,
    },
}

/// An answer, whatever its status, within the limits of the policy.
#[derive(Debug)]
pub struct Answer {
    /// Where it came from, after all redirects.
    pub target: Target,
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, unpacked.
    pub body: Bytes,
}

impl Http {
    /// Sends a request and reads its answer. Bounds the size of the answer; its time is bounded by
    /// whoever calls, over all attempts.
    pub async fn send(&self, mut exchange: Exchange) -> Result<Answer, Error> {
        for _ in 0..=MOST_REDIRECTS {
            let response = self.hop(&exchange).await?;
            let Some(next) = redirect(&response, &exchange.url) else {
                return self.read(response, &exchange.url).await;
            };
            exchange = exchange.redirected(response.status(), next);
        }
        Err(Error::TooManyRedirects {
            target: Target::from(&exchange.url),
        })
    }

    async fn hop(&self, exchange: &Exchange) -> Result<Response, Error> {
        let trust = self.policy().admit(&exchange.url)?;
        let request = self
            .client(trust)
            .request(exchange.method.clone(), exchange.url.clone())
            .headers(exchange.headers.clone());
        let request = match &exchange.body {
            Body::Empty => request,
            Body::Bytes(bytes) => request.body(bytes.clone()),
            Body::Form(parts) => request.multipart(form(parts)?),
        };
        let response = request.send().await;
        response.map_err(|error| failure(&exchange.url, error))
    }

    async fn read(&self, response: Response, url: &Url) -> Result<Answer, Error> {
        let target = Target::from(url);
        let status = response.status();
        let headers = response.headers().clone();
        tracing::debug!(%target, status = status.as_u16(), "a node got an answer");
        let limit = self.policy().longest_answer;
        let body = reading::body(response, limit)
            .await
            .map_err(|error| match error {
                reading::Stop::TooLong => Error::TooLong {
                    target: target.clone(),
                    limit,
                },
                reading::Stop::Broken(error) => failure(url, error),
            })?;
        Ok(Answer {
            target,
            status,
            headers,
            body,
        })
    }
}

impl Exchange {
    /// The request that a redirect asks for.
    fn redirected(mut self, status: StatusCode, next: Url) -> Self {
        if self.url.origin() != next.origin() {
            self.headers = [ACCEPT, CONTENT_TYPE]
                .into_iter()
                .filter_map(|name| Some((name.clone(), self.headers.get(&name)?.clone())))
                .collect();
        }
        let is_post_no_more = matches!(status.as_u16(), 301 | 302) && self.method == Method::POST;
        if is_post_no_more || status == StatusCode::SEE_OTHER {
            self.method = Method::GET;
            self.body = Body::Empty;
            self.headers.remove(CONTENT_TYPE);
        }
        self.url = next;
        self
    }
}

/// Where an answer sends us, if it does.
fn redirect(response: &Response, from: &Url) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    from.join(location).ok()
}

fn form(parts: &[Part]) -> Result<multipart::Form, Error> {
    let mut form = multipart::Form::new();
    for part in parts {
        form = match part.clone() {
            Part::Text(name, text) => form.text(name, text),
            Part::File {
                field,
                name,
                mime,
                bytes,
            } => {
                let file = multipart::Part::stream(bytes).file_name(name);
                let file = file
                    .mime_str(mime)
                    .map_err(|error| Error::Setup(error.to_string()))?;
                form.part(field, file)
            }
        };
    }
    Ok(form)
}

/// What became of a request without an answer.
fn failure(url: &Url, error: reqwest::Error) -> Error {
    if let Some(refusal) = refusal(&error) {
        return refusal.into();
    }
    let target = Target::from(url);
    let unsent = error.is_connect();
    // The innermost cause says it; those around it repeat the address.
    let error = error.without_url();
    let mut cause = error.source();
    let mut problem = error.to_string();
    while let Some(inner) = cause {
        problem = inner.to_string();
        cause = inner.source();
    }
    Error::Unreachable {
        target,
        problem,
        unsent,
    }
}
