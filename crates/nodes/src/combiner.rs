//! Texts with `$path.to.value` in them: the Text Prompt Combiner node.
//!
//! A path is looked for in the answer of an API, then among the defaults by its whole text. What is
//! found in neither stays as it is.

use crate::path::{Step, dotted};
use crate::template::{word, word_names};

/// What stands at a path.
pub struct Value {
    /// As text.
    pub text: String,
    /// Whether more may stand below it: an object or a list.
    pub has_children: bool,
}

/// Where the values come from.
pub trait Source {
    /// What the answer holds at a path.
    fn answer(&self, path: &[Step]) -> Option<Value>;

    /// The default for a path, by its text.
    fn default(&self, path: &str) -> Option<String>;
}

/// Fills a text.
pub fn combine(text: &str, source: &impl Source) -> String {
    let mut combined = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        let after = &rest[dollar + 1..];
        combined.push_str(&rest[..dollar]);
        if let Some((value, length)) = value_at(after, source) {
            combined.push_str(&value);
            rest = &after[length..];
        } else {
            combined.push('$');
            rest = after;
        }
    }
    combined + rest
}

/// The value of the longest path that a text begins with, and the length of that path. A dot may end a
/// sentence or begin a file's extension, so that a shorter path is tried, too; but what is missing in
/// an object is missing.
fn value_at(text: &str, source: &impl Source) -> Option<(String, usize)> {
    let parts = parts(text);
    (1..=parts.len()).rev().find_map(|count| {
        let is_whole = count == parts.len();
        let (start, last) = parts[count - 1];
        last_names(last).find_map(|name| {
            let length = start + name.len();
            let path = &text[..length];
            source
                .answer(&dotted(path))
                .filter(|value| is_whole || !value.has_children)
                .map(|value| value.text)
                .or_else(|| source.default(path))
                .map(|value| (value, length))
        })
    })
}

/// The parts of the longest path that a text begins with, each with the place where it begins.
fn parts(text: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let mut start = 0;
    loop {
        let part = part(&text[start..], parts.is_empty());
        if part.is_empty() {
            return parts;
        }
        parts.push((start, part));
        let end = start + part.len();
        if !text[end..].starts_with('.') {
            return parts;
        }
        start = end + 1;
    }
}

/// A word, with escaped dots and backslashes where the word goes on after them, or a negative index.
fn part(text: &str, is_first: bool) -> &str {
    let digits = text.strip_prefix('-').filter(|_| !is_first).map(|rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 { 0 } else { digits + 1 }
    });
    if let Some(length) = digits {
        return &text[..length];
    }
    let mut end = word(text).len();
    while end > 0 && (text[end..].starts_with("\\.") || text[end..].starts_with("\\\\")) {
        let more = word(&text[end + 2..]).len();
        if more == 0 {
            break;
        }
        end += 2 + more;
    }
    &text[..end]
}

/// The last part of a path, or what a word may be besides all of it.
fn last_names(part: &str) -> impl Iterator<Item = &str> {
    let shorter = (word(part) == part).then(|| word_names(part).skip(1));
    [part].into_iter().chain(shorter.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::Tree;
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    struct Fixture(serde_json::Value);

    impl Source for Fixture {
        fn answer(&self, path: &[Step]) -> Option<Value> {
            let found = path
                .iter()
                .try_fold(&self.0, |value, step| (&value).child(step))
                .filter(|value| !value.is_null())?;
            let text = found
                .as_str()
                .map_or_else(|| found.to_string(), str::to_owned);
            let has_children = found.is_object() || found.is_array();
            Some(Value { text, has_children })
        }

        fn default(&self, path: &str) -> Option<String> {
            (path == "mood.now").then(|| "calm".to_owned())
        }
    }

    #[rstest]
    #[case("a $animal.name on $place", "a cat on $place")]
    #[case::end_of_a_sentence("I see $animal.name.", "I see cat.")]
    #[case::file_extension("$id.jpg", "7.jpg")]
    #[case::missing_below_an_object("$animal.colour", "$animal.colour")]
    #[case::default("$mood.now", "calm")]
    #[case::list("$tags.0 $tags.-1 $tags.-", "x y [\"x\",\"y\"].-")]
    #[case::escaped(r"$a\.b \.", r"5 \.")]
    #[case::other_scripts("$idさん", "7さん")]
    #[case::dollars("$$id ${id} $", "$7 ${id} $")]
    #[case::null_is_missing("$nothing", "$nothing")]
    fn each_path_is_filled_once(#[case] text: &str, #[case] wanted: &str) {
        let fixture = Fixture(json!({
            "id": 7, "animal": {"name": "cat"}, "mood": {}, "tags": ["x", "y"], "a.b": 5,
            "nothing": null
        }));
        assert_eq!(combine(text, &fixture), wanted);
    }

    proptest! {
        #[test]
        fn what_names_nothing_stays(text in r"[$.\\a-c0ä -]{0,24}") {
            prop_assert_eq!(combine(&text, &Fixture(json!({}))), text);
        }
    }
}
