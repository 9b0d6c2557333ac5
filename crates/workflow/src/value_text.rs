//! A value as people type it: JSON where it is JSON, else text.

use serde_json::Value;

/// Reads what was typed for an input whose value so far is `current`.
///
/// Text that is JSON is taken as JSON, except that a number, `true`, `false` or `null` typed for an
/// input that holds text stays text: a prompt may well be `1984`.
pub fn parse_value(typed: &str, current: Option<&Value>) -> Value {
    let text = || Value::String(typed.to_owned());
    match serde_json::from_str(typed) {
        Ok(Value::Number(_) | Value::Bool(_) | Value::Null) if holds_text(current) => text(),
        Ok(value) => value,
        Err(_) => text(),
    }
}

fn holds_text(current: Option<&Value>) -> bool {
    current.is_some_and(Value::is_string)
}

#[cfg(test)]
mod tests {
    use super::parse_value;
    use serde_json::{Value, json};

    #[test]
    fn the_present_value_decides_what_a_bare_word_means() {
        let text = Some(&json!("a cat")).cloned();
        assert_eq!(parse_value("1984", text.as_ref()), json!("1984"));
        assert_eq!(parse_value("\"quoted\"", text.as_ref()), json!("quoted"));
        assert_eq!(parse_value("[\"3\", 0]", text.as_ref()), json!(["3", 0]));
        assert_eq!(parse_value("1984", Some(&json!(5))), json!(1984));
        assert_eq!(parse_value("18446744073709551615", None), json!(u64::MAX));
        assert_eq!(
            parse_value("a red fox", Some(&json!(5))),
            json!("a red fox")
        );
        assert_eq!(parse_value("true", None), json!(true));
        assert_eq!(parse_value("", None), Value::String(String::new()));
    }
}
