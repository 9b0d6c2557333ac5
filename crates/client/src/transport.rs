//! One HTTP request from its making to its typed answer. Every route goes through here.
//!
//! Bounds each answer in time and size, and turns everything that can happen into an
//! [`Error`] that names the request.

mod answer;
mod flow;

pub(crate) use answer::{Answer, Whole};
pub(crate) use flow::Flow;

use crate::client::Client;
use crate::connection::Timeouts;
use crate::error::{Error, ErrorKind, Operation, TimeoutPhase};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::multipart::Form;
use reqwest::{Body, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::time::timeout;
use url::Url;

/// Longest answer that is held in memory: definitions of a server with hundreds of packs are tens of
/// MiB, and a queue of a thousand large graphs more than a hundred.
pub(crate) const LONGEST_ANSWER: usize = 256 * 1024 * 1024;

/// A request that is being put together.
pub(crate) struct Call<'a> {
    client: &'a Client,
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Payload,
}

/// What a request carries.
enum Payload {
    Nothing,
    Bytes(Body),
    Form(Form),
}

impl<'a> Call<'a> {
    pub(crate) fn new(client: &'a Client, method: Method, route: &[&str]) -> Self {
        let url = client.base_url().route(route);
        Self {
            client,
            method,
            url,
            headers: HeaderMap::new(),
            body: Payload::Nothing,
        }
    }

    pub(crate) fn query<'q>(mut self, pairs: impl IntoIterator<Item = (&'q str, &'q str)>) -> Self {
        let mut pairs = pairs.into_iter().peekable();
        if pairs.peek().is_some() {
            self.url.query_pairs_mut().extend_pairs(pairs);
        }
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = Payload::Bytes(body.into());
        self
    }

    pub(crate) fn multipart(mut self, form: Form) -> Self {
        self.body = Payload::Form(form);
        self
    }

    pub(crate) fn json(self, value: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_vec(value)
            .map_err(|error| self.refuse(format!("it cannot be written as JSON: {error}")))?;
        Ok(self
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(body))
    }

    /// The error for a request that must not be sent.
    pub(crate) fn refuse(&self, problem: impl Into<String>) -> Error {
        self.error(ErrorKind::RefusedBeforeSending {
            problem: problem.into(),
        })
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(self.operation(), kind)
    }

    fn operation(&self) -> Operation {
        self.client.operation(&self.method, &self.url)
    }

    /// Parses the body of a good answer.
    pub(crate) async fn fetch<T: DeserializeOwned>(self) -> Result<T, Error> {
        self.whole().await?.ok()?.parse()
    }

    /// Parses the body of a good answer; `None` for a 404.
    pub(crate) async fn fetch_if_found<T: DeserializeOwned>(self) -> Result<Option<T>, Error> {
        let answer = self.whole().await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        answer.ok()?.parse().map(Some)
    }

    /// The body of a good answer; `None` for a 404.
    pub(crate) async fn fetch_bytes_if_found(self) -> Result<Option<Vec<u8>>, Error> {
        let answer = self.whole().await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        Ok(Some(answer.ok()?.body))
    }

    /// Waits for a good answer and ignores its body.
    pub(crate) async fn done(self) -> Result<(), Error> {
        self.whole().await?.ok().map(drop)
    }

    /// Sends the request and reads its answer, whatever the status, within the request timeout.
    pub(crate) async fn whole(self) -> Result<Whole, Error> {
        let limits = (self.operation(), self.client.timeouts().request);
        in_time(limits, async {
            self.send().await?.whole(LONGEST_ANSWER).await
        })
        .await
    }

    /// Sends the request and waits for the head of a good answer within the request timeout.
    pub(crate) async fn open(self) -> Result<Answer, Error> {
        let limits = (self.operation(), self.client.timeouts().request);
        in_time(limits, async { self.send().await?.good().await }).await
    }

    /// Sends the request and reads its answer, whatever the status, for as long as the body of the
    /// request moves.
    pub(crate) async fn whole_while(self, flow: Flow) -> Result<Whole, Error> {
        let Timeouts {
            silence, request, ..
        } = self.client.timeouts();
        let operation = self.operation();
        let answer = async { self.send().await?.whole(LONGEST_ANSWER).await };
        flow.guard(answer, operation, silence, request).await
    }

    /// Sends the request and waits, without limit, for the head of its answer.
    async fn send(self) -> Result<Answer, Error> {
        let operation = self.operation();
        let Timeouts {
            connect, silence, ..
        } = self.client.timeouts();
        let request = self
            .client
            .http()
            .request(self.method, self.url)
            .headers(self.headers);
        let request = match self.body {
            Payload::Nothing => request,
            Payload::Bytes(body) => request.body(body),
            Payload::Form(form) => request.multipart(form),
        };
        match request.send().await {
            Ok(response) => Ok(Answer::new(response, operation, silence)),
            Err(error) => Err(Error::new(operation, ErrorKind::from_http(error, connect))),
        }
    }
}

async fn in_time<T>(
    (operation, after): (Operation, Duration),
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    timeout(after, work).await.unwrap_or_else(|_| {
        let phase = TimeoutPhase::Request;
        Err(Error::new(operation, ErrorKind::Timeout { phase, after }))
    })
}
