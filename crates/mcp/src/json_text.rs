//! JSON that may come as text: version 2.0.0 took only text, models rather send the value itself.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// An object, or the text of one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ObjectOrText(pub(crate) Map<String, Value>);

impl<'de> Deserialize<'de> for ObjectOrText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = match Value::deserialize(deserializer)? {
            Value::String(text) if text.trim().is_empty() => return Ok(Self::default()),
            Value::String(text) => serde_json::from_str(&text).map_err(|error| {
                serde::de::Error::custom(format_args!("the text is not JSON: {error}"))
            })?,
            value => value,
        };
        match value {
            Value::Object(object) => Ok(Self(object)),
            _ => Err(serde::de::Error::custom("an object is expected")),
        }
    }
}

impl JsonSchema for ObjectOrText {
    fn schema_name() -> Cow<'static, str> {
        "ObjectOrText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["object", "string"] })
    }
}

/// A workflow as it is given: the graph itself, its text, or where it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum WorkflowText {
    /// The graph.
    Graph(Value),
    /// A name, a path or a `comfyui://` address.
    Named(String),
}

impl<'de> Deserialize<'de> for WorkflowText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
                serde_json::from_str(&text)
                    .map(Self::Graph)
                    .map_err(|error| {
                        serde::de::Error::custom(format_args!("the text is not JSON: {error}"))
                    })
            }
            Value::String(text) => Ok(Self::Named(text.trim().to_owned())),
            graph @ Value::Object(_) => Ok(Self::Graph(graph)),
            _ => Err(serde::de::Error::custom(
                "a workflow is expected: JSON in either format, a saved name or a path",
            )),
        }
    }
}

impl JsonSchema for WorkflowText {
    fn schema_name() -> Cow<'static, str> {
        "WorkflowText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["object", "string"] })
    }
}
