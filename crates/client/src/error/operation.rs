//! Which request an error belongs to, in a form that can be shown.

use crate::redacted;
use reqwest::Method;
use std::fmt;
use std::sync::Arc;
use url::Url;

/// Method, route and server of a request. Shown without query and credentials; made for every
/// request, so the text is left to the few that fail.
#[derive(Clone)]
pub(crate) struct Operation {
    method: Method,
    url: Url,
    server: Arc<str>,
}

impl Operation {
    /// `server` is the base URL as shown, which `url` starts with.
    pub(crate) fn new(method: Method, url: Url, server: Arc<str>) -> Self {
        Self {
            method,
            url,
            server,
        }
    }

    pub(crate) fn server(&self) -> &str {
        &self.server
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = redacted::url(&self.url);
        let route = url.strip_prefix(&*self.server).unwrap_or(&url);
        write!(formatter, "{} {route} at {}", self.method, self.server)
    }
}
