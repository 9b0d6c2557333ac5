//! What will happen, decided by a seed alone: which jobs there are and what breaks when.
//!
//! Every process works out the same plan by itself. When a fault meets a job is up to the machine.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::time::Duration;

/// Servers of the fleet.
pub(crate) const SERVERS: usize = 4;
/// Workers at once.
pub(crate) const WORKERS: usize = 4;
/// Class that fails whenever it is executed.
pub(crate) const BROKEN: &str = "Broken";
/// Begins the names of files; the number of the job follows.
pub(crate) const PREFIX: &str = "chaos-";

/// Time between two submissions.
const PACE: Duration = Duration::from_millis(50);
/// Times that a job is given again to a server that forgot it, if it is to get through.
const GENEROUS: u32 = 1000;

pub(crate) struct Plan {
    pub(crate) jobs: Vec<PlannedJob>,
    pub(crate) faults: Vec<PlannedFault>,
}

/// A job that will be submitted.
#[derive(Debug, Clone)]
pub(crate) struct PlannedJob {
    pub(crate) number: u32,
    pub(crate) at: Duration,
    pub(crate) server: usize,
    pub(crate) kind: Kind,
    pub(crate) retries: u32,
    pub(crate) resubmissions: u32,
    /// Number of the job that must complete before.
    pub(crate) after: Option<u32>,
    /// When the client cancels it.
    pub(crate) cancel_at: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Quick,
    /// With so many steps.
    Sampling(u32),
    /// Fails in a node.
    Broken,
}

/// Something that will break.
#[derive(Debug, Clone)]
pub(crate) struct PlannedFault {
    pub(crate) at: Duration,
    pub(crate) fault: Fault,
}

#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// `kill -9`, and another starts.
    KillWorker(usize),
    /// It is told to end, and another starts.
    EndWorker(usize),
    /// It stands still for longer than a lease lasts.
    FreezeWorker(usize),
    KillClient,
    /// It loses queue and history, and starts again.
    KillServer(usize),
    /// In the words of the simulator.
    Server(usize, String),
    /// Of one worker, or of the machine if all share it.
    TurnClock(usize, i64),
    /// Somebody else writes for so long.
    DatabaseBusy(Duration),
    /// The database stops and starts again, if it is one that can.
    DatabaseAway(Duration),
}

impl Plan {
    pub(crate) fn new(seed: u64, jobs: u32) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let jobs: Vec<_> = (0..jobs)
            .map(|number| planned_job(&mut random, number))
            .collect();
        let end = jobs.last().map_or(Duration::ZERO, |job| job.at);
        let faults = planned_faults(&mut random, end);
        Self { jobs, faults }
    }
}

fn planned_job(random: &mut StdRng, number: u32) -> PlannedJob {
    let at = PACE * number;
    let kind = match random.random_range(0..100) {
        0..70 => Kind::Quick,
        70..95 => Kind::Sampling(random.random_range(2..12)),
        _ => Kind::Broken,
    };
    let retries = if random.random_ratio(1, 4) { 2 } else { 0 };
    let depends = number > 0 && random.random_ratio(1, 12);
    let after = depends.then(|| number - random.random_range(1..=number.min(20)));
    let cancelled = random.random_ratio(1, 16);
    let wait = Duration::from_millis(random.random_range(0..1500));
    PlannedJob {
        number,
        at,
        server: random.random_range(0..SERVERS),
        kind,
        retries,
        resubmissions: if random.random_ratio(1, 10) {
            1
        } else {
            GENEROUS
        },
        after,
        cancel_at: cancelled.then_some(at + wait),
    }
}

fn planned_faults(random: &mut StdRng, end: Duration) -> Vec<PlannedFault> {
    let mut faults = Vec::new();
    let mut at = Duration::from_millis(500);
    while at < end {
        let fault = planned_fault(random);
        faults.push(PlannedFault { at, fault });
        at += Duration::from_millis(random.random_range(50..500));
    }
    faults
}

fn planned_fault(random: &mut StdRng) -> Fault {
    let worker = random.random_range(0..WORKERS);
    let server = random.random_range(0..SERVERS);
    let milliseconds = Duration::from_millis(random.random_range(200..2500));
    match random.random_range(0..100) {
        0..10 => Fault::KillWorker(worker),
        10..13 => Fault::EndWorker(worker),
        13..16 => Fault::FreezeWorker(worker),
        16..18 => Fault::KillClient,
        18..28 => Fault::KillServer(server),
        28..32 => Fault::TurnClock(worker, turn(random)),
        32..36 => Fault::DatabaseBusy(milliseconds),
        36..39 => Fault::DatabaseAway(milliseconds),
        _ => Fault::Server(server, server_fault(random)),
    }
}

/// A little or an hour, forth or back.
fn turn(random: &mut StdRng) -> i64 {
    let by = if random.random() { 3_600_000 } else { 4_000 };
    if random.random() { by } else { -by }
}

fn server_fault(random: &mut StdRng) -> String {
    const FAULTS: [&str; 20] = [
        "lost-post*2",
        "lost-post*1",
        "slow-post=400ms*2",
        "status=503:POST:/prompt*3",
        "status=429:POST:/prompt*1",
        "status=502:POST:/prompt*1",
        "status-after=500:POST:/prompt*1",
        "status-after=504:POST:/prompt*1",
        "status=500:GET:/history/*3",
        "status=500:GET:/queue*3",
        "status=503:POST:/jobs/cancel*1",
        "drop-socket=5*2",
        "drop-socket*1",
        "freeze-socket=5*1",
        "half-open-socket=5*1",
        "deafen-socket=5*1",
        "refuse-socket*3",
        "full-disk*1",
        "oom=KSampler*1",
        "kill-at=KSampler*1",
    ];
    FAULTS
        .choose(random)
        .copied()
        .unwrap_or_default()
        .to_owned()
}

impl PlannedJob {
    /// The prompt that is posted.
    pub(crate) fn prompt(&self) -> Value {
        let prefix = format!("{PREFIX}{}", self.number);
        let image = json!({"class_type": "EmptyImage",
            "inputs": {"width": 16, "height": 16, "batch_size": 1, "color": self.number}});
        let save = |from: &str| {
            json!({"class_type": "SaveImage",
                "inputs": {"images": [from, 0], "filename_prefix": prefix}})
        };
        match self.kind {
            Kind::Quick => json!({"1": image, "9": save("1")}),
            Kind::Broken => {
                let broken = json!({"class_type": BROKEN, "inputs": {"image": ["1", 0]}});
                json!({"1": image, "2": broken, "9": save("2")})
            }
            Kind::Sampling(steps) => json!({
                "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "v1-5-pruned-emaonly.safetensors"}},
                "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cat", "clip": ["4", 1]}},
                "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 16, "height": 16, "batch_size": 1}},
                "3": {"class_type": "KSampler", "inputs": {
                    "seed": self.number, "steps": steps, "cfg": 7.0, "sampler_name": "euler",
                    "scheduler": "normal", "denoise": 1.0, "model": ["4", 0], "positive": ["6", 0],
                    "negative": ["6", 0], "latent_image": ["5", 0]}},
                "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
                "9": save("8"),
            }),
        }
    }
}

/// The job that a prompt belongs to.
pub(crate) fn number_of(prompt: &Value) -> Option<u32> {
    let prefix = prompt.get("9")?["inputs"]["filename_prefix"].as_str()?;
    prefix.strip_prefix(PREFIX)?.parse().ok()
}

/// The key that a job is submitted with, so that a client that was killed can submit it again.
pub(crate) fn key_of(number: u32) -> String {
    format!("{PREFIX}{number}")
}

/// The name of a connection.
pub(crate) fn connection(server: usize) -> String {
    format!("server-{server}")
}
