//! Ids of nodes and links as the editor compares them: as keys of a JavaScript object.

use serde_json::Value;
use std::fmt;

/// An id. The number `7` and the text `"7"` are the same one, as they are in the editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key<'a> {
    /// A whole number.
    Number(i64),
    /// Any other text.
    Text(&'a str),
}

impl<'a> Key<'a> {
    /// The boundary through which values come into a subgraph.
    pub const INPUTS: Self = Self::Number(-10);
    /// The boundary through which values leave a subgraph.
    pub const OUTPUTS: Self = Self::Number(-20);

    /// Reads an id; `None` for anything but a whole number or a text.
    pub fn from_value(value: &'a Value) -> Option<Self> {
        match value {
            Value::Number(number) => number
                .as_i64()
                .or_else(|| whole(number.as_f64()?))
                .map(Self::Number),
            Value::String(text) => Some(Self::from_text(text)),
            _ => None,
        }
    }

    /// Reads an id written as text.
    pub fn from_text(text: &'a str) -> Self {
        match text.parse() {
            // `007` and `+7` are other keys than `7`.
            Ok(number) if is_plain(text) => Self::Number(number),
            _ => Self::Text(text),
        }
    }
}

fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits == "0" && digits.len() == text.len() || !digits.starts_with(['0', '+'])
}

/// The whole number that a float stands for.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked, the fraction is none"
)]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(formatter),
            Self::Text(text) => formatter.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!(7), Some(Key::Number(7)))]
    #[case(json!("7"), Some(Key::Number(7)))]
    #[case(json!(7.0), Some(Key::Number(7)))]
    #[case(json!("-10"), Some(Key::INPUTS))]
    #[case(json!("0"), Some(Key::Number(0)))]
    #[case(json!("-0"), Some(Key::Text("-0")))]
    #[case(json!("007"), Some(Key::Text("007")))]
    #[case(json!("+7"), Some(Key::Text("+7")))]
    #[case(json!("a"), Some(Key::Text("a")))]
    #[case(json!(7.5), None)]
    #[case(json!(null), None)]
    fn ids_compare_as_in_the_editor(#[case] value: Value, #[case] key: Option<Key<'_>>) {
        assert_eq!(Key::from_value(&value), key);
    }
}
