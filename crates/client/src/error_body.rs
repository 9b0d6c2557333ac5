//! What a body says about a status that is an error. ComfyUI has five ways of saying it.

use serde_json::{Map, Value};
use std::fmt;

/// Longest text that is taken over from a body; more does not help anyone.
const LONGEST_TEXT: usize = 500;

/// The body of an answer whose status is an error, in one form for all of ComfyUI's five: nothing,
/// plain text, `{"error": text}`, `{"error": {type, message, ...}}` of `POST /prompt`, and
/// `{"error": {code, message, details}}` of the assets.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ErrorBody {
    /// Stable name of the error, such as `invalid_prompt_id` or `SERVICE_DISABLED`.
    pub error_type: Option<String>,
    /// What went wrong, for people.
    pub message: Option<String>,
    /// More about it; often empty.
    pub details: Option<String>,
    /// The body as JSON, when it is a JSON object.
    pub json: Option<Map<String, Value>>,
}

impl ErrorBody {
    /// Understands any bytes.
    pub fn from_slice(body: &[u8]) -> Self {
        match comfyctl_workflow::json::from_slice_lenient(body) {
            Ok(Value::Object(json)) => Self::from_object(json),
            _ => Self {
                message: plain_text(body),
                ..Self::default()
            },
        }
    }

    fn from_object(json: Map<String, Value>) -> Self {
        let (error_type, message, details) = match json.get("error") {
            Some(Value::Object(error)) => (
                text(error.get("type")).or_else(|| text(error.get("code"))),
                text(error.get("message")),
                text(error.get("details")),
            ),
            error => (
                None,
                text(error).or_else(|| text(json.get("message"))),
                None,
            ),
        };
        Self {
            error_type,
            message,
            details,
            json: Some(json),
        }
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    value
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .map(cut)
}

/// Text of a body that is no JSON. A page of HTML says nothing that fits into a message.
fn plain_text(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.starts_with('<') {
        return Some("an HTML page".to_owned());
    }
    // aiohttp repeats the status on the first line of its own pages.
    let last_line = text.lines().rfind(|line| !line.trim().is_empty())?;
    Some(cut(last_line.trim()))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl fmt::Display for ErrorBody {
    /// Starts with a colon, or is empty, so that it can follow the status.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(message) = self.message.as_ref().or(self.error_type.as_ref()) {
            write!(formatter, ": {message}")?;
        }
        if let Some(details) = &self.details {
            write!(formatter, " ({details})")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("", "")]
    #[case("Directory not provided", ": Directory not provided")]
    #[case(
        "500 Internal Server Error\n\nServer got itself in trouble",
        ": Server got itself in trouble"
    )]
    #[case(r#"{"error": "Job not found"}"#, ": Job not found")]
    #[case(
        r#"{"error": {"type": "no_prompt", "message": "No prompt provided", "details": "x"}}"#,
        ": No prompt provided (x)"
    )]
    #[case(
        r#"{"error": {"code": "SERVICE_DISABLED", "message": "Assets off", "details": {}}}"#,
        ": Assets off"
    )]
    #[case("<!doctype html><html>", ": an HTML page")]
    #[case("[NaN]", ": [NaN]")]
    fn each_shape_reads_as_one_sentence(#[case] body: &str, #[case] shown: &str) {
        assert_eq!(ErrorBody::from_slice(body.as_bytes()).to_string(), shown);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(body in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let shown = ErrorBody::from_slice(&body).to_string();
            prop_assert!(shown.chars().count() < LONGEST_TEXT + 10);
        }
    }
}
