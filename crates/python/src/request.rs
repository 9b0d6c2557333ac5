//! What Python asks for when it submits a job.

use crate::error::Failure;
use comfyctl_manager::settings::URL_VARIABLE;
use comfyctl_manager::{
    Changes, ConnectionChoice, Error, ErrorKind, ImageOverride, Manager, Reference, Request,
    SeedChoice, Source, Terms, Workflow, WorkflowName,
};
use comfyctl_manager::{Library, Server};
use comfyctl_workflow::{Override, Selector, nearest};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A graph as JSON text, or the path of a file or the name of a saved workflow.
#[derive(FromPyObject)]
pub(crate) enum WorkflowSource {
    /// Text in either format, or a file that carries a workflow.
    Bytes(Vec<u8>),
    /// A file, or a name in the library.
    Named(PathBuf),
}

/// Which server is meant.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Target {
    connection: Option<String>,
    url: Option<String>,
    #[serde(default)]
    labels: Vec<String>,
}

/// The keyword arguments of `submit`; their meanings are in the docstring there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    connection: Option<String>,
    url: Option<String>,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    set: Map<String, Value>,
    seed: Option<Seed>,
    name: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    priority: i32,
    #[serde(default)]
    after: Vec<String>,
    retries: Option<u32>,
    queue_timeout: Option<f64>,
    run_timeout: Option<f64>,
    idempotency_key: Option<String>,
    output: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "Value")]
enum Seed {
    Fixed(u64),
    Random,
}

impl TryFrom<Value> for Seed {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        match (value.as_u64(), value.as_str()) {
            (Some(seed), _) => Ok(Self::Fixed(seed)),
            (_, Some("random")) => Ok(Self::Random),
            _ => Err(format!(
                "invalid value: {value} is no seed, which is a whole number from 0 on or \"random\""
            )),
        }
    }
}

impl From<Target> for ConnectionChoice {
    fn from(target: Target) -> Self {
        match target {
            Target { url: Some(url), .. } => Self::Address(url),
            Target { labels, .. } if !labels.is_empty() => Self::Any { labels },
            Target {
                connection: Some(name),
                ..
            } => Self::Named(name),
            // As the command line has it.
            Target { .. } => match std::env::var(URL_VARIABLE) {
                Ok(url) if !url.is_empty() => Self::Address(url),
                _ => Self::Default,
            },
        }
    }
}

/// A time limit. One that is no time is an error: it must not be no limit.
pub(crate) fn seconds(name: &str, seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| PyValueError::new_err(format!("`{name}` is no number of seconds: {seconds}")))
}

impl Options {
    /// The request of the manager.
    pub(crate) async fn request(
        self,
        source: WorkflowSource,
        images: Vec<ImageOverride>,
        manager: &Manager,
    ) -> Result<Request, Failure> {
        let connection = ConnectionChoice::from(Target {
            connection: self.connection.clone(),
            url: self.url.clone(),
            labels: self.labels.clone(),
        });
        let mut workflow = source.read(manager, &connection).await?;
        if let Some(name) = &self.name {
            workflow.name = Some(name.clone());
        }
        Ok(Request {
            workflow,
            changes: self.changes(images)?,
            connection,
            terms: self.terms(manager).await?,
        })
    }

    fn changes(&self, images: Vec<ImageOverride>) -> Result<Changes, Failure> {
        let mut changes = Changes {
            images,
            seed: match self.seed {
                None => SeedChoice::Saved,
                Some(Seed::Fixed(seed)) => SeedChoice::Fixed(seed),
                Some(Seed::Random) => SeedChoice::Random,
            },
            ..Changes::default()
        };
        for (selector, value) in &self.set {
            let selector: Selector = selector.parse()?;
            // Text in quotation marks stays text, whatever it looks like.
            let typed = value.to_string();
            changes.overrides.push(Override { selector, typed });
        }
        Ok(changes)
    }

    async fn terms(self, manager: &Manager) -> Result<Terms, Failure> {
        let limit = |name, given: Option<f64>, usual: Option<Duration>| {
            let given = given.map(|given| seconds(name, given));
            given.map_or(Ok(usual), |given| given.map(Some))
        };
        let mut policy = manager.usual_policy();
        policy.retries = self.retries.unwrap_or(policy.retries);
        policy.queue_timeout = limit("queue_timeout", self.queue_timeout, policy.queue_timeout)?;
        policy.run_timeout = limit("run_timeout", self.run_timeout, policy.run_timeout)?;
        let mut after = Vec::with_capacity(self.after.len());
        for id in &self.after {
            after.push(manager.job(id).await?.job_id);
        }
        Ok(Terms {
            policy,
            priority: self.priority,
            idempotency_key: self.idempotency_key,
            after,
            tags: self.tags,
            output_folder: self.output,
            ..Terms::default()
        })
    }
}

impl WorkflowSource {
    async fn read(
        self,
        manager: &Manager,
        connection: &ConnectionChoice,
    ) -> Result<Workflow, Failure> {
        let path = match self {
            Self::Bytes(bytes) => return Ok(Workflow::from_reader(&bytes[..], "the workflow")?),
            Self::Named(path) => path,
        };
        let Some(name) = path.to_str().filter(|_| !path.exists()) else {
            return Ok(Workflow::from_file(&path)?);
        };
        if let Some(reference) = Reference::parse(name) {
            let library = library(manager, reference.source, connection)?;
            return saved(&library, &reference.name).await;
        }
        let library = manager.library();
        if name.parse::<WorkflowName>().is_ok() {
            // What has no ending is meant as a name, and the nearest one helps more than that there is
            // no such file.
            let is_name = path.extension().is_none();
            if is_name || library.read(name).await?.is_some() {
                return saved(&library, name).await;
            }
        }
        Ok(Workflow::from_file(&path)?)
    }
}

fn library(
    manager: &Manager,
    source: Source,
    connection: &ConnectionChoice,
) -> Result<Library, Error> {
    let client = || {
        let server: Result<Arc<Server>, Error> = manager.server(connection);
        server.map(|server| server.client().clone())
    };
    Ok(match source {
        Source::Local => manager.library(),
        Source::Server => Library::Server(client()?),
        Source::Template => Library::Templates(client()?),
        Source::Blueprint => Library::Blueprints(client()?),
    })
}

async fn saved(library: &Library, name: &str) -> Result<Workflow, Failure> {
    if let Some(bytes) = library.read(name).await? {
        let workflow = Workflow::from_reader(&bytes[..], name)?;
        let name = Some(name.to_owned());
        return Ok(Workflow { name, ..workflow });
    }
    let known: Vec<String> = library
        .list()
        .await?
        .into_iter()
        .map(|saved| saved.name)
        .collect();
    let nearest = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
    let name = name.to_owned();
    Err(ErrorKind::NoSuchWorkflow { name, nearest }.into())
}
