//! JSON that people type into a node: an object, with or without the braces around it.
//!
//! Errors say what is wrong and where, and never show the text, which may hold credentials.

use crate::error::Error;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Reads an object; an empty text is an empty one.
pub fn object(input: &str, text: &str) -> Result<Map<String, Value>, Error> {
    let Some(text) = document(input, text)? else {
        return Ok(Map::new());
    };
    match serde_json::from_str(&text) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(Error::input(input, "must be a JSON object")),
    }
}

/// An object as text, with its braces; an empty text is an empty object.
pub fn object_text(input: &str, text: &str) -> Result<String, Error> {
    object(input, text)?;
    Ok(document(input, text)?.map_or_else(|| "{}".to_owned(), Cow::into_owned))
}

/// Checks that a text is JSON, and gives it as it is to be sent, digit by digit as it was typed. `None`
/// if it is empty.
pub fn document<'t>(input: &str, text: &'t str) -> Result<Option<Cow<'t, str>>, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let problem = match check(text) {
        Ok(()) => return Ok(Some(Cow::Borrowed(text))),
        Err(problem) => problem,
    };
    let braced = format!("{{{text}}}");
    if check(&braced).is_ok() {
        return Ok(Some(Cow::Owned(braced)));
    }
    Err(Error::input(input, format!("is not JSON: {problem}")))
}

fn check(text: &str) -> Result<(), serde_json::Error> {
    serde_json::from_str::<&RawValue>(text).map(drop)
}

/// A value as a form field or a part of an address: texts as they are, all else as JSON.
pub fn plain(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("", json!({}))]
    #[case(" \n", json!({}))]
    #[case(r#"{"a": 1}"#, json!({"a": 1}))]
    #[case(r#""a": 1, "b": [true]"#, json!({"a": 1, "b": [true]}))]
    fn braces_may_be_left_out(#[case] text: &str, #[case] wanted: Value) {
        assert_eq!(Value::Object(object("headers", text).unwrap()), wanted);
    }

    #[rstest]
    #[case("s3cret")]
    #[case("{\"token\": s3cret}")]
    #[case("[\"s3cret\"]")]
    #[case("\"s3cret\"")]
    #[case("{\"s3cret\": \"\\uD800\"}")]
    fn what_is_wrong_is_told_without_the_text(#[case] text: &str) {
        let error = object("auth_credentials", text).unwrap_err();
        assert_eq!(error.code(), "invalid_input");
        assert!(error.to_string().starts_with("`auth_credentials` "));
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
    }

    #[test]
    fn numbers_stay_as_they_were_typed() {
        let text = r#"{"n": 123456789012345678901234567890, "x": 1.10}"#;
        assert_eq!(document("request_body", text).unwrap().unwrap(), text);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it_or_is_shown(text in any::<String>()) {
            if let Err(error) = object("headers", &format!("\"S3CRET{text}")) {
                prop_assert!(!error.to_string().contains("S3CRET"));
            }
        }

        #[test]
        fn what_is_json_is_taken(number in any::<i64>(), key in any::<String>()) {
            let fields = json!({(key): number});
            let text = fields.to_string();
            prop_assert_eq!(Value::Object(object("headers", &text).unwrap()), fields.clone());
            let bare = &text[1..text.len() - 1];
            prop_assert_eq!(Value::Object(object("headers", bare).unwrap()), fields);
        }
    }
}
