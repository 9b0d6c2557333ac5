//! Versions of the editor that turn the same file into different prompts.

use std::str::FromStr;

/// How the editor of a version converts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// Before 1.47, checked against 1.45.21: the node of a subgraph shows the values inside.
    V1_45,
    /// From 1.47 on, checked against 1.58.1: the node of a subgraph has values of its own.
    #[default]
    V1_58,
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
            (Some(Ok(major)), Some(Ok(minor))) if (major, minor) < (1, 47) => Ok(Self::V1_45),
            (Some(Ok(_)), Some(Ok(_))) => Ok(Self::V1_58),
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
    #[case("1.46.9", Dialect::V1_45)]
    #[case("1.47.0", Dialect::V1_58)]
    #[case("v1.58.1", Dialect::V1_58)]
    #[case("0.99", Dialect::V1_45)]
    #[case("2.0.0", Dialect::V1_58)]
    fn the_version_says_the_dialect(#[case] version: &str, #[case] dialect: Dialect) {
        assert_eq!(version.parse(), Ok(dialect));
    }

    #[test]
    fn a_server_that_does_not_say_has_the_newest() {
        assert_eq!(Dialect::of_server(None), Dialect::V1_58);
        assert_eq!(Dialect::of_server(Some("nightly")), Dialect::V1_58);
        assert!("1".parse::<Dialect>().is_err());
    }
}
