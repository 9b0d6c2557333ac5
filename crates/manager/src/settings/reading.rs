//! From the bytes of a settings file to typed values, with errors that say where.

use super::error::SettingsError;
use super::path::SettingPath;
use super::schema::{self, Format};
use super::values::Values;
use crate::error::{Error, ErrorKind};
use serde_json::{Map, Value};
use std::fmt;
use std::path::Path;

/// What was found where a settings file should be.
#[derive(Clone, PartialEq, Default)]
pub(super) enum Source {
    /// There is no file.
    #[default]
    Nothing,
    Text(String),
}

impl Source {
    pub(super) fn read(file: &Path) -> Result<Self, Error> {
        match fs_err::read_to_string(file) {
            Ok(text) => Ok(Self::Text(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::Nothing),
            Err(error) => Err(ErrorKind::File(error).into()),
        }
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Self::Nothing => "{}",
            Self::Text(text) => text,
        }
    }
}

/// Shows no text, which may hold secrets.
impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Text(_) => "Text",
        })
    }
}

pub(super) fn invalid(file: &Path, message: String) -> Error {
    let path = file.to_owned();
    SettingsError::InvalidFile { path, message }.into()
}

/// The fields of the file, whatever they hold.
pub(super) fn parse(text: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(without_mark(text)) {
        Ok(Value::Object(root)) => Ok(root),
        Ok(_) => Err("it is not an object".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// The values of a whole text; an error names the setting, the line and the column.
pub(super) fn checked(text: &str) -> Result<Map<String, Value>, String> {
    let root = parse(text)?;
    refuse_lists(&root)?;
    let mut deserializer = serde_json::Deserializer::from_str(without_mark(text));
    values(&mut deserializer)?;
    Ok(root)
}

/// The values of fields that have no text.
pub(super) fn typed(root: &Map<String, Value>) -> Result<Values, String> {
    refuse_lists(root)?;
    values(Value::Object(root.clone()))
}

fn values<'de, D>(deserializer: D) -> Result<Values, String>
where
    D: serde::Deserializer<'de>,
{
    serde_path_to_error::deserialize(deserializer).map_err(describe)
}

/// Where and what. What stands in the place of a secret may be one, so it is not told.
fn describe<E: fmt::Display>(error: serde_path_to_error::Error<E>) -> String {
    let path = setting_path(error.path());
    let message = error.inner().to_string();
    let Ok(node) = schema::find(&path) else {
        return format!("`{path}`: {message}");
    };
    let place = message.rfind(" at line ").unwrap_or(message.len());
    let (problem, place) = message.split_at(place);
    if !matches!(node.format(), None | Some(Format::Path)) {
        return format!("`{path}`: it is not text{place}");
    }
    match problem.split_once(", expected ") {
        Some((problem, _)) if problem.starts_with("invalid") => {
            format!("`{path}`: {problem}, expected {}{place}", node.wanted())
        }
        _ => format!("`{path}`: {problem}{place}"),
    }
}

fn setting_path(path: &serde_path_to_error::Path) -> SettingPath {
    use serde_path_to_error::Segment;
    path.iter()
        .fold(SettingPath::top(), |here, segment| match segment {
            Segment::Map { key } => here.join(key),
            Segment::Enum { variant } => here.join(variant),
            Segment::Seq { index } => here.join(&index.to_string()),
            Segment::Unknown => here.join("?"),
        })
}

fn refuse_lists(root: &Map<String, Value>) -> Result<(), String> {
    match schema::list_for_section(root) {
        Some(path) => Err(format!("`{path}`: it is not an object")),
        None => Ok(()),
    }
}

/// Editors on Windows begin a file with a byte order mark.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
