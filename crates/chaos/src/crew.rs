//! The workers and the client: started, killed, stopped and started again.

use crate::plan::WORKERS;
use anyhow::Context;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Time between two looks whether a worker that was told to end has done so.
const FAREWELL: Duration = Duration::from_millis(20);

pub(crate) struct Crew {
    folder: PathBuf,
    seed: u64,
    jobs: u32,
    began: Instant,
    /// Whether all have one clock, as on one machine.
    one_clock: bool,
    workers: Vec<Worker>,
    client: Option<Child>,
    pub(crate) kills: u32,
}

struct Worker {
    process: Child,
    input: Option<ChildStdin>,
    turned_ms: i64,
    /// It stands still until then.
    frozen: Option<Instant>,
}

impl Crew {
    pub(crate) fn start(
        folder: &Path,
        seed: u64,
        jobs: u32,
        one_clock: bool,
    ) -> anyhow::Result<Self> {
        let mut crew = Self {
            folder: folder.to_owned(),
            seed,
            jobs,
            began: Instant::now(),
            one_clock,
            workers: Vec::new(),
            client: None,
            kills: 0,
        };
        for _ in 0..WORKERS {
            crew.workers.push(worker(folder, 0)?);
        }
        crew.start_client()?;
        Ok(crew)
    }

    /// Starts again whoever is gone, and lets go on whoever stood still for long enough.
    pub(crate) fn tend(&mut self) -> anyhow::Result<()> {
        for member in &mut self.workers {
            if member.frozen.is_some_and(|until| Instant::now() >= until) {
                member.frozen = None;
                signal(&member.process, "CONT")?;
            }
            if member.process.try_wait()?.is_some() {
                *member = worker(&self.folder, member.turned_ms)?;
            }
        }
        if let Some(client) = &mut self.client
            && let Some(status) = client.try_wait()?
        {
            self.client = None;
            if !status.success() {
                self.start_client()?;
            }
        }
        Ok(())
    }

    /// Whether the client has done all that was planned.
    pub(crate) fn is_submitted(&self) -> bool {
        self.client.is_none()
    }

    pub(crate) fn kill_worker(&mut self, index: usize) -> anyhow::Result<()> {
        self.kills += 1;
        // One that stands still has to be killed too.
        self.workers[index].frozen = None;
        Ok(self.workers[index].process.kill()?)
    }

    /// Ends its input: it lets go of its jobs.
    pub(crate) fn end_worker(&mut self, index: usize) {
        self.workers[index].input = None;
    }

    pub(crate) fn freeze_worker(&mut self, index: usize, time: Duration) -> anyhow::Result<()> {
        let member = &mut self.workers[index];
        if member.process.try_wait()?.is_none() && member.frozen.is_none() {
            signal(&member.process, "STOP")?;
            member.frozen = Some(Instant::now() + time);
        }
        Ok(())
    }

    pub(crate) fn kill_client(&mut self) -> anyhow::Result<()> {
        if let Some(client) = &mut self.client {
            self.kills += 1;
            client.kill()?;
        }
        Ok(())
    }

    pub(crate) fn turn_clock(&mut self, index: usize, by_ms: i64) {
        for (other, member) in self.workers.iter_mut().enumerate() {
            if self.one_clock || other == index {
                member.turned_ms += by_ms;
                if let Some(input) = &mut member.input {
                    // One that was killed starts with the clock turned.
                    let _ = writeln!(input, "{by_ms}");
                }
            }
        }
        if self.one_clock {
            // The client has no ear for it; its next life has that clock.
            let _ = self.kill_client();
        }
    }

    /// Ends all workers in order and waits for them.
    pub(crate) async fn dismiss(mut self) -> anyhow::Result<()> {
        self.workers
            .iter_mut()
            .for_each(|worker| worker.input = None);
        for worker in &mut self.workers {
            if worker.frozen.is_some() {
                signal(&worker.process, "CONT")?;
            }
            while worker.process.try_wait()?.is_none() {
                sleep(FAREWELL).await;
            }
        }
        Ok(())
    }

    fn start_client(&mut self) -> anyhow::Result<()> {
        let elapsed = self.began.elapsed().as_millis().to_string();
        let turned = match self.workers.first() {
            Some(worker) if self.one_clock => worker.turned_ms,
            _ => 0,
        };
        let mut command = command("client", &self.folder)?;
        let (seed, jobs) = (self.seed.to_string(), self.jobs.to_string());
        command.args([&seed, &jobs, &elapsed, &turned.to_string()]);
        self.client = Some(command.stdin(Stdio::null()).spawn()?);
        Ok(())
    }
}

impl Drop for Crew {
    /// Nobody outlives the run, also when it fails.
    fn drop(&mut self) {
        let workers = self.workers.iter_mut().map(|worker| &mut worker.process);
        for process in workers.chain(&mut self.client) {
            // One that has ended need not be killed.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn worker(folder: &Path, turned_ms: i64) -> anyhow::Result<Worker> {
    let mut command = command("worker", folder)?;
    command.arg(turned_ms.to_string()).stdin(Stdio::piped());
    let mut process = command.spawn()?;
    let input = process.stdin.take();
    Ok(Worker {
        process,
        input,
        turned_ms,
        frozen: None,
    })
}

fn command(role: &str, folder: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(role).arg(folder);
    let errors = fs_err::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("errors.log"))?;
    command.stdout(Stdio::null()).stderr(errors.into_parts().0);
    Ok(command)
}

/// Sends a signal by the program that every Unix has.
fn signal(process: &Child, name: &str) -> anyhow::Result<()> {
    let mut kill = std::process::Command::new("kill");
    kill.arg(format!("-{name}")).arg(process.id().to_string());
    kill.status().context("kill")?;
    Ok(())
}
