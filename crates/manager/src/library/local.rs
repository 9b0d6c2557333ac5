//! Workflows in a folder of this machine.

use super::{SavedWorkflow, Source, WorkflowName, content_hash};
use crate::error::{Error, ErrorKind};
use jiff::Timestamp;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How deep folders are looked into: links may lead in circles.
const DEEPEST: usize = 16;

pub(super) fn list(folder: &Path) -> Result<Vec<SavedWorkflow>, Error> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((current, depth)) = folders.pop() {
        let entries = match fs_err::read_dir(&current) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(ErrorKind::File(error).into()),
        };
        for entry in entries {
            let path = entry.map_err(ErrorKind::File)?.path();
            let metadata = fs_err::metadata(&path).map_err(ErrorKind::File)?;
            if metadata.is_dir() && depth < DEEPEST {
                folders.push((path, depth + 1));
            } else if let Some(name) = name_of(&path, folder) {
                let modified = metadata
                    .modified()
                    .ok()
                    .and_then(|time| Timestamp::try_from(time).ok());
                let content = fs_err::read(&path).ok();
                found.push(SavedWorkflow {
                    size: Some(metadata.len()),
                    modified,
                    content_hash: content.as_deref().map(content_hash),
                    ..SavedWorkflow::new(Source::Local, name.as_str())
                });
            }
        }
    }
    Ok(found)
}

fn name_of(path: &Path, folder: &Path) -> Option<WorkflowName> {
    WorkflowName::of_file(path.strip_prefix(folder).ok()?.to_str()?)
}

pub(super) fn read(folder: &Path, name: &WorkflowName) -> Result<Option<Vec<u8>>, Error> {
    match fs_err::read(name.path_in(folder)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ErrorKind::File(error).into()),
    }
}

/// Whole or not at all: written beside, synced, then given its name.
pub(super) fn save(
    folder: &Path,
    name: &WorkflowName,
    bytes: &[u8],
    replace: bool,
) -> Result<(), Error> {
    let path = name.path_in(folder);
    let parent: PathBuf = path.parent().unwrap_or(folder).to_owned();
    fs_err::create_dir_all(&parent).map_err(ErrorKind::File)?;
    let mut part = tempfile::NamedTempFile::new_in(&parent).map_err(ErrorKind::File)?;
    part.write_all(bytes).map_err(ErrorKind::File)?;
    part.as_file().sync_all().map_err(ErrorKind::File)?;
    let kept = if replace {
        part.persist(&path)
    } else {
        part.persist_noclobber(&path)
    };
    match kept {
        Ok(_) => Ok(()),
        Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(ErrorKind::NameTaken(name.to_string()).into())
        }
        Err(failed) => Err(ErrorKind::File(failed.error).into()),
    }
}

pub(super) fn delete(folder: &Path, name: &WorkflowName) -> Result<bool, Error> {
    match fs_err::remove_file(name.path_in(folder)) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(ErrorKind::File(error).into()),
    }
}
