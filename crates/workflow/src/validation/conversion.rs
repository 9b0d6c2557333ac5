//! Conversion of literals to the declared type, by the rules of Python's `int()`, `float()`,
//! `str()` and `bool()`.
//!
//! Called by the validator; the texts of the exceptions are part of the server's answer.

use super::python;
use serde_json::Value;
use std::borrow::Cow;

/// The literal as the declared type wants it, borrowed where it is so already; the error is the
/// exception's text.
pub(super) fn convert<'v>(declared: &str, value: &'v Value) -> Result<Cow<'v, Value>, String> {
    Ok(match (declared, value) {
        ("INT", Value::Number(number)) if !number.is_f64() => Cow::Borrowed(value),
        ("INT", _) => Cow::Owned(to_int(value)?),
        ("FLOAT", _) => Cow::Owned(to_float(value)?),
        ("STRING", Value::String(_)) => Cow::Borrowed(value),
        ("STRING", _) => Cow::Owned(Value::String(python::text(value))),
        ("BOOLEAN", _) => Cow::Owned(Value::Bool(python::is_true(value))),
        _ => Cow::Borrowed(value),
    })
}

fn to_int(value: &Value) -> Result<Value, String> {
    if let Some(number) = python::non_finite(value) {
        let what = if number.is_nan() { "NaN" } else { "infinity" };
        return Err(format!("cannot convert float {what} to integer"));
    }
    match value {
        Value::Bool(flag) => Ok(i64::from(*flag).into()),
        Value::Number(number) => Ok(truncate(number.as_f64().unwrap_or_default())),
        Value::String(text) => parse_int(text).ok_or_else(|| {
            format!(
                "invalid literal for int() with base 10: {}",
                python::repr(value)
            )
        }),
        other => Err(format!(
            "int() argument must be a string, a bytes-like object or a real number, not '{}'",
            python::type_name(other)
        )),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates, and no input accepts numbers beyond 64 bits"
)]
fn truncate(number: f64) -> Value {
    if number >= 0.0 {
        (number as u64).into()
    } else {
        (number as i64).into()
    }
}

fn parse_int(text: &str) -> Option<Value> {
    let digits = text.trim().replace('_', "");
    digits
        .parse::<u64>()
        .map(Value::from)
        .or_else(|_| digits.parse::<i64>().map(Value::from))
        .ok()
}

fn to_float(value: &Value) -> Result<Value, String> {
    if python::non_finite(value).is_some() {
        return Ok(value.clone());
    }
    match value {
        Value::Bool(flag) => Ok(python::from_float(f64::from(u8::from(*flag)))),
        Value::Number(number) => Ok(python::from_float(number.as_f64().unwrap_or(f64::NAN))),
        Value::String(text) => text
            .trim()
            .replace('_', "")
            .parse()
            .map(python::from_float)
            .map_err(|_| format!("could not convert string to float: {}", python::repr(value))),
        other => Err(format!(
            "float() argument must be a string or a real number, not '{}'",
            python::type_name(other)
        )),
    }
}
