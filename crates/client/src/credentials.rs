//! What a server asks for before it answers, given by reference so that settings hold no secrets.
//!
//! Used by [`crate::Connection`]; resolved once, when a [`crate::Client`] is made. Nothing in here
//! ever prints a secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Sent with every request.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// `Authorization: Bearer ...`.
    Bearer(SecretReference),
    /// `Authorization: Basic ...`.
    Basic {
        /// User name.
        username: String,
        /// Password.
        password: SecretReference,
    },
    /// Any other header, such as `X-API-Key`.
    Header {
        /// Name of the header.
        name: String,
        /// Its value.
        value: SecretReference,
    },
}

/// Where a secret is: `env:NAME`, `file:PATH`, or the secret itself.
///
/// Prints and serialises as the reference; a secret given literally shows as `[secret]`.
#[derive(Clone)]
pub enum SecretReference {
    /// In an environment variable.
    Environment(String),
    /// In a file, without the white space at its end.
    File(PathBuf),
    /// Given literally.
    Literal(SecretString),
}

/// Why credentials cannot be used. Names variables, files and headers, never a value.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The environment variable is missing or not Unicode.
    #[error("environment variable `{name}`, which holds the credentials, {problem}")]
    Environment {
        /// Name of the variable.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The file cannot be read.
    #[error("credentials file `{}` cannot be read", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The variable or the file is empty.
    #[error("the credentials from {reference} are empty")]
    Empty {
        /// Where they come from.
        reference: SecretReference,
    },
    /// The header name is none.
    #[error("`{0}` is no header name")]
    HeaderName(String),
    /// The secret has characters that no header takes.
    #[error("the value for header `{0}` has characters that a header cannot carry")]
    HeaderValue(HeaderName),
    /// The user name of basic credentials holds a colon.
    #[error("the user name `{0}` holds a colon, which basic credentials cannot carry")]
    Username(String),
}

impl Credentials {
    /// The header to send, marked as sensitive.
    pub(crate) fn header(&self) -> Result<(HeaderName, HeaderValue), CredentialsError> {
        let (name, value) = match self {
            Self::Bearer(token) => (
                AUTHORIZATION,
                format!("Bearer {}", token.resolve()?.expose_secret()),
            ),
            Self::Basic { username, .. } if username.contains(':') => {
                return Err(CredentialsError::Username(username.clone()));
            }
            Self::Basic { username, password } => {
                let pair = format!("{username}:{}", password.resolve()?.expose_secret());
                (AUTHORIZATION, format!("Basic {}", BASE64.encode(pair)))
            }
            Self::Header { name, value } => {
                let name = HeaderName::from_str(name)
                    .map_err(|_| CredentialsError::HeaderName(name.clone()))?;
                (name, value.resolve()?.expose_secret().to_owned())
            }
        };
        let mut header = HeaderValue::from_str(&value)
            .map_err(|_| CredentialsError::HeaderValue(name.clone()))?;
        header.set_sensitive(true);
        Ok((name, header))
    }
}

impl SecretReference {
    /// The secret itself.
    pub fn resolve(&self) -> Result<SecretString, CredentialsError> {
        let secret: SecretString = match self {
            Self::Environment(name) => std::env::var(name)
                .map_err(|error| CredentialsError::Environment {
                    name: name.clone(),
                    problem: match error {
                        std::env::VarError::NotPresent => "is not set",
                        std::env::VarError::NotUnicode(_) => "is not Unicode text",
                    },
                })?
                .into(),
            Self::File(path) => std::fs::read_to_string(path)
                .map_err(|source| CredentialsError::File {
                    path: path.clone(),
                    source,
                })?
                .trim_end()
                .into(),
            Self::Literal(secret) => secret.clone(),
        };
        // Given literally, emptiness is meant: basic credentials without a password.
        if secret.expose_secret().is_empty() && !matches!(self, Self::Literal(_)) {
            return Err(CredentialsError::Empty {
                reference: self.clone(),
            });
        }
        Ok(secret)
    }
}

impl FromStr for SecretReference {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.split_once(':') {
            Some(("env", name)) => Self::Environment(name.to_owned()),
            Some(("file", path)) => Self::File(path.into()),
            _ => Self::Literal(text.into()),
        })
    }
}

impl From<&str> for SecretReference {
    fn from(text: &str) -> Self {
        match text.parse() {
            Ok(reference) => reference,
            Err(impossible) => match impossible {},
        }
    }
}

impl fmt::Display for SecretReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(formatter, "env:{name}"),
            Self::File(path) => write!(formatter, "file:{}", path.display()),
            Self::Literal(_) => formatter.write_str("[secret]"),
        }
    }
}

impl fmt::Debug for SecretReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SecretReference({self})")
    }
}

impl Serialize for SecretReference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SecretReference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(String::deserialize(deserializer)?.as_str().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_becomes_its_header() {
        let header = |credentials: Credentials| {
            let (name, value) = credentials.header().unwrap();
            assert!(value.is_sensitive());
            format!("{name}: {}", value.to_str().unwrap())
        };
        assert_eq!(
            header(Credentials::Bearer("token".into())),
            "authorization: Bearer token"
        );
        let basic = Credentials::Basic {
            username: "me".to_owned(),
            password: "pä:ss".into(),
        };
        assert_eq!(header(basic), "authorization: Basic bWU6cMOkOnNz");
        let own = Credentials::Header {
            name: "X-API-Key".to_owned(),
            value: "k".into(),
        };
        assert_eq!(header(own), "x-api-key: k");
    }

    #[test]
    fn a_file_is_read_without_its_last_newline() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "from file\n").unwrap();
        let reference: SecretReference = format!("file:{}", file.path().display()).as_str().into();
        assert_eq!(reference.resolve().unwrap().expose_secret(), "from file");
    }

    #[test]
    fn what_is_missing_is_named() {
        let message = |text: &str| {
            SecretReference::from(text)
                .resolve()
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            message("env:COMFYCTL_NOT_SET"),
            "environment variable `COMFYCTL_NOT_SET`, which holds the credentials, is not set"
        );
        assert_eq!(
            message("file:/not/there"),
            "credentials file `/not/there` cannot be read"
        );
        let empty = tempfile::NamedTempFile::new().unwrap();
        let reference = format!("file:{}", empty.path().display());
        assert_eq!(
            message(&reference),
            format!("the credentials from {reference} are empty")
        );
    }

    #[test]
    fn a_literal_is_never_shown() {
        let secret = "planted-s3cret\n";
        let credentials = Credentials::Header {
            name: "X".to_owned(),
            value: secret.into(),
        };
        let json = serde_json::to_string(&SecretReference::from(secret)).unwrap();
        let error = credentials.header().unwrap_err();
        let shown = format!("{credentials:?} {json} {error} {error:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("[secret]"), "{shown}");
    }
}
