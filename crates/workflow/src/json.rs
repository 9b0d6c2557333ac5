//! JSON as Python writes it: bare `NaN`, `Infinity` and `-Infinity` among the numbers.
//!
//! ComfyUI serialises with Python's `json`, which emits these three tokens for non-finite floats
//! (in `/history`, `/object_info` and the metadata of images), and no JSON parser accepts them.

mod tight;

pub(crate) use tight::from_slice_tight;

use serde::de::DeserializeOwned;
use std::borrow::Cow;

/// Parses JSON that may hold bare `NaN`, `Infinity` and `-Infinity`, each of which reads as `null`,
/// as `JSON.stringify` writes them.
///
/// Clean JSON is parsed in one pass; only when that fails is the text looked through.
pub fn from_slice_lenient<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(bytes).or_else(|strict| match nullify_non_finite(bytes) {
        Cow::Owned(clean) => serde_json::from_slice(&clean),
        Cow::Borrowed(_) => Err(strict),
    })
}

/// Starts the text that [`from_slice_marking_non_finite`] puts in place of a non-finite number.
/// Its NUL keeps it apart from any text that a person would write.
pub(crate) const NON_FINITE_MARK: &str = "\0non-finite:";

/// Parses JSON in which non-finite numbers become text that starts with [`NON_FINITE_MARK`] and
/// goes on with the number as it stood, so that they can be found and refused.
pub(crate) fn from_slice_marking_non_finite<T: DeserializeOwned>(
    bytes: &[u8],
) -> Result<T, serde_json::Error> {
    let mark = |token: &'static str| format!("\"\\u0000non-finite:{token}\"").into();
    serde_json::from_slice(&replace_non_finite(bytes, mark))
}

/// Replaces each bare `NaN`, `Infinity` and `-Infinity` outside strings by `null`.
/// Borrows when there is none.
pub fn nullify_non_finite(bytes: &[u8]) -> Cow<'_, [u8]> {
    replace_non_finite(bytes, |_| "null".into())
}

fn replace_non_finite(
    bytes: &[u8],
    replacement: impl Fn(&'static str) -> Cow<'static, str>,
) -> Cow<'_, [u8]> {
    let mut clean = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'"' {
            at = end_of_string(bytes, at);
        } else if let Some(token) = non_finite_token(&bytes[at..]) {
            clean.extend_from_slice(&bytes[copied..at]);
            clean.extend_from_slice(replacement(token).as_bytes());
            at += token.len();
            copied = at;
        } else {
            at += 1;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(bytes);
    }
    clean.extend_from_slice(&bytes[copied..]);
    Cow::Owned(clean)
}

fn non_finite_token(rest: &[u8]) -> Option<&'static str> {
    const TOKENS: [&str; 3] = ["NaN", "Infinity", "-Infinity"];
    TOKENS
        .into_iter()
        .find(|token| rest.starts_with(token.as_bytes()))
}

/// Index behind the closing quote of the string that opens at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn non_finite_numbers_read_as_null() {
        let text = br#"{"a": NaN, "b": [Infinity, -Infinity, -1], "NaN": "NaN \" Infinity"}"#;
        let value: Value = from_slice_lenient(text).unwrap();
        assert_eq!(
            value,
            json!({"a": null, "b": [null, null, -1], "NaN": "NaN \" Infinity"})
        );
    }

    #[test]
    fn an_error_is_that_of_the_strict_parser() {
        let error = from_slice_lenient::<Value>(b"{\"a\": }").unwrap_err();
        assert_eq!((error.line(), error.column()), (1, 7));
    }

    proptest! {
        #[test]
        fn clean_json_is_left_alone(text in r"[ -~\n]{0,40}") {
            let json = serde_json::to_vec(&json!({ text.clone(): [text, 1.5, null] })).unwrap();
            prop_assert!(matches!(nullify_non_finite(&json), Cow::Borrowed(_)));
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = from_slice_lenient::<Value>(&bytes);
        }
    }
}
