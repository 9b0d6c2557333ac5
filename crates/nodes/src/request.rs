//! One request to an API, with credentials and retries: the API Request nodes.

mod auth;
mod fields;
mod retry;
mod token;

pub use auth::{Auth, AuthKind};
pub use token::TokenCache;

pub(crate) use auth::{Ticket, bearer};
pub(crate) use fields::address;

use crate::error::Error;
use crate::json_text;
use crate::network::{Answer, Body, Exchange, Http, Target};
use crate::secret::{Redaction, Vault};
use fields::{headers, query};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use retry::Retries;
use std::time::Duration;
use tokio::time::timeout;

/// Most characters of an error body that a message repeats.
const LONGEST_EXCERPT: usize = 500;

/// What the node was given, as it stands in its fields.
#[derive(Debug, Clone)]
pub struct Request {
    /// `http` or `https` address.
    pub url: String,
    /// How it is asked.
    pub method: Method,
    /// How it is authorised.
    pub auth: Auth,
    /// JSON of the body; anything where the headers name another content type. `GET` sends none.
    pub body: String,
    /// JSON object of headers.
    pub headers: String,
    /// JSON object of what is added to the query; lists repeat the name.
    pub query: String,
    /// Longest time for everything, all attempts together.
    pub timeout: Duration,
    /// How often it is tried again.
    pub retries: u32,
    /// Tries again what may have had an effect, too.
    pub retry_unsafe: bool,
}

/// A good answer.
#[derive(Debug)]
pub struct Reply {
    /// Its body.
    pub text: String,
    /// What other nodes need for the same credentials; a reference stays one. Empty without.
    pub auth_token: String,
}

impl Request {
    /// Sends the request, and again where that may help and can do no harm.
    pub async fn send(&self, http: &Http, vault: &Vault) -> Result<Reply, Error> {
        let after = self.timeout.min(http.policy().longest_time);
        let mut redaction = Redaction::default();
        let exchange = self.exchange(vault, &mut redaction)?;
        let target = Target::from(&exchange.url);
        let work = self.exchange_with(http, vault, exchange, redaction, after);
        timeout(after, work)
            .await
            .unwrap_or(Err(Error::Timeout { target, after }))
    }

    async fn exchange_with(
        &self,
        http: &Http,
        vault: &Vault,
        exchange: Exchange,
        mut redaction: Redaction,
        within: Duration,
    ) -> Result<Reply, Error> {
        let retries = Retries::new(self.retries, self.is_repeatable(), within);
        let mut ticket = self.auth.ticket(http, vault, &mut redaction).await?;
        let mut answer = retries.send(http, &authorised(&exchange, &ticket)).await?;
        // A server may revoke a token before its time, and has then done nothing.
        if answer.status == StatusCode::UNAUTHORIZED && ticket.was_cached {
            http.tokens.forget(&ticket);
            ticket = self.auth.ticket(http, vault, &mut redaction).await?;
            answer = retries.send(http, &authorised(&exchange, &ticket)).await?;
        }
        let answer = good(answer, &redaction)?;
        Ok(Reply {
            text: redaction.hide_references(answer.text()).into_owned(),
            auth_token: ticket.shown,
        })
    }

    fn exchange(&self, vault: &Vault, redaction: &mut Redaction) -> Result<Exchange, Error> {
        let mut url = address("api_url", &self.url, redaction)?;
        query(&mut url, &self.query, vault, redaction)?;
        let headers = headers(&self.headers, vault, redaction)?;
        let body = self.body(&headers)?;
        Ok(Exchange {
            method: self.method.clone(),
            url,
            headers,
            body,
        })
    }

    fn body(&self, headers: &HeaderMap) -> Result<Body, Error> {
        if self.method == Method::GET || self.body.trim().is_empty() {
            return Ok(Body::Empty);
        }
        let is_json = headers
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.to_ascii_lowercase().contains("json"));
        if !is_json {
            return Ok(Body::Bytes(self.body.clone().into()));
        }
        let text = json_text::document("request_body", &self.body)?;
        Ok(text.map_or(Body::Empty, |text| {
            Body::Bytes(text.into_owned().into_bytes().into())
        }))
    }

    /// Whether it may be sent again although it may have arrived.
    fn is_repeatable(&self) -> bool {
        self.retry_unsafe || self.method.is_idempotent()
    }
}

fn authorised(exchange: &Exchange, ticket: &Ticket) -> Exchange {
    let mut exchange = exchange.clone();
    if let Some((name, value)) = &ticket.header {
        exchange.headers.insert(name.clone(), value.clone());
    }
    exchange
}

/// The headers of every request.
pub(crate) fn default_headers() -> HeaderMap {
    let json = HeaderValue::from_static("application/json");
    HeaderMap::from_iter([(ACCEPT, json.clone()), (CONTENT_TYPE, json)])
}

/// An answer whose status is no error; what an error says is cut and goes without credentials.
pub(crate) fn good(answer: Answer, redaction: &Redaction) -> Result<Answer, Error> {
    if !answer.status.is_client_error() && !answer.status.is_server_error() {
        return Ok(answer);
    }
    let body = redaction.hide(answer.text().trim());
    Err(Error::Status {
        body: body.chars().take(LONGEST_EXCERPT).collect(),
        target: answer.target,
        status: answer.status,
    })
}

/// Runs one exchange that is never repeated, within a time.
pub(crate) async fn once(
    http: &Http,
    exchange: Exchange,
    redaction: &Redaction,
    within: Duration,
) -> Result<Answer, Error> {
    let after = within.min(http.policy().longest_time);
    let target = Target::from(&exchange.url);
    let answer = timeout(after, http.send(exchange)).await;
    good(
        answer.unwrap_or(Err(Error::Timeout { target, after }))?,
        redaction,
    )
}
