//! Reads what a client gave a tool: typed, as forgiving as version 2.0.0 was about numbers in
//! quotation marks, and precise about what does not fit.

use crate::failure::Failure;
use rmcp::model::JsonObject;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads arguments that a schema describes.
pub(crate) fn read<T: DeserializeOwned>(
    mut arguments: JsonObject,
    schema: &JsonObject,
) -> Result<T, Failure> {
    let no_properties = JsonObject::new();
    let properties = schema.get("properties").and_then(Value::as_object);
    let properties = properties.unwrap_or(&no_properties);
    // Many clients send null for what was left out.
    arguments.retain(|_, value| !value.is_null());
    for (name, value) in &mut arguments {
        let Some(property) = properties.get(name) else {
            return Err(unknown(name, properties));
        };
        convert(value, property);
    }
    serde_path_to_error::deserialize(Value::Object(arguments)).map_err(|error| {
        let path = error.path().to_string();
        let message = in_words(error.inner().to_string());
        match path.as_str() {
            "." | "?" => Failure::invalid(message),
            _ => Failure::invalid(format!("`{path}`: {message}")),
        }
    })
}

/// The message without the words of the programming language.
fn in_words(message: String) -> String {
    let types = [
        ("u32", "a whole number, 0 or more"),
        ("usize", "a whole number, 0 or more"),
        ("i64", "a whole number"),
        ("f64", "a number"),
    ];
    types.into_iter().fold(message, |message, (name, words)| {
        message.replace(&format!("expected {name}"), &format!("expected {words}"))
    })
}

fn unknown(name: &str, properties: &JsonObject) -> Failure {
    let known: Vec<&str> = properties.keys().map(String::as_str).collect();
    let otherwise = match &known[..] {
        [] => "it takes no parameters".to_owned(),
        known => format!("it takes: {}", known.join(", ")),
    };
    Failure::invalid(format!("there is no parameter `{name}`"))
        .with_nearest(name, known, &otherwise)
}

/// Takes `"20"` for 20 and `20.0` for a whole number, where a number is meant.
fn convert(value: &mut Value, property: &Value) {
    let wanted = property
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if let ("integer" | "number" | "boolean", Value::String(text)) = (wanted, &*value)
        && let Ok(parsed) = serde_json::from_str(&text.trim().to_lowercase())
    {
        *value = parsed;
    }
    if wanted == "integer"
        && let Some(number) = value
            .as_f64()
            .filter(|_| !value.is_i64() && !value.is_u64())
        && let Ok(whole) = format!("{number:.0}").parse::<i64>()
        && number.fract() == 0.0
    {
        *value = whole.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;
    use schemars::JsonSchema;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Default, PartialEq, Deserialize, JsonSchema)]
    #[serde(default)]
    struct Sample {
        steps: i64,
        cfg: f64,
        wait: bool,
        connection: Option<String>,
    }

    fn sample(arguments: Value) -> Result<Sample, Failure> {
        let arguments = arguments.as_object().cloned().unwrap();
        read(arguments, &schema::of_input::<Sample>())
    }

    #[test]
    fn numbers_may_come_in_quotation_marks() {
        let read = sample(json!({"steps": "20", "cfg": "7", "wait": "True", "connection": "1"}));
        let expected = Sample {
            steps: 20,
            cfg: 7.0,
            wait: true,
            connection: Some("1".to_owned()),
        };
        assert_eq!(read.unwrap(), expected);
        assert_eq!(
            sample(json!({"steps": 20.0, "cfg": null})).unwrap().steps,
            20
        );
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let wrong = sample(json!({"steps": 20.5})).unwrap_err();
        assert!(wrong.message.starts_with("`steps`: "), "{}", wrong.message);
        assert!(
            wrong.message.ends_with("expected a whole number"),
            "{}",
            wrong.message
        );
        let unknown = sample(json!({"conection": "gpu"})).unwrap_err();
        assert_eq!(unknown.message, "there is no parameter `conection`");
        assert_eq!(unknown.hint.as_deref(), Some("did you mean `connection`?"));
    }
}
