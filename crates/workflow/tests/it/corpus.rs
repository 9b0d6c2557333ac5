//! The pairs of workflows and prompts that the editor made of them: a committed set of edge cases,
//! and real workflows from `../shared` where that lies beside the clone.
//!
//! Also included by the benchmark.

use comfyctl_workflow::Definitions;
use comfyctl_workflow::ui::UiWorkflow;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Folder of truths of the old and of the new dialect.
pub(crate) const TRUTHS: [&str; 2] = ["truth-1.45.21", "truth-1.58.1"];

/// Files by folder and name without ending: `inputs`, `truth-1.45.21`, `truth-1.58.1`.
pub(crate) struct Corpus {
    pub(crate) definitions: Definitions,
    files: BTreeMap<(String, String), Vec<u8>>,
}

impl Corpus {
    /// The committed edge cases.
    pub(crate) fn edge_cases() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conversion");
        let mut files = BTreeMap::new();
        for part in ["inputs", TRUTHS[0], TRUTHS[1]] {
            for entry in std::fs::read_dir(folder.join(part)).unwrap() {
                let path = entry.unwrap().path();
                files.insert(key(&path), std::fs::read(&path).unwrap());
            }
        }
        let definitions = std::fs::read(folder.join("definitions.json")).unwrap();
        Self {
            definitions: Definitions::from_slice(&definitions).unwrap(),
            files,
        }
    }

    /// The real workflows, or `None` where they are not present.
    pub(crate) fn templates() -> Option<Self> {
        let archive = unpacked(&shared("templates.tar.xz"))?;
        let mut files = BTreeMap::new();
        for entry in tar::Archive::new(&*archive).entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().into_owned();
            if path.extension().is_some_and(|ending| ending == "json") {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).unwrap();
                files.insert(key(&path), bytes);
            }
        }
        let definitions =
            Definitions::from_slice(&unpacked(&shared("object_info.json.xz"))?).unwrap();
        Some(Self { definitions, files })
    }

    /// Names of the files of a folder.
    pub(crate) fn names<'c>(&'c self, folder: &'c str) -> impl Iterator<Item = &'c str> {
        self.files
            .keys()
            .filter(move |(part, _)| part == folder)
            .map(|(_, name)| name.as_str())
    }

    /// A file's bytes.
    pub(crate) fn bytes(&self, folder: &str, name: &str) -> Option<&[u8]> {
        self.files
            .get(&(folder.to_owned(), name.to_owned()))
            .map(Vec::as_slice)
    }

    /// A file's JSON.
    pub(crate) fn json(&self, folder: &str, name: &str) -> Option<Value> {
        Some(serde_json::from_slice(self.bytes(folder, name)?).unwrap())
    }

    /// A workflow to convert.
    pub(crate) fn workflow(&self, name: &str) -> UiWorkflow {
        UiWorkflow::from_value(self.json("inputs", name).unwrap()).unwrap()
    }
}

/// A file of the shared data.
pub(crate) fn shared(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/conversion")
        .join(name)
}

fn unpacked(path: &Path) -> Option<Vec<u8>> {
    let file = std::fs::File::open(path).ok()?;
    let mut bytes = Vec::new();
    lzma_rust2::XzReader::new(file, true)
        .read_to_end(&mut bytes)
        .unwrap();
    Some(bytes)
}

fn key(path: &Path) -> (String, String) {
    let part = path.parent().and_then(Path::file_name).unwrap_or_default();
    let name = path.file_stem().unwrap_or_default();
    (
        part.to_string_lossy().into_owned(),
        name.to_string_lossy().into_owned(),
    )
}
