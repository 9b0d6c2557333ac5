//! The token that HTTP clients give: `Authorization: Bearer TOKEN`.
//!
//! Kept as a hash, and hashes are compared: how long that takes tells nothing of the token.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};

/// Whom to let in.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    /// `None` lets everybody in.
    token: Option<blake3::Hash>,
}

impl Guard {
    pub(super) fn of(token: &SecretString) -> Self {
        Self {
            token: Some(blake3::hash(token.expose_secret().as_bytes())),
        }
    }

    pub(super) fn open() -> Self {
        Self { token: None }
    }

    pub(super) fn is_open(&self) -> bool {
        self.token.is_none()
    }

    fn admits(&self, header: Option<&HeaderValue>) -> bool {
        let Some(token) = &self.token else {
            return true;
        };
        let given = header.and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.split_once(' '));
        // The comparison of hashes takes the same time for all.
        given.is_some_and(|(scheme, given)| {
            scheme.eq_ignore_ascii_case("bearer") && blake3::hash(given.trim().as_bytes()) == *token
        })
    }
}

/// Lets a request through or answers 401.
pub(super) async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    if guard.admits(request.headers().get(header::AUTHORIZATION)) {
        return next.run(request).await;
    }
    let headers = [(header::WWW_AUTHENTICATE, "Bearer")];
    (
        StatusCode::UNAUTHORIZED,
        headers,
        "a valid bearer token is needed",
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_opens() {
        let guard = Guard::of(&"secret".to_owned().into());
        let admits = |value: &'static str| guard.admits(Some(&HeaderValue::from_static(value)));
        assert!(admits("Bearer secret") && admits("bearer secret"));
        assert!(!admits("Bearer secre") && !admits("secret") && !admits("Basic secret"));
        assert!(!guard.admits(None) && Guard::open().admits(None));
        assert!(!format!("{guard:?}").contains("secret"));
    }
}
