//! The credentials of a request: what people put into the fields, and the header that comes of it.

use super::token::{Fetched, TokenRequest};
use crate::error::Error;
use crate::json_text::{object, plain};
use crate::network::Http;
use crate::secret::{Credential, Redaction, Vault};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use serde_json::{Map, Value};

const INPUT: &str = "auth_credentials";

/// How a request is authorised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthKind {
    /// Not at all.
    None,
    /// `Authorization: Bearer`, from `token` or `access_token`.
    Bearer,
    /// `X-API-Key`, from `api_key` or `key`.
    ApiKey,
    /// `Authorization: Basic`, from `username` and `password`.
    Basic,
    /// A token that another server gives for credentials.
    OAuth2,
}

impl AuthKind {
    /// The kind that a node calls so.
    pub fn parse(name: &str) -> Result<Self, Error> {
        match name {
            "none" | "" => Ok(Self::None),
            "bearer" => Ok(Self::Bearer),
            "api_key" => Ok(Self::ApiKey),
            "basic" => Ok(Self::Basic),
            "oauth2" => Ok(Self::OAuth2),
            _ => Err(Error::input(
                "auth_type",
                "is none of none, bearer, api_key, basic and oauth2",
            )),
        }
    }
}

/// The credentials as they stand in the fields of a node. Never printed.
#[derive(Clone)]
pub struct Auth {
    /// How they are sent.
    pub kind: AuthKind,
    /// Where tokens come from, for [`AuthKind::OAuth2`].
    pub token_url: String,
    /// A JSON object; for a token or a key also that alone.
    pub credentials: String,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.kind.fmt(formatter)
    }
}

/// What authorises one request.
pub(crate) struct Ticket {
    pub(crate) header: Option<(HeaderName, HeaderValue)>,
    /// For other nodes: the credential as it was given, never what a reference led to.
    pub(crate) shown: String,
    /// Whether it is a token from an earlier request.
    pub(crate) was_cached: bool,
    pub(crate) token_key: Option<[u8; 32]>,
}

impl Ticket {
    fn new(name: HeaderName, value: &str, shown: String) -> Result<Self, Error> {
        Ok(Self {
            header: Some((name, sensitive(value)?)),
            shown,
            was_cached: false,
            token_key: None,
        })
    }
}

impl Auth {
    /// A token alone, as nodes take it by a link; an empty one is none.
    pub fn bearer(token: &str) -> Self {
        let token = token.trim();
        Self {
            kind: if token.is_empty() {
                AuthKind::None
            } else {
                AuthKind::Bearer
            },
            token_url: String::new(),
            credentials: token.to_owned(),
        }
    }

    /// Opens the credentials, and asks for a token where that is needed.
    pub(super) async fn ticket(
        &self,
        http: &Http,
        vault: &Vault,
        redaction: &mut Redaction,
    ) -> Result<Ticket, Error> {
        match self.kind {
            AuthKind::None => Ok(Ticket {
                header: None,
                shown: String::new(),
                was_cached: false,
                token_key: None,
            }),
            AuthKind::Bearer => bearer(
                &self.alone_or(&["token", "access_token"])?,
                vault,
                redaction,
            ),
            AuthKind::ApiKey => {
                let key = open(&self.alone_or(&["api_key", "key"])?, vault, redaction)?;
                let name = HeaderName::from_static("x-api-key");
                Ticket::new(name, key.expose(), key.expose_given().to_owned())
            }
            AuthKind::Basic => self.basic(vault, redaction),
            AuthKind::OAuth2 => self.token(http, vault, redaction).await,
        }
    }

    fn basic(&self, vault: &Vault, redaction: &mut Redaction) -> Result<Ticket, Error> {
        let fields = self.fields()?;
        let username = open(&field(&fields, &["username"])?, vault, redaction)?;
        let password = open(&field(&fields, &["password"])?, vault, redaction)?;
        let pair = format!("{}:{}", username.expose(), password.expose());
        let value = format!("Basic {}", BASE64.encode(pair));
        let is_reference = username.is_reference() || password.is_reference();
        redaction.add(&value, is_reference);
        let shown = if is_reference {
            String::new()
        } else {
            value.clone()
        };
        Ticket::new(AUTHORIZATION, &value, shown)
    }

    async fn token(
        &self,
        http: &Http,
        vault: &Vault,
        redaction: &mut Redaction,
    ) -> Result<Ticket, Error> {
        let mut form = vec![("grant_type".to_owned(), "client_credentials".to_owned())];
        for (name, value) in &self.fields()? {
            let value = open(&plain(value), vault, redaction)?;
            form.retain(|(known, _)| known != name);
            form.push((name.clone(), value.expose().to_owned()));
        }
        let request = TokenRequest::new(&self.token_url, form, redaction)?;
        let key = request.key();
        let Fetched { token, was_cached } = http.tokens.token(http, request, redaction).await?;
        redaction.add(&token, false);
        let value = format!("Bearer {token}");
        let ticket = Ticket::new(AUTHORIZATION, &value, value.clone())?;
        Ok(Ticket {
            was_cached,
            token_key: Some(key),
            ..ticket
        })
    }

    /// One of the fields, or all of the text if it is no JSON: people paste tokens as they are.
    fn alone_or(&self, names: &[&'static str]) -> Result<String, Error> {
        let text = self.credentials.trim();
        if !text.is_empty() && !text.contains(['{', '}', '"']) {
            return Ok(text.to_owned());
        }
        field(&self.fields()?, names)
    }

    fn fields(&self) -> Result<Map<String, Value>, Error> {
        object(INPUT, &self.credentials)
    }
}

/// The header for a token that may already have its scheme before it.
pub(crate) fn bearer(
    given: &str,
    vault: &Vault,
    redaction: &mut Redaction,
) -> Result<Ticket, Error> {
    let given = given.trim();
    let scheme = given.split_once(' ').map_or("", |(scheme, _)| scheme);
    let given = if scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("basic") {
        given.to_owned()
    } else {
        format!("Bearer {given}")
    };
    let credential = open(&given, vault, redaction)?;
    Ticket::new(AUTHORIZATION, credential.expose(), given)
}

fn open(given: &str, vault: &Vault, redaction: &mut Redaction) -> Result<Credential, Error> {
    let credential = vault.open(given)?;
    redaction.add(credential.expose(), credential.is_reference());
    Ok(credential)
}

fn field(fields: &Map<String, Value>, names: &[&'static str]) -> Result<String, Error> {
    let found = names.iter().find_map(|name| fields.get(*name));
    found.map(|value| plain(value).into_owned()).ok_or_else(|| {
        let names = names.join("` or `");
        Error::input(INPUT, format!("has no `{names}`"))
    })
}

fn sensitive(value: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| Error::input(INPUT, "has characters that no header takes"))?;
    value.set_sensitive(true);
    Ok(value)
}
