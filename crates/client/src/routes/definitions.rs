//! `/object_info`: the node classes of a server.

use crate::client::Client;
use crate::error::Error;
use comfyctl_workflow::{Definition, Definitions};

impl Client {
    /// All node classes, each parsed on demand. The server is deaf to everyone while it puts this
    /// answer together, half a second and more: keep it rather than ask again.
    pub async fn definitions(&self) -> Result<Definitions, Error> {
        self.definitions_at(&["api", "object_info"]).await
    }

    /// One node class. `None` when the server does not have it.
    pub async fn definition(&self, class: &str) -> Result<Option<Definition>, Error> {
        let answer = self
            .get(&["api", "object_info", class])
            .whole()
            .await?
            .ok()?;
        let definitions =
            Definitions::from_slice(&answer.body).map_err(|error| answer.not_json(&error))?;
        definitions
            .get(class)
            .transpose()
            .map_err(|error| answer.not_json(&error))
    }

    /// One node class, not parsed yet: empty when the server does not have it.
    pub async fn definitions_of(&self, class: &str) -> Result<Definitions, Error> {
        self.definitions_at(&["api", "object_info", class]).await
    }

    async fn definitions_at(&self, route: &[&str]) -> Result<Definitions, Error> {
        let answer = self.get(route).whole().await?.ok()?;
        Definitions::from_slice(&answer.body).map_err(|error| answer.not_json(&error))
    }
}
