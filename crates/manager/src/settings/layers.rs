//! Where values come from: defaults below the file, below the environment, below flags.
//!
//! Each layer is JSON; laid over each other they give one object, which is then read into
//! [`Values`]. Paths and references that are relative start at the folder of the settings file, those
//! of the layers above it at the working folder.

use super::environment::ENVIRONMENT;
use super::error::SettingsError;
use super::path::SettingPath;
use super::schema::{self, Format, Node};
use super::value;
use super::values::Values;
use crate::error::{Error, ErrorKind};
use serde_json::{Map, Value};
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It is what it is when nobody says anything.
    Default,
    /// The settings file.
    File,
    /// An environment variable.
    Environment(&'static str),
    /// The command line, or whoever called the library.
    Flag,
}

/// The layers above the file.
#[derive(Clone, Default)]
pub struct UpperLayers {
    /// Later ones lie above earlier ones.
    values: Vec<(SettingPath, Value, Origin)>,
}

impl UpperLayers {
    /// What the environment of this process sets.
    pub fn from_environment() -> Result<Self, Error> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    pub(crate) fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let mut layers = Self::default();
        for known in ENVIRONMENT {
            let text = variable(known.name).filter(|text| !text.is_empty());
            if let (Some(setting), Some(text)) = (known.setting, text) {
                let value = value::parse(&setting.parse()?, &text)?;
                layers.add(setting.parse()?, value, Origin::Environment(known.name))?;
            }
        }
        Ok(layers)
    }

    /// Lays a value over all others.
    pub fn with_flag(mut self, path: SettingPath, value: Value) -> Result<Self, Error> {
        self.add(path, value, Origin::Flag)?;
        Ok(self)
    }

    fn add(&mut self, path: SettingPath, value: Value, origin: Origin) -> Result<(), Error> {
        schema::find(&path)?;
        let folder = std::env::current_dir().map_err(ErrorKind::File)?;
        let mut layer = nested(&path, value);
        make_absolute(&mut layer, &folder);
        if let Err(message) = super::reading::typed(&layer) {
            let origin = origin.to_string();
            return Err(SettingsError::InvalidValue { origin, message }.into());
        }
        let value = inside(layer, &path);
        self.values.push((path, value, origin));
        Ok(())
    }

    /// Which of them sets the value at a path, if one does.
    pub fn origin(&self, path: &SettingPath) -> Option<Origin> {
        let found = self.values.iter().rev().find(|(above, ..)| above == path);
        found.map(|(.., origin)| *origin)
    }

    /// The values of all layers.
    pub(super) fn over(&self, mut file: Map<String, Value>, folder: &Path) -> Map<String, Value> {
        make_absolute(&mut file, folder);
        let mut merged = defaults();
        make_absolute(&mut merged, folder);
        lay(&mut merged, file, Node::top());
        for (path, value, _) in &self.values {
            lay(&mut merged, nested(path, value.clone()), Node::top());
        }
        merged
    }
}

/// Shows no value: some are secrets.
impl fmt::Debug for UpperLayers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layers = self
            .values
            .iter()
            .map(|(path, _, origin)| (path.to_string(), origin));
        formatter.debug_map().entries(layers).finish()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File => formatter.write_str("file"),
            Self::Environment(name) => write!(formatter, "environment variable {name}"),
            Self::Flag => formatter.write_str("flag"),
        }
    }
}

pub(super) fn defaults() -> Map<String, Value> {
    match serde_json::to_value(Values::default()) {
        Ok(Value::Object(defaults)) => defaults,
        // Plain data with text keys; the fields have the same defaults when they are missing.
        _ => Map::new(),
    }
}

/// An object in which nothing is set but one value.
pub(super) fn nested(path: &SettingPath, value: Value) -> Map<String, Value> {
    let wrap =
        |value: Value, key: &str| Value::Object([(key.to_owned(), value)].into_iter().collect());
    match path.keys().rev().fold(value, wrap) {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The value that was nested at a path.
pub(super) fn inside(settings: Map<String, Value>, path: &SettingPath) -> Value {
    path.keys()
        .fold(Value::Object(settings), |mut value, key| value[key].take())
}

/// Sections are laid over each other field by field, all else replaces what is below.
fn lay(below: &mut Map<String, Value>, above: Map<String, Value>, node: Node) {
    for (key, value) in above {
        let inside = node.child(&key).filter(|inside| inside.is_section());
        match (below.get_mut(&key), value, inside) {
            (Some(Value::Object(below)), Value::Object(above), Some(inside)) => {
                lay(below, above, inside);
            }
            (_, value, _) => {
                below.insert(key, value);
            }
        }
    }
}

/// Has all paths and all references to files start at a folder.
pub(super) fn make_absolute(settings: &mut Map<String, Value>, folder: &Path) {
    schema::visit_texts(settings, &mut |format, text| {
        let prefix = match format {
            Format::Path => "",
            Format::Secret | Format::StoreUrl if text.starts_with("file:") => "file:",
            Format::StoreUrl if text.starts_with("sqlite:") => "sqlite:",
            Format::Secret | Format::StoreUrl | Format::ServerAddress => return true,
        };
        let path = folder.join(&text[prefix.len()..]);
        *text = format!("{prefix}{}", tidy(&path).display());
        true
    });
}

/// A path without the `.` that people begin relative ones with.
fn tidy(path: &Path) -> PathBuf {
    path.components().collect()
}
