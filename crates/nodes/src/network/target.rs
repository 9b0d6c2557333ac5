//! What may be shown of an address: never its credentials, never its query.

use std::fmt;
use url::Url;

/// An address for messages.
#[derive(Clone, PartialEq, Eq)]
pub struct Target(String);

impl From<&Url> for Target {
    fn from(url: &Url) -> Self {
        let mut shown = url.clone();
        // Both fail only for addresses without a host, which have no credentials.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
        shown.set_query(None);
        shown.set_fragment(None);
        Self(shown.into())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
