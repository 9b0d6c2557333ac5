//! What comes back: the head of an answer, its body bounded in time and size, and what of it is an
//! error.

use crate::error::{Error, ErrorKind, Operation, TimeoutPhase};
use crate::error_body::ErrorBody;
use bytes::Bytes;
use comfyctl_workflow::json;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::time::timeout;

/// Longest error body that is read: node errors list whole combos.
const LONGEST_ERROR: usize = 16 * 1024 * 1024;

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

impl Answer {
    pub(super) fn new(response: Response, operation: Operation, silence: Duration) -> Self {
        Self {
            response,
            operation,
            silence,
        }
    }

    /// This answer, if its status is good.
    pub(crate) async fn good(self) -> Result<Self, Error> {
        if self.response.status().is_success() {
            return Ok(self);
        }
        Err(self.whole(LONGEST_ERROR).await?.into_error())
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
    pub(super) async fn whole(mut self, limit: usize) -> Result<Whole, Error> {
        let good = self.response.status().is_success();
        let limit = if good { limit } else { LONGEST_ERROR };
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
            Ok(self)
        } else {
            Err(self.into_error())
        }
    }

    fn into_error(self) -> Error {
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
        Error::new(self.operation, kind)
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
