//! Texts with `$name` in them: the Text Template node.
//!
//! One pass from left to right: a value that is put in is never read again, and `$name` never takes the
//! front of `$name_full`. A dollar that names nothing stays as it is.

/// Fills a text. `value` says what a name stands for; `irregular` are those names that hold more than
/// letters, digits and underscores, which cannot be told from the text around them.
pub fn fill(text: &str, irregular: &[String], value: impl Fn(&str) -> Option<String>) -> String {
    let mut longest_first: Vec<&str> = irregular.iter().map(String::as_str).collect();
    longest_first.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        let after = &rest[dollar + 1..];
        filled.push_str(&rest[..dollar]);
        let names = irregular_names(after, &longest_first).chain(word_names(after));
        let mut known = names.filter_map(|name| Some((name, value(name)?)));
        if let Some((name, value)) = known.next() {
            filled.push_str(&value);
            rest = &after[name.len()..];
        } else {
            filled.push('$');
            rest = after;
        }
    }
    filled + rest
}

/// Letters, digits and underscores at the start of a text.
pub(crate) fn word(text: &str) -> &str {
    let end = text.find(|letter| !is_word(letter)).unwrap_or(text.len());
    &text[..end]
}

/// What a name at the start of a text may be, the most likely first: all of the word, or its ASCII
/// part, since scripts without spaces go on right after a name: `$nameさん`.
pub(crate) fn word_names(text: &str) -> impl Iterator<Item = &str> {
    let word = word(text);
    let ascii_end = word
        .find(|letter: char| !letter.is_ascii())
        .unwrap_or(word.len());
    let ascii = (ascii_end < word.len()).then(|| &word[..ascii_end]);
    [Some(word), ascii]
        .into_iter()
        .flatten()
        .filter(|name| !name.is_empty())
}

/// Whether a name can be told from the text around it.
pub fn is_regular(name: &str) -> bool {
    !name.is_empty() && name.chars().all(is_word)
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn irregular_names<'t>(text: &'t str, longest_first: &[&str]) -> impl Iterator<Item = &'t str> {
    longest_first.iter().filter_map(|name| {
        let rest = text.strip_prefix(name)?;
        let ends = name.chars().next_back()?;
        let goes_on = rest.chars().next().is_some_and(|next| {
            is_word(ends) && is_word(next) && (next.is_ascii() || !ends.is_ascii())
        });
        (!goes_on).then(|| &text[..name.len()])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn filled(text: &str) -> String {
        let variables = [
            ("name", "Ada"),
            ("name_full", "Ada $name"),
            ("名前", "エイダ"),
            ("my-key", "dashed"),
            ("a.b", "dotted"),
            ("price $", "dollar"),
        ];
        let irregular: Vec<String> = variables
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .filter(|name| !is_regular(name))
            .collect();
        fill(text, &irregular, |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[rstest]
    #[case("$name, $name!", "Ada, Ada!")]
    #[case::longer_names_are_whole("$name_full", "Ada $name")]
    #[case::unknown("$names and $", "$names and $")]
    #[case::doubled("$$name", "$Ada")]
    #[case::braces("${name}", "${name}")]
    #[case::other_scripts("$nameさん $名前", "Adaさん エイダ")]
    #[case::irregular("$my-key $a.b $a.bc", "dashed dotted $a.bc")]
    #[case::dollar_within("$price $ 5", "dollar 5")]
    fn each_name_is_filled_once(#[case] text: &str, #[case] wanted: &str) {
        assert_eq!(filled(text), wanted);
    }

    proptest! {
        #[test]
        fn what_names_nothing_stays(text in any::<String>()) {
            prop_assert_eq!(fill(&text, &[], |_| None), text);
        }

        #[test]
        fn values_are_never_read_again(text in "[$a-c ]{0,20}", value in "[$a-c]{0,6}") {
            let marked = fill(&text, &[], |name| (name == "a").then(|| "\u{1}".to_owned()));
            let filled = fill(&text, &[], |name| (name == "a").then(|| value.clone()));
            prop_assert_eq!(marked.replace('\u{1}', &value), filled);
        }
    }
}
