//! Writes a text so that the editor's comments and wildcards leave it as it is.

/// A text that, drawn as a dynamic prompt, is `text` whatever chance says.
///
/// Braces and bars are escaped. A choice of nothing, `{}`, stands between the two characters that
/// would open a comment.
pub(super) fn without_wildcards(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + text.len() / 8);
    let mut backslashes = 0_usize;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '{' | '}' | '|' => push_escaped(&mut written, character, backslashes),
            _ => written.push(character),
        }
        backslashes = if character == '\\' {
            backslashes + 1
        } else {
            0
        };
        if character == '/' && matches!(characters.peek(), Some('/' | '*')) {
            written.push_str("{}");
        }
    }
    written
}

/// One backslash before such a character is taken away at the end. When there are others before it,
/// they pair up on the way, so that after an odd number the character needs a choice of its own.
fn push_escaped(written: &mut String, character: char, backslashes: usize) {
    written.push('\\');
    if backslashes.is_multiple_of(2) {
        written.push(character);
    } else {
        written.extend(['{', '\\', character, '}']);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::wildcard::draw;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("plain, (weight:1.2)", "plain, (weight:1.2)")]
    #[case(r#"{"a": 1}"#, r#"\{"a": 1\}"#)]
    #[case("https://example.com", "https:/{}/example.com")]
    #[case("red|blue", r"red\|blue")]
    fn texts_stay_readable(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(without_wildcards(text), expected);
    }

    proptest! {
        #[test]
        fn whatever_is_drawn_is_the_text(text in r"[a{}|/*\\\n]{0,40}", choice: u64) {
            let drawn = draw(&without_wildcards(&text), &mut |bound: u64| choice % bound);
            prop_assert_eq!(drawn, text);
        }

        #[test]
        fn any_text_is_held(text in ".{0,60}") {
            prop_assert_eq!(draw(&without_wildcards(&text), &mut |_| 0), text);
        }
    }
}
