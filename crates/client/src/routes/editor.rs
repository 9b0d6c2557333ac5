//! What the editor loads when it starts: subgraphs, extensions, replacements of nodes,
//! translations.

use crate::client::Client;
use crate::error::Error;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A subgraph that every workflow of a server can use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GlobalSubgraph {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Where it comes from, such as `templates`.
    #[serde(default)]
    pub source: String,
    /// More about its origin, such as the node pack.
    #[serde(default)]
    pub info: Value,
    /// The subgraph as JSON text; only when one is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Client {
    /// Subgraphs by id, without their data.
    pub async fn global_subgraphs(&self) -> Result<IndexMap<String, GlobalSubgraph>, Error> {
        self.get(&["api", "global_subgraphs"]).fetch().await
    }

    /// One subgraph with its data. `None` when the server does not have it.
    pub async fn global_subgraph(&self, id: &str) -> Result<Option<GlobalSubgraph>, Error> {
        // Unknown ids are a null, not a 404.
        let found = self
            .get(&["api", "global_subgraphs", id])
            .fetch_if_found()
            .await?;
        Ok(found.flatten())
    }

    /// Paths of the scripts that extend the editor.
    pub async fn extensions(&self) -> Result<Vec<String>, Error> {
        self.get(&["api", "extensions"]).fetch().await
    }

    /// What classes that are gone are replaced by, by class. Applied by the server to the prompts
    /// that it gets.
    pub async fn node_replacements(&self) -> Result<IndexMap<String, Vec<Value>>, Error> {
        let found = self
            .get(&["api", "node_replacements"])
            .fetch_if_found()
            .await?;
        Ok(found.unwrap_or_default())
    }

    /// Translations that node packs bring, by language.
    pub async fn translations(&self) -> Result<Map<String, Value>, Error> {
        self.get(&["api", "i18n"]).fetch().await
    }
}
