//! What a job costs through the client and through the manager, against the barest loop that can run
//! one: a hand-written POST on one connection and one raw WebSocket. All in this process, against the
//! same simulator in a process of its own.
//!
//! Prints jobs per second and processor time of this process per job. `cargo bench -p comfyctl`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at the first error and prints its figures"
)]

mod barest;

use comfyctl_client::{Client, ClientId, Connection, Event, Listener, ListenerOptions, PromptId};
use comfyctl_client::{PromptRequest, Signal};
use comfyctl_manager::{
    Changes, ConnectionChoice, Limits, Locations, Manager, Request, Terms, Workflow,
};
use comfyctl_workflow::{Document, Prompt};
use cpu_time::ProcessTime;
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A simulator in a process of its own, killed when dropped.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(faults: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_comfyctl"));
        command.args(["simulator", "--port", "0"]);
        for fault in faults {
            command.args(["--fault", fault]);
        }
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut url)
            .unwrap();
        Self {
            process,
            url: url.trim().to_owned(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// What one way of running jobs took.
struct Measured {
    jobs: u32,
    wall: Duration,
    processor: Duration,
}

impl Measured {
    fn jobs_per_second(&self) -> f64 {
        f64::from(self.jobs) / self.wall.as_secs_f64()
    }

    fn micros_per_job(&self) -> f64 {
        self.processor.as_secs_f64() * 1e6 / f64::from(self.jobs)
    }
}

async fn measured(jobs: u32, run: impl Future<Output = ()>) -> Measured {
    let (clock, processor) = (Instant::now(), ProcessTime::now());
    run.await;
    Measured {
        jobs,
        wall: clock.elapsed(),
        processor: processor.elapsed(),
    }
}

/// Never twice the same, so that nothing is cached.
fn graph() -> serde_json::Value {
    static COLOR: AtomicU32 = AtomicU32::new(0);
    let color = COLOR.fetch_add(1, Ordering::Relaxed) & 0x00ff_ffff;
    json!({
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": color}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}
    })
}

/// Runs so many jobs, so many of them at a time.
async fn at_once<F: Future<Output = ()>>(jobs: u32, at_once: u32, run: impl Fn() -> F) {
    let left = AtomicU32::new(jobs);
    let worker = || async {
        while left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1))
            .is_ok()
        {
            run().await;
        }
    };
    futures_util::future::join_all((0..at_once).map(|_| worker())).await;
}

async fn through_client(url: &str, jobs: u32, parallel: u32) -> Measured {
    let client = Client::new(&Connection::parse(url).unwrap()).unwrap();
    let id = ClientId::generate();
    let listener = Listener::start(client.clone(), id.clone(), ListenerOptions::default());
    let run = || async {
        let prompt = Prompt::from_value(graph()).unwrap();
        let prompt_id = PromptId::generate();
        let mut signals = listener.subscribe(prompt_id.clone());
        while !matches!(signals.next().await, Some(Signal::Connected { .. })) {}
        let request = PromptRequest {
            prompt_id: Some(prompt_id.clone()),
            client_id: Some(id.clone()),
            ..PromptRequest::new(&prompt)
        };
        client.submit(&request).await.unwrap();
        while let Some(signal) = signals.next().await {
            if matches!(&signal, Signal::Event(Event::Executing(node)) if node.node.is_none()) {
                break;
            }
        }
        assert!(client.history_entry(&prompt_id).await.unwrap().is_some());
    };
    at_once(parallel, parallel, run).await;
    let measured = measured(jobs, at_once(jobs, parallel, run)).await;
    listener.close().await;
    measured
}

async fn through_manager(url: &str, jobs: u32, parallel: u32) -> Measured {
    let folder = tempfile::tempdir().unwrap();
    let locations = Locations {
        settings_file: folder.path().join("settings.json"),
        data_folder: folder.path().join("data"),
    };
    let settings = json!({"connections": {"bench": {"url": url, "max_jobs": parallel}}});
    std::fs::write(&locations.settings_file, settings.to_string()).unwrap();
    let manager = Manager::open(locations).unwrap();
    // The checks before a job are requests of their own and no part of running it.
    let run = || async {
        let document = Document::Prompt(Prompt::from_value(graph()).unwrap());
        let request = Request {
            workflow: Workflow {
                name: None,
                document,
            },
            changes: Changes {
                unchecked: true,
                ..Changes::default()
            },
            connection: ConnectionChoice::Default,
            terms: Terms::default(),
        };
        let limits = Limits::default();
        let running = manager.run(request, &limits, &|_| ());
        let ran = Box::pin(running).await.unwrap();
        assert!(ran.job.status.is_final() && ran.job.error.is_none());
    };
    at_once(parallel, parallel, run).await;
    let measured = measured(jobs, at_once(jobs, parallel, run)).await;
    manager.close().await;
    measured
}

async fn compare(title: &str, url: &str, jobs: impl Fn(u32) -> u32) {
    println!("\n{title}");
    println!(
        "{:>8} {:>9} {:>10} {:>12} {:>13} {:>12}",
        "at once", "way", "jobs/s", "of barest", "CPU us/job", "over barest"
    );
    for parallel in [1, 16, 64] {
        let jobs = jobs(parallel);
        let barest = measured_barest(url, jobs, parallel).await;
        let ways = [
            ("client", through_client(url, jobs, parallel).await),
            ("manager", through_manager(url, jobs, parallel).await),
        ];
        print_row(parallel, "barest", &barest, &barest);
        for (name, way) in &ways {
            print_row(parallel, name, way, &barest);
        }
    }
}

async fn measured_barest(url: &str, jobs: u32, parallel: u32) -> Measured {
    let mut barest = barest::Loop::connect(url).await;
    barest.run(parallel, parallel).await;
    measured(jobs, barest.run(jobs, parallel)).await
}

fn print_row(parallel: u32, name: &str, way: &Measured, barest: &Measured) {
    println!(
        "{parallel:>8} {name:>9} {:>10.1} {:>11.1}% {:>13.0} {:>+12.0}",
        way.jobs_per_second(),
        100.0 * way.jobs_per_second() / barest.jobs_per_second(),
        way.micros_per_job(),
        way.micros_per_job() - barest.micros_per_job(),
    );
}

fn main() {
    // `cargo test --benches` starts it with other arguments and only wants it to compile.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    // One thread, as a program that waits for its jobs needs no more.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let quick = Server::start(&[]);
        compare("Jobs that take no time", &quick.url, |_| 1000).await;
        drop(quick);
        let slow = Server::start(&["slow-node=EmptyImage:20ms"]);
        compare("Jobs of 20 ms", &slow.url, |parallel| {
            if parallel == 1 { 100 } else { 256 }
        })
        .await;
    });
}
