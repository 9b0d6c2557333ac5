//! A JSON Schema (draft 2020-12) of the parameters: for a form, or for the arguments of a tool.

use super::{Origin, Parameter, Parameters, ValueType};
use serde_json::{Map, Value, json};

impl Parameters {
    /// An object schema with one property per parameter. A value that is left out stays as it is in
    /// the workflow, which is what `default` says.
    pub fn json_schema(&self) -> Value {
        let properties: Map<String, Value> = self
            .iter()
            .map(|parameter| (parameter.name.clone(), property(parameter)))
            .collect();
        let required: Vec<&str> = self
            .iter()
            .filter(|parameter| parameter.required)
            .map(|parameter| parameter.name.as_str())
            .collect();
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": properties,
        });
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        schema["additionalProperties"] = json!(false);
        schema
    }
}

fn property(parameter: &Parameter) -> Value {
    let mut property = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            property.insert(key.to_owned(), value);
        }
    };
    put("type", type_name(parameter.value_type).map(Value::from));
    put("description", Some(description(parameter).into()));
    put("default", parameter.value.clone());
    put("minimum", parameter.minimum.clone().map(Value::Number));
    put("maximum", parameter.maximum.clone().map(Value::Number));
    // An empty `enum` admits nothing and is discouraged; the server simply has no such files.
    let choices = parameter.choices.clone();
    put(
        "enum",
        choices.filter(|all| !all.is_empty()).map(Value::Array),
    );
    Value::Object(property)
}

fn type_name(value_type: ValueType) -> Option<&'static str> {
    match value_type {
        ValueType::String => Some("string"),
        ValueType::Integer => Some("integer"),
        ValueType::Number => Some("number"),
        ValueType::Boolean => Some("boolean"),
        ValueType::Any => None,
    }
}

/// What it is and where it goes: `The positive prompt; text of "Prompt" (CLIPTextEncode, node 6)`.
fn description(parameter: &Parameter) -> String {
    // The help of a class says of both prompts that they are texts to be encoded.
    let role = parameter.role.filter(|_| parameter.origin == Origin::Input);
    let what = role
        .map(|role| format!("The {} prompt", role.as_str()))
        .or_else(|| parameter.description.clone());
    let places: Vec<String> = parameter
        .targets
        .iter()
        .map(|target| match &target.title {
            Some(title) => format!(
                "{} of \"{title}\" ({}, node {})",
                target.input, target.class, target.node
            ),
            None => format!(
                "{} of {} (node {})",
                target.input, target.class, target.node
            ),
        })
        .collect();
    let places = places.join(", ");
    match what {
        Some(what) => format!("{}; {places}", what.trim_end_matches('.')),
        None => places,
    }
}
