//! Tells a process that runs for long when its settings changed.
//!
//! Looks at the file every few seconds: that also works on network file systems, through links and
//! where the file is replaced, and a file of a few kB in the cache costs nothing to read.

use super::Settings;
use super::reading::Source;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::task::AbortOnDropHandle;
use tracing::{info, warn};

/// Watches a settings file until it is dropped.
#[derive(Debug)]
pub struct SettingsWatch {
    receiver: watch::Receiver<Arc<Settings>>,
    _task: AbortOnDropHandle<()>,
}

impl SettingsWatch {
    /// How often the file is looked at, unless said otherwise.
    pub const PERIOD: Duration = Duration::from_secs(2);

    /// Looks at the file that the settings were read from once in each period, under the same
    /// environment and flags. Must be called within a Tokio runtime.
    pub fn start(settings: Settings, period: Duration) -> Self {
        let (sender, receiver) = watch::channel(Arc::new(settings));
        let task = tokio::spawn(follow(sender, period));
        Self {
            receiver,
            _task: AbortOnDropHandle::new(task),
        }
    }

    /// The settings as they are, and a way to wait for others. A broken file leaves them as they
    /// were, with a warning in the log.
    pub fn receiver(&self) -> watch::Receiver<Arc<Settings>> {
        self.receiver.clone()
    }
}

async fn follow(sender: watch::Sender<Arc<Settings>>, period: Duration) {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen = Ok(sender.borrow().source.clone());
    while !sender.is_closed() {
        ticks.tick().await;
        let current = Arc::clone(&sender.borrow());
        let file = current.file.clone();
        let look = move || Source::read(&file).map_err(|error| error.to_string());
        let Ok(found) = tokio::task::spawn_blocking(look).await else {
            continue;
        };
        if found == seen {
            continue;
        }
        match reread(found.clone(), &current) {
            Ok(settings) => {
                info!(settings.file = %current.file.display(), "the settings changed");
                settings
                    .warnings
                    .iter()
                    .for_each(|warning| warn!("{warning}"));
                sender.send_replace(Arc::new(settings));
            }
            Err(error) => warn!("{error}; the settings stay as they were"),
        }
        seen = found;
    }
}

fn reread(found: Result<Source, String>, current: &Settings) -> Result<Settings, String> {
    match found? {
        // Some editors move a file aside before they write the new one.
        Source::Nothing => Err(format!(
            "the settings file `{}` is gone",
            current.file.display()
        )),
        source @ Source::Text(_) => {
            let settings = Settings::from_source(&current.file, source, current.layers.clone());
            settings.map_err(|error| error.to_string())
        }
    }
}
