//! A simulated server, a manager with a history of its own, and workflows to run.

use comfyctl_client::{HistoryRange, ListenerOptions};
use comfyctl_manager::{
    Changes, ConnectionChoice, Error, Job, Limits, Locations, Manager, Notice, Patience, Request,
    Run, Server, Terms, Workflow,
};
use comfyctl_simulator::Simulator;
use comfyctl_workflow::{Document, Prompt};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

pub(crate) struct Bench {
    pub(crate) simulator: Simulator,
    pub(crate) manager: Manager,
    pub(crate) server: Arc<Server>,
    pub(crate) folder: TempDir,
}

/// Waits are short because the simulator answers at once; the order of things is that of the
/// defaults.
pub(crate) fn patience() -> Patience {
    Patience {
        doubt: Duration::from_millis(300),
        outage: Some(Duration::from_secs(2)),
        look: Duration::from_millis(200),
        urgent_look: Duration::from_millis(50),
        post_backoff: Duration::from_millis(10),
        ..Patience::default()
    }
}

pub(crate) fn listener_options() -> ListenerOptions {
    ListenerOptions {
        handshake_timeout: Duration::from_secs(2),
        ping_interval: Duration::from_millis(50),
        silence_timeout: Duration::from_millis(200),
        close_timeout: Duration::from_millis(100),
        quiet_time: Duration::from_millis(200),
        shortest_delay: Duration::from_millis(5),
        longest_delay: Duration::from_millis(50),
        ..ListenerOptions::default()
    }
}

pub(crate) fn manager(folder: &Path) -> Manager {
    let locations = Locations {
        settings_file: folder.join("settings.json"),
        data_folder: folder.join("data"),
    };
    let manager = Manager::open(locations).unwrap();
    manager
        .with_patience(patience())
        .with_listener_options(listener_options())
}

/// A manager that shares the history of others in the folder.
pub(crate) fn manager_with(folder: &Path, settings: &Value) -> Manager {
    std::fs::write(folder.join("settings.json"), settings.to_string()).unwrap();
    manager(folder)
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with_faults(&[]).await
    }

    pub(crate) async fn with_faults(faults: &[&str]) -> Self {
        let mut builder = Simulator::builder();
        for fault in faults {
            builder = builder.fault(fault.parse().unwrap());
        }
        let simulator = builder.start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let manager = manager(folder.path());
        let server = manager
            .server(&ConnectionChoice::Address(simulator.url()))
            .unwrap();
        Self {
            simulator,
            manager,
            server,
            folder,
        }
    }

    pub(crate) async fn run(&self, graph: Value) -> Run {
        self.run_with(graph, &Limits::default(), &|_| ())
            .await
            .unwrap()
    }

    pub(crate) async fn run_with(
        &self,
        graph: Value,
        limits: &Limits,
        watcher: &(dyn Fn(Notice) + Send + Sync),
    ) -> Result<Run, Error> {
        self.manager.run(self.request(graph), limits, watcher).await
    }

    /// Runs what our own checks would refuse.
    pub(crate) async fn run_unchecked(
        &self,
        graph: Value,
        watcher: &(dyn Fn(Notice) + Send + Sync),
    ) -> Run {
        let changes = Changes {
            unchecked: true,
            ..Changes::default()
        };
        let request = Request {
            changes,
            ..self.request(graph)
        };
        let limits = Limits::default();
        let run = self.manager.run(request, &limits, watcher);
        run.await.unwrap()
    }

    /// The graph as it is, for the simulator, and nothing special.
    pub(crate) fn request(&self, graph: Value) -> Request {
        request(graph, &self.simulator.url())
    }

    /// How often the server executed anything since it started.
    pub(crate) async fn executions(&self) -> usize {
        self.server
            .client()
            .history(HistoryRange::All)
            .await
            .unwrap()
            .len()
    }

    pub(crate) async fn stored(&self, job: &Job) -> Job {
        self.manager.job(&job.job_id.to_string()).await.unwrap()
    }
}

pub(crate) fn workflow(graph: Value) -> Workflow {
    Workflow {
        name: Some("test".to_owned()),
        document: Document::Prompt(Prompt::from_value(graph).unwrap()),
    }
}

pub(crate) fn request(graph: Value, address: &str) -> Request {
    Request {
        workflow: workflow(graph),
        changes: Changes::default(),
        connection: ConnectionChoice::Address(address.to_owned()),
        terms: Terms::default(),
    }
}

/// Ends as soon as it started.
pub(crate) fn quick() -> Value {
    json!({
        "1": {"class_type": "EmptyImage", "inputs": {"width": 32, "height": 16, "batch_size": 1, "color": 255}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "quick"}}
    })
}

/// Samples; takes as long as `slow-node=KSampler:...` says for each of its steps.
pub(crate) fn sampling(steps: u32) -> Value {
    json!({
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "v1-5-pruned-emaonly.safetensors"}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cat", "clip": ["4", 1]}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
        "3": {"class_type": "KSampler", "inputs": {
            "seed": 7, "steps": steps, "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal",
            "denoise": 1.0, "model": ["4", 0], "positive": ["6", 0], "negative": ["6", 0],
            "latent_image": ["5", 0]
        }},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "sampled"}}
    })
}
