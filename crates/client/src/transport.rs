//! One HTTP request from its making to its typed answer. Every route goes through here.
//!
//! Bounds each answer in time and size, and turns everything that can happen into an
//! [`Error`] that names the request.

mod flow;

pub(crate) use flow::Flow;

use crate::client::Client;
use crate::connection::Timeouts;
use crate::error::{Error, ErrorKind, Operation, TimeoutPhase};
use crate::error_body::ErrorBody;
use bytes::Bytes;
use comfyctl_workflow::json;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::multipart::Form;
use reqwest::{Body, Method, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::time::timeout;
use url::Url;

/// Longest answer that is held in memory: definitions of a server with hundreds of packs are tens of
/// MiB, and a queue of a thousand large graphs more than a hundred.
pub(crate) const LONGEST_ANSWER: usize = 256 * 1024 * 1024;

/// Longest error body that is read: node errors list whole combos.
const LONGEST_ERROR: usize = 16 * 1024 * 1024;

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

/// The head of an answer, with its body still to come.
pub(crate) struct Answer {
    pub(crate) response: Response,
    pub(crate) operation: Operation,
    silence: Duration,
}

/// A whole answer, whatever its status.
pub(crate) struct Whole {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) operation: Operation,
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
            Ok(response) => Ok(Answer {
                response,
                operation,
                silence,
            }),
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

impl Answer {
    /// This answer, if its status is good.
    pub(crate) async fn good(self) -> Result<Self, Error> {
        if self.response.status().is_success() {
            return Ok(self);
        }
        match self.whole(LONGEST_ERROR).await?.ok() {
            Err(error) => Err(error),
            Ok(good) => Err(good.protocol("its status changed")),
        }
    }

    /// The next bytes of the body, within the silence timeout. `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let after = self.silence;
        let kind = match timeout(after, self.response.chunk()).await {
            Ok(Ok(chunk)) => return Ok(chunk),
            Ok(Err(error)) => ErrorKind::from_http(error, after),
            Err(_) => ErrorKind::Timeout {
                phase: TimeoutPhase::Silence,
                after,
            },
        };
        Err(Error::new(self.operation.clone(), kind))
    }

    /// Reads the body to its end. Of a bad answer, what cannot be read is left out: its status
    /// matters more.
    async fn whole(mut self, limit: usize) -> Result<Whole, Error> {
        let good = self.response.status().is_success();
        let announced = self.response.content_length().unwrap_or(0);
        let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0).min(1 << 20));
        loop {
            match self.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= limit => {
                    body.extend_from_slice(&chunk);
                }
                Ok(Some(_)) if good => {
                    return Err(Error::new(
                        self.operation,
                        ErrorKind::AnswerTooLarge { limit },
                    ));
                }
                Err(error) if good => return Err(error),
                Ok(_) | Err(_) => break,
            }
        }
        let status = self.response.status();
        let headers = std::mem::take(self.response.headers_mut());
        Ok(Whole {
            status,
            headers,
            body,
            operation: self.operation,
        })
    }
}

impl Whole {
    /// This answer, if its status is good.
    pub(crate) fn ok(self) -> Result<Self, Error> {
        if self.status.is_success() {
            return Ok(self);
        }
        let status = self.status.as_u16();
        let location = self
            .headers
            .get(LOCATION)
            .and_then(|location| location.to_str().ok());
        let kind = match location {
            Some(location) if self.status.is_redirection() => ErrorKind::Redirected {
                status,
                location: crate::redacted::text(location),
            },
            _ => ErrorKind::Status {
                status,
                body: ErrorBody::from_slice(&self.body),
            },
        };
        Err(Error::new(self.operation, kind))
    }

    /// Parses the body, in which NaN and infinite numbers read as null.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        json::from_slice_lenient(&self.body).map_err(|error| self.not_json(&error))
    }

    pub(crate) fn not_json(&self, error: &serde_json::Error) -> Error {
        let content_type = self
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let html = content_type.is_some_and(|value| value.starts_with("text/html"))
            || self.body.trim_ascii_start().starts_with(b"<");
        if html {
            self.protocol("it is an HTML page")
        } else if self.body.is_empty() {
            self.protocol("it is empty")
        } else {
            self.protocol(&format!("{error}"))
        }
    }

    pub(crate) fn protocol(&self, detail: &str) -> Error {
        Error::new(
            self.operation.clone(),
            ErrorKind::Protocol {
                detail: detail.to_owned(),
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::{Client, Connection};
    use wiremock::matchers::any;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    #[tokio::test]
    async fn an_answer_without_end_is_cut_off() {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200).set_body_string("0123456789");
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let client = Client::new(&Connection::parse(&server.uri()).unwrap()).unwrap();
        let read = async |limit| client.get(&["x"]).send().await.unwrap().whole(limit).await;
        assert_eq!(read(10).await.unwrap().body, b"0123456789");
        let error = read(9).await.map(|_| ()).unwrap_err();
        assert_eq!(error.code(), "answer_too_large");
    }
}
