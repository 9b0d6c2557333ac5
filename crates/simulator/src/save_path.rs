//! Names of saved files: the tokens in a prefix, the subfolder, and the counter.

use crate::folders::normalize;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Where the next files of a prefix go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SavePath {
    pub(crate) folder: PathBuf,
    /// Start of the file name; may still hold `%batch_num%`.
    pub(crate) name: String,
    pub(crate) counter: u32,
    /// Folder below the output folder, as answers give it.
    pub(crate) subfolder: String,
}

/// The prefix leads outside the output folder; the text is the server's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outside(pub(crate) String);

/// Remembers the last counter per folder and prefix, so that a full folder is read once.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<HashMap<(PathBuf, String), u32>>);

impl Counters {
    /// Resolves a prefix for images of that size.
    pub(crate) fn resolve(
        &self,
        output: &Path,
        prefix: &str,
        size: (u32, u32),
        now_ms: u64,
    ) -> Result<SavePath, Outside> {
        let prefix = replace_tokens(prefix, size, now_ms);
        let path = normalize(&output.join(prefix.trim_start_matches('/')));
        let Ok(relative) = path.strip_prefix(output) else {
            return Err(Outside(outside(output, &path)));
        };
        let name = match prefix.rsplit_once('/') {
            Some((_, name)) => name.to_owned(),
            None => prefix,
        };
        let folder = path.parent().unwrap_or(output).to_owned();
        let subfolder = relative.parent().map(slashed).unwrap_or_default();
        let counter = self.next(&folder, &name);
        Ok(SavePath {
            folder,
            name,
            counter,
            subfolder,
        })
    }

    /// One more than the highest number in use. The remembered one holds as long as its file does.
    fn next(&self, folder: &Path, name: &str) -> u32 {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let remembered = last.get(&(folder.to_owned(), name.to_owned())).copied();
        drop(last);
        match remembered {
            Some(last)
                if folder.join(file_name(name, last)).exists()
                    && !folder.join(file_name(name, last + 1)).exists() =>
            {
                last + 1
            }
            _ => highest(folder, name) + 1,
        }
    }

    /// Notes that a file with this number has been written.
    pub(crate) fn used(&self, folder: &Path, name: &str, counter: u32) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.insert((folder.to_owned(), name.to_owned()), counter);
    }
}

/// `name_00001_.png`.
pub(crate) fn file_name(name: &str, counter: u32) -> String {
    format!("{name}_{counter:05}_.png")
}

fn highest(folder: &Path, name: &str) -> u32 {
    let number = |file: &str| -> Option<u32> {
        let rest = file.strip_prefix(name)?.strip_prefix('_')?;
        rest.split('_').next()?.parse().ok()
    };
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| number(&entry.file_name().to_string_lossy()))
        .max()
        .unwrap_or(0)
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// `%width%`, `%year%` and so on; the time is UTC, so that it does not depend on the machine.
fn replace_tokens(prefix: &str, (width, height): (u32, u32), now_ms: u64) -> String {
    if !prefix.contains('%') {
        return prefix.to_owned();
    }
    let now = i64::try_from(now_ms).ok();
    let now = now.and_then(|now| Timestamp::from_millisecond(now).ok());
    let now = now.unwrap_or(Timestamp::MAX).to_zoned(TimeZone::UTC);
    prefix
        .replace("%width%", &width.to_string())
        .replace("%height%", &height.to_string())
        .replace("%year%", &now.year().to_string())
        .replace("%month%", &format!("{:02}", now.month()))
        .replace("%day%", &format!("{:02}", now.day()))
        .replace("%hour%", &format!("{:02}", now.hour()))
        .replace("%minute%", &format!("{:02}", now.minute()))
        .replace("%second%", &format!("{:02}", now.second()))
}

fn outside(output: &Path, path: &Path) -> String {
    let folder = path.parent().unwrap_or(path);
    let common: PathBuf = output
        .components()
        .zip(folder.components())
        .take_while(|(left, right)| left == right)
        .map(|(left, _)| left)
        .collect();
    format!(
        "**** ERROR: Saving image outside the output folder is not allowed.\n full_output_folder: \
         {}\n         output_dir: {}\n         commonpath: {}",
        folder.display(),
        output.display(),
        common.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: u64 = 1_795_349_045_000;

    #[test]
    fn tokens_and_subfolders_are_resolved() {
        let output = tempfile::tempdir().unwrap();
        let resolve = |prefix| Counters::default().resolve(output.path(), prefix, (64, 32), NOON);
        let path = resolve("rec/%year%/b_%width%x%height%").unwrap();
        assert_eq!(
            (path.subfolder.as_str(), path.name.as_str()),
            ("rec/2026", "b_64x32")
        );
        assert_eq!(path.counter, 1);
        assert!(
            resolve("../../evil")
                .unwrap_err()
                .0
                .starts_with("**** ERROR: Saving image")
        );
    }

    #[test]
    fn a_number_is_used_again_once_its_file_is_gone() {
        let output = tempfile::tempdir().unwrap();
        let counters = Counters::default();
        let next = || {
            counters
                .resolve(output.path(), "a", (1, 1), NOON)
                .unwrap()
                .counter
        };
        let file = output.path().join(file_name("a", 1));
        assert_eq!(next(), 1);
        std::fs::write(&file, "").unwrap();
        counters.used(output.path(), "a", 1);
        assert_eq!(next(), 2);
        std::fs::remove_file(&file).unwrap();
        assert_eq!(next(), 1);
    }
}
