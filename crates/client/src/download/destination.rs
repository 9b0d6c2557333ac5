//! A file that appears whole or not at all.

use crate::error::{Error, ErrorKind};
use fs_err::tokio as fs;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use tokio::io::AsyncWriteExt;

/// What to do when the path is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Replace what is there.
    Replace,
    /// Fail.
    Refuse,
    /// Take the first free of `name (1).png`, `name (2).png`, and so on.
    Number,
}

/// A temporary file on its way to its name.
pub(super) struct Destination {
    path: PathBuf,
    existing: Existing,
    temporary: Temporary,
    file: fs::File,
}

/// Removed when dropped.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // Gone already when all went well.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Destination {
    pub(super) async fn create(path: &Path, existing: Existing) -> Result<Self, Error> {
        if existing == Existing::Refuse && fs::try_exists(path).await.unwrap_or(false) {
            return Err(failed("create", path, io::ErrorKind::AlreadyExists.into()));
        }
        let name = path.file_name().ok_or_else(|| {
            failed(
                "create",
                path,
                io::Error::new(io::ErrorKind::InvalidInput, "it names no file"),
            )
        })?;
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{:08x}.part", rand::random::<u32>()));
        let temporary = path.with_file_name(hidden);
        let file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&temporary)
            .await;
        let file = file.map_err(|source| failed("create", path, source))?;
        let temporary = Temporary(temporary);
        Ok(Self {
            path: path.to_owned(),
            existing,
            temporary,
            file,
        })
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let written = self.file.write_all(bytes).await;
        written.map_err(|source| failed("write", &self.path, source))
    }

    /// Brings the bytes to the disk and gives the file its name.
    pub(super) async fn finish(mut self) -> Result<PathBuf, Error> {
        let failed_to_write = |source| failed("write", &self.path, source);
        self.file.flush().await.map_err(failed_to_write)?;
        self.file.sync_all().await.map_err(failed_to_write)?;
        drop(self.file);
        let path = claim(&self.path, self.existing).await?;
        if let Err(source) = fs::rename(&self.temporary.0, &path).await {
            if self.existing != Existing::Replace {
                // Only the empty file that holds the name is there.
                let _ = fs::remove_file(&path).await;
            }
            return Err(failed("write", &path, source));
        }
        Ok(path)
    }
}

/// A name that is ours: an empty file is made under it, unless what is there may go.
async fn claim(path: &Path, existing: Existing) -> Result<PathBuf, Error> {
    let mut candidate = path.to_owned();
    let mut number = 0_u32;
    loop {
        if existing == Existing::Replace {
            return Ok(candidate);
        }
        let claimed = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&candidate)
            .await;
        match claimed {
            Ok(_) => return Ok(candidate),
            Err(error)
                if error.kind() == io::ErrorKind::AlreadyExists && existing == Existing::Number =>
            {
                number += 1;
                candidate = numbered(path, number);
            }
            Err(source) => return Err(failed("create", &candidate, source)),
        }
    }
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!(" ({number})"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> Error {
    ErrorKind::File {
        action,
        path: path.to_owned(),
        source,
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn save(path: &Path, existing: Existing) -> Result<PathBuf, Error> {
        let mut destination = Destination::create(path, existing).await?;
        destination.write(b"new").await?;
        destination.finish().await
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_taken_name_is_numbered_replaced_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        std::fs::write(&path, "old").unwrap();
        assert_eq!(
            save(&path, Existing::Refuse).await.unwrap_err().code(),
            "file"
        );
        save(&path, Existing::Number).await.unwrap();
        let second = save(&path, Existing::Number).await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read(second).unwrap(), b"new");
        save(&path, Existing::Replace).await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["a (1).png", "a (2).png", "a.png"]);
    }

    #[tokio::test]
    async fn what_is_not_finished_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let mut destination = Destination::create(&path, Existing::Refuse).await.unwrap();
        destination.write(b"half").await.unwrap();
        drop(destination);
        assert!(names(folder.path()).is_empty());
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_named() {
        let error = save(Path::new("/not/there/a.png"), Existing::Refuse)
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "cannot create `/not/there/a.png`");
    }
}
