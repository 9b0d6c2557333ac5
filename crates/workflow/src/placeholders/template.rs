//! `{{name}}` and `{{name:default}}` inside texts: found and filled in one pass.
//!
//! A value that is filled in is never searched for placeholders again.

use serde_json::Value;

/// A placeholder as it stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placeholder<'a> {
    pub(crate) name: &'a str,
    pub(crate) default: Option<&'a str>,
}

/// The placeholders of a text in order, repeated where they are repeated.
pub(crate) fn placeholders(text: &str) -> impl Iterator<Item = Placeholder<'_>> {
    parts(text).filter_map(|part| match part {
        Part::Placeholder { placeholder, .. } => Some(placeholder),
        Part::Text(_) => None,
    })
}

/// Whether the whole text is one placeholder, so that its value may be a number.
pub(crate) fn is_whole(text: &str) -> bool {
    let mut parts = parts(text);
    matches!(
        (parts.next(), parts.next()),
        (Some(Part::Placeholder { .. }), None)
    )
}

/// The text with its placeholders filled; those without a value stay as they are. A text that is one
/// placeholder becomes the value itself.
pub(crate) fn fill<'v>(text: &str, value: impl Fn(&str) -> Option<&'v Value>) -> Value {
    if is_whole(text)
        && let Some(filled) = placeholders(text).next().and_then(|only| value(only.name))
    {
        return filled.clone();
    }
    let mut filled = String::with_capacity(text.len());
    for part in parts(text) {
        match part {
            Part::Text(text) => filled.push_str(text),
            Part::Placeholder {
                source,
                placeholder,
            } => match value(placeholder.name) {
                Some(Value::String(text)) => filled.push_str(text),
                Some(other) => filled.push_str(&other.to_string()),
                None => filled.push_str(source),
            },
        }
    }
    Value::String(filled)
}

enum Part<'a> {
    Text(&'a str),
    Placeholder {
        source: &'a str,
        placeholder: Placeholder<'a>,
    },
}

/// Splits at placeholders. Each byte is looked at a fixed number of times.
fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = text;
    let mut next: Option<Part> = None;
    std::iter::from_fn(move || {
        if let Some(part) = next.take() {
            return Some(part);
        }
        let mut searched = 0;
        while let Some(end) = rest[searched..].find("}}").map(|at| searched + at) {
            let found = rest[searched..end].rfind("{{").map(|at| searched + at);
            let placeholder = found.and_then(|start| Some((start, read(&rest[start + 2..end])?)));
            let Some((start, placeholder)) = placeholder else {
                searched = end + 1;
                continue;
            };
            let (before, source) = (&rest[..start], &rest[start..end + 2]);
            rest = &rest[end + 2..];
            let part = Part::Placeholder {
                source,
                placeholder,
            };
            if before.is_empty() {
                return Some(part);
            }
            next = Some(part);
            return Some(Part::Text(before));
        }
        let last = std::mem::take(&mut rest);
        (!last.is_empty()).then_some(Part::Text(last))
    })
}

/// Reads what is between the braces.
fn read(inside: &str) -> Option<Placeholder<'_>> {
    let (name, default) = match inside.split_once(':') {
        Some((name, default)) => (name, Some(default.trim())),
        None => (inside, None),
    };
    let name = name.trim();
    is_name(name).then_some(Placeholder { name, default })
}

fn is_name(name: &str) -> bool {
    let fits =
        |character: char| character.is_alphanumeric() || matches!(character, '_' | '-' | '.');
    name.starts_with(|first: char| first.is_alphabetic() || first == '_') && name.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("{{a}}", &[("a", None)])]
    #[case("x {{ a : b c }} y {{d}}", &[("a", Some("b c")), ("d", None)])]
    #[case("{{{a}}}", &[("a", None)])]
    #[case("{{a:}}", &[("a", Some(""))])]
    #[case("{{a:http://x}}", &[("a", Some("http://x"))])]
    #[case("{{größe}}", &[("größe", None)])]
    #[case("{red|green} {{1}} {{}} {{a b}} {{", &[])]
    #[case("{{a}b}} {{c}}", &[("c", None)])]
    fn placeholders_are_found(#[case] text: &str, #[case] expected: &[(&str, Option<&str>)]) {
        let found: Vec<_> = placeholders(text)
            .map(|found| (found.name, found.default))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_lone_placeholder_becomes_the_value_and_others_become_text() {
        let value = json!(20);
        assert_eq!(fill("{{n}}", |_| Some(&value)), json!(20));
        assert_eq!(fill("{{n}} steps", |_| Some(&value)), json!("20 steps"));
        assert_eq!(fill("{{n}} steps", |_| None), json!("{{n}} steps"));
        let trick = json!("{{n}}");
        assert_eq!(fill("a {{n}}", |_| Some(&trick)), json!("a {{n}}"));
    }

    #[test]
    fn a_wall_of_braces_takes_linear_time() {
        let wall = "{".repeat(2_000_000) + &"}".repeat(2_000_000);
        assert_eq!(placeholders(&wall).count(), 0);
    }

    proptest! {
        #[test]
        fn a_text_with_nothing_filled_in_stays_itself(text in "[a{}: é]{0,40}") {
            prop_assert_eq!(fill(&text, |_| None), Value::String(text));
        }
    }
}
