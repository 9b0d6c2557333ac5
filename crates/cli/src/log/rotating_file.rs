//! A log file that is moved aside when it has grown: `log`, `log.1` (the newest that was moved),
//! `log.2` and so on, as Python's `RotatingFileHandler` of version 2.0.0 did.
//!
//! Several processes may write one log. Whoever finds it too large moves it; the others notice at
//! their own next look and go on in the new file. Nothing is lost by that but, rarely, the oldest
//! file early.

use fs_err as fs;
use fs_err::File;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The file that is written to at present.
#[derive(Debug)]
pub(super) struct RotatingFile {
    path: PathBuf,
    file: File,
    /// Bytes in it, as far as this process knows.
    size: u64,
    /// Bytes at which it is moved; 0 is never.
    limit: u64,
    backups: u32,
}

impl RotatingFile {
    /// Goes on at the end of the file, which is made with its folder if need be.
    pub(super) fn open(path: &Path, limit: u64, backups: u32) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let (file, size) = append_to(path)?;
        let path = path.to_owned();
        Ok(Self {
            path,
            file,
            size,
            limit,
            backups,
        })
    }

    /// Moves the file aside, unless another process did so already.
    fn rotate(&mut self, coming: u64) -> io::Result<()> {
        if fs::metadata(&self.path).is_ok_and(|found| found.len() + coming > self.limit) {
            self.move_aside()?;
        }
        (self.file, self.size) = append_to(&self.path)?;
        Ok(())
    }

    fn move_aside(&self) -> io::Result<()> {
        if self.backups == 0 {
            return fs::remove_file(&self.path);
        }
        for number in (1..self.backups).rev() {
            match fs::rename(self.backup(number), self.backup(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::rename(&self.path, self.backup(1))
    }

    fn backup(&self, number: u32) -> PathBuf {
        let mut name = OsString::from(&self.path);
        name.push(format!(".{number}"));
        name.into()
    }
}

impl Write for RotatingFile {
    /// Takes a whole line of the log, which is never split over two files.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let coming = line.len() as u64;
        let is_full = self.limit > 0 && self.size > 0 && self.size + coming > self.limit;
        if is_full && self.rotate(coming).is_err() {
            // Better too large a file than a lost line. Tried again after as much again.
            self.size = 0;
        }
        self.file.write_all(line)?;
        self.size += coming;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn append_to(path: &Path) -> io::Result<(File, u64)> {
    let file = File::options().create(true).append(true).open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path, ending: &str) -> Option<String> {
        std::fs::read_to_string(format!("{}{ending}", path.display())).ok()
    }

    #[test]
    fn a_full_file_is_moved_aside_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/log");
        let mut log = RotatingFile::open(&path, 10, 2).unwrap();
        for line in ["one 1\n", "two\n", "three\n", "four 4\n", "five 5\n"] {
            assert_eq!(log.write(line.as_bytes()).unwrap(), line.len());
        }
        let files = ["", ".1", ".2", ".3"].map(|ending| read(&path, ending));
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            files,
            [text("five 5\n"), text("four 4\n"), text("three\n"), None]
        );
    }

    #[test]
    fn a_new_process_goes_on_where_the_last_one_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        RotatingFile::open(&path, 10, 1)
            .unwrap()
            .write_all(b"12345678\n")
            .unwrap();
        RotatingFile::open(&path, 10, 1)
            .unwrap()
            .write_all(b"next\n")
            .unwrap();
        assert_eq!(read(&path, "").unwrap(), "next\n");
        assert_eq!(read(&path, ".1").unwrap(), "12345678\n");
    }

    #[test]
    fn a_file_that_another_process_moved_is_not_moved_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut one = RotatingFile::open(&path, 10, 2).unwrap();
        let mut other = RotatingFile::open(&path, 10, 2).unwrap();
        one.write_all(b"1234567\n").unwrap();
        other.write_all(b"abcdefg\n").unwrap();
        one.write_all(b"one\n").unwrap();
        other.write_all(b"two\n").unwrap();
        let files = ["", ".1", ".2"].map(|ending| read(&path, ending).unwrap_or_default());
        assert_eq!(files, ["one\ntwo\n", "1234567\nabcdefg\n", ""]);
    }

    #[test]
    fn without_a_limit_or_backups_there_is_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = RotatingFile::open(&path, 0, 3).unwrap();
        (0..9).for_each(|_| log.write_all(b"1234567\n").unwrap());
        assert_eq!(read(&path, "").unwrap().len(), 72);
        let mut log = RotatingFile::open(&path, 10, 0).unwrap();
        log.write_all(b"new\n").unwrap();
        assert_eq!(
            (read(&path, "").unwrap().as_str(), read(&path, ".1")),
            ("new\n", None)
        );
    }
}
