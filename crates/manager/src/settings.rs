//! The settings: `api_manager_settings.json`, as version 2.0.0 wrote it and with what is new.
//!
//! [`Settings`] is for readers: everything resolved, from defaults below the file below the
//! environment below flags. [`SettingsDocument`] is for writers: the file as it is, of which nothing
//! is lost. A broken file is an error that says where, never a reset.

mod choice;
mod connections;
mod document;
mod effective;
mod environment;
mod error;
mod import;
mod layers;
mod path;
mod reading;
mod schema;
mod secrets;
mod store_location;
mod value;
mod values;
mod watch;
mod writing;

pub use choice::{ANY_CONNECTION, BUILT_IN_CONNECTION, ConnectionChoice, NamedConnection};
pub use connections::{ConnectionChange, CredentialsChange};
pub use document::SettingsDocument;
pub use effective::{EffectiveSettings, SettingOrigin};
pub use environment::{
    CONFIG_VARIABLE, DATA_VARIABLE, ENVIRONMENT, EnvironmentVariable, LOG_VARIABLE, URL_VARIABLE,
};
pub use error::SettingsError;
pub use import::{Imported, LeftSetting, import};
pub use layers::{Origin, UpperLayers};
pub use path::SettingPath;
pub use schema::{is_read_at_start, json_schema};
pub use store_location::StoreLocation;
pub use value::parse as parse_value;
pub use values::{
    ApiSettings, HistorySettings, JobSettings, LogLevel, LoggingSettings, McpSettings, McpTools,
    McpTransport, NetworkSettings, Seconds,
};
pub use watch::SettingsWatch;

use crate::error::Error;
use comfyctl_client::SecretReference;
use indexmap::IndexMap;
use reading::Source;
use std::path::{Path, PathBuf};
use values::Values;

/// The latest major version whose files are known.
const MAJOR_VERSION: u64 = 3;

/// The settings as they are in effect: resolved, with paths that are absolute.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    file: PathBuf,
    source: Source,
    layers: UpperLayers,
    values: Values,
    /// What is odd in the file and does no harm: unknown keys, with the nearest known one.
    pub warnings: Vec<String>,
}

impl Settings {
    /// Reads the file, a missing one being empty, and what the environment lays over it.
    pub fn load(file: &Path) -> Result<Self, Error> {
        Self::load_with(file, UpperLayers::from_environment()?)
    }

    /// Reads the file under the given layers.
    pub fn load_with(file: &Path, layers: UpperLayers) -> Result<Self, Error> {
        Self::from_source(file, Source::read(file)?, layers)
    }

    fn from_source(file: &Path, source: Source, layers: UpperLayers) -> Result<Self, Error> {
        let invalid = |message| reading::invalid(file, message);
        let root = reading::checked(source.text()).map_err(invalid)?;
        let mut warnings: Vec<String> = schema::unknown_keys(&root).iter().map(unknown).collect();
        if secrets::holds_secrets(&root) && writing::is_readable_by_others(file) {
            warnings.push(format!(
                "`{}` holds secrets and can be read by others: `chmod 600` ends that",
                file.display()
            ));
        }
        let merged = layers.over(root, folder_of(file));
        let values = reading::typed(&merged).map_err(invalid)?;
        warnings.extend(later_version(&values.version));
        Ok(Self {
            file: file.to_owned(),
            source,
            layers,
            values,
            warnings,
        })
    }

    /// The file that they were read from, which need not exist.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The folder of saved workflows.
    pub fn workflows_folder(&self) -> PathBuf {
        self.values.workflows_dir.clone()
    }

    /// The MCP server.
    pub fn mcp(&self) -> &McpSettings {
        &self.values.mcp
    }

    /// The REST routes inside ComfyUI.
    pub fn api(&self) -> &ApiSettings {
        &self.values.api
    }

    /// The log.
    pub fn logging(&self) -> &LoggingSettings {
        &self.values.logging
    }

    /// What is kept of jobs that have ended.
    pub fn job_history(&self) -> &HistorySettings {
        &self.values.job_history
    }

    /// How jobs are run unless they say otherwise.
    pub fn jobs(&self) -> &JobSettings {
        &self.values.jobs
    }

    /// What the HTTP nodes may reach.
    pub fn network(&self) -> &NetworkSettings {
        &self.values.network
    }

    /// Credentials that nodes refer to by name.
    pub fn secrets(&self) -> &IndexMap<String, SecretReference> {
        &self.values.secrets
    }
}

/// Where relative paths of a file start.
fn folder_of(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}

fn unknown((path, meant): &(SettingPath, Option<&'static str>)) -> String {
    let meant = meant
        .map(|name| format!(", did you mean `{name}`?"))
        .unwrap_or_default();
    format!("`{path}` is not a setting{meant}")
}

fn later_version(version: &str) -> Option<String> {
    let major: u64 = version.split('.').next()?.parse().ok()?;
    (major > MAJOR_VERSION).then(|| {
        format!("the settings were written by version {version}; what it added has no effect here")
    })
}

#[cfg(test)]
mod tests;
