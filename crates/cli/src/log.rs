//! The log: to stderr, or to a file when the settings say so.
//!
//! How much is logged is told by `COMFYCTL_LOG`, else by `-v`, else by `logging.level`; without any of
//! them, errors. What a command has to say to its user does not come here.

mod live;
mod rotating_file;

pub use live::log_by;

use comfyctl_manager::settings::{LOG_VARIABLE, LogLevel, LoggingSettings};
use comfyctl_manager::{Locations, Settings};
use rotating_file::RotatingFile;
use std::path::PathBuf;
use std::sync::Mutex;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// Crates whose own levels are raised; of others only warnings are told.
const OURS: [&str; 8] = [
    "comfyctl",
    "comfyctl_client",
    "comfyctl_manager",
    "comfyctl_mcp",
    "comfyctl_nodes",
    "comfyctl_simulator",
    "comfyctl_workflow",
    "_native",
];

/// Starts the log. Gives what is wrong with its file, which does not keep a command from its work.
pub(crate) fn start(verbosity: u8, config: Option<PathBuf>) -> Option<String> {
    // What is wrong with the settings is told by the command that needs them.
    let settings = Locations::find(config).and_then(|found| Settings::load(&found.settings_file));
    let logging = settings.map(|settings| settings.logging().clone());
    let logging = logging.unwrap_or_default();
    let asked = asked_for(verbosity);
    let (file, problem) = match logging.log_to_file.then(|| open(&logging)).transpose() {
        Ok(file) => (file, None),
        Err(error) => (None, Some(format!("nothing is logged to a file: {error}"))),
    };
    // With a file, stderr is for what was asked for in this call.
    let level = logging.level.filter(|_| file.is_none());
    let to_stderr = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(console::colors_enabled_stderr())
        .without_time()
        .with_filter(filter(asked.clone(), level.unwrap_or(LogLevel::Error)));
    let to_file = file.map(|file| {
        let level = logging.level.unwrap_or(LogLevel::Info);
        fmt::layer()
            .with_writer(Mutex::new(file))
            .with_ansi(false)
            .with_filter(filter(asked, level))
    });
    tracing_subscriber::registry()
        .with(to_stderr)
        .with(to_file)
        .init();
    problem
}

fn open(logging: &LoggingSettings) -> std::io::Result<RotatingFile> {
    let megabytes = u64::from(logging.max_log_size_mb);
    RotatingFile::open(&logging.log_file, megabytes << 20, logging.backup_count)
}

/// What the environment or `-v` asks for.
fn asked_for(verbosity: u8) -> Option<String> {
    let variable = std::env::var(LOG_VARIABLE).ok();
    let usable = variable.filter(|text| !text.is_empty() && EnvFilter::try_new(text).is_ok());
    usable.or_else(|| match verbosity {
        0 => None,
        1 => Some(directives(LogLevel::Info)),
        2 => Some(directives(LogLevel::Debug)),
        _ => Some("trace".to_owned()),
    })
}

fn filter(asked: Option<String>, level: LogLevel) -> EnvFilter {
    EnvFilter::new(asked.unwrap_or_else(|| directives(level)))
}

fn directives(level: LogLevel) -> String {
    let level = match level {
        LogLevel::Critical | LogLevel::Error => return "error".to_owned(),
        LogLevel::Warning => return "warn".to_owned(),
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    };
    let ours = OURS.map(|name| format!("{name}={level}"));
    format!("warn,{}", ours.join(","))
}
