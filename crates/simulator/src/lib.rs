//! A ComfyUI server inside a process: the routes, the WebSocket, the order of messages, the errors
//! and the forgetting of ComfyUI 0.28.1, with faults on demand.
//!
//! The demo runs against it where there is no real server, tests and benchmarks because it is fast,
//! repeatable and breaks when told to. It executes a handful of node classes for real, though its
//! sampler paints a picture of its own making. It must never be taken for a real server:
//! `GET /system_stats` names its device `comfyctl simulator`.
//!
//! ```
//! use comfyctl_simulator::Simulator;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let simulator = Simulator::builder().fault("status=503:POST:/prompt*1".parse()?).start().await?;
//! println!("the first prompt to {} is refused", simulator.url());
//! simulator.kill().await;
//! simulator.restart().await?;
//! simulator.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod answer;
mod builder;
mod classes;
mod clock;
mod connection;
mod data;
mod execution;
mod fault;
mod folders;
mod frames;
mod history;
mod job;
mod jobs;
mod ledger;
mod life;
mod log;
mod nodes;
mod picture;
mod priority;
mod queue;
mod routes;
mod save_path;
mod server;
mod simulator;
mod socket;
mod sockets;
mod worker;

pub use builder::Builder;
pub use clock::{Clock, SystemClock};
pub use fault::{Fault, FaultKind, FaultSpecError, Faults, Route};
pub use ledger::Execution;
pub use simulator::{Simulator, StartError};
