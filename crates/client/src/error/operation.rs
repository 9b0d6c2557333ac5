//! Which request an error belongs to, in a form that can be shown.

use crate::redacted;
use reqwest::Method;
use std::fmt;
use url::Url;

/// Method, route and server of a request, without query and credentials.
#[derive(Clone)]
pub(crate) struct Operation {
    method: Method,
    route: String,
    server: String,
}

impl Operation {
    /// `server` is the base URL as shown, which `url` starts with.
    pub(crate) fn new(method: &Method, url: &Url, server: String) -> Self {
        let full = redacted::url(url);
        let route = full.strip_prefix(&server).unwrap_or(&full).to_owned();
        Self {
            method: method.clone(),
            route,
            server,
        }
    }

    pub(crate) fn server(&self) -> &str {
        &self.server
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} {} at {}",
            self.method, self.route, self.server
        )
    }
}
