//! Values as JavaScript sees them, where the editor leaves that to the language.

use serde_json::{Number, Value};

/// Whether a condition on the value holds.
pub(super) fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// The value joined to a text. Lists are joined by commas, at any depth down to 64.
pub(super) fn text(value: &Value) -> String {
    text_at(value, 0)
}

fn text_at(value: &Value, depth: usize) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number_text(number),
        Value::String(text) => text.clone(),
        Value::Array(items) if depth < 64 => {
            let item = |item: &Value| match item {
                Value::Null => String::new(),
                item => text_at(item, depth + 1),
            };
            items.iter().map(item).collect::<Vec<_>>().join(",")
        }
        Value::Array(_) => String::new(),
        Value::Object(_) => "[object Object]".to_owned(),
    }
}

/// `1` for 1.0, `1e+21` for large and `1e-7` for small numbers.
fn number_text(number: &Number) -> String {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
        return number.to_string();
    };
    let size = float.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{float:e}");
        return match text.split_once('e') {
            Some((digits, power)) if !power.starts_with('-') => format!("{digits}e+{power}"),
            _ => text,
        };
    }
    // Negative zero is written without its sign.
    format!("{}", float + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!(5), "5")]
    #[case(json!(5.0), "5")]
    #[case(json!(-0.0), "0")]
    #[case(json!(0.1), "0.1")]
    #[case(json!(1e21), "1e+21")]
    #[case(json!(1.5e-7), "1.5e-7")]
    #[case(json!(["a", ["b", null], 1]), "a,b,,1")]
    #[case(json!({}), "[object Object]")]
    #[case(json!(null), "null")]
    fn values_are_written_as_javascript_does(#[case] value: Value, #[case] expected: &str) {
        assert_eq!(text(&value), expected);
    }
}
