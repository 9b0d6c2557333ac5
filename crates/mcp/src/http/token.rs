//! The token that HTTP clients give: `Authorization: Bearer TOKEN`.
//!
//! Kept as a hash, and hashes are compared: how long that takes tells nothing of the token.

use super::HttpError;
use axum::http::HeaderValue;
use comfyctl_client::SecretReference;
use comfyctl_manager::settings::McpSettings;
use secrecy::ExposeSecret;
use std::net::SocketAddr;

/// Whom to let in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guard {
    /// `None` lets everybody in.
    token: Option<blake3::Hash>,
}

impl Guard {
    /// What the settings say. Everybody is let in only where nobody but this machine can come.
    pub(super) fn of(mcp: &McpSettings, address: SocketAddr) -> Result<Self, HttpError> {
        let token = mcp.auth_token.as_ref().map(SecretReference::resolve);
        let token = token.transpose()?;
        if token.is_none() && mcp.require_auth {
            return Err(HttpError::NoToken);
        }
        if token.is_none() && !address.ip().is_loopback() {
            return Err(HttpError::Unprotected(address));
        }
        let hash = |token: secrecy::SecretString| blake3::hash(token.expose_secret().as_bytes());
        Ok(Self {
            token: token.map(hash),
        })
    }

    pub(super) fn admits(self, header: Option<&HeaderValue>) -> bool {
        let Some(token) = self.token else {
            return true;
        };
        let given = header.and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.split_once(' '));
        // The comparison of hashes takes the same time for all.
        given.is_some_and(|(scheme, given)| {
            scheme.eq_ignore_ascii_case("bearer") && blake3::hash(given.trim().as_bytes()) == token
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(token: Option<&str>, address: &str) -> Result<Guard, HttpError> {
        let mcp = McpSettings {
            auth_token: token.map(Into::into),
            ..McpSettings::default()
        };
        Guard::of(&mcp, address.parse().unwrap())
    }

    #[test]
    fn only_the_token_opens() {
        let guard = guard(Some("secret"), "0.0.0.0:1").unwrap();
        let admits = |value: &'static str| guard.admits(Some(&HeaderValue::from_static(value)));
        assert!(admits("Bearer secret") && admits("bearer secret"));
        assert!(!admits("Bearer secre") && !admits("secret") && !admits("Basic secret"));
        assert!(!guard.admits(None));
        assert!(!format!("{guard:?}").contains("secret"));
    }

    #[test]
    fn without_a_token_only_this_machine_is_let_in() {
        assert!(guard(None, "127.0.0.1:1").unwrap().admits(None));
        let refused = guard(None, "192.168.0.7:1").unwrap_err();
        assert!(matches!(refused, HttpError::Unprotected(_)));
    }
}
