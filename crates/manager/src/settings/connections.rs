//! Changes to the connections of a settings file. Called by the `connections` commands, always inside
//! of [`SettingsDocument::edit`].

use super::choice::{ANY_CONNECTION, BUILT_IN_CONNECTION, unknown_connection};
use super::path::SettingPath;
use super::{SettingsDocument, SettingsError, layers};
use crate::error::{Error, ErrorKind};
use comfyctl_client::{Connection, Credentials, SecretReference};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// What is to be different about a connection; `None` leaves a thing as it is.
#[derive(Debug, Clone, Default)]
pub struct ConnectionChange {
    /// `host:port` or a URL; credentials in it become those of the connection.
    pub address: Option<String>,
    /// What the server asks for.
    pub credentials: CredentialsChange,
    /// File of certificate authorities; relative to the working folder.
    pub ca_file: Option<PathBuf>,
    /// Words that jobs ask for; all others are forgotten.
    pub labels: Option<Vec<String>>,
    /// How many jobs it is given at once.
    pub max_jobs: Option<u32>,
}

/// What becomes of the credentials of a connection.
#[derive(Debug, Clone, Default)]
pub enum CredentialsChange {
    /// They stay as they are.
    #[default]
    Keep,
    /// There are none any more.
    Remove,
    /// There are these. A relative `file:PATH` starts at the working folder.
    Set(Credentials),
}

impl SettingsDocument {
    /// Names of the connections that the file has.
    pub fn connection_names(&self) -> Vec<String> {
        let connections = self.get(&connections()).and_then(Value::as_object);
        connections
            .into_iter()
            .flat_map(Map::keys)
            .cloned()
            .collect()
    }

    /// Adds a connection.
    pub fn add_connection(&mut self, name: &str, change: &ConnectionChange) -> Result<(), Error> {
        self.refuse_name(name)?;
        self.set(&connection(name), json!({}))?;
        self.update_connection(name, change)
    }

    /// Changes a connection.
    pub fn update_connection(
        &mut self,
        name: &str,
        change: &ConnectionChange,
    ) -> Result<(), Error> {
        self.require_connection(name)?;
        let path = connection(name);
        let mut credentials = change.credentials.clone();
        if let Some(address) = &change.address {
            let parsed = Connection::parse(address)?;
            if let (CredentialsChange::Keep, Some(found)) = (&credentials, parsed.credentials) {
                credentials = CredentialsChange::Set(found);
            }
            // They would tell of another server.
            for old in ["host", "port", "use_ssl"] {
                self.forget(&path.join(old))?;
            }
            self.set(&path.join("url"), parsed.url.to_string().into())?;
        }
        match credentials {
            CredentialsChange::Keep => {}
            CredentialsChange::Remove => self.forget(&path.join("credentials"))?,
            CredentialsChange::Set(credentials) => {
                self.set(&path.join("credentials"), absolute(written(&credentials))?)?;
            }
        }
        if let Some(file) = &change.ca_file {
            let file = std::path::absolute(file).map_err(ErrorKind::File)?;
            self.set(&path.join("ca_file"), file.display().to_string().into())?;
        }
        if let Some(labels) = &change.labels {
            self.set(&path.join("labels"), json!(labels))?;
        }
        if let Some(max_jobs) = change.max_jobs {
            self.set(&path.join("max_jobs"), max_jobs.into())?;
        }
        Ok(())
    }

    /// Removes a connection. One that was the default is so no more.
    pub fn remove_connection(&mut self, name: &str) -> Result<(), Error> {
        self.require_connection(name)?;
        self.unset(&connection(name))?;
        if self.default_connection() == Some(name) {
            self.forget(&default_connection())?;
        }
        Ok(())
    }

    /// Gives a connection another name, at the same place. Jobs keep the name that they were run
    /// under.
    pub fn rename_connection(&mut self, name: &str, new_name: &str) -> Result<(), Error> {
        self.require_connection(name)?;
        if name == new_name {
            return Ok(());
        }
        self.refuse_name(new_name)?;
        let was_default = self.default_connection() == Some(name);
        if let Value::Object(old) = self.unset(&connections())? {
            let renamed = |key: String| {
                if key == name {
                    new_name.to_owned()
                } else {
                    key
                }
            };
            let new: Map<_, _> = old
                .into_iter()
                .map(|(key, value)| (renamed(key), value))
                .collect();
            self.set(&connections(), Value::Object(new))?;
        }
        if was_default {
            self.set(&default_connection(), new_name.into())?;
        }
        Ok(())
    }

    /// Has a connection be meant where none is named.
    pub fn set_default_connection(&mut self, name: &str) -> Result<(), Error> {
        self.require_connection(name)?;
        self.set(&default_connection(), name.into())
    }

    /// Keeps new jobs from a connection, or no more.
    pub fn pause_connection(&mut self, name: &str, paused: bool) -> Result<(), Error> {
        self.require_connection(name)?;
        self.set(&connection(name).join("paused"), paused.into())
    }

    fn default_connection(&self) -> Option<&str> {
        self.get(&default_connection()).and_then(Value::as_str)
    }

    /// The built-in connection is there as long as there is no other, and is written down when it
    /// is changed.
    fn require_connection(&mut self, name: &str) -> Result<(), Error> {
        let names = self.connection_names();
        if names.iter().any(|known| known == name) {
            return Ok(());
        }
        if names.is_empty() && name == BUILT_IN_CONNECTION {
            return self.set(&connection(name), json!({}));
        }
        let known: Vec<_> = names.iter().map(String::as_str).collect();
        Err(unknown_connection(
            name,
            if known.is_empty() {
                &[BUILT_IN_CONNECTION]
            } else {
                &known
            },
        ))
    }

    fn refuse_name(&self, name: &str) -> Result<(), Error> {
        if name.trim().is_empty() || name == ANY_CONNECTION || name.contains(char::is_control) {
            return Err(SettingsError::ReservedName(name.to_owned()).into());
        }
        if self.get(&connection(name)).is_some() {
            return Err(SettingsError::ConnectionExists(name.to_owned()).into());
        }
        Ok(())
    }

    /// Takes a value out if it is there.
    fn forget(&mut self, path: &SettingPath) -> Result<(), Error> {
        match self.get(path) {
            Some(_) => self.unset(path).map(drop),
            None => Ok(()),
        }
    }
}

fn connections() -> SettingPath {
    SettingPath::of(&["connections"])
}

fn connection(name: &str) -> SettingPath {
    connections().join(name)
}

fn default_connection() -> SettingPath {
    SettingPath::of(&["default_connection"])
}

/// As it stands in the file.
fn written(credentials: &Credentials) -> Value {
    let secret = |reference: &SecretReference| match reference {
        SecretReference::Literal(secret) => secret.expose_secret().to_owned(),
        reference => reference.to_string(),
    };
    match credentials {
        Credentials::Bearer(token) => json!({ "type": "bearer", "token": secret(token) }),
        Credentials::Basic { username, password } => {
            json!({ "type": "basic", "username": username, "password": secret(password) })
        }
        Credentials::Header { name, value } => {
            json!({ "type": "header", "name": name, "value": secret(value) })
        }
    }
}

/// Credentials whose files are named from the root on.
fn absolute(credentials: Value) -> Result<Value, Error> {
    let folder = std::env::current_dir().map_err(ErrorKind::File)?;
    let path = connection(BUILT_IN_CONNECTION).join("credentials");
    let mut settings = layers::nested(&path, credentials);
    layers::make_absolute(&mut settings, &folder);
    Ok(layers::inside(settings, &path))
}
