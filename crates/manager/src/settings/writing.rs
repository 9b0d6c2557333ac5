//! How the settings file is replaced: under a lock, whole or not at all, and never for all to read
//! when it holds secrets.

use fs_err as fs;
use fs_err::File;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Links that are followed before something is taken for a circle; Linux has the same limit.
const MOST_LINKS: usize = 40;

/// The right to replace one file, held until it is dropped.
pub(super) struct Writer {
    /// The file itself, not a link to it.
    file: PathBuf,
    _lock: File,
}

impl Writer {
    /// Waits until nobody else writes the file. Makes its folder.
    pub(super) fn lock(file: &Path) -> io::Result<Self> {
        let file = follow_links(&std::path::absolute(file)?)?;
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(beside(&file, ".lock"))?;
        // Held for a read and a write; the system gives it back when a process dies.
        lock.file().lock()?;
        Ok(Self { file, _lock: lock })
    }

    /// Replaces the content. Others keep the right to read the file unless the content is private.
    pub(super) fn write(&self, content: &str, private: bool) -> io::Result<()> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        let mut new = tempfile::Builder::new()
            .prefix(".settings-")
            .tempfile_in(folder)?;
        new.write_all(content.as_bytes())?;
        set_mode(new.as_file(), &self.file, private)?;
        new.as_file().sync_all()?;
        new.persist(&self.file).map_err(|error| error.error)?;
        sync_folder(folder)
    }
}

/// A link is followed by hand, since it may lead to a file that is yet to be made.
fn follow_links(file: &Path) -> io::Result<PathBuf> {
    let mut file = file.to_owned();
    for _ in 0..MOST_LINKS {
        match std::fs::read_link(&file) {
            Ok(target) => {
                file = file
                    .parent()
                    .map_or_else(|| target.clone(), |folder| folder.join(&target));
            }
            Err(_) => return Ok(file),
        }
    }
    let message = format!("`{}` is a link that leads nowhere", file.display());
    Err(io::Error::other(message))
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(ending);
    name.into()
}

/// A temporary file is for its owner alone; the file that it replaces may have been for others too.
#[cfg(unix)]
fn set_mode(new: &std::fs::File, old: &Path, private: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let Ok(old) = fs::metadata(old) else {
        return Ok(());
    };
    let mode = old.permissions().mode() & if private { 0o700 } else { 0o777 };
    new.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
fn set_mode(_: &std::fs::File, _: &Path, _: bool) -> io::Result<()> {
    Ok(())
}

/// Else a power cut may bring the old file back.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether others than its owner may read a file.
#[cfg(unix)]
pub(super) fn is_readable_by_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
pub(super) fn is_readable_by_others(_: &Path) -> bool {
    false
}
