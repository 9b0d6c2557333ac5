//! Which server is meant, and which connections can take a job.

use super::{SettingPath, Settings, SettingsError, reading};
use crate::error::{Error, ErrorKind};
use crate::settings::values::ConnectionValues;
use comfyctl_client::Connection;
use comfyctl_workflow::nearest;
use std::fmt;

/// Name of the connection that is there without any settings: ComfyUI on this machine.
pub const BUILT_IN_CONNECTION: &str = "default";

/// Stands for all connections where one is named.
pub const ANY_CONNECTION: &str = "any";

/// A connection with the name that jobs remember it by, and what it is given.
#[derive(Debug, Clone)]
pub struct NamedConnection {
    /// Its name in the settings, or host and port of a bare address.
    pub name: String,
    /// How to reach it.
    pub connection: Connection,
    /// Words that jobs ask for.
    pub labels: Vec<String>,
    /// How many jobs it is given at once.
    pub max_jobs: u32,
    /// Is given no new jobs.
    pub paused: bool,
}

/// Which server is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ConnectionChoice {
    /// The settings' default.
    #[default]
    Default,
    /// One of the settings by name; `any` is each of them, unless one is called so.
    Named(String),
    /// Any address: `host:port` or a URL.
    Address(String),
    /// Each of the settings that has all these labels.
    Any {
        /// Words that it must have.
        labels: Vec<String>,
    },
}

impl NamedConnection {
    /// A connection that the settings say nothing more of.
    pub fn new(name: impl Into<String>, connection: Connection) -> Self {
        let plain = ConnectionValues::default();
        Self {
            name: name.into(),
            connection,
            labels: plain.labels,
            max_jobs: plain.max_jobs.get(),
            paused: plain.paused,
        }
    }

    fn has_all(&self, labels: &[String]) -> bool {
        labels.iter().all(|label| self.labels.contains(label))
    }
}

impl Settings {
    /// Names of the connections, the built-in one when there are none.
    pub fn connection_names(&self) -> Vec<&str> {
        let connections = &self.values.connections;
        if connections.is_empty() {
            vec![BUILT_IN_CONNECTION]
        } else {
            connections.keys().map(String::as_str).collect()
        }
    }

    /// Name of the connection that is meant when none is named.
    pub fn default_connection_name(&self) -> &str {
        let named = self.values.default_connection.as_deref();
        named
            .or_else(|| self.connection_names().first().copied())
            .unwrap_or_default()
    }

    /// Finds the server that is meant, paused or not: the first, where several may be.
    pub fn connection(&self, choice: &ConnectionChoice) -> Result<NamedConnection, Error> {
        if let Some(labels) = self.any(choice) {
            return Ok(self.with_labels(labels)?.swap_remove(0));
        }
        match choice {
            ConnectionChoice::Address(address) => {
                let connection = Connection::parse(address)?;
                let url = connection.url.to_string();
                let name = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
                Ok(NamedConnection::new(name, connection))
            }
            ConnectionChoice::Named(name) => self.named(name),
            ConnectionChoice::Default | ConnectionChoice::Any { .. } => {
                self.named(self.default_connection_name())
            }
        }
    }

    /// The connections that can take a job of that choice, in the order of the settings. At least
    /// one; the error says why none will do.
    pub fn candidates(&self, choice: &ConnectionChoice) -> Result<Vec<NamedConnection>, Error> {
        if let Some(labels) = self.any(choice) {
            return self.with_labels(labels);
        }
        let connection = self.connection(choice)?;
        if connection.paused {
            return Err(SettingsError::Paused(connection.name).into());
        }
        Ok(vec![connection])
    }

    /// All connections by name; one that is broken does not hide the others.
    pub fn connections(&self) -> Vec<(&str, Result<NamedConnection, Error>)> {
        let named = |name| (name, self.named(name));
        self.connection_names().into_iter().map(named).collect()
    }

    /// The labels that are asked for, where the choice is among all connections.
    pub(crate) fn any<'a>(&self, choice: &'a ConnectionChoice) -> Option<&'a [String]> {
        let name = match choice {
            ConnectionChoice::Any { labels } => return Some(labels),
            ConnectionChoice::Address(_) => return None,
            ConnectionChoice::Named(name) => name,
            ConnectionChoice::Default => self.default_connection_name(),
        };
        let is_any = name == ANY_CONNECTION && !self.values.connections.contains_key(name);
        is_any.then_some(&[])
    }

    fn with_labels(&self, labels: &[String]) -> Result<Vec<NamedConnection>, Error> {
        let (mut candidates, mut reasons) = (Vec::new(), Vec::new());
        for (name, connection) in self.connections() {
            match connection {
                Err(error) => reasons.push(format!("`{name}` cannot be used ({error})")),
                Ok(connection) if !connection.has_all(labels) => {
                    let missing = labels
                        .iter()
                        .filter(|label| !connection.labels.contains(label));
                    let missing: Vec<_> = missing.map(|label| format!("`{label}`")).collect();
                    reasons.push(format!("`{name}` lacks the label {}", missing.join(", ")));
                }
                Ok(connection) if connection.paused => reasons.push(format!("`{name}` is paused")),
                Ok(connection) => candidates.push(connection),
            }
        }
        if candidates.is_empty() {
            return Err(SettingsError::NoCandidate { reasons }.into());
        }
        Ok(candidates)
    }

    fn named(&self, name: &str) -> Result<NamedConnection, Error> {
        let built_in = ConnectionValues::default();
        let values = match self.values.connections.get(name) {
            Some(values) => values,
            None if self.values.connections.is_empty() && name == BUILT_IN_CONNECTION => &built_in,
            None => return Err(self.unknown_connection(name)),
        };
        let connection = values.connection().map_err(|(key, problem)| {
            let path = SettingPath::of(&["connections", name, key]);
            reading::invalid(&self.file, format!("`{path}`: {problem}"))
        })?;
        Ok(NamedConnection {
            labels: values.labels.clone(),
            max_jobs: values.max_jobs.get(),
            paused: values.paused,
            ..NamedConnection::new(name, connection)
        })
    }

    pub(crate) fn unknown_connection(&self, name: &str) -> Error {
        unknown_connection(name, &self.connection_names())
    }
}

/// The error for a name that none of the connections has.
pub(crate) fn unknown_connection(name: &str, known: &[&str]) -> Error {
    ErrorKind::UnknownConnection {
        name: name.to_owned(),
        nearest: nearest(name, known.iter().copied()).map(str::to_owned),
        known: known.iter().map(|name| (*name).to_owned()).collect(),
    }
    .into()
}

impl fmt::Display for ConnectionChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("the default connection"),
            Self::Named(name) => write!(formatter, "connection `{name}`"),
            Self::Address(_) => formatter.write_str("the given address"),
            Self::Any { labels } if labels.is_empty() => formatter.write_str("any connection"),
            Self::Any { labels } => {
                write!(formatter, "any connection labelled {}", labels.join(", "))
            }
        }
    }
}
