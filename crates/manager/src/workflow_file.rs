//! Reads a workflow from a file or from standard input, in either format.

use crate::error::{Error, ErrorKind};
use comfyctl_workflow::{Document, Prompt};
use std::io::Read;
use std::path::Path;

/// Most bytes that are read. The largest workflows known have 10 MB; images that carry one can be
/// larger.
const MAX_BYTES: u64 = 128 << 20;

/// A graph, and what it is called.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    /// Name of the file without its ending.
    pub name: Option<String>,
    /// The graph. One in the editor's format becomes a prompt when a server is known to run it.
    pub document: Document,
}

impl Workflow {
    /// Reads a JSON file, or an image that carries its workflow.
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        if path.is_dir() {
            return Err(ErrorKind::IsFolder(path.to_owned()).into());
        }
        let file = fs_err::File::open(path).map_err(ErrorKind::File)?;
        let bytes = read_all(file, path)?;
        let stem = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned());
        let document = read_document(&bytes, &path.display().to_string())?;
        Ok(Self {
            name: stem,
            document,
        })
    }

    /// Reads the same from a stream that has no name.
    pub fn from_reader(reader: impl Read, shown_name: &str) -> Result<Self, Error> {
        let bytes = read_all(reader, Path::new(shown_name))?;
        Ok(Self {
            name: None,
            document: read_document(&bytes, shown_name)?,
        })
    }

    /// The prompt, for uses without node definitions: what the editor saves is an error.
    pub fn into_prompt(self) -> Result<Prompt, Error> {
        match self.document {
            Document::Prompt(prompt) => Ok(prompt),
            Document::Ui(_) => Err(ErrorKind::UiFormat.into()),
        }
    }
}

fn read_all(reader: impl Read, path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = reader
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(ErrorKind::File)?;
    if read as u64 > MAX_BYTES {
        return Err(ErrorKind::TooLarge {
            path: path.to_owned(),
            limit: MAX_BYTES,
        }
        .into());
    }
    Ok(bytes)
}

fn read_document(bytes: &[u8], name: &str) -> Result<Document, Error> {
    let document = Document::from_bytes(bytes).map_err(|source| ErrorKind::Document {
        name: name.to_owned(),
        source,
    })?;
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(result: Result<Workflow, Error>) -> String {
        let error = result.unwrap_err();
        format!("{}: {error}", error.code())
    }

    #[test]
    fn a_name_is_that_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("my flow.json");
        std::fs::write(&file, r#"{"1": {"class_type": "A", "inputs": {}}}"#).unwrap();
        assert_eq!(
            Workflow::from_file(&file).unwrap().name.as_deref(),
            Some("my flow")
        );
    }

    #[test]
    fn what_is_not_a_workflow_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let folder_error = message(Workflow::from_file(folder.path()));
        assert!(folder_error.starts_with("file_error: `"), "{folder_error}");
        let missing = message(Workflow::from_file(&folder.path().join("missing.json")));
        assert!(missing.contains("missing.json"), "{missing}");
    }

    #[test]
    fn what_the_editor_saves_is_read_and_is_no_prompt_yet() {
        let saved = &br#"{"nodes": [], "links": []}"#[..];
        let workflow = Workflow::from_reader(saved, "standard input").unwrap();
        let error = workflow.into_prompt().unwrap_err();
        assert_eq!(error.code(), crate::Code::UnsupportedWorkflow);
    }

    #[test]
    fn more_than_any_workflow_is_not_read_into_memory() {
        let endless = std::io::repeat(b' ');
        assert_eq!(
            message(Workflow::from_reader(endless, "standard input")),
            "invalid_workflow: `standard input` is larger than 128 MB"
        );
    }
}
