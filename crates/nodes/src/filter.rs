//! Which items of a list stay: the JSON Array Filter node.
//!
//! Values are compared as the texts that Python makes of them, since that is what saved workflows were
//! written against; `true`, `false` and `null` are understood beside `True`, `False` and `None`.

use std::borrow::Cow;

/// What is asked of each item.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// The text is this, or this other form of it.
    Equals(String, Option<&'static str>),
    /// The text is neither.
    NotEquals(String, Option<&'static str>),
    /// The text has this in it, in upper or lower case.
    Contains(String),
    /// The text has it not.
    NotContains(String),
    /// The number is greater; nothing is greater than what is no number.
    Greater(Option<f64>),
    /// The number is less.
    Less(Option<f64>),
    /// The value is there.
    Exists,
}

/// A value that is tested; a missing one is `None` to Python.
pub trait Subject {
    /// As Python writes it.
    fn text(&self) -> Cow<'_, str>;

    /// As Python's `float` reads it.
    fn number(&self) -> Option<f64>;

    /// Whether there is a value.
    fn exists(&self) -> bool;
}

impl Test {
    /// The test that a node calls so; `None` if there is no such operator.
    pub fn parse(operator: &str, value: &str) -> Option<Self> {
        let word = match value {
            "true" => Some("True"),
            "false" => Some("False"),
            "null" => Some("None"),
            _ => None,
        };
        Some(match operator {
            "equals" => Self::Equals(value.to_owned(), word),
            "not_equals" => Self::NotEquals(value.to_owned(), word),
            "contains" => Self::Contains(value.to_lowercase()),
            "not_contains" => Self::NotContains(value.to_lowercase()),
            "greater" => Self::Greater(number(value)),
            "less" => Self::Less(number(value)),
            "exists" => Self::Exists,
            _ => return None,
        })
    }

    /// Whether an item stays.
    pub fn admits(&self, subject: &impl Subject) -> bool {
        match self {
            Self::Equals(value, word) => is(subject, value, *word),
            Self::NotEquals(value, word) => !is(subject, value, *word),
            Self::Contains(part) => contains(subject, part),
            Self::NotContains(part) => !contains(subject, part),
            Self::Greater(limit) => compare(subject, *limit).is_some_and(|(a, b)| a > b),
            Self::Less(limit) => compare(subject, *limit).is_some_and(|(a, b)| a < b),
            Self::Exists => subject.exists(),
        }
    }
}

fn is(subject: &impl Subject, value: &str, word: Option<&str>) -> bool {
    let text = subject.text();
    text == value || word.is_some_and(|word| text == word)
}

/// What is missing has nothing in it, not even parts of the word `None`.
fn contains(subject: &impl Subject, part: &str) -> bool {
    subject.exists() && subject.text().to_lowercase().contains(part)
}

fn compare(subject: &impl Subject, limit: Option<f64>) -> Option<(f64, f64)> {
    Some((subject.number()?, limit?))
}

/// A text as Python's `float` reads it, besides underscores between digits.
pub fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    struct Value(&'static str);

    impl Subject for Value {
        fn text(&self) -> Cow<'_, str> {
            self.0.into()
        }

        fn number(&self) -> Option<f64> {
            number(self.0)
        }

        fn exists(&self) -> bool {
            self.0 != "None"
        }
    }

    #[rstest]
    #[case("equals", "a", "a", true)]
    #[case("equals", "true", "True", true)]
    #[case("equals", "null", "None", true)]
    #[case("equals", "None", "None", true)]
    #[case("equals", "1", "1.0", false)]
    #[case("not_equals", "false", "False", false)]
    #[case("not_equals", "a", "None", true)]
    #[case("contains", "ÄB", "xäbx", true)]
    #[case("not_contains", "B", "abc", false)]
    #[case("contains", "on", "None", false)]
    #[case("not_contains", "on", "None", true)]
    #[case("greater", "2", "10", true)]
    #[case("greater", " 2 ", "2.5", true)]
    #[case("greater", "x", "10", false)]
    #[case("less", "10", "x", false)]
    #[case("less", "10", "nan", false)]
    #[case("less", "10", "-inf", true)]
    #[case("exists", "", "0", true)]
    #[case("exists", "", "None", false)]
    fn each_operator_admits_what_it_says(
        #[case] operator: &str,
        #[case] value: &str,
        #[case] text: &'static str,
        #[case] wanted: bool,
    ) {
        assert_eq!(
            Test::parse(operator, value).unwrap().admits(&Value(text)),
            wanted
        );
    }

    #[test]
    fn there_are_no_other_operators() {
        assert_eq!(Test::parse("like", "a"), None);
    }
}
