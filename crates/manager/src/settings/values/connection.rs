//! One entry of `connections`, and how it becomes a [`Connection`].

use super::Seconds;
use comfyctl_client::{Connection, Credentials, Error, SecretReference, Timeouts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::{NonZeroU16, NonZeroU32};
use std::path::PathBuf;

/// A ComfyUI server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct ConnectionValues {
    /// Host name or address.
    pub(crate) host: String,
    /// Port.
    pub(crate) port: NonZeroU16,
    /// Speaks https.
    pub(crate) use_ssl: bool,
    /// Kept for version 2.0.0 and never used: shared by several processes, it made them deaf for
    /// each other's jobs.
    pub(crate) client_id: Option<String>,
    /// Address in one, with a path where there is one: `https://host/comfy`. Beats `host`, `port`
    /// and `use_ssl`.
    pub(crate) url: Option<Address>,
    /// What the server asks for.
    pub(crate) credentials: Option<CredentialsValues>,
    /// PEM file of certificate authorities to trust besides those of the platform.
    #[schemars(extend("format" = "path"))]
    pub(crate) ca_file: Option<PathBuf>,
    /// How long to wait.
    pub(crate) timeouts: TimeoutValues,
    /// Words that jobs ask for with `--label`.
    pub(crate) labels: Vec<String>,
    /// How many jobs it is given at once; others wait.
    pub(crate) max_jobs: NonZeroU32,
    /// Is given no new jobs.
    pub(crate) paused: bool,
}

impl Default for ConnectionValues {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: NonZeroU16::MIN.saturating_add(8187),
            use_ssl: false,
            client_id: None,
            url: None,
            credentials: None,
            ca_file: None,
            timeouts: TimeoutValues::default(),
            labels: Vec::new(),
            max_jobs: NonZeroU32::MIN.saturating_add(15),
            paused: false,
        }
    }
}

/// An address, which may hold credentials and therefore never shows itself.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub(crate) struct Address(#[schemars(extend("format" = "server-address"))] String);

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Connection::parse(&self.0) {
            Ok(connection) => connection.url.fmt(formatter),
            Err(_) => formatter.write_str("[no address]"),
        }
    }
}

/// Credentials in all their forms; `type` says which fields count.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct CredentialsValues {
    /// How they are sent.
    #[serde(rename = "type")]
    kind: CredentialsKind,
    /// For `bearer`: `env:NAME`, `file:PATH`, or the token itself.
    #[schemars(with = "Option<String>", extend("format" = "secret"))]
    token: Option<SecretReference>,
    /// For `basic`: the user.
    username: Option<String>,
    /// For `basic`: `env:NAME`, `file:PATH`, or the password itself.
    #[schemars(with = "Option<String>", extend("format" = "secret"))]
    password: Option<SecretReference>,
    /// For `header`: its name.
    name: Option<String>,
    /// For `header`: `env:NAME`, `file:PATH`, or the value itself.
    #[schemars(with = "Option<String>", extend("format" = "secret"))]
    value: Option<SecretReference>,
}

/// How credentials are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CredentialsKind {
    /// `Authorization: Bearer TOKEN`
    Bearer,
    /// `Authorization: Basic ...` from a user and a password
    Basic,
    /// A header of another name
    Header,
}

/// How long to wait for a server.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct TimeoutValues {
    /// For the connection to come about. Without it, 10.
    #[serde(rename = "connect_seconds")]
    connect: Option<Seconds>,
    /// For an answer. Without it, 60.
    #[serde(rename = "request_seconds")]
    request: Option<Seconds>,
    /// For the next bytes of a file on its way. Without it, 60.
    #[serde(rename = "silence_seconds")]
    silence: Option<Seconds>,
}

/// Why an entry is no connection, after the name of the key at fault.
pub(crate) type Problem = (&'static str, String);

impl ConnectionValues {
    /// The connection, or what is wrong with which key.
    pub(crate) fn connection(&self) -> Result<Connection, Problem> {
        let mut connection = self.parse_address()?;
        if let Some(credentials) = &self.credentials {
            connection.credentials = Some(
                credentials
                    .resolve()
                    .map_err(|text| ("credentials", text))?,
            );
        }
        connection.ca_file.clone_from(&self.ca_file);
        connection.timeouts = self.timeouts.resolve();
        Ok(connection)
    }

    fn parse_address(&self) -> Result<Connection, Problem> {
        let text = |error: Error| error.to_string();
        if let Some(Address(url)) = &self.url {
            return Connection::parse(url).map_err(|error| ("url", text(error)));
        }
        let scheme = if self.use_ssl { "https" } else { "http" };
        let host = &self.host;
        let address = if host.contains(':') && !host.starts_with('[') {
            format!("{scheme}://[{host}]:{}", self.port)
        } else {
            format!("{scheme}://{host}:{}", self.port)
        };
        Connection::parse(&address).map_err(|error| ("host", text(error)))
    }
}

impl CredentialsValues {
    fn resolve(&self) -> Result<Credentials, String> {
        let missing = |key: &str| format!("type `{}` needs `{key}`", self.kind.as_str());
        Ok(match self.kind {
            CredentialsKind::Bearer => {
                Credentials::Bearer(self.token.clone().ok_or_else(|| missing("token"))?)
            }
            CredentialsKind::Basic => Credentials::Basic {
                username: self.username.clone().ok_or_else(|| missing("username"))?,
                password: self.password.clone().ok_or_else(|| missing("password"))?,
            },
            CredentialsKind::Header => Credentials::Header {
                name: self.name.clone().ok_or_else(|| missing("name"))?,
                value: self.value.clone().ok_or_else(|| missing("value"))?,
            },
        })
    }
}

impl CredentialsKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Basic => "basic",
            Self::Header => "header",
        }
    }
}

impl TimeoutValues {
    fn resolve(&self) -> Timeouts {
        let default = Timeouts::default();
        let or = |seconds: Option<Seconds>, default| seconds.map_or(default, Seconds::duration);
        Timeouts {
            connect: or(self.connect, default.connect),
            request: or(self.request, default.request),
            silence: or(self.silence, default.silence),
        }
    }
}
