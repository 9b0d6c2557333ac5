//! `make chaos`: a fleet of simulated servers, several workers and a client on one history, under a
//! plan of faults that a seed decides. Ends with one line that counts the jobs, and fails if one is
//! lost or ran twice.
//!
//! This process has the servers and the plan, and judges in the end; workers and the client are
//! processes of their own, so that they can be killed. It goes through the public interface of the
//! manager only, as any face does.

mod client;
mod crew;
mod database;
mod fleet;
mod judge;
mod plan;
mod postgres;
mod process;
mod run;
mod worker;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Runs jobs while everything around them breaks.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    role: Role,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// Starts everything, breaks it, and judges
    Run(run::Options),
    /// Looks after jobs until its input ends
    #[command(hide = true)]
    Worker {
        folder: PathBuf,
        /// How far its clock is turned, in milliseconds
        #[arg(allow_negative_numbers = true)]
        turned_ms: i64,
    },
    /// Submits and cancels jobs as planned
    #[command(hide = true)]
    Client {
        folder: PathBuf,
        seed: u64,
        jobs: u32,
        /// Since the plan began, in milliseconds
        elapsed_ms: u64,
        /// How far its clock is turned, in milliseconds
        #[arg(allow_negative_numbers = true)]
        turned_ms: i64,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    match Arguments::parse().role {
        Role::Run(options) => run::run(options).await,
        Role::Worker { folder, turned_ms } => {
            worker::work(folder, turned_ms).await?;
            Ok(ExitCode::SUCCESS)
        }
        Role::Client {
            folder,
            seed,
            jobs,
            elapsed_ms,
            turned_ms,
        } => {
            let plan = plan::Plan::new(seed, jobs);
            client::submit(folder, &plan, elapsed_ms, turned_ms).await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
