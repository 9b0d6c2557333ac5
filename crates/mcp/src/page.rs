//! Long lists in pages, finding words in them, and the first sentence of long texts.

use schemars::JsonSchema;
use serde::Serialize;

/// Most entries that a page may have.
const MOST: usize = 500;

/// Part of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Page {
    /// Entries in all.
    pub(crate) total: usize,
    /// Where the next page starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_offset: Option<usize>,
}

/// Takes the entries of a page out of a list.
pub(crate) fn cut<T>(all: Vec<T>, offset: usize, limit: usize) -> (Vec<T>, Page) {
    let total = all.len();
    let limit = limit.clamp(1, MOST);
    let page: Vec<T> = all.into_iter().skip(offset).take(limit).collect();
    let end = offset.saturating_add(page.len());
    let next_offset = (end < total && !page.is_empty()).then_some(end);
    (page, Page { total, next_offset })
}

/// Whether every word of a search stands in one of the texts.
pub(crate) fn matches(search: &str, texts: &[&str]) -> bool {
    let texts: Vec<String> = texts.iter().map(|text| text.to_lowercase()).collect();
    let search = search.to_lowercase();
    let found = |word: &str| texts.iter().any(|text| text.contains(word));
    search.split_whitespace().all(found)
}

/// The first sentence of a text, which says what it is about.
pub(crate) fn first_sentence(text: &str) -> &str {
    text.split_inclusive(". ").next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_join_to_the_whole_list() {
        let all: Vec<u8> = (0..10).collect();
        let mut joined = Vec::new();
        let mut offset = Some(0);
        while let Some(start) = offset {
            let (page, Page { total, next_offset }) = cut(all.clone(), start, 4);
            assert_eq!(total, 10);
            joined.extend(page);
            offset = next_offset;
        }
        assert_eq!(joined, all);
        assert_eq!(cut(all, 99, 4).1.next_offset, None);
    }

    #[test]
    fn every_word_must_be_found() {
        assert!(matches("sampler K", &["KSampler", "sampling"]));
        assert!(!matches("sampler video", &["KSampler", "sampling"]));
        assert!(matches("", &[]));
    }
}
