//! Python's view of JSON values: how it prints them, names their types and compares them.
//!
//! Used by validation for messages and by the simulator for answers. Numbers that JSON does not
//! have (`NaN`, `Infinity`) travel as marked texts, see [`parse`].

use crate::json::{NON_FINITE_MARK, from_slice_marking_non_finite};
use serde_json::{Map, Number, Value};
use std::fmt::Write as _;

/// Parses JSON as Python does: `NaN`, `Infinity` and `-Infinity` become texts that [`non_finite`]
/// knows and [`dumps`] writes back as they were.
pub fn parse(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    from_slice_marking_non_finite(bytes)
}

/// The number that a value of [`parse`] stands for, if it stands for a non-finite one.
pub fn non_finite(value: &Value) -> Option<f64> {
    match value.as_str()?.strip_prefix(NON_FINITE_MARK)? {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        _ => Some(f64::NEG_INFINITY),
    }
}

/// A float as a JSON value, marked when it is not finite.
pub fn from_float(number: f64) -> Value {
    Number::from_f64(number).map_or_else(|| mark(number), Value::Number)
}

fn mark(number: f64) -> Value {
    let token = match number {
        number if number.is_nan() => "NaN",
        number if number > 0.0 => "Infinity",
        _ => "-Infinity",
    };
    Value::String(format!("{NON_FINITE_MARK}{token}"))
}

/// Name of the Python type that a JSON value is read as.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) if non_finite(value).is_some() => "float",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// Python's `str()`: texts as they are, everything else like [`repr`].
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) if non_finite(value).is_none() => text.clone(),
        other => repr(other),
    }
}

/// Python's `repr()`.
pub fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => float_repr(float),
            _ => number.to_string(),
        },
        Value::String(text) => non_finite(value).map_or_else(|| text_repr(text), float_repr),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(repr).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", text_repr(key), repr(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

fn text_repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut printed = String::from(quote);
    for character in text.chars() {
        match character {
            '\n' => printed.push_str("\\n"),
            '\r' => printed.push_str("\\r"),
            '\t' => printed.push_str("\\t"),
            '\\' => printed.push_str("\\\\"),
            other if other == quote => {
                printed.push('\\');
                printed.push(other);
            }
            other => printed.push(other),
        }
    }
    printed.push(quote);
    printed
}

/// Shortest digits that read back the same; with an exponent below 1e-4 and from 1e16 on.
fn float_repr(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.into();
    }
    let magnitude = number.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let scientific = format!("{number:e}");
        let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let sign = if exponent.starts_with('-') { '-' } else { '+' };
        return format!("{digits}e{sign}{:0>2}", exponent.trim_start_matches('-'));
    }
    format!("{number:?}")
}

/// Python's truth of a value.
pub fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
    }
}

/// Python's `==`, for which `1`, `1.0` and `True` are the same.
pub fn equal(left: &Value, right: &Value) -> bool {
    match (number(left), number(right)) {
        #[expect(clippy::float_cmp, reason = "Python compares the numbers exactly")]
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Value::Number(number) => number.as_f64(),
        other => non_finite(other),
    }
}

/// Python's `json.dumps`: a blank after each comma and colon, ASCII only, bare `NaN`.
pub fn dumps(value: &Value) -> String {
    let mut out = String::new();
    dump(value, &mut out);
    out
}

fn dump(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => match non_finite(value) {
            Some(_) => out.push_str(&text[NON_FINITE_MARK.len()..]),
            None => dump_text(text, out),
        },
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => out.push_str(&float_repr(float)),
            _ => {
                let _ = write!(out, "{number}");
            }
        },
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                dump(item, out);
            }
            out.push(']');
        }
        Value::Object(entries) => dump_entries(entries, out),
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
    }
}

fn dump_entries(entries: &Map<String, Value>, out: &mut String) {
    out.push('{');
    for (index, (key, value)) in entries.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { ", " });
        dump_text(key, out);
        out.push_str(": ");
        dump(value, out);
    }
    out.push('}');
}

fn dump_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(character),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_print_as_in_python() {
        let value = json!({"a": [1, 1.0, 1e-7, 1e16, true, null, "it's"]});
        assert_eq!(
            repr(&value),
            r#"{'a': [1, 1.0, 1e-07, 1e+16, True, None, "it's"]}"#
        );
    }

    #[test]
    fn json_is_written_with_blanks_ascii_and_bare_non_finite_numbers() {
        let value = parse(r#"{"a":[NaN,-Infinity,5.0],"ü":"𝄞\n"}"#.as_bytes()).unwrap();
        assert_eq!(
            dumps(&value),
            r#"{"a": [NaN, -Infinity, 5.0], "\u00fc": "\ud834\udd1e\n"}"#
        );
    }

    #[test]
    fn one_and_true_are_equal() {
        assert!(equal(&json!(1), &json!(true)));
        assert!(equal(&json!(1.0), &json!(1)));
        assert!(!equal(&json!("1"), &json!(1)));
    }
}
