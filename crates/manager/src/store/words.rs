//! Words that a job can be found by, and what people search for. Pure.
//!
//! Both databases are given words that are cut here, so that a search means the same on both: every
//! word must be there, in any order. Chinese and Japanese are written without spaces: of a run of
//! their characters each pair of neighbours is a word.

use serde_json::Value;
use std::collections::HashSet;
use std::fmt::Write;

/// Most bytes of words that are kept of a job.
const ENOUGH: usize = 16 * 1024;
/// Most characters of a word; what is longer was not written by people.
const LONGEST: usize = 64;

/// The words of a job, each once: those of its workflow's name and of every text in its prompt,
/// names of models and files among them. `prompt` is JSON.
pub(crate) fn words_of(workflow_name: Option<&str>, prompt: &str) -> String {
    let mut words = Words::default();
    words.add(workflow_name.unwrap_or_default());
    if let Ok(Value::Object(nodes)) = serde_json::from_str(prompt) {
        for inputs in nodes.values().filter_map(|node| node.get("inputs")) {
            for input in inputs.as_object().into_iter().flat_map(|map| map.values()) {
                words.add_value(input);
            }
        }
    }
    words.text
}

/// What somebody searches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Search {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    word: String,
    /// Whether it is only the beginning of a word.
    prefix: bool,
}

impl Search {
    /// Reads words as people type them; one that ends in `*` is the beginning of a word.
    pub(crate) fn parse(text: &str) -> Self {
        let mut terms = Vec::new();
        for typed in text.split_whitespace() {
            let cut = cut(typed);
            let last = cut.len().saturating_sub(1);
            for (place, word) in cut.into_iter().enumerate() {
                // One character of a language without spaces stands in no word of its own.
                let lone = word.chars().count() == 1 && word.chars().all(is_unspaced);
                let prefix = lone || (place == last && typed.ends_with('*'));
                terms.push(Term { word, prefix });
            }
        }
        Self { terms }
    }

    /// Whether nothing is left to search for.
    pub(crate) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// As SQLite's full-text index takes it.
    pub(crate) fn for_sqlite(&self) -> String {
        let quoted = |term: &Term| format!("\"{}\"{}", term.word, star(term.prefix, " *"));
        self.terms.iter().map(quoted).collect::<Vec<_>>().join(" ")
    }

    /// As PostgreSQL's `tsquery` takes it.
    pub(crate) fn for_postgres(&self) -> String {
        let quoted = |term: &Term| format!("'{}'{}", term.word, star(term.prefix, ":*"));
        self.terms
            .iter()
            .map(quoted)
            .collect::<Vec<_>>()
            .join(" & ")
    }
}

fn star(prefix: bool, star: &'static str) -> &'static str {
    if prefix { star } else { "" }
}

#[derive(Default)]
struct Words {
    text: String,
    seen: HashSet<String>,
}

impl Words {
    fn add_value(&mut self, value: &Value) {
        match value {
            // Bytes of an image, not words.
            Value::String(text) if text.starts_with("data:") => {}
            Value::String(text) => self.add(text),
            // A link to another node.
            Value::Array(link) if matches!(&link[..], [Value::String(_), Value::Number(_)]) => {}
            Value::Array(items) => items.iter().for_each(|item| self.add_value(item)),
            Value::Object(map) => map.values().for_each(|item| self.add_value(item)),
            _ => {}
        }
    }

    fn add(&mut self, text: &str) {
        if self.text.len() >= ENOUGH {
            return;
        }
        for word in cut(text) {
            if self.text.len() + word.len() < ENOUGH && !self.seen.contains(&word) {
                let space = if self.text.is_empty() { "" } else { " " };
                let _ = write!(self.text, "{space}{word}");
                self.seen.insert(word);
            }
        }
    }
}

/// Cuts a text into words: runs of letters and digits, in lower case.
fn cut(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for run in text.split(|character: char| !character.is_alphanumeric()) {
        let mut rest = run;
        while let Some(first) = rest.chars().next() {
            let unspaced = is_unspaced(first);
            let end = rest.find(|character| is_unspaced(character) != unspaced);
            let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
            if unspaced {
                words.extend(neighbours(part));
            } else if part.chars().count() <= LONGEST {
                words.push(part.to_lowercase());
            }
            rest = after;
        }
    }
    words
}

/// Each character with the one after it; the last one alone, so that it can be found too.
fn neighbours(run: &str) -> impl Iterator<Item = String> {
    let starts = run.char_indices().map(|(start, _)| start);
    starts.map(|start| run[start..].chars().take(2).collect())
}

/// Whether the character is of a writing that puts no spaces between words.
fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn every_text_of_a_prompt_counts_once_and_links_and_numbers_do_not() {
        let prompt = json!({
            "1": { "class_type": "CheckpointLoaderSimple",
                   "inputs": { "ckpt_name": "SDXL/sd_xl_base-1.0.safetensors" } },
            "2": { "class_type": "CLIPTextEncode",
                   "inputs": { "text": "A Cat, a HAT", "clip": ["seventeen", 1], "seed": 18 } },
            "3": { "class_type": "List", "inputs": { "items": ["one", { "deep": "two" }] } },
            "4": { "class_type": "Paint", "inputs": { "mask": "data:image/png;base64,AAAA" } },
        });
        let words = words_of(Some("portrait v2"), &prompt.to_string());
        assert_eq!(
            words,
            "portrait v2 sdxl sd xl base 1 0 safetensors a cat hat one two"
        );
    }

    #[test]
    fn a_prompt_that_cannot_be_read_has_the_words_of_its_name() {
        assert_eq!(words_of(Some("cat"), "no JSON"), "cat");
        assert_eq!(words_of(None, "[]"), "");
    }

    #[test]
    fn a_search_is_quoted_for_either_database() {
        let search = Search::parse(r#"Cat "OR* sd_xl*"#);
        assert_eq!(search.for_sqlite(), r#""cat" "or" * "sd" "xl" *"#);
        assert_eq!(search.for_postgres(), "'cat' & 'or':* & 'sd' & 'xl':*");
        assert!(Search::parse("?! *").is_empty());
    }

    #[test]
    fn writing_without_spaces_is_found_by_any_part() {
        assert_eq!(words_of(Some("黒い猫cat"), ""), "黒い い猫 猫 cat");
        assert_eq!(Search::parse("い猫").for_sqlite(), r#""い猫" "猫" *"#);
        assert_eq!(Search::parse("黒").for_sqlite(), r#""黒" *"#);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_stays_within_the_quotes(typed in any::<String>()) {
            let search = Search::parse(&typed);
            for term in &search.terms {
                prop_assert!(term.word.chars().all(|c| c != '"' && c != '\'' && c != '\\' && c != ' '));
                prop_assert!(!term.word.is_empty());
            }
        }

        #[test]
        fn there_are_never_too_many(name in ".{0,9000}") {
            prop_assert!(words_of(Some(&name), "").len() <= ENOUGH);
        }
    }
}
