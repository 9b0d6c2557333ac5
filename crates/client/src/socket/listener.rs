//! The handle on a socket that is kept alive, and the subscriptions to what it says.
//!
//! The engine has one listener per connection and subscribes to each prompt before it posts it;
//! the command line subscribes to the one prompt that it runs.

use super::keeper::Keeper;
use super::mailbox::Mailbox;
use super::options::ListenerOptions;
use super::router::Router;
use super::server::RealServer;
use super::signal::Signal;
use crate::client::Client;
use crate::ids::{ClientId, PromptId};
use std::fmt;
use std::sync::Arc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::error;

/// Keeps one socket under one client id alive, in a task of its own, until it is closed or
/// dropped.
///
/// ComfyUI tells about a prompt to the socket of the client id that it was posted with and to no
/// other. So the id has to be the one that prompts are posted with, no two listeners may have the
/// same id, and each process needs its own: a second socket under an id takes all messages away
/// from the first. Messages of up to 256 MiB are taken.
///
/// ```no_run
/// # use comfyctl_client::{Client, ClientId, Connection, Event, Listener, ListenerOptions};
/// # use comfyctl_client::{PromptId, PromptRequest, Signal};
/// # async fn run(prompt: &comfyctl_workflow::Prompt) -> Result<(), comfyctl_client::Error> {
/// let client = Client::new(&Connection::parse("localhost:8188")?)?;
/// let listener =
///     Listener::start(client.clone(), ClientId::generate(), ListenerOptions::default());
/// let prompt_id = PromptId::generate();
/// let mut subscription = listener.subscribe(prompt_id.clone());
/// while let Some(signal) = subscription.next().await {
///     match signal {
///         Signal::Connected { first: true } => {
///             let mut request = PromptRequest::new(prompt);
///             request.prompt_id = Some(prompt_id.clone());
///             request.client_id = Some(listener.client_id().clone());
///             client.submit(&request).await?;
///         }
///         Signal::Event(Event::Executing(executing)) if executing.node.is_none() => break,
///         Signal::Connected { .. } | Signal::Lagged { .. } => {
///             // Something was missed: the queue and the history know what.
///         }
///         _ => {}
///     }
/// }
/// listener.close().await;
/// # Ok(())
/// # }
/// ```
pub struct Listener {
    client_id: ClientId,
    router: Arc<Router>,
    capacity: usize,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Listener {
    /// Starts to connect, and goes on trying for as long as the listener lives. Must be called
    /// within a Tokio runtime.
    pub fn start(client: Client, client_id: ClientId, options: ListenerOptions) -> Self {
        let router = Arc::new(Router::default());
        let stop = CancellationToken::new();
        let capacity = options.capacity;
        let server = RealServer::new(client, client_id.clone(), options.handshake_timeout);
        let keeper = Keeper::new(server, Arc::clone(&router), options);
        let task = tokio::spawn(keeper.run(stop.clone()));
        Self {
            client_id,
            router,
            capacity,
            stop,
            task,
        }
    }

    /// The client id to post prompts with.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// Listens to one prompt from now on. Subscribe before posting it, and post it when
    /// [`Signal::Connected`] has come: then nothing is missed.
    ///
    /// Delivers what names the prompt, and what names none while this prompt is the one that the
    /// server runs: previews, texts, and the `executing` that greets a reconnect get its id
    /// filled in. What is about no prompt ([`Status`](super::Event::Status) and the like) and
    /// what is about other people's prompts is not delivered.
    pub fn subscribe(&self, prompt_id: PromptId) -> Subscription {
        Subscription::new(&self.router, Some(prompt_id), self.capacity)
    }

    /// Listens to everything that the socket says from now on, about whatever prompt.
    pub fn subscribe_all(&self) -> Subscription {
        Subscription::new(&self.router, None, self.capacity)
    }

    /// Closes the socket in order and ends the task. Subscriptions deliver what waits and end.
    pub async fn close(mut self) {
        self.stop.cancel();
        if let Err(error) = (&mut self.task).await
            && error.is_panic()
        {
            error!(%error, "the task of a listener panicked");
        }
    }
}

impl Drop for Listener {
    /// Drops the socket without a farewell: there is no time for one.
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Listener")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// What is told about one prompt, or about everything. Ends when it is dropped.
pub struct Subscription {
    router: Arc<Router>,
    prompt_id: Option<PromptId>,
    mailbox: Arc<Mailbox>,
}

impl Subscription {
    fn new(router: &Arc<Router>, prompt_id: Option<PromptId>, capacity: usize) -> Self {
        let mailbox = Arc::new(Mailbox::new(capacity));
        router.add(prompt_id.as_ref(), &mailbox);
        Self {
            router: Arc::clone(router),
            prompt_id,
            mailbox,
        }
    }

    /// The prompt that this is about; `None` for a subscription to everything.
    pub fn prompt_id(&self) -> Option<&PromptId> {
        self.prompt_id.as_ref()
    }

    /// The next signal; `None` when the listener has ended. Nothing is lost when the future is
    /// dropped.
    pub async fn next(&mut self) -> Option<Signal> {
        self.mailbox.next().await
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.router.remove(self.prompt_id.as_ref(), &self.mailbox);
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Subscription");
        shown
            .field("prompt_id", &self.prompt_id)
            .finish_non_exhaustive()
    }
}
