//! One look at a connection that says everything: who answers there and with what, or precisely why
//! nobody does.
//!
//! Called by `connections test` and its like in the other faces. Asks only; changes nothing.

mod problem;

pub use problem::{ConnectionProblem, ProblemReason};

use crate::error::Error as ManagerError;
use crate::settings::NamedConnection;
use comfyctl_client::{Client, Connection, Device, Error, SystemStats};
use futures_util::{StreamExt, stream};
use indexmap::IndexMap;
use serde::Serialize;
use std::time::Instant;

/// How many model folders are asked for at once.
const AT_ONCE: usize = 8;

/// What is known of a connection after a look. Sizes are in bytes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ConnectionReport {
    /// Name of the connection.
    pub name: String,
    /// Address, without credentials.
    pub url: String,
    /// Whether ComfyUI answers there.
    pub ok: bool,
    /// Why not.
    pub error: Option<ConnectionProblem>,
    /// What a small request takes once the connection stands, in milliseconds.
    pub latency_ms: Option<f64>,
    /// Version of ComfyUI.
    pub comfyui_version: Option<String>,
    /// Version of the editor.
    pub frontend_version: Option<String>,
    /// Version of Python.
    pub python_version: Option<String>,
    /// Version of `PyTorch`.
    pub pytorch_version: Option<String>,
    /// Operating system.
    pub os: Option<String>,
    /// Memory of the machine.
    pub ram_total: Option<u64>,
    /// What of it is free.
    pub ram_free: Option<u64>,
    /// What models run on.
    pub devices: Vec<DeviceReport>,
    /// What runs and waits.
    pub queue: Option<QueueReport>,
    /// How many models there are in each folder. `None` when that was not to be had.
    pub models: Option<IndexMap<String, usize>>,
}

/// Something that models run on. Sizes are in bytes.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceReport {
    /// Its place, such as `cuda:0`.
    pub place: String,
    /// Name of the card.
    pub name: String,
    /// Its memory.
    pub vram_total: Option<u64>,
    /// What of it is free.
    pub vram_free: Option<u64>,
}

/// How many prompts a server has.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct QueueReport {
    /// Those that run.
    pub running: usize,
    /// Those that wait.
    pub pending: usize,
}

/// Looks at a connection. What goes wrong is part of the report.
pub async fn test_connection(connection: &NamedConnection) -> ConnectionReport {
    let mut report = ConnectionReport {
        name: connection.name.clone(),
        url: connection.connection.url.to_string(),
        ..ConnectionReport::default()
    };
    match look(&connection.connection, &mut report).await {
        Ok(()) => report.ok = true,
        Err(error) => report.error = Some(problem::explain(&connection.connection, &error).await),
    }
    report
}

async fn look(connection: &Connection, report: &mut ConnectionReport) -> Result<(), Error> {
    let client = Client::new(connection)?;
    report.take_system(client.system_stats().await?);
    // The connection stands by now: this is what a request costs.
    let asked = Instant::now();
    client.queue_remaining().await?;
    report.latency_ms = Some(milliseconds(asked));
    let queue = client.queue().await?;
    report.queue = Some(QueueReport {
        running: queue.running.len(),
        pending: queue.pending.len(),
    });
    report.models = count_models(&client).await.ok();
    Ok(())
}

async fn count_models(client: &Client) -> Result<IndexMap<String, usize>, Error> {
    let folders = client.model_folders().await?;
    let counts = folders.into_iter().map(|folder| async move {
        let models = client.models(&folder).await.ok().flatten()?;
        Some((folder, models.len()))
    });
    // A folder that cannot be read is left out: it says nothing about the connection.
    Ok(stream::iter(counts)
        .buffered(AT_ONCE)
        .filter_map(async |count| count)
        .collect()
        .await)
}

/// Time since, to a tenth of a millisecond.
pub(crate) fn milliseconds(since: Instant) -> f64 {
    (since.elapsed().as_secs_f64() * 10_000.0).round() / 10.0
}

impl ConnectionReport {
    /// For a connection that the settings describe wrongly, so that there is nothing to look at.
    pub fn unusable(name: &str, error: &ManagerError) -> Self {
        let error = ConnectionProblem {
            reason: ProblemReason::Settings,
            code: error.code(),
            message: error.to_string(),
            hint: error.hint(),
        };
        Self {
            name: name.to_owned(),
            error: Some(error),
            ..Self::default()
        }
    }

    fn take_system(&mut self, stats: SystemStats) {
        self.frontend_version = stats.frontend_version().map(str::to_owned);
        let system = stats.system;
        self.comfyui_version = system.comfyui_version;
        // Python gives its whole build after its version.
        let python = system.python_version.as_deref();
        self.python_version = python
            .and_then(|python| python.split(' ').next())
            .map(str::to_owned);
        self.pytorch_version = system.pytorch_version;
        self.os = system.os;
        (self.ram_total, self.ram_free) = (system.ram_total, system.ram_free);
        self.devices = stats.devices.into_iter().map(DeviceReport::from).collect();
    }
}

impl From<Device> for DeviceReport {
    fn from(device: Device) -> Self {
        let place = match device.index {
            Some(index) => format!("{}:{index}", device.kind),
            None => device.kind,
        };
        // PyTorch repeats the place: `cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync`.
        let name = device
            .name
            .strip_prefix(&place)
            .unwrap_or(&device.name)
            .trim()
            .to_owned();
        Self {
            place,
            name,
            vram_total: device.vram_total,
            vram_free: device.vram_free,
        }
    }
}
