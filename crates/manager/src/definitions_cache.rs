//! What servers said of their node classes, kept on this machine for the time when they are off.
//!
//! One file per address in the data folder. It never speaks for a server that answers: ComfyUI
//! reports nothing that changes with the files in its lists of choices or with a node pack that was
//! updated, so classes that matter are always asked for. A file that is damaged or cannot be written
//! is as good as none, and never an error.

use comfyctl_client::SystemStats;
use comfyctl_workflow::Definitions;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tracing::debug;

/// Form of the files. Those of another form are passed over.
const FORM: u32 = 1;

/// What a server once said.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Remembered {
    form: u32,
    /// What it was when it said so.
    pub(crate) identity: ServerIdentity,
    /// When the list of all its classes was taken. Single classes may be newer.
    pub(crate) taken_at: Timestamp,
    /// Its classes.
    pub(crate) definitions: Definitions,
}

/// What a server reports of itself that changes with its programs and the way it is started. With
/// another identity it may have other classes, so that all are asked for again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ServerIdentity {
    comfyui: Option<String>,
    /// Version of the editor, which decides how workflows are converted.
    pub(crate) frontend: Option<String>,
    python: Option<String>,
    /// Versions of ComfyUI's packages.
    packages: Value,
    arguments: Vec<String>,
    /// Scripts of the editor, to which many node packs add theirs.
    extensions: Vec<String>,
}

/// The file of one server. It need not exist.
#[derive(Debug, Clone)]
pub(crate) struct DefinitionsCache {
    file: PathBuf,
}

impl ServerIdentity {
    pub(crate) fn new(stats: &SystemStats, mut extensions: Vec<String>) -> Self {
        // Listed in the order of the server's file system.
        extensions.sort();
        let packages = stats.system.rest.get("comfy_package_versions");
        Self {
            comfyui: stats.system.comfyui_version.clone(),
            frontend: stats.frontend_version().map(str::to_owned),
            python: stats.system.python_version.clone(),
            packages: packages.cloned().unwrap_or_default(),
            arguments: stats.system.argv.clone(),
            extensions,
        }
    }
}

impl Remembered {
    pub(crate) fn new(identity: ServerIdentity, definitions: Definitions) -> Self {
        Self {
            form: FORM,
            identity,
            taken_at: Timestamp::now(),
            definitions,
        }
    }
}

impl DefinitionsCache {
    /// The file of the server at an address without credentials.
    pub(crate) fn new(folder: &Path, address: &str) -> Self {
        Self {
            file: folder.join(format!("{}.json", file_name(address))),
        }
    }

    /// What the server said when it was last asked; `None` where nothing is known.
    pub(crate) fn read(&self) -> Option<Remembered> {
        let bytes = match fs_err::read(&self.file) {
            Ok(bytes) => bytes,
            Err(error) => {
                debug!(%error, "no remembered definitions");
                return None;
            }
        };
        match serde_json::from_slice::<Remembered>(&bytes) {
            Ok(remembered) => Some(remembered).filter(|remembered| remembered.form == FORM),
            Err(error) => {
                debug!(file = %self.file.display(), %error, "remembered definitions are damaged");
                None
            }
        }
    }

    /// Keeps what a server said, in the place of what it said before.
    pub(crate) fn write(&self, remembered: &Remembered) {
        if let Err(error) = self.try_write(remembered) {
            debug!(%error, "definitions are not remembered");
        }
    }

    /// Whole or not at all. Not synced: a power cut costs one question.
    fn try_write(&self, remembered: &Remembered) -> io::Result<()> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs_err::create_dir_all(folder)?;
        let mut part = tempfile::NamedTempFile::new_in(folder)?;
        part.write_all(&serde_json::to_vec(remembered)?)?;
        part.persist(&self.file)?;
        Ok(())
    }
}

/// An address as a file name of every platform, different for different addresses.
fn file_name(address: &str) -> String {
    let character = |byte: u8| match byte {
        b'.' | b'-' | b'_' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    address.bytes().map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn remembered(version: &str) -> Remembered {
        let stats = json!({"system": {"comfyui_version": version, "argv": ["main.py"]}});
        let stats: SystemStats = serde_json::from_value(stats).unwrap();
        let definitions = Definitions::from_slice(br#"{"A": {"output": ["IMAGE"]}}"#).unwrap();
        Remembered::new(ServerIdentity::new(&stats, Vec::new()), definitions)
    }

    #[test]
    fn what_a_server_said_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let cache = DefinitionsCache::new(&folder.path().join("new"), "http://gpu:8188/comfy");
        assert!(cache.read().is_none());
        cache.write(&remembered("1"));
        cache.write(&remembered("2"));
        let read = cache.read().unwrap();
        assert_eq!(read.identity, remembered("2").identity);
        assert!(read.definitions.contains("A"));
        let other = DefinitionsCache::new(&folder.path().join("new"), "http://gpu:8188/other");
        assert!(other.read().is_none());
    }

    #[test]
    fn a_damaged_file_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let cache = DefinitionsCache::new(folder.path(), "http://gpu:8188");
        let mut future = serde_json::to_value(remembered("1")).unwrap();
        future["form"] = json!(FORM + 1);
        let whole = serde_json::to_vec(&remembered("1")).unwrap();
        for bytes in [
            &b""[..],
            b"{",
            &whole[..whole.len() / 2],
            future.to_string().as_bytes(),
        ] {
            std::fs::write(&cache.file, bytes).unwrap();
            assert!(cache.read().is_none(), "{}", String::from_utf8_lossy(bytes));
        }
        cache.write(&remembered("1"));
        assert!(cache.read().is_some());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        DefinitionsCache::new(&file, "http://gpu:8188").write(&remembered("1"));
    }

    #[test]
    fn addresses_have_files_of_their_own() {
        assert_eq!(
            file_name("http://gpu:8188/a"),
            "http%3A%2F%2Fgpu%3A8188%2Fa"
        );
        assert_ne!(file_name("a/b"), file_name("a%2Fb"));
    }
}
