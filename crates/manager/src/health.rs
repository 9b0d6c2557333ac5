//! How the connections are, watched by processes that run for long: who answers, and who has least
//! to do.
//!
//! The engine reads it to place jobs. It is a hint: a server may stop the moment after it was asked,
//! and only a request of one's own tells.

use crate::code::Code;
use crate::connection_report::milliseconds;
use crate::job::JobError;
use crate::settings::NamedConnection;
use comfyctl_client::{Client, Connection, Error};
use indexmap::IndexMap;
use jiff::Timestamp;
use rand::Rng;
use serde::Serialize;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{info, warn};

/// The health of all watched connections, by name.
pub type HealthMap = IndexMap<String, Health>;

/// How a connection is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Health {
    /// Whether it answers.
    pub state: HealthState,
    /// Since when.
    pub since: Timestamp,
    /// Prompts that run and wait there, ours and others', when it was last asked. `None` while it
    /// does not answer.
    pub load: Option<u64>,
    /// What the last answer took, in milliseconds.
    pub latency_ms: Option<f64>,
    /// What went wrong last; kept after the server came back.
    pub last_error: Option<JobError>,
}

/// Whether a connection answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    /// It was not asked yet.
    Unknown,
    /// It answered when it was last asked.
    Healthy,
    /// It did not.
    Unhealthy,
}

/// How often connections are asked, and how long they have for an answer.
#[derive(Debug, Clone)]
pub struct HealthOptions {
    /// Time between questions while a connection answers. Default 5 s.
    pub interval: Duration,
    /// First delay after it did not, about; doubles each time. Default 1 s.
    pub shortest_delay: Duration,
    /// Longest delay. Default 60 s.
    pub longest_delay: Duration,
    /// Time for an answer: a server that loads a model may need a while. Default 15 s.
    pub timeout: Duration,
}

impl Default for HealthOptions {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(5),
            shortest_delay: Duration::from_secs(1),
            longest_delay: Duration::from_mins(1),
            timeout: Duration::from_secs(15),
        }
    }
}

/// Watches connections until it is closed or dropped, a task for each.
#[derive(Debug)]
pub struct HealthWatch {
    options: HealthOptions,
    sender: watch::Sender<HealthMap>,
    tasks: JoinSet<()>,
}

impl HealthWatch {
    /// Begins to watch. Must be called within a Tokio runtime.
    pub fn start(connections: Vec<NamedConnection>, options: HealthOptions) -> Self {
        let mut watch = Self {
            options,
            sender: watch::Sender::new(HealthMap::new()),
            tasks: JoinSet::new(),
        };
        watch.spawn(connections);
        watch
    }

    /// How they are now, and a way to wait for news.
    pub fn receiver(&self) -> watch::Receiver<HealthMap> {
        self.sender.subscribe()
    }

    /// Watches these instead, as after a change of the settings. What is known of those that stay is
    /// kept until they have answered again.
    pub async fn replace(&mut self, connections: Vec<NamedConnection>) {
        self.tasks.shutdown().await;
        self.spawn(connections);
    }

    /// Ends all tasks.
    pub async fn close(mut self) {
        self.tasks.shutdown().await;
    }

    fn spawn(&mut self, connections: Vec<NamedConnection>) {
        self.sender.send_modify(|known| {
            let keep = |connection: &NamedConnection| {
                let health = known.get(&connection.name).cloned();
                (
                    connection.name.clone(),
                    health.unwrap_or_else(Health::unknown),
                )
            };
            *known = connections.iter().map(keep).collect();
        });
        for connection in connections {
            let (sender, options) = (self.sender.clone(), self.options.clone());
            self.tasks.spawn(watch(connection, options, sender));
        }
    }
}

async fn watch(
    NamedConnection {
        name,
        mut connection,
        ..
    }: NamedConnection,
    options: HealthOptions,
    sender: watch::Sender<HealthMap>,
) {
    connection.timeouts.request = connection.timeouts.request.min(options.timeout);
    connection.timeouts.connect = connection.timeouts.connect.min(options.timeout);
    let (mut client, mut bound) = (None, options.shortest_delay);
    loop {
        let asked = Instant::now();
        let answer = ask(&mut client, &connection).await;
        let delay = if answer.is_ok() {
            bound = options.shortest_delay;
            options.interval
        } else {
            let delay = jittered(bound);
            bound = (bound * 2).min(options.longest_delay);
            delay
        };
        sender.send_modify(|known| {
            if let Some(health) = known.get_mut(&name) {
                health.take(&name, answer, asked);
            }
        });
        tokio::time::sleep(delay).await;
    }
}

/// The cheapest question there is, which tells the load too. Credentials are read anew until they
/// can be.
async fn ask(client: &mut Option<Client>, connection: &Connection) -> Result<u64, Error> {
    let client = match client {
        Some(client) => client,
        None => client.insert(Client::new(connection)?),
    };
    client.queue_remaining().await
}

/// Between half of a delay and all of it: many clients of a server that comes back would otherwise
/// all knock at the same moments.
fn jittered(delay: Duration) -> Duration {
    delay.mul_f64(rand::rng().random_range(0.5..=1.0))
}

impl Health {
    fn unknown() -> Self {
        Self {
            state: HealthState::Unknown,
            since: Timestamp::now(),
            load: None,
            latency_ms: None,
            last_error: None,
        }
    }

    /// Whether it answered when it was last asked.
    pub fn is_healthy(&self) -> bool {
        self.state == HealthState::Healthy
    }

    fn take(&mut self, name: &str, answer: Result<u64, Error>, asked: Instant) {
        let state = match answer {
            Ok(load) => {
                (self.load, self.latency_ms) = (Some(load), Some(milliseconds(asked)));
                HealthState::Healthy
            }
            Err(error) => {
                (self.load, self.latency_ms) = (None, None);
                let hint = error.hint();
                let error = JobError::new(Code::of_client_error(&error), &error.to_string());
                self.last_error = Some(JobError { hint, ..error });
                HealthState::Unhealthy
            }
        };
        if state != self.state {
            self.log(name, state);
            (self.state, self.since) = (state, Timestamp::now());
        }
    }

    fn log(&self, name: &str, state: HealthState) {
        match (state, &self.last_error) {
            (HealthState::Unhealthy, Some(error)) => {
                warn!(
                    connection = name,
                    "the server does not answer: {}", error.message
                );
            }
            _ if self.state == HealthState::Unhealthy => {
                info!(connection = name, "the server answers again");
            }
            _ => {}
        }
    }
}
