//! The settings file, as `settings_manager` reads and changes it. Secrets are read as `[secret]`.

use crate::error::Failure;
use crate::json;
use comfyctl_manager::settings::{EffectiveSettings, SettingPath, SettingsDocument, UpperLayers};
use comfyctl_manager::{Error, Locations, Settings};
use pyo3::prelude::*;
use serde_json::{Value, json};
use std::path::PathBuf;

/// The settings file of this user, which need not exist.
#[pyfunction]
pub(crate) fn settings_file() -> PyResult<PathBuf> {
    let locations = Locations::find(None).map_err(Failure::from)?;
    Ok(locations.settings_file)
}

/// All settings as they are in effect.
#[pyfunction]
pub(crate) fn settings_read(py: Python<'_>, file: PathBuf) -> PyResult<Bound<'_, PyAny>> {
    let read = || -> Result<Value, Error> {
        let layers = UpperLayers::from_environment()?;
        let mut values = EffectiveSettings::load(&file, &layers)?.values;
        let settings = Settings::load_with(&file, layers)?;
        values["connections"] = connections(&settings);
        values["default_connection"] = settings.default_connection_name().into();
        Ok(values)
    };
    let values = py.detach(read).map_err(Failure::from)?;
    json::to_python(py, &values)
}

/// Sets values, each by its keys; `None` takes one away. All are set or none.
#[pyfunction]
pub(crate) fn settings_change(
    py: Python<'_>,
    file: PathBuf,
    changes: Vec<(Vec<String>, Bound<'_, PyAny>)>,
) -> PyResult<()> {
    let changes: Vec<(Vec<String>, Value)> = changes
        .into_iter()
        .map(|(keys, value)| Ok((keys, json::from_python(&value)?)))
        .collect::<PyResult<_>>()?;
    let edit = |document: &mut SettingsDocument| {
        for (keys, value) in changes {
            let path = path_of(&keys)?;
            if !value.is_null() {
                document.set(&path, value)?;
            } else if document.get(&path).is_some() {
                document.unset(&path)?;
            }
        }
        Ok(())
    };
    py.detach(|| SettingsDocument::edit(&file, edit))
        .map_err(|error| Failure::from(error).into())
}

/// Names of the connections that the file itself has.
#[pyfunction]
pub(crate) fn settings_connections(file: PathBuf) -> PyResult<Vec<String>> {
    let document = SettingsDocument::read(&file).map_err(Failure::from)?;
    Ok(document.connection_names())
}

/// Removes a connection; `false` when there is none of that name in the file.
#[pyfunction]
pub(crate) fn settings_remove_connection(
    py: Python<'_>,
    file: PathBuf,
    name: &str,
) -> PyResult<bool> {
    let edit = |document: &mut SettingsDocument| {
        let is_there = document.connection_names().iter().any(|each| each == name);
        if is_there {
            document.remove_connection(name)?;
        }
        Ok(is_there)
    };
    py.detach(|| SettingsDocument::edit(&file, edit))
        .map_err(|error| Failure::from(error).into())
}

/// Each key is one name, whatever it holds.
fn path_of(keys: &[String]) -> Result<SettingPath, Error> {
    let quoted: Vec<_> = keys.iter().map(|key| json!(key).to_string()).collect();
    Ok(quoted.join(".").parse()?)
}

/// Those that can be used, with the fields of version 2.0.0.
fn connections(settings: &Settings) -> Value {
    let found = settings.connections().into_iter();
    let usable = found.filter_map(|(name, connection)| {
        let connection = connection.ok()?;
        let url = connection.connection.url.as_url();
        let view = json!({
            "host": url.host_str(),
            "port": url.port_or_known_default(),
            "use_ssl": url.scheme() == "https",
        });
        Some((name.to_owned(), view))
    });
    Value::Object(usable.collect())
}
