//! The servers, which come back by themselves some time after they are killed.

use crate::plan::{BROKEN, SERVERS, connection};
use comfyctl_simulator::{Execution, Simulator};
use comfyctl_workflow::Definitions;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Time that a sampler takes for each step.
const STEP: Duration = Duration::from_millis(15);
/// Jobs that a connection takes at once.
const MAX_JOBS: u32 = 12;

pub(crate) struct Fleet {
    servers: Vec<Arc<Simulator>>,
    /// Ends with the fleet.
    _guardians: JoinSet<()>,
}

impl Fleet {
    pub(crate) async fn start(seed: u64) -> anyhow::Result<Self> {
        let mut servers = Vec::new();
        let mut guardians = JoinSet::new();
        for seed in (seed..).take(SERVERS) {
            let builder = Simulator::builder().definitions(broken()?).step_time(STEP);
            let server = Arc::new(builder.start().await?);
            guardians.spawn(guard(Arc::clone(&server), seed));
            servers.push(server);
        }
        Ok(Self {
            servers,
            _guardians: guardians,
        })
    }

    /// The `connections` of the settings.
    pub(crate) fn connections(&self) -> Value {
        let entry = |(index, server): (usize, &Arc<Simulator>)| {
            let values = json!({"url": server.url(), "max_jobs": MAX_JOBS,
                "timeouts": {"request_seconds": 5}});
            (connection(index), values)
        };
        Value::Object(self.servers.iter().enumerate().map(entry).collect())
    }

    pub(crate) async fn kill(&self, server: usize) {
        self.servers[server].kill().await;
    }

    pub(crate) fn strike(&self, server: usize, fault: &str) -> anyhow::Result<()> {
        self.servers[server].faults().add(fault.parse()?);
        Ok(())
    }

    /// Ends all faults.
    pub(crate) fn heal(&self) {
        for server in &self.servers {
            server.faults().clear();
        }
    }

    /// What was executed so far, anywhere.
    pub(crate) fn executions(&self) -> Vec<Execution> {
        let each = self.servers.iter().map(|server| server.executions());
        each.flatten().collect()
    }
}

/// Starts a server again whenever it was killed.
async fn guard(server: Arc<Simulator>, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    loop {
        server.killed().await;
        sleep(Duration::from_millis(random.random_range(50..1200))).await;
        if let Err(error) = server.restart().await {
            tracing::error!(%error, "a server did not come back; it is tried again");
        }
    }
}

/// A class that validates and fails.
fn broken() -> anyhow::Result<Definitions> {
    let definition = json!({BROKEN: {
        "input": {"required": {"image": ["IMAGE"]}}, "input_order": {"required": ["image"]},
        "output": ["IMAGE"], "output_is_list": [false], "output_name": ["IMAGE"], "name": BROKEN,
        "display_name": BROKEN, "description": "", "category": "test", "output_node": false,
        "python_module": "nodes",
    }});
    Ok(Definitions::from_slice(&serde_json::to_vec(&definition)?)?)
}
