//! Which texts of the settings are secrets, and what may be shown of them.
//!
//! `env:NAME` and `file:PATH` say where a secret stands and may be shown; all else is the secret.

use super::schema::{Format, visit_texts};
use comfyctl_client::SecretReference;
use serde_json::{Map, Value};
use std::borrow::Cow;
use url::Url;

/// Stands for a secret where one is shown.
const SHOWN: &str = "[secret]";

/// What is secret about a text.
enum Secrecy {
    Nothing,
    /// Part of it, as in an address with a password.
    Part {
        /// The text with `[secret]` in the place of that part.
        shown: String,
        /// The text without that part.
        rest: String,
    },
    All,
}

/// Whether a secret itself stands in the settings.
pub(super) fn holds_secrets(settings: &Map<String, Value>) -> bool {
    let mut found = false;
    visit_texts(&mut settings.clone(), &mut |format, text| {
        found |= !matches!(secrecy(format, text), Secrecy::Nothing);
        true
    });
    found
}

/// Puts `[secret]` in the place of every secret.
pub(super) fn redact(settings: &mut Map<String, Value>) {
    visit_texts(settings, &mut |format, text| {
        match secrecy(format, text) {
            Secrecy::Nothing => {}
            Secrecy::Part { shown, .. } => *text = shown,
            Secrecy::All => SHOWN.clone_into(text),
        }
        true
    });
}

/// Takes every secret out, and says how many there were.
pub(super) fn remove(settings: &mut Map<String, Value>) -> usize {
    let mut removed = 0;
    visit_texts(settings, &mut |format, text| {
        let secrecy = secrecy(format, text);
        removed += usize::from(!matches!(secrecy, Secrecy::Nothing));
        let stays = !matches!(secrecy, Secrecy::All);
        if let Secrecy::Part { rest, .. } = secrecy {
            *text = rest;
        }
        stays
    });
    removed
}

fn secrecy(format: Format, text: &str) -> Secrecy {
    let is_reference = !matches!(SecretReference::from(text), SecretReference::Literal(_));
    match format {
        Format::Secret if !is_reference && !text.is_empty() => Secrecy::All,
        Format::ServerAddress => of_server(text),
        Format::StoreUrl if !is_reference && !text.starts_with("sqlite:") => of_store(text),
        Format::Path | Format::Secret | Format::StoreUrl => Secrecy::Nothing,
    }
}

/// User, password and query; also of what is no address.
fn of_server(text: &str) -> Secrecy {
    let (address, query) = text
        .split_once('?')
        .map_or((text, None), |(a, b)| (a, Some(b)));
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), address),
    };
    match rest.rsplit_once('@') {
        Some((_, rest)) => Secrecy::Part {
            shown: format!("{scheme}{SHOWN}@{rest}"),
            rest: format!("{scheme}{rest}"),
        },
        None if query.is_some() => Secrecy::Part {
            shown: format!("{address}?{SHOWN}"),
            rest: address.to_owned(),
        },
        None => Secrecy::Nothing,
    }
}

/// The password, which PostgreSQL also takes in the query.
fn of_store(text: &str) -> Secrecy {
    let Ok(mut url) = Url::parse(text) else {
        return Secrecy::All;
    };
    let has_password = url.password().is_some();
    let is_open = |(name, _): &(Cow<str>, Cow<str>)| !name.contains("pass");
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    let kept: Vec<_> = url
        .query_pairs()
        .filter(is_open)
        .map(|(a, b)| (a.into_owned(), b.into_owned()))
        .collect();
    if !has_password && pairs == kept {
        return Secrecy::Nothing;
    }
    if url.set_password(None).is_err() {
        return Secrecy::All;
    }
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
    let rest = url.to_string();
    let password = format!(":{SHOWN}@");
    let shown = if has_password {
        rest.replacen('@', &password, 1)
    } else {
        rest.clone()
    };
    Secrecy::Part { shown, rest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings() -> Map<String, Value> {
        let settings = json!({
            "mcp": {"auth_token": "s3cret"},
            "secrets": {"plain": "s3cret", "referred": "env:TOKEN"},
            "store": {"url": "postgres://me:s3cret@db/jobs?password=s3cret", "password": "env:DB"},
            "connections": {
                "a": {"url": "https://me:s3cret@host/comfy", "credentials": {"token": "s3cret"}},
                "b": {"url": "me:s3cret@host", "credentials": {"token": "file:token.txt"}},
                "c": {"url": "https://host"}
            }
        });
        settings.as_object().unwrap().clone()
    }

    #[test]
    fn secrets_are_not_shown_and_references_are() {
        let mut shown = settings();
        redact(&mut shown);
        insta::assert_json_snapshot!(shown);
        assert!(holds_secrets(&settings()) && !Value::from(shown).to_string().contains("s3cret"));
    }

    #[test]
    fn without_secrets_the_rest_stays() {
        let mut rest = settings();
        assert_eq!(remove(&mut rest), 6);
        insta::assert_json_snapshot!(rest);
        assert!(!holds_secrets(&rest));
    }
}
