//! `comfyctl connections list`.

use crate::arguments::ListConnections;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::table;
use comfyctl_manager::health::{Health, HealthMap, HealthOptions, HealthState, HealthWatch};
use comfyctl_manager::{Error, JobError, NamedConnection};
use serde::Serialize;
use serde_json::json;

/// A connection as `--json` gives it.
#[derive(Debug, Serialize)]
struct ConnectionView {
    name: String,
    default: bool,
    #[serde(flatten)]
    known: Option<Known>,
    /// What is wrong with its settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<JobError>,
}

/// What there is to say of a connection whose settings are right.
#[derive(Debug, Serialize)]
struct Known {
    url: String,
    paused: bool,
    labels: Vec<String>,
    max_jobs: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<Health>,
}

pub(crate) async fn run(
    arguments: &ListConnections,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let settings = manager.settings();
    let connections = settings.connections();
    let usable = connections
        .iter()
        .filter_map(|(_, connection)| connection.as_ref().ok());
    let mut health = if arguments.check {
        ask(usable.cloned().collect()).await
    } else {
        HealthMap::new()
    };
    let view = |(name, connection): (&str, Result<NamedConnection, Error>)| {
        let health = health.swap_remove(name);
        let (known, error) = match connection {
            Ok(connection) => (Some(Known::new(connection, health)), None),
            Err(error) => (None, Some(Failure::from(error).into_error())),
        };
        let default = settings.default_connection_name() == name;
        ConnectionView {
            name: name.to_owned(),
            default,
            known,
            error,
        }
    };
    let views: Vec<_> = connections.into_iter().map(view).collect();
    let text = || {
        if arguments.check {
            with_health(&views)
        } else {
            plain(&views)
        }
    };
    context
        .printer
        .result(&json!({ "connections": views }), text);
    Ok(ExitStatus::Success)
}

/// Asks all of them at once, each once.
async fn ask(connections: Vec<NamedConnection>) -> HealthMap {
    let watch = HealthWatch::start(connections, HealthOptions::default());
    let mut receiver = watch.receiver();
    let is_known = |health: &Health| health.state != HealthState::Unknown;
    // The watch outlives the wait.
    let _ = receiver
        .wait_for(|known| known.values().all(is_known))
        .await;
    let known = receiver.borrow().clone();
    watch.close().await;
    known
}

impl Known {
    fn new(connection: NamedConnection, health: Option<Health>) -> Self {
        Self {
            url: connection.connection.url.to_string(),
            paused: connection.paused,
            labels: connection.labels,
            max_jobs: connection.max_jobs,
            health,
        }
    }
}

fn plain(views: &[ConnectionView]) -> String {
    let rows = views.iter().map(columns);
    table::render(["NAME", "STATE", "MAX JOBS", "LABELS", "ADDRESS"], rows)
}

fn with_health(views: &[ConnectionView]) -> String {
    let rows = views.iter().map(|view| {
        let [name, state, max_jobs, labels, address] = columns(view);
        let health = view.known.as_ref().and_then(|known| known.health.as_ref());
        [
            name,
            state,
            max_jobs,
            labels,
            address,
            health.map(in_words).unwrap_or_default(),
        ]
    });
    table::render(
        ["NAME", "STATE", "MAX JOBS", "LABELS", "ADDRESS", "HEALTH"],
        rows,
    )
}

fn columns(view: &ConnectionView) -> [String; 5] {
    let name = view.name.clone();
    let Some(known) = &view.known else {
        let problem = view.error.as_ref().map(|error| error.message.clone());
        return [
            name,
            "broken".to_owned(),
            String::new(),
            String::new(),
            problem.unwrap_or_default(),
        ];
    };
    let state = match (view.default, known.paused) {
        (true, true) => "default, paused",
        (true, false) => "default",
        (false, true) => "paused",
        (false, false) => "",
    };
    [
        name,
        state.to_owned(),
        known.max_jobs.to_string(),
        known.labels.join(" "),
        known.url.clone(),
    ]
}

fn in_words(health: &Health) -> String {
    match (&health.last_error, health.load, health.latency_ms) {
        (_, Some(load), Some(latency)) => format!("answers in {latency} ms, {load} in the queue"),
        (Some(error), ..) => format!("does not answer: {}", error.code),
        _ => "unknown".to_owned(),
    }
}
