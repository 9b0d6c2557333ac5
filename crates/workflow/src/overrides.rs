//! `SELECTOR=VALUE`: a value for an input, as people type it.

use crate::node::Link;
use crate::selector::{Selector, SelectorError};
use serde_json::Value;
use std::fmt;
use std::str::FromStr;

/// A value to set on an input before the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The input.
    pub selector: Selector,
    /// The value as typed, see [`parse_value`].
    pub typed: String,
}

impl FromStr for Override {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let (selector, typed) = split_assignment(text)?;
        Ok(Self {
            selector: selector.parse()?,
            typed: typed.to_owned(),
        })
    }
}

impl fmt::Display for Override {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}", self.selector, self.typed)
    }
}

/// Splits at the first `=` that is not inside the quotation marks of a selector.
pub fn split_assignment(text: &str) -> Result<(&str, &str), SelectorError> {
    let mut in_quotes = false;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = in_quotes,
            '"' if at == 0 || in_quotes => in_quotes = !in_quotes,
            '=' if !in_quotes => return Ok((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    let reason = "`=` and a value must follow the selector";
    Err(SelectorError::Malformed {
        text: text.to_owned(),
        reason,
    })
}

/// Reads what was typed for an input whose value so far is `current`.
///
/// Text that is JSON is taken as JSON, except that a number, `true`, `false` or `null` typed for an
/// input that holds text stays text: a prompt may well be `1984`. The same goes for a list that is
/// no link.
pub fn parse_value(typed: &str, current: Option<&Value>) -> Value {
    let text = || Value::String(typed.to_owned());
    let holds_text = current.is_some_and(Value::is_string);
    match serde_json::from_str::<Value>(typed) {
        Ok(value) if !holds_text || value.is_string() || Link::from_value(&value).is_some() => {
            value
        }
        _ => text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_present_value_decides_what_a_bare_word_means() {
        let text = json!("a cat");
        assert_eq!(parse_value("1984", Some(&text)), json!("1984"));
        assert_eq!(parse_value("[a, b]", Some(&text)), json!("[a, b]"));
        assert_eq!(parse_value("[1, 2]", Some(&text)), json!("[1, 2]"));
        assert_eq!(parse_value("\"quoted\"", Some(&text)), json!("quoted"));
        assert_eq!(parse_value("[\"3\", 0]", Some(&text)), json!(["3", 0]));
        assert_eq!(parse_value("1984", Some(&json!(5))), json!(1984));
        assert_eq!(parse_value("18446744073709551615", None), json!(u64::MAX));
        assert_eq!(
            parse_value("a red fox", Some(&json!(5))),
            json!("a red fox")
        );
        assert_eq!(parse_value("true", None), json!(true));
        assert_eq!(parse_value("", None), json!(""));
    }

    #[test]
    fn quoted_titles_may_hold_equals_signs() {
        let parsed: Override = r#""a=b \" =".text=x=y"#.parse().unwrap();
        assert_eq!(
            (parsed.selector.input.as_str(), parsed.typed.as_str()),
            ("text", "x=y")
        );
        assert_eq!(parsed.to_string(), r#""a=b \" =".text=x=y"#);
        assert!("6.text".parse::<Override>().is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in ".{0,30}") {
            if let Ok(parsed) = text.parse::<Override>() {
                prop_assert_eq!(parsed.to_string().parse::<Override>().unwrap(), parsed);
            }
        }
    }
}
