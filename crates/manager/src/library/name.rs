//! How a saved workflow is called: a path below the library's folder, without `.json`.

use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Name of a saved workflow, such as `portrait` or `clients/acme/banner`.
///
/// Fit for every platform's file names: no part is empty, hidden or a step up, and none has a
/// character that Windows does not take.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct WorkflowName(String);

/// Why a text is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no name for a workflow: {problem}")]
pub struct InvalidName {
    name: String,
    problem: &'static str,
}

const ENDING: &str = ".json";

impl WorkflowName {
    /// The name of a file below the folder, if it is one of a workflow.
    pub(super) fn of_file(path: &str) -> Option<Self> {
        path.ends_with(ENDING)
            .then(|| path.replace('\\', "/").parse().ok())?
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file below the folder, with `/` between its parts.
    pub(super) fn file(&self) -> String {
        format!("{}{ENDING}", self.0)
    }

    /// The file as a path of this machine.
    pub(super) fn path_in(&self, folder: &Path) -> PathBuf {
        self.file()
            .split('/')
            .fold(folder.to_owned(), |path, part| path.join(part))
    }
}

impl FromStr for WorkflowName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let name = text.strip_suffix(ENDING).unwrap_or(text);
        match name.split('/').find_map(problem) {
            None => Ok(Self(name.to_owned())),
            Some(problem) => Err(InvalidName {
                name: text.to_owned(),
                problem,
            }),
        }
    }
}

fn problem(part: &str) -> Option<&'static str> {
    let forbidden = |character: char| {
        character.is_control()
            || matches!(character, '<' | '>' | ':' | '"' | '\\' | '|' | '?' | '*')
    };
    match part {
        "" => Some("a part of it is empty"),
        _ if part.starts_with('.') => Some("a part of it begins with a dot"),
        _ if part.ends_with(['.', ' ']) => Some("a part of it ends with a dot or a space"),
        _ if part.contains(forbidden) => Some("it has a character that files cannot have"),
        _ => None,
    }
}

impl fmt::Display for WorkflowName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_ending_and_folders_are_understood() {
        let name: WorkflowName = "clients/acme/banner.json".parse().unwrap();
        assert_eq!(name.to_string(), "clients/acme/banner");
        assert_eq!(name.file(), "clients/acme/banner.json");
        assert_eq!(
            WorkflowName::of_file("a\\b.json").unwrap().to_string(),
            "a/b"
        );
        assert_eq!(WorkflowName::of_file("notes.txt"), None);
    }

    #[test]
    fn nothing_leads_out_of_the_folder() {
        for text in [
            "", "..", "../x", "a/../b", "/etc/x", "a//b", "C:\\x", ".hidden", "a/ .", "a\0b",
        ] {
            assert!(text.parse::<WorkflowName>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_name_stays_below_the_folder(text in ".{1,20}") {
            if let Ok(name) = text.parse::<WorkflowName>() {
                let path = name.path_in(Path::new("folder"));
                prop_assert!(path.starts_with("folder"));
                prop_assert!(path.components().all(|part| matches!(part, std::path::Component::Normal(_))));
            }
        }
    }
}
