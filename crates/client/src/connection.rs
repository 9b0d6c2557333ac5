//! A connection: everything that has to be known of a server before speaking to it. Data only.
//!
//! Made by the settings and the command line, turned into a [`crate::Client`] by whoever speaks.

use crate::credentials::{Credentials, SecretReference};
use crate::error::{Error, ErrorKind};
use crate::redacted;
use percent_encoding::percent_decode_str;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// Port of ComfyUI unless it is told another.
const DEFAULT_PORT: u16 = 8188;

/// How one ComfyUI server is reached.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Address of the server.
    pub url: BaseUrl,
    /// What it asks for, if anything.
    pub credentials: Option<Credentials>,
    /// PEM file of certificate authorities to trust besides those of the platform.
    pub ca_file: Option<PathBuf>,
    /// How long to wait.
    pub timeouts: Timeouts,
}

/// `http` or `https` address of a server, perhaps with a path prefix. Holds no credentials, no
/// query and no fragment, and its path ends in a slash.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl(Url);

/// How long to wait before giving up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For name lookup, TCP and TLS together. Default 10 s.
    pub connect: Duration,
    /// For an ordinary request, to the last byte of its answer. Default 60 s: validation reads the
    /// files that a prompt names, and `/object_info` keeps a server with many packs busy for long.
    pub request: Duration,
    /// For the next byte of a body on its way, in either direction. Default 60 s.
    pub silence: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            request: Duration::from_mins(1),
            silence: Duration::from_mins(1),
        }
    }
}

impl Connection {
    /// A connection without credentials of its own and with default timeouts.
    pub fn new(url: BaseUrl) -> Self {
        Self {
            url,
            credentials: None,
            ca_file: None,
            timeouts: Timeouts::default(),
        }
    }

    /// Reads `192.168.1.5:8188`, `localhost` (port 8188 is understood) or a URL such as
    /// `https://user:password@host/comfy`, whose credentials become [`Credentials::Basic`].
    pub fn parse(address: &str) -> Result<Self, Error> {
        let invalid = |problem: &str| ErrorKind::InvalidAddress {
            address: redacted::text(address),
            problem: problem.to_owned(),
        };
        let mut url = parse_url(address.trim()).map_err(|problem| invalid(&problem))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid("only http and https lead to a ComfyUI server").into());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("the address of a server has no `?` and no `#`").into());
        }
        let credentials = take_credentials(&mut url).map_err(invalid)?;
        let base = BaseUrl::new(url);
        Ok(Self {
            credentials,
            ..Self::new(base)
        })
    }
}

fn parse_url(address: &str) -> Result<Url, String> {
    if address.is_empty() {
        return Err("it is empty".to_owned());
    }
    if address.contains("://") {
        return Url::parse(address).map_err(|error| error.to_string());
    }
    let mut url = Url::parse(&format!("http://{address}")).map_err(|error| error.to_string())?;
    // A bare host means ComfyUI's own port; `host:80` is what the URL parser takes for no port.
    let host_ends_in_port = address
        .split('/')
        .next()
        .is_some_and(|host| host.ends_with(":80"));
    if url.port().is_none() && !host_ends_in_port {
        url.set_port(Some(DEFAULT_PORT))
            .map_err(|()| "it names no host".to_owned())?;
    }
    Ok(url)
}

fn take_credentials(url: &mut Url) -> Result<Option<Credentials>, &'static str> {
    if url.username().is_empty() && url.password().is_none() {
        return Ok(None);
    }
    let decode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8();
        decoded
            .map(String::from)
            .map_err(|_| "its credentials are not UTF-8")
    };
    let username = decode(url.username())?;
    let password = decode(url.password().unwrap_or_default())?;
    url.set_username("")
        .and_then(|()| url.set_password(None))
        .map_err(|()| "it names no host")?;
    let password = SecretReference::Literal(password.into());
    Ok(Some(Credentials::Basic { username, password }))
}

impl BaseUrl {
    fn new(mut url: Url) -> Self {
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Self(url)
    }

    /// The URL; its path ends in a slash.
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// Whether the server is on this machine, so that no proxy can lead to it.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// The URL of a route, each segment encoded: a `/` inside one becomes `%2F`.
    pub(crate) fn route(&self, segments: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&redacted::url(&self.0))
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("192.168.1.5:8188", "http://192.168.1.5:8188")]
    #[case("localhost", "http://localhost:8188")]
    #[case(" localhost ", "http://localhost:8188")]
    #[case("gpu:80", "http://gpu")]
    #[case("[::1]:9000", "http://[::1]:9000")]
    #[case("http://gpu", "http://gpu")]
    #[case("https://host/comfy/", "https://host/comfy")]
    #[case("gpu/comfy", "http://gpu:8188/comfy")]
    fn an_address_is_read_as_people_write_it(#[case] address: &str, #[case] url: &str) {
        assert_eq!(Connection::parse(address).unwrap().url.to_string(), url);
    }

    #[rstest]
    #[case("")]
    #[case("ftp://host")]
    #[case("http://")]
    #[case("ho st")]
    #[case("http://host?token=s3cret")]
    #[case("host:port")]
    #[case("http://me:s3cret@ho st")]
    fn what_is_no_address_is_an_error_with_a_hint(#[case] address: &str) {
        let error = Connection::parse(address).unwrap_err();
        assert_eq!(error.code(), "invalid_address");
        assert!(error.hint().is_some());
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }

    #[test]
    fn credentials_in_the_url_are_taken_out_of_it() {
        let connection = Connection::parse("https://me:p%40ss-s3cret@host/comfy").unwrap();
        let (_, header) = connection.credentials.as_ref().unwrap().header().unwrap();
        assert_eq!(header.to_str().unwrap(), "Basic bWU6cEBzcy1zM2NyZXQ=");
        let shown = format!("{connection:?} {}", connection.url);
        assert!(!shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn routes_keep_the_prefix_and_encode_slashes() {
        let url = Connection::parse("https://host/comfy").unwrap().url;
        let route = url.route(&["api", "userdata", "workflows/ä b%.json"]);
        assert_eq!(
            route.as_str(),
            "https://host/comfy/api/userdata/workflows%2F%C3%A4%20b%25.json"
        );
    }
}
