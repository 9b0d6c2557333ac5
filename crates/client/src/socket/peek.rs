//! The type and the prompt of a message, without parsing it.
//!
//! Prompts that were posted without a client id send their progress to every socket. The listener
//! looks here first, so that the progress of other people's prompts costs nothing.

/// What stands at the very beginning of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head<'a> {
    /// The `type`.
    pub(super) kind: &'a str,
    /// The `prompt_id`, when it is the first key of the data (as it is in `progress_state`).
    pub(super) prompt_id: Option<&'a str>,
}

impl<'a> Head<'a> {
    /// Looks at the beginning of a message. `None` when it is not written in the usual order or
    /// uses escapes there: then it has to be parsed.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let (kind, rest) = plain_string(skip(text, &["{", "\"type\"", ":"])?)?;
        let prompt_id = skip(rest, &[",", "\"data\"", ":", "{", "\"prompt_id\"", ":"])
            .and_then(plain_string)
            .map(|(prompt_id, _)| prompt_id);
        Some(Self { kind, prompt_id })
    }

    /// The prompt that is being worked on, if that can be told. `executing` can be the end of it.
    pub(super) fn prompt_at_work(self) -> Option<&'a str> {
        self.prompt_id.filter(|_| self.kind != "executing")
    }
}

/// What follows the tokens, with or without space between them.
fn skip<'a>(text: &'a str, tokens: &[&str]) -> Option<&'a str> {
    tokens
        .iter()
        .try_fold(text, |rest, token| rest.trim_start().strip_prefix(token))
}

/// A JSON string without escapes, and what follows it.
fn plain_string(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start().strip_prefix('"')?;
    let end = text.find(['"', '\\'])?;
    let rest = text[end..].strip_prefix('"')?;
    Some((&text[..end], rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_prompt_of_progress_is_seen_at_once() {
        let text = r#"{"type": "progress_state", "data": {"prompt_id": "b2-4e", "nodes": {"1": "#;
        let head = Head {
            kind: "progress_state",
            prompt_id: Some("b2-4e"),
        };
        assert_eq!(Head::of(text), Some(head));
    }

    #[test]
    fn a_prompt_that_is_not_the_first_key_is_left_to_the_parser() {
        let text = r#"{"type":"executing","data":{"node":null,"prompt_id":"b2"}}"#;
        assert_eq!(
            Head::of(text),
            Some(Head {
                kind: "executing",
                prompt_id: None
            })
        );
    }

    #[test]
    fn an_unusual_beginning_is_left_to_the_parser() {
        for text in [
            r#"{"data":{},"type":"x"}"#,
            r#"{"type":"a\u0062"}"#,
            "[]",
            "",
            r#"{"type":"#,
        ] {
            assert_eq!(Head::of(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"(\{|"type"|:|,|"data"|"prompt_id"|"|\\|é| |x){0,20}"#) {
            let _ = Head::of(&text);
        }
    }
}
