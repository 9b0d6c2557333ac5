//! Which files of this machine tools may touch: those inside the allowed folders, after resolving
//! links.
//!
//! Asked by every tool that is given a path. An answer about a path outside never tells whether there
//! is anything.

use crate::failure::{Failure, NOT_ALLOWED};
use comfyctl_manager::{Code, Settings};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// The allowed folders.
#[derive(Debug)]
pub(crate) struct Access {
    folders: Vec<PathBuf>,
    /// Where relative paths start.
    working_folder: PathBuf,
}

impl Access {
    /// What the settings say; without that the folder of saved workflows and the working folder,
    /// unless the latter is a root or the home folder.
    pub(crate) fn new(settings: &Settings, working_folder: PathBuf) -> Self {
        let folders = settings.mcp().allowed_folders.clone().unwrap_or_else(|| {
            let mut folders = vec![settings.workflows_folder()];
            let is_home = std::env::home_dir().is_some_and(|home| same(&home, &working_folder));
            if working_folder.parent().is_some() && !is_home {
                folders.push(working_folder.clone());
            }
            folders
        });
        Self {
            folders,
            working_folder,
        }
    }

    /// A file that may be read, without links in its path.
    pub(crate) fn file(&self, path: &str) -> Result<PathBuf, Failure> {
        let asked = self.working_folder.join(path);
        let found = match fs_err::canonicalize(&asked) {
            Ok(found) => found,
            Err(error) if self.holds(&plain(&asked)) => return Err(unreadable(path, &error)),
            Err(_) => return Err(self.refusal(path)),
        };
        if !self.holds(&found) {
            return Err(self.refusal(path));
        }
        if !found.is_file() {
            let message = format!("`{path}` is not a file");
            return Err(Failure::new(Code::FileError.as_str(), message));
        }
        Ok(found)
    }

    /// Where a file may be written: a folder, which takes it under its own name, or a file in a folder
    /// that is there.
    pub(crate) fn place(&self, path: &str, name: &str) -> Result<PathBuf, Failure> {
        let mut asked = self.working_folder.join(path);
        if asked.is_dir()
            && let Some(name) = Path::new(name).file_name()
        {
            asked.push(name);
        }
        let folder = asked.parent().map(fs_err::canonicalize);
        match (folder, asked.file_name()) {
            (Some(Ok(folder)), Some(name)) if self.holds(&folder) => Ok(folder.join(name)),
            (Some(Err(error)), Some(_)) if self.holds(&plain(&asked)) => {
                let message = format!("the folder of `{path}` cannot be written to: {error}");
                Err(Failure::new(Code::FileError.as_str(), message))
            }
            _ => Err(self.refusal(path)),
        }
    }

    fn holds(&self, path: &Path) -> bool {
        self.folders.iter().any(|folder| {
            // One that is not there yet has no links either.
            let folder = folder.canonicalize().unwrap_or_else(|_| plain(folder));
            path.starts_with(folder)
        })
    }

    fn refusal(&self, path: &str) -> Failure {
        let folders: Vec<String> = self
            .folders
            .iter()
            .map(|folder| format!("`{}`", folder.display()))
            .collect();
        let hint = match &folders[..] {
            [] => "the settings (`mcp.allowed_folders`) allow no folder".to_owned(),
            folders => format!(
                "allowed are {}; `mcp.allowed_folders` of the settings changes that",
                folders.join(" and ")
            ),
        };
        let message = format!("`{path}` is outside of the folders that tools may use");
        Failure::new(NOT_ALLOWED, message).with_hint(hint)
    }
}

fn same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// The path without `.` and `..`, as far as can be told without looking.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

fn unreadable(path: &str, error: &std::io::Error) -> Failure {
    let message = match error.kind() {
        ErrorKind::NotFound => format!("there is no file `{path}`"),
        _ => format!("`{path}` cannot be read: {error}"),
    };
    Failure::new(Code::FileError.as_str(), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(folder: &Path) -> Access {
        Access {
            folders: vec![folder.join("allowed")],
            working_folder: folder.join("allowed"),
        }
    }

    fn set_up() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir_all(folder.path().join("allowed/below")).unwrap();
        fs_err::write(folder.path().join("allowed/below/a.png"), "a").unwrap();
        fs_err::write(folder.path().join("secret"), "s").unwrap();
        folder
    }

    #[test]
    fn files_inside_are_found_by_relative_and_absolute_paths() {
        let folder = set_up();
        let access = access(folder.path());
        let absolute = folder.path().join("allowed/below/a.png");
        let found = access.file("below/../below/a.png").unwrap();
        assert_eq!(found, absolute.canonicalize().unwrap());
        assert_eq!(access.file(absolute.to_str().unwrap()).unwrap(), found);
        assert!(access.place("below/new.png", "a").is_ok());
        let inside = access.place("below", "x/../../name.png").unwrap();
        assert_eq!(inside, found.with_file_name("name.png"));
    }

    #[test]
    fn nothing_is_told_of_what_is_outside() {
        let folder = set_up();
        let access = access(folder.path());
        let there = access.file("../secret").unwrap_err();
        let missing = access.file("../missing").unwrap_err();
        assert_eq!((there.code, missing.code), (NOT_ALLOWED, NOT_ALLOWED));
        assert_eq!(access.file("/etc/hostname").unwrap_err().code, NOT_ALLOWED);
        assert_eq!(
            access.place("../new.png", "a").unwrap_err().code,
            NOT_ALLOWED
        );
        let absent = access.file("absent.png").unwrap_err();
        assert_eq!(absent.message, "there is no file `absent.png`");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_where_it_leads_to() {
        let folder = set_up();
        let link = folder.path().join("allowed/link");
        std::os::unix::fs::symlink(folder.path().join("secret"), &link).unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("allowed/up")).unwrap();
        let access = access(folder.path());
        assert_eq!(access.file("link").unwrap_err().code, NOT_ALLOWED);
        assert_eq!(access.file("up/secret").unwrap_err().code, NOT_ALLOWED);
        assert_eq!(access.place("up/new", "a").unwrap_err().code, NOT_ALLOWED);
    }
}
