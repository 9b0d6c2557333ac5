//! `comfyctl simulator`: a ComfyUI that is none, until Ctrl-C.

use crate::arguments::SimulatorArguments;
use crate::context::Context;
use crate::definitions;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::interrupt;
use comfyctl_manager::{Code, Error, ErrorKind};
use comfyctl_simulator::{Simulator, StartError};
use serde_json::json;
use std::io;

pub(crate) async fn run(
    arguments: SimulatorArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    // Before the address is told: whoever reads it may stop us at once.
    let stopped = stop_signal().map_err(file_error)?;
    let simulator = start(arguments).await?;
    announce(&simulator.url(), context);
    tokio::select! {
        () = stopped => {}
        () = simulator.killed() => context.printer.note("the simulated server was killed"),
    }
    simulator.shutdown().await;
    Ok(ExitStatus::Success)
}

async fn start(arguments: SimulatorArguments) -> Result<Simulator, Failure> {
    let mut builder = Simulator::builder()
        .port(arguments.port)
        .step_time(arguments.step_time)
        .previews(arguments.previews);
    if let Some(file) = &arguments.object_info {
        builder = builder.definitions(definitions::from_file(file)?);
    }
    if let Some(folder) = arguments.frontend {
        builder = builder.frontend(folder);
    }
    if let Some(directory) = arguments.dir {
        builder = builder.directory(directory);
    }
    for fault in arguments.fault {
        builder = builder.fault(fault);
    }
    builder.start().await.map_err(|error| cannot_start(&error))
}

fn file_error(error: io::Error) -> Failure {
    Error::from(ErrorKind::File(error)).into()
}

fn cannot_start(error: &StartError) -> Failure {
    let (source, hint) = match error {
        StartError::Listen { source, .. } => (Some(source), "take a free port with `--port 0`"),
        StartError::Folders(source) => (Some(source), "give another folder with `--dir`"),
        StartError::NoFrontend { .. } => (None, "name the package's folder `static`"),
    };
    let message = match source {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    Failure::new(Code::FileError, message, Some(hint.to_owned()))
}

/// The address in one line, for scripts that wait for it; the rest for people.
fn announce(url: &str, context: &Context) {
    let printer = context.printer;
    if printer.is_json() {
        printer.data(json!({ "url": url }));
    } else {
        printer.data(url);
    }
    printer.note("a simulated ComfyUI listens there; stop it with Ctrl-C");
    printer.note(format_args!(
        "  run on it  comfyctl --url {url} run workflow.json -o out"
    ));
    printer.note(format_args!(
        "  break it   curl {url}/simulator/faults -d 'lost-post*1'"
    ));
    printer.note("faults are written as `comfyctl simulator --help` shows");
}

/// Ends with the first Ctrl-C, or when the system asks the process to end. Listens from now on.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupts = interrupt::presses()?;
    #[cfg(unix)]
    let mut terminations = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate())?
    };
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = interrupts.recv() => {}
            _ = terminations.recv() => {}
        }
        #[cfg(not(unix))]
        interrupts.recv().await;
    })
}
