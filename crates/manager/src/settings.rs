//! The settings file: `api_manager_settings.json`, as version 2.0.0 wrote it and with what is new.
//!
//! Read by [`crate::Manager`]. So far the connections and the folder of saved workflows have an
//! effect; all other keys are left alone. A broken file is an error that says where, never a reset.

use crate::error::{Error, ErrorKind};
use comfyctl_client::{Connection, Credentials, SecretReference, Timeouts};
use comfyctl_workflow::nearest;
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Name of the connection that is there without any settings: ComfyUI on this machine.
pub const BUILT_IN_CONNECTION: &str = "default";

/// The settings that have an effect.
#[derive(Debug, Deserialize)]
pub struct Settings {
    #[serde(default)]
    connections: IndexMap<String, ConnectionSettings>,
    #[serde(default)]
    default_connection: Option<String>,
    #[serde(default = "default_workflows_dir")]
    workflows_dir: PathBuf,
    #[serde(skip)]
    file: PathBuf,
    /// What is odd in the file and does no harm: unknown keys, with the nearest known one.
    #[serde(skip)]
    pub warnings: Vec<String>,
}

/// One entry of `connections`. `host`, `port`, `use_ssl` and `client_id` are those of 2.0.0;
/// `client_id` is kept in the file and never used: shared by several processes, it made them deaf.
#[derive(Debug, Deserialize)]
struct ConnectionSettings {
    #[serde(default = "default_host")]
    host: String,
    #[serde(default = "default_port")]
    port: u16,
    #[serde(default)]
    use_ssl: bool,
    url: Option<String>,
    credentials: Option<CredentialsSettings>,
    ca_file: Option<PathBuf>,
    #[serde(default)]
    timeouts: TimeoutSettings,
}

/// Keys of a connection.
const CONNECTION_KEYS: [&str; 8] = [
    "host",
    "port",
    "use_ssl",
    "client_id",
    "url",
    "credentials",
    "ca_file",
    "timeouts",
];

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum CredentialsSettings {
    Bearer {
        token: SecretReference,
    },
    Basic {
        username: String,
        password: SecretReference,
    },
    Header {
        name: String,
        value: SecretReference,
    },
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct TimeoutSettings {
    #[serde(rename = "connect_seconds")]
    connect: Option<f64>,
    #[serde(rename = "request_seconds")]
    request: Option<f64>,
    #[serde(rename = "silence_seconds")]
    silence: Option<f64>,
}

fn default_host() -> String {
    "127.0.0.1".to_owned()
}

fn default_workflows_dir() -> PathBuf {
    "./workflows".into()
}

fn default_port() -> u16 {
    8188
}

/// A connection and the name that jobs remember it by.
#[derive(Debug, Clone)]
pub struct NamedConnection {
    /// Its name in the settings, or host and port of a bare address.
    pub name: String,
    /// How to reach it.
    pub connection: Connection,
}

/// Which server is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ConnectionChoice {
    /// The settings' default.
    #[default]
    Default,
    /// One of the settings by name.
    Named(String),
    /// Any address: `host:port` or a URL.
    Address(String),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connections: IndexMap::new(),
            default_connection: None,
            workflows_dir: default_workflows_dir(),
            file: PathBuf::new(),
            warnings: Vec::new(),
        }
    }
}

impl Settings {
    /// Reads the file; a missing one gives the defaults.
    pub fn load(file: &Path) -> Result<Self, Error> {
        let text = match fs_err::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self {
                    file: file.to_owned(),
                    ..Self::default()
                });
            }
            Err(error) => return Err(ErrorKind::File(error).into()),
        };
        let mut settings = Self::parse(&text).map_err(|message| ErrorKind::InvalidSettings {
            path: file.to_owned(),
            message,
        })?;
        file.clone_into(&mut settings.file);
        Ok(settings)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        refuse_lists(&value)?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let mut settings: Self = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| format!("`{}`: {}", error.path(), error.inner()))?;
        settings.warnings = unknown_keys(&value);
        Ok(settings)
    }

    /// The folder of saved workflows.
    pub(crate) fn workflows_folder(&self) -> PathBuf {
        self.beside_file(&self.workflows_dir)
    }

    /// Names of the connections, the built-in one when there are none.
    pub fn connection_names(&self) -> Vec<&str> {
        if self.connections.is_empty() {
            vec![BUILT_IN_CONNECTION]
        } else {
            self.connections.keys().map(String::as_str).collect()
        }
    }

    /// Finds the server that is meant.
    pub fn connection(&self, choice: &ConnectionChoice) -> Result<NamedConnection, Error> {
        match choice {
            ConnectionChoice::Address(address) => {
                let connection = Connection::parse(address)?;
                let url = connection.url.to_string();
                let name = url
                    .split_once("://")
                    .map_or(url.as_str(), |(_, rest)| rest)
                    .to_owned();
                Ok(NamedConnection { name, connection })
            }
            ConnectionChoice::Named(name) => self.named(name),
            ConnectionChoice::Default => match &self.default_connection {
                Some(name) => self.named(name),
                None => self.named(self.connection_names().first().copied().unwrap_or_default()),
            },
        }
    }

    fn named(&self, name: &str) -> Result<NamedConnection, Error> {
        let connection = match self.connections.get(name) {
            Some(settings) => self.resolve(name, settings)?,
            None if self.connections.is_empty() && name == BUILT_IN_CONNECTION => {
                Connection::parse(&default_host())?
            }
            None => return Err(self.unknown_connection(name)),
        };
        Ok(NamedConnection {
            name: name.to_owned(),
            connection,
        })
    }

    fn unknown_connection(&self, name: &str) -> Error {
        let known = self.connection_names();
        ErrorKind::UnknownConnection {
            name: name.to_owned(),
            nearest: nearest(name, known.iter().copied()).map(str::to_owned),
            known: known.into_iter().map(str::to_owned).collect(),
        }
        .into()
    }

    fn resolve(&self, name: &str, settings: &ConnectionSettings) -> Result<Connection, Error> {
        let scheme = if settings.use_ssl { "https" } else { "http" };
        let host = &settings.host;
        let host = if host.contains(':') && !host.starts_with('[') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        let address = settings
            .url
            .clone()
            .unwrap_or_else(|| format!("{scheme}://{host}:{}", settings.port));
        let mut connection = Connection::parse(&address)?;
        if let Some(credentials) = &settings.credentials {
            connection.credentials = Some(self.credentials(credentials));
        }
        connection.ca_file = settings
            .ca_file
            .as_deref()
            .map(|path| self.beside_file(path));
        connection.timeouts = settings.timeouts.resolve().map_err(|key| {
            let message = format!("`connections.{name}.timeouts.{key}`: not a number of seconds");
            ErrorKind::InvalidSettings {
                path: self.file.clone(),
                message,
            }
        })?;
        Ok(connection)
    }

    fn credentials(&self, settings: &CredentialsSettings) -> Credentials {
        match settings {
            CredentialsSettings::Bearer { token } => Credentials::Bearer(self.secret(token)),
            CredentialsSettings::Basic { username, password } => {
                let (username, password) = (username.clone(), self.secret(password));
                Credentials::Basic { username, password }
            }
            CredentialsSettings::Header { name, value } => Credentials::Header {
                name: name.clone(),
                value: self.secret(value),
            },
        }
    }

    fn secret(&self, reference: &SecretReference) -> SecretReference {
        match reference {
            SecretReference::File(path) => SecretReference::File(self.beside_file(path)),
            other => other.clone(),
        }
    }

    /// Relative paths in the settings start at the settings' folder.
    fn beside_file(&self, path: &Path) -> PathBuf {
        self.file
            .parent()
            .map_or_else(|| path.to_owned(), |folder| folder.join(path))
    }
}

impl TimeoutSettings {
    /// `Err` names the key whose value is no duration.
    fn resolve(&self) -> Result<Timeouts, &'static str> {
        let default = Timeouts::default();
        let duration = |seconds: Option<f64>, default, key| match seconds {
            None => Ok(default),
            Some(seconds) => {
                let duration = Duration::try_from_secs_f64(seconds).map_err(|_| key)?;
                if duration.is_zero() {
                    Err(key)
                } else {
                    Ok(duration)
                }
            }
        };
        Ok(Timeouts {
            connect: duration(self.connect, default.connect, "connect_seconds")?,
            request: duration(self.request, default.request, "request_seconds")?,
            silence: duration(self.silence, default.silence, "silence_seconds")?,
        })
    }
}

/// A list where an object belongs would otherwise be taken as its fields in order.
fn refuse_lists(settings: &Value) -> Result<(), String> {
    if !settings.is_object() {
        return Err("it is not an object".to_owned());
    }
    let connections = settings.get("connections").and_then(Value::as_object);
    let list = connections
        .into_iter()
        .flatten()
        .find(|(_, connection)| connection.is_array());
    match list {
        Some((name, _)) => Err(format!("`connections.{name}`: it is not an object")),
        None => Ok(()),
    }
}

fn unknown_keys(settings: &Value) -> Vec<String> {
    let connections = settings.get("connections").and_then(Value::as_object);
    let unknown = |(name, connection): (&String, &Value)| {
        let keys = connection.as_object().into_iter().flat_map(Map::keys);
        let unknown = keys.filter(|key| !CONNECTION_KEYS.contains(&key.as_str()));
        unknown.map(|key| warning(name, key)).collect::<Vec<_>>()
    };
    connections
        .into_iter()
        .flatten()
        .flat_map(unknown)
        .collect()
}

fn warning(connection: &str, key: &str) -> String {
    let meant = nearest(key, CONNECTION_KEYS);
    let meant = meant
        .map(|name| format!(", did you mean `{name}`?"))
        .unwrap_or_default();
    format!("`connections.{connection}.{key}` is not a setting{meant}")
}

impl fmt::Display for ConnectionChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("the default connection"),
            Self::Named(name) => write!(formatter, "connection `{name}`"),
            Self::Address(_) => formatter.write_str("the given address"),
        }
    }
}

#[cfg(test)]
mod tests;
