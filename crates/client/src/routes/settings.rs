//! `/settings` and `/users`: what the editor remembers on the server, and for whom.

use crate::client::Client;
use crate::error::Error;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The users of a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Users {
    /// Where user data is kept.
    #[serde(default)]
    pub storage: Option<String>,
    /// Names by id; `None` on a server for a single user.
    #[serde(default)]
    pub users: Option<Map<String, Value>>,
    /// Fields that we do not know, `migrated` among them.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Client {
    /// All settings of the editor.
    pub async fn editor_settings(&self) -> Result<Map<String, Value>, Error> {
        self.get(&["api", "settings"]).fetch().await
    }

    /// One setting of the editor; null when it is not set.
    pub async fn editor_setting(&self, name: &str) -> Result<Value, Error> {
        self.get(&["api", "settings", name]).fetch().await
    }

    /// Changes these settings of the editor and leaves the others.
    pub async fn set_editor_settings(&self, settings: &Map<String, Value>) -> Result<(), Error> {
        self.post(&["api", "settings"]).json(settings)?.done().await
    }

    /// Changes one setting of the editor.
    pub async fn set_editor_setting(&self, name: &str, value: &Value) -> Result<(), Error> {
        self.post(&["api", "settings", name])
            .json(value)?
            .done()
            .await
    }

    /// Who uses the server.
    pub async fn users(&self) -> Result<Users, Error> {
        self.get(&["api", "users"]).fetch().await
    }

    /// Adds a user and gives the id that the server made for them.
    pub async fn create_user(&self, name: &str) -> Result<String, Error> {
        self.post(&["api", "users"])
            .json(&json!({ "username": name }))?
            .fetch()
            .await
    }
}
