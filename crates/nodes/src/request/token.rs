//! Tokens that another server gives for credentials (OAuth 2), kept until they expire.

use super::{address, good};
use crate::error::Error;
use crate::network::{Body, Exchange, Http, Target};
use crate::request::auth::Ticket;
use crate::secret::Redaction;
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use url::{Url, form_urlencoded};

/// A token is renewed that much before its end: clocks differ, and requests take time.
const MARGIN: Duration = Duration::from_secs(30);

/// Tokens that have not expired, by what they were asked for with.
#[derive(Debug, Default)]
pub struct TokenCache {
    tokens: Mutex<HashMap<[u8; 32], Kept>>,
}

#[derive(Debug)]
struct Kept {
    token: SecretString,
    until: Instant,
}

/// What is sent to the server that gives tokens.
pub(super) struct TokenRequest {
    url: Url,
    form: String,
}

/// A token, and whether it was there already.
pub(super) struct Fetched {
    pub(super) token: String,
    pub(super) was_cached: bool,
}

impl TokenRequest {
    pub(super) fn new(
        url: &str,
        mut form: Vec<(String, String)>,
        redaction: &mut Redaction,
    ) -> Result<Self, Error> {
        form.sort();
        Ok(Self {
            url: address("auth_url", url, redaction)?,
            form: form_urlencoded::Serializer::new(String::new())
                .extend_pairs(form)
                .finish(),
        })
    }

    /// Tells requests apart without keeping what they hold.
    pub(super) fn key(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.url.as_str());
        hash.update([0]);
        hash.update(&self.form);
        hash.finalize().into()
    }
}

impl TokenCache {
    /// A token: one that is kept, else a new one.
    pub(super) async fn token(
        &self,
        http: &Http,
        request: TokenRequest,
        redaction: &Redaction,
    ) -> Result<Fetched, Error> {
        let key = request.key();
        if let Some(token) = self.kept(&key) {
            return Ok(Fetched {
                token,
                was_cached: true,
            });
        }
        let (token, lifetime) = fetch(http, request, redaction).await?;
        if let Some(lifetime) = lifetime.and_then(|lifetime| lifetime.checked_sub(MARGIN)) {
            let kept = Kept {
                token: token.clone().into(),
                until: Instant::now() + lifetime,
            };
            self.lock().insert(key, kept);
        }
        Ok(Fetched {
            token,
            was_cached: false,
        })
    }

    /// Drops the token of a ticket, which the server did not take.
    pub(super) fn forget(&self, ticket: &Ticket) {
        if let Some(key) = ticket.token_key {
            self.lock().remove(&key);
        }
    }

    fn kept(&self, key: &[u8; 32]) -> Option<String> {
        let mut tokens = self.lock();
        let now = Instant::now();
        tokens.retain(|_, kept| kept.until > now);
        Some(tokens.get(key)?.token.expose_secret().to_owned())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Kept>> {
        // A map of whole entries cannot be left half changed.
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn fetch(
    http: &Http,
    request: TokenRequest,
    redaction: &Redaction,
) -> Result<(String, Option<Duration>), Error> {
    let target = Target::from(&request.url);
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    let json = HeaderValue::from_static("application/json");
    let exchange = Exchange {
        method: Method::POST,
        url: request.url,
        headers: HeaderMap::from_iter([(CONTENT_TYPE, form), (ACCEPT, json)]),
        body: Body::Bytes(request.form.into()),
    };
    let answer = good(http.send(exchange).await?, redaction)?;
    let no_token = |problem: &str| Error::NoToken {
        target: target.clone(),
        problem: problem.to_owned(),
    };
    let answer: Value =
        serde_json::from_str(&answer.text()).map_err(|_| no_token("its answer is not JSON"))?;
    let token = answer["access_token"].as_str();
    let token = token.ok_or_else(|| no_token("its answer has no `access_token`"))?;
    Ok((token.to_owned(), lifetime(&answer["expires_in"])))
}

/// Seconds, which some servers give as text. Without them nobody knows how long a token lasts.
fn lifetime(value: &Value) -> Option<Duration> {
    let seconds = value
        .as_f64()
        .or_else(|| value.as_str()?.trim().parse().ok())?;
    // A year is long enough, and keeps the sum with now in range.
    Duration::try_from_secs_f64(seconds.min(31_536_000.0)).ok()
}
