//! `/internal`: logs and folders. Meant for the editor, without a promise to anyone else, and the
//! only routes that are not below `/api`.

use crate::client::Client;
use crate::error::Error;
use crate::ids::ClientId;
use crate::output::{FileReference, Folder};
use indexmap::IndexMap;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What a server has written to its log of late, and the terminal that it is written for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RawLogs {
    /// The lines, as they were written.
    pub entries: Vec<LogEntry>,
    /// Size of the terminal.
    #[serde(default)]
    pub size: Value,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One piece of a log: a line, part of one, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// When, in the server's local time.
    #[serde(rename = "t")]
    pub time: String,
    /// The text, with the colour codes of a terminal.
    #[serde(rename = "m")]
    pub text: String,
}

impl Client {
    /// The log of late, as one text with the colour codes of a terminal.
    pub async fn logs(&self) -> Result<String, Error> {
        self.get(&["internal", "logs"]).fetch().await
    }

    /// The log of late, piece by piece.
    pub async fn raw_logs(&self) -> Result<RawLogs, Error> {
        self.get(&["internal", "logs", "raw"]).fetch().await
    }

    /// Has the log sent to a listener as it is written, or no longer.
    pub async fn subscribe_logs(&self, client: &ClientId, enabled: bool) -> Result<(), Error> {
        let call = self.call(Method::PATCH, &["internal", "logs", "subscribe"]);
        call.json(&json!({ "clientId": client, "enabled": enabled }))?
            .done()
            .await
    }

    /// Places of each model folder on the server's disk.
    pub async fn folder_paths(&self) -> Result<IndexMap<String, Vec<String>>, Error> {
        self.get(&["internal", "folder_paths"]).fetch().await
    }

    /// The files that lie directly in a folder, the newest first.
    pub async fn files(&self, folder: Folder) -> Result<Vec<FileReference>, Error> {
        let names: Vec<String> = self
            .get(&["internal", "files", folder.as_str()])
            .fetch()
            .await?;
        let mark = format!(" [{}]", folder.as_str());
        let reference = |name: String| FileReference {
            filename: name.strip_suffix(&mark).unwrap_or(&name).to_owned(),
            subfolder: String::new(),
            folder,
        };
        Ok(names.into_iter().map(reference).collect())
    }
}
