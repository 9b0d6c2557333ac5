//! Logs on stderr: warnings by default, more with `-v`, all with `COMFYCTL_LOG`.

use tracing_subscriber::EnvFilter;

/// Environment variable with a filter such as `comfyctl_client=trace`.
const LOG_VARIABLE: &str = "COMFYCTL_LOG";

pub(crate) fn start(verbosity: u8) {
    let ours = |level: &str| {
        [
            "comfyctl",
            "comfyctl_client",
            "comfyctl_manager",
            "comfyctl_simulator",
        ]
        .map(|name| format!("{name}={level}"))
        .join(",")
    };
    let default = match verbosity {
        0 => "error".to_owned(),
        1 => format!("warn,{}", ours("info")),
        2 => format!("warn,{}", ours("debug")),
        _ => "trace".to_owned(),
    };
    let filter = EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(console::colors_enabled_stderr())
        .without_time()
        .init();
}
