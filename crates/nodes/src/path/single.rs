//! A JSONPath that names at most one value (`$.a[0]['b.c']`), as steps: it gives that value itself
//! and needs no copy of the document. All others are left to the library.

use super::Step;

/// The steps, or `None` for what may name several values or is no path at all.
pub(super) fn steps(text: &str) -> Option<Vec<Step>> {
    let mut rest = text.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, after) = match rest.strip_prefix('[') {
            Some(inside) => bracketed(inside.trim_start())?,
            None => name(rest.strip_prefix('.')?)?,
        };
        steps.push(step);
        rest = after;
    }
    Some(steps)
}

fn name(text: &str) -> Option<(Step, &str)> {
    let is_letter =
        |letter: char| letter.is_ascii_alphabetic() || letter == '_' || !letter.is_ascii();
    if !text.starts_with(is_letter) {
        return None;
    }
    let end = text
        .find(|letter: char| !is_letter(letter) && !letter.is_ascii_digit())
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    Some((Step::key(name), rest))
}

fn bracketed(inside: &str) -> Option<(Step, &str)> {
    let (step, rest) = match inside.chars().next()? {
        quote @ ('\'' | '"') => quoted(&inside[1..], quote)?,
        _ => index(inside)?,
    };
    Some((step, rest.trim_start().strip_prefix(']')?))
}

/// A key in quotes. The escapes are those of JSON strings, besides that of the single quote.
fn quoted(text: &str, quote: char) -> Option<(Step, &str)> {
    let mut json = String::from('"');
    let mut characters = text.char_indices();
    loop {
        match characters.next()? {
            (end, character) if character == quote => {
                json.push('"');
                let key: String = serde_json::from_str(&json).ok()?;
                return Some((Step::key(key), &text[end + 1..]));
            }
            (_, '\\') => match characters.next()? {
                (_, '\'') => json.push('\''),
                (_, escaped) => json.extend(['\\', escaped]),
            },
            (_, '"') => json.push_str("\\\""),
            (_, other) => json.push(other),
        }
    }
}

fn index(text: &str) -> Option<(Step, &str)> {
    let end = text.find(|letter: char| letter != '-' && !letter.is_ascii_digit())?;
    let (digits, rest) = text.split_at(end);
    let index: i64 = digits.parse().ok()?;
    // `-0` and `01` are no indexes to the standard.
    (index.to_string() == digits).then(|| (Step::index(index), rest))
}
