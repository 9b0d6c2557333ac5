//! The log of a process that runs for long and hears of changed settings: the node pack inside ComfyUI.
//! Its level and its file are exchanged while it is written to.

use super::rotating_file::RotatingFile;
use super::{asked_for, filter, open};
use comfyctl_manager::settings::{LogLevel, LoggingSettings};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

/// What can be exchanged.
struct Live {
    filter: reload::Handle<EnvFilter, Registry>,
    file: LogFile,
}

/// Where the log is written: to the file if there is one, else to stderr.
#[derive(Clone, Default)]
struct LogFile(Arc<Mutex<Option<RotatingFile>>>);

impl Write for LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_mut()
        {
            Some(file) => file.write(line),
            None => io::stderr().write(line),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_mut()
        {
            Some(file) => file.flush(),
            None => io::stderr().flush(),
        }
    }
}

/// Logs as the settings say from now on. `COMFYCTL_LOG` beats their level. Gives what is wrong with the
/// file; then stderr is written to. Does nothing where the process has a log of its own already.
pub fn log_by(logging: &LoggingSettings) -> Option<String> {
    static LIVE: OnceLock<Option<Live>> = OnceLock::new();
    let live = LIVE.get_or_init(|| begin(level(logging))).as_ref()?;
    let opened = logging.log_to_file.then(|| open(logging)).transpose();
    let (file, problem) = match opened {
        Ok(file) => (file, None),
        Err(error) => (None, Some(format!("nothing is logged to a file: {error}"))),
    };
    *live.file.0.lock().unwrap_or_else(PoisonError::into_inner) = file;
    // Fails only when the log is gone, with the process.
    let _ = live.filter.reload(filter(asked_for(0), level(logging)));
    problem
}

fn level(logging: &LoggingSettings) -> LogLevel {
    logging.level.unwrap_or(LogLevel::Warning)
}

fn begin(level: LogLevel) -> Option<Live> {
    let (filter, handle) = reload::Layer::new(filter(asked_for(0), level));
    let file = LogFile::default();
    let writer = file.clone();
    let layer = fmt::layer()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .with_filter(filter);
    let started = tracing_subscriber::registry().with(layer).try_init();
    started.ok().map(|()| Live {
        filter: handle,
        file,
    })
}
