//! Credentials that are given by reference, and the hiding of all credentials in what we write.
//!
//! A reference in a field of a node (`secret://NAME`, `env:NAME`) is opened only when the node runs, so
//! that the saved workflow, the history and the images of a run hold the reference. A workflow may
//! come from anyone: it can name secrets, never files.

use comfyctl_client::{CredentialsError, SecretReference};
use comfyctl_manager::Settings;
use indexmap::IndexMap;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::env::VarError;

/// What stands in the place of a secret.
pub(crate) const HIDDEN: &str = "[secret]";

/// Secrets so short are in every text.
const SHORTEST_HIDDEN: usize = 4;

/// What comes out of an answer is lost to the workflow, so that it must be a secret for certain.
const SHORTEST_HIDDEN_IN_ANSWERS: usize = 8;

/// Where references lead: the `secrets` of the settings, and the environment.
#[derive(Debug, Clone, Default)]
pub struct Vault {
    entries: IndexMap<String, SecretReference>,
}

/// A credential as it was given and as it is sent. Prints as neither.
#[derive(Debug, Clone)]
pub struct Credential {
    /// What stands in the node, which may be the credential itself.
    given: SecretString,
    value: SecretString,
}

/// Why a reference leads nowhere. Names the reference only.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Neither the settings nor the environment have it.
    #[error("there is no secret `{0}`")]
    Unknown(String),
    /// The environment lacks the variable.
    #[error("environment variable `{0}` is not set")]
    NoVariable(String),
    /// The environment variable cannot be a credential.
    #[error("environment variable `{0}` is empty or not Unicode text")]
    UnusableVariable(String),
    /// The settings name a file or a variable that holds nothing.
    #[error("secret `{name}` of the settings cannot be read: {source}")]
    Unreadable {
        /// Name of the secret.
        name: String,
        /// Why.
        source: CredentialsError,
    },
}

impl SecretError {
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Unknown(name) => format!(
                "`comfyctl settings set secrets.{name} env:VARIABLE` says where it is, or set the \
                 environment variable `{name}` before ComfyUI starts"
            ),
            Self::NoVariable(name) | Self::UnusableVariable(name) => {
                format!("set `{name}` in the environment that ComfyUI is started from")
            }
            Self::Unreadable { name, .. } => {
                format!("`comfyctl settings set secrets.{name}` changes where it is")
            }
        }
    }
}

impl Vault {
    /// The secrets of the settings, and the environment.
    pub fn from_settings(settings: &Settings) -> Self {
        Self {
            entries: settings.secrets().clone(),
        }
    }

    /// Opens a credential: a reference, or the credential itself. A scheme may stand before it:
    /// `Bearer secret://NAME`.
    pub fn open(&self, given: &str) -> Result<Credential, SecretError> {
        let (scheme, reference) = split_scheme(given);
        let value = match self.follow(reference)? {
            Some(value) => format!("{scheme}{}", value.expose_secret()).into(),
            None => given.into(),
        };
        Ok(Credential {
            given: given.into(),
            value,
        })
    }

    fn follow(&self, text: &str) -> Result<Option<SecretString>, SecretError> {
        if let Some(name) = text.strip_prefix("secret://") {
            return self.named(name).map(Some);
        }
        match text.strip_prefix("env:") {
            Some(name) => variable(name)?
                .map(Some)
                .ok_or_else(|| SecretError::NoVariable(name.to_owned())),
            None => Ok(None),
        }
    }

    fn named(&self, name: &str) -> Result<SecretString, SecretError> {
        if let Some(reference) = self.entries.get(name) {
            return reference
                .resolve()
                .map_err(|source| SecretError::Unreadable {
                    name: name.to_owned(),
                    source,
                });
        }
        variable(name)?.ok_or_else(|| SecretError::Unknown(name.to_owned()))
    }
}

/// A variable of the environment; `None` if it is not set.
fn variable(name: &str) -> Result<Option<SecretString>, SecretError> {
    // The standard library panics on names that no variable can have.
    let is_possible = !name.is_empty() && !name.contains(['=', '\0']);
    match is_possible.then(|| std::env::var(name)) {
        None | Some(Err(VarError::NotPresent)) => Ok(None),
        Some(Ok(value)) if !value.is_empty() => Ok(Some(value.into())),
        Some(_) => Err(SecretError::UnusableVariable(name.to_owned())),
    }
}

/// `Bearer secret://X` is a scheme and a reference.
fn split_scheme(text: &str) -> (&str, &str) {
    match text.find(' ') {
        Some(space) => text.split_at(space + 1),
        None => ("", text),
    }
}

impl Credential {
    /// The credential as it is sent.
    pub(crate) fn expose(&self) -> &str {
        self.value.expose_secret()
    }

    /// The credential as it stands in the node, for handing it on to other nodes.
    pub(crate) fn expose_given(&self) -> &str {
        self.given.expose_secret()
    }

    /// Whether a reference stands in the node.
    pub(crate) fn is_reference(&self) -> bool {
        self.expose() != self.expose_given()
    }
}

/// Takes credentials out of texts: out of errors all of them, since servers repeat what they got; out of
/// answers those that a reference stands for, which the workflow itself does not hold.
#[derive(Debug, Default, Clone)]
pub struct Redaction {
    hidden: Vec<Hidden>,
}

#[derive(Debug, Clone)]
struct Hidden {
    secret: SecretString,
    is_reference: bool,
}

impl Redaction {
    /// From now on hides this credential, as it is and as it stands in addresses.
    pub(crate) fn add(&mut self, secret: &str, is_reference: bool) {
        // The scheme before a token is no secret, and a server may repeat the token alone.
        let (_, secret) = split_scheme(secret.trim());
        if secret.chars().count() < SHORTEST_HIDDEN {
            return;
        }
        let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        self.hidden
            .extend([secret.to_owned(), encoded].map(|secret| Hidden {
                secret: secret.into(),
                is_reference,
            }));
        self.hidden.sort_by_key(|hidden| Reverse(hidden.length()));
    }

    /// The text of an error without credentials.
    pub(crate) fn hide(&self, text: &str) -> String {
        hide(text.into(), self.hidden.iter()).into_owned()
    }

    /// The text of an answer without what references stand for. Short ones stay: they may be any word.
    pub(crate) fn hide_references<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        let is_meant =
            |hidden: &&Hidden| hidden.is_reference && hidden.length() >= SHORTEST_HIDDEN_IN_ANSWERS;
        hide(text, self.hidden.iter().filter(is_meant))
    }
}

impl Hidden {
    fn length(&self) -> usize {
        self.secret.expose_secret().len()
    }
}

fn hide<'t, 'h>(text: Cow<'t, str>, hidden: impl Iterator<Item = &'h Hidden>) -> Cow<'t, str> {
    hidden.fold(text, |text, hidden| {
        let secret = hidden.secret.expose_secret();
        if text.contains(secret) {
            text.replace(secret, HIDDEN).into()
        } else {
            text
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> Vault {
        let file = "file:/not/there".into();
        Vault {
            entries: [
                ("api".to_owned(), "planted-s3cret".into()),
                ("gone".to_owned(), file),
            ]
            .into(),
        }
    }

    #[test]
    fn references_are_followed_and_handed_on_as_they_are() {
        let credential = vault().open("Bearer secret://api").unwrap();
        assert_eq!(credential.expose(), "Bearer planted-s3cret");
        assert_eq!(credential.expose_given(), "Bearer secret://api");
        assert!(credential.is_reference());
        assert!(!format!("{credential:?} {:?}", vault()).contains("s3cret"));
    }

    #[test]
    fn the_environment_is_asked_after_the_settings() {
        let home = std::env::var("PATH").unwrap();
        assert_eq!(vault().open("env:PATH").unwrap().expose(), home);
        assert_eq!(vault().open("secret://PATH").unwrap().expose(), home);
    }

    #[test]
    fn all_else_is_the_credential_itself() {
        for plain in ["token", "Basic abc", "file:/etc/hostname", ""] {
            let credential = vault().open(plain).unwrap();
            assert_eq!(credential.expose(), plain);
            assert!(!credential.is_reference());
        }
    }

    #[test]
    fn what_leads_nowhere_is_named_with_a_way_out() {
        let problem = |text: &str| {
            let error = vault().open(text).unwrap_err();
            format!("{error}; {}", error.hint())
        };
        assert!(
            problem("secret://nope").starts_with("there is no secret `nope`; `comfyctl settings")
        );
        assert!(problem("env:NOT_SET_HERE").contains("`NOT_SET_HERE` is not set"));
        assert!(problem("env:").contains("is not set"));
        assert!(problem("secret://a=b").contains("`a=b`"));
        assert!(problem("secret://gone").contains("/not/there"));
    }

    #[test]
    fn a_secret_is_hidden_wherever_it_stands() {
        let mut redaction = Redaction::default();
        redaction.add("Bearer s3cret/+", true);
        redaction.add("s3cret", true);
        redaction.add("s3cret-and-more", false);
        redaction.add("no", true);
        assert_eq!(
            redaction.hide("no: s3cret/+ s3cret%2F%2B s3cret-and-more"),
            "no: [secret] [secret] [secret]"
        );
        assert_eq!(
            redaction.hide_references("s3cret/+ s3cret s3cret-and-more".into()),
            "[secret] s3cret s3cret-and-more"
        );
    }
}
