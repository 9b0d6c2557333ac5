//! A server in use by this process: one client, and one socket under one client id for all jobs.

use crate::error::Error;
use crate::settings::NamedConnection;
use comfyctl_client::{Client, ClientId, Listener, ListenerOptions};
use comfyctl_workflow::{Definitions, Prompt, Replacements};
use futures_util::future::{self, BoxFuture};
use futures_util::{StreamExt, TryStreamExt, stream};
use indexmap::IndexSet;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use tokio::sync::{Semaphore, SemaphorePermit};
use tracing::debug;

/// How many definitions are asked for at once.
const AT_ONCE: usize = 8;

/// With more classes than this the whole list is asked for at once.
const MOST_SINGLE: usize = 60;

/// Workflows that are prepared by a server at once. Each makes several requests side by side, and a
/// thousand submissions at once must not open thousands of connections: they cost memory, and many
/// systems grant a process no more than 256 or 1,024 open files.
const PREPARED_AT_ONCE: usize = 16;

/// A server that jobs are run on. Made by [`crate::Manager::server`]; connects when it is used.
#[derive(Debug)]
pub struct Server {
    name: String,
    max_jobs: u32,
    paused: bool,
    client: Client,
    client_id: ClientId,
    listener_options: ListenerOptions,
    listeners: Mutex<HashMap<ClientId, Weak<Listener>>>,
    own: OnceLock<Arc<Listener>>,
    turns: Semaphore,
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
            max_jobs: connection.max_jobs,
            paused: connection.paused,
            client: Client::new(&connection.connection)?,
            client_id: ClientId::generate(),
            listener_options,
            listeners: Mutex::default(),
            own: OnceLock::new(),
            turns: Semaphore::new(PREPARED_AT_ONCE),
        })
    }

    /// Name that jobs remember it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Jobs that it may have at once.
    pub(crate) fn max_jobs(&self) -> u32 {
        self.max_jobs
    }

    /// Whether it is to be given no new jobs.
    pub(crate) fn is_paused(&self) -> bool {
        self.paused
    }

    /// For requests that are not about jobs.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Waits for the turn to prepare a workflow here; the next one has it when this is dropped. What is
    /// stored already does not queue up: jobs must not wait for those that come.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.turns.acquire().await.ok()
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
        // Boxed one by one: the compiler cannot tell that a stream of closures may cross threads.
        let mut requests: Vec<BoxFuture<'_, _>> = Vec::new();
        for class in classes {
            requests.push(Box::pin(self.client.definitions_of(class)));
        }
        let mut answers = stream::iter(requests).buffered(AT_ONCE);
        let mut all = Definitions::default();
        while let Some(some) = answers.try_next().await? {
            all.extend(some);
        }
        Ok(all)
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
    pub(crate) fn listener(&self) -> &Arc<Listener> {
        self.own
            .get_or_init(|| self.start_listener(self.client_id.clone()))
    }

    /// The socket of a job that another process posted: the server tells of it under that id only.
    pub(crate) fn listener_of(&self, id: &ClientId) -> Arc<Listener> {
        if *id == self.client_id {
            return Arc::clone(self.listener());
        }
        let mut listeners = self
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|_, listener| listener.strong_count() > 0);
        if let Some(listener) = listeners.get(id).and_then(Weak::upgrade) {
            return listener;
        }
        let listener = self.start_listener(id.clone());
        listeners.insert(id.clone(), Arc::downgrade(&listener));
        listener
    }

    fn start_listener(&self, id: ClientId) -> Arc<Listener> {
        let (client, options) = (self.client.clone(), self.listener_options.clone());
        Arc::new(Listener::start(client, id, options))
    }

    /// Closes the socket in order.
    pub async fn close(self) {
        if let Some(listener) = self.own.into_inner().and_then(Arc::into_inner) {
            listener.close().await;
        }
    }
}
