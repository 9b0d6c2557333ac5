//! Address, query and headers as people type them, with references opened and credentials noted for
//! redaction.

use super::default_headers;
use crate::error::Error;
use crate::json_text::{object, plain};
use crate::secret::{Redaction, Vault};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use std::slice;
use url::Url;

/// Words in the names of headers and query fields that hold credentials.
const SECRET_WORDS: &[&str] = &[
    "auth",
    "key",
    "token",
    "secret",
    "password",
    "cookie",
    "session",
    "signature",
];

/// Reads an address.
pub(crate) fn address(input: &str, text: &str, redaction: &mut Redaction) -> Result<Url, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::input(input, "is empty"));
    }
    let url = Url::parse(text).map_err(|error| {
        Error::input(
            input,
            format!("is no address that begins with http:// or https://: {error}"),
        )
    })?;
    redaction.add(url.password().unwrap_or_default(), false);
    for (_, value) in url.query_pairs().filter(|(name, _)| is_secret(name)) {
        redaction.add(&value, false);
    }
    Ok(url)
}

/// Adds the fields of a JSON object to the query of an address. A list repeats its name; null is left
/// out.
pub(super) fn query(
    url: &mut Url,
    text: &str,
    vault: &Vault,
    redaction: &mut Redaction,
) -> Result<(), Error> {
    let fields = object("query_params", text)?;
    let mut pairs = Vec::new();
    for (name, value) in &fields {
        let values = value
            .as_array()
            .map_or(slice::from_ref(value), Vec::as_slice);
        for value in values.iter().filter(|value| !value.is_null()) {
            pairs.push((name, opened(name, value, vault, redaction)?));
        }
    }
    if !pairs.is_empty() {
        url.query_pairs_mut().extend_pairs(pairs);
    }
    Ok(())
}

/// The headers that every request has, and those of a JSON object over them.
pub(super) fn headers(
    text: &str,
    vault: &Vault,
    redaction: &mut Redaction,
) -> Result<HeaderMap, Error> {
    let mut headers = default_headers();
    for (name, value) in &object("headers", text)? {
        let header = HeaderName::from_bytes(name.trim().as_bytes())
            .map_err(|_| Error::input("headers", "has a name that no header can have"))?;
        let value = opened(name, value, vault, redaction)?;
        let mut value = HeaderValue::from_bytes(value.trim().as_bytes()).map_err(|_| {
            Error::input(
                "headers",
                format!("has characters in `{header}` that no header takes"),
            )
        })?;
        value.set_sensitive(is_secret(name));
        headers.insert(header, value);
    }
    Ok(headers)
}

/// A value with its reference followed.
fn opened(
    name: &str,
    value: &Value,
    vault: &Vault,
    redaction: &mut Redaction,
) -> Result<String, Error> {
    let credential = vault.open(&plain(value))?;
    if credential.is_reference() || is_secret(name) {
        redaction.add(credential.expose(), credential.is_reference());
    }
    Ok(credential.expose().to_owned())
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_added_to_that_of_the_address() {
        let mut url: Url = "http://host/?a=1".parse().unwrap();
        let fields = r#""b": [1, "x y"], "c": true, "none": null, "path": "env:PATH""#;
        query(
            &mut url,
            fields,
            &Vault::default(),
            &mut Redaction::default(),
        )
        .unwrap();
        let text = url.query().unwrap();
        assert!(text.starts_with("a=1&b=1&b=x+y&c=true&path="), "{text}");
        assert!(!text.contains("env%3APATH"), "{text}");
    }

    #[test]
    fn headers_lie_over_the_usual_ones() {
        let text = r#"{"accept": "text/csv", "X-Größe": 1}"#;
        let headers = |text| headers(text, &Vault::default(), &mut Redaction::default());
        assert!(headers(text).is_err());
        let found = headers(r#"{"accept": "text/csv", "X-Count": 1}"#).unwrap();
        assert_eq!(found["accept"], "text/csv");
        assert_eq!(found["content-type"], "application/json");
        assert_eq!(found["x-count"], "1");
        let error = headers(r#"{"X-Token": "s3cret\n1"}"#).unwrap_err();
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }

    #[test]
    fn credentials_in_addresses_and_fields_are_noted() {
        let mut redaction = Redaction::default();
        let url = "http://me:first-s3cret@host/?api_key=second-s3cret&x=open";
        address("url", url, &mut redaction).unwrap();
        headers(
            r#"{"Cookie": "third-s3cret"}"#,
            &Vault::default(),
            &mut redaction,
        )
        .unwrap();
        let text = redaction.hide("first-s3cret second-s3cret third-s3cret open");
        assert_eq!(text, "[secret] [secret] [secret] open");
    }
}
