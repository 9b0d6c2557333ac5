//! Versions of the editor that turn the same file into different prompts.

use std::fmt;
use std::str::FromStr;

/// How the editor of a version converts.
///
/// The changes between the versions were found by sending the same workflows through one version of
/// the editor after the other, from 1.44 to 1.58; each has a method here. What lies outside of that
/// range is taken for the nearest within.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dialect {
    major: u32,
    minor: u32,
}

impl Dialect {
    /// The last version of which the node of a subgraph shows the values inside.
    pub const V1_45: Self = Self::new(1, 45);
    /// The newest version that conversions were compared with.
    pub const V1_58: Self = Self::new(1, 58);

    const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor }
    }

    /// Whether the node of a subgraph has values of its own, instead of showing those inside.
    pub(crate) fn hosts_have_values(self) -> bool {
        self >= Self::new(1, 46)
    }

    /// Whether the value of a primitive node goes through the boundary of a subgraph.
    pub(crate) fn primitives_reach_inside(self) -> bool {
        self < Self::new(1, 47)
    }

    /// Whether the address of a preview in the browser is sent.
    pub(crate) fn sends_previews(self) -> bool {
        self < Self::new(1, 47)
    }

    /// Whether every curve is marked as one when it is sent, and not just those that are lists.
    pub(crate) fn marks_all_curves(self) -> bool {
        self >= Self::new(1, 52)
    }

    /// Whether a primitive node has the value of its target where the file has another type for it.
    pub(crate) fn types_primitives(self) -> bool {
        self >= Self::new(1, 53)
    }

    /// Whether links count that stand in the table of links only.
    pub(crate) fn believes_the_table(self) -> bool {
        self >= Self::new(1, 53)
    }

    /// Whether whatever is saved for a text of several lines is sent as text.
    pub(crate) fn makes_texts(self) -> bool {
        self >= Self::new(1, 54)
    }

    /// Whether the node packs that the file names are told beside the titles.
    pub(crate) fn tells_packs(self) -> bool {
        self >= Self::new(1, 56)
    }
}

impl Default for Dialect {
    /// The newest.
    fn default() -> Self {
        Self::V1_58
    }
}

/// As the version is written, without its last number.
impl fmt::Display for Dialect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

/// A text that is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a version of the editor, such as 1.45.21")]
pub struct NotAVersion(String);

impl Dialect {
    /// The dialect of the version that a server reports, the newest where that says nothing.
    pub fn of_server(frontend_version: Option<&str>) -> Self {
        let version = frontend_version.and_then(|version| version.parse().ok());
        version.unwrap_or_default()
    }
}

/// Reads the version of an editor, `1.45.21`.
impl FromStr for Dialect {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let mut numbers = text
            .trim()
            .trim_start_matches('v')
            .split('.')
            .map(str::parse::<u32>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Ok(Self::new(major, minor)),
            _ => Err(NotAVersion(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("1.45.21", Dialect::V1_45)]
    #[case(" v1.58 ", Dialect::V1_58)]
    #[case("2.0.0", Dialect::new(2, 0))]
    fn a_version_is_read_without_its_last_number(#[case] version: &str, #[case] dialect: Dialect) {
        assert_eq!(version.parse(), Ok(dialect));
    }

    #[test]
    fn versions_are_ordered_as_numbers() {
        let version = |text: &str| text.parse::<Dialect>().unwrap();
        assert!(version("0.99") < version("1.9"));
        assert!(version("1.9") < version("1.45"));
        assert!(version("1.58.1") < version("2.0.0"));
    }

    #[test]
    fn a_server_that_does_not_say_has_the_newest() {
        assert_eq!(Dialect::of_server(None), Dialect::V1_58);
        assert_eq!(Dialect::of_server(Some("nightly")), Dialect::V1_58);
        assert!("1".parse::<Dialect>().is_err());
    }
}
