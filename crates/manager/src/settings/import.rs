//! Taking over another settings file, such as that of a 2.0.0 installation: what is there already is
//! never replaced.

use super::path::SettingPath;
use super::schema::{self, Node};
use super::{SettingsDocument, folder_of, layers, reading};
use crate::error::{Error, ErrorKind};
use serde::Serialize;
use serde_json::{Map, Value};
use std::path::Path;

/// What came of an import.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Imported {
    /// Settings that were taken over; `connections.NAME` for a whole connection.
    pub taken: Vec<String>,
    /// What was left, and why.
    pub left: Vec<LeftSetting>,
}

/// A setting that was not taken over.
#[derive(Debug, Clone, Serialize)]
pub struct LeftSetting {
    /// Which.
    pub path: String,
    /// Why not.
    pub reason: &'static str,
}

/// Takes everything from another file that is not set yet. Relative paths are made absolute, since
/// they started at that file's folder. What has its default value there needs no taking.
pub fn import(document: &mut SettingsDocument, from: &Path) -> Result<Imported, Error> {
    let from = std::path::absolute(from).map_err(ErrorKind::File)?;
    let text = fs_err::read_to_string(&from).map_err(ErrorKind::File)?;
    let mut source = reading::checked(&text).map_err(|message| reading::invalid(&from, message))?;
    let mut imported = Imported::default();
    for (path, _) in schema::unknown_keys(&source) {
        super::document::remove(&mut source, &path);
        imported.leave(&path, "no such setting");
    }
    let defaults = layers::defaults();
    remove_defaults(&mut source, &defaults);
    layers::make_absolute(&mut source, folder_of(&from));
    for (path, value) in settings_of(source) {
        match document.get(&path) {
            None => {
                document.set(&path, value)?;
                imported.taken.push(path.to_string());
            }
            Some(there) if *there == value => imported.leave(&path, "the same already"),
            Some(_) => imported.leave(&path, "set already"),
        }
    }
    Ok(imported)
}

impl Imported {
    fn leave(&mut self, path: &SettingPath, reason: &'static str) {
        self.left.push(LeftSetting {
            path: path.to_string(),
            reason,
        });
    }
}

fn remove_defaults(fields: &mut Map<String, Value>, defaults: &Map<String, Value>) {
    fields.retain(|key, value| match (value, defaults.get(key)) {
        (Value::Object(fields), Some(Value::Object(defaults))) => {
            remove_defaults(fields, defaults);
            true
        }
        (value, default) => default != Some(value),
    });
    // `version` says who wrote the other file.
    fields.shift_remove("version");
}

/// Each setting, a connection being one: half of one would be another server.
fn settings_of(source: Map<String, Value>) -> Vec<(SettingPath, Value)> {
    let mut found = Vec::new();
    for (key, value) in source {
        let path = SettingPath::of(&[&key]);
        let is_section = Node::top().child(&key).is_some_and(Node::is_section);
        match value {
            Value::Object(fields) if is_section => {
                found.extend(
                    fields
                        .into_iter()
                        .map(|(key, value)| (path.join(&key), value)),
                );
            }
            value => found.push((path, value)),
        }
    }
    found
}
