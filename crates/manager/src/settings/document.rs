//! The settings file as it was written: read, changed in one place and written back with everything
//! else as it was, unknown keys and the order of keys included.
//!
//! Called by the commands that change settings. Readers want [`super::Settings`].

use super::error::SettingsError;
use super::path::SettingPath;
use super::reading::Source;
use super::{reading, schema, secrets, writing};
use crate::error::{Error, ErrorKind};
use serde_json::{Map, Value};
use std::fmt;
use std::path::{Path, PathBuf};

/// The content of a settings file.
#[derive(Clone)]
pub struct SettingsDocument {
    file: PathBuf,
    root: Map<String, Value>,
}

/// Shows no value: some are secrets.
impl fmt::Debug for SettingsDocument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("SettingsDocument")
            .field(&self.file)
            .finish()
    }
}

impl SettingsDocument {
    /// Reads the file; a missing one is empty. Its values may be wrong, so that they can be
    /// repaired.
    pub fn read(file: &Path) -> Result<Self, Error> {
        let source = Source::read(file)?;
        let root = reading::parse(source.text());
        let root = root.map_err(|message| reading::invalid(file, message))?;
        Ok(Self {
            file: file.to_owned(),
            root,
        })
    }

    /// Changes the file under a lock that other processes respect. When the change fails or leaves
    /// settings that cannot be, the file stays as it was.
    pub fn edit<T>(
        file: &Path,
        change: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let writer = writing::Writer::lock(file).map_err(ErrorKind::File)?;
        let mut document = Self::read(file)?;
        let before = document.root.clone();
        let result = change(&mut document)?;
        document.check(&before)?;
        if document.root != before {
            let private = secrets::holds_secrets(&document.root);
            writer
                .write(&document.to_string(), private)
                .map_err(ErrorKind::File)?;
        }
        Ok(result)
    }

    /// The value that the file sets; `None` when it does not.
    pub fn get(&self, path: &SettingPath) -> Option<&Value> {
        get(&self.root, path)
    }

    /// Sets a value. Sections on the way are made; the path must be that of a setting.
    pub fn set(&mut self, path: &SettingPath, value: Value) -> Result<(), Error> {
        schema::find(path)?;
        let mut keys = path.keys();
        let Some(last) = keys.next_back() else {
            return Err(SettingsError::InvalidPath(String::new()).into());
        };
        let mut fields = &mut self.root;
        let mut here = SettingPath::top();
        for key in keys {
            here = here.join(key);
            let section = fields
                .entry(key)
                .or_insert_with(|| Value::Object(Map::new()));
            if section.is_null() {
                *section = Value::Object(Map::new());
            }
            fields = section.as_object_mut().ok_or_else(|| {
                reading::invalid(&self.file, format!("`{here}`: it is not an object"))
            })?;
        }
        fields.insert(last.to_owned(), value);
        Ok(())
    }

    /// Takes a value out, known or not, and gives it.
    pub fn unset(&mut self, path: &SettingPath) -> Result<Value, Error> {
        let removed = remove(&mut self.root, path);
        removed.ok_or_else(|| SettingsError::NotSet(path.clone()).into())
    }

    /// The content without secrets and without what is no setting, and how many secrets were left
    /// out.
    pub fn without_secrets(&self) -> (Value, usize) {
        let mut shared = self.root.clone();
        for (path, _) in schema::unknown_keys(&shared) {
            remove(&mut shared, &path);
        }
        let removed = secrets::remove(&mut shared);
        forget_half_credentials(&mut shared);
        (Value::Object(shared), removed)
    }

    /// Refuses what cannot be read again, and connections that changed and lead nowhere.
    fn check(&self, before: &Map<String, Value>) -> Result<(), Error> {
        let refused = |message| Error::from(SettingsError::Refused { message });
        let values = reading::typed(&self.root).map_err(refused)?;
        for (name, connection) in &values.connections {
            let path = SettingPath::of(&["connections", name]);
            if self.get(&path) != get(before, &path) {
                let checked = connection.connection();
                checked.map_err(|(key, problem)| {
                    refused(format!("`{}`: {problem}", path.join(key)))
                })?;
            }
        }
        Ok(())
    }
}

/// Credentials without their secret are none, and would keep the file from being read again.
fn forget_half_credentials(settings: &mut Map<String, Value>) {
    let connections = settings
        .get_mut("connections")
        .and_then(Value::as_object_mut);
    for connection in connections.into_iter().flat_map(Map::values_mut) {
        let Some(fields) = connection.as_object_mut() else {
            continue;
        };
        let is_whole = |credentials: &Value| {
            ["token", "password", "value"]
                .iter()
                .any(|key| credentials.get(key).is_some())
        };
        if fields
            .get("credentials")
            .is_some_and(|credentials| !is_whole(credentials))
        {
            fields.shift_remove("credentials");
        }
    }
}

pub(super) fn get<'a>(fields: &'a Map<String, Value>, path: &SettingPath) -> Option<&'a Value> {
    let mut keys = path.keys();
    let first = fields.get(keys.next()?)?;
    keys.try_fold(first, |value, key| value.get(key))
}

pub(super) fn remove(fields: &mut Map<String, Value>, path: &SettingPath) -> Option<Value> {
    let mut keys = path.keys();
    let last = keys.next_back()?;
    let section = keys.try_fold(fields, |fields, key| {
        fields.get_mut(key).and_then(Value::as_object_mut)
    });
    section?.shift_remove(last)
}

/// As it is written to the file.
impl fmt::Display for SettingsDocument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string_pretty(&self.root).map_err(|_| fmt::Error)?;
        writeln!(formatter, "{text}")
    }
}
