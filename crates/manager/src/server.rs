//! A server in use by this process: one client, and one socket under one client id for all jobs.

use crate::error::Error;
use crate::settings::NamedConnection;
use comfyctl_client::{Client, ClientId, Listener, ListenerOptions};
use comfyctl_workflow::{Definitions, Prompt, Replacements};
use futures_util::{StreamExt, TryStreamExt, future, stream};
use indexmap::IndexSet;
use std::sync::OnceLock;
use tracing::debug;

/// How many definitions are asked for at once.
const AT_ONCE: usize = 8;

/// With more classes than this the whole list is asked for at once.
const MOST_SINGLE: usize = 60;

/// A server that jobs are run on. Made by [`crate::Manager::server`]; connects when it is used.
#[derive(Debug)]
pub struct Server {
    name: String,
    client: Client,
    client_id: ClientId,
    listener_options: ListenerOptions,
    listener: OnceLock<Listener>,
}

impl Server {
    /// Reads credentials and certificates; connects to nothing yet. The client id is fresh: ComfyUI
    /// deafens the older of two sockets under the same id.
    pub fn new(
        connection: &NamedConnection,
        listener_options: ListenerOptions,
    ) -> Result<Self, Error> {
        Ok(Self {
            name: connection.name.clone(),
            client: Client::new(&connection.connection)?,
            client_id: ClientId::generate(),
            listener_options,
            listener: OnceLock::new(),
        })
    }

    /// Name that jobs remember it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// For requests that are not about jobs.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The definitions of the classes that a prompt uses; the server need not know them all.
    ///
    /// Asked for one by one if they are few: the whole list keeps a real server from anything else for half a
    /// second (0.28.1).
    pub async fn definitions_for(&self, prompt: &Prompt) -> Result<Definitions, Error> {
        let classes: IndexSet<&str> = prompt.nodes().map(|(_, node)| node.class_type()).collect();
        self.definitions_of(classes).await
    }

    /// The definitions of some classes, and of those that stand in for ones that are gone.
    pub(crate) async fn definitions_of(
        &self,
        classes: IndexSet<&str>,
    ) -> Result<Definitions, Error> {
        if classes.len() > MOST_SINGLE {
            return self.all_definitions().await;
        }
        // Both are part of the one future that is a job, and large.
        let definitions = Box::pin(self.each_of(classes.iter().copied()));
        let replacements = Box::pin(self.replacements());
        let (definitions, replacements) = future::join(definitions, replacements).await;
        let mut definitions = definitions?;
        let gone = classes.iter().filter(|class| !definitions.contains(class));
        let stand_ins: Vec<&str> = gone
            .filter_map(|class| Some(replacements.of(class)?.class.as_str()))
            .collect();
        if !stand_ins.is_empty() {
            definitions.extend(Box::pin(self.each_of(stand_ins)).await?);
        }
        definitions.set_replacements(replacements);
        Ok(definitions)
    }

    /// The definitions of all classes. The server does nothing else meanwhile.
    pub(crate) async fn all_definitions(&self) -> Result<Definitions, Error> {
        let definitions = Box::pin(self.client.definitions());
        let replacements = Box::pin(self.replacements());
        let (definitions, replacements) = future::join(definitions, replacements).await;
        let mut definitions = definitions?;
        definitions.set_replacements(replacements);
        Ok(definitions)
    }

    async fn each_of(&self, classes: impl IntoIterator<Item = &str>) -> Result<Definitions, Error> {
        let requests = classes
            .into_iter()
            .map(|class| self.client.definitions_of(class));
        let answers = stream::iter(requests).buffered(AT_ONCE);
        let merge = |mut all: Definitions, some| {
            all.extend(some);
            future::ok(all)
        };
        Ok(answers.try_fold(Definitions::default(), merge).await?)
    }

    /// Advice, without which all else works as well.
    async fn replacements(&self) -> Replacements {
        let answer = self.client.node_replacements().await;
        match answer {
            Ok(answer) => Replacements::new(answer),
            Err(error) => {
                debug!(%error, "what replaces node classes is not known");
                Replacements::default()
            }
        }
    }

    /// What prompts are posted with: their events come to the socket of this id.
    pub(crate) fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// The socket, opened when first asked for. Must be called within a Tokio runtime.
    pub(crate) fn listener(&self) -> &Listener {
        self.listener.get_or_init(|| {
            let (client, id) = (self.client.clone(), self.client_id.clone());
            Listener::start(client, id, self.listener_options.clone())
        })
    }

    /// Closes the socket in order.
    pub async fn close(self) {
        if let Some(listener) = self.listener.into_inner() {
            listener.close().await;
        }
    }
}
