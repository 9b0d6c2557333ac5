//! Workflows that a server brings along: the templates of the editor, and those of node packs.

use crate::client::Client;
use crate::error::Error;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A topic of the editor's templates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TemplateTopic {
    /// What it is called, such as `Image`.
    #[serde(default)]
    pub title: Option<String>,
    /// Its templates.
    #[serde(default)]
    pub templates: Vec<Template>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A template of the editor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// Name of its file, without ending.
    pub name: String,
    /// What people see.
    #[serde(default)]
    pub title: Option<String>,
    /// What it does.
    #[serde(default)]
    pub description: Option<String>,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Client {
    /// The templates of the editor, in English. None where the server has no editor.
    pub async fn templates(&self) -> Result<Vec<TemplateTopic>, Error> {
        let found = self.get(&["templates", "index.json"]).fetch_if_found();
        Ok(found.await?.unwrap_or_default())
    }

    /// A template of the editor. `None` when there is none of that name.
    pub async fn template(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let file = format!("{name}.json");
        self.get(&["templates", &file]).fetch_bytes_if_found().await
    }

    /// Names of the workflow templates of each node pack.
    pub async fn workflow_templates(&self) -> Result<IndexMap<String, Vec<String>>, Error> {
        self.get(&["api", "workflow_templates"]).fetch().await
    }

    /// A template of a node pack. `None` when the pack has none of that name.
    pub async fn workflow_template(
        &self,
        pack: &str,
        name: &str,
    ) -> Result<Option<Vec<u8>>, Error> {
        let file = format!("{name}.json");
        let call = self.get(&["api", "workflow_templates", pack, &file]);
        call.fetch_bytes_if_found().await
    }
}
