//! The servers that this process speaks to: one client and one socket for each, and which of them
//! cannot be reached just now.

use crate::error::Error;
use crate::server::Server;
use crate::settings::{ConnectionChoice, NamedConnection, Settings};
use comfyctl_client::ListenerOptions;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// First wait before a server that could not be reached is tried again; doubled up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Clients by name of the connection and address. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Servers {
    listener_options: ListenerOptions,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    settings: Arc<Settings>,
    servers: HashMap<(String, String), Arc<Server>>,
    outages: HashMap<(String, String), Outage>,
}

#[derive(Debug, Clone, Copy)]
struct Outage {
    retry_at: Instant,
    wait: Duration,
}

impl Servers {
    pub(crate) fn new(settings: Arc<Settings>, listener_options: ListenerOptions) -> Self {
        let inner = Inner {
            settings,
            servers: HashMap::new(),
            outages: HashMap::new(),
        };
        Self {
            listener_options,
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    /// Goes by these settings from now on. Jobs that are followed keep the server that they have.
    pub(crate) fn replace_settings(&self, settings: Arc<Settings>) {
        let mut inner = self.inner();
        inner.settings = settings;
        inner.servers.clear();
        inner.outages.clear();
    }

    /// The settings that count now.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.inner().settings)
    }

    /// The server that is meant.
    pub(crate) fn choose(&self, choice: &ConnectionChoice) -> Result<Arc<Server>, Error> {
        self.get_or_make(self.settings().connection(choice)?)
    }

    /// The servers that can be meant, in the order of the settings. One that cannot be used does not
    /// keep the others from it.
    pub(crate) fn candidates(&self, choice: &ConnectionChoice) -> Result<Vec<Arc<Server>>, Error> {
        let mut servers = Vec::new();
        let mut failure = None;
        for connection in self.settings().candidates(choice)? {
            match self.get_or_make(connection) {
                Ok(server) => servers.push(server),
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            Some(error) if servers.is_empty() => Err(error),
            _ => Ok(servers),
        }
    }

    /// The server of a job: the connection if the settings still have it under that address, else
    /// the bare address.
    pub(crate) fn find(&self, name: &str, server_url: Option<&str>) -> Result<Arc<Server>, Error> {
        let settings = self.settings();
        let named = settings.connection(&ConnectionChoice::Named(name.to_owned()));
        let Some(url) = server_url else {
            return self.get_or_make(named?);
        };
        match named {
            Ok(found) if found.connection.url.to_string() == url => self.get_or_make(found),
            _ => {
                let address = ConnectionChoice::Address(url.to_owned());
                let NamedConnection { connection, .. } = settings.connection(&address)?;
                let name = name.to_owned();
                self.get_or_make(NamedConnection::new(name, connection))
            }
        }
    }

    fn get_or_make(&self, connection: NamedConnection) -> Result<Arc<Server>, Error> {
        let key = (
            connection.name.clone(),
            connection.connection.url.to_string(),
        );
        let mut inner = self.inner();
        if let Some(server) = inner.servers.get(&key) {
            return Ok(Arc::clone(server));
        }
        let server = Arc::new(Server::new(&connection, self.listener_options.clone())?);
        inner.servers.insert(key, Arc::clone(&server));
        Ok(server)
    }

    /// Whether it is worth sending something there, as far as is known. When the answer is that it
    /// is time to find out, others are told to wait meanwhile.
    pub(crate) fn outlook(&self, server: &Server) -> Outlook {
        let mut inner = self.inner();
        match inner.outages.get_mut(&key(server)) {
            None => Outlook::Good,
            Some(outage) if Instant::now() < outage.retry_at => Outlook::Bad,
            Some(outage) => {
                outage.retry_at = Instant::now() + outage.wait;
                Outlook::Unknown
            }
        }
    }

    /// The server could not be reached.
    pub(crate) fn is_out(&self, server: &Server) {
        let mut inner = self.inner();
        let outage = inner.outages.entry(key(server)).or_insert(Outage {
            retry_at: Instant::now(),
            wait: FIRST_WAIT / 2,
        });
        outage.wait = (outage.wait * 2).min(LONGEST_WAIT);
        outage.retry_at = Instant::now() + outage.wait;
    }

    /// The server answers.
    pub(crate) fn is_back(&self, server: &Server) {
        self.inner().outages.remove(&key(server));
    }

    /// Closes the sockets in order.
    pub(crate) async fn close(&self) {
        let servers = std::mem::take(&mut self.inner().servers);
        for server in servers.into_values().filter_map(Arc::into_inner) {
            server.close().await;
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a server is likely to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outlook {
    Good,
    /// It did not answer, and it is too early to ask again.
    Bad,
    /// It did not answer; the caller is to ask it now.
    Unknown,
}

fn key(server: &Server) -> (String, String) {
    (
        server.name().to_owned(),
        server.client().base_url().to_string(),
    )
}
