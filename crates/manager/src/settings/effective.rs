//! The settings as they are in effect, with where each comes from: what `settings show` tells.
//! Secrets are redacted before anything leaves this file.

use super::layers::{Origin, UpperLayers};
use super::path::SettingPath;
use super::reading::Source;
use super::schema::Node;
use super::{folder_of, reading, schema, secrets};
use crate::error::Error;
use serde_json::{Map, Value};
use std::path::Path;

/// All settings, known to be right, as JSON without secrets.
#[derive(Debug, Clone)]
pub struct EffectiveSettings {
    /// What is in effect.
    pub values: Value,
    /// Where each value comes from, in the order of `values`. Of a connection only what is set.
    pub origins: Vec<SettingOrigin>,
}

/// A value and where it comes from.
#[derive(Debug, Clone)]
pub struct SettingOrigin {
    /// The setting.
    pub path: SettingPath,
    /// Its value; a secret is `[secret]`.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
}

impl EffectiveSettings {
    /// Reads the file under the given layers.
    pub fn load(file: &Path, layers: &UpperLayers) -> Result<Self, Error> {
        let invalid = |message| reading::invalid(file, message);
        let written = reading::checked(Source::read(file)?.text()).map_err(invalid)?;
        let mut merged = layers.over(written.clone(), folder_of(file));
        reading::typed(&merged).map_err(invalid)?;
        for (path, _) in schema::unknown_keys(&merged) {
            super::document::remove(&mut merged, &path);
        }
        secrets::redact(&mut merged);
        let mut origins = Vec::new();
        collect(
            &merged,
            Node::top(),
            &SettingPath::top(),
            &mut |path, value| {
                let origin = layers.origin(&path).unwrap_or_else(|| {
                    let written = super::document::get(&written, &path);
                    written.map_or(Origin::Default, |_| Origin::File)
                });
                origins.push(SettingOrigin {
                    path,
                    value: value.clone(),
                    origin,
                });
            },
        );
        Ok(Self {
            values: Value::Object(merged),
            origins,
        })
    }

    /// One value, or the object of a section; `None` when nothing is set there, nor by default.
    pub fn get(&self, path: &SettingPath) -> Result<Option<Value>, Error> {
        let node = schema::find(path)?;
        let found = path
            .keys()
            .try_fold(&self.values, |value, key| value.get(key));
        Ok(found.cloned().or_else(|| {
            // Of a connection only what is set stands among the values.
            let mut connection = path.keys().take(2);
            connection.try_fold(&self.values, |value, key| value.get(key))?;
            (path.keys().count() > 2).then(|| node.default())
        }))
    }
}

fn collect(
    fields: &Map<String, Value>,
    node: Node,
    here: &SettingPath,
    found: &mut impl FnMut(SettingPath, &Value),
) {
    for (key, value) in fields {
        let path = here.join(key);
        match (node.child(key), value) {
            (Some(inside), Value::Object(fields)) if inside.is_section() => {
                collect(fields, inside, &path, found);
            }
            _ => found(path, value),
        }
    }
}
