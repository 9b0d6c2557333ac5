//! Saved workflows: in a folder of this machine, in the editor's own folder on a server, and those
//! that a server brings along.
//!
//! What is saved is kept byte for byte, and only what is a workflow. Nothing is written outside of
//! the folder, and nothing is replaced unless asked. What a server brings along is only read.

mod blueprints;
mod local;
mod name;
mod reference;
mod templates;
mod userdata;

pub(crate) use name::InvalidName;
pub use name::WorkflowName;
pub use reference::{Reference, Source};

use crate::error::{Error, ErrorKind};
use comfyctl_client::Client;
use comfyctl_workflow::Document;
use jiff::Timestamp;
use serde::Serialize;
use std::path::PathBuf;

/// Where workflows are found.
#[derive(Debug, Clone)]
pub enum Library {
    /// A folder of this machine, which need not exist.
    Local(PathBuf),
    /// What the editor on a server has saved.
    Server(Client),
    /// The templates of the editor and of the node packs of a server.
    Templates(Client),
    /// The subgraphs that every workflow of a server can use.
    Blueprints(Client),
}

/// A saved workflow as a listing shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SavedWorkflow {
    /// Where it is.
    pub source: Source,
    /// Its name there.
    pub name: String,
    /// What people call it, where that is not its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// Hash of its bytes (blake3): another one for another content. Only of those that can be saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_hash: Option<String>,
}

impl Library {
    /// All its workflows, by name.
    pub async fn list(&self) -> Result<Vec<SavedWorkflow>, Error> {
        let mut found = match self {
            Self::Local(folder) => local::list(folder)?,
            Self::Server(client) => userdata::list(client).await?,
            Self::Templates(client) => templates::list(client).await?,
            Self::Blueprints(client) => blueprints::list(client).await?,
        };
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    /// The bytes of a workflow; `None` when there is none of that name.
    pub async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        match self {
            Self::Local(folder) => local::read(folder, &name.parse()?),
            Self::Server(client) => userdata::read(client, &name.parse()?).await,
            Self::Templates(client) => templates::read(client, name).await,
            Self::Blueprints(client) => blueprints::read(client, name).await,
        }
    }

    /// Saves a workflow. One of the same name is replaced only if `replace` says so.
    pub async fn save(
        &self,
        name: &WorkflowName,
        bytes: &[u8],
        replace: bool,
    ) -> Result<(), Error> {
        Document::from_bytes(bytes).map_err(|source| ErrorKind::Document {
            name: name.to_string(),
            source,
        })?;
        match self {
            Self::Local(folder) => local::save(folder, name, bytes, replace),
            Self::Server(client) => userdata::save(client, name, bytes, replace).await,
            Self::Templates(_) | Self::Blueprints(_) => Err(ErrorKind::ReadOnlyLibrary.into()),
        }
    }

    /// Deletes a workflow. `false` when there was none of that name.
    pub async fn delete(&self, name: &WorkflowName) -> Result<bool, Error> {
        match self {
            Self::Local(folder) => local::delete(folder, name),
            Self::Server(client) => userdata::delete(client, name).await,
            Self::Templates(_) | Self::Blueprints(_) => Err(ErrorKind::ReadOnlyLibrary.into()),
        }
    }
}

impl SavedWorkflow {
    fn new(source: Source, name: impl Into<String>) -> Self {
        Self {
            source,
            name: name.into(),
            title: None,
            description: None,
            tags: Vec::new(),
            size: None,
            modified: None,
            content_hash: None,
        }
    }

    /// How commands call it.
    pub fn reference(&self) -> Reference {
        Reference {
            source: self.source,
            name: self.name.clone(),
        }
    }

    /// Whether every word of a text is in its name, title, description or tags.
    pub fn matches(&self, text: &str) -> bool {
        let parts = [
            Some(&self.name),
            self.title.as_ref(),
            self.description.as_ref(),
        ];
        let parts = parts.into_iter().flatten().chain(&self.tags);
        let parts: Vec<String> = parts.map(|part| part.to_lowercase()).collect();
        let text = text.to_lowercase();
        let found = |word: &str| parts.iter().any(|part| part.contains(word));
        text.split_whitespace().all(found)
    }
}

/// Tells versions of a file apart.
fn content_hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_be_found_somewhere() {
        let saved = SavedWorkflow {
            title: Some("Flux: Text to Image".to_owned()),
            tags: vec!["Fast".to_owned()],
            ..SavedWorkflow::new(Source::Template, "flux_t2i")
        };
        assert!(saved.matches("image FLUX fast") && saved.matches(""));
        assert!(!saved.matches("flux video"));
    }
}
