//! A worker: looks after any job until its input ends. Told on its input to turn its clock.

use crate::process;
use jiff::SignedDuration;
use std::io::BufRead;
use std::path::PathBuf;
use tokio::sync::mpsc;

pub(crate) async fn work(folder: PathBuf, turned_ms: i64) -> anyhow::Result<()> {
    process::log(&folder, "worker")?;
    let clock = process::clock(turned_ms);
    let manager = process::manager(&folder, &clock)?;
    manager.work().await?;
    let mut lines = input();
    while let Some(line) = lines.recv().await {
        clock.turn(SignedDuration::from_millis(line.parse()?));
    }
    manager.close().await;
    Ok(())
}

/// The lines of the input, until it ends. Whoever reads it is stuck there, so it is a thread of its
/// own that nobody waits for.
fn input() -> mpsc::Receiver<String> {
    let (lines, input) = mpsc::channel(16);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if lines.blocking_send(line).is_err() {
                return;
            }
        }
    });
    input
}
