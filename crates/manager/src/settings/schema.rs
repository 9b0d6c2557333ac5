//! The JSON Schema of the settings, made from [`Values`], and how one finds one's way in it.
//!
//! Everything that must know all keys asks here: warnings about unknown ones, `settings set`, the
//! redaction of secrets and the paths that are relative to the file. Adding a field to [`Values`] is
//! all that a new setting takes.

use super::error::SettingsError;
use super::path::SettingPath;
use super::values::Values;
use comfyctl_workflow::nearest;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};
use std::sync::LazyLock;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let mut settings = SchemaSettings::draft2020_12();
    // Without references a place in the settings is a place in the schema.
    settings.inline_subschemas = true;
    settings
        .into_generator()
        .into_root_schema_for::<Values>()
        .to_value()
});

/// The JSON Schema of the settings file.
pub fn json_schema() -> &'static Value {
    &SCHEMA
}

/// What the schema says of one place in the settings.
#[derive(Clone, Copy)]
pub(super) struct Node(&'static Value);

/// What a text means, where it is more than text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// A path, relative to the file.
    Path,
    /// A secret, or where it stands.
    Secret,
    /// Address of a ComfyUI server, which may hold credentials.
    ServerAddress,
    /// Address of a database, which may hold credentials.
    StoreUrl,
}

impl Node {
    pub(super) fn top() -> Self {
        Self(&SCHEMA)
    }

    /// What may stand there: a value that may be missing is a choice with null.
    fn alternatives(self) -> Vec<Self> {
        let choices = self.0.get("anyOf").or_else(|| self.0.get("oneOf"));
        match choices.and_then(Value::as_array) {
            Some(choices) => choices
                .iter()
                .flat_map(|choice| Self(choice).alternatives())
                .collect(),
            None => vec![self],
        }
    }

    fn properties(self) -> impl Iterator<Item = (&'static str, Self)> {
        let properties = |node: Self| {
            node.0
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
        };
        self.alternatives()
            .into_iter()
            .flat_map(properties)
            .map(|(key, node)| (key.as_str(), Self(node)))
    }

    /// Names of the keys that may stand there; none where any may.
    pub(super) fn keys(self) -> Vec<&'static str> {
        self.properties().map(|(key, _)| key).collect()
    }

    /// What every entry is, where entries have names of the user's choice.
    pub(super) fn entry(self) -> Option<Self> {
        self.0
            .get("additionalProperties")
            .filter(|entry| entry.is_object())
            .map(Self)
    }

    pub(super) fn child(self, key: &str) -> Option<Self> {
        let named = self.properties().find(|(name, _)| *name == key);
        named.map(|(_, node)| node).or_else(|| self.entry())
    }

    /// What stands in a list.
    fn item(self) -> Option<Self> {
        self.alternatives()
            .iter()
            .find_map(|node| node.0.get("items"))
            .map(Self)
    }

    pub(super) fn format(self) -> Option<Format> {
        let formats = self.alternatives().into_iter().chain([self]);
        formats
            .filter_map(|node| node.0.get("format")?.as_str())
            .find_map(|format| match format {
                "path" => Some(Format::Path),
                "secret" => Some(Format::Secret),
                "server-address" => Some(Format::ServerAddress),
                "store-url" => Some(Format::StoreUrl),
                _ => None,
            })
    }

    /// Whether a value of that JSON type may stand there.
    pub(super) fn admits(self, kind: &str) -> bool {
        self.alternatives()
            .iter()
            .any(|node| match node.0.get("type") {
                Some(Value::String(one)) => one == kind,
                Some(Value::Array(several)) => several.iter().any(|one| one == kind),
                _ => false,
            })
    }

    /// Whether other settings stand inside.
    pub(super) fn is_section(self) -> bool {
        self.entry().is_some() || self.properties().next().is_some()
    }

    /// What it is when nobody says anything.
    pub(super) fn default(self) -> Value {
        self.0.get("default").cloned().unwrap_or_default()
    }

    /// What may stand there, in words.
    pub(super) fn wanted(self) -> String {
        let forms = [
            ("object", "an object"),
            ("array", "a list such as [\"one\", \"two\"]"),
            ("boolean", "true or false"),
            ("integer", "a whole number"),
            ("number", "a number"),
            ("string", "text"),
        ];
        let form = forms.iter().find(|(kind, _)| self.admits(kind));
        let form = form.map_or("something else", |(_, form)| form);
        match (self.0.get("minimum"), self.0.get("maximum")) {
            (Some(least), Some(most)) => format!("{form} from {least} to {most}"),
            (Some(least), None) => format!("{form} from {least} on"),
            _ => form.to_owned(),
        }
    }
}

/// What the schema says of a setting, or the nearest that there is.
pub(super) fn find(path: &SettingPath) -> Result<Node, SettingsError> {
    let mut here = SettingPath::top();
    let mut node = Node::top();
    for key in path.keys() {
        node = node.child(key).ok_or_else(|| {
            let known = node.keys();
            SettingsError::Unknown {
                path: path.clone(),
                nearest: nearest(key, known.iter().copied()).map(|key| here.join(key)),
                known: known
                    .into_iter()
                    .map(|key| here.join(key).to_string())
                    .collect(),
            }
        })?;
        here = here.join(key);
    }
    Ok(node)
}

/// Whether programs that run already go on with the old value of a setting when it is changed.
pub fn is_read_at_start(path: &SettingPath) -> bool {
    find(path).is_ok_and(|node| node.0.get("x-read-at-start").is_some())
}

/// Paths of all keys that are no settings, with what was probably meant.
pub(super) fn unknown_keys(
    settings: &Map<String, Value>,
) -> Vec<(SettingPath, Option<&'static str>)> {
    let mut unknown = Vec::new();
    collect_unknown(settings, Node::top(), &SettingPath::top(), &mut unknown);
    unknown
}

fn collect_unknown(
    settings: &Map<String, Value>,
    node: Node,
    here: &SettingPath,
    unknown: &mut Vec<(SettingPath, Option<&'static str>)>,
) {
    for (key, value) in settings {
        let path = here.join(key);
        match (node.child(key), value) {
            (None, _) => unknown.push((path, nearest(key, node.keys()))),
            (Some(inside), Value::Object(fields)) if inside.is_section() => {
                collect_unknown(fields, inside, &path, unknown);
            }
            _ => {}
        }
    }
}

/// The first place where a list stands for a section: it would be taken as its fields in order.
pub(super) fn list_for_section(settings: &Map<String, Value>) -> Option<SettingPath> {
    fn look(fields: &Map<String, Value>, node: Node, here: &SettingPath) -> Option<SettingPath> {
        fields.iter().find_map(|(key, value)| {
            let (inside, path) = (node.child(key)?, here.join(key));
            match value {
                Value::Array(_) if inside.is_section() => Some(path),
                Value::Object(fields) => look(fields, inside, &path),
                _ => None,
            }
        })
    }
    look(settings, Node::top(), &SettingPath::top())
}

/// Shows every text that is more than text to a function, which may replace it or, with `false`,
/// have its key removed.
pub(super) fn visit_texts(
    settings: &mut Map<String, Value>,
    visit: &mut impl FnMut(Format, &mut String) -> bool,
) {
    visit_fields(settings, Node::top(), visit);
}

fn visit_fields(
    fields: &mut Map<String, Value>,
    node: Node,
    visit: &mut impl FnMut(Format, &mut String) -> bool,
) {
    fields.retain(|key, value| {
        node.child(key)
            .is_none_or(|node| visit_value(value, node, visit))
    });
}

fn visit_value(
    value: &mut Value,
    node: Node,
    visit: &mut impl FnMut(Format, &mut String) -> bool,
) -> bool {
    match value {
        Value::String(text) => node.format().is_none_or(|format| visit(format, text)),
        Value::Object(fields) => {
            visit_fields(fields, node, visit);
            true
        }
        Value::Array(items) => {
            // The format of a list is that of what stands in it.
            let format = node.format().or_else(|| node.item().and_then(Node::format));
            if let Some(format) = format {
                items.retain_mut(|item| match item {
                    Value::String(text) => visit(format, text),
                    _ => true,
                });
            }
            true
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_setting_is_found_wherever_it_stands() {
        let admits = |path: &str, kind| find(&path.parse().unwrap()).unwrap().admits(kind);
        assert!(admits("mcp.port", "integer"));
        assert!(admits("connections.gpu.credentials.token", "string"));
        assert!(admits("connections.gpu.credentials.token", "null"));
        assert!(admits("connections.gpu.credentials.type", "string"));
        assert!(admits("connections.gpu.labels", "array"));
        assert!(admits("logging.level", "string"));
        assert!(admits("jobs.run_timeout_seconds", "number"));
        assert!(!admits("connections.gpu", "string"));
    }

    #[test]
    fn what_is_no_setting_is_told_with_the_nearest() {
        let error = find(&"connections.gpu.prot".parse().unwrap())
            .err()
            .unwrap();
        assert_eq!(
            error.to_string(),
            "there is no setting `connections.gpu.prot`"
        );
        assert_eq!(
            error.hint().unwrap(),
            "did you mean `connections.gpu.port`?"
        );
        let error = find(&"mcp.port.x".parse().unwrap()).err().unwrap();
        assert_eq!(error.to_string(), "there is no setting `mcp.port.x`");
    }

    #[test]
    fn every_text_that_is_more_than_text_is_shown() {
        let mut settings = object(json!({
            "workflows_dir": "w", "default_connection": "gpu",
            "mcp": {"auth_token": "t", "allowed_folders": ["f", "g"]},
            "store": {"url": "u", "password": "p"},
            "connections": {"gpu": {"url": "a", "ca_file": "c", "credentials": {"type": "bearer", "token": "s"}}},
            "unknown": {"auth_token": "x"}
        }));
        let mut seen = Vec::new();
        visit_texts(&mut settings, &mut |format, text| {
            seen.push(format!("{format:?} {text}"));
            format != Format::Secret
        });
        assert_eq!(
            seen,
            [
                "Path w",
                "Secret t",
                "Path f",
                "Path g",
                "StoreUrl u",
                "Secret p",
                "ServerAddress a",
                "Path c",
                "Secret s"
            ]
        );
        assert_eq!(settings["store"], json!({"url": "u"}));
        assert_eq!(settings["unknown"], json!({"auth_token": "x"}));
    }
}
