//! What workers, the client and the judge have in common: one manager with short waits.

use comfyctl_client::ListenerOptions;
use comfyctl_manager::{Clock, Locations, Manager, Patience};
use jiff::SignedDuration;
use std::path::Path;
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// Length of a lease. A process may stand still for less than this and a fifth without a danger that
/// a request which it was about to send arrives after another process sent the job.
pub(crate) const LEASE: Duration = Duration::from_secs(3);

/// The order of things is that of the defaults, but everything is nearer.
fn patience() -> Patience {
    Patience {
        doubt: Duration::from_millis(1500),
        outage: None,
        look: Duration::from_millis(700),
        urgent_look: Duration::from_millis(150),
        post_backoff: Duration::from_millis(20),
        posts: 20,
        ..Patience::default()
    }
}

fn listener_options() -> ListenerOptions {
    ListenerOptions {
        handshake_timeout: Duration::from_secs(2),
        ping_interval: Duration::from_millis(500),
        silence_timeout: Duration::from_secs(1),
        close_timeout: Duration::from_millis(100),
        quiet_time: Duration::from_secs(1),
        shortest_delay: Duration::from_millis(10),
        longest_delay: Duration::from_millis(300),
        ..ListenerOptions::default()
    }
}

/// The settings and the history lie in the folder.
pub(crate) fn manager(folder: &Path, clock: &Clock) -> anyhow::Result<Manager> {
    let locations = Locations {
        settings_file: folder.join("settings.json"),
        data_folder: folder.join("data"),
    };
    let manager = Manager::open(locations)?;
    Ok(manager
        .with_patience(patience())
        .with_listener_options(listener_options())
        .with_clock(clock.clone()))
}

pub(crate) fn clock(turned_ms: i64) -> Clock {
    let clock = Clock::default().with_lease(LEASE);
    clock.turn(SignedDuration::from_millis(turned_ms));
    clock
}

/// Logs of this process go to a file of its own in the folder.
pub(crate) fn log(folder: &Path, role: &str) -> anyhow::Result<()> {
    let name = format!("{role}-{}.log", std::process::id());
    let file = fs_err::File::create(folder.join(name))?.into_parts().0;
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("warn,comfyctl_manager=debug"))
        .with_ansi(false)
        .with_writer(std::sync::Mutex::new(file))
        .init();
    Ok(())
}
