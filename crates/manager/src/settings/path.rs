//! How a setting is named: `connections.gpu.port`, or `connections."gpu.lan".port` where a name holds
//! dots.

use super::error::SettingsError;
use std::fmt;
use std::str::FromStr;

/// The path of a setting, from the top of the file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SettingPath(Vec<String>);

impl SettingPath {
    /// A path of plain keys.
    pub(crate) fn of(keys: &[&str]) -> Self {
        Self(keys.iter().map(|key| (*key).to_owned()).collect())
    }

    /// Its keys, at least one.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> + Clone {
        self.0.iter().map(String::as_str)
    }

    /// The path of something inside.
    #[must_use]
    pub(crate) fn join(&self, key: &str) -> Self {
        Self([self.0.as_slice(), &[key.to_owned()]].concat())
    }

    pub(crate) fn top() -> Self {
        Self(Vec::new())
    }
}

impl FromStr for SettingPath {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        let invalid = || SettingsError::InvalidPath(text.to_owned());
        let mut keys = Vec::new();
        let mut rest = text;
        loop {
            let length = key_length(rest).ok_or_else(invalid)?;
            let (key, after) = rest.split_at(length);
            keys.push(
                unquote(key)
                    .filter(|key| !key.is_empty())
                    .ok_or_else(invalid)?,
            );
            match after.strip_prefix('.') {
                Some(next) => rest = next,
                None if after.is_empty() => return Ok(Self(keys)),
                None => return Err(invalid()),
            }
        }
    }
}

/// Bytes of the key that the text begins with, its quotation marks included.
fn key_length(text: &str) -> Option<usize> {
    if !text.starts_with('"') {
        return Some(text.find('.').unwrap_or(text.len()));
    }
    let mut strings = serde_json::Deserializer::from_str(text).into_iter::<String>();
    strings.next()?.ok()?;
    Some(strings.byte_offset())
}

fn unquote(key: &str) -> Option<String> {
    if key.starts_with('"') {
        serde_json::from_str(key).ok()
    } else {
        Some(key.to_owned())
    }
}

impl fmt::Display for SettingPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, key) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str(".")?;
            }
            if key.is_empty() || key.contains(['.', '"']) {
                let quoted = serde_json::Value::from(key.as_str());
                write!(formatter, "{quoted}")?;
            } else {
                formatter.write_str(key)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_with_dots_stand_in_quotation_marks() {
        let path: SettingPath = r#"connections."gpu.lan".port"#.parse().unwrap();
        assert_eq!(path, SettingPath::of(&["connections", "gpu.lan", "port"]));
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for text in ["", ".", "a.", ".a", "a..b", r#""a"#, r#""a"b"#, r#""""#] {
            assert!(text.parse::<SettingPath>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(keys in prop::collection::vec(".{1,8}", 1..5)) {
            let path = SettingPath(keys);
            prop_assert_eq!(path.to_string().parse::<SettingPath>().ok(), Some(path));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,24}") {
            let _ = text.parse::<SettingPath>();
        }
    }
}
